"""Addresses for the tests of access links: a page and a form as the portal will have them, and the real ones around."""

from django.http import HttpResponse, JsonResponse
from django.urls import include, path

from lincassable.accounts.decorators import link_required, public, same_origin
from lincassable.accounts.opening import open_link
from lincassable.urls import urlpatterns as real


@public
def opening(request, token):
    return open_link(request, token, "store", "/p/")


@public
def tour_opening(request, token):
    return open_link(request, token, "tour", "/chauffeur/")


@link_required("store")
def home(request):
    actor = request.actor
    return JsonResponse({"store": request.link.link.object_id, "actor": [actor.kind, actor.id, actor.object_kind, actor.object_id]})


@same_origin
@link_required("store", allow_old=True)
def form(request):
    return JsonResponse({"store": request.link.link.object_id, "current": request.link.is_current})


@link_required("tour")
def driver(request):
    return HttpResponse("ok")


urlpatterns = [
    path("p/", home),
    path("p/formulaire/", form),
    path("p/<str:token>", opening),
    path("chauffeur/", driver),
    path("chauffeur/<str:token>", tour_opening),
    path("", include(real)),
]

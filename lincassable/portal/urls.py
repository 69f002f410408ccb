"""Addresses of this app. `/p/` is printed on the cards: it never changes."""

from django.urls import path

from lincassable.portal import calendar, counting, deposits, infos, mail_buttons, paloxes, references, requests, views

app_name = "portal"
urlpatterns = [
    path("", views.start, name="start"),
    path("p/", views.home, name="home"),
    path("p/declarer/", views.declare, name="declare"),
    path("p/recu/<uuid:key>/", views.receipt, name="receipt"),
    path("p/inventaire/", counting.count, name="count"),
    path("p/inventaire/<uuid:key>/", counting.receipt, name="count_receipt"),
    path("p/demande/", requests.pickup_request, name="request"),
    path("p/historique/", views.past, name="history"),
    path("p/consignes/", deposits.deposits, name="deposits"),
    path("p/consignes/recu/<uuid:key>/", deposits.receipt, name="deposit_receipt"),
    path("p/references/", references.references, name="references"),
    path("p/references/ajouter/", references.add, name="references_add"),
    path("p/references/recu/<uuid:key>/", references.receipt, name="references_receipt"),
    path("p/infos/", infos.infos, name="infos"),
    path("p/infos/<slug:part>/", infos.change, name="infos_change"),
    path("p/agenda/", calendar.calendar, name="calendar"),
    path("p/sw.js", views.service_worker, name="service_worker"),
    path("p/manifest.webmanifest", views.manifest, name="manifest"),
    path("inventaire/", counting.places, name="staff_places"),
    path("inventaire/<uuid:store_uuid>/", counting.staff_count, name="staff_count"),
    path("inventaire/<uuid:store_uuid>/<uuid:key>/", counting.staff_receipt, name="staff_count_receipt"),
    path("p/mail/<slug:token>/<str:signed>/<slug:button>/", mail_buttons.mail_button, name="mail_button"),
    path("p/<slug:token>", views.open_card, name="open_card"),
    path("p/<slug:token>/", views.open_card),
    path("palox/<path:number>", paloxes.palox, name="palox"),
]

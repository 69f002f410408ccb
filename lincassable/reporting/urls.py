"""Addresses of this app."""

from django.urls import path

from lincassable.reporting import views
from lincassable.reporting.figures import public

app_name = "reporting"
urlpatterns = [
    path("desabonnement/<str:signed>/", views.unsubscribe, name="unsubscribe"),
    path("chiffres/", public.page, name="public_figures"),
]

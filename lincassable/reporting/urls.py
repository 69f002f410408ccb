"""Addresses of this app."""

from django.urls import path

from lincassable.reporting import views

app_name = "reporting"
urlpatterns = [path("desabonnement/<str:signed>/", views.unsubscribe, name="unsubscribe")]

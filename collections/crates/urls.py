"""Addresses of this app outside the admin."""

from django.urls import path

from crates.undoing import undo_view

app_name = "crates"
urlpatterns = [path("annuler/<uuid:key>/", undo_view, name="undo")]

"""Addresses of this app outside the admin."""

from django.urls import path

from crates import sorting_views, washing_views
from crates.undoing import undo_view

app_name = "crates"
urlpatterns = [
    path("annuler/<uuid:key>/", undo_view, name="undo"),
    path("tri/", sorting_views.start, name="sorting_start"),
    path("tri/bouteilles/", sorting_views.bottles, name="bottles"),
    path("tri/<uuid:centre>/", sorting_views.centre, name="sorting_centre"),
    path("tri/<uuid:centre>/nouveau/", sorting_views.new_batch, name="sorting_new"),
    path("tri/<uuid:centre>/lavage/<uuid:key>/", washing_views.trip_receipt, name="washing_receipt"),
    path("tri/<uuid:centre>/lavage/<slug:trip>/", washing_views.new_trip, name="washing_new"),
    path("tri/<uuid:centre>/<uuid:batch>/", sorting_views.receipt, name="sorting_receipt"),
]

"""Addresses of materials on a store's phone."""

from django.urls import path

from lincassable.portal.materials import views

app_name = "materials"
urlpatterns = [
    path("p/affiches/", views.materials, name="list"),
    path("p/affiches/<uuid:key>/en-place/", views.placed, name="placed"),
    path("p/affiches/image/<uuid:material_uuid>/", views.picture, name="picture"),
]

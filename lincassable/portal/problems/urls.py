"""Addresses of non-conformities outside the admin."""

from django.urls import path

from lincassable.portal.problems import driver, sorting, views

app_name = "problems"
urlpatterns = [
    path("p/problemes/", views.problems, name="list"),
    path("p/problemes/signaler/", views.report, name="report"),
    path("p/problemes/<uuid:problem_uuid>/", views.problem, name="one"),
    path("p/problemes/<uuid:problem_uuid>/photo/<uuid:picture_uuid>/", views.photo, name="photo"),
    path("chauffeur/arret/<uuid:stop_uuid>/probleme/", driver.report, name="driver"),
    path("tri/<uuid:centre>/probleme/", sorting.report, name="sorting"),
]

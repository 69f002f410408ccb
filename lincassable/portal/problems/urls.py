"""Addresses of non-conformities outside the admin."""

from django.urls import path

from lincassable.portal.problems import driver, producer, signed_in, sorting, views

app_name = "problems"
urlpatterns = [
    path("p/problemes/", views.problems, name="list"),
    path("p/problemes/signaler/", views.report, name="report"),
    path("p/problemes/<uuid:problem_uuid>/", views.problem, name="one"),
    path("p/problemes/<uuid:problem_uuid>/photo/<uuid:picture_uuid>/", views.photo, name="photo"),
    path("chauffeur/arret/<uuid:stop_uuid>/probleme/", driver.report, name="driver"),
    path("tri/<uuid:centre>/probleme/", sorting.report, name="sorting"),
    path("tri/problemes/<uuid:problem_uuid>/", signed_in.sorting_one, name="sorting_one"),
    path("tri/problemes/<uuid:problem_uuid>/photo/<uuid:picture_uuid>/", signed_in.sorting_photo, name="sorting_photo"),
    path("transporteur/problemes/", signed_in.carrier, name="carrier"),
    path("transporteur/problemes/<uuid:problem_uuid>/", signed_in.carrier_one, name="carrier_one"),
    path("transporteur/problemes/<uuid:problem_uuid>/photo/<uuid:picture_uuid>/", signed_in.carrier_photo, name="carrier_photo"),
    path("producteur/", producer.page, name="producer"),
    path("producteur/<uuid:problem_uuid>/", producer.one, name="producer_one"),
    path("producteur/<uuid:problem_uuid>/photo/<uuid:picture_uuid>/", producer.photo, name="producer_photo"),
    path("producteur/<slug:token>", producer.open_link, name="open_producer"),
    path("producteur/<slug:token>/", producer.open_link),
]

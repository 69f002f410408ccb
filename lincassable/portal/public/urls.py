"""Public addresses. `/carte/…` is printed and shared: it never changes; of a place's address, only its last part counts."""

from django.urls import path

from lincassable.portal.public import bottles, data, points, views

app_name = "public"
urlpatterns = [
    path("carte/", views.find_places, name="map"),
    path("carte/points/", points.points, name="points"),
    path("carte/<slug:place>/", views.place, name="place"),
    path("bouteille/", bottles.question, name="bottle"),
    path("api/v1/points.geojson", data.geojson, name="geojson"),
    path("sitemap.xml", data.sitemap, name="sitemap"),
    path("robots.txt", data.robots, name="robots"),
]

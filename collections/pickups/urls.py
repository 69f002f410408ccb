"""Addresses of this app. They are in mails and on phones: they never change."""

from django.urls import URLPattern, URLResolver, path

from pickups.views import calendars, carrier, driver

app_name = "pickups"
urlpatterns: list[URLPattern | URLResolver] = [
    path("agenda/<slug:token>.ics", calendars.feed, name="calendar_feed"),
    path("transporteur/", carrier.own_tours, name="carrier_tours"),
    path("transporteur/tournee/", carrier.by_link, name="carrier_tour"),
    path("transporteur/tournees/<uuid:tour_uuid>/", carrier.by_user, name="carrier_user_tour"),
    path("transporteur/<slug:token>", carrier.open_tour, name="carrier_open"),
    path("transporteur/<slug:token>/", carrier.open_tour),
    path("chauffeur/", driver.tour_page, name="driver_start"),
    path("chauffeur/tournee/", driver.tour_page, name="driver_tour"),
    path("chauffeur/arret/<uuid:stop_uuid>/", driver.stop_page, name="driver_stop"),
    path("chauffeur/fin/", driver.finish, name="driver_finish"),
    path("chauffeur/sw.js", driver.service_worker, name="driver_worker"),
    path("chauffeur/manifest.webmanifest", driver.manifest, name="driver_manifest"),
    path("chauffeur/<slug:token>", driver.open_tour, name="driver_open"),
    path("chauffeur/<slug:token>/", driver.open_tour),
]

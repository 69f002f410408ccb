"""Addresses of this app. They are in mails and on phones: they never change."""

from django.urls import URLPattern, URLResolver, path

from pickups.views import arrivals, calendars, carrier, carrier_calendar, driver, driver_stops, office, proofs, slips

app_name = "pickups"
urlpatterns: list[URLPattern | URLResolver] = [
    path("agenda/<slug:token>.ics", calendars.feed, name="calendar_feed"),
    path("tri/arrivees/", arrivals.arrivals, name="arrivals"),
    path("tri/arrivees/<uuid:tour_uuid>/", arrivals.arrival, name="arrival"),
    path("transporteur/", carrier.own_tours, name="carrier_tours"),
    path("transporteur/agenda/", carrier_calendar.calendar, name="carrier_calendar"),
    path("transporteur/tournee/", carrier.by_link, name="carrier_tour"),
    path("transporteur/tournees/<uuid:tour_uuid>/", carrier.by_user, name="carrier_user_tour"),
    path("transporteur/tournees/<uuid:tour_uuid>/bon/", slips.user_slip, name="carrier_user_slip"),
    path("transporteur/tournees/<uuid:tour_uuid>/bons/", slips.user_upload, name="carrier_user_slips"),
    path("transporteur/tournees/<uuid:tour_uuid>/bons/<uuid:slip_uuid>/", slips.user_file, name="carrier_user_slip_file"),
    path("transporteur/photo/<uuid:proof_uuid>/", proofs.to_user, name="carrier_user_proof"),
    path("transporteur/tournee/bon/", slips.link_slip, name="carrier_slip"),
    path("transporteur/tournee/bons/", slips.link_upload, name="carrier_slips"),
    path("transporteur/tournee/bons/<uuid:slip_uuid>/", slips.link_file, name="carrier_slip_file"),
    path("transporteur/tournee/photo/<uuid:proof_uuid>/", proofs.to_carrier, name="carrier_proof"),
    path("transporteur/historique/", office.history, name="carrier_history"),
    path("transporteur/fiabilite/", office.figures, name="carrier_figures"),
    path("transporteur/fiabilite/<slug:figure>/", office.rows, name="carrier_figure"),
    path("transporteur/<slug:token>", carrier.open_tour, name="carrier_open"),
    path("transporteur/<slug:token>/", carrier.open_tour),
    path("chauffeur/", driver.tour_page, name="driver_start"),
    path("chauffeur/tournee/", driver.tour_page, name="driver_tour"),
    path("chauffeur/arret/<uuid:stop_uuid>/", driver_stops.stop_page, name="driver_stop"),
    path("chauffeur/arret/<uuid:stop_uuid>/photos/", driver_stops.add_proofs, name="driver_add_proofs"),
    path("chauffeur/ajouter/", driver_stops.added_stop_page, name="driver_added"),
    path("chauffeur/photo/<uuid:proof_uuid>/", proofs.to_driver, name="driver_proof"),
    path("chauffeur/fin/", driver.finish, name="driver_finish"),
    path("chauffeur/sw.js", driver.service_worker, name="driver_worker"),
    path("chauffeur/manifest.webmanifest", driver.manifest, name="driver_manifest"),
    path("chauffeur/bon/", slips.driver_slip, name="driver_slip"),
    path("chauffeur/bon/envoyer/", slips.driver_upload, name="driver_upload"),
    path("chauffeur/<slug:token>", driver.open_tour, name="driver_open"),
    path("chauffeur/<slug:token>/", driver.open_tour),
]

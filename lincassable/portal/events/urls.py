"""Addresses of events. They are printed on posters and shared: they never change; of an event's address, only its last part counts."""

from django.urls import path

from lincassable.portal.events import signup, team, views

app_name = "events"
urlpatterns = [
    path("evenements/", views.coming, name="list"),
    path("evenements.ics", views.feed, name="feed"),
    path("evenements/inscription/<str:signed>/", signup.signed_up, name="signup"),
    path("evenements/<slug:slug>.ics", views.calendar_file, name="calendar"),
    path("evenements/<slug:slug>/", views.event, name="event"),
    path("equipe/", team.sheet, name="team"),
    path("equipe/bilan/", team.report, name="team_report"),
    path("equipe/photo/<uuid:photo_uuid>/", team.photo, name="team_photo"),
    path("equipe/evenements/<uuid:event_uuid>/", team.staff_sheet, name="staff_team"),
    path("equipe/evenements/<uuid:event_uuid>/bilan/", team.staff_report, name="staff_report"),
    path("equipe/evenements/<uuid:event_uuid>/photo/<uuid:photo_uuid>/", team.staff_photo, name="staff_photo"),
    path("equipe/<slug:token>", team.open_link, name="open_team"),
    path("equipe/<slug:token>/", team.open_link),
]

"""Addresses of visits outside the admin: for signed-in coordinators, on their phone."""

from datetime import date

from django.urls import path, register_converter

from lincassable.portal.visits import checklist, views


class DayConverter:
    """A day as 2026-12-31; what is no day is no address."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> date:
        """Return the day. Raises ValueError, which Django takes for “no such page”."""
        return date.fromisoformat(value)

    def to_url(self, value: date) -> str:
        """Return its text."""
        return value.isoformat()


register_converter(DayConverter, "visitday")
app_name = "visits"
# A checklist lies one step deeper: the phone's worker takes a long word right below its folder for the secret of a link, and keeps none.
urlpatterns = [
    path("visites/", views.home, name="home"),
    path("visites/sw.js", views.service_worker, name="service_worker"),
    path("visites/manifest.webmanifest", views.manifest, name="manifest"),
    path("visites/visites.ics", views.calendar, name="calendar"),
    path("visites/planifier/", views.plan, name="plan"),
    path("visites/proposer/", views.plan_one, name="plan_one"),
    path("visites/ordre/<visitday:day>/", views.order, name="order"),
    path("visites/fiche/<uuid:visit_uuid>/", checklist.checklist, name="checklist"),
    path("visites/fiche/<uuid:visit_uuid>/modifier/", views.change, name="change"),
    path("visites/fiche/<uuid:visit_uuid>/photo/<uuid:seen_uuid>/", checklist.photo, name="photo"),
]

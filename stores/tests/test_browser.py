"""A file imported in a real browser, as a coordinator does it."""

import pytest
from django.conf import settings
from django.test import Client

from lincassable.accounts.tests.factories import UserFactory
from stores.models import Store
from stores.tests.factories import ContactFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.chromium]


@pytest.fixture
def coordinator(page, live_server):
    """A browser at a desk, signed in."""
    client = Client()
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
    page.set_viewport_size({"width": 1280, "height": 900})
    return page


def test_a_file_is_sent_looked_at_and_imported(coordinator, live_server, tmp_path, settings):
    settings.VAR_DIR = tmp_path
    path = tmp_path / "points.csv"
    path.write_text("identifiant externe;nom;ville;latitude\n1;Crèmerie;Arles;\n2;B;Sète;nord\n", encoding="cp1252")
    coordinator.goto(f"{live_server.url}/admin/stores/store/import/")
    coordinator.set_input_files("input[name=file]", str(path))
    assert coordinator.input_value("input[name=source]") == "import"
    coordinator.click("[data-import=upload] form button[type=submit]")
    coordinator.wait_for_selector("[data-import=preview] [data-problem-line='3']")
    coordinator.click("button[value=skip_bad]")
    coordinator.wait_for_selector("[data-import=result][data-saved=yes]")
    assert list(Store.objects.values_list("name", "source", "source_id")) == [("Crèmerie", "import", "1")]


def test_a_places_page_draws_its_map_without_errors(coordinator, live_server):
    errors = []
    coordinator.on("pageerror", lambda error: errors.append(str(error)))
    store = ContactFactory().store
    coordinator.goto(f"{live_server.url}/admin/stores/store/{store.pk}/change/")
    coordinator.wait_for_selector(".map-preview-canvas .map-marker")
    assert errors == []

"""Every address, with every role, and with somebody else's object: refused where it must be (tests/access_table.py)."""

from __future__ import annotations

import re
import uuid
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lincassable.accounts import links
from lincassable.accounts.actors import Actor
from lincassable.accounts.models import AccessLink
from lincassable.accounts.tests.factories import UserFactory
from tests.access_roles import ADMINISTRATOR, CARRIER, CARRIER_LINK, COORDINATOR, DRIVER, EVERYONE, ROLES, SORTING, STAFF, STORE
from tests.access_rows import ROUTES, a_place, addresses
from tests.access_table import WHO

pytestmark = pytest.mark.django_db
FROM_HERE = {"Sec-Fetch-Site": "same-origin"}
LEAVING = ("/compte/logout/", "/admin/logout/")
OBJECT = re.compile("<uuid:(key|problem_uuid|stop_uuid|slip_uuid|proof_uuid|tour_uuid)>")
# What belongs to nobody among those who may open it: whoever counts arrivals counts every truck that comes in;
# the answers to a quiz have no account behind them, and open to whoever has their address, which nobody can guess.
SHARED = (
    "tri/arrivees/<uuid:tour_uuid>/",
    "formation/<uuid:training_uuid>/<uuid:key>/",
    "formation/<uuid:training_uuid>/<uuid:key>/attestation.pdf",
)
LOGIN = ("/compte/login/", "/admin/login/", "/compte/2fa/")


@pytest.fixture
def mine():
    """What the store's card, the driver's and the carrier's links of the test are about."""
    return a_place("mine")


@pytest.fixture
def other():
    """Somebody else's."""
    return a_place("other")


def as_role(role: str, mine: SimpleNamespace) -> Client:
    """A browser that has what the role has."""
    browser = Client(headers=FROM_HERE, raise_request_exception=False)
    opened = {
        STORE: (AccessLink.STORE, mine.store),
        DRIVER: (AccessLink.TOUR, mine.tour),
        CARRIER_LINK: (AccessLink.CARRIER_TOUR, mine.tour),
    }
    if role in opened:
        kind, row = opened[role]
        address = links.url(links.link_for(kind, row.pk)).removeprefix("http://localhost:8000")
        assert browser.get(address).status_code == 302
    elif role in (SORTING, COORDINATOR, ADMINISTRATOR):
        browser.force_login(UserFactory(role=role))
    elif role == CARRIER:
        browser.force_login(mine.office)
    return browser


def refused(response) -> bool:
    """Whether nothing was shown and nothing done: sent to sign in, forbidden, not there, or not that way."""
    if response.status_code in (301, 302):
        return response["Location"].startswith(LOGIN)
    return response.status_code in (403, 404, 405, 410)


def writes(queries: CaptureQueriesContext) -> list[str]:
    """The statements that changed something, sessions apart."""
    kinds = ("INSERT", "UPDATE", "DELETE", "WITH")
    return [query["sql"] for query in queries if query["sql"].lstrip().startswith(kinds) and "django_session" not in query["sql"]]


def test_every_address_has_its_line():
    assert sorted(set(ROUTES) - set(WHO)) == [], "say in tests/access_table.py who may open them"
    assert sorted(set(WHO) - set(ROUTES)) == [], "these lines are about addresses that are gone"


def is_let_in(route: str, response) -> bool:
    """Whether the role passed the guards: the page came, or said that this object or this method is not for now."""
    if WHO[route] == EVERYONE:
        return response.status_code < 500 or route == "readyz"
    sent_away = response.headers.get("Location", "").startswith(LOGIN)
    return not sent_away and response.status_code not in (401, 403) and response.status_code < 500


@pytest.mark.parametrize("role", ROLES)
def test_a_role_opens_what_it_may_and_nothing_else(role, mine):
    browser, wrong = as_role(role, mine), []
    for route, address in addresses(mine).items():
        if address in LEAVING:
            continue
        # Opening a card would give the browser another role's cookie.
        response = (Client() if "<slug:token>" in route else browser).get(address)
        as_expected = is_let_in(route, response) if role in WHO.get(route, ()) else refused(response)
        if not as_expected:
            wrong.append(f"{route}: {response.status_code} {response.headers.get('Location', '')}")
    assert wrong == []


@pytest.mark.parametrize("role", ROLES)
def test_a_form_of_somebody_elses_page_is_refused_and_writes_nothing(role, mine):
    browser, wrong = as_role(role, mine), []
    for route, address in addresses(mine).items():
        if role in WHO.get(route, ()):
            continue
        with CaptureQueriesContext(connection) as queries:
            response = browser.post(address, {"answer": "accept", "confirm": "on", "full_75": "3", "key": uuid.uuid4()})
        if not refused(response) or writes(queries):
            wrong.append(f"{route}: {response.status_code} {writes(queries)}")
    assert wrong == []


@pytest.mark.parametrize("role", [role for role in ROLES if role not in STAFF])
def test_somebody_elses_object_does_not_exist(role, mine, other):
    browser, wrong = as_role(role, mine), []
    theirs = {route: address for route, address in addresses(other).items() if OBJECT.search(route)}
    assert len(theirs) >= 6
    for route, address in theirs.items():
        if route in SHARED and role in WHO[route]:
            continue
        for response in (browser.get(address), browser.post(address, {"answer": "accept", "key": uuid.uuid4()})):
            if not refused(response):
                wrong.append(f"{route}: {response.status_code}")
    assert wrong == []


@pytest.mark.parametrize(("role", "start"), [(STORE, "/p/"), (DRIVER, "/chauffeur/"), (CARRIER_LINK, "/transporteur/tournee/")])
def test_a_link_that_was_revoked_opens_nothing_any_more(role, start, mine):
    browser = as_role(role, mine)
    assert browser.get(start).status_code == 200
    for link in AccessLink.objects.all():
        links.revoke(link, by=Actor.system())
    assert browser.get(start).status_code == 403

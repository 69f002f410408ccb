"""Opening a card on a phone: the cookie, its scope, what is refused and how; nothing written, nothing leaked."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import timezone

from lincassable.accounts import links, usage
from lincassable.accounts.actors import Actor
from lincassable.accounts.models import AccessLink
from lincassable.accounts.tasks import flush_last_use
from lincassable.accounts.tests.factories import AccessLinkFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("link_urls")]
SYSTEM = Actor.system()
HERE = {"headers": {"origin": "http://testserver"}}


@contextmanager
def no_writes():
    """Fail on any statement that writes to the database."""

    def guard(execute, sql, params, many, context):
        assert sql.lstrip().split()[0].upper() in ("SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK"), sql
        return execute(sql, params, many, context)

    with connection.execute_wrapper(guard):
        yield


@pytest.fixture
def link():
    return AccessLinkFactory()


def opened(client, link):
    return client.get(f"/p/{links.token(link)}")


def problem(response):
    return response.content.decode().partition('data-link-problem="')[2].partition('"')[0]


def test_opening_leads_away_from_the_token_with_a_cookie_for_this_place(client, link):
    response = opened(client, link)
    assert (response.status_code, response["Location"]) == (302, "/p/")
    assert response["Referrer-Policy"] == "no-referrer"
    assert response["Cache-Control"] == "no-store"
    cookie = response.cookies["carte_point"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"], cookie["secure"]) == ("/p/", True, "Lax", "")
    assert cookie["max-age"] == 400 * 24 * 3600
    assert links.token(link) not in cookie.value
    assert client.get("/p/").json() == {"store": link.object_id, "actor": ["link", link.pk, "store", link.object_id]}


def test_the_cookie_travels_by_https_only_where_the_site_does(client, link, settings):
    settings.HTTPS = True
    assert opened(client, link).cookies["carte_point"]["secure"] is True


def test_each_kind_has_its_own_cookie_and_opens_nothing_of_another(client, link):
    tour = AccessLinkFactory(kind="tour", object_id=link.object_id)
    cookie = client.get(f"/chauffeur/{links.token(tour)}").cookies["carte_tournee"]
    assert cookie["path"] == "/chauffeur/"
    assert client.get("/chauffeur/").status_code == 200
    assert client.get("/p/").status_code == 403
    client.cookies["carte_point"] = cookie.value
    assert (client.get("/p/").status_code, problem(client.get("/p/"))) == (403, "missing")


def test_a_token_of_another_kind_does_not_open(client, link):
    assert client.get(f"/chauffeur/{links.token(link)}").status_code == 404


def test_the_cookie_of_a_tour_ends_with_the_tour(client, time_machine):
    time_machine.move_to("2026-11-02T10:00:00Z", tick=False)
    link = AccessLinkFactory(kind="tour", expires_at=timezone.now() + timedelta(hours=2))
    assert client.get(f"/chauffeur/{links.token(link)}").cookies["carte_tournee"]["max-age"] == 7200


def test_opening_and_looking_write_nothing_to_the_database(client, link, django_assert_num_queries):
    with no_writes(), django_assert_num_queries(1):
        opened(client, link)
    with no_writes(), django_assert_num_queries(1):
        client.get("/p/")


@pytest.mark.parametrize("value", ["", "1.1", "garbage:sig", "x" * 5000, "1.1:" + "A" * 43, "\x00"])
def test_a_forged_cookie_opens_nothing(client, link, value):
    client.cookies["carte_point"] = value
    assert client.get("/p/").status_code == 403


def test_a_cookie_changed_to_another_place_opens_nothing(client, link):
    other = AccessLinkFactory()
    value = opened(client, link).cookies["carte_point"].value
    client.cookies["carte_point"] = value.replace(f"{link.pk}.", f"{other.pk}.", 1)
    assert client.get("/p/").status_code == 403


def test_the_secret_of_sessions_may_change_without_costing_phones_their_card(client, link, settings):
    opened(client, link)
    settings.SECRET_KEY = "changed"
    assert client.get("/p/").status_code == 200
    settings.LINK_SECRET_FALLBACKS, settings.LINK_SECRET = [settings.LINK_SECRET], "changed"
    assert client.get("/p/").status_code == 200
    settings.LINK_SECRET_FALLBACKS = []
    assert client.get("/p/").status_code == 403


@pytest.mark.parametrize("text", ["x", "A" * 32, "é" * 32, "%00", "A" * 5000, "..%2f..", "%ff%fe"])
def test_garbled_tokens_get_a_clear_page_and_never_a_500(client, text):
    response = client.get(f"/p/{text}")
    assert response.status_code == 404


def test_an_unknown_token_says_what_to_do(client):
    response = client.get("/p/" + "A" * 32, headers={"accept-language": "en"})
    assert problem(response) == "unknown"
    assert "Scan the QR code near the crates again" in response.content.decode()
    assert response["Cache-Control"] == "no-store"


def test_a_replaced_card_says_so_and_gives_no_cookie(client, link):
    old = links.token(link)
    links.rotate(link, by=SYSTEM)
    response = client.get(f"/p/{old}")
    assert (response.status_code, problem(response)) == (410, "old")
    assert "carte_point" not in response.cookies


def test_a_phone_with_a_replaced_card_sends_what_it_queued_but_sees_no_page(client, link, time_machine):
    time_machine.move_to("2026-11-02T10:00:00Z", tick=False)
    opened(client, link)
    links.rotate(link, by=SYSTEM)
    assert client.get("/p/").status_code == 403
    assert client.post("/p/formulaire/", **HERE).json() == {"store": link.object_id, "current": False}
    time_machine.move_to("2026-12-03T10:00:00Z", tick=False)
    assert client.post("/p/formulaire/", **HERE).status_code == 403
    opened(client, AccessLink.objects.get())
    assert client.post("/p/formulaire/", **HERE).json()["current"] is True


def test_a_revoked_link_is_refused_everywhere_at_once(client, link):
    opened(client, link)
    links.revoke(link, by=SYSTEM)
    assert (opened(client, link).status_code, problem(opened(client, link))) == (410, "revoked")
    assert client.get("/p/").status_code == 403
    assert client.post("/p/formulaire/", **HERE).status_code == 403


def test_forms_are_taken_without_a_csrf_token_but_only_from_our_own_pages(link):
    client = Client(enforce_csrf_checks=True)
    opened(client, link)
    sent = {
        "ours": {"origin": "http://testserver"},
        "ours, told twice": {"origin": "http://testserver", "sec-fetch-site": "same-origin"},
        "ours, without origin": {"sec-fetch-site": "same-origin"},
        "ours, origin hidden": {"origin": "null", "sec-fetch-site": "same-origin"},
        "elsewhere": {"origin": "https://evil.example"},
        "a page beside": {"origin": "http://testserver:8081"},
        "our name, not our scheme": {"origin": "https://testserver"},
        "elsewhere, told by the browser": {"sec-fetch-site": "cross-site"},
        "a neighbour": {"sec-fetch-site": "same-site"},
        "two stories": {"origin": "http://testserver", "sec-fetch-site": "cross-site"},
        "nothing said": {},
        "hidden": {"origin": "null"},
    }
    statuses = {name: client.post("/p/formulaire/", headers=headers).status_code for name, headers in sent.items()}
    assert {name for name, status in statuses.items() if status == 200} == {name for name in sent if name.startswith("ours")}
    assert set(statuses.values()) == {200, 403}


def test_behind_a_proxy_that_changes_the_host_the_site_s_own_address_is_ours(client, link, settings):
    settings.SITE_URL = "https://reseau.example"
    opened(client, link)
    assert client.post("/p/formulaire/", headers={"origin": "https://reseau.example"}).status_code == 200


# -- last use and device


def test_the_last_use_and_a_random_device_reach_the_row_by_the_task_only(client, link, time_machine):
    time_machine.move_to("2026-11-02T10:00:00Z", tick=False)
    device = opened(client, link).cookies["appareil"]
    assert (device["path"], device["httponly"], len(device.value)) == ("/p/", True, 32)
    link.refresh_from_db()
    assert (link.last_used_at, link.last_device) == (None, "")
    assert flush_last_use() == "1 links"
    link.refresh_from_db()
    assert (link.last_used_at, link.last_device) == (timezone.now(), device.value)
    assert flush_last_use() == "0 links"


def test_a_use_is_noted_again_after_a_minute_or_from_another_phone(link, time_machine):
    def noted(minutes: int, seconds: int, device: str) -> bool:
        time_machine.move_to(f"2026-11-02T10:{minutes:02}:{seconds:02}Z", tick=False)
        cache.clear()
        usage.note_use(link, device)
        return cache.get(f"link-use:{link.pk}") is not None

    assert [noted(0, 0, "a"), noted(0, 30, "a"), noted(0, 40, "b"), noted(1, 39, "b"), noted(1, 40, "b")] == [
        True,
        False,
        True,
        False,
        True,
    ]


def test_two_phones_have_two_numbers_and_a_phone_keeps_its_own(link):
    one, two = Client(), Client()
    first = opened(one, link).cookies["appareil"].value
    assert opened(two, link).cookies["appareil"].value != first
    assert opened(one, link).cookies["appareil"].value == first
    one.cookies["appareil"] = "<script>"
    assert opened(one, link).cookies["appareil"].value not in ("<script>", first)


def test_a_later_use_is_never_replaced_by_an_earlier_one(client, link, time_machine):
    time_machine.move_to("2026-11-02T10:00:00Z", tick=False)
    opened(client, link)
    AccessLink.objects.update(last_used_at=timezone.now() + timedelta(hours=1), last_device="b" * 32)
    assert usage.flush_last_use() == 0


def test_a_cache_that_is_down_breaks_no_page_and_refuses_nobody(client, link, dead_cache):
    assert opened(client, link).status_code == 302
    assert client.get("/p/").status_code == 200
    assert client.get("/p/nonsense").status_code == 404
    assert flush_last_use() == "0 links"


# -- rate limit


def test_after_too_many_unknown_links_an_address_is_asked_to_wait(client, link, settings, time_machine):
    settings.LINK_RATE_LIMIT = 3
    time_machine.move_to("2026-11-02T10:30:00Z", tick=False)
    assert [client.get(f"/p/wrong{n}").status_code for n in range(5)] == [404, 404, 404, 429, 429]
    assert problem(client.get("/p/wrong")) == "too_many"
    assert client.get("/p/wrong", REMOTE_ADDR="192.0.2.9").status_code == 404
    assert opened(client, link).status_code == 302, "staff behind the same address are not locked out"
    time_machine.move_to("2026-11-02T11:00:00Z", tick=False)
    assert client.get("/p/wrong").status_code == 404


def test_replaced_and_revoked_cards_do_not_count_as_unknown(client, link, settings):
    settings.LINK_RATE_LIMIT = 1
    old = links.token(link)
    links.rotate(link, by=SYSTEM)
    assert {client.get(f"/p/{old}").status_code for _ in range(4)} == {410}


def test_a_forwarded_address_is_believed_behind_our_proxy_only(client, settings):
    settings.LINK_RATE_LIMIT = 1

    def wrong(*addresses):
        return [client.get("/p/wrong", headers={"x-forwarded-for": address}).status_code for address in addresses]

    assert wrong("192.0.2.1", "192.0.2.2") == [404, 429], "a header of one's own does not get round the limit"
    cache.clear()
    settings.BEHIND_PROXY = True
    assert wrong("6.6.6.6, 192.0.2.1", "7.7.7.7, 192.0.2.1", "192.0.2.2") == [404, 429, 404]


def test_no_address_is_readable_in_the_cache(client):
    client.get("/p/wrong", REMOTE_ADDR="192.0.2.77")
    keys = [key.decode() for key in cache._cache.get_client().keys("*link-unknown*")]
    assert len(keys) == 1
    assert "192.0.2.77" not in keys[0]

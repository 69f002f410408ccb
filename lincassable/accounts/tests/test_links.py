"""Links: made once, replaced, withdrawn, expired; and what each costs."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from lincassable.accounts import kinds, links
from lincassable.accounts.actors import Actor
from lincassable.accounts.models import AccessLink, AccessLinkEvent
from lincassable.accounts.tests.factories import AccessLinkEventFactory, AccessLinkFactory, UserFactory

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system()


@pytest.fixture
def link():
    return AccessLinkFactory()


def test_an_object_has_one_link_however_often_it_is_asked_for():
    assert links.link_for("store", 7) == links.link_for("store", 7)
    assert AccessLink.objects.count() == 1
    with pytest.raises(IntegrityError, match="one_access_link_per_object"), transaction.atomic():
        AccessLinkFactory(kind="store", object_id=7)


def test_the_same_number_of_another_kind_is_another_link():
    assert links.link_for("store", 7) != links.link_for("tour", 7)


def test_a_later_end_replaces_the_first_and_none_leaves_it():
    soon, later = timezone.now() + timedelta(days=1), timezone.now() + timedelta(days=2)
    links.link_for("tour", 7, expires_at=soon)
    assert links.link_for("tour", 7, expires_at=later).expires_at == later
    assert links.link_for("tour", 7).expires_at == later


def test_an_unknown_kind_is_refused():
    with pytest.raises(KeyError):
        links.link_for("palox", 7)


@pytest.mark.parametrize(("kind", "prefix"), [("store", "/p/"), ("tour", "/chauffeur/"), ("carrier_tour", "/transporteur/")])
def test_the_address_names_the_site_the_kind_and_the_token(kind, prefix, settings):
    settings.SITE_URL = "https://reseau.example"
    link = AccessLinkFactory(kind=kind)
    assert links.url(link) == f"https://reseau.example{prefix}{links.token(link)}"


def test_a_fresh_token_resolves_in_one_query(link, django_assert_num_queries):
    text = links.token(link)
    with django_assert_num_queries(1):
        resolved = links.resolve(text)
    assert (resolved.link, resolved.version, resolved.is_current) == (link, 1, True)


def test_garbage_resolves_to_nothing_without_a_query(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert [links.resolve(text) for text in ("", "é" * 32, "A" * 32, "A" * 100_000, "\0", "../../etc")] == [None] * 6


def test_the_same_card_can_be_printed_again(link):
    assert links.token(link) == links.token(AccessLink.objects.get(pk=link.pk))


def test_the_database_alone_gives_no_usable_link(link, settings):
    text = links.token(link)
    settings.LINK_SECRET = "what a thief without the server's environment would have to guess"
    assert links.resolve(text) is None
    assert text not in str(AccessLink.objects.values().get())


def test_a_token_for_a_row_that_is_gone_resolves_to_nothing(link):
    text = links.token(link)
    link.delete()
    assert links.resolve(text) is None


def test_a_token_of_a_later_version_than_the_row_resolves_to_nothing(link):
    link.version = 2
    text = links.token(link)
    assert links.resolve(text) is None


def test_a_replaced_card_is_old_for_thirty_days_then_nothing(link, time_machine):
    time_machine.move_to("2026-11-02T10:00:00Z", tick=False)
    old = links.token(link)
    fresh = links.rotate(link, by=SYSTEM)
    assert links.token(fresh) != old
    assert links.resolve(links.token(fresh)).is_current
    assert links.resolve(old).is_current is False
    time_machine.move_to("2026-12-02T09:59:59Z", tick=False)
    assert links.resolve(old).version == 1
    time_machine.move_to("2026-12-02T10:00:00Z", tick=False)
    assert links.resolve(old) is None
    assert links.resolve(links.token(fresh)).is_current


def test_replaced_twice_in_a_row_both_old_versions_keep_their_own_thirty_days(link, time_machine):
    time_machine.move_to("2026-11-02T10:00:00Z", tick=False)
    first = links.token(link)
    second = links.token(links.rotate(link, by=SYSTEM))
    time_machine.move_to("2026-11-20T10:00:00Z", tick=False)
    links.rotate(link, by=SYSTEM)
    assert [links.resolve(text).is_current for text in (first, second)] == [False, False]
    time_machine.move_to("2026-12-10T10:00:00Z", tick=False)
    assert links.resolve(first) is None
    assert links.resolve(second).version == 2


def test_a_revoked_link_is_refused_at_once_with_its_old_versions_and_works_again_when_given_back(link):
    old = links.token(link)
    link = links.rotate(link, by=SYSTEM)
    current = links.token(link)
    links.revoke(link, by=SYSTEM)
    assert [links.resolve(text) for text in (old, current)] == [None, None]
    links.restore(link, by=SYSTEM)
    assert links.resolve(current).is_current
    assert links.resolve(old).is_current is False


def test_a_revoked_link_is_not_replaced(link):
    link = links.revoke(link, by=SYSTEM)
    with pytest.raises(ValidationError):
        links.rotate(link, by=SYSTEM)


def test_a_tour_link_ends_at_its_moment(time_machine):
    time_machine.move_to("2026-11-02T10:00:00Z", tick=False)
    link = AccessLinkFactory(kind="tour", expires_at=timezone.now() + timedelta(hours=2))
    assert links.resolve(links.token(link)).is_current
    time_machine.move_to("2026-11-02T12:00:00Z", tick=False)
    assert links.resolve(links.token(link)) is None


def test_who_replaced_withdrew_and_gave_back_is_kept_and_once(link):
    user = UserFactory()
    by = Actor.of_user(user)
    links.rotate(link, by=by)
    links.revoke(link, by=by)
    links.revoke(link, by=by)
    links.restore(link, by=by)
    links.restore(link, by=by)
    rows = list(link.events.values_list("what", "version", "actor_kind", "actor_id"))
    assert rows == [("rotated", 1, "user", user.pk), ("revoked", 2, "user", user.pk), ("restored", 2, "user", user.pk)]


def test_a_version_is_replaced_once_only(link):
    AccessLinkEventFactory(link=link)
    with pytest.raises(IntegrityError, match="version_replaced_once"), transaction.atomic():
        AccessLinkEventFactory(link=link)
    AccessLinkEventFactory(link=link, what=AccessLinkEvent.REVOKED)


def test_links_are_named_with_one_question_per_kind(monkeypatch):
    asked = []
    monkeypatch.setattr(kinds, "_labels", {})
    kinds.register_kind("store", labels=lambda ids: asked.append(set(ids)) or {1: "Épicerie"})
    one, two, tour = AccessLinkFactory(object_id=1), AccessLinkFactory(object_id=2), AccessLinkFactory(kind="tour", object_id=3)
    assert links.describe([one, two, tour]) == {one.pk: "Épicerie", two.pk: str(two), tour.pk: str(tour)}
    assert asked == [{1, 2}]

"""What the pages say of those who have had the very same words, and of sending again what did not arrive."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from lincassable.accounts.tests.factories import UserFactory
from lincassable.mailings import services
from lincassable.mailings.enums import Progress, Reason
from lincassable.mailings.models import Mailing, MailingRecipient
from lincassable.mailings.tests.factories import BY, letter, people, sent
from lincassable.messaging import addresses
from lincassable.messaging.models import Message, RefusedAddress
from stores.models import Contact

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    """A coordinator's browser."""
    client.force_login(UserFactory(role="coordinator"))
    return client


def page(name: str, mailing: Mailing) -> str:
    """The address of one page."""
    return reverse(f"admin:mailings_mailing_{name}", args=[mailing.pk])


def test_every_page_says_who_has_had_it_and_the_count_agrees_with_what_is_sent(desk):
    first, _second = people(2)
    sent(letter())
    Contact.objects.bulk_create([Contact(store=first.store, name="Neuve", email="neuve@x.example")])
    copy = letter()
    shown = desk.get(page("audience", copy)).content.decode()
    assert 'data-count="1"' in shown
    assert 'data-left-out="already_had"' in shown
    assert 'data-had="2"' in desk.get(page("preview", copy)).content.decode()
    shown = desk.get(page("launch", copy)).content.decode()
    assert 'data-launch="1"' in shown
    assert 'data-had="2"' in shown
    assert 'name="again"' in shown
    given = {"when": "now", "seen": copy.version, "expected": 1, "had": 2}
    shown = desk.post(page("launch", copy), given | {"again": "on", "then": "look"}).content.decode()
    assert 'data-launch="3"' in shown
    assert 'name="expected" value="1"' in shown
    assert desk.post(page("launch", copy), given | {"again": "on", "then": "launch", "had": 1}).status_code == 422
    assert desk.post(page("launch", copy), given | {"then": "launch"}).status_code == 302
    assert "already_had" not in desk.get(page("follow", copy)).content.decode()
    services.run()
    copy.refresh_from_db()
    assert Message.objects.filter(mailing_recipient__mailing=copy).count() == 1
    shown = desk.get(page("follow", copy) + "?group=left_out").content.decode()
    assert shown.count('data-recipient="left_out"') == 2
    assert str(Reason.ALREADY_HAD.label) in shown


def test_the_switch_sends_to_all_as_counted_and_stays_on_the_page(desk):
    people(2)
    sent(letter())
    copy = letter()
    shown = desk.get(page("launch", copy)).content.decode()
    assert 'value="launch"' in shown, "nobody as it stands, but all with the switch"
    given = {"when": "now", "seen": copy.version, "expected": 0, "had": 2, "then": "launch"}
    answer = desk.post(page("launch", copy), given)
    assert answer.status_code == 422
    assert desk.post(page("launch", copy), given | {"again": "on"}).status_code == 302
    services.run()
    assert Message.objects.filter(mailing_recipient__mailing=copy).count() == 2
    assert "data-again" in desk.get(page("follow", copy)).content.decode()


def test_a_launch_is_warned_of_another_one_with_the_same_words_and_other_mailings_have_no_switch(desk):
    people(2)
    first = services.schedule(letter(name="La première"), timezone.now() + dt.timedelta(days=1), by=BY)
    once = desk.get(page("launch", letter())).context["warnings"]
    assert "La première" in once[-1]
    Mailing.objects.filter(pk=first.pk).update(again=True)
    twice = desk.get(page("launch", letter())).context["warnings"]
    assert "La première" in twice[-1]
    assert once != twice
    shown = desk.get(page("launch", letter(body_fr="Autre", body_en="Other"))).content.decode()
    assert "La première" not in shown
    assert 'name="again"' not in shown


def test_what_came_back_goes_to_the_corrected_address_and_again_to_one_that_works_again(desk):
    wrong, full, held = people(3)
    original = sent(letter())
    MailingRecipient.objects.filter(email=held.email).update(progress=Progress.LEFT_OUT, reason=Reason.CHANGED, message=None)
    Message.objects.exclude(to_email=held.email).update(fate="bounced", fate_at=timezone.now())
    for contact in (wrong, full):
        addresses.refuse(contact.email, why="bounced", detail="550", message=None)
    with pytest.raises(ValidationError) as refused:
        services.resend_failed(original, by=BY)
    assert refused.value.code == "refused"
    Contact.objects.filter(pk=wrong.pk).update(email="juste@x.example")
    Contact.objects.filter(pk=held.pk).update(email="nouvelle@x.example")
    RefusedAddress.objects.filter(email=full.email).update(lifted_at=timezone.now())
    assert "do/resend/" in desk.get(page("follow", original)).content.decode()
    assert services.resend_failed(original, by=BY) == 3
    services.run()
    waiting = Message.objects.filter(kind="mailing", state=Message.WAITING).order_by("to_email")
    assert list(waiting.values_list("to_email", flat=True)) == ["juste@x.example", "nouvelle@x.example", full.email]

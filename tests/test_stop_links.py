"""Every kind of mail that comes by itself is stopped from the mail: by its reader, by one click, without an account, at once."""

from __future__ import annotations

from datetime import timedelta
from itertools import count

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from awareness import training_mails, visit_mails
from awareness.tests.factories import TrainingFactory
from awareness.tests.factories_visits import VisitFactory
from lincassable.accounts.actors import Actor
from lincassable.accounts.tests.factories import UserFactory
from lincassable.messaging import rendering
from lincassable.messaging.kinds import all_kinds
from lincassable.messaging.models import Message
from lincassable.messaging.services import enqueue_many
from lincassable.messaging.texts.services import sample_recipient
from lincassable.reminders import signing, stopping
from lincassable.reminders.registry import CONTACT, USER, switches
from nonconformities import emails as problems
from nonconformities.producers import figures_of
from nonconformities.recipients import PRODUCER_CONTACT
from nonconformities.tests.factories import CommentFactory, KindFactory, LogFactory, NonConformityFactory, ProducerContactFactory
from pickups import emails as tours
from pickups.tests.factories import TourFactory
from stores import emails as places
from stores import proposals
from stores.enums import ProposalKind
from stores.models import Contact
from stores.tests.factories import ContactFactory

# The kinds whose reader does not stop them as a kind, and why.
WITHOUT = {
    "test": "somebody asked for it just now",
    "event_signup": "answers a sign-up",
    "event_waiting": "answers a sign-up",
    "event_withdrawn": "answers a withdrawal",
    "event_changed": "about an event for which the reader signed up; its link withdraws",
    "event_cancelled": "the last mail about an event for which the reader signed up",
    "event_reminder": "about an event for which the reader signed up; its link withdraws",
    "address_refused": "something does not work any more, and only its readers can mend it",
    "text_failed": "something does not work any more, and only its readers can mend it",
}
NUMBERS = count()  # so that nothing happens twice
KINDS = sorted({kind.name: kind for kind in all_kinds()})


@pytest.mark.parametrize("name", KINDS)
def test_a_mail_says_where_it_is_stopped_in_html_and_in_text_unless_it_is_listed_above(name):
    kind = next(kind for kind in all_kinds() if kind.name == name)
    context = {**kind.sample(), "unsubscribe_url": "https://stop.example/one", "preferences_url": "https://stop.example/choices"}
    mail = rendering.render_delivered(name, sample_recipient("en"), context)
    # The mail about several things has a link for each.
    stops = [part.stop_url for part in context["parts"]] if name == "reminder_digest" else ["https://stop.example/one"]
    found = (all(f'href="{stop}"' in mail.html for stop in stops), all(f"\n{stop}\n" in mail.text for stop in stops))
    assert found == ((False, False) if name in WITHOUT else (True, True))
    assert ("https://stop.example/choices" in mail.html) == (name not in WITHOUT)


# -- the mails that are no reminders: the reader, and how one of them comes about, anew each time


def _contact():
    contact = ContactFactory(email="ana@boutique.example", role="manager")
    return CONTACT, contact, contact.store


def _office():
    return USER, UserFactory(role="coordinator"), None


def _producer():
    contact = ProducerContactFactory()
    return PRODUCER_CONTACT, contact, contact.producer


def _proposal(store):
    closing = 10 + next(NUMBERS) % 12
    return proposals.propose(store, ProposalKind.HOURS, {"opening_hours": f"Mo-Fr 09:00-{closing}:00"}, by=Actor.system()).proposal


def _made(_none):
    return places.proposal_made(_proposal(ContactFactory().store))


def _moved(user):
    row = NonConformityFactory(actor_kind="user", actor_id=user.pk)
    return problems.moved(row, LogFactory(nonconformity=row))


def _given(user):
    row = NonConformityFactory(assignee=user)
    return problems.assigned(row, LogFactory(nonconformity=row))


def _month(producer):
    figures = figures_of(producer, timezone.now() - timedelta(days=30), timezone.now())
    return problems.monthly(producer, figures, str(next(NUMBERS)))


SCENES = {
    "training_planned": (_contact, lambda store: training_mails.invitation(TrainingFactory(store=store))),
    "training_cancelled": (_contact, lambda store: training_mails.cancelled(TrainingFactory(store=store), sequence=1)),
    "proposal_answered": (_contact, lambda store: places.proposal_answered(_proposal(store))),
    "proposal_made": (_office, _made),
    "tour_declined": (_office, lambda _none: tours.to_coordinators("tour_declined", TourFactory(), 1, reason="En panne")),
    "tour_vehicle": (_office, lambda _none: tours.to_coordinators("tour_vehicle", TourFactory(), 1, before=None, warnings=list)),
    "visit_planned": (_office, lambda user: visit_mails.planned(VisitFactory(visitor=user), by=None)),
    "visit_cancelled": (_office, lambda user: visit_mails.cancelled(VisitFactory(visitor=user), sequence=1, by=None)),
    "nonconformity_step": (_contact, lambda store: problems.reported(NonConformityFactory(store=store))),
    "nonconformity_step to who reported": (_office, _moved),
    "nonconformity_comment": (
        _contact,
        lambda store: problems.commented(CommentFactory(nonconformity=NonConformityFactory(store=store), is_internal=False)),
    ),
    "nonconformity_comment to the office": (_office, lambda _none: problems.commented(CommentFactory(), to_office=True)),
    "nonconformity_comment to the producer": (
        _producer,
        lambda producer: problems.commented(CommentFactory(nonconformity=NonConformityFactory(producer=producer), with_partner=True)),
    ),
    "nonconformity_new": (_office, lambda _none: problems.reported(NonConformityFactory(kind=KindFactory(severity="major")))),
    "nonconformity_assigned": (_office, _given),
    "nonconformity_producer": (_producer, lambda producer: problems.reported(NonConformityFactory(producer=producer))),
    "nonconformity_monthly": (_producer, _month),
}


def written(scene, row, about, told):
    """Let it happen once more about the reader's place or company, else about the reader; return the reader's new mails of that kind."""
    before = set(Message.objects.values_list("pk", flat=True))
    with transaction.atomic():
        enqueue_many(told(row if about is None else about))
    return list(Message.objects.filter(kind=scene.split()[0], to_email=row.email).exclude(pk__in=before))


@pytest.mark.django_db
@pytest.mark.parametrize("scene", SCENES)
def test_one_click_stops_a_kind_and_what_waits_of_it_and_the_page_of_choices_brings_it_back(scene):
    reader, told = SCENES[scene]
    kind, row, about = reader()
    offered = [choice.switch.code for choice in stopping.choices_of(kind, row.pk) if choice.is_on]
    (mail,) = written(scene, row, about, told)
    address = mail.headers["List-Unsubscribe"].strip("<>")
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert f'href="{address}"' in mail.html
    assert f"\n{address}\n" in mail.text
    page = "/" + address.split("/", 3)[3]
    program = Client(enforce_csrf_checks=True)
    assert program.get(page).status_code == 200
    assert Message.objects.get(pk=mail.pk).state == Message.WAITING
    assert program.post(page, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert Message.objects.get(pk=mail.pk).state == Message.CANCELLED
    assert written(scene, row, about, told) == []

    choices = signing.choices_url(kind, row.pk)
    assert choices in mail.text
    assert len(offered) - len([choice for choice in stopping.choices_of(kind, row.pk) if choice.is_on]) == 1
    assert program.post("/" + choices.split("/", 3)[3], {"wanted": offered}).status_code == 200
    (again,) = written(scene, row, about, told)
    # The page of choices takes back what waits, as the link does.
    assert program.post("/" + choices.split("/", 3)[3], {"wanted": []}).status_code == 200
    assert Message.objects.get(pk=again.pk).state == Message.CANCELLED


@pytest.mark.django_db
def test_what_waits_for_the_same_reader_at_another_shop_is_taken_back_too():
    first = ContactFactory(email="ana@boutique.example")
    second = ContactFactory(email="Ana@Boutique.example")
    with transaction.atomic():
        for contact in (first, second):
            enqueue_many(training_mails.invitation(TrainingFactory(store=contact.store)))
    stopping.stop(signing.Target(CONTACT, first.pk, ("training-dates",)), "https://x/", by=Actor.system())
    assert set(Message.objects.values_list("state", flat=True)) == {Message.CANCELLED}


@pytest.mark.django_db
def test_a_weekly_report_is_stopped_at_every_shop_of_its_reader():
    first = ContactFactory(email="ana@boutique.example")
    ContactFactory(email="Ana@Boutique.example")
    assert stopping.stop_mails("contact", first.pk, by=Actor.system())
    assert set(Contact.objects.values_list("wants_weekly_report", flat=True)) == {False}


def test_a_companys_main_address_has_no_stop_of_its_own():
    """What concerns its tours and its problems reaches a carrier as long as it works with the network; its people may stop theirs."""
    assert not any("carrier" in switch.people for switch in switches())


@pytest.mark.django_db
def test_the_language_of_a_page_whose_address_is_a_secret_can_be_changed():
    """Such pages send no referrer; browsers then say that a form comes from nowhere."""
    page = signing.choices_url(CONTACT, ContactFactory().pk).split("/", 3)[3]
    reader = Client(enforce_csrf_checks=True)
    assert reader.get(f"/{page}")["Referrer-Policy"] == "no-referrer"
    answer = reader.post("/langue/", {"language": "en", "next": f"/{page}"}, headers={"origin": "null"})
    assert (answer.status_code, answer["Location"]) == (302, f"/{page}")
    assert "The mails I receive" in reader.get(f"/{page}").content.decode()
    assert reader.post("/langue/", {"language": "en", "next": "https://elsewhere.example/"})["Location"] == "/"

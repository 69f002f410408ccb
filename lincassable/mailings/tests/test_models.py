"""What the database guarantees."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction
from django.utils import timezone

from lincassable.mailings.enums import TRANSITIONS, Progress, Reason, State
from lincassable.mailings.models import Mailing, MailingFile, MailingLog, MailingRecipient
from lincassable.mailings.tests.factories import MailingFactory, MailingTemplateFactory
from stores.tests.factories import StoreFactory

pytestmark = pytest.mark.django_db


def row(**fields: object) -> MailingRecipient:
    """A row of the list of a mailing that has begun."""
    now = timezone.now()
    given = {"mailing": MailingFactory(state="sending", scheduled_at=now, started_at=now), "email": "a@x.example"} | fields
    return MailingRecipient.objects.create(store=StoreFactory(), **given)


def twice_in_a_list() -> None:
    first = row()
    row(mailing=first.mailing)


def same_file_twice() -> None:
    mailing = MailingFactory()
    for _ in range(2):
        MailingFile.objects.create(mailing=mailing, name="a.pdf", extension="pdf", size=1)


BROKEN = {
    "mailing_scheduled_has_a_time": lambda: MailingFactory(state=State.SCHEDULED),
    "mailing_begun_has_a_time": lambda: MailingFactory(state=State.SENDING, scheduled_at=timezone.now()),
    "mailing_finished_has_a_time": lambda: MailingFactory(state=State.DONE, scheduled_at=timezone.now(), started_at=timezone.now()),
    "mailing_rate_is_positive": lambda: MailingFactory(per_hour=0),
    "mailing_once_per_address": twice_in_a_list,
    "mailing_recipient_handed_over_has_a_time": lambda: row(progress=Progress.HANDED_OVER),
    "mailing_recipient_left_out_has_a_reason": lambda: row(progress=Progress.LEFT_OUT),
    "mailing_file_once": same_file_twice,
}


@pytest.mark.parametrize("name", BROKEN)
def test_the_database_refuses(name):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        BROKEN[name]()


def test_every_constraint_of_the_app_is_tried_above():
    models = apps.get_app_config("mailings").get_models()
    assert {constraint.name for model in models for constraint in model._meta.constraints} == set(BROKEN)


def test_who_is_left_out_for_having_the_same_address_may_have_it():
    first = row()
    row(mailing=first.mailing, progress=Progress.LEFT_OUT, reason=Reason.SAME_ADDRESS)
    assert first.mailing.recipients.count() == 2


def test_every_state_has_its_line_and_leads_to_known_ones():
    assert set(TRANSITIONS) == set(State)
    assert {to for targets in TRANSITIONS.values() for to in targets} <= set(State)


def test_rows_are_called_as_people_call_them():
    mailing = MailingFactory(name="Lettre de mars")
    assert str(mailing) == "Lettre de mars"
    assert str(MailingTemplateFactory(name="Évènement")) == "Évènement"
    assert "→" in str(MailingLog(mailing=mailing, from_state="draft", to_state="scheduled"))
    assert str(MailingRecipient(email="a@x.example")) == "a@x.example"
    assert Mailing.objects.count() == 1

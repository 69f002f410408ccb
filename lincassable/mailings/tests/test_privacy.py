"""The addresses of lists end, are shown to whom they belong, and go with them."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from lincassable.accounts import privacy
from lincassable.accounts.privacy import Identity
from lincassable.mailings import services
from lincassable.mailings.enums import Progress
from lincassable.mailings.models import Mailing, MailingRecipient
from lincassable.mailings.tests.factories import MailingFactory, begun, people

pytestmark = pytest.mark.django_db


def test_addresses_are_forgotten_after_a_year_and_the_figures_stay():
    people(2)
    old, fresh = begun(), begun()
    services.run()
    Mailing.objects.filter(pk=old.pk).update(finished_at=timezone.now() - dt.timedelta(days=366))
    assert privacy.purge()["mailing_recipient"] == 2
    assert privacy.purge()["mailing_recipient"] == 0
    assert set(old.recipients.values_list("email", "contact")) == {("", None)}
    assert old.recipients.filter(progress=Progress.HANDED_OVER).count() == 2
    assert not fresh.recipients.filter(email="").exists()


def test_a_person_is_exported_and_erased_from_lists_and_texts():
    (contact,) = people(1)
    mailing = begun(MailingFactory(name="Pour Ana Morel", fields=[{"name": "who", "label": "qui"}], values={"who": {"fr": "Ana Morel"}}))
    who = Identity(email=contact.email, names=frozenset({"Ana Morel"}))
    assert len(privacy.export(who)["mailing_recipient"]) == 3
    privacy.erase(who)
    row = MailingRecipient.objects.get()
    assert (row.email, row.contact, row.progress) == ("", None, Progress.CANCELLED)
    mailing.refresh_from_db()
    assert "Ana" not in mailing.name + str(mailing.values)
    assert services.run()["handed over"] == 0
    assert "mailing_recipient" not in privacy.export(who)

"""An address that bounces marks its contacts and is told to the coordinators once."""

import pytest

from lincassable.accounts.actors import Actor
from lincassable.accounts.tests.factories import UserFactory
from lincassable.messaging import addresses
from lincassable.messaging.models import Message
from stores import refusals
from stores.models import Contact
from stores.tests.factories import ContactFactory

pytestmark = pytest.mark.django_db


def test_a_bounce_marks_the_contacts_of_that_address_and_tells_the_coordinators_once():
    boss = UserFactory(is_superuser=True, email="boss@example.org")
    one, other = ContactFactory(email="Ana@example.org"), ContactFactory(email="ben@example.org")
    for _twice in range(2):
        addresses.refuse("ana@example.org", why="bounced", detail="550 5.1.1", message=None)
    one.refresh_from_db()
    other.refresh_from_db()
    assert (one.is_refused, one.refused_why, other.is_refused) == (True, "bounced", False)
    (mail,) = Message.objects.filter(kind="address_refused")
    assert mail.to_email == boss.email
    assert one.store.name in mail.text
    assert "ana@example.org" in mail.html
    assert refusals.refused_contacts() == 1


def test_when_mails_go_again_the_contact_is_no_longer_marked():
    contact = ContactFactory(email="Ana@example.org")
    row = addresses.refuse("ana@example.org", why="bounced", detail="", message=None)
    addresses.lift(row, by=Actor.system())
    contact.refresh_from_db()
    assert (contact.is_refused, refusals.refused_contacts()) == (False, 0)


def test_a_corrected_address_is_no_longer_refused():
    contact = ContactFactory(email="ana@example.org")
    addresses.refuse("ana@example.org", why="bounced", detail="", message=None)
    Contact.objects.filter(pk=contact.pk).update(email="anna@example.org")
    contact.refresh_from_db()
    assert (contact.is_refused, refusals.refused_contacts()) == (False, 0)


def test_a_coordinator_whose_own_address_bounces_is_not_told_there():
    UserFactory(is_superuser=True, email="boss@example.org")
    other = UserFactory(is_superuser=True, email="deputy@example.org")
    addresses.refuse("boss@example.org", why="complained", detail="", message=None)
    assert list(Message.objects.values_list("to_email", flat=True)) == [other.email]

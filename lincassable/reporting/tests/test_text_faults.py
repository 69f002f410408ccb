"""A text that fails when a mail is written: the mail leaves, and those who may write texts are told once."""

import pytest

from lincassable.accounts.actors import Actor
from lincassable.accounts.tests.factories import UserFactory
from lincassable.messaging.models import Message
from lincassable.messaging.services import Recipient, enqueue
from lincassable.messaging.texts import faults, live, services
from pickups import mail_samples


@pytest.fixture(autouse=True)
def texts(db):
    """Texts in use are read from the database."""
    faults._told.clear()
    live.forget()
    yield
    live.assume_none()


@pytest.mark.django_db
def test_the_mail_leaves_with_the_delivered_text_and_coordinators_are_told_once(settings, django_capture_on_commit_callbacks):
    coordinator = UserFactory(role="coordinator", language="en")
    UserFactory(role="carrier")
    by = Actor.of_user(coordinator)
    services.save("tour_cancelled", "fr", subject="Annulée", body="Tournée {{ reference }}", seen=0, by=by)
    settings.TESTING = False
    context, to = {**mail_samples.of_carrier(), "tour": None}, Recipient("office@example.org", "Paul", "fr")
    with django_capture_on_commit_callbacks(execute=True):
        for number in range(3):
            message = enqueue("tour_cancelled", to=to, context=context, dedupe_key=f"k{number}")
            assert message.subject != "Annulée"
    told = Message.objects.get(kind="text_failed")
    assert told.to_email == coordinator.email
    assert "/admin/messaging/mailtext/tour_cancelled/fr/" in told.text
    assert "Tour cancelled" in told.subject

"""Mailings for tests."""

from __future__ import annotations

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from lincassable.accounts.actors import Actor
from lincassable.mailings import services
from lincassable.mailings.audience import Criteria
from lincassable.mailings.enums import State
from lincassable.mailings.models import Mailing, MailingTemplate
from lincassable.mailings.services import batches
from lincassable.messaging.models import Message
from stores.models import Contact, Store

BY = Actor.system()
GREETING = "Bonjour{% if contact_name %} {{ contact_name }}{% endif %},\n\nVoici les nouvelles de {{ store_city }}."


class MailingTemplateFactory(DjangoModelFactory):
    """A text with one field of its own."""

    class Meta:
        model = MailingTemplate

    name = factory.Sequence(lambda n: f"Modèle {n}")
    subject_fr = "Évènement du {{ event_date }}"
    body_fr = "Bonjour,\n\nRendez-vous le {{ event_date }} à {{ store_city }}."
    fields = [{"name": "event_date", "label": "Date de l'évènement"}]


class MailingFactory(DjangoModelFactory):
    """A draft that greets each place, in French; no two with the same words, unless a test says so."""

    class Meta:
        model = Mailing

    name = factory.Sequence(lambda n: f"Lettre {n}")
    subject_fr = "Des nouvelles pour {{ store_name }}"
    body_fr = factory.Sequence(lambda n: f"{GREETING} ({n})")
    audience = factory.LazyFunction(lambda: Criteria().kept())


def people(count: int, **fields: object) -> list[Contact]:
    """Return that many contacts, each of a shop of their own, made in two statements."""
    stores = Store.objects.bulk_create(Store(name=f"Boutique {number:05}", city="Arles") for number in range(count))
    return Contact.objects.bulk_create(
        Contact(store=store, name=f"Personne {number}", email=f"personne{number}@boutique.example", **fields)
        for number, store in enumerate(stores)
    )


def begun(mailing: Mailing | None = None, *, per_hour: int | None = None) -> Mailing:
    """Return a mailing whose list is made and of which nothing has been handed over yet."""
    planned = services.schedule(mailing or MailingFactory(), None, by=BY, per_hour=per_hour)
    assert batches._begin(planned.pk, timezone.now())
    planned.refresh_from_db()
    return planned


WORDS = {"subject_fr": "Bonjour", "body_fr": "Le texte.", "subject_en": "Hello", "body_en": "The text."}


def letter(**words: object) -> Mailing:
    """A draft that says the same as the other letters, but for `words`."""
    return MailingFactory(**{**WORDS, **words})


def sent(mailing: Mailing) -> Mailing:
    """The mailing, wholly handed over, and its messages sent."""
    begun(mailing)
    services.run()
    Message.objects.filter(mailing_recipient__mailing=mailing, state=Message.WAITING).update(state=Message.SENT, sent_at=timezone.now())
    mailing.refresh_from_db()
    assert mailing.state == State.DONE
    return mailing

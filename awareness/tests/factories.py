"""Events and who signs up for them, for tests. What a service writes, tests make with the service; these are for the rest."""

import uuid
from datetime import timedelta

import factory
from django.core.files.base import ContentFile
from django.utils import timezone
from factory.django import DjangoModelFactory

from awareness.enums import EventKind, EventState
from awareness.models import (
    Event,
    EventItem,
    EventLog,
    EventPhoto,
    EventReport,
    Material,
    MaterialOrder,
    Participation,
    Partner,
    Placement,
    SignUp,
    Training,
)
from stores.tests.factories import StoreFactory


class PartnerFactory(DjangoModelFactory):
    """A town."""

    name = factory.Sequence(lambda n: f"Ville de Saint-Exemple {n}")

    class Meta:
        model = Partner


class EventFactory(DjangoModelFactory):
    """A draft of an animation of three hours, ten days from now, in a store of its own."""

    kind = EventKind.ANIMATION
    title = factory.Sequence(lambda n: f"La consigne expliquée {n}")
    starts_at = factory.LazyFunction(lambda: timezone.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=10))
    ends_at = factory.LazyAttribute(lambda event: event.starts_at + timedelta(hours=3))
    store = factory.SubFactory(StoreFactory)

    class Meta:
        model = Event


class PublicEventFactory(EventFactory):
    """A published public event on a square, two places for visitors, one for volunteers."""

    kind = EventKind.PUBLIC
    state = EventState.PUBLISHED
    title = factory.Sequence(lambda n: f"Fête du réemploi {n}")
    store = None
    place_name = "Place du Marché"
    street = "1 place du Marché"
    postcode = "13200"
    city = "Arles"
    latitude = "43.676600"
    longitude = "4.627800"
    visitor_places = 2
    volunteer_places = 1


class EventItemFactory(DjangoModelFactory):
    """A banner to bring."""

    event = factory.SubFactory(EventFactory)
    name = factory.Sequence(lambda n: f"Banderole {n}")

    class Meta:
        model = EventItem


class EventLogFactory(DjangoModelFactory):
    """A line of the log."""

    event = factory.SubFactory(EventFactory)
    to_state = EventState.DRAFT

    class Meta:
        model = EventLog


class SignUpFactory(DjangoModelFactory):
    """A visitor who has a place."""

    event = factory.SubFactory(PublicEventFactory)
    first_name = "Inès"
    email = factory.Sequence(lambda n: f"ines{n}@courriel.example")

    class Meta:
        model = SignUp


class EventReportFactory(DjangoModelFactory):
    """Forty people met, all well."""

    event = factory.SubFactory(EventFactory)
    people_met = 40
    mood = 4

    class Meta:
        model = EventReport


class EventPhotoFactory(DjangoModelFactory):
    """A photo, with consent."""

    event = factory.SubFactory(EventFactory)
    digest = factory.LazyFunction(lambda: uuid.uuid4().hex)
    has_consent = True
    picture = factory.LazyFunction(lambda: ContentFile(b"RIFF", name="photo.webp"))

    class Meta:
        model = EventPhoto


class TrainingFactory(DjangoModelFactory):
    """A planned training in a store of its own, in a week."""

    store = factory.SubFactory(StoreFactory)
    starts_at = factory.LazyFunction(lambda: timezone.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=7))

    class Meta:
        model = Training


class ParticipationFactory(DjangoModelFactory):
    """Five of six answers right, nameless, after a training held an hour ago."""

    key = factory.LazyFunction(uuid.uuid4)
    training = factory.SubFactory(
        TrainingFactory, state="done", people=4, starts_at=factory.LazyFunction(lambda: timezone.now() - timedelta(hours=1))
    )
    score, questions = 5, 6

    class Meta:
        model = Participation


class MaterialFactory(DjangoModelFactory):
    """A poster; none at the office."""

    name_fr = factory.Sequence(lambda n: f"Affiche {n}")
    name_en = factory.Sequence(lambda n: f"Poster {n}")

    class Meta:
        model = Material


class MaterialOrderFactory(DjangoModelFactory):
    """Three posters for a store of its own."""

    store = factory.SubFactory(StoreFactory)
    material = factory.SubFactory(MaterialFactory)
    quantity = 3

    class Meta:
        model = MaterialOrder


class PlacementFactory(DjangoModelFactory):
    """A poster that stands in a store of its own."""

    store = factory.SubFactory(StoreFactory)
    material = factory.SubFactory(MaterialFactory)

    class Meta:
        model = Placement

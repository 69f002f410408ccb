"""Non-conformities for tests. What a service writes, tests make with the service; these are for the rest."""

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from nonconformities.enums import Severity, Source, Step
from nonconformities.models import (
    NonConformity,
    NonConformityComment,
    NonConformityKind,
    NonConformityLog,
    NonConformityPhoto,
    ProducerContact,
    RejectCause,
)
from references.tests.factories import ProducerFactory
from stores.tests.factories import StoreFactory


class KindFactory(DjangoModelFactory):
    """A minor kind that takes nothing out of the stock."""

    code = factory.Sequence(lambda n: f"kind-{n}")
    name_fr = factory.Sequence(lambda n: f"souci {n}")
    name_en = factory.Sequence(lambda n: f"trouble {n}")
    severity = Severity.MINOR

    class Meta:
        model = NonConformityKind


class NonConformityFactory(DjangoModelFactory):
    """Reported by a place of its own a moment ago."""

    kind = factory.SubFactory(KindFactory)
    severity = factory.SelfAttribute("kind.severity")
    source = Source.STORE
    store = factory.SubFactory(StoreFactory)
    recorded_at = factory.LazyFunction(timezone.now)
    occurred_at = factory.SelfAttribute("recorded_at")
    due_on = factory.LazyFunction(lambda: timezone.localdate())

    class Meta:
        model = NonConformity


class PhotoFactory(DjangoModelFactory):
    """A photo whose file is not there."""

    nonconformity = factory.SubFactory(NonConformityFactory)
    position = 1
    image = "nonconformities/00/none.webp"

    class Meta:
        model = NonConformityPhoto


class CommentFactory(DjangoModelFactory):
    """A remark of the coordination."""

    nonconformity = factory.SubFactory(NonConformityFactory)
    text = "Vu avec le magasin."

    class Meta:
        model = NonConformityComment


class LogFactory(DjangoModelFactory):
    """The first line of a log."""

    nonconformity = factory.SubFactory(NonConformityFactory)
    step = Step.REPORTED
    to_state = factory.SelfAttribute("nonconformity.state")

    class Meta:
        model = NonConformityLog


class CauseFactory(DjangoModelFactory):
    """A reason of the sorting table that is a kind."""

    kind = factory.SubFactory(KindFactory)

    class Meta:
        model = RejectCause


class ProducerContactFactory(DjangoModelFactory):
    """Somebody at a producer's who wants every mail."""

    producer = factory.SubFactory(ProducerFactory)
    name = "Nora"
    email = factory.Sequence(lambda n: f"qualite-{n}@brasserie.example")

    class Meta:
        model = ProducerContact

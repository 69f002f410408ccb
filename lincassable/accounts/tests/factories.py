"""Rows for tests. Factories state values, they do not guess."""

from __future__ import annotations

import factory
from django.contrib.auth.models import Group

from lincassable.accounts.models import AccessLink, AccessLinkEvent, User

PASSWORD = "du verre pour longtemps"


class UserFactory(factory.django.DjangoModelFactory):
    """A person with an account and PASSWORD; `role="coordinator"` puts them in that group and makes them staff."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"personne{n}@lincassable.example")
    name = factory.Sequence(lambda n: f"Personne {n}")
    language = "fr"
    password = factory.django.Password(PASSWORD)

    @factory.post_generation
    def role(self, create: bool, extracted: str | None, **kwargs: object) -> None:
        """Give the role named `extracted`."""
        if create and extracted:
            self.groups.add(Group.objects.get(name=extracted))
            self.is_staff = extracted in ("administrator", "coordinator")
            self.save()


class AccessLinkFactory(factory.django.DjangoModelFactory):
    """The link of a store's card."""

    class Meta:
        model = AccessLink

    kind = AccessLink.STORE
    object_id = factory.Sequence(lambda n: n + 1)


class AccessLinkEventFactory(factory.django.DjangoModelFactory):
    """A card replaced."""

    class Meta:
        model = AccessLinkEvent

    link = factory.SubFactory(AccessLinkFactory)
    what = AccessLinkEvent.ROTATED
    version = 1

"""Pallets, proofs, counts at the hub, closings and parts of requests, for tests."""

from __future__ import annotations

import factory
from factory.django import DjangoModelFactory

from pickups.models import HubCount, RequestPart, SlipUpload, StopPallet, StopProof, TourClosing, TourDifference
from pickups.tests.factories import PickupRequestFactory, StopFactory, TourFactory, container
from stores.tests.factories import StoreFactory


class StopPalletFactory(DjangoModelFactory):
    """One mixed pallet to take."""

    stop = factory.SubFactory(StopFactory)
    direction = "taken"
    pallet_type = "europe"
    planned = 1

    class Meta:
        model = StopPallet


class StopProofFactory(DjangoModelFactory):
    """A signature whose file is not there."""

    stop = factory.SubFactory(StopFactory)
    kind = "signature"
    image = "stops/00/none.webp"

    class Meta:
        model = StopProof


class HubCountFactory(DjangoModelFactory):
    """The hub's count of 75 cl crates."""

    tour = factory.SubFactory(TourFactory)
    container_type = factory.LazyFunction(container)

    class Meta:
        model = HubCount


class SlipUploadFactory(DjangoModelFactory):
    """A paper slip whose file is not there."""

    tour = factory.SubFactory(TourFactory)
    file = "slips/00/none.pdf"
    extension = "pdf"

    class Meta:
        model = SlipUpload


class TourClosingFactory(DjangoModelFactory):
    """A closing without figures."""

    tour = factory.SubFactory(TourFactory)

    class Meta:
        model = TourClosing


class TourDifferenceFactory(DjangoModelFactory):
    """A difference of plan and reality that nobody has answered."""

    tour = factory.SubFactory(TourFactory)
    kind = "plan"

    class Meta:
        model = TourDifference


class RequestPartFactory(DjangoModelFactory):
    """A place that joined another one's request."""

    request = factory.SubFactory(PickupRequestFactory)
    store = factory.SubFactory(StoreFactory)

    class Meta:
        model = RequestPart

"""Each constraint, violated by name: the database has the last word."""

import datetime as dt

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction

from references.tests.factories import (
    HeldListFactory,
    ProducerFactory,
    ReferenceFactory,
    ShelfCheckFactory,
    ShelfItemFactory,
    WashingLimitFactory,
)

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 3, 1)

BROKEN = {
    "producer_unique_external_id": lambda: [ProducerFactory(source="a", source_id="1") for _ in "12"],
    "reference_once_per_producer": lambda: ReferenceFactory(**vars_of(ReferenceFactory())),
    "reference_unique_ean": lambda: [ReferenceFactory(ean="12345670") for _ in "12"],
    "reference_unique_external_id": lambda: [ReferenceFactory(source="a", source_id="1") for _ in "12"],
    "reference_dates_in_order": lambda: ReferenceFactory(on_market_from=DAY, on_market_to=DAY - dt.timedelta(days=1)),
    "reference_has_a_volume": lambda: ReferenceFactory(volume_cl=0),
    "washing_limits_in_order": lambda: WashingLimitFactory(min_height_mm=310, max_height_mm=310),
    "held_list_settled_is_whole": lambda: HeldListFactory(accepted=True),
    "reference_once_per_shelf": lambda: again(ShelfItemFactory()),
}


def vars_of(reference):
    return {"producer": reference.producer, "name": reference.name, "volume_cl": reference.volume_cl}


def again(item):
    return ShelfItemFactory(store=item.store, reference=item.reference)


@pytest.mark.parametrize("name", BROKEN)
def test_the_database_refuses_what_breaks_a_rule(name):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        BROKEN[name]()


def test_every_constraint_of_the_app_is_tried_above():
    models = apps.get_app_config("references").get_models()
    assert {constraint.name for model in models for constraint in model._meta.constraints} == set(BROKEN)


def test_rows_are_called_as_people_call_them():
    item = ShelfItemFactory(store__name="La Cagette", reference__producer__name="Brasserie", reference__name="Blonde")
    assert str(item).endswith("Brasserie – Blonde 33 cl")
    assert str(ShelfCheckFactory(store=item.store)).startswith(str(item.store))
    limit = WashingLimitFactory()
    assert str(limit) == str(limit.centre)

"""Loss and breakage leave the stock once."""

import threading

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from crates.models import Balance, Movement
from crates.tests.factories import ContainerTypeFactory
from nonconformities import services
from nonconformities.tests.factories import KindFactory, NonConformityFactory
from nonconformities.tests.test_services import SYSTEM, run


def of_the_stock(**values):
    kind = KindFactory(posting="loss")
    return NonConformityFactory(kind=kind, container_type=ContainerTypeFactory(), quantity=4, **values)


@pytest.mark.django_db
def test_a_loss_leaves_the_stock_of_its_place_once():
    row = of_the_stock()
    for _again in range(2):
        row = services.post_to_stock(row, content="full", by=SYSTEM)
    movement = Movement.objects.get()
    assert (movement.cause, row.movement) == ("loss", movement)
    assert Balance.objects.get(store=row.store, container_type=row.container_type, content="full").quantity == -4
    with pytest.raises(ValidationError):
        services.change(row, {"container_type": ContainerTypeFactory(code="33")}, by=SYSTEM)


@pytest.mark.django_db
def test_what_takes_nothing_out_or_says_too_little_posts_nothing():
    for row in (NonConformityFactory(), NonConformityFactory(kind=KindFactory(posting="breakage"))):
        with pytest.raises(ValidationError):
            services.post_to_stock(row, by=SYSTEM)
    assert not Movement.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_who_post_the_same_loss_at_once_post_one():
    row, gate, found = of_the_stock(), threading.Barrier(4), []

    def post():
        try:
            gate.wait(timeout=20)
            found.append(services.post_to_stock(row, by=SYSTEM).movement_id)
        finally:
            connection.close()

    run(post)
    assert found == [Movement.objects.get().pk] * 4

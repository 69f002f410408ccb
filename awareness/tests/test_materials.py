"""Materials: the stock moves once, also when many act at once; orders go their way; what stands where."""

import threading
import uuid
from datetime import date, timedelta

import pytest
from django.apps import apps
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from awareness import rules, services
from awareness.enums import OrderState, PlacementState, StockReason
from awareness.material_queries import check_due, is_to_check, running_low, with_stock
from awareness.models import Material, MaterialMove, MaterialOrder, Placement
from awareness.services.materials import stock_of
from awareness.tests.factories import MaterialFactory, MaterialOrderFactory, PlacementFactory
from lincassable.accounts.actors import Actor
from lincassable.accounts.models import AccessLink
from lincassable.accounts.tests.factories import UserFactory
from lincassable.reminders.registry import Ask, Due, rule_of
from stores.enums import Status
from stores.tests.factories import ContactFactory, StoreFactory

SYSTEM = Actor.system()


def card(store):
    return Actor("link", 1, AccessLink.STORE, store.pk)


@pytest.mark.django_db
def test_the_stock_is_received_counted_and_lost():
    material = MaterialFactory(minimum=10)
    services.move_stock(material, 50, StockReason.RECEIVED, by=SYSTEM)
    services.move_stock(material, 4, StockReason.LOST, by=SYSTEM)
    assert stock_of(material) == 46
    services.move_stock(material, 9, StockReason.COUNT, by=SYSTEM)
    assert stock_of(material) == 9
    assert material in running_low()
    for quantity, reason in ((9, StockReason.COUNT), (0, StockReason.RECEIVED), (5, StockReason.ORDER)):
        with pytest.raises(ValidationError):
            services.move_stock(material, quantity, reason, by=SYSTEM)


@pytest.mark.django_db
def test_an_order_goes_its_way_and_moves_the_stock_once():
    order = MaterialOrderFactory()
    services.move_stock(order.material, 10, StockReason.RECEIVED, by=SYSTEM)
    for to in (OrderState.PREPARED, OrderState.PREPARED, OrderState.SENT, OrderState.PLACED, OrderState.PLACED):
        services.advance(order, to, by=SYSTEM)
    assert stock_of(order.material) == 7
    placement = Placement.objects.get()
    assert (placement.store, placement.quantity, placement.state) == (order.store, 3, PlacementState.PLACED)
    with pytest.raises(ValidationError):
        services.advance(order, OrderState.REFUSED, answer="trop tard", by=SYSTEM)


@pytest.mark.django_db
def test_what_is_refused_after_it_was_prepared_comes_back_with_a_reason():
    order = MaterialOrderFactory()
    services.advance(order, OrderState.PREPARED, by=SYSTEM)
    with pytest.raises(ValidationError):
        services.advance(order, OrderState.REFUSED, by=SYSTEM)
    services.advance(order, OrderState.REFUSED, answer="Plus imprimée", by=SYSTEM)
    assert stock_of(order.material) == 0
    assert MaterialMove.objects.count() == 2


@pytest.mark.django_db
def test_a_stock_below_zero_is_seen():
    order = MaterialOrderFactory(material__minimum=0)
    services.advance(order, OrderState.PREPARED, by=SYSTEM)
    assert with_stock(Material.objects.filter(pk=order.material_id)).get().stock == -3
    assert order.material in running_low()


@pytest.mark.django_db
def test_a_change_of_an_order_that_a_phone_sends_again_after_it_was_prepared_is_no_new_order():
    store, material, later = StoreFactory(), MaterialFactory(), uuid.uuid4()
    services.order_material(store, material, 2, key=uuid.uuid4(), by=card(store))
    changed = services.order_material(store, material, 5, key=later, by=card(store))
    services.advance(changed, OrderState.PREPARED, by=SYSTEM)
    assert services.order_material(store, material, 5, key=later, by=card(store)).pk == changed.pk
    assert MaterialOrder.objects.count() == 1


@pytest.mark.django_db
def test_a_place_orders_for_itself_alone_and_once_at_a_time():
    store, material, key = StoreFactory(), MaterialFactory(), uuid.uuid4()
    first = services.order_material(store, material, 2, key=key, by=card(store))
    assert services.order_material(store, material, 9, key=key, by=card(store)).quantity == 2  # the same form
    assert services.order_material(store, material, 5, key=uuid.uuid4(), by=card(store)).pk == first.pk
    assert MaterialOrder.objects.get().quantity == 5
    other = StoreFactory()
    with pytest.raises(PermissionDenied):
        services.order_material(other, material, 1, key=uuid.uuid4(), by=card(store))
    with pytest.raises(ValidationError):
        services.order_material(other, material, 1, key=key, by=SYSTEM)
    for values in (
        {"quantity": 0},
        {"quantity": 501},
        {"store": StoreFactory(status=Status.ARCHIVED)},
        {"material": MaterialFactory(is_active=False)},
    ):
        wanted = {"store": other, "material": material, "quantity": 1} | values
        with pytest.raises(ValidationError):
            services.order_material(**wanted, key=uuid.uuid4(), by=SYSTEM)


@pytest.mark.django_db
def test_a_card_says_only_that_its_own_order_stands():
    order = MaterialOrderFactory(state=OrderState.SENT)
    with pytest.raises(PermissionDenied):
        services.advance(order, OrderState.PLACED, by=card(StoreFactory()))
    with pytest.raises(PermissionDenied):
        services.advance(order, OrderState.REFUSED, answer="non", by=card(order.store))
    services.advance(order, OrderState.PLACED, by=card(order.store))


@pytest.mark.django_db
def test_what_stands_is_to_be_looked_at_after_some_months_or_replaced():
    today = timezone.localdate()
    old = PlacementFactory(placed_on=today - timedelta(days=400), checked_on=today - timedelta(days=200))
    fresh = PlacementFactory()
    flyers = PlacementFactory(material__check_months=0, placed_on=today - timedelta(days=999), checked_on=today - timedelta(days=999))
    assert [is_to_check(row) for row in (old, fresh, flyers)] == [True, False, False]
    assert check_due(flyers) is None
    services.place(old.store, old.material, by=SYSTEM)
    old.refresh_from_db()
    assert (old.placed_on, old.checked_on) == (today - timedelta(days=400), today)
    services.place(old.store, old.material, state=PlacementState.TO_REPLACE, by=SYSTEM)
    old.refresh_from_db()
    assert is_to_check(old)


TRIED = {
    "material_usual_at_least_one": lambda: MaterialFactory(usual=0),
    "material_order_quantity": lambda: MaterialOrderFactory(quantity=0),
    "one_waiting_order_per_material": lambda: MaterialOrderFactory.create_batch(2, store=StoreFactory(), material=MaterialFactory()),
    "material_move_not_zero": lambda: MaterialMove.objects.create(material=MaterialFactory(), quantity=0, reason="count"),
    "material_move_of_an_order": lambda: MaterialMove.objects.create(material=MaterialFactory(), quantity=1, reason="order"),
    "material_order_moves_once": lambda: [
        MaterialMove.objects.create(material=order.material, quantity=-1, reason="order", order=order)
        for order in [MaterialOrderFactory()] * 2
    ],
    "placement_once": lambda: PlacementFactory.create_batch(2, store=StoreFactory(), material=MaterialFactory()),
    "placement_checked_after_it_was_placed": lambda: PlacementFactory(checked_on=date(2020, 1, 1)),
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", TRIED)
def test_the_database_refuses_by_name(name):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        TRIED[name]()


def test_every_constraint_of_materials_is_tried_above():
    named = {constraint.name for model in apps.get_app_config("awareness").get_models() for constraint in model._meta.constraints}
    assert {name for name in named if name.startswith(("material", "placement", "one_waiting"))} == set(TRIED)


@pytest.mark.django_db(transaction=True)
def test_two_who_prepare_the_same_order_at_once_move_the_stock_once():
    order, gate, answers = MaterialOrderFactory(), threading.Barrier(4), []

    def prepare():
        try:
            gate.wait(timeout=20)
            answers.append(services.advance(order, OrderState.PREPARED, by=SYSTEM).state)
        finally:
            connection.close()

    threads = [threading.Thread(target=prepare) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert answers == ["prepared"] * 4
    assert stock_of(order.material) == -3


def ask(code):
    return Ask(timezone.now(), timezone.localdate(), rule_of(code).plan)


@pytest.mark.django_db
def test_places_are_asked_whether_it_stands_and_coordinators_told_what_runs_low():
    Material.objects.update(minimum=0)
    contact, coordinator = ContactFactory(), UserFactory(role="coordinator")
    order = MaterialOrderFactory(store=contact.store, state=OrderState.SENT, material__minimum=5)
    found = list(rules.unplaced(ask("material-unplaced")))
    assert [(one.subject_id, one.person.id) for one in found] == [(order.pk, contact.pk)]
    assert contact.store.name in rules.unplaced_words(Due("material-unplaced", found[0], 0, date.today())).text[0]
    short = list(rules.low(ask("material-low")))
    assert [(one.subject_id, one.person.id) for one in short] == [(order.material_id, coordinator.pk)]
    assert rules.low_words(Due("material-low", short[0], 0, date.today())).url
    services.advance(order, OrderState.PLACED, by=SYSTEM)
    assert not list(rules.unplaced(ask("material-unplaced")))


@pytest.mark.django_db
def test_an_order_that_only_goes_on_by_its_steps_offers_nothing_to_save(client):
    client.force_login(UserFactory(role="coordinator"))
    order, pages = MaterialOrderFactory(), "/admin/awareness/materialorder/"
    shown = client.get(f"{pages}{order.pk}/change/").content.decode()
    assert [f'name="{name}"' in shown for name in ("_save", "_continue", "_addanother")] == [False, False, False]
    assert ('data-step="prepared"' in shown, f'href="{pages}"' in shown) == (True, True)
    assert 'name="_save"' in client.get(f"{pages}add/").content.decode()

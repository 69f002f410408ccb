"""The ledger in the admin: looked at, put right through the services, never edited."""

import datetime as dt
import uuid

import pytest
from django.contrib.admin.sites import site
from django.urls import reverse
from django.utils import timezone

from crates.admin_registry import _acceptances, origins, register_acceptance, register_origin
from crates.check import check_ledger
from crates.models import Balance, ContainerType, Declaration, Inventory, Movement, StoreContainer
from crates.services import CountedLine, DeclaredLine, PickedLine, declare, post_pickup, record_inventory
from crates.tests.factories import ContainerTypeFactory, HubFactory
from lincassable.accounts.actors import Actor
from lincassable.accounts.tests.factories import UserFactory
from stores.models import Store
from stores.tests.factories import StoreFactory

pytestmark = pytest.mark.django_db
BY = Actor.system()
LEDGER = [Movement, Inventory, Declaration, Balance]


def ago(**units: float) -> dt.datetime:
    return timezone.now() - dt.timedelta(**units)


def url(model, page="changelist", *args):  # type: ignore[no-untyped-def]
    return reverse(f"admin:crates_{model._meta.model_name}_{page}", args=args)


def act(model, row, name):  # type: ignore[no-untyped-def]
    """The address of a button of a row's page."""
    return reverse(f"admin:crates_{model._meta.model_name}_{name}", args=[row.pk])


@pytest.fixture
def coordinator(client):  # type: ignore[no-untyped-def]
    client.force_login(UserFactory(role="coordinator"))
    return client


@pytest.fixture
def store() -> Store:
    return StoreFactory(name="Biocoop du Port")


@pytest.fixture
def pickup(store) -> Movement:  # type: ignore[no-untyped-def]
    """13 full crates loaded and 10 left, yesterday."""
    line = PickedLine(ContainerTypeFactory(), 13, 10)
    movement = post_pickup(store, HubFactory(name="Plateforme nord"), [line], key=uuid.uuid4(), occurred_at=ago(days=1), by=BY)
    assert movement is not None
    return movement


@pytest.fixture
def inventory(store) -> Inventory:  # type: ignore[no-untyped-def]
    return record_inventory(store, key=uuid.uuid4(), counted_at=ago(days=2), lines=[CountedLine(ContainerTypeFactory(), 30, 12)], by=BY)


@pytest.fixture
def held(store) -> Declaration:  # type: ignore[no-untyped-def]
    lines = [DeclaredLine(ContainerTypeFactory(), 14, 30)]
    return declare(store, key=uuid.uuid4(), lines=lines, by=BY, occurred_at=ago(hours=3), held=True)


def figures(place) -> dict[str, int]:  # type: ignore[no-untyped-def]
    return dict(Balance.objects.filter(store=place).values_list("content", "quantity"))


def test_every_list_and_every_page_opens(coordinator, pickup, inventory, held):
    for model in [*LEDGER, ContainerType]:
        assert coordinator.get(url(model)).status_code == 200
    for row in (pickup, inventory, held, ContainerTypeFactory()):
        assert coordinator.get(url(type(row), "change", row.pk)).status_code == 200
    assert coordinator.get(url(Inventory, "add")).status_code == 200


@pytest.mark.parametrize("model", LEDGER)
def test_no_ledger_row_can_be_edited_or_deleted(coordinator, pickup, inventory, held, model):
    row = model.objects.first()
    assert coordinator.get(url(model, "delete", row.pk)).status_code == 403
    assert coordinator.post(url(model, "change", row.pk), {"reason": "never mind"}).status_code == 403
    assert "delete_selected" not in site._registry[model].get_actions(coordinator.get(url(model)).wsgi_request)


@pytest.mark.parametrize(
    ("query", "found"),
    [({"q": "biocoop"}, 1), ({"q": "PLATEFORME"}, 1), ({"q": "nowhere"}, 0), ({"cause__exact": "loss"}, 0), ({"place": "999999"}, 0)],
)
def test_movements_are_found_by_place_and_cause(coordinator, pickup, query, found):
    assert len(coordinator.get(url(Movement), query).context["cl"].result_list) == found


def test_the_list_of_movements_takes_as_many_queries_for_fifty_rows_as_for_one(coordinator, store, django_assert_max_num_queries):
    kind, hub = ContainerTypeFactory(), HubFactory()
    for _ in range(30):
        post_pickup(store, hub, [PickedLine(kind, 1, 1)], key=uuid.uuid4(), occurred_at=ago(days=1), by=BY)
    with django_assert_max_num_queries(14):
        coordinator.get(url(Movement))


def test_a_movement_is_corrected_by_its_page(coordinator, pickup, store):
    kind = ContainerTypeFactory()
    page = act(Movement, pickup, "correct_movement")
    form = coordinator.get(page).context["form"]
    assert form.initial == {f"full_{kind.pk}": 13, f"empty_{kind.pk}": 10}
    answer = coordinator.post(page, {f"full_{kind.pk}": 18, f"empty_{kind.pk}": 10, "reason": "the slip says 18"})
    assert answer.status_code == 302
    assert figures(store) == {"empty": 10, "full": -18}
    assert pickup.reversed_by.reason == "the slip says 18"
    assert coordinator.get(page).status_code == 403  # corrected once


def test_a_movement_is_cancelled_by_its_page_with_a_reason(coordinator, pickup, store):
    page = act(Movement, pickup, "cancel_movement")
    assert coordinator.post(page, {"reason": ""}).status_code == 200
    assert figures(store)["full"] == -13
    assert coordinator.post(page, {"reason": "another shop"}).status_code == 302
    assert set(figures(store).values()) == {0}


def test_correcting_down_to_nothing_says_what_to_do_instead(coordinator, pickup, store):
    answer = coordinator.post(act(Movement, pickup, "correct_movement"), {"reason": "nothing was loaded"})
    assert answer.context["form"].non_field_errors()
    assert figures(store)["full"] == -13


def test_what_a_higher_floor_owns_is_corrected_on_its_own_page(coordinator, store):
    line = PickedLine(ContainerTypeFactory(), 5, 0)
    movement = post_pickup(store, HubFactory(), [line], key=uuid.uuid4(), occurred_at=ago(days=1), by=BY, origin=("batch", 7))
    assert movement is not None
    register_origin("batch", label="batch", url=lambda pk: f"/somewhere/{pk}/")
    try:
        assert b"/somewhere/7/" in coordinator.get(url(Movement, "change", movement.pk)).content
        assert coordinator.get(act(Movement, movement, "cancel_movement")).status_code == 403
    finally:
        origins.pop("batch")


def count_form(client, store, **figures):  # type: ignore[no-untyped-def]
    """What a browser sends from the page of a new count."""
    form = client.get(url(Inventory, "add")).context["adminform"].form
    moment = timezone.localtime(ago(hours=2))
    data = {"store": store.pk, "note": "", "form_key": form["form_key"].value()}
    return data | {"counted_at_0": f"{moment:%Y-%m-%d}", "counted_at_1": f"{moment:%H:%M:%S}"} | figures


def test_a_count_is_recorded_by_its_form_once(coordinator, store):
    kind = ContainerTypeFactory()
    data = count_form(coordinator, store, **{f"total_{kind.pk}": 30, f"full_{kind.pk}": 12})
    for _ in range(2):  # a double click
        assert coordinator.post(url(Inventory, "add"), data).status_code == 302
    assert Inventory.objects.count() == 1
    assert figures(store) == {"empty": 18, "full": 12}
    assert Inventory.objects.get().actor_kind == "user"


@pytest.mark.parametrize(("total", "full"), [("", ""), ("", "3"), ("3", "4"), ("-1", ""), ("100001", "")])
def test_a_count_that_cannot_be_comes_back_with_its_reason(coordinator, store, total, full):
    kind = ContainerTypeFactory()
    data = count_form(coordinator, store, **{f"total_{kind.pk}": total, f"full_{kind.pk}": full})
    answer = coordinator.post(url(Inventory, "add"), data)
    assert answer.status_code == 200
    assert answer.context["errors"]
    assert not Inventory.objects.exists()


def test_a_count_in_the_future_is_told(coordinator, store):
    kind = ContainerTypeFactory()
    data = count_form(coordinator, store, **{f"total_{kind.pk}": 3}) | {"counted_at_0": "2999-01-01"}
    coordinator.post(url(Inventory, "add"), data, follow=True)
    assert not Inventory.objects.exists()


def test_a_count_is_put_right(coordinator, inventory, store):
    kind = ContainerTypeFactory()
    page = act(Inventory, inventory, "correct_count")
    form = coordinator.get(page).context["form"]
    moment = timezone.localtime(inventory.counted_at)
    data = {
        "form_key": form["form_key"].value(),
        "counted_at_0": f"{moment:%Y-%m-%d}",
        "counted_at_1": f"{moment:%H:%M:%S}",
        "reason": "a slip of the pen",
        f"total_{kind.pk}": 31,
        f"full_{kind.pk}": 12,
    }
    assert coordinator.post(page, data).status_code == 302
    assert figures(store) == {"empty": 19, "full": 12}
    assert Inventory.objects.get(withdrawn_at=None).counted_at == inventory.counted_at


def test_a_count_is_withdrawn(coordinator, inventory, store):
    page = act(Inventory, inventory, "withdraw_count")
    assert coordinator.post(page, {"reason": "the wrong shop"}).status_code == 302
    assert set(figures(store).values()) == {0}
    assert coordinator.get(page).status_code == 403
    assert coordinator.get(url(Inventory, "change", inventory.pk)).status_code == 200


def test_a_held_declaration_is_accepted_by_the_service_of_the_highest_floor(coordinator, held):
    before, called = list(_acceptances), []
    register_acceptance(lambda declaration, *, by: called.append((declaration.pk, by.kind)) or declaration)
    try:
        assert coordinator.post(act(Declaration, held, "accept_declaration")).status_code == 302
    finally:
        _acceptances[:] = before
    assert called == [(held.pk, "user")]


def test_a_held_declaration_is_accepted_or_refused(coordinator, held, store):
    another = declare(store, key=uuid.uuid4(), lines=[DeclaredLine(ContainerTypeFactory(), 9)], by=BY, held=True)
    coordinator.post(act(Declaration, held, "accept_declaration"))
    coordinator.post(act(Declaration, another, "refuse_declaration"), {"reason": "an old card"})
    assert figures(store) == {"empty": -14, "full": 14}
    assert set(Declaration.objects.values_list("state", flat=True)) == {Declaration.POSTED, Declaration.REFUSED}
    assert coordinator.get(act(Declaration, held, "refuse_declaration")).status_code == 403


def test_a_declaration_is_withdrawn(coordinator, store):
    declaration = declare(store, key=uuid.uuid4(), lines=[DeclaredLine(ContainerTypeFactory(), 9)], by=BY)
    coordinator.post(act(Declaration, declaration, "withdraw_this"), {"reason": "a child's play"})
    assert set(figures(store).values()) == {0}
    assert coordinator.get(url(Declaration, "change", declaration.pk)).status_code == 200
    assert check_ledger() == []


def test_the_stock_has_one_row_per_place_and_container(coordinator, pickup, store):
    rows = coordinator.get(url(Balance)).context["cl"].result_list
    assert [(row.store.name, row.shown_full, row.total) for row in rows] == [("Biocoop du Port", 0, -3), ("Plateforme nord", 13, 3)]
    assert len(coordinator.get(url(Balance), {"negative": "1"}).context["cl"].result_list) == 2
    assert not coordinator.get(url(Balance), {"store__kind__exact": "shop", "q": "nowhere"}).context["cl"].result_list


def test_what_only_full_ones_are_known_of_is_in_the_stock_too(coordinator, store):
    post_pickup(store, None, [PickedLine(ContainerTypeFactory(), 4, 0)], key=uuid.uuid4(), occurred_at=ago(days=1), by=BY)
    assert [(row.shown_full, row.total) for row in coordinator.get(url(Balance)).context["cl"].result_list] == [(0, -4)]


def test_a_place_lists_its_containers_on_its_page(coordinator, store):
    page = reverse("admin:stores_store_change", args=[store.pk])
    inline = next(one for one in coordinator.get(page).context["inline_admin_formsets"] if one.formset.model is StoreContainer)
    assert inline.formset.prefix == "containers"


def test_the_sorting_centre_may_count_and_correct_nothing(client, pickup, inventory):
    user = UserFactory(role="sorting")
    user.is_staff = True
    user.save()
    assert user.has_perm("crates.add_inventory")
    client.force_login(user)
    assert client.get(act(Movement, pickup, "cancel_movement")).status_code == 403
    assert client.get(act(Inventory, inventory, "withdraw_count")).status_code == 403


def test_a_container_type_is_edited_and_never_deleted(coordinator):
    kind = ContainerTypeFactory()
    assert coordinator.get(url(ContainerType, "delete", kind.pk)).status_code == 403
    form = coordinator.get(url(ContainerType, "change", kind.pk)).context["adminform"].form
    data = {name: form[name].value() for name in form.fields if form[name].value() is not None} | {"bottles": 15}
    assert coordinator.post(url(ContainerType, "change", kind.pk), data).status_code == 302
    kind.refresh_from_db()
    assert (kind.bottles, kind.code) == (15, "75")

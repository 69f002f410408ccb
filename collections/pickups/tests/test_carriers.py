"""Carriers: what their page saves and refuses, the price that holds on a day, what a vehicle emits, who sees prices."""

from datetime import date
from decimal import Decimal

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse

from lincassable.accounts.actors import LINK, Actor
from lincassable.accounts.tests.factories import UserFactory
from pickups import services
from pickups.emissions import emitted
from pickups.models import Carrier, CarrierContact, EmissionFactor, PriceRule, Vehicle
from pickups.prices import cost_of, price_on
from pickups.tests.factories import CarrierFactory, TourFactory, VehicleFactory
from pickups.tests.factories_carriers import CarrierContactFactory, PriceRuleFactory, RecurringTourFactory
from stores.tests.factories import StoreFactory, ZoneFactory

pytestmark = pytest.mark.django_db
BY = Actor.system()
CARRIERS = "/admin/pickups/carrier/"
DAY = date(2026, 5, 5)


@pytest.fixture
def office(coordinator_user, client) -> Client:
    """A coordinator's browser."""
    client.force_login(coordinator_user)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


def page_data(**fields: object) -> dict[str, object]:
    """Return what the browser sends for a carrier without rows; rows come as `contacts=[{…}]`, `vehicles=[…]`, `prices=[…]`."""
    rows = {name: fields.pop(name, []) for name in ("contacts", "vehicles", "prices")}
    data: dict[str, object] = {
        "name": "Vélo Cargo", "email": "velo@transport.example", "language": "fr", "is_active": "on", "contact_name": "", "phone": "",
        "depot": "", "weekdays": ["1", "4"], "lead_days": 3, "answer_days": 1, "source": "", "source_id": "", **fields,
    }  # fmt: skip
    for name, found in rows.items():
        data |= {f"{name}-TOTAL_FORMS": len(found), f"{name}-INITIAL_FORMS": sum("id" in row for row in found)}
        for number, row in enumerate(found):
            data |= {f"{name}-{number}-{field}": value for field, value in row.items()}
    return data


TRICYCLE = {"name": "Triporteur", "kind": "bike", "payload_kg": 150, "pallets": 0, "crates": 8, "is_active": "on"}
SACHA = {"name": "Sacha", "email": "sacha@transport.example", "language": "fr", "wants_tours": "on", "is_active": "on"}
PRICE = {"vehicle_kind": "", "fixed_eur": "100", "per_stop_eur": "5", "per_km_eur": "1", "per_pallet_eur": "8", "valid_from": "2026-01-01"}


# -- the page


def test_a_carrier_is_made_with_its_days_people_vehicles_and_prices(office):
    zone, user = ZoneFactory(), UserFactory(role="carrier")
    data = page_data(zones=[zone.pk], users=[user.pk], contacts=[SACHA], vehicles=[TRICYCLE], prices=[PRICE])
    assert office.post(CARRIERS + "add/", data).status_code == 302
    carrier = Carrier.objects.get()
    assert (carrier.weekdays, carrier.lead_days, carrier.answer_days) == ([1, 4], 3, 1)
    assert list(carrier.zones.all()) == [zone]
    assert list(carrier.users.all()) == [user]
    assert CarrierContact.objects.get().wants_reminders is False
    assert Vehicle.objects.get().carrier == carrier
    assert PriceRule.objects.get().per_pallet_eur == 8


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"weekdays": []}, "Tick at least one day"),
        ({"contacts": [SACHA, {**SACHA, "email": "SACHA@transport.example"}]}, "already a contact of this carrier"),
        ({"contacts": [{"language": "en", "is_active": "on"}]}, "Give at least a name"),
        ({"vehicles": [TRICYCLE, {**TRICYCLE, "name": "TRIPORTEUR"}]}, "already has a vehicle of that name"),
        ({"prices": [PRICE, {**PRICE, "fixed_eur": "90"}]}, "already has a price for this vehicle"),
        ({"prices": [{**PRICE, "fixed_eur": "-1"}]}, "A price cannot be negative"),
        ({"prices": [{**PRICE, "valid_to": "2025-12-31"}]}, "The last day comes before the first"),
    ],
)
def test_what_is_wrong_is_said_on_the_page_and_nothing_typed_is_lost(office, fields, sentence):
    answer = office.post(CARRIERS + "add/", page_data(**fields))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert sentence in page
    assert "velo@transport.example" in page
    assert not Carrier.objects.exists()


def test_a_vehicle_that_has_driven_or_will_drive_stays(office):
    carrier = CarrierFactory()
    driven, planned, unused = (VehicleFactory(carrier=carrier) for _ in range(3))
    TourFactory(carrier=carrier, vehicle=driven)
    RecurringTourFactory(carrier=carrier, vehicle=planned)
    for vehicle, status in ((driven, 200), (planned, 200), (unused, 302)):
        row = {"id": vehicle.pk, "carrier": carrier.pk, **TRICYCLE, "name": vehicle.name, "DELETE": "on"}
        answer = office.post(f"{CARRIERS}{carrier.pk}/change/", page_data(vehicles=[row]))
        assert answer.status_code == status
    assert set(Vehicle.objects.all()) == {driven, planned}


def test_a_carrier_of_the_history_stays_another_goes_with_its_rows(office):
    kept, gone = TourFactory().carrier, PriceRuleFactory().carrier
    CarrierContactFactory(carrier=gone)
    services.delete_carrier(gone, by=BY)
    with pytest.raises(ValidationError):
        services.delete_carrier(kept, by=BY)
    assert list(Carrier.objects.all()) == [kept]
    page = office.post(reverse("admin:pickups_carrier_delete", args=[kept.pk]), {"post": "yes"}).content.decode()
    assert "make it inactive" in page
    assert Carrier.objects.filter(pk=kept.pk).exists()
    unused = VehicleFactory().carrier
    office.post(reverse("admin:pickups_carrier_delete", args=[unused.pk]), {"post": "yes"})
    assert not Carrier.objects.filter(pk=unused.pk).exists()


def test_the_days_are_saved_in_order_and_once():
    carrier = services.save_carrier(CarrierFactory.build(weekdays=[4, 1, 4]), by=BY)
    assert carrier.weekdays == [1, 4]


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"weekdays": [7]}, "weekdays"), ({"weekdays": []}, "weekdays"), ({"email": "non"}, "email"), ({"name": ""}, "name")],
)
def test_a_carrier_that_cannot_be_is_refused_at_its_field(fields, field):
    with pytest.raises(ValidationError) as refused:
        services.save_carrier(CarrierFactory.build(**fields), by=BY)
    assert field in refused.value.error_dict


def test_the_usual_hub_of_a_carrier_keeps_stock():
    with pytest.raises(ValidationError) as refused:
        services.save_carrier(CarrierFactory.build(depot=StoreFactory()), by=BY)
    assert "depot" in refused.value.error_dict


def test_the_list_says_when_with_what_and_whether_tours_have_a_price_in_a_fixed_number_of_queries(office, django_assert_max_num_queries):
    for vehicle in ("Belette", "Fouine", "Hermine", "Loutre", "Martre", "Putois"):
        carrier = VehicleFactory(name=vehicle, carrier=CarrierFactory(weekdays=[0, 3])).carrier
        carrier.zones.add(ZoneFactory())
    PriceRuleFactory(carrier=carrier)
    with django_assert_max_num_queries(14):
        page = office.get(CARRIERS).content.decode()
    assert "Monday, Thursday" in page
    assert carrier.zones.get().name in page
    for query, number in (
        ("price=1", 1),
        ("price=0", 5),
        ("day=3", 6),
        ("day=2", 0),
        ("day=x", 6),
        ("q=Putois", 1),
    ):
        assert len(office.get(f"{CARRIERS}?{query}").context["cl"].result_list) == number, query


# -- prices


def test_the_price_that_holds_is_the_one_of_the_vehicle_that_began_last():
    carrier = CarrierFactory()
    anything = PriceRuleFactory(carrier=carrier)
    van = PriceRuleFactory(carrier=carrier, vehicle_kind="van", valid_from=date(2026, 3, 1))
    rise = PriceRuleFactory(carrier=carrier, vehicle_kind="van", valid_from=date(2026, 6, 1), valid_to=date(2026, 6, 30))
    PriceRuleFactory(vehicle_kind="van")  # somebody else's
    days = [date(2025, 12, 31), date(2026, 2, 28), date(2026, 5, 31), date(2026, 6, 1), date(2026, 6, 30), date(2026, 7, 1)]
    assert [price_on(carrier, "van", day) for day in days] == [None, anything, van, rise, rise, van]
    assert price_on(carrier, "truck_12t", DAY) == anything
    assert price_on(carrier, "", DAY) == anything


def test_a_tour_costs_its_fixed_part_its_stops_kilometres_and_pallets(django_assert_num_queries):
    carrier = PriceRuleFactory(per_km_eur="0.55", per_pallet_eur="3.10").carrier
    with django_assert_num_queries(1):
        assert cost_of(carrier, "van", DAY, stops=8, distance_m=43_210, pallets=Decimal("2.5")) == Decimal("171.52")
    assert cost_of(carrier, "van", date(2025, 1, 1), stops=8, distance_m=1000, pallets=Decimal(0)) is None


def test_the_page_of_prices_says_what_a_tour_costs_on_a_day(office):
    carrier = PriceRuleFactory(vehicle_kind="van").carrier
    address = reverse("admin:pickups_carrier_price", args=[carrier.pk])
    page = office.get(address, {"day": "2026-05-05", "stops": 10, "kilometres": 80, "pallets": 4}).content.decode()
    assert 'data-kind="van" data-cost="262' in page
    assert 'data-kind="bike" data-cost=""' in page
    assert office.get(address).status_code == 200
    assert "day" in office.get(address, {"day": "demain", "stops": -1}).context["form"].errors


def test_the_page_of_a_carrier_shows_the_prices_of_today(office):
    carrier = PriceRuleFactory(vehicle_kind="van", valid_from=date(2026, 1, 1), fixed_eur="111").carrier
    PriceRuleFactory(carrier=carrier, vehicle_kind="van", valid_from=date(2026, 6, 1), fixed_eur="222")
    VehicleFactory(carrier=carrier)
    with time_machine.travel("2026-05-05 10:00Z", tick=False):
        (row,) = office.get(f"{CARRIERS}{carrier.pk}/change/").context["prices_today"]
    assert row["rule"].fixed_eur == 111


def test_a_carriers_user_sees_its_own_prices_only_and_a_link_none(coordinator):
    mine, other = PriceRuleFactory(), PriceRuleFactory()
    user = UserFactory(role="carrier")
    mine.carrier.users.add(user)
    assert list(PriceRule.objects.for_actor(Actor.of_user(user))) == [mine]
    assert set(PriceRule.objects.for_actor(coordinator)) == {mine, other}
    for nobody in (Actor(LINK, 1, "carrier_tour", 1), Actor.of_user(UserFactory(role="sorting")), Actor("user", None)):
        assert not PriceRule.objects.for_actor(nobody).exists()


def test_a_carriers_user_gets_no_page_of_the_admin(client):
    rule = PriceRuleFactory()
    user = UserFactory(role="carrier")
    rule.carrier.users.add(user)
    client.force_login(user)
    for address in (CARRIERS, f"{CARRIERS}{rule.carrier.pk}/change/", reverse("admin:pickups_carrier_price", args=[rule.carrier.pk])):
        assert client.get(address).status_code in (302, 403)


@pytest.mark.parametrize("make", [PriceRuleFactory, CarrierContactFactory, VehicleFactory])
def test_only_coordinators_write_what_belongs_to_carriers(make):
    row = make()
    user = UserFactory(role="carrier")
    row.carrier.users.add(user)
    for by in (Actor.of_user(user), Actor(LINK, 1, "carrier_tour", 1)):
        for verb in (services.save_row, services.delete_row):
            with pytest.raises(PermissionDenied):
                verb(row, by=by)
    with pytest.raises(PermissionDenied):
        services.save_carrier(row.carrier, by=Actor.of_user(user))


# -- emissions


def test_every_kind_of_vehicle_has_a_factor_with_its_source_from_the_start():
    factors = {factor.vehicle_kind: factor for factor in EmissionFactor.objects.all()}
    assert set(factors) == {"bike", "van", "truck_12t", "truck_19t"}
    assert all(factor.source and factor.low_g_per_km < factor.typical_g_per_km < factor.high_g_per_km for factor in factors.values())
    typical = [factors[kind].typical_g_per_km for kind in ("bike", "van", "truck_12t", "truck_19t")]
    assert typical == sorted(typical)


def test_what_a_tour_emits_is_a_range_with_its_source():
    EmissionFactor.objects.filter(vehicle_kind="van").update(low_g_per_km=200, typical_g_per_km=250, high_g_per_km=300, source="mesuré")
    found = emitted("van", 12_345)
    assert (found.low_g, found.typical_g, found.high_g, found.source) == (2469, 3086, 3704, "mesuré")
    assert emitted("", 12_345) is None
    EmissionFactor.objects.filter(vehicle_kind="bike").delete()
    assert emitted("bike", 12_345) is None


def test_factors_are_edited_by_administrators_only(office, client):
    factor = EmissionFactor.objects.get(vehicle_kind="van")
    address = reverse("admin:pickups_emissionfactor_change", args=[factor.pk])
    data = {"vehicle_kind": "van", "low_g_per_km": 150, "typical_g_per_km": 140, "high_g_per_km": 300, "source": "x", "as_of": "2026-01-01"}
    assert office.get(address).status_code == 200
    assert office.post(address, data).status_code == 403
    client.force_login(UserFactory(role="administrator"))
    assert "between the low and the high" in client.post(address, data).content.decode()
    assert client.post(address, {**data, "low_g_per_km": 100}).status_code == 302
    factor.refresh_from_db()
    assert factor.low_g_per_km == 100

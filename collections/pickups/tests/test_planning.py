"""Planning in one go: pallets, all four directions, the order of stops, and two coordinators at once."""

import pytest
from django.core.exceptions import ValidationError

from lincassable.messaging.models import Message
from pickups import services
from pickups.enums import TourState
from pickups.lines import PlannedLine, PlannedPallet, StopPlan
from pickups.models import Stop, StopPallet
from pickups.services.stop_plans import marks_of
from pickups.tests.factories import container, planned
from stores.tests.factories import ContactFactory, StoreFactory

pytestmark = pytest.mark.django_db
MIXED = PlannedPallet("taken", "europe", None, 2)


def change(made, stop, *, seen=None, **plan):
    """Plan a stop as a coordinator would."""
    plan = {"lines": [planned()], **plan}
    return services.revise_tour(made.tour, by=made.coordinator, stops=[StopPlan(stop.store, stop=stop, **plan)], seen=seen)


def marks(made):
    """What a coordinator sees now."""
    return marks_of(made.tour.stops.prefetch_related("lines", "pallets"))


def test_all_four_directions_and_pallets_are_planned_changed_and_taken_out(scene):
    made = scene()
    stop = made.stops[0]
    change(made, stop, lines=[PlannedLine(container("33"), 1, 2, 3, 4)], pallets=[MIXED, PlannedPallet("left", "vmf", container(), 1)])
    line = stop.lines.get()
    assert (line.planned_full, line.planned_empty, line.planned_taken_empty, line.planned_left_full) == (1, 2, 3, 4)
    assert sorted(stop.pallets.values_list("direction", "pallet_type", "planned")) == [("left", "vmf", 1), ("taken", "europe", 2)]
    change(made, stop)  # pallets that are not spoken of stay
    assert stop.pallets.count() == 2
    change(made, stop, pallets=[MIXED, MIXED])
    assert list(stop.pallets.values_list("planned", flat=True)) == [4]
    services.remove_stop(stop, by=made.coordinator)
    assert not StopPallet.objects.exists()


def test_saving_the_tours_page_keeps_what_only_the_other_screen_plans(scene, client):
    made = scene()
    stop = made.stops[0]
    change(made, stop, lines=[PlannedLine(container(), 10, 8, 3, 4)])
    client.force_login(made.users["coordinator"])
    data = {
        "date": made.tour.date.isoformat(),
        "hub": made.tour.hub_id,
        "carrier": made.tour.carrier_id,
        "note": "",
        "zone": "",
        "vehicle": "",
    }
    data |= {"price_eur": "", "stops-TOTAL_FORMS": 1, "stops-INITIAL_FORMS": 1, "stops-0-id": stop.pk, "stops-0-store": stop.store_id}
    data |= {"stops-0-tour": made.tour.pk, f"stops-0-full_{container().pk}": 12, f"stops-0-empty_{container().pk}": 8}
    assert client.post(f"/admin/pickups/tour/{made.tour.pk}/change/", data).status_code == 302
    line = stop.lines.get()
    assert (line.planned_full, line.planned_taken_empty, line.planned_left_full) == (12, 3, 4)


def test_stops_are_put_in_order_and_those_that_nobody_named_come_last(scene):
    made = scene(stores=3)
    first, second, third = made.stops
    services.revise_tour(made.tour, by=made.coordinator, order=[third.store_id, first.store_id])
    assert made.stops == [third, first, second]
    assert [stop.position for stop in made.stops] == [1, 2, 3]


def test_a_new_order_of_a_sent_tour_is_told_to_its_carrier_only(scene, django_capture_on_commit_callbacks):
    made = scene(TourState.ACCEPTED)
    for store in made.stores:
        ContactFactory(store=store)
    before = Message.objects.count()
    services.revise_tour(made.tour, by=made.coordinator, order=[stop.store_id for stop in reversed(made.stops)])
    assert [mail.kind for mail in Message.objects.order_by("pk")[before:]] == ["tour_changed"]
    services.revise_tour(made.tour, by=made.coordinator, order=[stop.store_id for stop in made.stops])
    assert Message.objects.count() == before + 1


def test_visited_stops_stay_first_whatever_order_is_asked(scene):
    made = scene(TourState.ACCEPTED, stores=3)
    first, second, third = made.stops
    made.complete(first)
    services.revise_tour(made.tour, by=made.coordinator, order=[third.store_id, second.store_id, first.store_id])
    assert made.stops == [first, third, second]


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(scene):
    made = scene()
    stop, other = made.stops
    seen = marks(made)
    change(made, stop, seen=seen, lines=[planned("75", 15, 15)])
    for attempt in (
        lambda: change(made, stop, seen=seen, lines=[planned("75", 9, 9)]),
        lambda: services.revise_tour(made.tour, by=made.coordinator, removed=[stop], seen=seen),
    ):
        with pytest.raises(ValidationError) as refused:
            attempt()
        assert refused.value.error_list[0].code == "stale"
        assert str(stop.store) in refused.value.messages[0]
    assert stop.lines.get().planned_full == 15
    change(made, other, seen=seen, lines=[planned("75", 9, 9)])  # another stop is nobody's business
    change(made, stop, seen=marks(made), lines=[planned("75", 9, 9)])
    assert stop.lines.get().planned_full == 9


def test_a_stop_that_somebody_else_took_out_is_said_to_be_gone_and_removing_it_twice_is_harmless(scene):
    made = scene()
    stop = made.stops[0]
    services.remove_stop(stop, by=made.coordinator)
    services.remove_stop(stop, by=made.coordinator)
    with pytest.raises(ValidationError) as refused:
        change(made, stop)
    assert refused.value.error_list[0].code == "stale"
    assert made.tour.stops.count() == 1


def test_a_trial_says_who_would_be_told_and_changes_nothing(scene):
    made = scene(TourState.ACCEPTED)
    stop = made.stops[0]
    contact = ContactFactory(store=stop.store)
    ContactFactory(store=made.stops[1].store)
    mails = Message.objects.count()
    told = services.who_would_be_told(made.tour, by=made.coordinator, stops=[StopPlan(stop.store, [planned("75", 3, 3)], stop)])
    assert sorted(mail.to_email for mail in told) == sorted([made.tour.carrier.email, contact.email])
    assert Message.objects.count() == mails
    assert stop.lines.get().planned_full == 10
    assert not made.tour.log.filter(from_state=TourState.ACCEPTED, to_state=TourState.ACCEPTED).exists()


def test_the_marks_do_not_depend_on_how_stops_were_fetched(scene):
    made = scene()
    services.add_stop(made.tour, StoreFactory(), by=made.coordinator)
    from pickups.warnings_stops import stops_of

    assert marks_of(stops_of(made.tour)) == marks(made) == marks_of(Stop.objects.filter(tour=made.tour).order_by("pk"))

"""The page of a tour when somebody else has saved it meanwhile, or when what comes back cannot have been chosen there."""

import pytest
from django.test import Client

from pickups import services
from pickups.lines import StopPlan
from pickups.models import Tour
from pickups.tests.factories import container, planned
from pickups.tests.test_admin import ADD, page_of, tour_data

pytestmark = pytest.mark.django_db


def shown(office: Client, tour: Tour) -> dict[str, object]:
    """What a browser would send back from the tour's page, untouched."""
    context = office.get(page_of(tour)).context
    formset = context["inline_admin_formsets"][0].formset
    forms = [context["adminform"].form, formset.management_form, *formset.initial_forms]
    data: dict[str, object] = {"_continue": "1"}
    for form in forms:
        for field in form:
            value = "" if field.value() is None else str(field.value())
            data[field.html_name] = value
            if field.field.show_hidden_initial:
                data[field.html_initial_name] = value
    return data


def test_what_somebody_else_saved_meanwhile_and_nobody_touched_here_stays(office, coordinator, scene):
    made = scene(stores=2)
    stale = shown(office, made.tour)
    first, second = made.stops
    services.revise_tour(
        made.tour, by=coordinator, fields={"note": "portail bleu"}, stops=[StopPlan(first.store, [planned(full=3)], stop=first)]
    )
    code = container().pk
    row = next(name.split("-")[1] for name, value in stale.items() if name.endswith("-id") and value == str(second.pk))
    answer = office.post(page_of(made.tour), {**stale, f"stops-{row}-full_{code}": "5"})
    assert answer.status_code == 302
    made.tour.refresh_from_db()
    assert made.tour.note == "portail bleu"
    assert [stop.lines.get().planned_full for stop in made.stops] == [3, 5]


def test_a_row_that_both_have_changed_is_not_overwritten_unseen(office, coordinator, scene):
    made = scene(stores=2)
    stale = shown(office, made.tour)
    first = made.stops[0]
    services.revise_tour(made.tour, by=coordinator, stops=[StopPlan(first.store, [planned(full=3)], stop=first)])
    row = next(name.split("-")[1] for name, value in stale.items() if name.endswith("-id") and value == str(first.pk))
    answer = office.post(page_of(made.tour), {**stale, f"stops-{row}-full_{container().pk}": "5"}, follow=True)
    assert "somebody else" in answer.content.decode()
    assert made.stops[0].lines.get().planned_full == 3


@pytest.mark.parametrize("value", ["{}", "\x00", "9" * 30, "-1", "1.5", "' OR 1=1 --"])
def test_a_place_that_cannot_be_one_is_told_at_the_row(office, scene, value):
    made = scene()
    answer = office.post(ADD, tour_data([{"store": value, "position": 1}], carrier=value, hub=value))
    assert answer.status_code == 200
    data = {**shown(office, made.tour), "stops-TOTAL_FORMS": "3", "stops-2-store": value, "stops-2-position": "3", "hub": value}
    assert office.post(page_of(made.tour), data).status_code == 200

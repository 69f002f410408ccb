"""Invitations to a pickup, read by another library than the one that writes them."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
import vobject
from django.db import transaction
from django.utils import translation

from lincassable.messaging.delivery import deliver
from lincassable.messaging.models import Message
from lincassable.messaging.services import Recipient, enqueue
from lincassable.messaging.tests.smtp import Mailserver
from pickups import calendars, services
from pickups.calendar_events import quantities
from pickups.enums import TourState
from pickups.models import Stop
from pickups.tests.factories import StopFactory, StopLineFactory, TourFactory, TourLogFactory
from stores.tests.factories import ContactFactory, StoreFactory

ANA = Recipient("ana@example.org", 'Ana "Nana", épicière', "en")
UTC = UTC


def read(content: bytes):
    """Return the calendar and its only event; every line must be as the standard wants it."""
    assert content.endswith(b"\r\n")
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    found = vobject.readOne(content.decode())
    return found, found.vevent


def stop_at(day=date(2026, 6, 10), start=None, end=None, **store) -> Stop:
    place = StoreFactory(**store)
    return StopFactory(tour=TourFactory(date=day), store=place, window_start=start, window_end=end)


def stop_of(made) -> Stop:
    """Return the first stop of a scene as a service has it after a change."""
    return Stop.objects.select_related("tour__carrier", "store").get(pk=made.stops[0].pk)


@pytest.mark.django_db
def test_an_invitation_has_what_rfc_5546_asks_for(settings):
    settings.REPLY_TO_EMAIL, settings.SITE_NAME = "Équipe <bonjour@reseau.example>", "Réseau; du Sud"
    stop = stop_at(start=time(9), end=time(11, 30), name="Épicerie; du Port, \\ « Œuf »", street="1 quai des Brumes")
    StopLineFactory(stop=stop, planned_full=12)
    with time_machine.travel(datetime(2026, 6, 1, 8, tzinfo=UTC), tick=False):
        whole, event = read(calendars.invitation(stop, method="REQUEST", to=ANA))
    assert (whole.method.value, whole.version.value) == ("REQUEST", "2.0")
    assert event.uid.value == f"{stop.uuid}@stop.lincassable"
    assert event.sequence.value == "0"
    assert event.dtstamp.value == datetime(2026, 6, 1, 8, tzinfo=UTC)
    assert event.organizer.value == "mailto:bonjour@reseau.example"
    assert event.organizer.params["CN"] == ["Réseau; du Sud"]
    assert event.attendee.value == "mailto:ana@example.org"
    assert (event.attendee.params["PARTSTAT"], event.attendee.params["RSVP"]) == (["NEEDS-ACTION"], ["FALSE"])
    assert event.status.value == "CONFIRMED"
    assert "Épicerie; du Port, \\ « Œuf »" in event.summary.value
    assert event.location.value.endswith(stop.store.address)
    assert "12 full to take, 8 empty to leave" in event.description.value
    assert event.dtstart.value == datetime(2026, 6, 10, 7, tzinfo=UTC)
    assert event.dtend.value == datetime(2026, 6, 10, 9, 30, tzinfo=UTC)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("day", "hour"),
    [(date(2026, 3, 28), 8), (date(2026, 3, 29), 7), (date(2026, 10, 24), 7), (date(2026, 10, 25), 8)],
)
def test_nine_in_the_morning_stays_nine_when_clocks_change(day, hour):
    _whole, event = read(calendars.invitation(stop_at(day, time(9), time(10)), method="REQUEST", to=ANA))
    assert event.dtstart.value == datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
    assert event.dtend.value - event.dtstart.value == timedelta(hours=1)


@pytest.mark.django_db
def test_a_slot_in_the_hour_that_does_not_exist_still_has_a_length():
    _whole, event = read(calendars.invitation(stop_at(date(2026, 3, 29), time(2, 50), time(3, 5)), method="REQUEST", to=ANA))
    assert event.dtend.value > event.dtstart.value


@pytest.mark.django_db
@pytest.mark.parametrize(("start", "end", "said"), [(None, None, ""), (time(10), None, "(from 10:00)"), (None, time(12), "(until 12:00)")])
def test_without_a_whole_slot_it_is_a_day(start, end, said):
    _whole, event = read(calendars.invitation(stop_at(start=start, end=end), method="REQUEST", to=ANA))
    assert (event.dtstart.value, event.dtend.value) == (date(2026, 6, 10), date(2026, 6, 11))
    assert event.summary.value.endswith(said)


@pytest.mark.django_db
def test_a_change_keeps_the_identity_and_raises_the_sequence(scene):
    made = scene(TourState.ACCEPTED)
    _whole, first = read(calendars.invitation(stop_of(made), method="REQUEST", to=ANA))
    services.revise_tour(made.tour, by=made.coordinator, fields={"date": made.tour.date + timedelta(days=3)})
    _whole, second = read(calendars.invitation(stop_of(made), method="REQUEST", to=ANA))
    assert second.uid.value == first.uid.value
    assert second.organizer.value == first.organizer.value
    assert int(second.sequence.value) > int(first.sequence.value)
    assert second.dtstart.value == first.dtstart.value + timedelta(days=3)
    services.cancel_tour(made.tour, by=made.coordinator, note="camion en panne")
    whole, third = read(calendars.invitation(stop_of(made), method="CANCEL", to=ANA))
    assert (whole.method.value, third.status.value, third.uid.value) == ("CANCEL", "CANCELLED", first.uid.value)
    assert int(third.sequence.value) > int(second.sequence.value)


@pytest.mark.django_db
def test_a_stop_taken_out_of_its_tour_is_withdrawn(scene):
    made = scene(TourState.ACCEPTED)
    stop = made.stops[0]
    _whole, before = read(calendars.invitation(stop, method="REQUEST", to=ANA))
    services.remove_stop(stop, by=made.coordinator)
    stop.all_lines = []
    whole, after = read(calendars.invitation(stop, method="CANCEL", to=ANA))
    assert (whole.method.value, after.status.value, after.uid.value) == ("CANCEL", "CANCELLED", before.uid.value)
    assert int(after.sequence.value) > int(before.sequence.value)


@pytest.mark.django_db
@pytest.mark.parametrize("event", ["cancelled", "moved"])
def test_who_stopped_invitations_still_gets_the_one_they_have_taken_out_once(scene, event):
    made = scene()
    one = ContactFactory(store=made.stores[0])
    never = ContactFactory(store=made.stores[0], wants_invitations=False)
    services.send_tour(made.tour, by=made.coordinator)
    services.accept_tour(made.tour, by=made.carrier)
    type(one).objects.filter(pk=one.pk).update(wants_invitations=False)
    days = range(2, 4) if event == "moved" else []
    for number in days:
        services.revise_tour(made.tour, by=made.coordinator, fields={"date": made.tour.date + timedelta(days=number)})
    if event == "cancelled":
        services.cancel_tour(made.tour, by=made.coordinator, note="camion en panne")
    later = Message.objects.filter(kind__in=["tour_changed_store", "tour_cancelled_store"]).order_by("pk")
    files = [[row["content_type"] for row in mail.attachments] for mail in later.filter(to_email=one.email)]
    assert files == [["text/calendar; method=CANCEL; charset=UTF-8"], *([[]] if event == "moved" else [])]
    assert all(not mail.attachments for mail in later.filter(to_email=never.email))


@pytest.mark.django_db
def test_nothing_people_type_adds_a_line_of_its_own():
    stop = stop_at(name="Bar\r\nATTENDEE:mailto:x@y.z", street="a\x07b\u2028c")
    _whole, event = read(calendars.invitation(stop, method="REQUEST", to=Recipient("ana@example.org", "A\r\nSUMMARY:x", "en")))
    assert len(event.attendee_list) == 1
    assert len(event.summary_list) == 1
    assert "Bar ATTENDEE:mailto:x@y.z" in event.summary.value


@pytest.mark.django_db
def test_it_speaks_the_language_of_who_is_invited():
    stop = stop_at(start=time(9), end=time(10))
    with translation.override("fr"):
        _whole, event = read(calendars.invitation(stop, method="REQUEST", to=ANA))
    assert "between 09:00 and 10:00" in event.description.value


@pytest.mark.django_db
def test_every_direction_is_told_and_nothing_else():
    line = StopLineFactory(planned_full=0, planned_empty=1, planned_taken_empty=2, planned_left_full=3)
    with translation.override("en"):
        (told,) = quantities([line])
        assert told.endswith("1 empty to leave, 2 empty to take, 3 full to leave")
        assert quantities([StopLineFactory.build(container_type=line.container_type, planned_full=0, planned_empty=0)]) == []


@pytest.mark.django_db
def test_the_mail_that_arrives_holds_it_where_calendars_look(settings):
    stop = stop_at(start=time(9), end=time(10), name="Épicerie du Port")
    TourLogFactory(tour=stop.tour)
    with transaction.atomic():
        file = calendars.attachment(stop, method="REQUEST", to=ANA)
        message = enqueue("test", to=ANA, context={}, dedupe_key="k", attachments=[file])
    with Mailserver() as server:
        server.use(settings)
        assert deliver(message.pk)
    parts = [part for part in server.mails[0].walk() if part.get_content_type() == "text/calendar"]
    assert [part.get_param("method") for part in parts] == ["REQUEST"]
    event = vobject.readOne(parts[0].get_content()).vevent
    assert (event.attendee.value, event.sequence.value) == ("mailto:ana@example.org", "1")

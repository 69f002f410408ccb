"""How rows name themselves, mails in both languages, and what carriers' contacts leave behind when erased."""

import pytest
from django.utils import timezone

from lincassable.accounts import links, privacy
from lincassable.accounts.models import AccessLink
from lincassable.messaging.models import Message
from pickups import services
from pickups.models import CarrierContact
from pickups.tests.factories import (
    CarrierFactory,
    TourFactory,
    TourLogFactory,
)
from pickups.tests.factories_carriers import CarrierContactFactory, RecurringTourFactory
from stores.tests.factories import ClosureFactory, ContactFactory

pytestmark = pytest.mark.django_db


def test_rows_say_what_they_are():
    log = TourLogFactory()
    assert str(log.tour) == f"T-{log.tour.pk} · {log.tour.date:%d/%m/%Y}"
    assert "→" in str(log)
    assert TourLogFactory(from_state="accepted", to_state="accepted").what


def test_the_links_of_a_tour_are_named_and_found():
    tour = TourFactory(carrier__name="Vélo Cargo")
    link = links.link_for(AccessLink.TOUR, tour.pk)
    assert "Vélo Cargo" in links.describe([link])[link.pk]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_mail_is_readable_in_both_languages(scene, language):
    made = scene()
    made.tour.carrier.language = language
    made.tour.carrier.save()
    made.users["coordinator"].language = language
    made.users["coordinator"].save()
    for store in made.stores:
        ContactFactory(store=store, language=language)
    services.revise_tour(made.tour, by=made.coordinator, fields={"note": "quai 2"})
    services.send_tour(made.tour, by=made.coordinator)
    services.decline_tour(made.tour, "panne", by=made.carrier)
    services.reopen_tour(made.tour, by=made.coordinator)
    services.send_tour(made.tour, by=made.coordinator)
    services.accept_tour(made.tour, by=made.carrier)
    services.revise_tour(made.tour, by=made.coordinator, fields={"date": timezone.localdate()})
    made.complete(made.stops[0], outcome="partial", reason="plus de place")
    services.remove_stop(made.stops[1], by=made.coordinator)
    kinds = set(Message.objects.values_list("kind", flat=True))
    carriers, stores = {"tour_awaiting", "tour_changed"}, {"tour_confirmed_store", "tour_changed_store", "tour_cancelled_store"}
    assert kinds >= {*carriers, *stores, "tour_declined", "pickup_partly"}
    for message in Message.objects.all():
        assert message.language == language
        assert message.subject
        assert made.tour.reference in message.text + message.subject or message.kind.endswith("store") or message.kind == "pickup_partly"
        assert "<h1" in message.html
        assert max(len(line) for line in message.text.splitlines() if "http" not in line) < 200


def test_a_carriers_contact_is_exported_and_erased_with_the_notes_that_name_it():
    carrier = CarrierFactory(contact_name="Dominique Lambert", email="d.lambert@transport.example", phone="+33612345678")
    tour = TourFactory(carrier=carrier, note="voir avec Dominique Lambert au quai")
    identity = privacy.widen(privacy.Identity(email="D.Lambert@transport.example"))
    assert "carrier_contact" in privacy.export(identity)
    privacy.erase(identity)
    carrier.refresh_from_db()
    tour.refresh_from_db()
    assert (carrier.contact_name, carrier.email) == ("", "")
    assert "Lambert" not in tour.note
    assert "quai" in tour.note


def test_somebody_at_a_carriers_office_is_exported_and_erased_with_the_series_and_closures_that_name_them():
    series = RecurringTourFactory(note="voir Dominique Lambert au quai")
    CarrierContactFactory(carrier=series.carrier, name="Dominique Lambert", email="d.lambert@transport.example")
    homonym = CarrierContactFactory(name="Dominique Lambert", email="une.autre@transport.example")
    closure = ClosureFactory(reason="congés de Dominique Lambert")
    identity = privacy.widen(privacy.Identity(email="D.Lambert@transport.example"))
    assert "d.lambert@transport.example" in str(privacy.export(identity))
    privacy.erase(identity)
    series.refresh_from_db()
    closure.refresh_from_db()
    assert list(CarrierContact.objects.all()) == [homonym]
    assert "Lambert" not in series.note + closure.reason
    assert "quai" in series.note

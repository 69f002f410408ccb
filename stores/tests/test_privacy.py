"""Personal data of contacts: they go some years after leaving, and a person is found, exported and erased."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.contenttypes.models import ContentType

from lincassable.accounts import privacy
from lincassable.accounts.models import AccessLink
from lincassable.accounts.privacy import HIDDEN, Identity
from lincassable.accounts.tests.factories import UserFactory
from stores.enums import Status
from stores.models import Contact, Store
from stores.tests.factories import ContactFactory, StoreFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_contacts_go_three_years_after_they_or_their_place_left_and_not_before(time_machine):
    time_machine.move_to(NOW, tick=False)
    left = ContactFactory(is_active=False, created_at=NOW - timedelta(days=9999))
    of_archived = ContactFactory(store=StoreFactory(status=Status.ARCHIVED))
    here, back = ContactFactory(created_at=NOW - timedelta(days=9999)), ContactFactory(is_active=False)
    assert privacy.purge()["inactive_contact"] == 0, "the delay counts from the first night that finds them gone"
    time_machine.move_to(NOW + timedelta(days=1000), tick=False)
    Contact.objects.filter(pk=back.pk).update(is_active=True)
    assert privacy.purge()["inactive_contact"] == 0
    Contact.objects.filter(pk=back.pk).update(is_active=False)
    time_machine.move_to(NOW + timedelta(days=3 * 365, hours=1), tick=False)
    assert privacy.purge()["inactive_contact"] == 2
    assert privacy.purge()["inactive_contact"] == 0
    assert set(Contact.objects.all()) == {here, back}
    assert not Contact.objects.filter(pk__in=[left.pk, of_archived.pk]).exists()


def test_a_contact_is_found_by_address_by_phone_however_written_and_by_name():
    shop = StoreFactory(access_notes="Sonner, ou appeler Inès Le Goff (06 12 34 56 78).")
    ines = ContactFactory(store=shop, name="Inès Le Goff", email="ines@boutique.example", phone="+33612345678")
    for identity in (
        Identity("INES@boutique.example"),
        Identity(phone="+33612345678"),
        Identity(names=frozenset({"inès le goff"})),
    ):
        held = privacy.export(privacy.widen(identity))["inactive_contact"]
        assert [row.get("email") for row in held] == [ines.email, None]
        assert held[1]["access_notes"] == shop.access_notes


def test_an_erased_contact_is_gone_with_the_phone_of_the_card_the_notes_and_the_history():
    shop = StoreFactory(access_notes="Sonner, ou appeler Inès Le Goff au 06.12.34.56.78.")
    ines = ContactFactory(store=shop, name="Inès Le Goff", email="ines@boutique.example", phone="+33612345678")
    link = AccessLink.objects.create(kind=AccessLink.STORE, object_id=shop.pk, last_device="a" * 32)
    kind = ContentType.objects.get_for_model(Contact)
    line = LogEntry.objects.create(
        user=UserFactory(), content_type=kind, object_id=str(ines.pk), object_repr=str(ines), action_flag=ADDITION, change_message="[]"
    )
    privacy.erase(Identity("ines@boutique.example", "+33612345678"))
    assert not Contact.objects.exists()
    assert Store.objects.get().access_notes == f"Sonner, ou appeler {HIDDEN} au {HIDDEN}."
    link.refresh_from_db()
    line.refresh_from_db()
    assert (link.last_device, line.object_repr) == ("", HIDDEN)


def test_somebody_else_of_the_same_name_stays():
    mine = ContactFactory(name="Camille Roche", email="camille@boutique.example")
    homonym = ContactFactory(name="Camille Roche", email="autre@boutique.example")
    without_address = ContactFactory(name="Camille Roche", email="", store=mine.store)
    privacy.erase(Identity(mine.email))
    assert list(Contact.objects.all()) == [homonym]
    assert without_address.pk not in Contact.objects.values_list("pk", flat=True)

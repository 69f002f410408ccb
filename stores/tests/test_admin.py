"""The directory in the admin: found, filtered, saved and deleted through the services; refusals are sentences."""

import pytest
from django.contrib.admin.sites import site
from django.urls import reverse

from lincassable.accounts import links
from lincassable.accounts.actors import Actor
from lincassable.accounts.models import AccessLink
from lincassable.accounts.tests.factories import UserFactory
from stores import admin_registry
from stores.admin import StoreAdmin
from stores.enums import Kind, Status
from stores.models import Contact, Store, Zone
from stores.tests.factories import ContactFactory, StoreFactory, ZoneFactory

pytestmark = pytest.mark.django_db
LIST, ADD = reverse("admin:stores_store_changelist"), reverse("admin:stores_store_add")


@pytest.fixture
def as_role(client):
    def sign_in(role):
        client.force_login(UserFactory(role=role))
        return client

    return sign_in


@pytest.fixture
def coordinator(as_role):
    return as_role("coordinator")


def page(store, name="change"):
    return reverse(f"admin:stores_store_{name}", args=[store.pk])


def listed(client, **query):
    response = client.get(LIST, query)
    assert response.status_code == 200
    return {store.name for store in response.context["cl"].result_list}


def contacts_form(*rows, initial=0):
    data = {
        "contacts-TOTAL_FORMS": len(rows),
        "contacts-INITIAL_FORMS": initial,
        "contacts-MIN_NUM_FORMS": 0,
        "contacts-MAX_NUM_FORMS": 1000,
    }
    for number, row in enumerate(rows):
        data |= {f"contacts-{number}-{name}": value for name, value in {"role": "team", "language": "fr", **row}.items()}
    return data


def form(client, url, **changes):
    """The values that a browser would send back from the page at `url`, inlines of higher floors included."""
    response = client.get(url)
    assert response.status_code == 200
    data = dict(response.context["adminform"].form.initial)
    for formset in response.context["inline_admin_formsets"]:
        management = formset.formset.management_form
        data |= {f"{formset.formset.prefix}-{name}": management.initial[name] for name in management.fields}
        for inline in formset.formset.initial_forms:
            data |= {inline.add_prefix(name): inline[name].value() for name in inline.fields}
    data = {"name": "A", "kind": "shop", "status": "active", "city": "Arles"} | data | changes
    return {name: value for name, value in data.items() if value is not None}


def test_places_are_found_by_name_town_contact_and_phone_without_accents(coordinator):
    ContactFactory(store=StoreFactory(name="Épicerie Haÿ", city="Sète"), name="Zoé", email="zoe@b.example", phone="+33612345678")
    StoreFactory(name="Other", city="Arles")
    for text in ("epicerie hay", "sete", "zoe", "ZOE@b", "06 12 34 56 78", "0612345678", "+33 6 12 34"):
        assert listed(coordinator, q=text) == {"Épicerie Haÿ"}, text
    assert listed(coordinator, q="nobody") == set()


def test_places_are_filtered_by_what_is_missing(coordinator):
    known, unknown = StoreFactory(name="known"), StoreFactory(name="unknown", latitude=None, longitude=None, kind=Kind.HUB)
    ContactFactory(store=known)
    link = links.link_for(AccessLink.STORE, known.pk)
    assert listed(coordinator, position="missing") == {"unknown"} == listed(coordinator, kind__exact="hub")
    assert (
        listed(coordinator, position="known") == {"known"} == listed(coordinator, card="open") == listed(coordinator, contacts="reachable")
    )
    assert listed(coordinator, card="none") == {"unknown"} == listed(coordinator, contacts="unreachable")
    links.revoke(link, by=Actor.system())
    assert listed(coordinator, card="revoked") == {"known"}
    assert listed(coordinator, card="open") == listed(coordinator, card="used") == set()
    assert listed(coordinator, card="nonsense") == {"known", "unknown"}
    assert unknown.latitude is None


def test_the_list_costs_the_same_for_two_places_and_for_forty(coordinator, django_assert_max_num_queries):
    for _number in range(40):
        ContactFactory(store=StoreFactory(zone=ZoneFactory()))
    with django_assert_max_num_queries(25):
        assert len(listed(coordinator)) == 40


def test_a_place_is_created_with_its_people_and_its_card(coordinator):
    data = form(coordinator, ADD, name="Épicerie", city="Arles", **contacts_form({"name": "Zoé", "email": "zoe@b.example"}))
    response = coordinator.post(ADD, data)
    assert response.status_code == 302
    store = Store.objects.get()
    assert store.contacts.get().name == "Zoé"
    assert AccessLink.objects.get(kind=AccessLink.STORE).object_id == store.pk


def test_a_place_is_changed_and_its_people_too(coordinator):
    store = ContactFactory(name="Zoé").store
    contact = store.contacts.get()
    data = form(coordinator, page(store), name="New name", **{"contacts-0-name": "Zoë"})
    assert coordinator.post(page(store), data).status_code == 302
    contact.refresh_from_db()
    assert (Store.objects.get(pk=store.pk).name, contact.name) == ("New name", "Zoë")
    data = form(coordinator, page(store), **{"contacts-0-DELETE": "on"})
    assert coordinator.post(page(store), data).status_code == 302
    assert not Contact.objects.exists()


def test_what_the_services_refuse_is_told_at_its_field(coordinator):
    store = StoreFactory()
    child = StoreFactory(collected_through=store)
    for changes in (
        {"collected_through": child.pk},
        {"status": "archived"},
        {"latitude": "95"},
        {"longitude": ""},
        {"opening_hours": "lundi"},
    ):
        response = coordinator.post(page(store), form(coordinator, page(store), **changes))
        assert response.status_code == 200, changes
        assert response.context["adminform"].form.errors, changes
    store.refresh_from_db()
    assert (store.status, store.collected_through) == (Status.ACTIVE, None)


def test_only_hubs_are_offered_as_usual_hub(coordinator):
    shop = StoreFactory()
    response = coordinator.post(page(shop), form(coordinator, page(shop), usual_hub=StoreFactory().pk))
    assert "usual_hub" in response.context["adminform"].form.errors


def test_the_page_shows_the_map_the_card_and_what_higher_floors_bring(coordinator, monkeypatch):
    store = StoreFactory(name="<b>Épicerie</b>")
    link = links.link_for(AccessLink.STORE, store.pk)
    monkeypatch.setattr(admin_registry, "panels", [])
    monkeypatch.setattr(admin_registry, "columns", [])
    admin_registry.register_store_panel(lambda store: f"stock of <{store.pk}>", title="stock")
    admin_registry.register_store_column("crates", "crates", lambda ids: dict.fromkeys(ids, "14 full"))
    html = coordinator.get(page(store)).content.decode()
    assert 'data-lat="43.296500"' in html
    assert 'data-card="open"' in html
    assert links.url(link) in html
    assert f"deed=rotate&amp;ids={link.pk}" in html
    assert f"stock of &lt;{store.pk}&gt;" in html
    assert "<b>Épicerie" not in html
    assert "14 full" in coordinator.get(LIST).content.decode()
    links.revoke(link, by=Actor.system())
    html = coordinator.get(page(store)).content.decode()
    assert 'data-card="revoked"' in html
    assert links.url(link) not in html


def test_opening_the_pages_writes_nothing(coordinator):
    store = StoreFactory(latitude=None, longitude=None)
    assert coordinator.get(page(store)).status_code == 200
    assert coordinator.get(ADD).status_code == 200
    assert not AccessLink.objects.exists()


def test_places_are_archived_from_the_list_and_refusals_are_told(coordinator):
    big = StoreFactory()
    small = StoreFactory(collected_through=big)
    chosen = {"_selected_action": [big.pk, small.pk]}
    response = coordinator.post(LIST, {"action": "archive", **chosen}, follow=True)
    assert {str(message.level_tag) for message in response.context["messages"]} == {"error", "success"}
    big.refresh_from_db()
    small.refresh_from_db()
    assert {big.status, small.status} == {Status.ACTIVE, Status.ARCHIVED}
    coordinator.post(LIST, {"action": "reactivate", **chosen})
    small.refresh_from_db()
    assert small.status == Status.ACTIVE


def test_a_coordinator_archives_and_an_administrator_may_delete_a_mistake(as_role):
    store = ContactFactory().store
    assert as_role("coordinator").post(page(store, "delete"), {"post": "yes"}).status_code == 403
    administrator = as_role("administrator")
    assert administrator.get(page(store, "delete")).context["protected"] == []
    assert administrator.post(page(store, "delete"), {"post": "yes"}).status_code == 302
    assert not Store.objects.exists()


def test_deleting_what_has_a_history_is_answered_with_a_sentence(as_role):
    store = StoreFactory(name="Épicerie")
    StoreFactory(collected_through=store)
    administrator = as_role("administrator")
    response = administrator.post(page(store, "delete"), {"post": "yes"})
    assert response.status_code == 200
    assert "Épicerie" in response.context["protected"][0]
    response = administrator.post(LIST, {"action": "delete_selected", "_selected_action": [store.pk], "post": "yes"})
    assert response.status_code == 200
    assert Store.objects.count() == 2


def test_zones_and_contacts_have_their_pages(coordinator):
    zone = ZoneFactory(name="Crau")
    StoreFactory(zone=zone)
    StoreFactory(zone=zone, status=Status.ARCHIVED)
    ContactFactory(name="Zoé")
    response = coordinator.get(reverse("admin:stores_zone_changelist"), {"q": "crau"})
    assert [row.store_count for row in response.context["cl"].result_list] == [1]
    assert coordinator.get(reverse("admin:stores_contact_changelist"), {"q": "zoe"}).context["cl"].result_count == 1
    assert coordinator.post(reverse("admin:stores_zone_add"), {"name": "Alpilles"}).status_code == 302
    response = coordinator.post(reverse("admin:stores_zone_delete", args=[zone.pk]), {"post": "yes"})
    assert response.status_code in (200, 302)
    assert set(Zone.objects.values_list("name", flat=True)) == {"Alpilles", "Crau"}


def test_a_refusal_after_the_forms_own_checks_is_told_and_not_a_server_error(coordinator, monkeypatch):
    zone = ZoneFactory(name="Crau")
    StoreFactory(zone=zone)
    monkeypatch.setattr("django.contrib.admin.options.ModelAdmin.get_deleted_objects", lambda *args: ([], {}, set(), []))
    response = coordinator.post(reverse("admin:stores_zone_delete", args=[zone.pk]), {"post": "yes"}, follow=True)
    assert [message.level_tag for message in response.context["messages"]] == ["error"]


@pytest.mark.parametrize("role", ["sorting", "carrier"])
def test_those_who_are_no_staff_do_not_enter(as_role, role):
    assert as_role(role).get(LIST).status_code in (302, 403)


def test_the_registry_takes_each_thing_once(monkeypatch):
    for name in ("inlines", "panels", "columns", "filters"):
        monkeypatch.setattr(admin_registry, name, [])

    def render(store):
        return ""

    for _time in range(2):
        admin_registry.register_store_panel(render)
        admin_registry.register_store_column("name", "label", dict)
        admin_registry.register_store_inline(StoreAdmin)
        admin_registry.register_store_filter(StoreAdmin)
    assert [len(getattr(admin_registry, name)) for name in ("inlines", "panels", "columns", "filters")] == [1, 1, 1, 1]
    assert site.is_registered(Store)

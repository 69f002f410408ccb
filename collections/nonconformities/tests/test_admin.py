"""Non-conformities in the admin: the list, the page with its steps, comments, photos, and a new one."""

import uuid

import pytest
from django.test import Client
from django.utils import timezone

from crates.models import Movement
from crates.tests.factories import ContainerTypeFactory, RejectReasonFactory
from lincassable.accounts.tests.factories import UserFactory
from nonconformities.enums import Source, State
from nonconformities.models import NonConformity, NonConformityKind
from nonconformities.tests.factories import CauseFactory, CommentFactory, KindFactory, LogFactory, NonConformityFactory
from stores.tests.factories import StoreFactory
from tests.pictures import picture, upload

pytestmark = pytest.mark.django_db
LIST = "/admin/nonconformities/nonconformity/"


@pytest.fixture
def coordinator():
    return UserFactory(role="coordinator", language="en")


@pytest.fixture
def admin(coordinator):
    browser = Client(headers={"Accept-Language": "en"})
    browser.force_login(coordinator)
    return browser


def page_of(row):
    return f"{LIST}{row.pk}/change/"


def step(row, name):
    return f"{LIST}{row.pk}/step/{name}/"


def test_a_new_one_is_due_by_its_kind_and_has_its_photos(admin):
    store, kind = StoreFactory(), NonConformityKind.objects.get(code="label")
    assert admin.get(f"{LIST}add/").status_code == 200
    sent = {"kind": kind.pk, "quantity": "3", "store": store.pk, "note": "", "photos": [upload(picture())]}
    sent |= {"occurred_at_0": f"{timezone.localtime():%Y-%m-%d}", "occurred_at_1": "00:00:00"}
    answer = admin.post(f"{LIST}add/", sent)
    assert answer.status_code == 302, answer.context["errors"]
    row = NonConformity.objects.get()
    assert (row.source, row.severity, row.photos.count()) == (Source.OFFICE, "major", 1)
    assert (row.due_on - timezone.localdate()).days == 60
    photo = row.photos.get()
    assert admin.get(f"{LIST}{row.pk}/photos/{photo.uuid}/")["Content-Type"] == "image/webp"
    assert admin.get(f"{LIST}{row.pk}/photos/{photo.uuid}/remove/").status_code == 200
    for _again in range(2):
        assert admin.post(f"{LIST}{row.pk}/photos/{photo.uuid}/remove/").status_code == 302
    assert not row.photos.exists()


def test_one_about_nothing_is_refused_with_a_sentence(admin):
    sent = {"kind": KindFactory().pk, "quantity": "1", "occurred_at_0": "2026-01-05", "occurred_at_1": "09:00:00"}
    assert admin.post(f"{LIST}add/", sent).status_code in (200, 302)
    assert not NonConformity.objects.exists()


def test_the_page_shows_everything_and_the_steps_that_may_follow(admin):
    row = NonConformityFactory(kind__posting="loss", container_type=ContainerTypeFactory())
    CommentFactory(nonconformity=row)
    LogFactory(nonconformity=row)
    page = admin.get(page_of(row)).content.decode()
    for name in ("acknowledge", "start", "resolve", "assign", "comment", "stock", "duplicate", "reject"):
        assert f'data-step="{name}"' in page
    assert 'data-step="reopen"' not in page
    assert 'data-comment="internal"' in page


def test_each_step_is_taken_from_its_page(admin, coordinator):
    row, first = NonConformityFactory(kind__posting="loss", container_type=ContainerTypeFactory(), quantity=2), NonConformityFactory()
    steps = [
        ("acknowledge", {}, State.ACKNOWLEDGED),
        ("start", {}, State.STARTED),
        ("assign", {"assignee": coordinator.pk}, State.STARTED),
        ("comment", {"key": str(uuid.uuid4()), "text": "Vu.", "shared": "on"}, State.STARTED),
        ("stock", {"content": "empty"}, State.STARTED),
        ("resolve", {"answer": "Réglé.", "root_cause": "Usure", "cost_eur": "12.50"}, State.RESOLVED),
        ("reopen", {"note": "Encore."}, State.STARTED),
        ("reject", {"answer": "Non."}, State.REJECTED),
        ("reopen", {"note": "Si."}, State.STARTED),
        ("duplicate", {"other": first.reference_number}, State.DUPLICATE),
    ]
    for name, data, state in steps:
        assert admin.get(step(row, name)).status_code == 200
        assert admin.post(step(row, name), data)["Location"] == page_of(row)
        row.refresh_from_db()
        assert row.state == state
    assert Movement.objects.count() == row.comments.filter(is_internal=False).count() == 1
    assert row.duplicate_of == first
    assert admin.get(page_of(row)).status_code == 200
    assert admin.get(page_of(first)).status_code == 200


@pytest.mark.parametrize(
    ("name", "data"),
    [("resolve", {"answer": " "}), ("duplicate", {"other": "NC-99999"}), ("duplicate", {"other": "x"}), ("reject", {}), ("comment", {})],
)
def test_what_a_step_lacks_is_said_on_its_page(admin, name, data):
    row = NonConformityFactory()
    assert admin.post(step(row, name), data).status_code == 200
    row.refresh_from_db()
    assert row.state == State.REPORTED


def test_a_step_that_cannot_be_is_told(admin):
    row = NonConformityFactory()
    page = admin.post(step(row, "reopen"), {"note": "x"})
    assert (page.status_code, b"cannot be done" in page.content) == (200, True)
    assert admin.get(step(row, "nothing")).status_code == 404


def test_changes_go_through_the_service(admin):
    row = NonConformityFactory()
    page = admin.get(page_of(row))
    form = page.context["adminform"].form
    sent = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items() if name != "photos"}
    sent = {name: value if not hasattr(value, "pk") else value.pk for name, value in sent.items() if value is not None}
    answer = admin.post(page_of(row), sent | {"severity": "critical", "root_cause": "Usure"})
    assert answer.status_code == 302
    row.refresh_from_db()
    assert (row.severity, row.root_cause, (row.due_on - timezone.localdate()).days) == ("critical", "Usure", 3)
    assert row.log.count() == 1


def test_the_list_is_filtered_and_does_not_ask_more_for_more_rows(admin, coordinator, django_assert_max_num_queries):
    late = NonConformityFactory(due_on="2026-01-05", assignee=coordinator)
    over = NonConformityFactory(state=State.RESOLVED, answer="Fait.", closed_at=timezone.now())
    shown = {which: admin.get(f"{LIST}?which={which}").content.decode() for which in ("open", "late", "mine", "nobody", "over")}
    assert [which for which, text in shown.items() if late.reference_number in text] == ["open", "late", "mine"]
    assert [which for which, text in shown.items() if over.reference_number in text] == ["over"]
    NonConformityFactory.create_batch(10)
    with django_assert_max_num_queries(25):
        admin.get(LIST)


def test_the_catalogue_is_edited_with_the_reasons_of_the_sorting_table(admin):
    kind = CauseFactory(reason=RejectReasonFactory(code="odd")).kind
    assert admin.get(f"/admin/nonconformities/nonconformitykind/{kind.pk}/change/").status_code == 200
    assert admin.get("/admin/nonconformities/nonconformitykind/").status_code == 200


def test_others_find_nothing(client):
    row = NonConformityFactory()
    client.force_login(UserFactory(role="sorting"))
    for address in (LIST, page_of(row), step(row, "start")):
        assert client.get(address).status_code in (302, 403)

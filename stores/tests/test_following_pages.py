"""Files, timeline and onboarding of a place: what coordinators see there, and nobody else."""

import datetime as dt
import uuid
from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from lincassable.accounts import privacy
from lincassable.accounts.actors import Actor
from lincassable.accounts.privacy import Identity
from lincassable.accounts.tests.factories import UserFactory
from stores import directory, onboarding, services, timeline
from stores.enums import Status
from stores.models import OnboardingCheck, OnboardingStep, StoreFile, StoreNote
from stores.tests.factories import StoreFactory
from stores.tests.factories_directory import OnboardingStepFactory, StatusChangeFactory, StoreNoteFactory, StoreTaskFactory
from stores.tests.test_admin import form

pytestmark = pytest.mark.django_db
BY = Actor.system()
PDF = b"%PDF-1.4 a contract"
MATRIX = reverse("admin:stores_store_matrix")


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def me(client):
    user = UserFactory(role="coordinator", name="Camille")
    client.force_login(user)
    return user


def page(name, *args):
    return reverse(f"admin:stores_store_{name}", args=args)


def sent(content=PDF, name="contract.exe"):
    return SimpleUploadedFile(name, content)


def step(code):
    return OnboardingStep.objects.get(code=code)


# -- files


def test_a_file_is_kept_downloaded_by_a_coordinator_and_removed(client, me, django_capture_on_commit_callbacks):
    store = StoreFactory()
    url = page("files", store.pk)
    assert client.post(url, {"title": "Contract 2026", "file": sent()}).status_code == 302
    kept = StoreFile.objects.get(store=store)
    assert (kept.title, kept.extension, kept.actor_id) == ("Contract 2026", "pdf", me.pk)
    response = client.get(page("file", kept.uuid))
    assert b"".join(response.streaming_content) == PDF
    assert response["Cache-Control"].startswith("private, no-store")
    assert 'filename="contract-2026.pdf"' in response["Content-Disposition"]
    storage, name = kept.file.storage, kept.file.name
    assert client.get(page("file_remove", kept.uuid)).status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(page("file_remove", kept.uuid)).status_code == 302
    assert not StoreFile.objects.exists()
    assert not storage.exists(name)
    assert client.get(page("file", kept.uuid)).status_code == 404


def test_a_picture_is_kept_without_what_the_camera_wrote_and_anything_else_is_refused_with_what_was_typed(client, me):
    picture = BytesIO()
    Image.new("RGB", (8, 8), "green").save(picture, "PNG")
    store = StoreFactory()
    client.post(page("files", store.pk), {"title": "Yard", "file": sent(picture.getvalue(), "yard.png")})
    assert StoreFile.objects.get().extension == "webp"
    refused = client.post(page("files", store.pk), {"title": "Virus", "file": sent(b"MZ")})
    assert refused.status_code == 200
    assert refused.context["form"].errors.keys() == {"file"}
    assert refused.context["form"]["title"].value() == "Virus"
    assert StoreFile.objects.count() == 1


@pytest.mark.parametrize("role", ["sorting", "carrier", None])
def test_nobody_but_coordinators_gets_a_file_even_with_its_address(client, role):
    kept = directory.keep_file(StoreFactory(), "Contract", BytesIO(PDF), by=BY)
    if role:
        client.force_login(UserFactory(role=role))
    for url in (page("file", kept.uuid), page("files", kept.store.pk), page("timeline", kept.store.pk), MATRIX):
        assert client.get(url).status_code in (302, 403, 404)
    assert client.post(page("file_remove", kept.uuid)).status_code in (302, 403, 404)
    assert StoreFile.objects.exists()


def test_an_address_of_no_file_or_no_place_is_not_found(client, me):
    for url in (page("file", uuid.uuid4()), page("files", 0), page("timeline", 2**70), page("onboarding", 0)):
        assert client.get(url).status_code == 404


# -- the timeline


def kinds_on(client, store, **query):
    response = client.get(page("timeline", store.pk), query)
    assert response.status_code == 200
    return [row.kind for row in response.context["page"].happenings]


def test_the_timeline_holds_all_kinds_the_newest_first_and_can_be_cut_to_one(client, me):
    store, now = StoreFactory(), timezone.now()
    StoreNoteFactory(store=store, written_at=now - dt.timedelta(days=1), actor_kind="user", actor_id=me.pk)
    StatusChangeFactory(store=store, at=now - dt.timedelta(days=3))
    StoreTaskFactory(store=store, done_at=now - dt.timedelta(days=2))
    StoreNoteFactory(text="elsewhere")
    assert kinds_on(client, store) == ["note", "task", "status"]
    assert kinds_on(client, store, kind="status") == ["status"]
    assert kinds_on(client, store, kind="no such kind", page="x") == ["note", "task", "status"]
    assert client.get(page("timeline", store.pk)).context["page"].happenings[0].who == "Camille"


def test_a_place_shows_what_happened_at_those_merged_into_it(client, me):
    store = StoreFactory()
    StoreNoteFactory(store=StoreFactory(status=Status.ARCHIVED, merged_into=store))
    assert kinds_on(client, store) == ["note"]


def test_leafing_shows_each_thing_once_and_costs_the_same_queries(me, django_assert_num_queries):
    store, now = StoreFactory(), timezone.now()
    for number in range(25):
        StoreNoteFactory(store=store, text=str(number), written_at=now - dt.timedelta(hours=number))
    pages = [timeline.page_of(store, me, number=number, size=10) for number in (1, 2, 3)]
    assert [row.detail for page in pages for row in page.happenings] == [str(number) for number in range(25)]
    assert [page.has_next for page in pages] == [True, True, False]
    from django.db import connection

    with CaptureQueriesContext(connection) as few:
        timeline.page_of(store, me, number=1, size=1)
    with django_assert_num_queries(len(few)):
        timeline.page_of(store, me, number=1, size=20)


def test_one_sees_only_the_kinds_that_one_may_read():
    store = StoreNoteFactory().store
    assert timeline.page_of(store, UserFactory(role="sorting")).happenings == []


# -- onboarding


def test_the_network_starts_with_six_steps_in_their_order():
    codes = ["contract", "crates", "card", "team", "signage", "first-declaration"]
    assert [row.code for row in onboarding.steps()] == codes


def test_a_step_is_ticked_with_who_when_and_a_note_once_and_can_be_unticked(client, me):
    store = StoreFactory(status=Status.SETTING_UP)
    url = page("onboarding", store.pk)
    for note in ("signed on the spot", "again"):
        assert client.post(url, {"step": "contract", "done": "yes", "note": note}).status_code == 302
    check = OnboardingCheck.objects.get(store=store)
    assert (check.step.code, check.note, check.actor_id) == ("contract", "signed on the spot", me.pk)
    state = onboarding.states_of([store])[store.pk][0]
    assert (state.who, state.done_at) == ("Camille", check.done_at)
    assert "Camille" in client.get(url).text
    client.post(url, {"step": "contract", "done": "no"})
    assert not OnboardingCheck.objects.exists()
    for unknown in ("nothing", "\x00"):
        assert client.post(url, {"step": unknown}).status_code == 404
    assert client.post(url, {"step": "contract", "note": "signed\x00"}).status_code == 302
    assert OnboardingCheck.objects.get().note == "signed"


def test_nobody_ticks_the_first_declaration_by_hand(client, me):
    store = StoreFactory()
    with pytest.raises(ValidationError):
        directory.tick(store, step("first-declaration"), by=BY)
    assert client.post(page("onboarding", store.pk), {"step": "first-declaration"}).status_code == 302
    assert not OnboardingCheck.objects.exists()


def test_a_place_made_active_with_open_steps_is_warned_about_and_one_without_is_not(client, me):
    store = StoreFactory(status=Status.SETTING_UP)
    url = page("change", store.pk)
    OnboardingStep.objects.exclude(code="contract").update(is_active=False)
    said = [message.level_tag for message in client.post(url, form(client, url, status="active"), follow=True).context["messages"]]
    assert "warning" in said
    store.refresh_from_db()
    assert store.status == Status.ACTIVE
    services.change_status(store, Status.SETTING_UP, by=BY)
    directory.tick(store, step("contract"), by=BY)
    said = [message.level_tag for message in client.post(url, form(client, url, status="active"), follow=True).context["messages"]]
    assert "warning" not in said


def test_the_list_says_who_is_stuck_where_since_when_at_a_constant_cost(client, me, django_assert_num_queries):
    now = timezone.now()
    late, new = StoreFactory(status=Status.PROSPECT), StoreFactory(status=Status.SETTING_UP)
    StoreFactory()
    StatusChangeFactory(store=new, from_status="prospect", to_status="setting_up", at=now - dt.timedelta(days=2))
    StatusChangeFactory(store=late, from_status="", to_status="prospect", at=now - dt.timedelta(days=9))
    directory.tick(new, step("contract"), by=Actor.of_user(me))
    rows = client.get(MATRIX).context["rows"]
    assert [row.store for row in rows] == [late, new]
    assert [state.done_at is not None for state in rows[1].states] == [True, False, False, False, False, False]
    assert rows[1].since.date() == (now - dt.timedelta(days=2)).date()
    with django_assert_num_queries(5):  # places, steps, ticks, first declarations, users
        onboarding.rows_of(list(onboarding.on_the_way()))


def test_a_step_of_ones_own_is_asked_of_every_place(me):
    own = OnboardingStepFactory()
    assert own in onboarding.open_steps(StoreFactory())


# -- people named in it


def test_a_person_named_in_a_note_is_exported_and_hidden():
    note = StoreNoteFactory(text="Ask Zoé Delmas, zoe@b.example, for the key.")
    who = Identity("zoe@b.example", "")
    assert any("Zoé" in str(row) for row in privacy.export(who)["store_following"])
    assert privacy.erase(who)["store_following"] == 1
    assert "zoe@b.example" not in StoreNote.objects.get(pk=note.pk).text

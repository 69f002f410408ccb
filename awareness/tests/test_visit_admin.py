"""Visits in the admin, and around them: list, page, export, criteria; merging, personal data, the place's page and timeline."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from awareness.models import Visit, VisitCriterion, VisitPhoto
from awareness.tests.factories_visits import (
    DoneVisitFactory,
    VisitAnswerFactory,
    VisitCriterionFactory,
    VisitFactory,
    VisitLogFactory,
    VisitPhotoFactory,
)
from awareness.visit_chart import chart_of
from lincassable.accounts.actors import Actor
from lincassable.accounts.privacy import Identity, erase, purge
from lincassable.accounts.tests.factories import UserFactory
from stores import merging, timeline
from stores.tests.factories import StoreFactory

pytestmark = pytest.mark.django_db
LIST, BY = "/admin/awareness/visit/", Actor.system()


@pytest.fixture
def ana():
    return UserFactory(role="coordinator", language="en", name="Ana")


@pytest.fixture
def admin(ana):
    browser = Client(headers={"Accept-Language": "en", "Sec-Fetch-Site": "same-origin"})
    browser.force_login(ana)
    return browser


def sent(place, **values):
    day = timezone.localdate() + timedelta(days=3)
    whole = {"store": place.pk, "planned_on": f"{day:%Y-%m-%d}", "duration_min": 30, "position": 0, "reason": "Jamais visité", "notes": ""}
    return whole | values


def test_a_visit_is_planned_there_and_a_second_one_of_the_place_is_told(admin, ana):
    store = StoreFactory()
    assert f'value="{ana.pk}"' in admin.get(f"{LIST}add/").content.decode()
    assert admin.post(f"{LIST}add/", sent(store, visitor=ana.pk)).status_code == 302
    visit = Visit.objects.get()
    assert (visit.visitor, visit.reason, visit.log.count(), visit.actor_id) == (ana, "Jamais visité", 1, ana.pk)
    again = admin.post(f"{LIST}add/", sent(store))
    assert (again.status_code, Visit.objects.count()) == (200, 1)
    assert "already planned" in again.content.decode()


@pytest.mark.parametrize("wrong", ["planned_on=2020-01-01", "planned_on=x", "duration_min=2", "store=", "visitor=x"])
def test_what_cannot_be_is_told_there(admin, wrong):
    answer = admin.post(f"{LIST}add/", sent(StoreFactory(), **dict([wrong.split("=")])), follow=True)
    assert (answer.status_code, Visit.objects.count()) == (200, 0)
    assert answer.context["errors"]


def test_its_page_shows_what_was_seen_and_changes_only_what_is_planned(admin, ana):
    planned, done = VisitFactory(), DoneVisitFactory(visitor=ana, remark="Bon accueil")
    VisitAnswerFactory(visit=done, remark="déchirée")
    VisitLogFactory(visit=done, step="done", actor_kind="user", actor_id=ana.pk)
    page = admin.get(f"{LIST}{done.pk}/change/").content.decode()
    assert all(word in page for word in ('data-visit-state="done"', 'data-score="80"', "déchirée", "Bon accueil", "Ana"))
    assert 'name="_save"' not in page
    assert 'name="_save"' in admin.get(f"{LIST}{planned.pk}/change/").content.decode()
    assert admin.post(f"{LIST}{done.pk}/change/", sent(done.store)).status_code == 403


def test_a_visit_is_called_off_there_with_a_reason(admin):
    visit = VisitFactory()
    address = f"{LIST}{visit.pk}/call-off/"
    assert admin.get(address).status_code == 200
    assert admin.post(address, {"reason": ""}).status_code == 200
    for _again in range(2):
        assert admin.post(address, {"reason": "Fermé"}).status_code == 302
    assert Visit.objects.get().cancel_reason == "Fermé"


@pytest.mark.parametrize(("when", "number"), [("coming", 1), ("unreported", 1), ("low", 1), ("", 4)])
def test_the_list_is_filtered_and_asks_no_more_for_more_rows(admin, when, number, django_assert_max_num_queries):
    VisitFactory()
    VisitFactory(planned_on=timezone.localdate() - timedelta(days=2))
    DoneVisitFactory(score=49)
    DoneVisitFactory(score=50)
    with django_assert_max_num_queries(22):
        page = admin.get(f"{LIST}?when={when}" if when else LIST)
    assert page.context["cl"].result_count == number


def test_visits_are_exported_with_a_column_per_criterion(admin):
    VisitCriterion.objects.all().delete()
    seen = VisitAnswerFactory(answer="partly", visit__remark="=1+1")
    VisitFactory()
    text = admin.get(f"{LIST}export-csv/").content.decode("utf-8-sig")
    head, *lines = text.strip().splitlines()
    assert (head.split(";")[-1], len(lines)) == (str(seen.criterion), 2)
    assert any(line.endswith("partly") for line in lines)
    assert ";=1+1" not in text
    chosen = {"action": "export_chosen", "_selected_action": [seen.visit.pk]}
    book = load_workbook(BytesIO(admin.post(LIST, chosen).content))
    assert book.active.max_row == 2


def test_those_worth_making_are_shown_with_their_count_and_planned_by_one_tap(admin, ana):
    store = StoreFactory()
    page = admin.get(f"{LIST}worth/").content.decode()
    assert ('data-worth="35"' in page, "20 of 20 points" in page) == (True, True)
    assert admin.post("/visites/proposer/", {"store": store.uuid}).status_code == 302
    assert "data-worth" not in admin.get(f"{LIST}worth/").content.decode()


def test_a_photo_is_removed_for_good(admin, django_capture_on_commit_callbacks):
    photo = VisitPhotoFactory(image=ContentFile(b"RIFF", name="photo.webp"))
    name, address = photo.image.name, f"{LIST}photo/{photo.pk}/remove/"
    assert admin.get(address).status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        assert admin.post(address).status_code == 302
    assert (VisitPhoto.objects.exists(), default_storage.exists(name)) == (False, False)
    assert photo.visit.log.count() == 1


def test_criteria_are_edited_and_a_weight_out_of_scale_is_refused(admin):
    row = VisitCriterionFactory()
    values = {name: getattr(row, name) for name in ("name_fr", "name_en", "help_fr", "help_en", "task_fr", "task_en", "position")}
    address = f"/admin/awareness/visitcriterion/{row.pk}/change/"
    assert admin.post(address, values | {"weight": 11, "is_active": "on"}).status_code == 200
    assert admin.post(address, values | {"weight": 5, "is_active": "on"}).status_code == 302
    row.refresh_from_db()
    assert row.weight == 5


# -- around


def test_the_places_page_and_list_show_scores_in_words_and_in_a_drawing(admin):
    store = StoreFactory()
    for days, score in ((200, 40), (20, 80)):
        DoneVisitFactory(store=store, score=score, done_at=timezone.now() - timedelta(days=days))
    page = admin.get(f"/admin/stores/store/{store.pk}/change/").content.decode()
    assert all(word in page for word in ("data-visit-chart", 'role="img"', "Scores of 2 visits: 40 %", 'data-visit-score="80"'))
    assert "80 %" in admin.get("/admin/stores/store/").content.decode()


def test_the_drawing_by_hand():
    now = timezone.now()
    pairs = ((100, 0), (50, None), (25, 50), (0, 100))
    rows = [DoneVisitFactory.build(done_at=now - timedelta(days=days), score=score) for days, score in pairs]
    chart = chart_of(rows)
    assert chart.line == "8,88 236,48 312,8"  # 304 wide, 80 high, margins of 8; three quarters of the days: 8 + 228
    assert (chart_of([]).first, chart_of(rows[:1]).line, len(chart.visits)) == (None, "8,88", 4)


def test_the_timeline_tells_what_was_made_and_called_off(ana):
    store = StoreFactory()
    DoneVisitFactory(store=store)
    VisitFactory(store=store, state="cancelled", cancel_reason="Pluie")
    VisitFactory(store=store)
    page = timeline.page_of(store, ana, kind="visit")
    assert len(page.happenings) == 2
    assert all("80" in one.detail or "Pluie" in one.detail for one in page.happenings)


def test_planned_visits_go_over_in_a_merge_and_come_back():
    loser, winner = StoreFactory(), StoreFactory()
    planned, done = VisitFactory(store=loser), DoneVisitFactory(store=loser)
    merge = merging.merge(loser, winner, by=BY)
    planned.refresh_from_db()
    done.refresh_from_db()
    assert (planned.store, planned.sequence, done.store) == (winner, 1, loser)
    merging.undo(merge, by=BY)
    planned.refresh_from_db()
    assert planned.store == loser


def test_of_two_planned_visits_one_stands_for_both_until_the_merge_is_undone():
    loser, winner = StoreFactory(), StoreFactory()
    mine, other = VisitFactory(store=loser), VisitFactory(store=winner)
    merge = merging.merge(loser, winner, by=BY)
    mine.refresh_from_db()
    assert (mine.state, bool(mine.cancel_reason), list(Visit.objects.planned())) == ("cancelled", True, [other])
    merging.undo(merge, by=BY)
    assert set(Visit.objects.planned()) == {mine, other}


def test_photos_go_after_a_year_and_people_are_taken_out_of_words(settings, django_capture_on_commit_callbacks):
    old = VisitPhotoFactory(image=ContentFile(b"RIFF", name="photo.webp"), taken_at=timezone.now() - timedelta(days=366))
    recent = VisitPhotoFactory()
    with django_capture_on_commit_callbacks(execute=True):
        purge()
    assert (list(VisitPhoto.objects.all()), default_storage.exists(old.image.name)) == ([recent], False)
    row = VisitAnswerFactory(remark="Léa Martin s’en occupe", visit__remark="Vu Léa Martin")
    erase(Identity(names=frozenset(["Léa Martin"])))
    row.refresh_from_db()
    row.visit.refresh_from_db()
    assert "Martin" not in row.remark + row.visit.remark

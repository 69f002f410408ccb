"""The coordinator's phone: the day, its plan, the checklist; who gets in, what is refused, what a form sent twice does."""

import uuid
from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from awareness.models import Visit, VisitCriterion, VisitPhoto
from awareness.tests.factories_visits import DoneVisitFactory, VisitCriterionFactory, VisitFactory
from lincassable.accounts.tests.factories import UserFactory
from stores.models import StoreTask
from stores.tests.factories import StoreFactory
from tests.pictures import bomb, exif_of_a_phone, picture

pytestmark = pytest.mark.django_db
HEADERS = {"Sec-Fetch-Site": "same-origin", "Accept": "application/json"}


@pytest.fixture
def ana():
    return UserFactory(role="coordinator", name="Ana", language="en")


@pytest.fixture
def phone(ana):
    client = Client(headers={"Sec-Fetch-Site": "same-origin", "Accept-Language": "en"})
    client.force_login(ana)
    return client


@pytest.fixture
def criteria():
    VisitCriterion.objects.all().delete()
    return [VisitCriterionFactory(weight=3, task_fr="Poser une affiche", task_en="Put a poster up"), VisitCriterionFactory(weight=1)]


def page_of(visit):
    return f"/visites/fiche/{visit.uuid}/"


def filled(criteria, *answers, **more):
    data = {"key": str(uuid.uuid4()), "asked": ",".join(str(each.pk) for each in criteria), "remark": "Bon accueil"}
    data |= {f"c{each.pk}": answer for each, answer in zip(criteria, answers, strict=True)}
    return data | more


def upload(content, name="photo.jpg"):
    return SimpleUploadedFile(name, content, "image/jpeg")


# -- who gets in


@pytest.mark.parametrize("role", ["sorting", "carrier", ""])
def test_whoever_writes_no_visits_is_refused(role):
    visit, client = DoneVisitFactory(), Client(headers={"Sec-Fetch-Site": "same-origin"})
    client.force_login(UserFactory(role=role) if role else UserFactory())
    store = str(visit.store.uuid)
    for address in ("/visites/", "/visites/planifier/", page_of(visit), f"{page_of(visit)}modifier/", "/visites/visites.ics"):
        assert client.get(address).status_code == 403
    for address in ("/visites/proposer/", page_of(visit), "/visites/ordre/2026-12-01/"):
        assert client.post(address, {"store": store}).status_code == 403
    assert Client().get("/visites/").status_code == 302


def test_a_form_of_another_site_is_refused(phone, criteria):
    visit = VisitFactory()
    assert phone.post(page_of(visit), filled(criteria, "yes", "yes"), headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert phone.post("/visites/proposer/", {"store": visit.store.uuid}, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert Visit.objects.planned().count() == 1


# -- the day


def test_one_tap_plans_a_visit_for_me_and_a_second_one_changes_nothing(phone, ana):
    store = StoreFactory()
    assert "data-plan-one" in phone.get("/visites/").content.decode()
    for _again in range(2):
        answer = phone.post("/visites/proposer/", {"store": store.uuid}, follow=True)
        assert "data-planned" in answer.content.decode()
    visit = Visit.objects.get()
    assert (visit.store, visit.visitor, visit.planned_on > timezone.localdate()) == (store, ana, True)
    assert visit.urgency == 35
    assert "never" in visit.reason
    assert f'data-visit="{visit.uuid}"' in answer.content.decode()
    assert "data-plan-one" not in answer.content.decode()  # it is not proposed again


def test_a_day_is_planned_around_a_place_in_a_short_order(phone, ana):
    stores = [StoreFactory(latitude=latitude, longitude=5, name=f"Lieu {latitude}") for latitude in ("43.0", "43.2", "43.1")]
    taken = VisitFactory(store=StoreFactory(latitude="43.05", longitude=5))
    page = phone.get(f"/visites/planifier/?autour={stores[0].uuid}").content.decode()
    assert all(str(store.uuid) in page for store in stores)
    assert str(taken.store.uuid) not in page
    day = timezone.localdate() + timedelta(days=3)
    data = {"planned_on": day.isoformat(), "visitor": ana.pk, "place": [str(store.uuid) for store in [*stores, taken.store]]}
    for _again in range(2):
        answer = phone.post(f"/visites/planifier/?autour={stores[0].uuid}", data)
        assert "data-already" in answer.content.decode()  # somebody else's visit is left as it is, and named
    rows = Visit.objects.planned().filter(visitor=ana)
    assert [visit.store.name for visit in rows] == ["Lieu 43.0", "Lieu 43.1", "Lieu 43.2"]


@pytest.mark.parametrize(
    "wrong", [{"planned_on": "2020-01-01"}, {"planned_on": "x"}, {"visitor": "999999"}, {"visitor": ""}, {"place": []}, {"place": ["x"]}]
)
def test_a_plan_that_cannot_be_is_told_and_what_was_ticked_is_kept(wrong, phone, ana):
    store = StoreFactory()
    day = (timezone.localdate() + timedelta(days=3)).isoformat()
    data = {"planned_on": day, "visitor": ana.pk, "place": [str(store.uuid)]} | wrong
    answer = phone.post(f"/visites/planifier/?autour={store.uuid}", data)
    assert (answer.status_code, "data-form-errors" in answer.content.decode()) == (422, True)
    assert "place" in wrong or "checked" in answer.content.decode()
    assert not Visit.objects.exists()


def test_a_place_to_begin_with_is_found_without_accents(phone):
    StoreFactory(name="Épicerie des Hâlles", city="Arles")
    page = phone.get("/visites/planifier/?q=epicerie+des+halles").content.decode()
    assert "Hâlles" in page
    for odd in ("?q=%00", "?autour=x", "?q=" + "x" * 300, f"?autour={uuid.uuid4()}"):
        assert phone.get(f"/visites/planifier/{odd}").status_code in (200, 400)


def test_visits_are_put_earlier_later_and_in_a_short_order(phone, ana):
    stores = [StoreFactory(latitude=latitude, longitude=5) for latitude in ("43.0", "43.3", "43.1")]
    one, two, three = (VisitFactory(store=store, visitor=ana, position=number) for number, store in enumerate(stores))
    address = f"/visites/ordre/{one.planned_on.isoformat()}/"
    phone.post(address, {"visit": three.uuid, "how": "earlier"})
    assert list(Visit.objects.planned()) == [one, three, two]
    phone.post(address, {"visit": one.uuid, "how": "later"})
    assert list(Visit.objects.planned()) == [three, one, two]
    phone.post(address, {"visit": three.uuid, "how": "earlier"})  # it is the first already
    phone.post(address, {"visit": "x", "how": "later"})
    phone.post(address, {"how": "short"})
    assert list(Visit.objects.planned()) == [three, one, two]
    assert phone.post("/visites/ordre/2026-13-45/").status_code == 404


def test_a_visit_is_moved_and_called_off_with_a_reason(phone, ana):
    visit, day = VisitFactory(visitor=ana), timezone.localdate() + timedelta(days=9)
    address = f"{page_of(visit)}modifier/"
    assert phone.post(address, {"planned_on": "x", "visitor": ana.pk, "move": "1"}).status_code == 422
    assert phone.post(address, {"planned_on": day.isoformat(), "visitor": ana.pk, "move": "1"}).status_code == 302
    assert Visit.objects.get().planned_on == day
    assert phone.post(address, {"reason": "", "cancel": "1"}).status_code == 422
    assert phone.post(address, {"reason": "Fermé", "cancel": "1"}).status_code == 302
    assert (Visit.objects.get().state, Visit.objects.get().cancel_reason) == ("cancelled", "Fermé")
    assert phone.get(address).url == page_of(visit)


def test_my_calendar_holds_my_visits(phone, ana):
    mine, other = VisitFactory(visitor=ana), VisitFactory()
    text = phone.get("/visites/visites.ics").content.decode()
    assert (str(mine.uuid) in text, str(other.uuid) in text) == (True, False)


def test_the_day_asks_no_more_for_more_visits(phone, ana, django_assert_max_num_queries):
    VisitFactory.create_batch(8, visitor=ana)
    phone.get("/visites/")
    with django_assert_max_num_queries(22):
        phone.get("/visites/")


# -- the checklist


def test_the_checklist_arrives_once_with_score_task_and_photo(phone, ana, criteria):
    visit = VisitFactory(visitor=ana)
    page = phone.get(page_of(visit)).content.decode()
    assert all(word in page for word in ("data-outbox", str(criteria[0]), "Put a poster up"))
    data = filled(
        criteria, "partly", "yes", **{f"t{criteria[0].pk}": "on", f"r{criteria[0].pk}": "déchirée", "other_task": "Rappeler lundi"}
    )
    for _again in range(2):
        answer = phone.post(page_of(visit), data | {"photos": [upload(picture(exif=exif_of_a_phone()))]}, headers=HEADERS)
        assert answer.json() == {"redirect": f"{page_of(visit)}?fait=1"}
    visit.refresh_from_db()
    assert (visit.state, visit.score, visit.remark, visit.log.count()) == ("done", 63, "Bon accueil", 1)  # (1.5 + 1) / 4
    assert sorted(StoreTask.objects.values_list("title", flat=True)) == ["Put a poster up", "Rappeler lundi"]
    page = phone.get(f"{page_of(visit)}?fait=1").content.decode()
    assert all(word in page for word in ("data-arrived", 'data-score="63"', "déchirée", "Ana"))
    kept = VisitPhoto.objects.get()
    image = phone.get(f"{page_of(visit)}photo/{kept.uuid}/")
    assert image["Content-Type"] == "image/webp"
    assert dict(Image.open(BytesIO(b"".join(image.streaming_content))).getexif()) == {}
    assert phone.get(f"{page_of(VisitFactory())}photo/{kept.uuid}/").status_code == 404


def test_a_task_for_what_is_there_is_not_taken(phone, criteria):
    visit = VisitFactory()
    phone.post(page_of(visit), filled(criteria, "yes", "no", **{f"t{criteria[0].pk}": "on"}), headers=HEADERS)
    assert (Visit.objects.get().score, StoreTask.objects.exists()) == (75, False)


@pytest.mark.parametrize(
    "wrong",
    [
        {"answers": ("yes", "")},
        {"answers": ("yes", "maybe")},
        {"made_on": "2126-01-01"},
        {"made_on": "hier"},
        {"key": "x"},
        {"corrects": "x"},
        {"asked": ""},
        {"remark": "x" * 1001},
        {"other_task": "x" * 201},
        {"photos": lambda: [upload(b"<html>")]},
        {"photos": lambda: [upload(bomb(), "photo.png")]},
        {"photos": lambda: [upload(picture((4, 4))) for _ in range(6)]},
    ],
)
def test_what_cannot_be_is_told_and_nothing_typed_is_lost(wrong, phone, criteria):
    visit = VisitFactory()
    wrong = dict(wrong)
    answers = wrong.pop("answers", ("yes", "no"))
    for headers in (HEADERS, {"Sec-Fetch-Site": "same-origin"}):
        data = filled(criteria, *answers) | {name: value() if callable(value) else value for name, value in wrong.items()}
        answer = phone.post(page_of(visit), data, headers=headers)
        html = answer.json()["html"] if headers is HEADERS else answer.content.decode()
        assert (answer.status_code, "data-form-errors" in html) == (422, True)
        assert "remark" in wrong or "Bon accueil" in html
    assert Visit.objects.get().state == "planned"


def test_a_form_from_before_the_catalogue_changed_is_taken_as_it_was(phone, criteria):
    visit = VisitFactory()
    data = filled(criteria, "yes", "no")
    VisitCriterion.objects.filter(pk=criteria[1].pk).update(is_active=False)
    VisitCriterionFactory(weight=9)
    assert phone.post(page_of(visit), data, headers=HEADERS).status_code == 200
    assert Visit.objects.get().score == 75


def test_a_report_that_crossed_another_is_asked_about_then_replaces_it(phone, criteria):
    visit = VisitFactory()
    phone.post(page_of(visit), filled(criteria, "yes", "yes"), headers=HEADERS)
    late = filled(criteria, "no", "no")
    answer = phone.post(page_of(visit), late, headers=HEADERS)
    assert (answer.status_code, Visit.objects.get().score) == (422, 100)
    corrects = str(Visit.objects.get().key)
    assert corrects in answer.json()["html"]
    again = late | {"key": str(uuid.uuid4()), "corrects": corrects}
    assert phone.post(page_of(visit), again, headers=HEADERS).status_code == 200
    assert Visit.objects.get().score == 0
    page = phone.get(f"{page_of(visit)}?corriger=1").content.decode()
    assert (page.count("checked"), str(Visit.objects.get().key) in page) == (2, True)


def test_a_visit_that_was_called_off_can_be_reported_all_the_same(phone, criteria):
    visit = VisitFactory(state="cancelled", cancel_reason="Pluie")
    assert "data-outbox" in phone.get(page_of(visit)).content.decode()
    assert phone.post(page_of(visit), filled(criteria, "yes", "na"), headers={"Sec-Fetch-Site": "same-origin"}).status_code == 302
    assert Visit.objects.get().state == "done"


def test_what_the_pages_need_offline_is_kept_by_their_worker():
    worker = Client().get("/visites/sw.js").content.decode()
    assert all(name in worker for name in ("app/visits", "app/stop-photos", "app/outbox", '"/visites/"'))
    assert Client().get("/visites/manifest.webmanifest").json()["start_url"] == "/visites/"

"""The quiz behind its QR code, the attestation, and trainings on a store's phone."""

import io
import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pypdf import PdfReader

from awareness.enums import TrainingState
from awareness.models import Participation, QuizQuestion, TrainingWish
from awareness.privacy import purge_names
from awareness.tests.factories import EventFactory, ParticipationFactory, TrainingFactory
from lincassable.accounts.privacy import Identity, erase, export
from lincassable.accounts.tests.factories import UserFactory
from lincassable.portal.tests.factories import phone_of
from stores.tests.factories import StoreFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def training():
    return TrainingFactory(starts_at=timezone.now() - timedelta(hours=1))


@pytest.fixture
def browser():
    return Client(headers={"Sec-Fetch-Site": "same-origin"})


def said(right=6, **more):
    """What somebody sends who answers so many questions right."""
    questions = QuizQuestion.objects.filter(is_active=True)
    answers = {f"q{question.pk}": "right" if number < right else "wrong" for number, question in enumerate(questions)}
    return {"key": str(uuid.uuid4()), "name": "Lou Martin", "rating": "4", "comment": "Très clair", **answers, **more}


def test_whoever_passes_gets_a_dated_attestation(browser, training):
    address = f"/formation/{training.uuid}/"
    assert 'data-quiz="open"' in browser.get(address).content.decode()
    answer = browser.post(address, sent := said())
    part = Participation.objects.get()
    assert answer["Location"] == f"{address}{part.key}/"
    assert (part.score, part.questions, part.rating, part.comment) == (6, 6, 4, "Très clair")
    assert 'data-passed="1"' in browser.get(answer["Location"]).content.decode()
    pdf = browser.get(f"{answer['Location']}attestation.pdf")
    text = " ".join(PdfReader(io.BytesIO(pdf.content)).pages[0].extract_text().split())
    assert "Lou Martin" in text
    assert training.store.name in text
    assert str(timezone.localtime(training.starts_at).year) in text
    browser.post(address, sent)  # the same form again
    assert Participation.objects.count() == 1


def test_whoever_fails_reads_the_right_answers_and_tries_again(browser, training):
    answer = browser.post(f"/formation/{training.uuid}/", said(right=4))
    page = browser.get(answer["Location"]).content.decode()
    assert 'data-passed="0"' in page
    assert QuizQuestion.objects.first().said("right").split("'")[0] in page
    assert browser.get(f"{answer['Location']}attestation.pdf").status_code == 404
    browser.post(f"/formation/{training.uuid}/", said())
    assert Participation.objects.count() == 2


def test_without_a_name_there_is_no_attestation(browser, training):
    answer = browser.post(f"/formation/{training.uuid}/", said(name=""))
    assert browser.get(f"{answer['Location']}attestation.pdf").status_code == 404


@pytest.mark.parametrize("change", [{"key": "x"}, {"rating": "9"}, {"name": "x" * 200}, {"comment": "a\0b"}])
def test_what_cannot_be_is_told_and_nothing_typed_is_lost(browser, training, change):
    answer = browser.post(f"/formation/{training.uuid}/", said(**change))
    assert answer.status_code == 422
    assert 'value="right"' in answer.content.decode()
    assert not Participation.objects.exists()


def test_every_question_wants_an_answer(browser, training):
    sent = said()
    sent.pop(f"q{QuizQuestion.objects.first().pk}")
    assert browser.post(f"/formation/{training.uuid}/", sent).status_code == 422


@pytest.mark.parametrize(
    "values",
    [
        {"starts_at": timezone.now() - timedelta(days=31)},
        {"starts_at": timezone.now() + timedelta(days=1)},
        {"state": TrainingState.CANCELLED},
    ],
)
def test_a_quiz_is_open_from_the_beginning_for_a_month_and_not_after_a_cancellation(browser, values):
    training = TrainingFactory(**values)
    address = f"/formation/{training.uuid}/"
    assert 'data-quiz="closed"' in browser.get(address).content.decode()
    assert browser.post(address, said()).status_code == 422
    assert not Participation.objects.exists()


def test_an_answer_is_found_under_its_own_training_only(browser, training):
    part = ParticipationFactory(name="Lou", score=6)
    assert browser.get(f"/formation/{training.uuid}/{part.key}/").status_code == 404
    assert browser.get(f"/formation/{training.uuid}/{part.key}/attestation.pdf").status_code == 404
    assert browser.get(f"/formation/{uuid.uuid4()}/").status_code == 404


def test_the_name_goes_after_some_weeks_and_on_demand():
    old = ParticipationFactory(name="Lou Martin", answered_at=timezone.now() - timedelta(days=100))
    recent = ParticipationFactory(name="Rose Blanc", comment="Merci Rose Blanc")
    assert purge_names(timezone.now() - timedelta(days=90)) == 1
    old.refresh_from_db()
    assert old.name == ""
    who = Identity(names=frozenset({"Rose Blanc"}))
    assert len(export(who)["quiz_name"]) == 1
    erase(who)
    recent.refresh_from_db()
    assert "Rose" not in recent.name + recent.comment


def test_a_store_sees_where_it_stands_and_asks_for_a_training():
    store = StoreFactory()
    EventFactory(store=store, state="published", title="La consigne expliquée")
    phone = phone_of(store)
    page = phone.get("/p/formation/").content.decode()
    assert 'data-need="never"' in page
    assert "La consigne expliquée" in page
    sent = {"key": str(uuid.uuid4()), "reason": "new_team", "note": "Deux personnes", "scope": str(store.uuid)}
    for _ in range(2):
        answer = phone.post("/p/formation/", sent, headers={"Accept": "application/json", "Sec-Fetch-Site": "same-origin"})
        assert answer.json() == {"redirect": "/p/formation/?fait=1"}
    wish = TrainingWish.objects.get()
    assert (wish.store, wish.reason, wish.actor_kind) == (store, "new_team", "link")
    assert "data-wish" in phone.get("/p/formation/").content.decode()


def test_a_form_of_another_place_waits_for_its_card_and_a_wrong_one_is_shown_again():
    store = StoreFactory()
    phone, headers = phone_of(store), {"Accept": "application/json", "Sec-Fetch-Site": "same-origin"}
    sent = {"key": str(uuid.uuid4()), "reason": "new_team", "scope": str(StoreFactory().uuid)}
    assert phone.post("/p/formation/", sent, headers=headers).status_code == 409
    wrong = phone.post("/p/formation/", {"key": "x", "reason": "chef", "scope": str(store.uuid)}, headers=headers)
    assert wrong.status_code == 422
    assert "data-form-errors" in wrong.json()["html"]
    assert not TrainingWish.objects.exists()


def test_coordinators_see_who_is_trained_and_put_wishes_aside():
    store = StoreFactory()
    wish = TrainingWish.objects.create(store=store, reason="questions", note="On a des questions")
    browser = Client()
    browser.force_login(UserFactory(role="coordinator"))
    page = browser.get("/admin/awareness/training/board/").content.decode()
    assert 'data-standing="wished"' in page
    assert "On a des questions" in page
    assert 'data-standing="wished"' not in browser.get("/admin/awareness/training/board/?need=never").content.decode()
    assert browser.get("/admin/awareness/training/board/?need=x").status_code == 200
    browser.post(f"/admin/awareness/training/wish/{wish.pk}/settle/")
    wish.refresh_from_db()
    assert wish.settled_at

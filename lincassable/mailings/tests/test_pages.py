"""The pages of a mailing: step by step, nothing typed lost, whoever else works on it at the same time."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from lincassable.accounts.tests.factories import UserFactory
from lincassable.mailings import services
from lincassable.mailings.enums import State
from lincassable.mailings.models import Mailing, MailingTemplate
from lincassable.mailings.tests.factories import BY, MailingFactory, MailingTemplateFactory, begun, people
from lincassable.messaging.models import Message
from stores.tests.factories import ContactFactory, StoreFactory

pytestmark = pytest.mark.django_db
TEXT = {"name": "Lettre", "subject_fr": "Bonjour", "body_fr": "Texte", "subject_en": "", "body_en": "", "fields_typed": ""}


@pytest.fixture
def desk(client):
    """A coordinator's browser."""
    client.force_login(UserFactory(role="coordinator", email="moi@lincassable.example"))
    return client


def page(name: str, mailing: Mailing, *more: object) -> str:
    """The address of one page."""
    return reverse(f"admin:mailings_mailing_{name}", args=[mailing.pk, *more])


def pdf(size: int = 2000, name: str = "programme.pdf") -> SimpleUploadedFile:
    """A PDF of that many bytes."""
    return SimpleUploadedFile(name, b"%PDF-1.7\n".ljust(size, b"x"))


def test_a_mailing_goes_from_the_first_page_to_the_last(desk):
    people(3)
    template = MailingTemplateFactory()
    answer = desk.post(reverse("admin:mailings_mailing_add"), {"name": "Salon", "template": template.pk})
    mailing = Mailing.objects.get()
    assert answer["Location"] == page("audience", mailing)
    answer = desk.post(page("audience", mailing), {"statuses": ["active"], "kinds": ["shop"], "seen": mailing.version, "then": "next"})
    assert answer["Location"] == page("text", mailing)
    mailing.refresh_from_db()
    text = TEXT | {
        "subject_fr": template.subject_fr,
        "body_fr": template.body_fr,
        "fields_typed": "event_date: Date",
        "seen": mailing.version,
    }
    answer = desk.post(page("text", mailing), text | {"value-event_date-fr": "3 mars", "then": "next"})
    assert answer["Location"] == page("preview", mailing)
    shown = desk.get(page("preview", mailing) + "?n=2").content.decode()
    assert 'data-leaf="2" data-total="3"' in shown
    assert "Évènement du 3 mars" in shown
    html = desk.get(page("preview_html", mailing) + "?n=2")
    assert "sandbox" in html["Content-Security-Policy"]
    assert "Rendez-vous le 3 mars à Arles" in html.content.decode()
    mailing.refresh_from_db()
    launch = {"when": "now", "expected": 3, "seen": mailing.version, "then": "launch"}
    assert desk.post(page("launch", mailing), launch)["Location"] == page("follow", mailing)
    services.run()
    shown = desk.get(page("follow", mailing)).content.decode()
    assert shown.count("data-recipient=") == 3
    assert "100" in shown
    for closed in ("audience", "text", "launch"):
        assert desk.get(page(closed, mailing))["Location"] == page("follow", mailing)


def test_the_list_and_the_first_page_open_for_every_state(desk):
    people(1)
    running, draft = begun(), MailingFactory()
    services.run()
    assert desk.get(reverse("admin:mailings_mailing_changelist")).status_code == 200
    assert desk.get(reverse("admin:mailings_mailing_change", args=[running.pk]))["Location"] == page("follow", running)
    assert desk.get(reverse("admin:mailings_mailing_change", args=[draft.pk]))["Location"] == page("text", draft)


def test_an_audience_that_nobody_can_read_is_refused_and_what_was_ticked_stays(desk):
    mailing = MailingFactory()
    answer = desk.post(page("audience", mailing), {"kinds": ["hotel"], "zones": ["x"], "stores": ["9" * 30, "é"], "seen": ""})
    assert answer.status_code == 422
    assert 'value="hotel" id="id_kinds_1" checked' in answer.content.decode()


def test_the_count_says_who_is_left_out_and_why(desk):
    ContactFactory(store=StoreFactory(name="La Cagette"), email="", name="Léa")
    shown = desk.get(page("audience", MailingFactory())).content.decode()
    assert 'data-count="0"' in shown
    assert 'data-left-out="no_address"' in shown
    assert "La Cagette (Marseille) · Léa" in shown


def test_a_broken_text_comes_back_as_it_was_typed_with_its_line(desk):
    mailing = MailingFactory(body_fr="Avant")
    answer = desk.post(page("text", mailing), TEXT | {"body_fr": "Bonjour\n{{ store_nam }}", "seen": mailing.version})
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert "{{ store_nam }}" in shown
    assert "store_name" in shown
    mailing.refresh_from_db()
    assert mailing.body_fr == "Avant"


def test_two_people_at_once_the_second_sees_both_texts_and_may_replace_the_first(desk):
    mailing = MailingFactory()
    seen = mailing.version
    services.save_text(mailing, {"body_fr": "Le texte de Paul"}, by=BY)
    answer = desk.post(page("text", mailing), TEXT | {"body_fr": "Le texte de Lou", "seen": seen})
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert "Le texte de Paul" in shown
    assert "Le texte de Lou" in shown
    mailing.refresh_from_db()
    assert f'name="seen" value="{mailing.version}"' in shown
    assert desk.post(page("text", mailing), TEXT | {"body_fr": "Le texte de Lou", "seen": mailing.version}).status_code == 302
    mailing.refresh_from_db()
    assert mailing.body_fr == "Le texte de Lou"


def test_a_launch_is_refused_once_when_the_list_or_the_mailing_changed_meanwhile(desk):
    people(2)
    mailing = MailingFactory()
    stale = {"when": "now", "expected": 1, "seen": mailing.version, "then": "launch"}
    answer = desk.post(page("launch", mailing), stale)
    assert answer.status_code == 422
    assert 'name="expected" value="2"' in answer.content.decode()
    services.save_text(mailing, {"body_fr": "Autre"}, by=BY)
    assert desk.post(page("launch", mailing), stale | {"expected": 2}).status_code == 422
    mailing.refresh_from_db()
    assert mailing.state == State.DRAFT
    assert desk.post(page("launch", mailing), stale | {"expected": 2, "seen": mailing.version}).status_code == 302


@pytest.mark.parametrize(
    "wrong",
    [
        {"when": "later", "day": "2020-01-01", "hour": "10:00"},
        {"when": "later", "day": "", "hour": "10:00"},
        {"when": "later", "day": "2027-03-28", "hour": "02:30"},
        {"when": "now", "per_hour": "0"},
        {"when": "now", "per_hour": "many"},
        {"when": "someday"},
    ],
)
def test_an_impossible_begin_is_told_and_nothing_is_planned(desk, wrong):
    people(1)
    mailing = MailingFactory()
    answer = desk.post(page("launch", mailing), {"expected": 1, "seen": mailing.version, "then": "launch"} | wrong)
    assert answer.status_code == 422
    assert "errorlist" in answer.content.decode()
    mailing.refresh_from_db()
    assert mailing.state == State.DRAFT


def test_a_mailing_without_a_text_or_without_anybody_is_not_launched(desk):
    mailing = MailingFactory(body_fr="")
    shown = desk.get(page("launch", mailing)).content.decode()
    assert "data-problem" in shown
    assert 'value="launch"' not in shown
    assert desk.post(page("launch", mailing), {"when": "now", "then": "launch"}).status_code == 422
    assert "data-nobody" in desk.get(page("preview", MailingFactory())).content.decode()


def test_one_sends_a_mail_to_oneself_without_beginning_the_mailing(desk):
    people(2)
    mailing = MailingFactory()
    assert desk.post(page("try", mailing), {"n": "2"}).status_code == 302
    message = Message.objects.get()
    assert message.to_email == "moi@lincassable.example"
    assert message.subject == "[test] Des nouvelles pour Boutique 00001"
    assert "List-Unsubscribe" not in message.headers
    assert "rappels" not in message.text
    assert not mailing.recipients.exists()


def test_files_are_added_looked_at_taken_away_and_leave_with_the_mail(desk):
    people(1)
    mailing, picture = MailingFactory(), BytesIO()
    Image.new("RGBA", (40, 30), "red").save(picture, "PNG")
    desk.post(page("file_add", mailing), {"file": pdf()})
    desk.post(page("file_add", mailing), {"file": SimpleUploadedFile("../é photo?.png", picture.getvalue())})
    first, second = mailing.files.all()
    assert [first.name, second.name] == ["programme.pdf", "é photo.jpg"]
    assert b"".join(desk.get(page("file", mailing, second.uuid)).streaming_content).startswith(b"\xff\xd8")
    desk.post(page("file_remove", mailing, second.uuid))
    desk.post(page("file_remove", mailing, second.uuid))
    begun(mailing)
    services.run()
    assert [row["name"] for row in Message.objects.get().attachments] == ["programme.pdf"]
    assert "base64" not in Message.objects.get().attachments[0]


@pytest.mark.parametrize("wrong", [pdf(3_000_000), SimpleUploadedFile("a.pdf", b"no pdf"), SimpleUploadedFile("a.pdf", b""), None])
def test_a_file_that_cannot_leave_is_refused_in_words(desk, wrong):
    mailing = MailingFactory()
    answer = desk.post(page("file_add", mailing), {"file": wrong} if wrong else {}, follow=True)
    assert not mailing.files.exists()
    assert [str(message.level_tag) for message in answer.context["messages"]] == ["error"]


def test_the_buttons_pause_go_on_and_cancel_and_a_late_click_is_told(desk):
    people(2)
    mailing = begun()
    for verb, state in (("pause", State.PAUSED), ("resume", State.SENDING), ("cancel", State.CANCELLED), ("pause", State.CANCELLED)):
        desk.post(page("act", mailing, verb))
        mailing.refresh_from_db()
        assert mailing.state == state
    assert desk.post(page("act", mailing, "explode")).status_code == 404
    assert desk.get(page("act", mailing, "pause")).status_code == 405


def test_the_recipients_are_searched_filtered_and_exported(desk):
    people(3)
    mailing = begun()
    services.run()
    Message.objects.filter(to_email__startswith="personne1").update(state=Message.FAILED, last_error="550 inconnu")
    shown = desk.get(page("follow", mailing) + "?group=failed").content.decode()
    assert shown.count("data-recipient=") == 1
    assert "550 inconnu" in shown
    assert desk.get(page("follow", mailing) + "?q=Boutique 00002&page=9&group=x").content.decode().count("data-recipient=") == 1
    assert desk.get(page("follow", mailing), {"q": "a&b#c"}).context["query"] == "group=&q=a%26b%23c"  # of the links to other pages
    assert desk.get(page("recipients", mailing, "csv")).content.decode("utf-8-sig").count("@boutique.example") == 3
    assert desk.get(page("recipients", mailing, "pdf")).status_code == 404


def test_a_text_is_kept_as_a_template_and_begins_another_mailing(desk):
    mailing = MailingFactory(body_fr="Bonjour à tous")
    desk.post(page("template", mailing), {"template_name": "Bonjour"})
    desk.post(page("template", mailing), {"template_name": "Bonjour"})
    assert MailingTemplate.objects.get().body_fr == "Bonjour à tous"
    desk.post(reverse("admin:mailings_mailing_add"), {"name": "Encore", "like": mailing.pk})
    assert Mailing.objects.get(name="Encore").body_fr == "Bonjour à tous"


def test_what_was_typed_is_saved_when_a_file_is_added_or_taken_away_or_a_template_kept(desk):
    mailing = MailingFactory()
    for number, (name, more) in enumerate([("file_add", {"file": pdf()}), ("file_remove", {}), ("template", {"template_name": "Gardé"})]):
        mailing.refresh_from_db()
        arguments = [mailing.files.get().uuid] if name == "file_remove" else []
        typed = TEXT | {"body_fr": f"Texte {number}", "seen": mailing.version, **more}
        assert desk.post(page(name, mailing, *arguments), typed).status_code == 302
        mailing.refresh_from_db()
        assert (mailing.body_fr, mailing.files.count()) == (f"Texte {number}", 1 - min(number, 1))
    assert MailingTemplate.objects.get(name="Gardé").body_fr == "Texte 2"
    answer = desk.post(page("file_add", mailing), TEXT | {"body_fr": "{{ raté", "seen": mailing.version, "file": pdf()})
    assert answer.status_code == 422
    assert "{{ raté" in answer.content.decode()
    assert not mailing.files.exists()


def test_a_mailing_is_begun_from_a_template_or_an_earlier_one_not_from_both(desk):
    given = {"name": "Les deux", "template": MailingTemplateFactory().pk, "like": MailingFactory().pk}
    assert desk.post(reverse("admin:mailings_mailing_add"), given).status_code == 422
    assert not Mailing.objects.filter(name="Les deux").exists()


def test_the_launch_page_shows_the_subject_as_its_readers_read_it(desk):
    people(1)
    shown = desk.get(page("launch", MailingFactory())).content.decode()
    assert "Des nouvelles pour Boutique 00000" in shown


def test_a_template_is_changed_in_the_admin_and_two_at_once_are_told(desk):
    template = MailingTemplateFactory()
    address = reverse("admin:mailings_mailingtemplate_change", args=[template.pk])
    assert "store_city" in desk.get(address).content.decode()
    form = TEXT | {"name": "Modèle", "purpose": "", "is_active": "on", "seen": template.version}
    assert desk.post(address, form).status_code == 302
    answer = desk.post(address, form | {"body_fr": "Le second"})
    assert answer.status_code == 200
    assert "Le second" in answer.content.decode()
    assert "{{ raté }}" in desk.post(address, form | {"body_fr": "{{ raté }}", "seen": 2}).content.decode()
    template.refresh_from_db()
    assert (template.name, template.body_fr) == ("Modèle", "Texte")


def test_a_draft_is_deleted_and_what_was_sent_stays(desk):
    people(1)
    draft, sent = MailingFactory(), begun()
    assert desk.post(reverse("admin:mailings_mailing_delete", args=[draft.pk]), {"post": "yes"}).status_code == 302
    assert desk.post(reverse("admin:mailings_mailing_delete", args=[sent.pk]), {"post": "yes"}).status_code == 403
    assert list(Mailing.objects.all()) == [sent]


def test_following_a_long_list_takes_as_many_questions_as_a_short_one(desk):
    counts = []
    for number in (2, 40):
        people(number)
        mailing = begun()
        services.run()
        desk.get(page("follow", mailing))
        with CaptureQueriesContext(connection) as queries:
            desk.get(page("follow", mailing))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_timeline_of_a_place_tells_which_mailings_reached_it(desk):
    (contact,) = people(1)
    mailing = begun(MailingFactory(name="Lettre de mars"))
    services.run()
    shown = desk.get(reverse("admin:stores_store_timeline", args=[contact.store_id])).content.decode()
    assert "Lettre de mars" in shown
    assert page("follow", mailing) in shown
    assert timezone.now() > mailing.started_at


PAGES = ("audience", "text", "preview", "preview_html", "try", "launch", "follow", "template", "file_add")


@pytest.mark.parametrize("role", ["", "sorting", "carrier"])
def test_nobody_else_opens_or_changes_anything(client, role):
    people(1)
    if role:
        client.force_login(UserFactory(role=role))
    draft, running = MailingFactory(), begun()
    addresses = [page(name, mailing) for name in PAGES for mailing in (draft, running)]
    addresses += [page("act", running, "cancel"), page("recipients", running, "csv"), reverse("admin:mailings_mailing_add")]
    for address in addresses:
        for answer in (client.get(address), client.post(address, {"name": "x", "when": "now", "then": "launch"})):
            sent_away = answer.status_code == 302 and "/login/" in answer["Location"]
            assert sent_away or answer.status_code in (403, 405), address
    draft.refresh_from_db()
    running.refresh_from_db()
    assert (draft.state, running.state, Mailing.objects.count()) == (State.DRAFT, State.SENDING, 2)
    assert not Message.objects.exists()


def test_who_may_only_look_sees_the_mailing_and_changes_nothing(client):
    user = UserFactory(is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_mailing"))
    client.force_login(user)
    people(1)
    running = begun()
    assert "mailing-acts" not in client.get(page("follow", running)).content.decode()
    for name in ("try", "template", "file_add"):
        assert client.post(page(name, running)).status_code == 403
    assert client.post(page("act", running, "cancel")).status_code == 403

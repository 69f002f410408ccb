"""Personal data: what is over goes, once; a person is found everywhere, exported, and erased everywhere."""

import json
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.utils import translation

from lincassable.accounts import privacy
from lincassable.accounts.models import AccessLink, User
from lincassable.accounts.privacy import HIDDEN, Identity
from lincassable.accounts.privacy_kinds import ERASED_ADDRESS
from lincassable.accounts.tasks import purge_personal_data
from lincassable.accounts.tests.factories import AccessLinkFactory, UserFactory
from lincassable.messaging.models import Message
from lincassable.messaging.tests.factories import MessageFactory

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
RENEE = Identity("renee@boutique.example", "+33612345678", frozenset({"Renée Dupont"}))


@pytest.fixture
def _now(time_machine):
    time_machine.move_to(NOW, tick=False)


def sent(age_days, **columns):
    """A message sent so many days ago."""
    at = NOW - timedelta(days=age_days)
    return MessageFactory(created_at=at, **{"state": Message.SENT, "sent_at": at, **columns})


def log(user, text, change=""):
    """A line of the admin's history."""
    kind = ContentType.objects.get_for_model(User)
    return LogEntry.objects.create(user=user, content_type=kind, object_id="1", object_repr=text, action_flag=CHANGE, change_message=change)


# -- hiding in sentences


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("Voir avec Renée Dupont au fond", f"Voir avec {HIDDEN} au fond"),
        ("RENÉE DUPONT, renee@boutique.example", f"{HIDDEN}, {HIDDEN}"),
        ("Appeler le 06 12 34 56 78.", f"Appeler le {HIDDEN}."),
        ("06.12.34.56.78 ou +33 6 12 34 56 78 ou 0033612345678", f"{HIDDEN} ou {HIDDEN} ou {HIDDEN}"),
        ("Renée Dupontel et xrenee@boutique.example", "Renée Dupontel et xrenee@boutique.example"),
        ("Renée", "Renée"),
        ("106123456789", "106123456789"),
        ("", ""),
    ],
)
def test_a_person_is_hidden_where_they_stand_as_whole_words(text, hidden):
    assert RENEE.hide_in(text) == hidden


def test_a_single_word_hides_nothing_in_sentences():
    assert Identity(names=frozenset({"Accueil"})).hide_in("Passer par l'Accueil") == "Passer par l'Accueil"


def test_signs_in_a_name_are_taken_literally():
    assert Identity(names=frozenset({"J. (Jo) D*"})).hide_in("voir J. (Jo) D* demain") == f"voir {HIDDEN} demain"
    assert Identity(names=frozenset({"a .*"})).hide_in("a bc") == "a bc"


# -- purge


@pytest.mark.django_db
@pytest.mark.usefixtures("_now")
def test_each_kind_goes_when_its_time_is_over_and_not_a_day_before(settings):
    days = settings.PERSONAL_DATA_RETENTION_DAYS
    young, old = sent(days["message_body"] - 1), sent(days["message_body"] + 1)
    ancient = sent(days["message_address"] + 1)
    waiting = sent(9999, state=Message.WAITING, sent_at=None)
    assert privacy.purge()["message_body"] == 2
    for message in (young, old, ancient, waiting):
        message.refresh_from_db()
    assert young.text
    assert (old.text, old.html, old.subject) == ("", "", "")
    assert old.to_email != ERASED_ADDRESS
    assert (ancient.to_email, ancient.to_name, ancient.state) == (ERASED_ADDRESS, "", Message.SENT)
    assert waiting.text
    assert waiting.to_email != ERASED_ADDRESS


@pytest.mark.django_db
@pytest.mark.usefixtures("_now")
def test_accounts_nobody_uses_become_anonymous_and_closed():
    long_ago = NOW - timedelta(days=4 * 365)
    unused = UserFactory(role="coordinator", date_joined=long_ago, last_login=long_ago)
    never_used = UserFactory(date_joined=long_ago, last_login=None)
    new, in_use = UserFactory(date_joined=NOW, last_login=None), UserFactory(date_joined=long_ago, last_login=NOW)
    owner = UserFactory(date_joined=long_ago, last_login=long_ago, is_superuser=True)
    assert privacy.purge()["inactive_user"] == 2
    for user in (unused, never_used):
        user.refresh_from_db()
        assert user.email.endswith("@erased.invalid")
        assert (user.name, user.is_active, user.is_staff, user.has_usable_password(), user.groups.count()) == ("", False, False, False, 0)
    for user in (new, in_use, owner):
        assert User.objects.get(pk=user.pk).email == user.email


@pytest.mark.django_db
@pytest.mark.usefixtures("_now")
def test_the_history_devices_sessions_and_mail_files_go_too(settings, tmp_path):
    settings.MAIL_FOLDER = tmp_path
    user = UserFactory(last_login=NOW)
    line = log(user, "Épicerie")
    LogEntry.objects.filter(pk=line.pk).update(action_time=NOW - timedelta(days=4 * 365))
    recent = log(user, "Épicerie")
    link = AccessLinkFactory(last_used_at=NOW - timedelta(days=366), last_device="a" * 32)
    used = AccessLinkFactory(last_used_at=NOW - timedelta(days=364), last_device="b" * 32)
    Session.objects.create(session_key="over", session_data="", expire_date=NOW - timedelta(minutes=1))
    (tmp_path / "old.eml").write_text("To: a@b.example\n\nx")
    os.utime(tmp_path / "old.eml", (0, 0))
    (tmp_path / "new.eml").write_text("To: a@b.example\n\nx")
    os.utime(tmp_path / "new.eml", (NOW.timestamp(), NOW.timestamp()))
    privacy.purge()
    assert list(LogEntry.objects.all()) == [recent]
    assert dict(AccessLink.objects.values_list("pk", "last_device")) == {link.pk: "", used.pk: "b" * 32}
    assert not Session.objects.exists()
    assert [file.name for file in tmp_path.iterdir()] == ["new.eml"]


@pytest.mark.django_db
@pytest.mark.usefixtures("_now")
def test_purging_again_changes_nothing_more(capsys):
    sent(500)
    UserFactory(date_joined=NOW - timedelta(days=2000), last_login=None)
    AccessLinkFactory(last_used_at=NOW - timedelta(days=500), last_device="a" * 32)
    assert purge_personal_data() != "nothing"
    assert purge_personal_data() == "nothing"
    call_command("purge_personal_data")
    assert all(line.endswith(": 0") for line in capsys.readouterr().out.splitlines())


def test_every_retention_of_the_settings_is_a_row_of_the_table_with_the_same_days(settings):
    table = {kind.key: kind.retention_days for kind in privacy.kinds()}
    assert settings.PERSONAL_DATA_RETENTION_DAYS.items() <= table.items()


# -- export and erasure


@pytest.fixture
def renee():
    """A person with an account, messages, lines of history and a second factor."""
    user = UserFactory(email=RENEE.email, name="Renée Dupont", role="coordinator")
    EmailAddress.objects.create(user=user, email="renee@maison.example", verified=True)
    Authenticator.objects.create(user=user, type="totp", data={"secret": "x"})
    return user


@pytest.mark.django_db
def test_an_export_by_address_finds_the_person_under_their_other_names(renee):
    theirs = MessageFactory(to_email="Renee@Boutique.example", text="Bonjour")
    about = MessageFactory(to_email="autre@boutique.example", text="Demandez Renée Dupont.")
    MessageFactory(to_email="tiers@boutique.example", text="Bonjour")
    log(UserFactory(), "Renée Dupont")
    held = privacy.export(privacy.widen(Identity(RENEE.email)))
    assert [row["email"] for row in held["inactive_user"]] == [RENEE.email]
    assert held["inactive_user"][0]["other_addresses"] == ["renee@maison.example"]
    assert {row["text"] for row in held["message_body"]} == {theirs.text, about.text}
    assert [row["object_repr"] for row in held["admin_log"]] == ["Renée Dupont"]


@pytest.mark.django_db
def test_nothing_is_held_about_somebody_unknown():
    UserFactory()
    MessageFactory()
    assert privacy.export(Identity("inconnue@boutique.example")) == {}


@pytest.mark.django_db
def test_an_erasure_leaves_nothing_to_find_and_everybody_else_alone(renee, settings, tmp_path):
    settings.MAIL_FOLDER = tmp_path
    mail = EmailMessage()
    mail["To"], mail["Subject"] = "Renée Dupont <renee@boutique.example>", "Votre collecte"
    mail.set_content("Bonjour")
    (tmp_path / "1.eml").write_bytes(bytes(mail))
    (tmp_path / "2.eml").write_text("To: autre@boutique.example\n\nBonjour")
    waiting = MessageFactory(to_email=RENEE.email, dedupe_key="weekly:renee@boutique.example")
    done = sent(1, to_email="RENEE@boutique.example", to_name="Renée")
    about = MessageFactory(to_email="autre@boutique.example", subject="Visite", text="Demandez Renée Dupont.", html="<p>Renée Dupont</p>")
    other = MessageFactory(to_email="tiers@boutique.example", text="Bonjour Renée")
    coordinator = UserFactory()
    change = json.dumps([{"changed": {"name": "contact", "object": "Renée Dupont", "fields": ["E-mail"]}}])
    lines = [log(coordinator, "Renée Dupont", change), log(coordinator, "renee@boutique.example")]
    kept = log(coordinator, "Épicerie du Port", json.dumps([{"added": {}}]))
    privacy.erase(Identity(RENEE.email))
    renee.refresh_from_db()
    assert (renee.is_active, renee.name, renee.groups.count()) == (False, "", 0)
    assert not EmailAddress.objects.exists()
    assert not Authenticator.objects.exists()
    for message in (waiting, done, about, other):
        message.refresh_from_db()
    assert (waiting.state, waiting.to_email, waiting.text) == (Message.CANCELLED, ERASED_ADDRESS, "")
    assert "renee" not in waiting.dedupe_key
    assert (done.state, done.to_email, done.to_name, done.html) == (Message.SENT, ERASED_ADDRESS, "", "")
    assert (about.to_email, about.text, about.html) == ("autre@boutique.example", f"Demandez {HIDDEN}.", f"<p>{HIDDEN}</p>")
    assert other.text == "Bonjour Renée"
    assert {LogEntry.objects.get(pk=line.pk).object_repr for line in lines} == {HIDDEN}
    assert "Dupont" not in LogEntry.objects.get(pk=lines[0].pk).change_message
    assert json.loads(LogEntry.objects.get(pk=lines[0].pk).change_message)[0]["changed"]["fields"] == ["E-mail"]
    assert LogEntry.objects.get(pk=kept.pk).change_message == kept.change_message
    assert [file.name for file in tmp_path.iterdir()] == ["2.eml"]
    assert privacy.export(Identity(RENEE.email, "", frozenset({"Renée Dupont"}))) == {}


@pytest.mark.django_db
def test_erasing_again_changes_nothing_and_nobody_is_refused(renee):
    assert privacy.erase(Identity(RENEE.email))
    assert privacy.erase(Identity(RENEE.email)) == {}
    with pytest.raises(ValueError, match="address"):
        privacy.erase(Identity())


# -- the page of the admin

PAGE = "/admin/accounts/user/personal-data/"


@pytest.fixture
def administrator(client):
    user = UserFactory(role="administrator")
    client.force_login(user)
    return user


@pytest.mark.django_db
def test_only_administrators_open_the_page(client, administrator):
    assert client.get(PAGE).status_code == 200
    client.force_login(UserFactory(role="coordinator"))
    assert client.get(PAGE).status_code == 403
    assert client.post(PAGE, {"email": RENEE.email, "do": "export"}).status_code == 403


@pytest.mark.django_db
def test_an_empty_search_asks_for_something(client, administrator):
    response = client.post(PAGE, {"email": "", "do": "search"})
    assert response.context["form"].errors
    assert response.context["held"] is None


@pytest.mark.django_db
def test_the_export_is_a_json_file_with_purpose_and_end(client, administrator, renee):
    response = client.post(PAGE, {"email": RENEE.email, "do": "export"})
    assert response["Content-Disposition"].startswith("attachment; filename=")
    assert "no-store" in response["Cache-Control"]
    data = json.loads(response.content)
    assert data["person"]["names"] == ["Renée Dupont"]
    (account,) = [kind for kind in data["held"] if kind["kind"] == "inactive_user"]
    assert account["purpose"]
    assert account["kept_for"]
    assert account["rows"][0]["email"] == RENEE.email


@pytest.mark.django_db
def test_an_erasure_needs_its_box_ticked_and_leaves_a_line_that_names_nobody(client, administrator, renee):
    client.post(PAGE, {"email": RENEE.email, "do": "erase"})
    assert User.objects.get(pk=renee.pk).email == RENEE.email
    client.post(PAGE, {"email": RENEE.email, "do": "erase", "confirmed": "yes"})
    assert User.objects.get(pk=renee.pk).email != RENEE.email
    line = LogEntry.objects.get()
    assert line.user == administrator
    assert "inactive_user: 1" in line.change_message
    assert "renee" not in (line.object_repr + line.change_message).lower()


@pytest.mark.django_db
def test_nobody_erases_their_own_account_by_mistake(client, administrator):
    client.post(PAGE, {"email": administrator.email, "do": "erase", "confirmed": "yes"})
    assert User.objects.get(pk=administrator.pk).is_active


# -- the legal pages


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/mentions-legales/", "/confidentialite/", "/accessibilite/"])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_legal_pages_are_open_to_everybody_in_both_languages(client, path, language):
    response = client.get(path, headers={"accept-language": language})
    assert response.status_code == 200
    assert f'<html lang="{language}">' in response.content.decode()


@pytest.mark.django_db
def test_the_privacy_page_shows_the_whole_table(client, settings):
    settings.ORGANISATION_NAME = "Association Verre à Verre"
    text = client.get("/confidentialite/").content.decode()
    assert text.count("<tr>") == len(privacy.kinds()) + 1
    assert "Association Verre à Verre" in text


def test_a_retention_is_said_in_words():
    kind = privacy.kinds()[0]
    with translation.override("en"):
        words = [replace(kind, retention_days=days).retention for days in (1, 180, 365, 1095, None)]
    assert words == ["1 day", "180 days", "1 year", "3 years", "as long as what it belongs to"]

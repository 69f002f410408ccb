"""The admin of people, links, cards and the schedule: what each role sees, and that nothing is written by a GET."""

from datetime import timedelta

import pytest
import segno
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from lincassable.accounts import cards, kinds, links
from lincassable.accounts.base_admin import Base
from lincassable.accounts.models import AccessLink, User
from lincassable.accounts.tests.factories import PASSWORD, AccessLinkFactory, UserFactory

pytestmark = pytest.mark.django_db
LINKS = "/admin/accounts/accesslink/"


@pytest.fixture(autouse=True)
def _named_stores(monkeypatch):
    """Stores as the app above would name them."""
    names = {1: "Épicerie du Port <Marseille>", 2: "La Cagette (Aix)"}
    monkeypatch.setattr(kinds, "_labels", {"store": lambda ids: {pk: name for pk, name in names.items() if pk in ids}})
    monkeypatch.setattr(kinds, "_searches", {"store": lambda text: [pk for pk, name in names.items() if text.lower() in name.lower()]})


@pytest.fixture
def coordinator(client):
    user = UserFactory(role="coordinator")
    client.force_login(user)
    return user


@pytest.fixture
def administrator(client):
    user = UserFactory(role="administrator")
    client.force_login(user)
    return user


@pytest.fixture
def port():
    return AccessLinkFactory(object_id=1)


@pytest.fixture
def cagette():
    return AccessLinkFactory(object_id=2)


# -- links


def test_the_list_names_places_without_a_query_per_line(client, coordinator, port, cagette, django_assert_max_num_queries):
    for number in range(3, 40):
        AccessLinkFactory(object_id=number)
    with django_assert_max_num_queries(12):
        text = client.get(LINKS).content.decode()
    assert "Épicerie du Port &lt;Marseille&gt;" in text
    assert "La Cagette (Aix)" in text


def test_a_link_is_found_by_the_name_of_its_place(client, coordinator, port, cagette):
    result = client.get(LINKS, {"q": "cagette"}).context["cl"].result_list
    assert list(result) == [cagette]


@pytest.mark.parametrize(
    ("query", "found"), [({"state": "revoked"}, "revoked"), ({"state": "expired"}, "expired"), ({"used": "never"}, "all")]
)
def test_links_are_filtered_by_state_and_last_use(client, coordinator, query, found):
    works = AccessLinkFactory(object_id=11, last_used_at=None)
    revoked = AccessLinkFactory(object_id=12, revoked_at=timezone.now())
    expired = AccessLinkFactory(object_id=13, expires_at=timezone.now() - timedelta(days=1))
    expected = {"revoked": {revoked}, "expired": {expired}, "all": {works, revoked, expired}}[found]
    assert set(client.get(LINKS, query).context["cl"].result_list) == expected


def test_no_token_is_shown_in_the_list_or_the_detail(client, coordinator, port):
    for path in (LINKS, f"{LINKS}{port.pk}/change/"):
        response = client.get(path)
        assert response.status_code == 200
        assert links.token(port) not in response.content.decode()


def test_a_link_is_neither_made_nor_deleted_nor_typed_over_by_hand(client, administrator, port):
    assert client.get(f"{LINKS}add/").status_code == 403
    assert client.get(f"{LINKS}{port.pk}/delete/").status_code == 403
    client.post(f"{LINKS}{port.pk}/change/", {"version": 9, "object_id": 2, "kind": "tour"})
    port.refresh_from_db()
    assert (port.version, port.object_id, port.kind) == (1, 1, "store")


def test_replacing_asks_first_then_leads_to_the_new_cards(client, coordinator, port, cagette):
    chosen = {"action": "rotate_links", "_selected_action": [port.pk, cagette.pk]}
    confirm = client.post(LINKS, chosen)["Location"]
    page = client.get(confirm)
    assert "data-link-confirm" in page.content.decode()
    assert set(AccessLink.objects.values_list("version", flat=True)) == {1}
    response = client.post(confirm)
    assert set(AccessLink.objects.values_list("version", flat=True)) == {2}
    assert client.get(response["Location"]).content.decode().count("data-card=") == 2
    assert set(port.events.values_list("actor_kind", "actor_id")) == {("user", coordinator.pk)}


def test_withdrawing_and_giving_back_ask_first(client, coordinator, port):
    for deed, is_revoked in (("revoke", True), ("restore", False)):
        confirm = client.get(f"{LINKS}{port.pk}/{deed}/")["Location"]
        assert AccessLink.objects.get().is_revoked is not is_revoked
        assert client.get(confirm).status_code == 200
        assert AccessLink.objects.get().is_revoked is not is_revoked
        client.post(confirm)
        assert AccessLink.objects.get().is_revoked is is_revoked


def test_replacing_a_withdrawn_link_says_why_it_cannot_be(client, coordinator, port):
    port.revoked_at = timezone.now()
    port.save()
    response = client.post(f"{LINKS}confirm/?deed=rotate&ids={port.pk}", follow=True)
    assert [message.level_tag for message in response.context["messages"]] == ["error"]
    assert AccessLink.objects.get().version == 1


@pytest.mark.parametrize("query", ["", "?deed=erase&ids=1", "?deed=rotate&ids=", "?deed=rotate&ids=0,x,99999999999999999999"])
def test_a_confirmation_of_nothing_is_not_found(client, coordinator, query):
    assert client.get(f"{LINKS}confirm/{query}").status_code == 404


# -- cards and QR codes


def test_a_card_is_in_the_network_s_language_with_a_code_that_opens_the_place(client, coordinator, port, settings):
    response = client.get(f"{LINKS}cards/?ids={port.pk}", headers={"accept-language": "en"})
    text = response.content.decode()
    assert '<html lang="fr">' in text
    assert "Épicerie du Port &lt;Marseille&gt;" in text
    assert text.count("<svg") == 1
    assert text.count("<li>") == 3
    assert "card.css" in text
    assert "<script" not in text
    assert "no-store" in response["Cache-Control"]
    settings.LANGUAGE_CODE = "en"
    assert '<html lang="en">' in client.get(f"{LINKS}cards/?ids={port.pk}").content.decode()


def test_the_code_on_card_and_files_is_the_link_s_own_address(port):
    assert cards.code_of(port).matrix == segno.make(links.url(port), error="m", micro=False).matrix
    assert cards.code_of(port).matrix != segno.make(links.url(port) + "x", error="m", micro=False).matrix


def test_a_qr_code_comes_as_png_and_svg_and_nothing_else(client, coordinator, port):
    png, svg = client.get(f"{LINKS}{port.pk}/code.png"), client.get(f"{LINKS}{port.pk}/code.svg")
    assert (png["Content-Type"], png.content[:8]) == ("image/png", b"\x89PNG\r\n\x1a\n")
    assert svg["Content-Type"] == "image/svg+xml"
    assert b"<svg" in svg.content
    assert client.get(f"{LINKS}{port.pk}/code.pdf").status_code == 404


def test_links_that_do_not_work_have_no_card(client, coordinator, port, cagette):
    AccessLink.objects.filter(pk=port.pk).update(revoked_at=timezone.now())
    assert client.get(f"{LINKS}cards/?ids={port.pk}").status_code == 404
    assert client.get(f"{LINKS}{port.pk}/code.svg").status_code == 404
    assert client.get(f"{LINKS}cards/?ids={port.pk},{cagette.pk}").content.decode().count("data-card=") == 1


def test_cards_and_codes_are_for_who_may_see_links(client, port):
    paths = [f"{LINKS}cards/?ids={port.pk}", f"{LINKS}{port.pk}/code.svg", f"{LINKS}{port.pk}/code.png", LINKS]
    assert {client.get(path).status_code for path in paths} == {302}
    client.force_login(UserFactory(role="carrier", is_staff=True))
    assert {client.get(path).status_code for path in paths} == {302}
    other = UserFactory(role="sorting")
    User.objects.filter(pk=other.pk).update(is_staff=True)
    client.force_login(other)
    assert {client.get(path).status_code for path in paths} == {403}
    assert client.post(f"{LINKS}confirm/?deed=rotate&ids={port.pk}").status_code == 403


# -- people


def new_user(**changes):
    fields = {"email": "Nouvelle@Reseau.example", "name": "Inès", "language": "fr"}
    return {**fields, "password1": PASSWORD, "password2": PASSWORD, **changes}


def test_an_account_is_made_by_address_and_its_role_opens_the_admin(client, administrator):
    role = Group.objects.get(name="coordinator")
    client.post("/admin/accounts/user/add/", new_user(groups=[role.pk]))
    user = User.objects.get(email="nouvelle@reseau.example")
    assert (user.check_password(PASSWORD), user.is_staff, user.is_superuser) == (True, True, False)


def test_an_address_is_taken_once_whatever_its_case(client, administrator):
    UserFactory(email="nouvelle@reseau.example")
    response = client.post("/admin/accounts/user/add/", new_user())
    assert response.context["adminform"].form.errors["email"]


def test_an_address_in_capitals_is_refused_by_the_database():
    with pytest.raises(IntegrityError, match="user_email_lower_case"), transaction.atomic():
        UserFactory(email="Majuscule@reseau.example")
    user = User(email=" Majuscule@Reseau.example ")
    user.clean()
    assert user.email == "majuscule@reseau.example"


def test_a_password_is_set_from_the_admin_and_ends_the_person_s_sessions(client, administrator):
    user = UserFactory()
    path = reverse("admin:auth_user_password_change", args=[user.pk])
    assert client.get(path).status_code == 200
    client.post(path, {"password1": "un autre mot de passe", "password2": "un autre mot de passe", "usable_password": "true"})
    user.refresh_from_db()
    assert user.check_password("un autre mot de passe")


def test_a_changed_address_leaves_none_behind_that_signs_in(client, administrator):
    user = UserFactory(role="coordinator")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    fields = {"email": "nouvelle@reseau.example", "name": user.name, "language": "fr", "is_active": "on", "is_staff": "on"}
    client.post(f"/admin/accounts/user/{user.pk}/change/", fields)
    user.refresh_from_db()
    assert user.email == "nouvelle@reseau.example"
    assert not EmailAddress.objects.exists()


def test_an_administrator_makes_nobody_superuser_and_does_not_touch_one(client, administrator):
    owner, user = UserFactory(is_superuser=True, is_staff=True), UserFactory()
    fields = {"email": user.email, "name": "x", "language": "fr", "is_active": "on", "is_superuser": "on", "user_permissions": [1]}
    client.post(f"/admin/accounts/user/{user.pk}/change/", fields)
    user.refresh_from_db()
    assert (user.name, user.is_superuser, user.user_permissions.count()) == ("x", False, 0)
    assert client.post(f"/admin/accounts/user/{owner.pk}/change/", {**fields, "email": "pris@reseau.example"}).status_code == 403
    assert client.get(reverse("admin:auth_user_password_change", args=[owner.pk])).status_code == 403


def test_nobody_is_deleted_and_coordinators_see_no_accounts(client, administrator, coordinator):
    assert client.get("/admin/accounts/user/").status_code == 403
    client.force_login(administrator)
    assert client.get("/admin/accounts/user/").status_code == 200
    assert client.get(f"/admin/accounts/user/{coordinator.pk}/delete/").status_code == 403


def test_a_lost_phone_s_second_factor_is_removed_but_not_a_superuser_s(client, administrator):
    user, owner = UserFactory(), UserFactory(is_superuser=True)
    for person in (user, owner):
        Authenticator.objects.create(user=person, type="totp", data={"secret": "x"})
    client.post("/admin/accounts/user/", {"action": "remove_second_factor", "_selected_action": [user.pk, owner.pk]})
    assert list(Authenticator.objects.values_list("user", flat=True)) == [owner.pk]


def test_the_names_of_the_four_roles_are_not_changed(client, administrator):
    group = Group.objects.get(name="coordinator")
    client.post(f"/admin/auth/group/{group.pk}/change/", {"name": "renamed", "permissions": []})
    assert Group.objects.filter(name="coordinator").exists()


# -- one look


def test_every_registered_admin_has_the_project_s_look():
    others = [model._meta.label for model, model_admin in admin.site._registry.items() if not isinstance(model_admin, Base)]
    assert others == []


def test_what_nobody_needs_is_not_in_the_admin():
    assert not {"EmailAddress", "Authenticator", "SolarSchedule", "ClockedSchedule"} & {model.__name__ for model in admin.site._registry}


def test_the_schedule_opens_for_administrators(client, administrator):
    when = CrontabSchedule.objects.create(minute="0", hour="7", day_of_week="1")
    task = PeriodicTask.objects.create(name="weekly", task="reporting.weekly_report", crontab=when)
    for path in ("periodictask/", f"periodictask/{task.pk}/change/", "crontabschedule/", f"crontabschedule/{when.pk}/change/"):
        assert client.get(f"/admin/django_celery_beat/{path}").status_code == 200, path
    form = client.get(f"/admin/django_celery_beat/periodictask/{task.pk}/change/").context["adminform"].form
    data = {name: value for name, value in form.initial.items() if value is not None} | {
        "enabled": "",
        "regtask": "",
        "args": "[]",
        "kwargs": "{}",
    }
    client.post(f"/admin/django_celery_beat/periodictask/{task.pk}/change/", data)
    task.refresh_from_db()
    assert (task.enabled, task.crontab) == (False, when)


@pytest.mark.parametrize(("part", "text"), [("minute", "-1"), ("hour", "1,,2"), ("day_of_week", "*/-1"), ("minute", "61")])
def test_a_moment_that_the_scheduler_cannot_read_is_refused_with_a_sentence(client, administrator, part, text):
    values = {"minute": "0", "hour": "7", "day_of_month": "*", "month_of_year": "*", "day_of_week": "*", "timezone": "UTC", part: text}
    response = client.post("/admin/django_celery_beat/crontabschedule/add/", values, headers={"accept-language": "en"})
    assert response.status_code == 200
    assert list(response.context["adminform"].form.errors) == [part]
    assert f'value="{text}"' in response.content.decode()


@pytest.mark.parametrize("path", ["user/", "user/add/", "accesslink/"])
def test_the_pages_open_in_english_too(client, administrator, path, port):
    response = client.get(f"/admin/accounts/{path}", headers={"accept-language": "en"})
    assert response.status_code == 200

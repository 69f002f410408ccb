"""Signing in: throttled, and with a second factor for staff. Every way round the gate is tried."""

import time

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.urls import reverse

from lincassable.accounts.adapters import MFAAdapter
from lincassable.accounts.tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db
ADMIN, LOGIN = "/admin/accounts/accesslink/", "/compte/login/"


@pytest.fixture(autouse=True)
def _second_factor_required(settings):
    settings.STAFF_MFA_REQUIRED = True


@pytest.fixture
def coordinator():
    return UserFactory(role="coordinator")


@pytest.fixture
def secret(coordinator):
    """A coordinator who has set up the second factor."""
    secret = generate_totp_secret()
    TOTP.activate(coordinator, secret)
    return secret


def code_of(secret, step=0):
    """The code that the person's phone shows now (or `step` times 30 seconds later)."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + step))


def sign_in(client, user, password=PASSWORD):
    return client.post(LOGIN, {"login": user.email, "password": password})


def refused_code(response):
    return response.status_code == 200 and bool(response.context["form"].errors)


def test_a_stranger_is_led_to_the_one_sign_in_page_and_back(client):
    response = client.get("/admin/accounts/user/")
    assert response.status_code == 302
    response = client.get("/admin/login/?next=/admin/accounts/user/")
    assert response["Location"] == f"{LOGIN}?next=%2Fadmin%2Faccounts%2Fuser%2F"
    assert client.get(response["Location"]).status_code == 200


def test_the_admin_takes_no_password_of_its_own(client, coordinator):
    response = client.post("/admin/login/", {"username": coordinator.email, "password": PASSWORD})
    assert response.status_code == 302
    assert "_auth_user_id" not in client.session


def test_staff_without_second_factor_only_reach_its_set_up(client, coordinator):
    sign_in(client, coordinator)
    for path in (ADMIN, "/admin/accounts/accesslink/", "/compte/2fa/", "/compte/password/change/", "/compte/2fa/recovery-codes/"):
        assert client.get(path)["Location"] == reverse("mfa_activate_totp"), path
    assert client.post(ADMIN)["Location"] == reverse("mfa_activate_totp")


def test_setting_it_up_from_nothing_opens_the_admin(client, coordinator):
    sign_in(client, coordinator)
    page = client.get(reverse("mfa_activate_totp"), follow=True)
    if page.redirect_chain:  # the library asks for the password once more
        assert page.redirect_chain[-1][0].startswith(reverse("account_reauthenticate"))
        page = client.post(page.redirect_chain[-1][0], {"password": PASSWORD}, follow=True)
    assert page.status_code == 200
    secret = client.session["mfa.totp.secret"]
    assert refused_code(client.post(reverse("mfa_activate_totp"), {"code": "000000"}))
    assert client.post(reverse("mfa_activate_totp"), {"code": code_of(secret)}).status_code == 302
    verify = client.get(ADMIN)["Location"]
    assert verify.startswith(reverse("mfa_reauthenticate"))
    assert client.get(ADMIN, follow=True).status_code == 200
    response = client.post(verify, {"code": code_of(secret)})
    assert (response.status_code, response["Location"]) == (302, ADMIN)
    assert client.get(ADMIN).status_code == 200


def test_signing_in_with_password_and_code_opens_the_admin(client, coordinator, secret):
    response = sign_in(client, coordinator)
    assert response["Location"].startswith(reverse("mfa_authenticate"))
    assert client.get(ADMIN).status_code == 302
    assert client.get(reverse("mfa_authenticate")).status_code == 200
    response = client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    assert response.status_code == 302
    assert client.get(ADMIN).status_code == 200


def test_a_wrong_code_is_refused_and_the_sixth_too_even_if_right(client, coordinator, secret):
    sign_in(client, coordinator)
    wrong = next(code for code in ("000000", "111111") if code != code_of(secret))
    for _ in range(5):
        assert refused_code(client.post(reverse("mfa_authenticate"), {"code": wrong}))
    assert refused_code(client.post(reverse("mfa_authenticate"), {"code": code_of(secret)}))
    assert client.get(ADMIN).status_code == 302


def test_a_code_seen_over_the_shoulder_does_not_serve_twice(client, coordinator, secret, time_machine):
    time_machine.move_to("2026-11-22T10:00:05Z", tick=False)
    sign_in(client, coordinator)
    code = code_of(secret)
    assert client.post(reverse("mfa_authenticate"), {"code": code}).status_code == 302
    client.logout()
    sign_in(client, coordinator)
    assert refused_code(client.post(reverse("mfa_authenticate"), {"code": code}))
    assert client.get(ADMIN).status_code == 302


def test_a_session_opened_before_the_second_factor_is_asked_for_it(client, coordinator, settings):
    settings.STAFF_MFA_REQUIRED = False
    sign_in(client, coordinator)
    assert client.get(ADMIN).status_code == 200
    settings.STAFF_MFA_REQUIRED = True
    secret = generate_totp_secret()
    TOTP.activate(coordinator, secret)
    for path in (ADMIN, "/compte/2fa/totp/deactivate/", "/compte/2fa/recovery-codes/", "/compte/password/change/"):
        assert client.get(path)["Location"].startswith(reverse("mfa_reauthenticate")), path
    client.post("/compte/2fa/totp/deactivate/")
    assert Authenticator.objects.filter(user=coordinator).exists()
    verify = client.get("/admin/accounts/accesslink/?q=a")["Location"]
    response = client.post(verify, {"code": code_of(secret)})
    assert response["Location"] == "/admin/accounts/accesslink/?q=a"
    assert client.get(ADMIN).status_code == 200


def test_anyone_may_leave_without_a_second_factor(client, coordinator, secret):
    client.force_login(coordinator)
    assert client.post("/admin/logout/").url == "/compte/login/"
    assert "_auth_user_id" not in client.session


def test_a_user_who_is_no_staff_needs_no_second_factor_and_sees_no_admin(client):
    carrier = UserFactory(role="carrier")
    sign_in(client, carrier)
    assert client.get("/compte/password/change/").status_code == 200
    assert client.get(ADMIN)["Location"].startswith("/admin/login/")


def test_public_pages_do_not_ask_staff_for_anything(client, coordinator):
    client.force_login(coordinator)
    assert client.get("/confidentialite/").status_code == 200


def test_the_gate_is_open_when_the_setting_is_off(client, coordinator, settings):
    settings.STAFF_MFA_REQUIRED = False
    client.force_login(coordinator)
    assert client.get(ADMIN).status_code == 200


def test_the_sixth_wrong_password_is_throttled_and_the_right_one_waits_too(client, coordinator):
    for _ in range(5):
        assert sign_in(client, coordinator, "wrong").status_code == 200
    response = sign_in(client, coordinator)
    assert response.status_code == 200
    assert response.context["form"].non_field_errors()
    assert "_auth_user_id" not in client.session


def test_wrong_passwords_for_one_person_do_not_lock_out_another(client, coordinator):
    for _ in range(6):
        sign_in(client, coordinator, "wrong")
    other = UserFactory(role="coordinator")
    assert sign_in(client, other).status_code == 302


def test_many_tries_from_one_address_get_a_page_that_says_to_wait(client):
    statuses = {client.post(LOGIN, {"login": f"x{n}@lincassable.example", "password": "no"}).status_code for n in range(40)}
    assert 429 in statuses


def test_nobody_signs_up_or_changes_an_address_alone(client, coordinator, settings):
    assert client.get("/compte/signup/").status_code == 404
    client.force_login(coordinator)
    settings.STAFF_MFA_REQUIRED = False
    assert client.get("/compte/email/").status_code == 404


def test_a_new_password_is_asked_for_by_mail_outside_the_outbox(client, coordinator, mailoutbox):
    from lincassable.messaging.models import Message

    client.post("/compte/password/reset/", {"email": coordinator.email})
    assert [mail.to for mail in mailoutbox] == [[coordinator.email]]
    assert "/compte/password/reset/key/" in mailoutbox[0].body
    assert not Message.objects.exists()


def test_asking_for_an_unknown_address_sends_nothing_and_looks_the_same(client, coordinator, mailoutbox):
    known = client.post("/compte/password/reset/", {"email": coordinator.email})
    unknown = client.post("/compte/password/reset/", {"email": "nobody@lincassable.example"})
    assert len(mailoutbox) == 1
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])


def test_secrets_are_not_readable_in_the_database(coordinator, secret):
    stored = Authenticator.objects.get(user=coordinator, type="totp").data["secret"]
    assert secret not in stored
    assert MFAAdapter().decrypt(stored) == secret


def test_secrets_survive_a_new_key_kept_with_its_fallback_and_refuse_every_code_without(coordinator, secret, settings):
    totp = Authenticator.objects.get(user=coordinator, type="totp").wrap()
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "a new key"
    assert totp.validate_code(code_of(secret))
    settings.SECRET_KEY_FALLBACKS = []
    assert not totp.validate_code(code_of(secret))
    assert MFAAdapter().decrypt(totp.instance.data["secret"]) not in ("", secret)


def test_an_unverified_address_does_not_keep_staff_from_setting_up(client, coordinator):
    EmailAddress.objects.create(user=coordinator, email=coordinator.email, verified=False, primary=True)
    sign_in(client, coordinator)
    assert client.get(reverse("mfa_activate_totp"), follow=True).redirect_chain[-1:] != [(reverse("mfa_index"), 302)]

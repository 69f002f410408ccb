"""Tokens: derived, unguessable, void without the secret, and never a 500."""

import base64
import string

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lincassable.accounts.models import AccessLink
from lincassable.accounts.tokens import LENGTH, Claim, read_token, write_token

CLAIM = Claim(AccessLink.STORE, 412, 3)
claims = st.builds(Claim, st.sampled_from([kind for kind, _ in AccessLink.KINDS]), st.integers(0, 2**32 - 1), st.integers(0, 65535))


@given(claims)
def test_a_token_says_what_it_was_made_for(claim):
    assert read_token(write_token(claim)) == claim


@given(claims)
def test_a_token_fits_an_address_and_holds_more_than_128_bits_of_proof(claim):
    token = write_token(claim)
    assert len(token) == LENGTH
    assert set(token) <= set(string.ascii_letters + string.digits + "-_")
    assert (len(base64.urlsafe_b64decode(token)) - 7) * 8 >= 128


@given(claims, claims)
def test_two_links_never_share_a_token(one, other):
    assume(one != other)
    assert write_token(one) != write_token(other)


@given(st.text(max_size=300))
def test_any_text_that_was_not_issued_says_nothing(text):
    assert read_token(text) is None


@given(st.binary(min_size=24, max_size=24))
def test_any_bytes_of_the_right_length_say_nothing(data):
    assert read_token(base64.urlsafe_b64encode(data).decode()) is None


@given(st.integers(0, LENGTH - 1), st.sampled_from(string.ascii_letters + string.digits + "-_=+/ é\0\n"))
def test_changing_one_character_voids_the_token(place, character):
    token = write_token(CLAIM)
    assume(token[place] != character)
    assert read_token(token[:place] + character + token[place + 1 :]) is None


@pytest.mark.parametrize("around", ["{} ", " {}", "{}=", "{}A", "{}\n", "{0}{0}", "%s" % ("A" * 100_000)])
def test_text_around_a_token_voids_it(around):
    assert read_token(around.format(write_token(CLAIM))) is None


def test_the_proof_of_one_kind_version_or_link_does_not_serve_another():
    proof = base64.urlsafe_b64decode(write_token(CLAIM))[7:]
    for other in (Claim(AccessLink.TOUR, 412, 3), Claim(AccessLink.STORE, 413, 3), Claim(AccessLink.STORE, 412, 4)):
        head = base64.urlsafe_b64decode(write_token(other))[:7]
        assert read_token(base64.urlsafe_b64encode(head + proof).decode()) is None


def test_another_secret_voids_every_card_and_the_old_one_kept_as_fallback_does_not(settings):
    token = write_token(CLAIM)
    before = settings.LINK_SECRET
    settings.LINK_SECRET = "another secret entirely"
    assert read_token(token) is None
    assert write_token(CLAIM) != token
    settings.LINK_SECRET_FALLBACKS = [before]
    assert read_token(token) == CLAIM


def test_the_secret_of_sessions_plays_no_part(settings):
    token = write_token(CLAIM)
    settings.SECRET_KEY = "changed"
    assert write_token(CLAIM) == token

"""A stored mail names a link; the mail that leaves opens it."""

from lincassable.accounts.models import AccessLink
from lincassable.accounts.tokens import Claim, write_token
from lincassable.messaging.sealing import seal, unseal


def test_the_token_of_a_link_leaves_the_stored_text_and_comes_back():
    claims = [Claim(AccessLink.STORE, 7, 1), Claim(AccessLink.TOUR, 8, 2), Claim(AccessLink.CARRIER_TOUR, 9, 3)]
    tokens = [write_token(claim) for claim in claims]
    text = (
        f"https://example.org/p/{tokens[0]} (https://example.org/chauffeur/{tokens[1]}/), https://example.org/transporteur/{tokens[2]}?a=1."
    )
    sealed = seal(text)
    assert not any(token in sealed for token in tokens)
    assert unseal(sealed) == text


def test_what_only_looks_like_a_token_is_left_alone():
    text = f"https://example.org/p/{'A' * 32} https://example.org/p/court"
    assert seal(text) == text


def test_a_reference_that_somebody_typed_does_not_become_a_token():
    sealed = seal(f"https://example.org/p/{write_token(Claim(AccessLink.STORE, 7, 1))}")
    typed = seal(sealed)
    assert unseal(typed) == typed

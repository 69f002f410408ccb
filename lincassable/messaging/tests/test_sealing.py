"""What must not be read in a leaked database is not in the outbox, and yet arrives."""

import re

import pytest
from django.core import mail

from lincassable.messaging import sealing
from lincassable.messaging.delivery import deliver
from lincassable.messaging.services import Recipient, enqueue


@pytest.fixture
def codes(monkeypatch):
    """Numbers in brackets are secrets, except 13."""
    monkeypatch.setattr(sealing, "_secrets", {})
    known = {"[12]": "twelve"}
    back = {value: key for key, value in known.items()}
    sealing.register_secret("code", re.compile(r"(\[\d+\])"), reference=known.get, secret=back.__getitem__)


@pytest.mark.django_db
def test_the_row_has_the_reference_and_the_mail_has_the_secret(codes, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    context = {"what": "[12] and [13]", "when": None}
    message = enqueue("sample", to=Recipient("ana@example.org"), context=context, dedupe_key="k", headers={"X-Open": "[12]"})
    message.refresh_from_db()
    assert "[12]" not in message.text + message.html + message.headers["X-Open"]
    assert "[13]" in message.text
    assert deliver(message.pk)
    sent = mail.outbox[0]
    assert "[12] and [13]" in sent.body
    assert "[12] and [13]" in sent.alternatives[0].content
    assert sent.extra_headers["X-Open"] == "[12]"

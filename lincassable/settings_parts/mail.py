"""How mails leave: by a provider (MAIL_PROVIDER), by an SMTP server (EMAIL_URL), or into a folder (neither)."""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from lincassable.settings_parts.environment import SITE_NAME, VAR_DIR, env

# django-anymail's names. Each takes its own ANYMAIL_<NAME>_… variables (docs/operator.md).
MAIL_PROVIDERS = {
    "amazon_ses", "brevo", "mailersend", "mailgun", "mailjet", "mailtrap", "mandrill", "postal", "postmark", "resend", "scaleway",
    "sendgrid", "sparkpost", "unisender_go",
}  # fmt: skip
MAIL_PROVIDER = env("MAIL_PROVIDER", default="").lower()
if MAIL_PROVIDER and MAIL_PROVIDER not in MAIL_PROVIDERS:
    raise ImproperlyConfigured(f"MAIL_PROVIDER is one of {', '.join(sorted(MAIL_PROVIDERS))}, not {MAIL_PROVIDER!r}.")
ANYMAIL = {name.removeprefix("ANYMAIL_"): value for name, value in os.environ.items() if name.startswith("ANYMAIL_")}
# “user:password” that the provider's webhooks must bring, besides their own signature where they have one.
MAIL_WEBHOOK_SECRET = env("MAIL_WEBHOOK_SECRET", default="")
ANYMAIL |= {"WEBHOOK_SECRET": MAIL_WEBHOOK_SECRET} if MAIL_WEBHOOK_SECRET else {}
ANYMAIL.setdefault("REQUESTS_TIMEOUT", (5, 20))  # seconds to connect, to answer
MAIL_WEBHOOK_MAX_BYTES = 1_000_000  # of one call; providers send batches of some dozens of events
MAIL_WEBHOOK_RATE_LIMIT = env.int("MAIL_WEBHOOK_RATE_LIMIT", default=1200)  # calls a minute; more are asked to come back

# Chat rooms are called on the public internet only, unless the chat server is one's own.
CHAT_ALLOW_PRIVATE = env.bool("CHAT_ALLOW_PRIVATE", default=False)

# Unset, mails go into a folder of .eml files, readable from the admin.
MAIL_FOLDER = Path(env("MAIL_FOLDER", default=str(VAR_DIR / "mail")))
if MAIL_PROVIDER:
    EMAIL_BACKEND = f"anymail.backends.{MAIL_PROVIDER}.EmailBackend"
elif env("EMAIL_URL", default=""):
    _mail = env.email_url("EMAIL_URL")
    EMAIL_BACKEND = _mail["EMAIL_BACKEND"]
    EMAIL_HOST, EMAIL_PORT = _mail["EMAIL_HOST"], _mail["EMAIL_PORT"]
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail["EMAIL_HOST_USER"] or "", _mail["EMAIL_HOST_PASSWORD"] or ""
    EMAIL_USE_TLS, EMAIL_USE_SSL = _mail.get("EMAIL_USE_TLS", False), _mail.get("EMAIL_USE_SSL", False)
else:
    EMAIL_BACKEND = "lincassable.messaging.backends.FolderBackend"
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default=f"{SITE_NAME} <bonjour@lincassable.example>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
REPLY_TO_EMAIL = env("REPLY_TO_EMAIL", default="")

"""How mails leave."""

from pathlib import Path

from lincassable.settings_parts.environment import SITE_NAME, VAR_DIR, env

# Mail. Unset EMAIL_URL delivers into a folder of .eml files, readable from the admin.
MAIL_FOLDER = Path(env("MAIL_FOLDER", default=str(VAR_DIR / "mail")))
if env("EMAIL_URL", default=""):
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

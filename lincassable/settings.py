"""Settings of the project, read from the environment (django-environ). Safe by default.

Every variable is described in docs/operator.md. Unset `DATABASE_URL` and `REDIS_URL` mean embedded servers under
`var/`; nothing but this file knows which of the two is in use.
"""

import os
import sys
from pathlib import Path

import environ
from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from lincassable.navigation import MENU, favicon, search_script
from lincassable.schedule import BEAT_SCHEDULE

BASE_DIR = Path(__file__).resolve().parent.parent
# The apps of `collections/` are imported by their own names (`crates`, `pickups`). The folder is deliberately not a
# package: with an `__init__.py`, it would hide Python's own `collections`. It goes last, so it can hide nothing.
if str(BASE_DIR / "collections") not in sys.path:
    sys.path.append(str(BASE_DIR / "collections"))

env = environ.Env()
if (BASE_DIR / ".env").exists():
    env.read_env(BASE_DIR / ".env")

VAR_DIR = Path(env("VAR_DIR", default=str(BASE_DIR / "var")))
# `./run` and `./test` leave LOCAL=1 and the address there, so that `manage.py` commands agree with the running site.
# A server that has its own SECRET_KEY never reads it.
# The tests neither: they must not depend on the port of the last `./run`.
TESTING = "pytest" in sys.modules
if "SECRET_KEY" not in os.environ and not TESTING and (VAR_DIR / "local.env").exists():
    env.read_env(VAR_DIR / "local.env")
DEBUG = env.bool("DEBUG", default=False)
# True on a developer's machine: embedded servers, secrets generated under var/, plain HTTP. Never in production.
LOCAL = env.bool("LOCAL", default=TESTING)


def secret(name: str) -> str:
    """Return the secret called `name` from the environment, or, on a local machine, one generated under `var/`.

    Raises ImproperlyConfigured in production when it is not set.
    """
    value = env(name, default="")
    if value:
        return value
    if not LOCAL:
        raise ImproperlyConfigured(f"Set {name} to a long random value (see docs/operator.md), or LOCAL=1 on your own machine.")
    from lincassable.embedded.secrets import generated_secret

    return generated_secret(VAR_DIR / name.lower().replace("_", "-"))


SECRET_KEY = secret("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
# Access links are derived from this one, apart from SECRET_KEY: rotating the sessions must not void printed cards.
LINK_SECRET = secret("LINK_SECRET")
LINK_SECRET_FALLBACKS = env.list("LINK_SECRET_FALLBACKS", default=[])

SITE_URL = env("SITE_URL", default="http://localhost:8000").rstrip("/")
SITE_NAME = env("SITE_NAME", default="Lincassable")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"] if LOCAL else [])
if TESTING:
    ALLOWED_HOSTS = ["*"]
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "pgtrigger",
    "crispy_forms",
    "crispy_bootstrap5",
    "phonenumber_field",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_celery_beat",
    "lincassable.messaging",
    "lincassable.accounts",
    "stores",
    "crates",
    "references",
    "pickups",
    "awareness",
    "lincassable.reporting",
    "lincassable.portal",
    "lincassable.legacy",
    "lincassable.demo",
    "django.forms",
]

MIDDLEWARE = [
    "lincassable.middleware.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "lincassable.middleware.admin_csp",
    "lincassable.middleware.permissions_policy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "lincassable.accounts.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "lincassable.accounts.middleware.MFAGate",
]

ROOT_URLCONF = "lincassable.urls"
WSGI_APPLICATION = "lincassable.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "lincassable.context.site",
            ],
        },
    },
]

# Database: PostgreSQL only. Embedded under var/pg unless DATABASE_URL names one.
if env("DATABASE_URL", default=""):
    DATABASES = {"default": {**env.db(), "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}}
else:
    from lincassable.embedded.postgres import embedded_database

    DATABASES = {"default": {**embedded_database(VAR_DIR, testing=TESTING), "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}}
# Two test runs at once on one server must not share a database; xdist workers add their own suffix.
DATABASES["default"]["TEST"] = {"NAME": f"test_{os.environ.get('PYTEST_XDIST_TESTRUNUID') or os.getpid()}"[:40]}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Redis for Celery and the cache. Embedded Valkey under var/valkey unless REDIS_URL names one.
if env("REDIS_URL", default=""):
    CELERY_BROKER_URL = env("REDIS_URL")
    CACHE_URL = env("CACHE_URL", default=env("REDIS_URL"))
else:
    from lincassable.embedded.valkey import embedded_urls

    CELERY_BROKER_URL, CACHE_URL = embedded_urls(VAR_DIR, testing=TESTING)
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": CACHE_URL,
        "KEY_PREFIX": "lincassable",
        # A cache that is down must not hold a page.
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 2},
    }
}

# Celery. Redelivery after a killed worker takes at most `visibility_timeout`; no task may take longer than that.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 600
CELERY_TASK_SOFT_TIME_LIMIT = 540
CELERY_TASK_DEFAULT_QUEUE = "computing"
CELERY_TASK_ROUTES = {"messaging.*": {"queue": "mail"}}
CELERY_TASK_CREATE_MISSING_QUEUES = True
# A broker that is down must not hold a store's form: publishing fails at once and the sweep takes over.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_connect_timeout": 2,
    "socket_timeout": 10,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_SCHEDULE = BEAT_SCHEDULE
CELERY_TASK_ALWAYS_EAGER = env.bool("CELERY_TASK_ALWAYS_EAGER", default=False)

# People
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
if TESTING:  # slow hashes protect people's passwords; tests have none to protect and make hundreds
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/admin/"
LOGIN_REDIRECT_URLS = {"sorting": "/tri/", "carrier": "/transporteur/"}  # by role, for those who are no staff
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "lincassable.accounts.adapters.AccountAdapter"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
PASSWORD_RESET_TIMEOUT = 2 * 3600
MFA_ADAPTER = "lincassable.accounts.adapters.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = SITE_NAME
MFA_ALLOW_UNVERIFIED_EMAIL = True  # addresses are typed by an administrator, never by signing up
STAFF_MFA_REQUIRED = env.bool("STAFF_MFA_REQUIRED", default=not LOCAL)

# Languages and time. French is the default; stored times are UTC, days are cut in NETWORK_TIME_ZONE.
LANGUAGE_CODE = "fr"
FORMAT_MODULE_PATH = "lincassable.formats"
LANGUAGES = [("fr", _("French")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale", BASE_DIR / "locale_upstream"]
USE_I18N = True
USE_TZ = True
NETWORK_TIME_ZONE = env("NETWORK_TIME_ZONE", default="Europe/Paris")
TIME_ZONE = NETWORK_TIME_ZONE
CELERY_TIMEZONE = NETWORK_TIME_ZONE
LANGUAGE_COOKIE_NAME = "langue"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
PHONENUMBER_DEFAULT_REGION = env("PHONE_REGION", default="FR")
HOLIDAY_COUNTRY = env("HOLIDAY_COUNTRY", default="FR")  # two letters; whose public holidays tours and opening hours follow
HOLIDAY_SUBDIVISION = env("HOLIDAY_SUBDIVISION", default="")  # "57" for Alsace-Moselle, "974" for La Réunion…

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

# Static files, with hashed names.
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = VAR_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or TESTING
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_USE_FINDERS = DEBUG or TESTING
MEDIA_ROOT = VAR_DIR / "media"  # private: no address serves this folder, see lincassable/uploads.py
UPLOAD_MAX_MB = env.int("UPLOAD_MAX_MB", default=15)  # one photo or document

# Forms
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

# Safety
HTTPS = env.bool("HTTPS", default=not LOCAL)
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)  # only then are X-Forwarded-Proto and X-Forwarded-For believed
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_HSTS_SECONDS = 31536000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 3600
X_FRAME_OPTIONS = "DENY"
GEOCODER = {"service": env("GEOCODER", default=""), "url": env("GEOCODER_URL", default="https://data.geopf.fr"), "timeout": 4}  # "ban"
TILE_URL = env("TILE_URL", default="")
TILE_ATTRIBUTION = env("TILE_ATTRIBUTION", default="")
# Which sites may show the map in a frame (/carte/?embed=1, and nothing else); "*" is every site.
MAP_FRAME_ANCESTORS = env.list("MAP_FRAME_ANCESTORS", default=["*"])
_TILE_HOSTS = ["https://" + TILE_URL.split("/")[2].replace("{s}", "*")] if TILE_URL.startswith("https://") else []
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:", *_TILE_HOSTS],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
        "worker-src": [SELF],
        "manifest-src": [SELF],
    }
}
# django-unfold runs Alpine, which needs these; /admin/ alone gets them (lincassable.middleware.admin_csp).
ADMIN_CSP = {"script-src": [SELF, UNSAFE_EVAL, UNSAFE_INLINE], "style-src": [SELF, UNSAFE_INLINE]}

# Access links and phones
LINK_COOKIE_AGE = 400 * 24 * 3600  # browsers cap cookies at 400 days
LINK_OLD_VERSION_GRACE_DAYS = 30
LINK_RATE_LIMIT = env.int("LINK_RATE_LIMIT", default=60)  # openings of unknown links per address and hour
CLAIMED_TIME_MAX_AGE_DAYS = 30

# The network's figures: starting values, each can be set in the environment.
PICKUP_FILL_PERCENT = env.int("PICKUP_FILL_PERCENT", default=80)  # a store usually asks when about 80 % full
# The rule that says when a place will be full, and from how many days before that on it is called soon (docs/developer.md).
FORECAST_MODEL = env("FORECAST_MODEL", default="pickups.forecast_baseline.baseline")
FORECAST_SOON_DAYS = env.int("FORECAST_SOON_DAYS", default=30)
DECLARATION_LATE_DAYS = env.int("DECLARATION_LATE_DAYS", default=21)
LOW_EMPTIES_PERCENT = env.int("LOW_EMPTIES_PERCENT", default=10)  # of the room; where there is a buffer, it is the threshold
PUBLIC_FULL_PERCENT = env.int("PUBLIC_FULL_PERCENT", default=95)  # from here on the public is told that a place is almost full
PUBLIC_NEXT_PLACE_M = env.int("PUBLIC_NEXT_PLACE_M", default=1500)  # and shown the nearest other one within this distance
OLD_BOTTLES_MONTHS = env.int("OLD_BOTTLES_MONTHS", default=5)  # bottles must not wait more than six
PALOX_UNSEEN_MONTHS = env.int("PALOX_UNSEEN_MONTHS", default=6)
SORTING_TOLERANCE_PERCENT = env.int("SORTING_TOLERANCE_PERCENT", default=15)  # a palox holds 450 to 550 bottles; more is told
UNDO_MINUTES = env.int("UNDO_MINUTES", default=10)  # how long a coordinator may undo what they did last
DISCREPANCY_DAYS = env.int("DISCREPANCY_DAYS", default=60)  # older counts are no longer asked about
SHELF_STALE_DAYS = env.int("SHELF_STALE_DAYS", default=60)  # a list of products not looked at for longer is asked about
SLIP_MISSING_DAYS = env.int("SLIP_MISSING_DAYS", default=5)  # a signed slip that has not come by then is asked for
SLIP_NAGGING_DAYS = env.int("SLIP_NAGGING_DAYS", default=30)  # after that nobody is asked any more
ON_TIME_TOLERANCE_MINUTES = env.int("ON_TIME_TOLERANCE_MINUTES", default=15)  # a truck this early or late is still on time
OUTBOX_ALERT_MINUTES = env.int("OUTBOX_ALERT_MINUTES", default=30)
SCHEDULER_ALERT_MINUTES = env.int("SCHEDULER_ALERT_MINUTES", default=5)

# Tours: estimates to compare plans with, before anybody has driven them (pickups/routes.py, pickups/load.py). Our own guesses, to be set
# from one's own tours: roads about a third longer than the straight line; speeds door to door, traffic and parking included; a stop is
# to find somebody, load, sign.
ROUTE_DETOUR = env.float("ROUTE_DETOUR", default=1.3)
ROUTE_SPEED_KMH = {"bike": 14, "van": 38, "truck_12t": 36, "truck_19t": 34} | env.dict("ROUTE_SPEED_KMH", cast={"value": float}, default={})
ROUTE_STOP_MINUTES = {"bike": 10, "van": 15, "truck_12t": 20, "truck_19t": 20} | env.dict(
    "ROUTE_STOP_MINUTES", cast={"value": int}, default={}
)
CRATE_VOLUME_L = env.int("CRATE_VOLUME_L", default=30)  # dm³; what a vehicle's room in crates is counted in
TOUR_NEAR_DAYS = env.int("TOUR_NEAR_DAYS", default=3)  # a place on two open tours closer than that is pointed out

# Calendars that people subscribe to.
CALENDAR_REFRESH_HOURS = env.int("CALENDAR_REFRESH_HOURS", default=1)  # how often they are asked to look again
CALENDAR_PAST_DAYS = env.int("CALENDAR_PAST_DAYS", default=90)  # how far back they go
CALENDAR_CANCELLED_DAYS = env.int("CALENDAR_CANCELLED_DAYS", default=30)  # how long what was cancelled is still shown as such
# Personal data: how long each kind is kept (days). docs/operator.md explains each; /confidentialite/ shows it.
PERSONAL_DATA_RETENTION_DAYS = {
    "message_body": env.int("RETENTION_MESSAGE_BODY_DAYS", default=180),
    "message_address": env.int("RETENTION_MESSAGE_ADDRESS_DAYS", default=365),
    "first_name": env.int("RETENTION_FIRST_NAME_DAYS", default=365),
    "proposal": env.int("RETENTION_PROPOSAL_DAYS", default=365),
    "inactive_contact": env.int("RETENTION_INACTIVE_CONTACT_DAYS", default=3 * 365),
    "inactive_user": env.int("RETENTION_INACTIVE_USER_DAYS", default=3 * 365),
    "admin_log": env.int("RETENTION_ADMIN_LOG_DAYS", default=3 * 365),
    # One year: how long claims about a carriage may be brought (French commercial code, L133-6).
    "stop_proof": env.int("RETENTION_STOP_PROOF_DAYS", default=365),
    "paper_slip": env.int("RETENTION_PAPER_SLIP_DAYS", default=365),
    "device": env.int("RETENTION_DEVICE_DAYS", default=365),
}

# Who runs the site, for the legal pages.
ORGANISATION_NAME = env("ORGANISATION_NAME", default=SITE_NAME)
ORGANISATION_ADDRESS = env("ORGANISATION_ADDRESS", default="")
ORGANISATION_EMAIL = env("ORGANISATION_EMAIL", default="bonjour@lincassable.example")
ORGANISATION_LEGAL_FORM = env("ORGANISATION_LEGAL_FORM", default="")
ORGANISATION_PHONE = env("ORGANISATION_PHONE", default="")
ORGANISATION_REGISTRATION = env("ORGANISATION_REGISTRATION", default="")  # SIREN, RNA…
ORGANISATION_PUBLISHER = env("ORGANISATION_PUBLISHER", default="")
HOSTING = env("HOSTING", default="")

LOGGING_CONFIG = "lincassable.logs.configure"
LOG_JSON = env.bool("LOG_JSON", default=not LOCAL)
LOGGING = {"level": env("LOG_LEVEL", default="INFO")}
UNFOLD = {
    "SITE_TITLE": SITE_NAME,
    "SITE_HEADER": SITE_NAME,
    "SITE_URL": "/",
    "SITE_ICON": favicon,
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": favicon}],
    "DASHBOARD_CALLBACK": "lincassable.reporting.dashboard.dashboard",
    "ENVIRONMENT": None,
    "SCRIPTS": [search_script],
    "SIDEBAR": {"navigation": MENU, "show_all_applications": True},
    "COLORS": {
        "primary": {
            "50": "#eef7f1", "100": "#d6ebdd", "200": "#aed7bc", "300": "#8fc7a3", "400": "#6cb388", "500": "#52a272",
            "600": "#216741", "700": "#1b5335", "800": "#17432c", "900": "#133725", "950": "#092015",
        },
    },
}  # fmt: skip

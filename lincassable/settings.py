"""Settings of the project, read from the environment (django-environ). Safe by default.

Every variable is described in docs/operator.md. Unset `DATABASE_URL` and `REDIS_URL` mean embedded servers under
`var/`; nothing but the settings knows which of the two is in use. Mails, queues and the network's figures have files
of their own in `settings_parts/`.
"""

import os

from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.utils.translation import gettext_lazy as _

from lincassable.navigation import MENU, admin_style, choices_script, favicon, search_script
from lincassable.settings_parts.environment import BASE_DIR, DEBUG, LOCAL, SITE_NAME, TESTING, VAR_DIR, env, secret
from lincassable.settings_parts.figures import *  # noqa: F403
from lincassable.settings_parts.mail import *  # noqa: F403
from lincassable.settings_parts.queues import *  # noqa: F403

SECRET_KEY = secret("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
# Access links are derived from this one, apart from SECRET_KEY: rotating the sessions must not void printed cards.
LINK_SECRET = secret("LINK_SECRET")
LINK_SECRET_FALLBACKS = env.list("LINK_SECRET_FALLBACKS", default=[])

SITE_URL = env("SITE_URL", default="http://localhost:8000").rstrip("/")
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
    "lincassable.reminders",
    "crates",
    "references",
    "pickups",
    "nonconformities",
    "awareness",
    "lincassable.mailings",
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
LOGOUT_REDIRECT_URL = LOGIN_URL  # its page takes what was kept for the dead spots off the phone (static/app/forget.js)
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
    "SCRIPTS": [search_script, choices_script],
    "STYLES": [admin_style],
    "SIDEBAR": {"navigation": MENU, "show_all_applications": True},
    "COLORS": {
        "primary": {
            "50": "#eef7f1", "100": "#d6ebdd", "200": "#aed7bc", "300": "#8fc7a3", "400": "#6cb388", "500": "#52a272",
            "600": "#216741", "700": "#1b5335", "800": "#17432c", "900": "#133725", "950": "#092015",
        },
    },
}  # fmt: skip

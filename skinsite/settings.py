"""All settings, from the environment alone; with none set the site runs on this machine for one person.

`PRODUCTION=1` turns on HTTPS and refuses to start without what a public site needs.
docs/deployment.md lists every variable.
"""

import contextlib
import os
import secrets
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from kombu import Exchange, Queue

from skinsite.private_redis import broker_url

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

PRODUCTION = env.bool("PRODUCTION", default=False)
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "var"))).resolve()
DATA_DIR.mkdir(parents=True, exist_ok=True)


def _own_secret_key() -> str:
    """The key kept in DATA_DIR, made at the first start and readable by this user alone."""
    path = DATA_DIR / "secret_key"
    if not path.exists():
        # Written aside and linked, so that of processes starting together all read the same key.
        descriptor, temporary = tempfile.mkstemp(dir=DATA_DIR)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(50))
        with contextlib.suppress(FileExistsError):
            os.link(temporary, path)
        os.unlink(temporary)
    return path.read_text()


def _required(name: str, why: str) -> str:
    value = env.str(name, default="")
    if not value:
        raise ImproperlyConfigured(f"PRODUCTION is set, so {name} must be too: {why}")
    return value


def _prevalence() -> float | None:
    """A share strictly between 0 and 1, or None where nobody knows it."""
    text = env.str("PREVALENCE", default="").strip()
    if not text:
        return None
    with contextlib.suppress(ValueError):
        if 0 < float(text) < 1:
            return float(text)
    raise ImproperlyConfigured(
        f"PREVALENCE is {text!r}, but must be a share between 0 and 1: 0.02 where about 2 in 100 of the "
        "moles that people photograph here are malignant. Leave it unset where that is not known."
    )


def _review_shares() -> dict[str, float]:
    """Which share of the photos of each band, and of those the model can't judge, clinicians are to read."""
    usual = {"raised": 1.0, "unclear": 1.0, "rejected": 1.0, "low": 0.05}
    shares = {}
    for name, share in usual.items():
        text = env.str(f"REVIEW_{name.upper()}", default="").strip() or str(share)
        try:
            shares[name] = float(text)
        except ValueError:
            shares[name] = -1.0
        if not 0 <= shares[name] <= 1:
            raise ImproperlyConfigured(
                f"REVIEW_{name.upper()} is {text!r}, but must be a share from 0 (none) to 1 (all)."
            )
    return shares


def _staff_session_hours() -> float:
    text = env.str("STAFF_SESSION_HOURS", default="").strip() or "8"
    with contextlib.suppress(ValueError):
        if 0 < float(text) <= 24 * 14:
            return float(text)
    raise ImproperlyConfigured(
        f"STAFF_SESSION_HOURS is {text!r}, but must be a number of hours from the log-in, such as 8."
    )


def _site_url() -> str:
    """The site's own address, without a slash at the end: links in mails begin with it."""
    if PRODUCTION:
        url = _required("SITE_URL", "links in mails begin with it, such as https://moles.example.org")
    else:
        url = env.str("SITE_URL", default="") or f"http://localhost:{env.str('PORT', default='8000')}"
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ImproperlyConfigured(
            f"SITE_URL is {url!r}, but must be the site's address and nothing more: https://moles.example.org"
        )
    return f"{parts.scheme}://{parts.netloc}"


DEBUG = False
if PRODUCTION:
    SECRET_KEY = _required("SECRET_KEY", "a long random text that only this site knows.")
    ALLOWED_HOSTS = _required("ALLOWED_HOSTS", "the site's host names, separated by commas.").split(",")
else:
    SECRET_KEY = env.str("SECRET_KEY", default="") or _own_secret_key()
    ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]", "testserver"])
# How many proxies of ours stand in front: limits count by the address that the outermost tells.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SITE_URL = _site_url()

INSTALLED_APPS = [
    "diagnosis",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "bootstrap",
    "csp",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "knox",
    "rest_framework",
]

# The body limit comes before anything that parses a body: CSRF checking alone would write a
# 300 MB form to disk before refusing it. What stands above it adds headers to its answer.
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "skinsite.middleware.PermissionsMiddleware",
    "skinsite.middleware.BodyLimitMiddleware",
    "skinsite.health.HealthMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "skinsite.language.LanguageMiddleware",
    "skinsite.middleware.CircumstancesMiddleware",
    "skinsite.middleware.TimeZoneMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "skinsite.staff.StaffMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
]

ROOT_URLCONF = "skinsite.urls"
WSGI_APPLICATION = "skinsite.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "diagnosis.pages.accounts.mail",
            ]
        },
    }
]

# Database ------------------------------------------------------------------------------------

# No URL for the file: a folder's name may hold what a URL may not.
_sqlite: dict[str, Any] = {"ENGINE": "django.db.backends.sqlite3", "NAME": DATA_DIR / "db.sqlite3"}
DATABASES = {"default": env.db_url("DATABASE_URL") if env.str("DATABASE_URL", default="") else _sqlite}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # With SQLite's defaults most concurrent transactions fail as "database is locked".
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:
    DATABASES["default"] |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Throttles and log-in limits live in the database, so that Redis may die without anyone noticing.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        # Django's 300 would drop the limits of some people whenever 100 others come by.
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    },
}

# Files ---------------------------------------------------------------------------------------

S3_BUCKET = env.str("S3_BUCKET", default="")
PHOTO_FOLDER = Path(env.str("PHOTO_FOLDER", default=str(DATA_DIR / "photos")))
if PRODUCTION and not S3_BUCKET and not env.str("PHOTO_FOLDER", default=""):
    raise ImproperlyConfigured(
        "PRODUCTION is set, so web and worker must share the photos: set S3_BUCKET, "
        "or PHOTO_FOLDER to a folder that all of them mount."
    )
_photos = (
    {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": S3_BUCKET,
            "endpoint_url": env.str("S3_ENDPOINT_URL", default=None),
            "region_name": env.str("S3_REGION", default=None),
            "default_acl": "private",
            "file_overwrite": False,
        },
    }
    if S3_BUCKET
    else {"BACKEND": "diagnosis.storage.PhotoFolder", "OPTIONS": {"location": PHOTO_FOLDER}}
)
_static = (
    "whitenoise.storage.CompressedManifestStaticFilesStorage"
    if PRODUCTION
    else ("django.contrib.staticfiles.storage.StaticFilesStorage")
)
STORAGES = {
    # Photos are served by an owner-checked view alone; there is no public MEDIA_URL.
    "default": _photos,
    "staticfiles": {"BACKEND": _static},
}
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = not PRODUCTION

# /readyz fails below this: the next photos might not fit.
MIN_FREE_BYTES = env.int("MIN_FREE_BYTES", default=200 * 1024 * 1024)

MAX_BODY_BYTES = 15 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_HANDLERS = ["skinsite.uploads.AnyNameUploadHandler"]

# The model -----------------------------------------------------------------------------------

MODEL_VERSION = env.str("MODEL_VERSION", default="residual128-3")
MODEL_FOLDER = Path(env.str("MODEL_FOLDER", default=str(BASE_DIR / "ml" / "artifacts")))
# Share of malignant ones among the moles that people photograph here; no band depends on it.
PREVALENCE = _prevalence()
REVIEW_SHARES = _review_shares()

# Celery --------------------------------------------------------------------------------------

CELERY_BROKER_URL = env.str("REDIS_URL", default="") or broker_url(DATA_DIR)
# A frozen broker must hold up nobody: every socket call ends within a second or two.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_connect_timeout": 1,
    "socket_timeout": 5,
    "visibility_timeout": 3600,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_STORE_ERRORS_EVEN_IF_IGNORED = False
# A large export takes minutes. A worker takes both queues unless told otherwise (--queues), so that a
# second one may take the exports, and no photo waits behind them.
CELERY_TASK_QUEUES = [Queue(name, Exchange(name), routing_key=name) for name in ("celery", "exports")]
CELERY_TASK_ROUTES = {"diagnosis.export_task": {"queue": "exports"}}
CELERY_WORKER_CONCURRENCY = env.int("WORKER_CONCURRENCY", default=1)
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# Loading TensorFlow and the network in the child takes longer than Celery's default of 4 s.
CELERY_WORKER_PROC_ALIVE_TIMEOUT = 60
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "diagnosis.sweep_task", "schedule": 10.0, "options": {"expires": 10}},
    # Steps aside when a photo waits.
    "trial": {"task": "diagnosis.trial_task", "schedule": 10.0, "options": {"expires": 10}},
    "sweep-exports": {"task": "diagnosis.sweep_exports_task", "schedule": 30.0, "options": {"expires": 30}},
    "remove-outlived": {
        "task": "diagnosis.remove_outlived_task",
        "schedule": 600.0,
        "options": {"expires": 600},
    },
    "sweep-files": {"task": "diagnosis.sweep_files_task", "schedule": 600.0, "options": {"expires": 600}},
    "reminders": {"task": "diagnosis.send_reminders_task", "schedule": 60.0, "options": {"expires": 60}},
    "review-mails": {
        "task": "diagnosis.send_review_mails_task",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "release-expired": {
        "task": "diagnosis.release_expired_task",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "repair-due": {
        "task": "diagnosis.repair_due_task",
        "schedule": 24 * 3600.0,
        "options": {"expires": 3600},
    },
}

# Accounts ------------------------------------------------------------------------------------

AUTH_USER_MODEL = "diagnosis.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "mole-list"
LOGOUT_REDIRECT_URL = "home"

EMAIL_URL = env.str("EMAIL_URL", default="")
globals().update(env.email_url_config(EMAIL_URL or "consolemail://"))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="moles@localhost")

ACCOUNT_ADAPTER = "diagnosis.pages.accounts.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_FORMS = {
    "login": "diagnosis.pages.account_forms.LoginForm",
    "signup": "diagnosis.pages.account_forms.SignupForm",
    "reset_password": "diagnosis.pages.account_forms.ResetPasswordForm",
    "add_email": "diagnosis.pages.account_forms.ChangeEmailForm",
}
ACCOUNT_CHANGE_EMAIL = True
# Without mail nobody could ever confirm; with it, everybody must.
ACCOUNT_EMAIL_VERIFICATION = "mandatory" if EMAIL_URL else "none"
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_EMAIL_NOTIFICATIONS = bool(EMAIL_URL)
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
MFA_FORMS = {
    "add_webauthn": "diagnosis.pages.account_forms.AddKeyForm",
    "edit_webauthn": "diagnosis.pages.account_forms.EditKeyForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
# Without mail no address is ever verified, and everyone would be shut out of MFA.
MFA_ALLOW_UNVERIFIED_EMAIL = not EMAIL_URL
MFA_TOTP_ISSUER = "Skin Cancer Detection"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION
USERSESSIONS_TRACK_ACTIVITY = True
USERSESSIONS_ADAPTER = "diagnosis.services.account_events.SessionsAdapter"
SESSION_COOKIE_AGE = int(timedelta(days=14).total_seconds())
# Counted from the log-in, whatever is done meanwhile.
STAFF_SESSION_HOURS = _staff_session_hours()

KNOX_TOKEN_MODEL = "diagnosis.AuthToken"  # noqa: S105 - a model's name
# knox's migrations make its own table of tokens even where another model is named.
MIGRATION_MODULES = {"knox": None}
REST_KNOX = {"TOKEN_TTL": timedelta(days=30), "TOKEN_LIMIT_PER_USER": 50, "AUTO_REFRESH": False}

# API -----------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "diagnosis.api.auth.TokenAuthentication",
        "diagnosis.api.auth.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["diagnosis.api.parsers.JSONParser"],
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "diagnosis.api.pagination.NewestFirst",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": [
        "rest_framework.throttling.AnonRateThrottle",
        "rest_framework.throttling.UserRateThrottle",
    ],
    "DEFAULT_THROTTLE_RATES": {
        "anon": env.str("THROTTLE_ANON", default="60/min"),
        "user": env.str("THROTTLE_USER", default="600/min"),
        "upload": env.str("THROTTLE_UPLOAD", default="120/hour"),
    },
    "EXCEPTION_HANDLER": "diagnosis.api.errors.one_shape",
    "NUM_PROXIES": TRUSTED_PROXIES,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Skin Cancer Detection",
    "DESCRIPTION": "Moles, photos of them, and what a network predicts. A prediction is not a diagnosis.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "ENUM_NAME_OVERRIDES": {"PhotoKindEnum": "diagnosis.models.Photo.Kind"},
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "diagnosis.api.schema.add_errors",
    ],
}

# Security ------------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        # Bootstrap's icons and the authenticator's QR code are data: pictures; a chosen photo
        # is shown from a blob: before it is sent.
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = False  # the upload script sends it back as a header
CSRF_FAILURE_VIEW = "diagnosis.pages.errors.csrf_failure"
if PRODUCTION:
    SECURE_SSL_REDIRECT = True
    # The container's own health check speaks plain HTTP.
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True

# The rest ------------------------------------------------------------------------------------

# Who may read /metrics; without it a public site shows none.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")

# To add one: a line here, `make messages`, and skinsite/formats/.
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("es", "Español")]
LANGUAGE_CODE = "en"
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["skinsite.formats"]
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SECURE = PRODUCTION
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
USE_TZ = True
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
}

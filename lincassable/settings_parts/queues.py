"""Redis, the cache, and Celery: two queues, what happens to a task whose worker dies, and how long one may take."""

from lincassable.schedule import BEAT_SCHEDULE
from lincassable.settings_parts.environment import TESTING, VAR_DIR, env

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
CELERY_RESULT_EXPIRES = None  # nothing to clean up either
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
CELERY_BEAT_SCHEDULER = "lincassable.scheduler:Scheduler"  # django-celery-beat's, safe when there are two (lincassable/slots.py)
CELERY_BEAT_SCHEDULE = BEAT_SCHEDULE
CELERY_TASK_ALWAYS_EAGER = env.bool("CELERY_TASK_ALWAYS_EAGER", default=False)

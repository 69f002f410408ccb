"""Logs: readable lines on a developer's machine, one JSON object per line in production. Never a token in them."""

from __future__ import annotations

import json
import logging
import logging.config
import re
from contextvars import ContextVar
from datetime import UTC, datetime

# The request or task being worked on; every line written meanwhile carries it.
work: ContextVar[dict[str, object] | None] = ContextVar("work", default=None)

# Addresses that open something: access links, signed addresses of mails, the link that sets a password. Plain words (names of pages) and
# short numbers stay readable.
_LINK = re.compile(
    r"/(?:p|chauffeur|transporteur|agenda|equipe|producteur|formation|evenements/inscription|rappels|desabonnement"
    r"|compte/password/reset/key)/[^\s\"'<>?#]+"
)
_HARMLESS = re.compile(r"[a-z-]{1,20}|\d{1,9}")
HIDDEN = "•••"


def redact(text: str) -> str:
    """Return `text` with the tokens of access links hidden."""
    return _LINK.sub(lambda found: _redact_path(found.group()), text)


def _redact_path(path: str) -> str:
    empty, prefix, *rest = path.split("/")
    return "/".join([empty, prefix, *(part if not part or _HARMLESS.fullmatch(part) else HIDDEN for part in rest)])


class HumanFormatter(logging.Formatter):
    """`12:03:04 INFO lincassable.request GET /p/ 200 in 12 ms (request 3f2a…)`."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s", "%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without tokens."""
        current = work.get()
        label = f" ({' '.join(f'{key} {value}' for key, value in current.items())})" if current else ""
        return redact(super().format(record)) + label


class JsonFormatter(logging.Formatter):
    """One JSON object: time, level, logger, message, the request or task, and the fields given as `extra={"fields": …}`."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without tokens."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": redact(record.getMessage()),
        }
        line |= work.get() or {}
        line |= {key: redact(value) if isinstance(value, str) else value for key, value in getattr(record, "fields", {}).items()}
        if record.exc_info:
            line["exception"] = redact(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False, default=str)


def formatter(*, as_json: bool) -> logging.Formatter:
    """Return what makes the lines: one JSON object each, or readable ones."""
    return JsonFormatter() if as_json else HumanFormatter()


def configure(conf: dict[str, str]) -> None:
    """Set up all logging; `conf` is settings.LOGGING: {"level": "INFO"}."""
    from django.conf import settings

    quiet = {"level": "WARNING"}
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"line": {"()": formatter, "as_json": settings.LOG_JSON}},
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
            "root": {"handlers": ["stderr"], "level": conf["level"]},
            "loggers": {
                "django": {"handlers": [], "propagate": True},
                "django.server": {"handlers": [], "level": "ERROR", "propagate": True},
                # Our own request lines say the status already; 5xx are logged with their traceback.
                "django.request": {"handlers": [], "level": "ERROR", "propagate": True},
                # Celery names each task twice; lincassable.taskruns logs it once, with its duration.
                "celery.worker.strategy": quiet,
                "celery.app.trace": quiet,
                "celery.beat": quiet,
                "django_celery_beat": quiet,
                "fontTools": quiet,
            },
        }
    )
    logging.captureWarnings(True)

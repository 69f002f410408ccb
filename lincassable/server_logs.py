"""What gunicorn itself says (a worker that does not boot, a timeout): lines like everybody else's, JSON in production."""

from __future__ import annotations

import os

from gunicorn.config import Config
from gunicorn.glogging import Logger


class ServerLogger(Logger):
    """Gunicorn's logger with our lines; named in `gunicorn.conf.py`."""

    def setup(self, cfg: Config) -> None:
        """Let gunicorn open its streams, then write on them as the settings say."""
        super().setup(cfg)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lincassable.settings")
        from django.conf import settings

        from lincassable.logs import formatter

        for handler in self.error_log.handlers:
            handler.setFormatter(formatter(as_json=settings.LOG_JSON))

"""The project: settings, entry points and the platform apps."""

from lincassable.celery import app as celery_app

__all__ = ["celery_app"]

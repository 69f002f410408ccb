"""The Celery application. What runs when is in `lincassable.schedule`."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lincassable.settings")

app = Celery("lincassable", task_cls="lincassable.slots:Task")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

import lincassable.taskruns  # noqa: E402, F401 - connects the recording of what tasks did

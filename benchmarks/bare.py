"""The bare site of the benchmark, served by gunicorn as `bare:application`: the project's own settings, so that database,
driver, server and middleware are the same, and one view (`bare_views.py`)."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lincassable.settings")
settings.ROOT_URLCONF = "bare_views"
application = get_wsgi_application()

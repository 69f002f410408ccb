"""What `./run` does before the site starts: translations, database, static files, demo network.

A step of its own (`python -m lincassable.embedded.prepare`), so that the program that then watches the site stays small. It
tells its progress on standard error; standard output holds only how to open the demo network.
"""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

from lincassable.embedded import messages


def _static_fingerprint() -> str:
    """Return a value that changes whenever a static file is added, removed or edited."""
    from django.conf import settings
    from django.contrib.staticfiles.finders import get_finders

    digest = hashlib.sha256(str(settings.STORAGES["staticfiles"]).encode())
    for finder in get_finders():
        for path, storage in sorted(finder.list([]), key=lambda found: found[0]):
            status = os.stat(storage.path(path))
            digest.update(f"{path} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def collect_static() -> bool:
    """Collect the static files unless nothing changed since last time; return whether they were collected."""
    from django.conf import settings
    from django.core.management import call_command

    stamp = Path(settings.STATIC_ROOT).with_suffix(".stamp")
    fingerprint = _static_fingerprint()
    if stamp.exists() and stamp.read_text() == fingerprint and Path(settings.STATIC_ROOT).exists():
        return False
    print("Collecting the static files …", file=sys.stderr, flush=True)
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(fingerprint)
    return True


def prepare() -> None:
    """Do every step; each one is quick when there is nothing to do."""
    messages.compile_stale()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lincassable.settings")
    import django
    from django.conf import settings
    from django.core.management import call_command

    django.setup()
    print("Preparing the database …", file=sys.stderr, flush=True)
    call_command("migrate", interactive=False, verbosity=0)
    collect_static()
    call_command("seed_demo", if_empty=True, scale=float(os.environ.get("DEMO_SCALE") or 1), stdout=sys.stderr)
    call_command("demo_access", url=settings.SITE_URL)


if __name__ == "__main__":
    prepare()
    sys.exit(0)

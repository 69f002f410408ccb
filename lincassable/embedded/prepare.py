"""What `./run` does before the site starts: translations, database, static files, demo network.

A step of its own (`python -m lincassable.embedded.prepare`), so that the program that then watches the site stays small. It
tells its progress on standard error; standard output holds only how to open the demo network.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

from lincassable.embedded import messages
from lincassable.embedded.bootstrap import VAR, give_up


@contextlib.contextmanager
def told_plainly(failed: str) -> Iterator[None]:
    """Turn any failure of the block into one sentence that starts with `failed`; all about it goes to `var/prepare.log`."""
    try:
        yield
    except Exception as error:
        log = VAR / "prepare.log"
        log.write_text(traceback.format_exc())
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
        give_up(f"{failed}: {reason} (details in {log}).")


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
    with told_plainly("The translations could not be compiled"):
        messages.compile_stale()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lincassable.settings")
    with told_plainly("The settings could not be read"):
        import django
        from django.conf import settings
        from django.core.management import call_command

        django.setup()
    print("Preparing the database …", file=sys.stderr, flush=True)
    with told_plainly("The database could not be prepared"):
        call_command("migrate", interactive=False, verbosity=0)
    with told_plainly("The static files could not be collected"):
        collect_static()
    with told_plainly("The demo network could not be made"):
        call_command("seed_demo", if_empty=True, scale=float(os.environ.get("DEMO_SCALE") or 1), stdout=sys.stderr)
        call_command("demo_access", url=settings.SITE_URL)


if __name__ == "__main__":
    prepare()
    sys.exit(0)

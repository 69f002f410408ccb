"""A database of its own for a benchmark: created empty with all migrations, dropped at the end, never the site's."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def own_database(name: str) -> Iterator[None]:
    """Set Django up on a new database `name`; drop it at the end.

    With `DATABASE_URL` set it is made on that server; else on an embedded one under `var/bench`, durable as the site's,
    which is stopped at the end. The embedded one keeps an empty database with all migrations, of which the next ones are copies:
    migrating takes a minute, copying a second.
    """
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lincassable.settings")
    os.environ.setdefault("LOCAL", "1")
    os.environ.setdefault("VAR_DIR", str(ROOT / "var" / "bench"))
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection

    settings.DATABASES["default"]["TEST"]["NAME"] = name
    before = connection.settings_dict["NAME"]
    try:
        if not os.environ.get("DATABASE_URL"):
            connection.settings_dict["TEST"]["TEMPLATE"] = _template(before)
        connection.settings_dict["TEST"]["NAME"] = name
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        try:
            yield
        finally:
            connection.creation.destroy_test_db(before, verbosity=0)
    finally:
        _stop_servers()


def _template(before: str) -> str:
    """Return the name of an empty database with the migrations as they are now, which is made when there is none; old ones are dropped.

    Arguments: before, the database that is in use.
    """
    from django.apps import apps
    from django.db import connection

    found = hashlib.sha256()
    for app in sorted(apps.get_app_configs(), key=lambda app: app.label):
        for file in sorted((Path(app.path) / "migrations").glob("*.py")):
            found.update(f"{app.label} {file.name} ".encode() + file.read_bytes())
    name = f"bench_empty_{found.hexdigest()[:16]}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE 'bench\\_empty\\_%%'")
        there = {row[0] for row in cursor.fetchall()}
        for old in there - {name}:
            cursor.execute(f'DROP DATABASE "{old}"')
    if name not in there:
        # Under another name until it is whole: a run that is cut leaves nothing that the next one believes in.
        unfinished = connection.settings_dict["TEST"]["NAME"] = "bench_unfinished"
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        connection.close()
        connection.settings_dict["NAME"] = before
        with connection.cursor() as cursor:
            cursor.execute(f'ALTER DATABASE "{unfinished}" RENAME TO "{name}"')
    connection.close()
    return name


def make_places(shops: int, hubs: int) -> None:
    """Write places with the ids 1, 2, 3…: the shops, then the hubs."""
    from stores.models import Store

    places = (Store(pk=n, name=f"Place {n}", kind="shop" if n <= shops else "hub", city="Marseille") for n in range(1, shops + hubs + 1))
    Store.objects.bulk_create(places, batch_size=2000)


def _stop_servers() -> None:
    """Stop the embedded servers that this process started."""
    from lincassable.embedded import postgres, valkey

    for server in [*valkey.STARTED, *postgres.STARTED]:
        server.stop()

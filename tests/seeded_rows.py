"""Rows that migrations create (roles, catalogues) survive the tests that empty the database.

A transactional test ends by truncating every table, and pytest-xdist may run any test after it. So the rows of a fresh
test database are set aside once, in a schema of their own, and put back after each truncation, with the same ids.
"""

from __future__ import annotations

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import TransactionTestCase

SCHEMA = "seeded"


def set_aside(connection: BaseDatabaseWrapper) -> None:
    """Copy every table that holds rows into the schema `seeded`, replacing what an earlier run left there."""
    quote = connection.ops.quote_name
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE; CREATE SCHEMA {SCHEMA}")
        for table in connection.introspection.django_table_names(only_existing=True, include_views=False):
            cursor.execute(f"SELECT 1 FROM {quote(table)} LIMIT 1")
            if cursor.fetchone():
                cursor.execute(f"CREATE TABLE {SCHEMA}.{quote(table)} AS TABLE {quote(table)}")


def put_back(connection: BaseDatabaseWrapper) -> None:
    """Empty every table, then put the rows set aside back. Foreign keys are deferred: the order does not matter."""
    quote = connection.ops.quote_name
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(quote(table) for table in tables)}")
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = %s", [SCHEMA])
        for (table,) in cursor.fetchall():
            cursor.execute(f"INSERT INTO {quote(table)} SELECT * FROM {SCHEMA}.{quote(table)}")


def _fixture_teardown(self: TransactionTestCase) -> None:
    for alias in self._databases_names(include_mirrors=False):
        put_back(connections[alias])


def install() -> None:
    """Make transactional tests end with `put_back` instead of Django's flush."""
    TransactionTestCase._fixture_teardown = _fixture_teardown

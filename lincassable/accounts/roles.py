"""Roles are groups with explicit permissions, given by migrations: what a role may do is read in the code's history."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.db import migrations
from django.utils.translation import gettext_lazy as _

ADMINISTRATOR, COORDINATOR, SORTING, CARRIER = "administrator", "coordinator", "sorting", "carrier"
# How the groups are called on screen; their names in the database never change.
LABELS = {
    ADMINISTRATOR: _("administrator"),
    COORDINATOR: _("coordinator"),
    SORTING: _("sorting centre"),
    CARRIER: _("carrier"),
}
STAFF_ROLES = (ADMINISTRATOR, COORDINATOR)


def label(group_name: str) -> str:
    """Return how the group is called on screen; a group made by hand keeps its name."""
    return str(LABELS.get(group_name, group_name))


def grant(app_label: str, permissions: Mapping[str, Collection[str]]) -> migrations.RunPython:
    """Return the migration operation that gives roles permissions of one app. Running it again changes nothing.

    Arguments:
        app_label: the app whose models the permissions are about.
        permissions: for each role (a group's name), codenames like "view_store".
    The migration raises LookupError for a codename that the app does not have. Its reverse takes nothing back.
    The migration that uses it depends on ("accounts", "0003_roles") and on the models that it names.
    """

    def forwards(apps: Any, schema_editor: Any) -> None:
        _create_permissions(apps, app_label, schema_editor.connection.alias)
        group_model, permission_model = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
        known = {row.codename: row for row in permission_model.objects.filter(content_type__app_label=app_label)}
        for role, codenames in permissions.items():
            unknown = set(codenames) - set(known)
            if unknown:
                raise LookupError(f"{app_label} has no permission {', '.join(sorted(unknown))}")
            group, _created = group_model.objects.get_or_create(name=role)
            group.permissions.add(*(known[codename] for codename in codenames))

    return migrations.RunPython(forwards, migrations.RunPython.noop)


def _create_permissions(apps: Any, app_label: str, using: str) -> None:
    """Make the app's permissions now: Django only does after all migrations, too late to give them here."""
    from django.contrib.auth.management import create_permissions

    config = apps.get_app_config(app_label)
    before = getattr(config, "models_module", None)
    config.models_module = True  # the historical app config has none, and create_permissions would skip it
    try:
        create_permissions(config, verbosity=0, interactive=False, using=using, apps=apps)
    finally:
        config.models_module = before

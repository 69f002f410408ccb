"""Who may look at imports from the present tool: those who compare both screens."""

from django.db import migrations

from lincassable.accounts.roles import grant

VIEW = ["view_legacyimport", "view_assumedcount"]


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_roles"), ("legacy", "0002_imports_remember_what_they_said")]

    operations = [grant("legacy", {"administrator": VIEW, "coordinator": VIEW})]

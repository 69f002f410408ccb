"""Coordinators see the palox numbers of stops."""

from django.db import migrations

from lincassable.accounts.roles import grant

VIEW = ["view_stoppalox"]


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_roles"), ("pickups", "0003_stop_palox")]

    operations = [grant("pickups", {"administrator": VIEW, "coordinator": VIEW})]

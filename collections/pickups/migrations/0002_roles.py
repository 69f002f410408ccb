"""Who may do what with pickups in the admin. Carriers and drivers have their own pages and no permission here."""

from django.db import migrations

from lincassable.accounts.roles import grant

MODELS = ("carrier", "vehicle", "pickuprequest", "tour", "stop", "stopline")
EVERYTHING = [f"{action}_{model}" for model in MODELS for action in ("view", "add", "change", "delete")]


class Migration(migrations.Migration):
    dependencies = [("pickups", "0001_initial"), ("accounts", "0003_roles")]

    operations = [
        grant(
            "pickups",
            {"administrator": [*EVERYTHING, "view_tourlog"], "coordinator": [*EVERYTHING, "view_tourlog"], "sorting": [], "carrier": []},
        )
    ]

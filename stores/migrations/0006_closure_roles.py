"""Who may write the closures of places."""

from django.db import migrations

from lincassable.accounts.roles import grant

CLOSURES = ["view_closure", "add_closure", "change_closure", "delete_closure"]


class Migration(migrations.Migration):
    dependencies = [("stores", "0005_closures_and_vehicles"), ("accounts", "0003_roles")]

    operations = [grant("stores", {"administrator": CLOSURES, "coordinator": CLOSURES, "sorting": ["view_closure"], "carrier": []})]

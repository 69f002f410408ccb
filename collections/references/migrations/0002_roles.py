"""Who may write producers, products and shelves."""

from django.db import migrations

from lincassable.accounts.roles import grant

EDITED = ("producer", "reference", "washinglimit", "shelfitem")
ALL = [f"{deed}_{model}" for model in EDITED for deed in ("view", "add", "change", "delete")] + ["view_shelfcheck"]
SEEN = ["view_producer", "view_reference", "view_washinglimit"]


class Migration(migrations.Migration):
    dependencies = [("references", "0001_initial"), ("accounts", "0003_roles")]

    operations = [grant("references", {"administrator": ALL, "coordinator": ALL, "sorting": SEEN, "carrier": []})]

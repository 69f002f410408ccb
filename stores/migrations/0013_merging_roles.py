"""Who may merge two places, undo it, and note that two are different."""

from django.db import migrations

from lincassable.accounts.roles import grant

MERGES = ["view_storemerge", "add_storemerge", "change_storemerge"]
PAIRS = ["view_distinctplaces", "add_distinctplaces", "delete_distinctplaces"]


class Migration(migrations.Migration):
    dependencies = [("stores", "0012_merging"), ("accounts", "0003_roles")]

    operations = [grant("stores", {"administrator": [*MERGES, *PAIRS], "coordinator": [*MERGES, *PAIRS], "sorting": [], "carrier": []})]

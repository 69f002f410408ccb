"""Who may look at lists held for a glance, and settle them."""

from django.db import migrations

from lincassable.accounts.roles import grant

HELD = ["view_heldlist", "change_heldlist"]


class Migration(migrations.Migration):
    dependencies = [("references", "0003_held_lists"), ("accounts", "0003_roles")]

    operations = [grant("references", {"administrator": HELD, "coordinator": HELD, "sorting": [], "carrier": []})]

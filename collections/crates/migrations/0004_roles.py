"""What the roles may do with the ledger. Nobody may change or delete a movement: the database refuses it anyway."""

from django.db import migrations

from lincassable.accounts.roles import grant

VIEW = [
    "view_containertype", "view_storecontainer", "view_movement", "view_entry", "view_balance", "view_inventory", "view_declaration",
    "view_count",
]  # fmt: skip
# Changing a movement, an inventory or a declaration means correcting, withdrawing or settling it: each adds rows.
WRITE = ["add_movement", "change_movement", "add_inventory", "change_inventory", "add_declaration", "change_declaration"]
SETTINGS = [
    "add_storecontainer", "change_storecontainer", "delete_storecontainer",
    "add_containertype", "change_containertype",
]  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_roles"), ("crates", "0003_catalogue")]

    operations = [
        grant(
            "crates",
            {
                "administrator": [*VIEW, *WRITE, *SETTINGS],
                "coordinator": [*VIEW, *WRITE, *SETTINGS],
                "sorting": [*VIEW, "add_inventory"],
                "carrier": [],
            },
        )
    ]

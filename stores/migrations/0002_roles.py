"""What each role may do with places, zones and contacts."""

from django.db import migrations

from lincassable.accounts.roles import grant

ZONES = ["view_zone", "add_zone", "change_zone", "delete_zone"]
CONTACTS = ["view_contact", "add_contact", "change_contact", "delete_contact"]
STORES = ["view_store", "add_store", "change_store"]


class Migration(migrations.Migration):
    dependencies = [("stores", "0001_initial"), ("accounts", "0003_roles")]

    operations = [
        grant(
            "stores",
            {
                "administrator": [*STORES, "delete_store", *ZONES, *CONTACTS],
                "coordinator": [*STORES, *ZONES, *CONTACTS],
                "sorting": ["view_store", "view_zone"],
                "carrier": [],
            },
        ),
    ]

"""Who may settle differences, and that the sorting centre counts what comes in."""

from django.db import migrations

from lincassable.accounts.roles import grant

DIFFERENCES = ["view_tourdifference", "add_tourdifference", "change_tourdifference"]
COUNTS = ["view_hubcount", "add_hubcount", "change_hubcount"]


class Migration(migrations.Migration):
    dependencies = [("pickups", "0010_series_digest"), ("accounts", "0004_calendar_links")]

    operations = [
        grant("pickups", {"administrator": DIFFERENCES, "coordinator": DIFFERENCES, "sorting": COUNTS, "carrier": []}),
    ]

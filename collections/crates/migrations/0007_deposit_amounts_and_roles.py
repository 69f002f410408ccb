"""The deposits of today, and what the roles may do with deposits and paloxes. Nobody edits or deletes a count or an event."""

import datetime as dt
from decimal import Decimal

from django.db import migrations

from lincassable.accounts.roles import grant

# In force since before any count that can be imported; coordinators correct the dates when an amount ends.
AMOUNTS = [
    (Decimal("0.50"), "bouteilles à 0,50 €", "0.50 € bottles"),
    (Decimal("0.20"), "bouteilles à 0,20 €", "0.20 € bottles"),
]
SINCE = dt.date(2000, 1, 1)

VIEW = ["view_depositamount", "view_depositcount", "view_palox", "view_paloxevent"]
WRITE = [
    "add_depositamount",
    "change_depositamount",
    "add_depositcount",
    "change_depositcount",
    "add_palox",
    "change_palox",
    "add_paloxevent",
]


def add_amounts(apps, schema_editor):
    """Add what is missing; a row that exists keeps a coordinator's dates."""
    amount = apps.get_model("crates", "DepositAmount")
    for euros, label_fr, label_en in AMOUNTS:
        amount.objects.get_or_create(amount_eur=euros, defaults={"label_fr": label_fr, "label_en": label_en, "valid_from": SINCE})


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_roles"), ("crates", "0006_deposits_declared_and_held")]

    operations = [
        migrations.RunPython(add_amounts, migrations.RunPython.noop),
        grant(
            "crates",
            {
                "administrator": [*VIEW, *WRITE],
                "coordinator": [*VIEW, *WRITE],
                "sorting": ["view_palox", "view_paloxevent", "add_paloxevent"],
                "carrier": [],
            },
        ),
    ]

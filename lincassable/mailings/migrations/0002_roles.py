"""Coordinators write and send mailings; what was sent stays."""

from django.db import migrations

from lincassable.accounts.roles import grant

MAILINGS = [
    *(f"{verb}_mailing" for verb in ("view", "add", "change", "delete")),
    *(f"{verb}_mailingtemplate" for verb in ("view", "add", "change", "delete")),
    *("view_mailingrecipient", "view_mailingfile", "view_mailinglog"),
]


class Migration(migrations.Migration):
    dependencies = [("mailings", "0001_initial"), ("accounts", "0003_roles")]

    operations = [grant("mailings", {"administrator": MAILINGS, "coordinator": MAILINGS, "sorting": [], "carrier": []})]

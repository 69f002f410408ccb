"""Who may answer what places propose to change about themselves."""

from django.db import migrations

from lincassable.accounts.roles import grant

PROPOSALS = ["view_changeproposal", "change_changeproposal"]


class Migration(migrations.Migration):
    dependencies = [("stores", "0008_directory_roles"), ("accounts", "0003_roles")]

    operations = [grant("stores", {"administrator": PROPOSALS, "coordinator": PROPOSALS, "sorting": [], "carrier": []})]

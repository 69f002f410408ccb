"""Who may write events, and who may read what came of them."""

from django.db import migrations

from lincassable.accounts.roles import grant

EDITED = ("event", "eventitem", "partner")
ALL = [f"{deed}_{model}" for model in EDITED for deed in ("view", "add", "change", "delete")]
ALL += ["view_eventlog", "view_signup", "change_signup", "view_eventreport", "add_eventreport", "change_eventreport"]
ALL += ["view_eventphoto", "add_eventphoto", "delete_eventphoto"]


class Migration(migrations.Migration):
    dependencies = [("awareness", "0001_events"), ("accounts", "0003_roles")]

    operations = [grant("awareness", {"administrator": ALL, "coordinator": ALL})]

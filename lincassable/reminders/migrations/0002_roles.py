"""Who may see reminders and change their settings."""

from django.db import migrations

from lincassable.accounts.roles import grant

RULES = ["view_reminderrule", "change_reminderrule"]


class Migration(migrations.Migration):
    dependencies = [("reminders", "0001_initial"), ("accounts", "0004_calendar_links")]

    operations = [grant("reminders", {"administrator": RULES, "coordinator": RULES})]

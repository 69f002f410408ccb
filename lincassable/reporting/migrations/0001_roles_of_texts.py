"""Coordinators write the texts of mails; versions are added, never changed."""

from django.db import migrations

from lincassable.accounts.roles import grant

TEXTS = ["view_mailtext", "add_mailtext", "view_mailtextfault"]


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_roles"), ("messaging", "0003_mail_texts")]

    operations = [grant("messaging", {"administrator": TEXTS, "coordinator": TEXTS, "sorting": [], "carrier": []})]

"""Who may look after the producers' contacts and links."""

from django.db import migrations

from lincassable.accounts.roles import grant

WORK = [
    "view_producerpage",
    "change_producerpage",
    "view_producercontact",
    "add_producercontact",
    "change_producercontact",
    "delete_producercontact",
]


class Migration(migrations.Migration):
    dependencies = [("nonconformities", "0003_partners"), ("accounts", "0008_producer_links")]

    operations = [grant("nonconformities", {"administrator": WORK, "coordinator": WORK})]

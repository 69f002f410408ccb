"""The link of an object that became part of another one opens that one."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_event_links")]

    operations = [
        migrations.AddField(
            model_name="accesslink",
            name="leads_to",
            field=models.BigIntegerField(blank=True, editable=False, null=True, verbose_name="leads to (object id)"),
        ),
    ]

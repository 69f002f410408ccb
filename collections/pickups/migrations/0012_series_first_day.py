"""The first day of a series, said as it is counted."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("pickups", "0011_differences_and_hub_counts_roles"),
    ]

    operations = [
        migrations.AlterField(
            model_name="recurringtour",
            name="starts_on",
            field=models.DateField(
                help_text="the first tour is on the first such day from then on; weeks are counted from there", verbose_name="from"
            ),
        ),
    ]

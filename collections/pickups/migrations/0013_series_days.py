"""The first and last days of a series, named like those of closures."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("pickups", "0012_series_first_day"),
    ]

    operations = [
        migrations.AlterField(
            model_name="recurringtour",
            name="ends_on",
            field=models.DateField(blank=True, help_text="included; empty: until further notice", null=True, verbose_name="last day"),
        ),
        migrations.AlterField(
            model_name="recurringtour",
            name="starts_on",
            field=models.DateField(
                help_text="the first tour is on the first such day from then on; weeks are counted from there", verbose_name="first day"
            ),
        ),
    ]

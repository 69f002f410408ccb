# Links to the page on which a producer sees what goes wrong with its bottles.

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_delivery_roles"),
    ]

    operations = [
        migrations.AlterField(
            model_name="accesslink",
            name="kind",
            field=models.CharField(
                choices=[
                    ("store", "store card"),
                    ("tour", "driver's tour"),
                    ("carrier_tour", "carrier's tour"),
                    ("store_calendar", "store's calendar"),
                    ("carrier_calendar", "carrier's calendar"),
                    ("user_calendar", "coordinator's calendar"),
                    ("event", "event's team"),
                    ("producer", "producer's page"),
                ],
                max_length=16,
                verbose_name="kind",
            ),
        ),
    ]

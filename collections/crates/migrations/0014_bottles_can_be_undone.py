from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("crates", "0013_per_pallet"),
    ]

    operations = [
        migrations.AlterField(
            model_name="act",
            name="kind",
            field=models.CharField(
                choices=[
                    ("movement", "movement recorded"),
                    ("correction", "movement corrected"),
                    ("cancellation", "movement cancelled"),
                    ("inventory", "inventory recorded"),
                    ("recount", "inventory corrected"),
                    ("withdrawal", "inventory withdrawn"),
                    ("decision", "difference settled"),
                    ("stop", "stop corrected"),
                    ("batch", "batch sorted"),
                    ("bottles", "bottles moved"),
                ],
                max_length=12,
                verbose_name="kind",
            ),
        ),
    ]

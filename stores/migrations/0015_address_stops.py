import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("stores", "0014_contact_refused_address"),
    ]

    operations = [
        migrations.CreateModel(
            name="AddressStop",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("fingerprint", models.CharField(max_length=64, verbose_name="fingerprint of the address")),
                (
                    "what",
                    models.CharField(
                        help_text="a column of contacts, or the code of a reminder's switch", max_length=40, verbose_name="what was stopped"
                    ),
                ),
                ("stopped_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="stopped")),
            ],
            options={
                "verbose_name": "stop of an address",
                "verbose_name_plural": "stops of addresses",
                "ordering": ["-stopped_at", "-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("fingerprint", "what"),
                        name="address_stop_once",
                        violation_error_message="This address has stopped this already.",
                    )
                ],
            },
        ),
    ]

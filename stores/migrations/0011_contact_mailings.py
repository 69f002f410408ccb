"""Whether a contact receives the network's mailings."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("stores", "0010_search")]

    operations = [
        migrations.AddField(
            model_name="contact",
            name="wants_mailings",
            field=models.BooleanField(db_default=True, default=True, verbose_name="receives news of the network"),
        )
    ]

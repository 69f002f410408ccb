from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("mailings", "0002_roles")]

    operations = [
        migrations.AddField(
            model_name="mailing",
            name="any_hour",
            field=models.BooleanField(
                default=False,
                help_text="also in the evening and at night, on weekends and on public holidays; otherwise it waits for a working day",
                verbose_name="send anyway",
            ),
        ),
    ]

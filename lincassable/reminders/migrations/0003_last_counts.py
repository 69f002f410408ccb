from django.db import migrations, models


class Migration(migrations.Migration):
    """The outcome of the last run as figures, so that it can be said in any language."""

    dependencies = [("reminders", "0002_roles")]

    operations = [
        migrations.RemoveField(model_name="reminderrule", name="last_outcome"),
        migrations.AddField(
            model_name="reminderrule",
            name="last_told",
            field=models.PositiveIntegerField(default=0, editable=False, verbose_name="reminders written by the last run"),
        ),
        migrations.AddField(
            model_name="reminderrule",
            name="last_waiting",
            field=models.PositiveIntegerField(default=0, editable=False, verbose_name="reminders left for another day by the last run"),
        ),
        migrations.AlterField(
            model_name="reminderrule", name="hour", field=models.TimeField(blank=True, null=True, verbose_name="not before")
        ),
    ]

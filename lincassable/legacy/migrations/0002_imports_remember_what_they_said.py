from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("legacy", "0001_initial"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="legacyimport",
            options={
                "ordering": ["-last_imported_at", "-pk"],
                "verbose_name": "import from the present tool",
                "verbose_name_plural": "imports from the present tool",
            },
        ),
        migrations.AddField(
            model_name="legacyimport",
            name="bad_rows",
            field=models.PositiveIntegerField(default=0, editable=False, verbose_name="problems"),
        ),
        migrations.AddField(
            model_name="legacyimport",
            name="problems",
            field=models.JSONField(default=list, editable=False, verbose_name="problems told"),
        ),
        migrations.AddField(
            model_name="legacyimport",
            name="runs",
            field=models.PositiveIntegerField(default=0, editable=False, verbose_name="times imported"),
        ),
        migrations.AddField(
            model_name="legacyimport",
            name="warnings",
            field=models.PositiveIntegerField(default=0, editable=False, verbose_name="warnings"),
        ),
    ]

"""How a series knows the drafts that nobody touched; its price is no negative one."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("pickups", "0009_differences_at_closing"),
        ("stores", "0006_closure_roles"),
    ]

    operations = [
        migrations.AddField(
            model_name="tour",
            name="recurring_print",
            field=models.CharField(blank=True, db_default="", editable=False, max_length=32, verbose_name="digest of the series"),
        ),
        migrations.AlterField(
            model_name="recurringtour",
            name="price_eur",
            field=models.DecimalField(
                blank=True,
                decimal_places=2,
                help_text="agreed for each tour; empty: by the price grid",
                max_digits=9,
                null=True,
                verbose_name="price (€)",
            ),
        ),
        migrations.AddConstraint(
            model_name="recurringtour",
            constraint=models.CheckConstraint(
                condition=models.Q(("price_eur__isnull", True), ("price_eur__gte", 0), _connector="OR"),
                name="series_price_not_negative",
                violation_error_message="A price cannot be negative.",
            ),
        ),
    ]

"""What using a bottle again spares: the first factor, with where it comes from; an administrator adds later ones in the admin.

0.81 kg CO2e per kilogram of glass (Base Carbone, as quoted by lesbouteilleurs.com), of which reuse spares 76 to 79 % (Deroche Consultants
for Météor, 2009, 20 uses: 76 % of primary energy, 79 % of greenhouse gases): 0.81 × 0.76 and 0.81 × 0.79. The arithmetic is ours.
"""

from datetime import date

import django.db.models.expressions
from django.db import migrations, models

from lincassable.accounts.roles import grant

SOURCE = (
    "0,81 kg CO₂e par kg de verre (Base Carbone, cité par lesbouteilleurs.com) × 76 à 79 % évités par le réemploi, 20 utilisations, "
    "transport et lavage compris (Deroche Consultants pour Météor, 2009) ; notre calcul. D’autres publient 0,56 à 2,6 kg par bouteille de 75 cl"
)
SEEN, KEPT = ["view_reusefactor"], ["add_reusefactor", "change_reusefactor", "delete_reusefactor"]


def seed(apps, schema_editor):
    """Add the first factor where there is none."""
    model = apps.get_model("reporting", "ReuseFactor")
    if not model.objects.exists():
        model.objects.create(low_g_per_kg=616, high_g_per_kg=640, source=SOURCE, as_of=date(2009, 1, 1))


class Migration(migrations.Migration):
    dependencies = [("reporting", "0001_roles_of_texts"), ("accounts", "0003_roles")]

    operations = [
        migrations.CreateModel(
            name="ReuseFactor",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("low_g_per_kg", models.PositiveIntegerField(verbose_name="low (g CO₂e/kg of glass)")),
                ("high_g_per_kg", models.PositiveIntegerField(verbose_name="high (g CO₂e/kg of glass)")),
                ("source", models.CharField(max_length=400, verbose_name="source")),
                ("as_of", models.DateField(help_text="the latest one is used", unique=True, verbose_name="as of")),
            ],
            options={"verbose_name": "reuse factor", "verbose_name_plural": "reuse factors", "ordering": ["-as_of"]},
        ),
        migrations.AddConstraint(
            model_name="reusefactor",
            constraint=models.CheckConstraint(
                condition=models.Q(("low_g_per_kg__lte", django.db.models.expressions.F("high_g_per_kg"))),
                name="reuse_factor_range_in_order",
                violation_error_message="The low figure is not above the high one.",
            ),
        ),
        migrations.RunPython(seed, migrations.RunPython.noop),
        grant("reporting", {"administrator": SEEN + KEPT, "coordinator": SEEN, "sorting": [], "carrier": []}),
    ]

"""The first emission factors, each with where it comes from; an administrator replaces them in the admin.

Diesel: 3.17 kg CO2e per litre, upstream 0.66 and running 2.51 (order of 26 April 2017 on the greenhouse gas information of transport
services, annex, JORFARTI000034502756), times a consumption that is our assumption, in litres per 100 km: low, typical, high.
"""

from datetime import date

from django.db import migrations

_ORDER = (
    "Gazole routier 3,17 kg CO₂e/l amont compris (arrêté du 26 avril 2017, annexe) × {} l/100 km (bas, usuel, haut) : "
    "consommations supposées, à remplacer par celles du transporteur ; sans la fabrication"
)
_BIKE = (
    "Usuel : vélo électrique sur sa vie entière, environ 11 g/km (ADEME, Base Empreinte). Bas : courant seul, "
    "2 kWh/100 km × 48 g (arrêté du 26 avril 2017). Haut : supposé, vélo cargo et remorque"
)
FACTORS = [
    ("bike", 1, 11, 30, _BIKE, date(2023, 1, 1)),
    ("van", 222, 285, 380, _ORDER.format("7, 9 ou 12"), date(2017, 4, 26)),
    ("truck_12t", 571, 697, 856, _ORDER.format("18, 22 ou 27"), date(2017, 4, 26)),
    ("truck_19t", 697, 888, 1078, _ORDER.format("22, 28 ou 34"), date(2017, 4, 26)),
]


def seed(apps, schema_editor):
    """Add the factors of the kinds that have none."""
    model = apps.get_model("pickups", "EmissionFactor")
    for kind, low, typical, high, source, as_of in FACTORS:
        figures = {"low_g_per_km": low, "typical_g_per_km": typical, "high_g_per_km": high, "source": source, "as_of": as_of}
        model.objects.get_or_create(vehicle_kind=kind, defaults=figures)


class Migration(migrations.Migration):
    dependencies = [("pickups", "0006_series_and_proofs_roles")]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]

"""The containers of the loop, with the figures known to start from. Coordinators edit them afterwards."""

from django.db import migrations

# A 75 cl bottle weighs 540 g, a 33 cl one 280 g; an empty crate 2.27 kg, about 30 dm³ outside; a palox is planned with
# 500 bottles (450 to 550) and weighs 72 kg empty; a pallet of loose bottles holds 1,200. What is left out is not known.
CATALOGUE = [
    {
        "code": "75", "name_fr": "casier 12×75 cl", "name_en": "crate 12×75 cl", "short_fr": "75 cl", "short_en": "75 cl",
        "bottles": 12, "tare_g": 2270, "bottle_weight_g": 540, "volume_l": 30,
    },
    {
        "code": "33", "name_fr": "casier 24×33 cl", "name_en": "crate 24×33 cl", "short_fr": "33 cl", "short_en": "33 cl",
        "bottles": 24, "tare_g": 2270, "bottle_weight_g": 280, "volume_l": 30,
    },
    {
        "code": "palox", "name_fr": "palox", "name_en": "palox", "short_fr": "palox", "short_en": "palox",
        "declared_as": "percent", "bottles": 500, "tare_g": 72000, "bottle_weight_g": 540,
    },
    {"code": "keg", "name_fr": "fût", "name_en": "keg", "short_fr": "fût", "short_en": "keg"},
    {
        "code": "pallet", "name_fr": "palette de bouteilles en vrac", "name_en": "pallet of loose bottles",
        "short_fr": "palette", "short_en": "pallet", "bottles": 1200, "bottle_weight_g": 540,
    },
]  # fmt: skip


def add_catalogue(apps, schema_editor):
    """Add what is missing; a row that exists keeps a coordinator's figures."""
    container_type = apps.get_model("crates", "ContainerType")
    for position, row in enumerate(CATALOGUE, start=1):
        container_type.objects.get_or_create(code=row["code"], defaults={**row, "position": position})


class Migration(migrations.Migration):
    dependencies = [("crates", "0002_settled_by")]

    operations = [migrations.RunPython(add_catalogue, migrations.RunPython.noop)]

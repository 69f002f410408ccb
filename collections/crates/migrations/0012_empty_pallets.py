"""Empty pallets travel too: one kind of container, 25 kg each (EPAL's figure for a Europe pallet)."""

from django.db import migrations

ROW = {
    "name_fr": "palette vide", "name_en": "empty pallet", "short_fr": "pal. vide", "short_en": "empty pal.", "tare_g": 25000,
    "position": 6,
}  # fmt: skip


def add_empty_pallet(apps, schema_editor):
    """Add it when it is missing; a row that exists keeps a coordinator's figures."""
    apps.get_model("crates", "ContainerType").objects.get_or_create(code="empty-pallet", defaults=ROW)


class Migration(migrations.Migration):
    dependencies = [("crates", "0011_declarations_held_are_found")]

    operations = [migrations.RunPython(add_empty_pallet, migrations.RunPython.noop)]

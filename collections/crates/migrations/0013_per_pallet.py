"""How many containers stand on one pallet: what a truck's pallet places are counted with.

A Europe pallet takes 8 crates of 40 × 30 cm a layer, four layers high; a palox and a pallet of loose bottles take a place each; empty
pallets travel in piles of 15. Nothing is known of kegs.
"""

from django.db import migrations, models

PER_PALLET = {"75": 32, "33": 32, "palox": 1, "pallet": 1, "empty-pallet": 15}


def fill_in(apps, schema_editor):
    """Give the seeded kinds their figure."""
    for code, number in PER_PALLET.items():
        apps.get_model("crates", "ContainerType").objects.filter(code=code).update(per_pallet=number)


class Migration(migrations.Migration):
    dependencies = [("crates", "0012_empty_pallets")]

    operations = [
        migrations.AddField(
            model_name="containertype",
            name="per_pallet",
            field=models.PositiveSmallIntegerField(
                db_default=0,
                default=0,
                help_text="how many stand on one; 1 takes a pallet's place by itself, 0 is not known",
                verbose_name="number on a pallet",
            ),
        ),
        migrations.RunPython(fill_in, migrations.RunPython.noop),
    ]

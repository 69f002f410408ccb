"""Who may write materials; what the catalogue starts with."""

from django.db import migrations

from lincassable.accounts.roles import grant

EDITED = ("material", "materialorder", "placement")
ALL = [f"{deed}_{model}" for model in EDITED for deed in ("view", "add", "change")] + ["view_materialmove", "add_materialmove"]

# Kind, name in French, in English, minimum, usual quantity, months until it is looked at again.
CATALOGUE = [
    ("poster", "Affiche « Ici, on rapporte »", "Poster “Bring it back here”", 10, 1, 6),
    ("talker", "Réglette de rayon « Consigné »", "Shelf-talker “Returnable”", 50, 5, 6),
    ("sticker", "Autocollant de vitrine", "Window sticker", 30, 2, 12),
    ("totem", "Totem des bouteilles acceptées", "Totem of the bottles taken", 2, 1, 6),
    ("flyer", "Dépliant de la consigne", "Leaflet on the deposit", 300, 50, 0),
]


def write(apps, schema_editor):
    """Write the catalogue, when there is none."""
    model = apps.get_model("awareness", "Material")
    if not model.objects.exists():
        names = ("kind", "name_fr", "name_en", "minimum", "usual", "check_months")
        for row in CATALOGUE:
            model.objects.create(**dict(zip(names, row, strict=True)))


class Migration(migrations.Migration):
    dependencies = [("awareness", "0005_materials"), ("accounts", "0003_roles")]

    operations = [
        grant("awareness", {"administrator": ALL, "coordinator": ALL}),
        migrations.RunPython(write, migrations.RunPython.noop),
    ]

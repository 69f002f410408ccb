"""Who may do what with non-conformities; the kinds that the catalogue starts with, and which rejects of the sorting table are which."""

from django.db import migrations

from lincassable.accounts.roles import grant

WORK = [
    "view_nonconformity",
    "add_nonconformity",
    "change_nonconformity",
    "view_nonconformitycomment",
    "add_nonconformitycomment",
    "view_nonconformitylog",
    "view_nonconformityphoto",
    "delete_nonconformityphoto",
    "view_nonconformitykind",
]
CATALOGUE = [
    "add_nonconformitykind",
    "change_nonconformitykind",
    "view_rejectcause",
    "add_rejectcause",
    "change_rejectcause",
    "delete_rejectcause",
]

# Code, name in French, in English, severity, delay (None: the severity's), who handles it, what leaves the stock.
KINDS = [
    ("foreign", "bouteille étrangère au réseau", "foreign bottle", "minor", None, "coordination", ""),
    ("broken", "verre cassé", "broken glass", "major", None, "coordination", ""),
    ("unrinsed", "bouteilles non rincées", "unrinsed bottles", "minor", None, "coordination", ""),
    ("label", "étiquette qui ne se décolle pas", "label that will not come off", "major", 60, "producer", ""),
    ("wrong-crate", "mauvais casier", "wrong crate", "minor", None, "coordination", ""),
    ("missing", "casiers ou palox manquants", "missing crates or paloxes", "major", None, "coordination", "loss"),
    ("damaged", "casiers ou palox cassés", "broken crates or paloxes", "minor", None, "coordination", "breakage"),
    ("over-full", "palox trop plein", "over-full palox", "critical", None, "carrier", ""),
    ("no-access", "accès impossible", "no access", "major", 5, "carrier", ""),
    ("other", "autre", "other", "minor", None, "coordination", ""),
]
CAUSES = ("foreign", "broken", "unrinsed", "label", "other")  # reasons at the sorting table, by the code of both


def write(apps, schema_editor):
    """Write what is missing; a row that exists keeps a coordinator's words."""
    kind_model, cause_model = apps.get_model("nonconformities", "NonConformityKind"), apps.get_model("nonconformities", "RejectCause")
    names = ("code", "name_fr", "name_en", "severity", "delay_days", "handled_by", "posting")
    for position, row in enumerate(KINDS, start=1):
        values = dict(zip(names, row, strict=True))
        kind_model.objects.get_or_create(code=values.pop("code"), defaults={**values, "position": position})
    kinds = {kind.code: kind for kind in kind_model.objects.all()}
    for reason in apps.get_model("crates", "RejectReason").objects.filter(code__in=CAUSES):
        cause_model.objects.get_or_create(reason=reason, defaults={"kind": kinds[reason.code]})


class Migration(migrations.Migration):
    dependencies = [("nonconformities", "0001_data"), ("accounts", "0003_roles"), ("crates", "0009_sorting_and_washing")]

    operations = [
        grant("nonconformities", {"administrator": WORK + CATALOGUE, "coordinator": WORK + CATALOGUE, "sorting": ["add_nonconformity"]}),
        migrations.RunPython(write, migrations.RunPython.noop),
    ]

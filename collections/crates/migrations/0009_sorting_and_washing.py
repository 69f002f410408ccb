"""Sorting and washing: what happened to bottles, the models and reasons to start from, and what the roles may do."""

from django.db import migrations, models

from lincassable.accounts.roles import grant

# The formats that the network sorts today; the 33 cl one because the crates of 24 hold it. A pallet holds 1,200 loose
# bottles until somebody knows better. Coordinators edit the rows afterwards.
MODELS = [
    ("beer-75-1", "bière 75 cl ébène/ambre (verrier 1)", "beer 75 cl ebony/amber (maker 1)", 75),
    ("beer-75-2", "bière 75 cl ébène/ambre (verrier 2)", "beer 75 cl ebony/amber (maker 2)", 75),
    ("bordeaux-brown", "bordelaise brune", "Bordeaux brown", 75),
    ("bordeaux-white", "bordelaise blanche", "Bordeaux white", 75),
    ("burgundy-63-brown", "bourguignonne 63 mm brune", "Burgundy 63 mm brown", 75),
    ("burgundy-63-dead-leaf", "bourguignonne 63 mm feuille morte", "Burgundy 63 mm dead leaf", 75),
    ("burgundy-63-white", "bourguignonne 63 mm blanche", "Burgundy 63 mm white", 75),
    ("sparkling-75", "effervescent 75 cl", "sparkling 75 cl", 75),
    ("water-75", "eau 75 cl", "water 75 cl", 75),
    ("juice-100", "jus 1 L", "juice 1 L", 100),
    ("milk-100", "lait 1 L", "milk 1 L", 100),
    ("beer-33", "bière 33 cl", "beer 33 cl", 33),
]
DIAMETERS_MM = {"burgundy-63-brown": 63, "burgundy-63-dead-leaf": 63, "burgundy-63-white": 63}
REASONS = [
    ("foreign", "bouteille étrangère au réseau", "foreign bottle"),
    ("broken", "cassée ou ébréchée", "broken or chipped"),
    ("unrinsed", "non rincée", "unrinsed"),
    ("label", "étiquette qui ne se décolle pas", "label that will not come off"),
    ("other", "autre", "other"),
]

VIEW = ["view_sortingbatch", "view_sortingintake", "view_sortingreject", "view_bottlemovement", "view_bottlemodel", "view_rejectreason"]
SORT = ["add_sortingbatch", "add_bottlemovement"]
# Changing a batch or a movement means cancelling it: that adds rows.
DECIDE = ["change_sortingbatch", "change_bottlemovement"]
SETTINGS = ["add_bottlemodel", "change_bottlemodel", "add_rejectreason", "change_rejectreason"]


def add_catalogue(apps, schema_editor):
    """Add what is missing; a row that exists keeps a coordinator's words."""
    bottle_model, reason = apps.get_model("crates", "BottleModel"), apps.get_model("crates", "RejectReason")
    for position, (code, name_fr, name_en, volume_cl) in enumerate(MODELS, start=1):
        words = {"name_fr": name_fr, "name_en": name_en, "position": position}
        figures = {"volume_cl": volume_cl, "diameter_mm": DIAMETERS_MM.get(code)}
        bottle_model.objects.get_or_create(code=code, defaults={**words, **figures})
    for position, (code, name_fr, name_en) in enumerate(REASONS, start=1):
        reason.objects.get_or_create(code=code, defaults={"name_fr": name_fr, "name_en": name_en, "position": position})


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_roles"),
        ("crates", "0008_corrections_and_decisions"),
        ("stores", "0004_contact_deposit_mails"),
    ]

    operations = [
        migrations.AddField(
            model_name="bottlemovement",
            name="kind",
            field=models.CharField(
                choices=[
                    ("sorted", "sorted"),
                    ("sent", "sent to washing"),
                    ("washed", "back from washing"),
                    ("broken", "broken at washing"),
                    ("delivered", "delivered to a producer"),
                ],
                default="sorted",
                max_length=10,
                verbose_name="what happened",
            ),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="act",
            name="kind",
            field=models.CharField(
                choices=[
                    ("movement", "movement recorded"),
                    ("correction", "movement corrected"),
                    ("cancellation", "movement cancelled"),
                    ("inventory", "inventory recorded"),
                    ("recount", "inventory corrected"),
                    ("withdrawal", "inventory withdrawn"),
                    ("decision", "difference settled"),
                    ("stop", "stop corrected"),
                    ("batch", "batch sorted"),
                ],
                max_length=12,
                verbose_name="kind",
            ),
        ),
        migrations.AlterField(
            model_name="movement",
            name="cause",
            field=models.CharField(
                choices=[
                    ("pickup", "pickup"),
                    ("delivery", "delivery"),
                    ("transfer", "transfer"),
                    ("purchase", "purchase"),
                    ("loss", "loss"),
                    ("breakage", "breakage"),
                    ("inventory", "inventory"),
                    ("declaration", "declaration"),
                    ("sorting", "sorting"),
                ],
                max_length=12,
                verbose_name="cause",
            ),
        ),
        migrations.AddConstraint(
            model_name="bottlemovement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("from_stage", ""), ("from_store__isnull", False), _connector="OR"),
                    models.Q(("to_stage", ""), ("to_store__isnull", False), _connector="OR"),
                ),
                name="bottle_movement_is_somewhere",
            ),
        ),
        migrations.AddConstraint(
            model_name="sortingbatch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("cancelled_at__isnull", True), ("cancelled_reason", "")),
                    models.Q(("cancelled_at__isnull", False), models.Q(("cancelled_reason", ""), _negated=True)),
                    _connector="OR",
                ),
                name="sorting_cancelled_with_a_reason",
                violation_error_message="Say why: a correction needs a reason.",
            ),
        ),
        migrations.RunPython(add_catalogue, migrations.RunPython.noop),
        grant(
            "crates",
            {
                "administrator": [*VIEW, *SORT, *DECIDE, *SETTINGS],
                "coordinator": [*VIEW, *SORT, *DECIDE, *SETTINGS],
                "sorting": [*VIEW, *SORT],
                "carrier": [],
            },
        ),
    ]

# Materials: catalogue, stock, orders, what stands where.

import uuid

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import awareness.models.materials


class Migration(migrations.Migration):
    dependencies = [
        ("awareness", "0004_training_roles"),
        ("stores", "0013_merging_roles"),
    ]

    operations = [
        migrations.CreateModel(
            name="Material",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name="public id")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("poster", "poster"),
                            ("talker", "shelf-talker"),
                            ("sticker", "sticker"),
                            ("totem", "totem"),
                            ("flyer", "flyer"),
                            ("other", "other"),
                        ],
                        default="poster",
                        max_length=8,
                        verbose_name="kind",
                    ),
                ),
                ("name_fr", models.CharField(max_length=120, verbose_name="name in French")),
                ("name_en", models.CharField(max_length=120, verbose_name="name in English")),
                (
                    "picture",
                    models.FileField(blank=True, max_length=200, upload_to=awareness.models.materials.picture_path, verbose_name="picture"),
                ),
                (
                    "minimum",
                    models.PositiveIntegerField(
                        default=0, help_text="below it, coordinators are told", verbose_name="minimum at the office"
                    ),
                ),
                (
                    "usual",
                    models.PositiveSmallIntegerField(
                        default=1,
                        help_text="what an order starts from",
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="usual quantity",
                    ),
                ),
                (
                    "check_months",
                    models.PositiveSmallIntegerField(
                        default=6,
                        help_text="0: what is placed is not looked at again, like flyers",
                        verbose_name="looked at every (months)",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="can be ordered")),
            ],
            options={
                "verbose_name": "material",
                "verbose_name_plural": "materials",
                "ordering": ["kind", "name_fr"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("usual__gte", 1)),
                        name="material_usual_at_least_one",
                        violation_error_message="At least one is ordered at a time.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="MaterialOrder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "actor_kind",
                    models.CharField(
                        choices=[("user", "user"), ("link", "access link"), ("system", "system")],
                        default="system",
                        editable=False,
                        max_length=8,
                        verbose_name="author kind",
                    ),
                ),
                ("actor_id", models.BigIntegerField(blank=True, editable=False, null=True, verbose_name="author id")),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name="key")),
                (
                    "quantity",
                    models.PositiveSmallIntegerField(
                        validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(500)],
                        verbose_name="how many",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("ordered", "ordered"),
                            ("prepared", "prepared"),
                            ("sent", "on its way"),
                            ("placed", "in place"),
                            ("refused", "refused"),
                        ],
                        default="ordered",
                        editable=False,
                        max_length=8,
                        verbose_name="state",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=250, verbose_name="note")),
                ("answer", models.CharField(blank=True, editable=False, max_length=250, verbose_name="answer")),
                ("ordered_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="ordered")),
                ("changed_at", models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="changed")),
                (
                    "material",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="orders", to="awareness.material", verbose_name="material"
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="material_orders",
                        to="stores.store",
                        verbose_name="collection point",
                    ),
                ),
            ],
            options={
                "verbose_name": "order of material",
                "verbose_name_plural": "orders of material",
                "ordering": ["-ordered_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="MaterialMove",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "actor_kind",
                    models.CharField(
                        choices=[("user", "user"), ("link", "access link"), ("system", "system")],
                        default="system",
                        editable=False,
                        max_length=8,
                        verbose_name="author kind",
                    ),
                ),
                ("actor_id", models.BigIntegerField(blank=True, editable=False, null=True, verbose_name="author id")),
                ("quantity", models.IntegerField(help_text="more, or less than zero: fewer", verbose_name="how many")),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("received", "received from the printer"),
                            ("order", "prepared for a place"),
                            ("back", "back from an order that was refused"),
                            ("count", "counted"),
                            ("lost", "lost or spoilt"),
                        ],
                        max_length=8,
                        verbose_name="why",
                    ),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="when")),
                ("note", models.CharField(blank=True, max_length=250, verbose_name="note")),
                (
                    "material",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="moves", to="awareness.material", verbose_name="material"
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="moves",
                        to="awareness.materialorder",
                        verbose_name="order of material",
                    ),
                ),
            ],
            options={
                "verbose_name": "movement of material",
                "verbose_name_plural": "movements of material",
                "ordering": ["-at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="Placement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "actor_kind",
                    models.CharField(
                        choices=[("user", "user"), ("link", "access link"), ("system", "system")],
                        default="system",
                        editable=False,
                        max_length=8,
                        verbose_name="author kind",
                    ),
                ),
                ("actor_id", models.BigIntegerField(blank=True, editable=False, null=True, verbose_name="author id")),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name="public id")),
                (
                    "state",
                    models.CharField(
                        choices=[("placed", "in place"), ("to_replace", "to be replaced"), ("gone", "no longer there")],
                        default="placed",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                (
                    "quantity",
                    models.PositiveSmallIntegerField(
                        default=1, validators=[django.core.validators.MinValueValidator(1)], verbose_name="how many"
                    ),
                ),
                ("placed_on", models.DateField(default=django.utils.timezone.localdate, verbose_name="placed")),
                ("checked_on", models.DateField(default=django.utils.timezone.localdate, verbose_name="last looked at")),
                (
                    "photo",
                    models.FileField(blank=True, max_length=200, upload_to=awareness.models.materials.photo_path, verbose_name="photo"),
                ),
                (
                    "material",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="placements",
                        to="awareness.material",
                        verbose_name="material",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="placements",
                        to="stores.store",
                        verbose_name="collection point",
                    ),
                ),
            ],
            options={
                "verbose_name": "material in a place",
                "verbose_name_plural": "material in places",
                "ordering": ["store", "material"],
            },
        ),
        migrations.AddConstraint(
            model_name="materialorder",
            constraint=models.CheckConstraint(
                condition=models.Q(("quantity__gte", 1), ("quantity__lte", 500)),
                name="material_order_quantity",
                violation_error_message="Order between 1 and 500.",
            ),
        ),
        migrations.AddConstraint(
            model_name="materialorder",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "ordered")),
                fields=("store", "material"),
                name="one_waiting_order_per_material",
                violation_error_message="This place has already ordered it.",
            ),
        ),
        migrations.AddConstraint(
            model_name="materialmove",
            constraint=models.CheckConstraint(condition=models.Q(("quantity", 0), _negated=True), name="material_move_not_zero"),
        ),
        migrations.AddConstraint(
            model_name="materialmove",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("order__isnull", False), ("reason__in", ["order", "back"])),
                    models.Q(models.Q(("reason__in", ["order", "back"]), _negated=True), ("order__isnull", True)),
                    _connector="OR",
                ),
                name="material_move_of_an_order",
            ),
        ),
        migrations.AddConstraint(
            model_name="materialmove",
            constraint=models.UniqueConstraint(
                condition=models.Q(("order__isnull", False)), fields=("order", "reason"), name="material_order_moves_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="placement",
            constraint=models.UniqueConstraint(
                fields=("store", "material"),
                name="placement_once",
                violation_error_message="This material is already listed in this place.",
            ),
        ),
        migrations.AddConstraint(
            model_name="placement",
            constraint=models.CheckConstraint(
                condition=models.Q(("checked_on__gte", models.F("placed_on"))),
                name="placement_checked_after_it_was_placed",
                violation_error_message="It cannot have been looked at before it was placed.",
            ),
        ),
    ]

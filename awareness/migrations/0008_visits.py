# Visits of coordinators: planned for a day, and what was seen there.

import uuid

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import awareness.models.visits


class Migration(migrations.Migration):
    dependencies = [
        ("awareness", "0007_photos_and_households"),
        ("stores", "0014_contact_refused_address"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Visit",
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
                        choices=[("planned", "planned"), ("done", "done"), ("cancelled", "called off")],
                        default="planned",
                        editable=False,
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("planned_on", models.DateField(verbose_name="day")),
                (
                    "hour",
                    models.TimeField(
                        blank=True, help_text="only when it is agreed with the place; local time", null=True, verbose_name="hour"
                    ),
                ),
                (
                    "duration_min",
                    models.PositiveSmallIntegerField(
                        default=30,
                        validators=[django.core.validators.MinValueValidator(5), django.core.validators.MaxValueValidator(480)],
                        verbose_name="duration (minutes)",
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="order in the day")),
                ("reason", models.CharField(blank=True, max_length=500, verbose_name="why")),
                (
                    "urgency",
                    models.PositiveSmallIntegerField(blank=True, editable=False, null=True, verbose_name="urgency when it was planned"),
                ),
                (
                    "notes",
                    models.TextField(
                        blank=True,
                        help_text="what to think of before going there; no names, please",
                        max_length=1000,
                        validators=[django.core.validators.MaxLengthValidator(1000)],
                        verbose_name="notes",
                    ),
                ),
                ("cancel_reason", models.CharField(blank=True, editable=False, max_length=250, verbose_name="why it is cancelled")),
                ("sequence", models.PositiveIntegerField(default=0, editable=False, verbose_name="number of changes")),
                ("changed_at", models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="changed")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="created")),
                ("done_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="made")),
                (
                    "key",
                    models.UUIDField(
                        editable=False, help_text="of the checklist that was sent last", null=True, unique=True, verbose_name="key"
                    ),
                ),
                (
                    "score",
                    models.PositiveSmallIntegerField(
                        editable=False, help_text="percent; empty when nothing applied", null=True, verbose_name="score"
                    ),
                ),
                (
                    "remark",
                    models.TextField(
                        blank=True,
                        editable=False,
                        max_length=1000,
                        validators=[django.core.validators.MaxLengthValidator(1000)],
                        verbose_name="remark",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="visits",
                        to="stores.store",
                        verbose_name="collection point",
                    ),
                ),
                (
                    "tasks",
                    models.ManyToManyField(
                        blank=True, editable=False, related_name="visits", to="stores.storetask", verbose_name="follow-up tasks"
                    ),
                ),
                (
                    "visitor",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="visits",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="visitor",
                    ),
                ),
            ],
            options={
                "verbose_name": "visit",
                "verbose_name_plural": "visits",
                "ordering": ["-planned_on", "position", "pk"],
            },
        ),
        migrations.CreateModel(
            name="VisitCriterion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name_fr", models.CharField(max_length=160, verbose_name="name in French")),
                ("name_en", models.CharField(max_length=160, verbose_name="name in English")),
                ("help_fr", models.CharField(blank=True, max_length=250, verbose_name="how to judge it, in French")),
                ("help_en", models.CharField(blank=True, max_length=250, verbose_name="how to judge it, in English")),
                ("task_fr", models.CharField(blank=True, max_length=160, verbose_name="task proposed when it is missing, in French")),
                ("task_en", models.CharField(blank=True, max_length=160, verbose_name="task proposed when it is missing, in English")),
                (
                    "weight",
                    models.PositiveSmallIntegerField(
                        default=1,
                        help_text="1 to 10: how much it counts in the score",
                        validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(10)],
                        verbose_name="weight",
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="order on screens")),
                ("is_active", models.BooleanField(default=True, verbose_name="in use")),
            ],
            options={
                "verbose_name": "criterion of visits",
                "verbose_name_plural": "criteria of visits",
                "ordering": ["position", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("weight__gte", 1), ("weight__lte", 10)),
                        name="visit_criterion_counts",
                        violation_error_message="Give a weight between 1 and 10.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="VisitAnswer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "answer",
                    models.CharField(
                        choices=[("yes", "yes"), ("partly", "partly"), ("no", "no"), ("na", "not applicable")],
                        max_length=8,
                        verbose_name="answer",
                    ),
                ),
                ("weight", models.PositiveSmallIntegerField(verbose_name="weight")),
                ("remark", models.CharField(blank=True, max_length=250, verbose_name="remark")),
                (
                    "visit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="answers", to="awareness.visit", verbose_name="visit"
                    ),
                ),
                (
                    "criterion",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answers",
                        to="awareness.visitcriterion",
                        verbose_name="criterion",
                    ),
                ),
            ],
            options={
                "verbose_name": "answer of a visit",
                "verbose_name_plural": "answers of visits",
                "ordering": ["visit", "criterion__position", "criterion"],
            },
        ),
        migrations.CreateModel(
            name="VisitLog",
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
                (
                    "step",
                    models.CharField(
                        choices=[
                            ("planned", "planned"),
                            ("moved", "changed"),
                            ("done", "made"),
                            ("corrected", "corrected"),
                            ("cancelled", "called off"),
                        ],
                        max_length=10,
                        verbose_name="what",
                    ),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="when")),
                ("note", models.CharField(blank=True, max_length=500, verbose_name="note")),
                (
                    "visit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="log", to="awareness.visit", verbose_name="visit"
                    ),
                ),
            ],
            options={
                "verbose_name": "step of a visit",
                "verbose_name_plural": "log of visits",
                "ordering": ["at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="VisitPhoto",
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
                ("position", models.PositiveSmallIntegerField(verbose_name="number")),
                ("image", models.ImageField(max_length=200, upload_to=awareness.models.visits.photo_path, verbose_name="picture")),
                ("taken_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="taken")),
                (
                    "visit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="photos", to="awareness.visit", verbose_name="visit"
                    ),
                ),
            ],
            options={
                "verbose_name": "photo of a visit",
                "verbose_name_plural": "photos of visits",
                "ordering": ["visit", "position"],
            },
        ),
        migrations.AddIndex(
            model_name="visit",
            index=models.Index(fields=["store", "done_at"], name="visit_store_done"),
        ),
        migrations.AddIndex(
            model_name="visit",
            index=models.Index(fields=["visitor", "planned_on"], name="visit_visitor_day"),
        ),
        migrations.AddConstraint(
            model_name="visit",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "planned")),
                fields=("store",),
                name="one_planned_visit_per_store",
                violation_error_message="A visit of this place is already planned.",
            ),
        ),
        migrations.AddConstraint(
            model_name="visit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("done_at__isnull", False), ("key__isnull", False), ("state", "done")),
                    models.Q(
                        models.Q(("state", "done"), _negated=True),
                        ("done_at__isnull", True),
                        ("key__isnull", True),
                        ("score__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="visit_done_when_reported",
                violation_error_message="A visit is done once its checklist is sent.",
            ),
        ),
        migrations.AddConstraint(
            model_name="visit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "cancelled"), models.Q(("cancel_reason", ""), _negated=True)),
                    models.Q(models.Q(("state", "cancelled"), _negated=True), ("cancel_reason", "")),
                    _connector="OR",
                ),
                name="visit_cancelled_with_a_reason",
                violation_error_message="Say why it is cancelled.",
            ),
        ),
        migrations.AddConstraint(
            model_name="visit",
            constraint=models.CheckConstraint(
                condition=models.Q(("score__isnull", True), ("score__lte", 100), _connector="OR"),
                name="visit_score_is_a_percentage",
                violation_error_message="A score lies between 0 and 100.",
            ),
        ),
        migrations.AddConstraint(
            model_name="visit",
            constraint=models.CheckConstraint(
                condition=models.Q(("duration_min__gte", 5), ("duration_min__lte", 480)),
                name="visit_lasts_some_minutes",
                violation_error_message="A visit lasts between 5 minutes and 8 hours.",
            ),
        ),
        migrations.AddConstraint(
            model_name="visitanswer",
            constraint=models.UniqueConstraint(fields=("visit", "criterion"), name="visit_criterion_answered_once"),
        ),
        migrations.AddConstraint(
            model_name="visitanswer",
            constraint=models.CheckConstraint(condition=models.Q(("weight__gte", 1), ("weight__lte", 10)), name="visit_answer_counts"),
        ),
        migrations.AddConstraint(
            model_name="visitphoto",
            constraint=models.UniqueConstraint(fields=("visit", "position"), name="visit_photo_number_once"),
        ),
        migrations.AddConstraint(
            model_name="visitphoto",
            constraint=models.CheckConstraint(
                condition=models.Q(("position__gte", 1), ("position__lte", 5)),
                name="at_most_five_visit_photos",
                violation_error_message="Keep at most five photos: remove some.",
            ),
        ),
    ]

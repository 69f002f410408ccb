# Trainings of sales teams, their quiz, and wishes for them.

import uuid

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("awareness", "0002_roles"),
        ("stores", "0013_merging_roles"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="QuizQuestion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text_fr", models.CharField(max_length=200, verbose_name="question in French")),
                ("text_en", models.CharField(max_length=200, verbose_name="question in English")),
                ("right_fr", models.CharField(max_length=200, verbose_name="right answer in French")),
                ("right_en", models.CharField(max_length=200, verbose_name="right answer in English")),
                ("wrong_fr", models.CharField(max_length=200, verbose_name="wrong answer in French")),
                ("wrong_en", models.CharField(max_length=200, verbose_name="wrong answer in English")),
                ("other_fr", models.CharField(max_length=200, verbose_name="another wrong answer in French")),
                ("other_en", models.CharField(max_length=200, verbose_name="another wrong answer in English")),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="order on screens")),
                ("is_active", models.BooleanField(default=True, verbose_name="in use")),
            ],
            options={
                "verbose_name": "question of the quiz",
                "verbose_name_plural": "questions of the quiz",
                "ordering": ["position", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Training",
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
                ("starts_at", models.DateTimeField(verbose_name="begins")),
                (
                    "duration_min",
                    models.PositiveSmallIntegerField(
                        default=45, validators=[django.core.validators.MinValueValidator(5)], verbose_name="duration (minutes)"
                    ),
                ),
                (
                    "support",
                    models.CharField(
                        blank=True, help_text="slides, a crate to handle, bottles…", max_length=200, verbose_name="support used"
                    ),
                ),
                (
                    "people",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="once it was held: fill this in, and the training is done",
                        null=True,
                        verbose_name="people who were there",
                    ),
                ),
                (
                    "notes",
                    models.TextField(
                        blank=True, help_text="for coordinators only; no names, please", max_length=2000, verbose_name="notes"
                    ),
                ),
                ("cancel_reason", models.CharField(blank=True, editable=False, max_length=250, verbose_name="why it is cancelled")),
                ("sequence", models.PositiveIntegerField(default=0, editable=False, verbose_name="number of changes")),
                ("changed_at", models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="changed")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="created")),
                (
                    "store",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="trainings",
                        to="stores.store",
                        verbose_name="collection point",
                    ),
                ),
                (
                    "trainer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="trainings",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="trainer",
                    ),
                ),
            ],
            options={
                "verbose_name": "training",
                "verbose_name_plural": "trainings",
                "ordering": ["-starts_at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Participation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "key",
                    models.UUIDField(
                        editable=False, help_text="of the form; sent again, it is not written twice", unique=True, verbose_name="key"
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=120, verbose_name="name")),
                ("score", models.PositiveSmallIntegerField(verbose_name="right answers")),
                ("questions", models.PositiveSmallIntegerField(verbose_name="questions")),
                ("rating", models.PositiveSmallIntegerField(blank=True, help_text="1 to 5", null=True, verbose_name="rating")),
                ("comment", models.CharField(blank=True, max_length=500, verbose_name="comment")),
                ("answered_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="answered")),
                (
                    "training",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="participations",
                        to="awareness.training",
                        verbose_name="training",
                    ),
                ),
            ],
            options={
                "verbose_name": "answer to the quiz",
                "verbose_name_plural": "answers to the quiz",
                "ordering": ["training", "answered_at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="TrainingWish",
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
                    "reason",
                    models.CharField(
                        choices=[("new_team", "new people in the team"), ("questions", "we have questions")],
                        max_length=10,
                        verbose_name="why",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=500, verbose_name="note")),
                ("wished_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="asked")),
                ("settled_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="settled")),
                (
                    "store",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="training_wishes",
                        to="stores.store",
                        verbose_name="collection point",
                    ),
                ),
            ],
            options={
                "verbose_name": "wish for a training",
                "verbose_name_plural": "wishes for trainings",
                "ordering": ["-wished_at", "-pk"],
            },
        ),
        migrations.AddIndex(
            model_name="training",
            index=models.Index(fields=["store", "state", "starts_at"], name="training_store_state_start"),
        ),
        migrations.AddConstraint(
            model_name="training",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("people__isnull", False), ("state", "done")),
                    models.Q(models.Q(("state", "done"), _negated=True), ("people__isnull", True)),
                    _connector="OR",
                ),
                name="training_done_has_people",
                violation_error_message="A training is done once it is said how many people were there.",
            ),
        ),
        migrations.AddConstraint(
            model_name="training",
            constraint=models.CheckConstraint(
                condition=models.Q(("duration_min__gte", 5)),
                name="training_lasts_five_minutes",
                violation_error_message="A training lasts at least five minutes.",
            ),
        ),
        migrations.AddConstraint(
            model_name="participation",
            constraint=models.CheckConstraint(condition=models.Q(("score__lte", models.F("questions"))), name="participation_score_fits"),
        ),
        migrations.AddConstraint(
            model_name="participation",
            constraint=models.CheckConstraint(
                condition=models.Q(("rating__isnull", True), models.Q(("rating__gte", 1), ("rating__lte", 5)), _connector="OR"),
                name="participation_rating_on_the_scale",
            ),
        ),
        migrations.AddConstraint(
            model_name="trainingwish",
            constraint=models.UniqueConstraint(
                condition=models.Q(("settled_at__isnull", True)),
                fields=("store",),
                name="one_open_wish_per_store",
                violation_error_message="This place has already asked for a training.",
            ),
        ),
    ]

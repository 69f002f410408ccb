# Events, who signs up for them, and what came of them.

import uuid

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
import phonenumber_field.modelfields
from django.conf import settings
from django.db import migrations, models

import awareness.models.reports


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("stores", "0010_search"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Partner",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=160, unique=True, verbose_name="name")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("authority", "local authority"),
                            ("association", "association"),
                            ("company", "company"),
                            ("school", "school"),
                            ("other", "other"),
                        ],
                        default="authority",
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                ("website", models.URLField(blank=True, verbose_name="website")),
            ],
            options={
                "verbose_name": "partner",
                "verbose_name_plural": "partners",
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="Event",
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
                    "kind",
                    models.CharField(
                        choices=[("animation", "animation in a store"), ("public", "public event")],
                        default="animation",
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "draft"), ("published", "published"), ("cancelled", "cancelled"), ("done", "held")],
                        default="draft",
                        editable=False,
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("title", models.CharField(max_length=160, verbose_name="title")),
                ("description", models.TextField(blank=True, help_text="on the public page", max_length=4000, verbose_name="description")),
                ("starts_at", models.DateTimeField(verbose_name="begins")),
                ("ends_at", models.DateTimeField(verbose_name="ends")),
                (
                    "place_name",
                    models.CharField(
                        blank=True, help_text="when it is not held in a collection point", max_length=160, verbose_name="place"
                    ),
                ),
                ("street", models.CharField(blank=True, max_length=200, verbose_name="street")),
                ("postcode", models.CharField(blank=True, max_length=10, verbose_name="postcode")),
                ("city", models.CharField(blank=True, max_length=120, verbose_name="town")),
                (
                    "latitude",
                    models.DecimalField(
                        blank=True,
                        decimal_places=6,
                        max_digits=9,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(-90), django.core.validators.MaxValueValidator(90)],
                        verbose_name="latitude",
                    ),
                ),
                (
                    "longitude",
                    models.DecimalField(
                        blank=True,
                        decimal_places=6,
                        max_digits=9,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(-180), django.core.validators.MaxValueValidator(180)],
                        verbose_name="longitude",
                    ),
                ),
                (
                    "visitor_places",
                    models.PositiveSmallIntegerField(
                        blank=True, help_text="empty: people come without signing up", null=True, verbose_name="places for visitors"
                    ),
                ),
                (
                    "volunteer_places",
                    models.PositiveSmallIntegerField(
                        blank=True, help_text="empty: no volunteers are looked for", null=True, verbose_name="places for volunteers"
                    ),
                ),
                (
                    "visitors_counted",
                    models.PositiveIntegerField(blank=True, editable=False, null=True, verbose_name="visitors who had signed up"),
                ),
                (
                    "volunteers_counted",
                    models.PositiveIntegerField(blank=True, editable=False, null=True, verbose_name="volunteers who had signed up"),
                ),
                ("notes", models.TextField(blank=True, help_text="for the team only", max_length=4000, verbose_name="notes")),
                ("cancel_reason", models.CharField(blank=True, editable=False, max_length=250, verbose_name="why it is cancelled")),
                ("sequence", models.PositiveIntegerField(default=0, editable=False, verbose_name="number of changes")),
                ("changed_at", models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="changed")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="created")),
                (
                    "store",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="stores.store",
                        verbose_name="collection point",
                    ),
                ),
                ("team", models.ManyToManyField(blank=True, related_name="events", to=settings.AUTH_USER_MODEL, verbose_name="team")),
                ("partners", models.ManyToManyField(blank=True, related_name="events", to="awareness.partner", verbose_name="partners")),
            ],
            options={
                "verbose_name": "event",
                "verbose_name_plural": "events",
                "ordering": ["-starts_at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="EventLog",
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
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="when")),
                (
                    "to_state",
                    models.CharField(
                        choices=[("draft", "draft"), ("published", "published"), ("cancelled", "cancelled"), ("done", "held")],
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=500, verbose_name="note")),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="log", to="awareness.event", verbose_name="event"
                    ),
                ),
            ],
            options={
                "verbose_name": "line of an event's log",
                "verbose_name_plural": "log of events",
                "ordering": ["event", "at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="SignUp",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name="public id")),
                (
                    "role",
                    models.CharField(
                        choices=[("visitor", "visitor"), ("volunteer", "volunteer")],
                        default="visitor",
                        max_length=10,
                        verbose_name="comes as",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("confirmed", "has a place"), ("waiting", "on the waiting list"), ("withdrawn", "withdrawn")],
                        default="confirmed",
                        editable=False,
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("first_name", models.CharField(max_length=60, verbose_name="first name")),
                ("email", models.EmailField(max_length=254, verbose_name="e-mail")),
                (
                    "phone",
                    phonenumber_field.modelfields.PhoneNumberField(
                        blank=True, help_text="of volunteers, to reach them on the day", max_length=128, region=None, verbose_name="phone"
                    ),
                ),
                (
                    "language",
                    models.CharField(choices=[("fr", "French"), ("en", "English")], default="fr", max_length=2, verbose_name="language"),
                ),
                ("signed_up_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="signed up")),
                (
                    "promoted_at",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="got a place that was given back"),
                ),
                ("withdrawn_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="withdrawn")),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="signups", to="awareness.event", verbose_name="event"
                    ),
                ),
            ],
            options={
                "verbose_name": "sign-up",
                "verbose_name_plural": "sign-ups",
                "ordering": ["event", "role", "signed_up_at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="EventItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name="public id")),
                ("name", models.CharField(max_length=120, verbose_name="what")),
                (
                    "quantity",
                    models.PositiveSmallIntegerField(
                        default=1, validators=[django.core.validators.MinValueValidator(1)], verbose_name="how many"
                    ),
                ),
                ("is_packed", models.BooleanField(default=False, verbose_name="packed")),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="order")),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="items", to="awareness.event", verbose_name="event"
                    ),
                ),
            ],
            options={
                "verbose_name": "thing to bring",
                "verbose_name_plural": "things to bring",
                "ordering": ["event", "position", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("quantity__gte", 1)),
                        name="event_item_at_least_one",
                        violation_error_message="Bring at least one, or take the line out.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="EventPhoto",
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
                ("picture", models.FileField(max_length=200, upload_to=awareness.models.reports.photo_path, verbose_name="picture")),
                ("digest", models.CharField(editable=False, max_length=64, verbose_name="digest")),
                ("has_consent", models.BooleanField(default=False, verbose_name="whoever can be recognised agreed")),
                ("sent_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="sent")),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="photos", to="awareness.event", verbose_name="event"
                    ),
                ),
            ],
            options={
                "verbose_name": "photo of an event",
                "verbose_name_plural": "photos of events",
                "ordering": ["event", "sent_at", "pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("event", "digest"), name="event_photo_once"),
                    models.CheckConstraint(
                        condition=models.Q(("has_consent", True)),
                        name="event_photo_with_consent",
                        violation_error_message="Only send photos on which whoever can be recognised has agreed.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="EventReport",
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
                ("people_met", models.PositiveIntegerField(verbose_name="people met")),
                ("bottles_explained", models.PositiveIntegerField(default=0, verbose_name="bottles explained")),
                (
                    "mood",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "badly"), (2, "not so well"), (3, "fairly well"), (4, "well"), (5, "very well")],
                        verbose_name="how it went",
                    ),
                ),
                (
                    "cost_eur",
                    models.DecimalField(
                        decimal_places=2,
                        default=0,
                        max_digits=9,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="cost (€)",
                    ),
                ),
                ("note", models.TextField(blank=True, max_length=2000, verbose_name="what to remember")),
                ("reported_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="reported")),
                (
                    "event",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="report", to="awareness.event", verbose_name="event"
                    ),
                ),
            ],
            options={
                "verbose_name": "report of an event",
                "verbose_name_plural": "reports of events",
                "ordering": ["-reported_at", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("cost_eur__gte", 0)),
                        name="event_report_cost_not_negative",
                        violation_error_message="A cost is not negative.",
                    ),
                    models.CheckConstraint(condition=models.Q(("mood__gte", 1), ("mood__lte", 5)), name="event_report_mood_on_the_scale"),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["state", "ends_at"], name="event_state_end"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["store", "starts_at"], name="event_store_start"),
        ),
        migrations.AddConstraint(
            model_name="event",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                name="event_ends_after_it_begins",
                violation_error_message="The end comes before the beginning.",
            ),
        ),
        migrations.AddConstraint(
            model_name="event",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("kind", "animation"), _negated=True), ("store__isnull", False), _connector="OR"),
                name="event_animation_in_a_store",
                violation_error_message="Choose the collection point in which the animation is held.",
            ),
        ),
        migrations.AddConstraint(
            model_name="event",
            constraint=models.CheckConstraint(
                condition=models.Q(("store__isnull", False), models.Q(("city", ""), _negated=True), _connector="OR"),
                name="event_is_somewhere",
                violation_error_message="Choose a collection point, or give at least the town.",
            ),
        ),
        migrations.AddConstraint(
            model_name="event",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("latitude__isnull", True), ("longitude__isnull", True)),
                    models.Q(("latitude__isnull", False), ("longitude__isnull", False)),
                    _connector="OR",
                ),
                name="event_position_is_whole",
                violation_error_message="Give both latitude and longitude, or neither.",
            ),
        ),
        migrations.AddConstraint(
            model_name="event",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("latitude__isnull", True),
                    models.Q(("latitude__gte", -90), ("latitude__lte", 90), ("longitude__gte", -180), ("longitude__lte", 180)),
                    _connector="OR",
                ),
                name="event_position_on_earth",
                violation_error_message="Latitude lies between -90 and 90, longitude between -180 and 180.",
            ),
        ),
        migrations.AddIndex(
            model_name="signup",
            index=models.Index(fields=["event", "role", "state"], name="signup_event_role_state"),
        ),
        migrations.AddConstraint(
            model_name="signup",
            constraint=models.UniqueConstraint(
                models.F("event"),
                django.db.models.functions.text.Lower("email"),
                condition=models.Q(("state", "withdrawn"), _negated=True),
                name="signup_once_per_event",
                violation_error_message="This address is already signed up.",
            ),
        ),
        migrations.AddConstraint(
            model_name="signup",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "withdrawn"), ("withdrawn_at__isnull", False)),
                    models.Q(models.Q(("state", "withdrawn"), _negated=True), ("withdrawn_at__isnull", True)),
                    _connector="OR",
                ),
                name="signup_withdrawn_has_a_moment",
            ),
        ),
        migrations.AddConstraint(
            model_name="signup",
            constraint=models.CheckConstraint(
                condition=models.Q(("role", "volunteer"), ("phone", ""), _connector="OR"), name="signup_phone_of_volunteers_only"
            ),
        ),
    ]

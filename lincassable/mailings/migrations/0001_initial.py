import uuid

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import lincassable.mailings.models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("messaging", "0004_delivery"),
        ("stores", "0011_contact_mailings"),
    ]

    operations = [
        migrations.CreateModel(
            name="Mailing",
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
                ("subject_fr", models.CharField(blank=True, max_length=200, verbose_name="subject in French")),
                ("body_fr", models.TextField(blank=True, max_length=20000, verbose_name="text in French")),
                ("subject_en", models.CharField(blank=True, max_length=200, verbose_name="subject in English")),
                ("body_en", models.TextField(blank=True, max_length=20000, verbose_name="text in English")),
                (
                    "fields",
                    models.JSONField(blank=True, default=list, help_text="a list of {name, label}", verbose_name="fields of its own"),
                ),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name="public id")),
                (
                    "name",
                    models.CharField(
                        help_text="for you and your colleagues; recipients do not see it", max_length=120, verbose_name="name"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "draft"),
                            ("scheduled", "scheduled"),
                            ("sending", "sending"),
                            ("paused", "paused"),
                            ("done", "done"),
                            ("cancelled", "cancelled"),
                        ],
                        default="draft",
                        editable=False,
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                (
                    "values",
                    models.JSONField(
                        blank=True, default=dict, help_text="by name of the field and language", verbose_name="values of its fields"
                    ),
                ),
                (
                    "audience",
                    models.JSONField(
                        blank=True, default=dict, help_text="the chosen conditions (mailings.audience.Criteria)", verbose_name="audience"
                    ),
                ),
                (
                    "per_hour",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="at most; empty: as fast as the network's own limit allows",
                        null=True,
                        validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(100000)],
                        verbose_name="messages per hour",
                    ),
                ),
                ("scheduled_at", models.DateTimeField(blank=True, null=True, verbose_name="begins")),
                ("started_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="begun")),
                ("finished_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="finished")),
                ("version", models.PositiveIntegerField(default=1, editable=False, verbose_name="version")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="created")),
            ],
            options={
                "verbose_name": "mailing",
                "verbose_name_plural": "mailings",
                "ordering": ["-created_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="MailingTemplate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("subject_fr", models.CharField(blank=True, max_length=200, verbose_name="subject in French")),
                ("body_fr", models.TextField(blank=True, max_length=20000, verbose_name="text in French")),
                ("subject_en", models.CharField(blank=True, max_length=200, verbose_name="subject in English")),
                ("body_en", models.TextField(blank=True, max_length=20000, verbose_name="text in English")),
                (
                    "fields",
                    models.JSONField(blank=True, default=list, help_text="a list of {name, label}", verbose_name="fields of its own"),
                ),
                ("name", models.CharField(max_length=120, unique=True, verbose_name="name")),
                ("purpose", models.CharField(blank=True, max_length=250, verbose_name="what it is for")),
                ("is_active", models.BooleanField(default=True, verbose_name="in use")),
                ("version", models.PositiveIntegerField(default=1, editable=False, verbose_name="version")),
                ("changed_at", models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="changed")),
            ],
            options={
                "verbose_name": "template of mailings",
                "verbose_name_plural": "templates of mailings",
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="MailingLog",
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
                    "from_state",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("draft", "draft"),
                            ("scheduled", "scheduled"),
                            ("sending", "sending"),
                            ("paused", "paused"),
                            ("done", "done"),
                            ("cancelled", "cancelled"),
                        ],
                        max_length=10,
                        verbose_name="from",
                    ),
                ),
                (
                    "to_state",
                    models.CharField(
                        choices=[
                            ("draft", "draft"),
                            ("scheduled", "scheduled"),
                            ("sending", "sending"),
                            ("paused", "paused"),
                            ("done", "done"),
                            ("cancelled", "cancelled"),
                        ],
                        max_length=10,
                        verbose_name="to",
                    ),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="when")),
                ("note", models.CharField(blank=True, max_length=400, verbose_name="note")),
                (
                    "mailing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="log", to="mailings.mailing", verbose_name="mailing"
                    ),
                ),
            ],
            options={
                "verbose_name": "step of a mailing",
                "verbose_name_plural": "steps of mailings",
                "ordering": ["mailing", "at", "pk"],
            },
        ),
        migrations.AddField(
            model_name="mailing",
            name="template",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="mailings",
                to="mailings.mailingtemplate",
                verbose_name="made from",
            ),
        ),
        migrations.CreateModel(
            name="MailingFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name="public id")),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                ("file", models.FileField(max_length=200, upload_to=lincassable.mailings.models.file_path, verbose_name="file")),
                ("extension", models.CharField(max_length=5, verbose_name="format")),
                ("size", models.PositiveIntegerField(verbose_name="size in bytes")),
                (
                    "mailing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="files", to="mailings.mailing", verbose_name="mailing"
                    ),
                ),
            ],
            options={
                "verbose_name": "file of a mailing",
                "verbose_name_plural": "files of mailings",
                "ordering": ["mailing", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("mailing", "name"),
                        name="mailing_file_once",
                        violation_error_message="A file of this name is already there.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="MailingRecipient",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "email",
                    models.EmailField(
                        blank=True, help_text="lower case; empty once it has been forgotten", max_length=254, verbose_name="address"
                    ),
                ),
                (
                    "progress",
                    models.CharField(
                        choices=[
                            ("waiting", "waiting for its turn"),
                            ("handed_over", "handed over"),
                            ("left_out", "left out"),
                            ("cancelled", "cancelled"),
                        ],
                        default="waiting",
                        max_length=12,
                        verbose_name="progress",
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("archived", "the place is archived"),
                            ("no_contact", "nobody with the chosen roles is known there"),
                            ("no_address", "no e-mail address"),
                            ("changed", "the address was changed after the list was made"),
                            ("bad_address", "what is written there is no e-mail address"),
                            ("unsubscribed", "does not want mailings"),
                            ("bounced", "the address does not work: mails came back"),
                            ("same_address", "same address as somebody else in the list: one mail is enough"),
                        ],
                        max_length=14,
                        verbose_name="why left out",
                    ),
                ),
                ("handed_over_at", models.DateTimeField(blank=True, null=True, verbose_name="handed over")),
                (
                    "contact",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="mailings",
                        to="stores.contact",
                        verbose_name="contact",
                    ),
                ),
                (
                    "mailing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="recipients",
                        to="mailings.mailing",
                        verbose_name="mailing",
                    ),
                ),
                (
                    "message",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="mailing_recipient",
                        to="messaging.message",
                        verbose_name="message",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="mailings",
                        to="stores.store",
                        verbose_name="collection point",
                    ),
                ),
            ],
            options={
                "verbose_name": "recipient of a mailing",
                "verbose_name_plural": "recipients of mailings",
                "ordering": ["mailing", "pk"],
                "indexes": [
                    models.Index(condition=models.Q(("progress", "waiting")), fields=["mailing", "id"], name="mailing_recipient_waiting"),
                    models.Index(fields=["handed_over_at"], name="mailing_recipient_handed_over"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(models.Q(("email", ""), _negated=True), models.Q(("progress", "left_out"), _negated=True)),
                        fields=("mailing", "email"),
                        name="mailing_once_per_address",
                        violation_error_message="This address is in the list already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("handed_over_at__isnull", False), ("progress", "handed_over")),
                            models.Q(("progress", "handed_over"), _negated=True),
                            _connector="OR",
                        ),
                        name="mailing_recipient_handed_over_has_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("progress", "left_out"), models.Q(("reason", ""), _negated=True)),
                            models.Q(models.Q(("progress", "left_out"), _negated=True), ("reason", "")),
                            _connector="OR",
                        ),
                        name="mailing_recipient_left_out_has_a_reason",
                    ),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="mailing",
            index=models.Index(
                condition=models.Q(("state__in", ["scheduled", "sending"])), fields=["scheduled_at"], name="mailing_at_work"
            ),
        ),
        migrations.AddConstraint(
            model_name="mailing",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("scheduled_at__isnull", True), ("state", "draft")),
                    models.Q(models.Q(("state", "draft"), _negated=True), ("scheduled_at__isnull", False)),
                    _connector="OR",
                ),
                name="mailing_scheduled_has_a_time",
                violation_error_message="A mailing that is to be sent has a day and an hour.",
            ),
        ),
        migrations.AddConstraint(
            model_name="mailing",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("started_at__isnull", True), ("state__in", ["draft", "scheduled"])),
                    models.Q(models.Q(("state__in", ["draft", "scheduled"]), _negated=True), ("started_at__isnull", False)),
                    _connector="OR",
                ),
                name="mailing_begun_has_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="mailing",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("finished_at__isnull", False), ("state__in", ["done", "cancelled"])),
                    models.Q(models.Q(("state__in", ["done", "cancelled"]), _negated=True), ("finished_at__isnull", True)),
                    _connector="OR",
                ),
                name="mailing_finished_has_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="mailing",
            constraint=models.CheckConstraint(
                condition=models.Q(("per_hour__isnull", True), models.Q(("per_hour__gte", 1), ("per_hour__lte", 100000)), _connector="OR"),
                name="mailing_rate_is_positive",
                violation_error_message="Send at least one message per hour.",
            ),
        ),
    ]

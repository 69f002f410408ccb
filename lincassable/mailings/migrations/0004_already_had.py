"""A mailing leaves out who has had its very words through an earlier one.

The keys of mailings that are planned or have begun, the contents of files and the languages of what was handed over are filled in from
what is kept. A file that is gone leaves its mailing without keys: nobody can tell any more what its readers got.
"""

from __future__ import annotations

import hashlib
from typing import Any

from django.db import migrations, models
from django.db.models import Q

_HAD = "already had this very text, through another mailing"
_REASONS = [
    ("archived", "the place is archived"),
    ("no_contact", "nobody with the chosen roles is known there"),
    ("no_address", "no e-mail address"),
    ("changed", "the address was changed after the list was made"),
    ("bad_address", "what is written there is no e-mail address"),
    ("unsubscribed", "does not want mailings"),
    ("bounced", "the address does not work: mails came back"),
    ("same_address", "same address as somebody else in the list: one mail is enough"),
    ("already_had", _HAD),
]


class _Words:
    """What `words_of` asks of a row, which historic models do not know."""

    def __init__(self, row: Any) -> None:
        self.row, self.fields = row, row.fields
        self.has_english = bool(row.subject_en.strip() and row.body_en.strip())

    def subject_in(self, language: str) -> str:
        """The subject for readers of `language`."""
        return self.row.subject_en if language == "en" and self.has_english else self.row.subject_fr

    def body_in(self, language: str) -> str:
        """The body for readers of `language`."""
        return self.row.body_en if language == "en" and self.has_english else self.row.body_fr


def fill(apps: Any, schema_editor: Any) -> None:
    """Fill in what the new columns say of the past; a statement or two for each mailing, whatever the length of its list."""
    from lincassable.mailings.earlier import words_of

    File, Mailing, Recipient = (apps.get_model("mailings", name) for name in ("MailingFile", "Mailing", "MailingRecipient"))
    for file in File.objects.order_by("pk").iterator():
        File.objects.filter(pk=file.pk).update(digest=_digest(file))
    for row in Mailing.objects.exclude(state="draft").order_by("pk").iterator():
        digests = list(File.objects.filter(mailing=row).values_list("digest", flat=True))
        keys = words_of(_Words(row), row.values, digests)  # type: ignore[arg-type]
        Mailing.objects.filter(pk=row.pk).update(**{f"words_{tongue}": key for tongue, key in keys.items()})
        gone = Recipient.objects.filter(mailing=row, progress="handed_over")
        gone.filter(Q(message__language="en") | Q(message=None, contact__language="en")).update(language="en")
        gone.filter(language="").update(language="fr")


def _digest(file: Any) -> str:
    try:
        with file.file.open("rb") as content:
            return hashlib.sha256(content.read()).hexdigest()
    except (OSError, ValueError):
        return ""


class Migration(migrations.Migration):
    dependencies = [("mailings", "0003_any_hour"), ("messaging", "0001_initial")]

    operations = [
        migrations.AddField(
            "mailing",
            "again",
            models.BooleanField(
                "to those who have had it too",
                default=False,
                db_default=False,
                help_text="also to addresses that have had this very text through another mailing",
            ),
        ),
        *(
            migrations.AddField(
                "mailing",
                f"words_{tongue}",
                models.CharField(
                    f"key of what readers of {name} get", max_length=64, blank=True, default="", db_default="", editable=False
                ),
            )
            for tongue, name in (("fr", "French"), ("en", "English"))
        ),
        migrations.AddField(
            "mailingrecipient",
            "language",
            models.CharField("language", max_length=2, blank=True, default="", db_default="", help_text="in which it was handed over"),
        ),
        migrations.AlterField("mailingrecipient", "reason", models.CharField("why left out", max_length=14, choices=_REASONS, blank=True)),
        migrations.AddField(
            "mailingfile",
            "digest",
            models.CharField(
                "digest of its content",
                max_length=64,
                blank=True,
                default="",
                db_default="",
                editable=False,
                help_text="SHA-256; empty: unknown",
            ),
        ),
        *(
            migrations.AddIndex(
                "mailing",
                models.Index(fields=[f"words_{tongue}"], condition=~Q(**{f"words_{tongue}": ""}), name=f"mailing_words_{tongue}"),
            )
            for tongue in ("fr", "en")
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]

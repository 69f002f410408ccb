"""Remove the personal data whose time is over, as the nightly task does."""

from typing import Any

from django.core.management.base import BaseCommand

from lincassable.accounts import privacy


class Command(BaseCommand):
    """`manage.py purge_personal_data`: safe to run at any time, and twice."""

    help = "Remove the personal data whose retention (settings.PERSONAL_DATA_RETENTION_DAYS) is over."

    def handle(self, *args: Any, **options: Any) -> None:
        """Purge every kind, and print how many rows changed for each."""
        for key, count in privacy.purge().items():
            self.stdout.write(f"{key}: {count}")

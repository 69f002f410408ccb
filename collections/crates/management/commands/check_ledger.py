"""`manage.py check_ledger`: prove that the crate ledger holds."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from crates.check import check_ledger


class Command(BaseCommand):
    """Print what is wrong in the crate ledger, one sentence a line, and exit with 1; or say that all is well."""

    help = "Prove that balances equal the sum of entries, that movements sum to zero and that every count holds."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the check. Raises CommandError (exit code 1) when something is wrong."""
        wrong = check_ledger()
        for sentence in wrong:
            self.stderr.write(sentence)
        if wrong:
            raise CommandError(_("The ledger does not hold: %(number)s findings.") % {"number": len(wrong)}, returncode=1)
        self.stdout.write(_("The ledger holds."))

"""`manage.py demo_access`: how to look at the demo network."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from lincassable.accounts.models import User
from lincassable.demo.services import ADMIN_EMAIL, admin_password, demo_access
from lincassable.demo.slips import carrier_email, carrier_password, demo_office


class Command(BaseCommand):
    """Print the admin's account, a store's link and the account of a carrier's office, one line each."""

    help = "Print how to open the admin and a store's phone page of the demo network."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--url", default=settings.SITE_URL, help="the site's address")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.LOCAL:
            raise CommandError("The demo account is for your own machine (LOCAL=1), not for a server.")
        access = demo_access()
        base = options["url"].rstrip("/")
        if access is None:
            self.stdout.write(f"Admin: {base}/admin/ — this is not the demo network: use your own account.")
            return
        link, _ = access
        user = User.objects.get(email=ADMIN_EMAIL)
        password = admin_password() if user.check_password(admin_password()) else "(the password you chose)"
        self.stdout.write(f"Admin: {base}/admin/ {ADMIN_EMAIL} {password}")
        self.stdout.write(f"QR: {base}{urlsplit(link).path}")
        if carrier := demo_office():
            office = User.objects.get(email=carrier_email(carrier))
            password = carrier_password() if office.check_password(carrier_password()) else "(the password you chose)"
            self.stdout.write(f"Carrier: {base}/transporteur/ {office.email} {password}")

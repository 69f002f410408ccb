"""Builds the demo network, and the accounts one needs to look at it."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import random

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import timezone

from lincassable.accounts import links
from lincassable.accounts.models import AccessLink, User
from lincassable.demo import slips
from lincassable.demo.carriers import tell_carriers
from lincassable.demo.closings import tell_closings
from lincassable.demo.delivery import tell_delivery
from lincassable.demo.deposits import tell_deposits
from lincassable.demo.discrepancies import tell_differences
from lincassable.demo.duplicates import tell_duplicates
from lincassable.demo.effects import tell_effects
from lincassable.demo.events import tell_events
from lincassable.demo.following import tell_following
from lincassable.demo.history import History
from lincassable.demo.mail_texts import tell_mail_texts
from lincassable.demo.mailings import tell_mailings
from lincassable.demo.materials import tell_materials
from lincassable.demo.network import SOURCE, Network, build_network
from lincassable.demo.nonconformities import tell_nonconformities
from lincassable.demo.paloxes import tell_paloxes
from lincassable.demo.present import plan_coming_tours
from lincassable.demo.proofs import tell_proofs
from lincassable.demo.proposals import tell_proposals
from lincassable.demo.public_site import fill_up
from lincassable.demo.reminders import run_reminders
from lincassable.demo.requests import tell_requests
from lincassable.demo.shelves import tell_shelves
from lincassable.demo.trainings import tell_trainings
from lincassable.demo.visits import tell_visits
from lincassable.demo.weekly import tell_weekly_reports
from pickups.enums import OPEN_REQUEST_STATES
from stores.enums import Kind
from stores.models import Store

POINTS = 130
HISTORY_DAYS = 730  # two years: this one and the one it is compared with
ADMIN_EMAIL = "coordination@lincassable.example"


class NotEmpty(Exception):
    """The database already holds collection points; the demo network would mix with them."""


@transaction.atomic
def seed(*, scale: float, seed_number: int, today: dt.date) -> dict[str, int]:
    """Build the demo network and its history up to `today`; return how many rows of each kind were made.

    Arguments:
        scale: 1 makes about 130 points.
        seed_number: the same number and day always make the same network.
        today: the day on which the story ends.

    Raises NotEmpty when there are collection points already.
    """
    if Store.objects.exists():
        raise NotEmpty("There are collection points already. The demo network needs an empty database.")
    rng = random.Random(seed_number)
    network = build_network(round(POINTS * scale), rng)
    history = History(network, today - dt.timedelta(days=HISTORY_DAYS), today, rng)
    history.tell()
    slips.give_windows(history, random.Random(f"windows {seed_number}"))
    history.rows.save()
    made = _tell_the_rest(history, seed_number)
    tours, differences = _tell_these_days(network, today, seed_number, rng)
    rows = history.rows
    return {
        "points": len(network.stores),
        "declarations": len(rows.declarations),
        "tours": len(rows.tours) + tours,
        "stops": len(rows.stops),
        "movements": len(rows.movements),
        "ledger lines": len(rows.entries),
        "differences": differences,
        **made,
    }


def _tell_the_rest(history: History, seed_number: int) -> dict[str, int]:
    """Add what happens around the stock; return how many rows of each kind were made.

    Each has its own numbers: what one tells does not change the rest of the network.
    """

    def numbers(name: str) -> random.Random:
        return random.Random(f"{name} {seed_number}")

    network, today, admin = history.network, history.today, ensure_admin()
    made = {"deposit counts": tell_deposits(history, numbers("deposits"))}
    tell_paloxes(history, numbers("paloxes"))
    made["products on shelves"] = tell_shelves(history, numbers("shelves"))
    slips.tell_agreements(history, numbers("agreements"))
    made["photos and signatures"] = tell_proofs(numbers("proofs"))
    tell_following(network, admin, today, numbers("following"))
    made["events"] = tell_events(network.stores, admin, today, numbers("events"))
    tell_mailings(admin, today)
    made["orders of material"] = tell_materials(network.stores, today, numbers("materials"))
    made["trainings"] = tell_trainings(network.stores, admin, today, numbers("trainings"))
    made["visits"] = tell_visits(network.stores, admin, today, numbers("visits"))
    made["non-conformities"] = tell_nonconformities(network.stores, admin, today, numbers("problems"))
    made["non-conformities"] += tell_effects(network.stores, admin, today, numbers("effects"))
    tell_mail_texts(admin)
    run_reminders(today)
    slips.open_offices()
    tell_duplicates(network, admin)
    tell_proposals(network, admin)
    return made


def _tell_these_days(network: Network, today: dt.date, seed_number: int, rng: random.Random) -> tuple[int, int]:
    """Add what is going on around `today`; return how many tours were planned and how many differences told."""
    tours = plan_coming_tours(network, today)
    tours += tell_carriers(network, today, random.Random(f"carriers {seed_number}"))
    differences = tell_differences(network, today, rng)
    tell_requests(network, today)
    tell_closings(today, random.Random(f"closings {seed_number}"))
    slips.keep_papers(today, random.Random(f"papers {seed_number}"))
    tell_weekly_reports(timezone.make_aware(dt.datetime.combine(today, dt.time(12))), random.Random(f"weekly {seed_number}"))
    tell_delivery(timezone.now())
    fill_up()
    return tours, differences


def admin_password() -> str:
    """Return the demo account's password: its own for each installation, the same at every start."""
    digest = hmac.new(settings.SECRET_KEY.encode(), b"demo-admin-password", hashlib.sha256).digest()
    return base64.b32encode(digest[:10]).decode().lower()


def ensure_admin() -> User:
    """Create the demo coordinator when missing, and return it. Only ever called for a demo network."""
    user = User.objects.filter(email=ADMIN_EMAIL).first()
    if user is None:
        user = User.objects.create_user(ADMIN_EMAIL, admin_password(), name="Camille Démo", is_staff=True)
        user.groups.set(Group.objects.filter(name__in=["administrator", "coordinator"]))
    return user


def demo_store() -> Store | None:
    """Return the shop whose card `./run` prints: a plain active shop with no open request, or None without a demo network."""
    shops = Store.objects.active().filter(kind=Kind.SHOP, source=SOURCE, collected_through=None)
    return shops.exclude(pickup_requests__state__in=OPEN_REQUEST_STATES).order_by("pk").first() or shops.order_by("pk").first()


def demo_access() -> tuple[str, str] | None:
    """Return the address of a store's phone page and the admin's e-mail, or None when the demo account is not there."""
    store = demo_store()
    if store is None or not User.objects.filter(email=ADMIN_EMAIL).exists():
        return None
    return links.url(links.link_for(AccessLink.STORE, store.pk)), ADMIN_EMAIL

"""The carriers' side of the story: accounts of their offices, time windows, what was sent, answered and changed, signed papers."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import random
import uuid

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.utils import translation
from django.utils.text import slugify

from lincassable.accounts.models import User
from lincassable.demo.history import History
from pickups.enums import TourState
from pickups.models import Carrier, SlipUpload, Stop, Tour, TourLog
from pickups.slips import slip_pdf

TOLD_DAYS = 365  # older tours were agreed on by phone
DECLINED, CHANGED, WINDOWS = 0.04, 0.1, 0.7  # shares of tours declined first, of tours changed after sending, of stops with a window
SIGNED_PAPERS = 3  # real slips, one page or more each; they take a second each to make
REFUSALS = ["Plus de camion ce jour-là.", "Chauffeur en congé, possible le lendemain.", "Tournée trop longue pour une journée."]
CHANGES = ["arrêt retiré : magasin fermé", "quantités revues à la hausse", "créneau du premier arrêt avancé d'une heure", "arrêt ajouté"]


def give_windows(history: History, rng: random.Random) -> None:
    """Give the stops of the last year a time window, mostly kept. Called before the history is written."""
    since = history.today - dt.timedelta(days=TOLD_DAYS)
    for stop in history.rows.stops:
        if stop.tour.date < since or rng.random() > WINDOWS or stop.completed_at is None:
            continue
        local = stop.completed_at.astimezone(history.zone_info)
        start = max(7, local.hour - rng.choice([0, 0, 0, 1, 1, 2]) + (rng.random() < 0.06))
        stop.window_start, stop.window_end = dt.time(min(start, 20)), dt.time(min(start + rng.choice([2, 2, 3]), 22))


def tell_agreements(history: History, rng: random.Random) -> int:
    """Write the log of the last year's tours: sent, now and then declined or changed, accepted, driven. Returns the number of lines."""
    since = history.today - dt.timedelta(days=TOLD_DAYS)
    ends: dict[int, list[dt.datetime]] = {}
    for stop in history.rows.stops:
        if stop.tour.date >= since and stop.completed_at:
            ends.setdefault(stop.tour.pk, []).append(stop.completed_at)
    lines: list[TourLog] = []
    for tour in history.rows.tours:
        if tour.date >= since and tour.pk in ends:
            lines += _log_of(tour, min(ends[tour.pk]), max(ends[tour.pk]), rng)
    TourLog.objects.bulk_create(lines, batch_size=5000)
    return len(lines)


def _log_of(tour: Tour, first: dt.datetime, last: dt.datetime, rng: random.Random) -> list[TourLog]:
    """Return the log of one tour that was driven."""
    hour = dt.timedelta(hours=1)
    sent = first - dt.timedelta(days=rng.choice([1, 2, 3, 3, 4, 5])) + rng.uniform(-2, 6) * hour
    moves: list[tuple[str, str, dt.datetime, str]] = []
    if rng.random() < DECLINED:
        before = sent - 30 * hour
        moves.append((TourState.DRAFT, TourState.AWAITING, before, ""))
        moves.append((TourState.AWAITING, TourState.DECLINED, before + rng.uniform(1, 9) * hour, rng.choice(REFUSALS)))
        moves.append((TourState.DECLINED, TourState.DRAFT, before + 12 * hour, ""))
    moves.append((TourState.DRAFT, TourState.AWAITING, sent, ""))
    # Now and then somebody forgets to answer until the evening before.
    accepted = min(sent + rng.choice([1, 2, 3, 5, 20, 26, 50, 70]) * rng.uniform(0.6, 1) * hour, first - 2 * hour)
    moves.append((TourState.AWAITING, TourState.ACCEPTED, accepted, ""))
    if rng.random() < CHANGED:
        moves.append((TourState.ACCEPTED, TourState.ACCEPTED, accepted + (first - accepted) / 2, rng.choice(CHANGES)))
    moves.append((TourState.ACCEPTED, TourState.UNDER_WAY, first, ""))
    moves.append((TourState.UNDER_WAY, TourState.DONE, last + 0.75 * hour, ""))
    if tour.state == TourState.CLOSED:
        moves.append((TourState.DONE, TourState.CLOSED, last + rng.uniform(20, 200) * hour, ""))
    return [TourLog(tour=tour, from_state=start, to_state=to, at=at, note=note) for start, to, at, note in moves]


def keep_papers(today: dt.date, rng: random.Random) -> int:
    """Give the oldest tours that are done their signed paper; the other ones lack theirs. Returns how many papers were made."""
    done = Tour.objects.filter(state=TourState.DONE, date__lt=today).select_related("carrier", "hub", "vehicle").order_by("date", "pk")
    papers = []
    with translation.override(settings.LANGUAGE_CODE):
        for tour in done[:SIGNED_PAPERS]:
            at = Stop.objects.filter(tour=tour).latest("completed_at").completed_at + dt.timedelta(hours=rng.randint(3, 40))  # type: ignore[operator]
            slip = SlipUpload(tour=tour, extension="pdf", uploaded_at=at, uuid=uuid.UUID(int=rng.getrandbits(128), version=4))
            slip.file.save("bon.pdf", ContentFile(slip_pdf(tour)), save=False)
            papers.append(slip)
    SlipUpload.objects.bulk_create(papers)
    return len(papers)


def carrier_email(carrier: Carrier) -> str:
    """Return the address of the demo account of a carrier's office."""
    return f"bureau@{slugify(carrier.name)}.example"


def carrier_password() -> str:
    """Return the password of the carriers' demo accounts: its own for each installation, the same at every start."""
    digest = hmac.new(settings.SECRET_KEY.encode(), b"demo-carrier-password", hashlib.sha256).digest()
    return base64.b32encode(digest[:10]).decode().lower()


def open_offices() -> None:
    """Give each carrier of the demo network an account, once."""
    role = Group.objects.filter(name="carrier")
    for carrier in Carrier.objects.order_by("name"):
        email = carrier_email(carrier)
        if User.objects.filter(email=email).exists():
            continue
        user = User.objects.create_user(email, carrier_password(), name=f"Bureau {carrier.name}", wants_weekly_report=False)
        user.groups.set(role)
        carrier.users.add(user)


def demo_office() -> Carrier | None:
    """Return the carrier whose account `./run` prints: one with a tour to accept when there is, with a demo account in any case."""
    emails = {carrier.pk: carrier_email(carrier) for carrier in Carrier.objects.all()}
    known = set(User.objects.filter(email__in=emails.values()).values_list("email", flat=True))
    asked = set(Tour.objects.filter(state=TourState.AWAITING).values_list("carrier_id", flat=True))
    candidates = [carrier for carrier in Carrier.objects.order_by("pk") if emails[carrier.pk] in known]
    return next((carrier for carrier in candidates if carrier.pk in asked), candidates[0] if candidates else None)

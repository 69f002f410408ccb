"""Moments as people write them on the command line."""

from __future__ import annotations

import argparse
import datetime as dt

from django.utils.translation import gettext as _

from lincassable.legacy.cells import zone
from lincassable.legacy.known import end_of


def iso_moment(text: str) -> dt.datetime:
    """Return the moment of an ISO 8601 text; without a zone the network's, a day alone is its last moment.

    Raises argparse.ArgumentTypeError for anything else.
    """
    try:
        if len(text.strip()) <= 10:
            return end_of(dt.date.fromisoformat(text.strip()))
        at = dt.datetime.fromisoformat(text.strip())
    except ValueError:
        raise argparse.ArgumentTypeError(_("“%(text)s” is not a moment like 2025-06-30T23:59:59+02:00.") % {"text": text}) from None
    return at.replace(tzinfo=zone()) if at.tzinfo is None else at

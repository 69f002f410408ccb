"""The coming days of the demo network, through the same services as everybody: sent, accepted and drafted tours."""

from __future__ import annotations

import datetime as dt

from lincassable.demo.network import Network


def plan_coming_tours(network: Network, today: dt.date) -> int:
    """Plan the coming tours and return how many."""
    return 0

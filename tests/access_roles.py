"""The roles that an address is tried with, and groups of them."""

from __future__ import annotations

ANONYMOUS, STORE, DRIVER, CARRIER_LINK = "anonymous", "store", "driver", "carrier_link"
CARRIER, SORTING, COORDINATOR, ADMINISTRATOR = "carrier", "sorting", "coordinator", "administrator"
ROLES = (ANONYMOUS, STORE, DRIVER, CARRIER_LINK, CARRIER, SORTING, COORDINATOR, ADMINISTRATOR)

EVERYONE = frozenset(ROLES)
SIGNED_IN = frozenset({CARRIER, SORTING, COORDINATOR, ADMINISTRATOR})
STAFF = frozenset({COORDINATOR, ADMINISTRATOR})
COUNTERS = frozenset({SORTING, COORDINATOR, ADMINISTRATOR})
ADMINS = frozenset({ADMINISTRATOR})
NOBODY: frozenset[str] = frozenset()

"""The vocabulary of the reports. Imports nothing of ours."""

from datetime import time, timedelta
from enum import StrEnum

# The report is due on Monday at this local time, and a late start catches up until Wednesday evening: from Thursday on
# it would only repeat what everyone knows.
DUE_AT = time(7)
CATCH_UP_DAYS = 3  # days from Monday midnight

# A collected bottle is news for a week.
PERIOD = timedelta(days=7)

# Lines of each list in the coordinators' mail; the rest is a number and a link.
LONGEST_LIST = 15

# What a store is asked in one mail: more would be read by nobody.
MOST_ASKS = 3

# Events that a store's mail names: how near, how soon, how many; and how many are looked at in all.
EVENTS_KM, EVENTS_DAYS, MOST_EVENTS, MOST_EVENTS_READ = 15, 28, 3, 500

# Weeks of the columns in the coordinators' mail.
COLLECTED_WEEKS = 12

# Contacts handled at once: bounds the memory, whatever the size of the network.
CHUNK = 500

# Places read at once for the coordinators’ page and its table: each page of the board looks at the whole network to rank it.
PLACES = 2_000

# To whom: a contact of a store, a coordinator (the same words as `messaging.unsubscribing`).
CONTACT, USER = "contact", "user"

STORE_MAIL, NETWORK_MAIL = "weekly_store", "weekly_network"

DEPOSIT_REQUEST, DEPOSIT_REMINDER = "deposit_request", "deposit_reminder"


class Advice(StrEnum):
    """What a store is asked, the most important first."""

    BE_READY = "be_ready"  # a truck comes
    ASK_PICKUP = "ask_pickup"  # it is nearly full, and nobody comes
    DECLARE_FIRST = "declare_first"  # it never declared
    DECLARE_AGAIN = "declare_again"  # its last declaration is old
    LOOK = "look"  # an alert of the registry that stores are told
    COUNT_DEPOSITS = "count_deposits"  # months lack
    CHECK_PRODUCTS = "check_products"  # its list is old
    NOTHING = "nothing"


class AlertKind(StrEnum):
    """What must be looked at in the stock, the most pressing first."""

    OVER_FULL = "over_full"
    LOW_EMPTIES = "low_empties"
    OLD_BOTTLES = "old_bottles"
    NEGATIVE = "negative"
    PALOX_UNSEEN = "palox_unseen"
    HELD = "held"


# How much each of these adds to the urgency of a place on the stock board; equal ones are ordered by how full they are.
URGENCY_OVER_FULL, URGENCY_REQUEST, URGENCY_LOW_EMPTIES, URGENCY_LATE, URGENCY_OTHER = 8, 4, 3, 1, 1
# The alerts that add URGENCY_OTHER: read without any look at the history, for the whole network.
OTHER_ALERTS = (AlertKind.NEGATIVE, AlertKind.PALOX_UNSEEN, AlertKind.HELD)

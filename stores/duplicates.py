"""Places that may be one and the same: pairs, with the reasons, the surest first. Reads only, but for `tell_apart`.

Candidates are neighbours on a grid, or share a postcode, an address, an e-mail or a phone: as many queries whatever the number of
places, and no place is compared with all others.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from lincassable.accounts.actors import LINK, Actor
from stores.alike import Names, Row, alike_in_one_postcode, distance_m, neighbours, sharing
from stores.enums import STOCK_KEEPERS, Status
from stores.models import DistinctPlaces, Store

# How alike two names are: 0 to 1, PostgreSQL's trigram similarity without accents. Found by trying on the demo network and a real
# list of points: shops of one chain in one town lie around 0.6, two spellings of one shop above 0.7.
ALIKE, VERY_ALIKE = 0.45, 0.7
HARDLY_ALIKE = 0.25  # enough for two places at one address or next to each other
NEAR_M, NEXT_DOOR_M = 300, 40
CELL_DEGREES = 0.005  # about 550 m from south to north, 400 m from west to east at 43° north: more than NEAR_M
SHARED_AT_MOST = 5  # an e-mail or a phone of more places is that of a head office
MOST_PAIRS = 500


@dataclass(frozen=True)
class Pair:
    """Two places that may be one.

    Arguments: similarity of their names, 0 to 1; distance_m, None when a position is missing; the others, what they share.
    """

    first: Store
    second: Store
    similarity: float
    distance_m: int | None
    same_address: bool
    same_email: bool
    same_phone: bool
    score: float

    @property
    def stores(self) -> tuple[Store, Store]:
        """Both."""
        return self.first, self.second

    @property
    def reasons(self) -> list[str]:
        """Why they may be one, in words."""
        found = []
        if self.similarity >= 1:
            found.append(_("same name"))
        elif self.similarity >= ALIKE:
            found.append(_("names alike (%(percent)s %%)") % {"percent": round(100 * self.similarity)})
        if self.distance_m is not None and self.distance_m <= NEAR_M:
            found.append(
                _("same position") if not self.distance_m else _("%(metres)s m apart") % {"metres": number_format(self.distance_m)}
            )
        if self.same_address:
            found.append(_("same address"))
        if self.same_email:
            found.append(_("a contact with the same e-mail"))
        if self.same_phone:
            found.append(_("a contact with the same phone"))
        return found


_ROWS = """
SELECT id, kind = ANY(%s), status = %s, postcode, plain_text(name), plain_text(city),
    btrim(regexp_replace(plain_text(street), '[^a-z0-9]+', ' ', 'g')), latitude::float8, longitude::float8
FROM stores_store WHERE merged_into_id IS NULL ORDER BY id
"""
_SHARED = """
WITH said AS (
    SELECT DISTINCT c.store_id, v.what, v.value FROM stores_contact AS c JOIN stores_store AS s ON s.id = c.store_id
        CROSS JOIN LATERAL (VALUES ('email', lower(c.email)), ('phone', c.phone)) AS v (what, value)
    WHERE v.value <> '' AND c.is_active AND s.merged_into_id IS NULL
), handle AS (  -- e-mails and phones that few places share
    SELECT store_id, what, value FROM (SELECT *, count(*) OVER (PARTITION BY what, value) AS many FROM said) AS counted
    WHERE many BETWEEN 2 AND %s
)
SELECT a.store_id, b.store_id, bool_or(a.what = 'email'), bool_or(a.what = 'phone')
FROM handle AS a JOIN handle AS b ON b.what = a.what AND b.value = a.value AND b.store_id > a.store_id GROUP BY 1, 2
"""


def pairs() -> list[Pair]:
    """Return the pairs of places that may be one, the surest first, at most `MOST_PAIRS`; four queries."""
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, [[str(kind) for kind in STOCK_KEEPERS], str(Status.ARCHIVED)])
        rows = {row[0]: Row(*row) for row in cursor.fetchall()}
        cursor.execute(_SHARED, [SHARED_AT_MOST])
        shared = {(one, two): (email, phone) for one, two, email, phone in cursor.fetchall()}
    names = Names(rows.values())
    wanted = _candidates(rows, names) | shared.keys()
    wanted.difference_update(DistinctPlaces.objects.values_list("first_id", "second_id"))
    told = []
    for one, two in wanted:
        first, second = rows[one], rows[two]
        if first.keeps != second.keeps or (first.archived and second.archived):
            continue
        alike, metres = names.likeness(first, second), distance_m(first, second)
        address = bool(first.street) and (first.street, first.postcode) == (second.street, second.postcode)
        facts = (alike, metres, address, *shared.get((one, two), (False, False)))
        score = _score(*facts)
        if score >= 1:
            told.append((one, two, facts, score))
    told = sorted(told, key=lambda row: (-row[-1], row[0], row[1]))[:MOST_PAIRS]
    stores = Store.objects.select_related("zone").in_bulk({pk for row in told for pk in row[:2]})
    return [
        Pair(stores[one], stores[two], alike, None if metres is None else round(metres), address, email, phone, score)
        for one, two, (alike, metres, address, email, phone), score in told
    ]


def _candidates(rows: dict[int, Row], names: Names) -> set[tuple[int, int]]:
    """Return the ids, the lower one first, of what is worth a look: neighbours with names alike, or next to each other; names alike
    at one address; names very alike in one postcode; one name in one town."""
    found = set()
    for one, two in neighbours(rows.values(), CELL_DEGREES):
        alike = names.likeness(one, two)
        if alike >= ALIKE or (alike >= HARDLY_ALIKE and (distance_m(one, two) or 0) <= NEXT_DOOR_M):
            found.add((one, two))
    found.update(pair for pair in sharing(rows.values(), _street) if names.likeness(*pair) >= HARDLY_ALIKE)
    found.update(alike_in_one_postcode(rows.values(), names, VERY_ALIKE))
    found.update(sharing(rows.values(), lambda row: (row.name, row.city)))
    return {(min(one.pk, two.pk), max(one.pk, two.pk)) for one, two in found}


def _street(row: Row) -> tuple[str, str] | None:
    return (row.postcode, row.street) if row.postcode and row.street else None


def _score(alike: float, metres: float | None, address: bool, email: bool, phone: bool) -> float:
    """Return how surely two places are one: from 1 a person should look, below they are left alone.

    A name says something; so does a place on the map, an address, an e-mail or a phone. None is enough by itself, unless names are very
    alike in one town; two places of one chain, far apart, are two.
    """
    far = metres is not None and metres > NEAR_M
    score = alike if alike >= ALIKE else alike / 2
    score += 0.5 if metres is not None and metres <= NEXT_DOOR_M else 0.3 if metres is not None and not far else 0
    score += 0.5 * address + 0.45 * email + 0.45 * phone
    if metres is None and alike >= VERY_ALIKE:
        score += 0.3
    return score - (0.4 if far and not address else 0)


def pair_of(one: Store, two: Store) -> tuple[Store, Store]:
    """Return the two with the lower id first, as `DistinctPlaces` keeps them."""
    return (one, two) if one.pk < two.pk else (two, one)


@transaction.atomic
def tell_apart(one: Store, two: Store, *, by: Actor) -> DistinctPlaces:
    """Remember that two places are not the same: they are not proposed again. Returns the row; again changes nothing.

    Raises ValidationError for a place and itself, PermissionDenied for a card.
    """
    if by.kind == LINK:
        raise PermissionDenied
    if one.pk == two.pk:
        raise ValidationError(_("Choose two places."), code="same")
    first, second = pair_of(one, two)
    row, _created = DistinctPlaces.objects.get_or_create(first=first, second=second, defaults=DistinctPlaces.author(by))
    return row

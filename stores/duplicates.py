"""Places that may be one and the same: pairs, with the reasons, the surest first. Reads only, but for `tell_apart`.

Candidates are neighbours on a grid, or share a postcode, an address, an e-mail or a phone: one query whatever the number of places, and
no place is compared with all others.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from lincassable.accounts.actors import LINK, Actor
from stores.enums import STOCK_KEEPERS, Status
from stores.models import DistinctPlaces, Store

# How alike two names are: 0 to 1, PostgreSQL's trigram similarity without accents. Found by trying on the demo network and a real
# list of points: shops of one chain in one town lie around 0.6, two spellings of one shop above 0.7.
ALIKE, VERY_ALIKE = 0.45, 0.7
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


_PAIRS = """
WITH place AS MATERIALIZED (
    SELECT id, kind = ANY(%(keepers)s) AS keeps, nullif(postcode, '') AS postcode, latitude::float8 AS lat, longitude::float8 AS lon,
        plain_text(name) AS name, plain_text(city) AS city,
        nullif(regexp_replace(plain_text(street), '[^a-z0-9]+', ' ', 'g'), '') AS street,
        floor(latitude / %(cell)s)::int AS row, floor(longitude / %(cell)s)::int AS col, status = %(archived)s AS archived
    FROM stores_store WHERE merged_into_id IS NULL
), said AS (
    SELECT DISTINCT c.store_id, v.what, v.value FROM stores_contact AS c JOIN place AS p ON p.id = c.store_id
        CROSS JOIN LATERAL (VALUES ('email', lower(c.email)), ('phone', c.phone)) AS v (what, value)
    WHERE v.value <> '' AND c.is_active
), handle AS (  -- e-mails and phones that few places share
    SELECT said.* FROM said
    JOIN (SELECT what, value FROM said GROUP BY 1, 2 HAVING count(*) BETWEEN 2 AND %(most)s) AS few USING (what, value)
), shared AS (
    SELECT a.store_id AS one, b.store_id AS two, bool_or(a.what = 'email') AS email, bool_or(a.what = 'phone') AS phone
    FROM handle AS a JOIN handle AS b ON b.what = a.what AND b.value = a.value AND b.store_id > a.store_id GROUP BY 1, 2
), gram AS (  -- of each name, the rarest trigrams first, and how many it has
    SELECT id, gram, row_number() OVER (PARTITION BY id ORDER BY often, gram) AS rank, count(*) OVER (PARTITION BY id) AS many
    FROM (SELECT p.id, t.gram, count(*) OVER (PARTITION BY t.gram) AS often FROM place AS p
        CROSS JOIN LATERAL unnest(show_trgm(p.name)) AS t (gram) WHERE p.postcode IS NOT NULL) AS counted
), rare AS (  -- two names that share `very` of their trigrams share one of these: the others are not compared
    SELECT id, gram, postcode FROM gram JOIN place USING (id) WHERE rank <= many - ceil((%(very)s - 0.001) * many) + 1
), candidate AS (
    SELECT a.id AS one, b.id AS two FROM place AS a
        CROSS JOIN generate_series(-1, 1) AS down CROSS JOIN generate_series(-1, 1) AS right_
        JOIN place AS b ON b.row = a.row + down AND b.col = a.col + right_ AND b.id > a.id
    WHERE similarity(a.name, b.name) >= %(alike)s
        OR (abs(a.lat - b.lat) < 0.0004 AND abs(a.lon - b.lon) < 0.0006 AND similarity(a.name, b.name) >= 0.25)
    UNION
    SELECT a.id, b.id FROM place AS a JOIN place AS b ON b.postcode = a.postcode AND b.street = a.street AND b.id > a.id
    WHERE similarity(a.name, b.name) >= 0.25
    UNION
    SELECT a.id, b.id FROM (
            SELECT DISTINCT a.id AS one, b.id AS two FROM rare AS a JOIN rare AS b USING (postcode, gram) WHERE b.id > a.id
        ) AS near JOIN place AS a ON a.id = near.one JOIN place AS b ON b.id = near.two
    WHERE similarity(a.name, b.name) >= %(very)s
    UNION
    SELECT a.id, b.id FROM place AS a JOIN place AS b ON b.name = a.name AND b.city = a.city AND b.id > a.id
    UNION
    SELECT one, two FROM shared
)
SELECT a.id, b.id, similarity(a.name, b.name)::float8 AS alike,
    CASE WHEN a.lat + b.lat IS NOT NULL THEN  -- `least` leaves out what is unknown: two places without positions would be far apart
        12742000 * asin(sqrt(least(1, sin(radians(b.lat - a.lat) / 2) ^ 2
            + cos(radians(a.lat)) * cos(radians(b.lat)) * sin(radians(b.lon - a.lon) / 2) ^ 2))) END AS metres,
    coalesce(a.street = b.street AND a.postcode IS NOT DISTINCT FROM b.postcode, false),
    coalesce(shared.email, false), coalesce(shared.phone, false)
FROM candidate AS c JOIN place AS a ON a.id = c.one JOIN place AS b ON b.id = c.two
LEFT JOIN shared ON shared.one = c.one AND shared.two = c.two
WHERE a.keeps = b.keeps AND NOT (a.archived AND b.archived)
    AND NOT EXISTS (SELECT 1 FROM stores_distinctplaces AS apart WHERE apart.first_id = c.one AND apart.second_id = c.two)
"""


def pairs() -> list[Pair]:
    """Return the pairs of places that may be one, the surest first, at most `MOST_PAIRS`; two queries."""
    values: dict[str, Any] = {
        "keepers": [str(kind) for kind in STOCK_KEEPERS],
        "archived": str(Status.ARCHIVED),
        "cell": Decimal(str(CELL_DEGREES)),
        "alike": ALIKE,
        "very": VERY_ALIKE,
        "most": SHARED_AT_MOST,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        # Right after a large import the database still takes the network for a small one: loop in loop would last for minutes.
        cursor.execute("SET LOCAL enable_nestloop = off")
        cursor.execute(_PAIRS, values)
        rows = [(*row, _score(*row[2:])) for row in cursor.fetchall()]
        cursor.execute("SET LOCAL enable_nestloop = on")
    rows = sorted((row for row in rows if row[-1] >= 1), key=lambda row: (-row[-1], row[0], row[1]))[:MOST_PAIRS]
    stores = Store.objects.select_related("zone").in_bulk({pk for row in rows for pk in row[:2]})
    return [
        Pair(stores[one], stores[two], alike, None if metres is None else round(metres), address, email, phone, score)
        for one, two, alike, metres, address, email, phone, score in rows
    ]


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

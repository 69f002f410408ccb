"""Finding without accents and despite slips of the pen: two functions of the database, and how to fold what people type.

The functions `plain_text` and `searchable` (migration `search`) are IMMUTABLE wrappers around `unaccent`, so that indexes can rest on them.
"""

from __future__ import annotations

import re
import unicodedata

# A word counts as found from this likeness on (pg_trgm's word similarity): two letters swapped in a town's name still pass.
LIKENESS = 0.42
# What Unicode does not take apart, as `unaccent` spells it.
_SPELT = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "đ": "d", "ł": "l", "’": "'"})


def folded(text: str) -> str:
    """Return what was typed as the database's `plain_text` writes it: without accents, in lower case, single spaces."""
    letters = unicodedata.normalize("NFKD", text.replace("\x00", "").lower().translate(_SPELT))
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(bare.split())


def phone_digits(text: str) -> str:
    """Return the digits to look for among phones, which are kept as +33612345678; "" when `text` has too few, or letters.

    Arguments: text, as typed: "06 12 34 56 78", "0033 6 12…", "+33 (0)6.12…"; the country's number may be there or not.
    """
    if re.search(r"[^\d\s().+/-]", text):
        return ""
    digits = re.sub(r"\D", "", text.replace("(0)", "")).lstrip("0")
    return digits if len(digits) >= 4 else ""

"""How well the deposit is shown, from the answers of a checklist."""

from __future__ import annotations

from collections.abc import Iterable

from awareness.enums import ANSWER_VALUES


def score_of(answers: Iterable[tuple[str, int]]) -> int | None:
    """Return the score in percent, a half rounded up; None when nothing applied.

    Arguments: answers, pairs of an answer (`Answer`) and the weight of its criterion. The formula is the network's own:
    score = 100 × Σ weight × value ÷ Σ weight, where yes = 1, partly = ½, no = 0, over what applies; what does not is left out of both sums.
    """
    counted = [(ANSWER_VALUES[answer], weight) for answer, weight in answers if answer in ANSWER_VALUES]
    whole = sum(weight for _value, weight in counted)
    if not whole:
        return None
    return int(100 * sum(value * weight for value, weight in counted) / whole + 0.5)

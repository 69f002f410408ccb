"""Quantiles of the beta and Student distributions, by the regularised incomplete beta function. Plain Python, without Django.

They are all that the intervals of `statistics` need. The tests hold them against scipy, which would otherwise be installed for two
functions: with numpy, more than 200 MB on disk and 40 MB of memory in each process.
"""

from __future__ import annotations

from functools import lru_cache
from math import exp, inf, lgamma, log, log1p, sqrt

_TINY, _STEPS, _CLOSE = 1e-300, 10_000, 1e-15


def _fraction(a: float, b: float, x: float) -> float:
    """Return the continued fraction of I_x(a, b), by the modified method of Lentz; converges fast for x < (a + 1) / (a + b + 2)."""
    c, d = 1.0, 1.0 - (a + b) * x / (a + 1.0)
    d = 1.0 / (d if abs(d) > _TINY else _TINY)
    value = d
    for m in range(1, _STEPS):
        for step in (m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)), -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))):
            d = 1.0 + step * d
            d = 1.0 / (d if abs(d) > _TINY else _TINY)
            c = 1.0 + step / c
            c = c if abs(c) > _TINY else _TINY
            change = c * d
            value *= change
        if abs(change - 1.0) < _CLOSE:
            break
    return value


def beta_share(a: float, b: float, x: float) -> float:
    """Return I_x(a, b), the share of a beta distribution that lies below x.

    Arguments: a, b, above 0; x, between 0 and 1. Source: NIST Digital Library of Mathematical Functions, 8.17.22 (continued fraction)
    and 8.17.4 (symmetry); evaluated as in Press et al., Numerical Recipes, 3rd edition, section 6.4.
    """
    if x <= 0.0:
        return 0.0
    if x >= 1.0:
        return 1.0
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x))
    if x < (a + 1.0) / (a + b + 2.0):
        return front * _fraction(a, b, x) / a
    return 1.0 - front * _fraction(b, a, 1.0 - x) / b


@lru_cache(maxsize=8192)
def beta_quantile(share: float, a: float, b: float) -> float:
    """Return the x below which `share` of a beta distribution lies, by halving. Arguments: share, between 0 and 1; a, b, above 0."""
    low, high = 0.0, 1.0
    for _number in range(200):
        middle = (low + high) / 2.0
        if middle in (low, high):
            break
        if beta_share(a, b, middle) < share:
            low = middle
        else:
            high = middle
    return (low + high) / 2.0


def student_quantile(share: float, freedom: float) -> float:
    """Return the t below which `share` of Student's distribution lies.

    Arguments: share, between 0 and 1; freedom, degrees of freedom, above 0. Source: with x = ν/(ν + t²), P(|T| > t) = I_x(ν/2, 1/2)
    (Abramowitz & Stegun, Handbook of Mathematical Functions, 26.7.1 with 26.5.27).
    """
    if share == 0.5:
        return 0.0
    if share < 0.5:
        return -student_quantile(1.0 - share, freedom)
    x = beta_quantile(2.0 * (1.0 - share), freedom / 2.0, 0.5)
    return sqrt(freedom * (1.0 - x) / x) if x > 0.0 else inf

"""All roots of a sum of exponentials with polynomial coefficients, isolated by Rolle's theorem.

f(h) = sum_k P_k(h) exp(-a_k h). Multiplying by an exponential moves no root; differentiating lowers
the polynomial whose rate is zero; between two neighbouring roots of the derivative f has at most one.
So nothing is guessed and no crossing is missed, however short.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
from numpy.polynomial import polynomial as poly
from scipy.optimize import brentq

Terms = dict[float, list[float]]  # rate [1/ms] -> coefficients of P, lowest power first


def value(terms: Terms, h: float) -> float:
    """f(h)."""
    return math.fsum(float(poly.polyval(h, c)) * math.exp(-a * h) for a, c in terms.items())


def _clean(terms: Terms) -> Terms:
    trimmed = {a: list(np.trim_zeros(np.asarray(c, dtype=float), "b")) for a, c in terms.items()}
    return {a: c for a, c in trimmed.items() if c}


def _lowered(terms: Terms) -> Terms:
    """Derivative of f(h) exp(a_min h): the same roots' neighbourhood, one coefficient fewer."""
    least = min(terms)
    out: Terms = {}
    for a, c in terms.items():
        rate = a - least
        derivative = np.zeros(len(c))
        derivative[: len(c) - 1] = poly.polyder(c) if len(c) > 1 else []
        out[rate] = list(derivative - rate * np.asarray(c))
    return _clean(out)


def roots(terms: Terms, low: float, high: float) -> list[float]:
    """Every root with a change of sign, or exactly at an extremum, in [low, high], ascending."""
    terms = _clean(terms)
    if not terms or (len(terms) == 1 and len(next(iter(terms.values()))) == 1):
        return []  # zero everywhere, or nowhere
    least = min(terms)
    terms = {a - least: c for a, c in terms.items()}  # so that f does not vanish below the smallest double
    knots = [low, *roots(_lowered(terms), low, high), high]
    found: list[float] = []
    for left, right in itertools.pairwise(knots):
        f_left, f_right = value(terms, left), value(terms, right)
        if f_left == 0.0:
            found.append(left)
        elif f_left * f_right < 0.0:
            found.append(float(brentq(lambda h: value(terms, h), left, right, xtol=1e-15, rtol=1e-15)))
    if value(terms, high) == 0.0:
        found.append(high)
    return sorted(set(found))

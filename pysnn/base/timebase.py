"""Times in ms and the ticks that engines count, converted as in csrc/core/time.hpp.

A time given as a float means the decimal that it prints as: 8193.6 is a tick, at any size, though the float
lies beside it.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import OffGridError, ParameterError

TICK = 1e-12  # ms, of continuous time
NEVER = 2**63 - 1  # the tick of an infinite time

PLACES = 12  # of a unit that is meant as a decimal
SIMPLE = 2**24  # the largest whole number in a simple fraction
ROUNDING = 2.0**-51  # of a quotient of floats, relative to that of the decimals
MOST_TICKS = {True: 9 * 10**18, False: 10**30}  # on a grid, in continuous time


@dataclass(frozen=True)
class TimeBase:
    """Steps of ``dt`` ms (``grid``), or continuous time, which engines count in 1e-12 ms.

    The unit is a fraction: the decimal that it prints as, up to 12 places; else the simplest one that it is
    the float of (1/3, 1/8192). On a grid a time is a multiple of it if they are as decimals, or where the
    float is no further off than rounding has it: two units in its last place, or 1e-9 of it but no more than
    1e-6 steps. In continuous time what has more than 12 places goes to the nearest tick.

    ``rounds``: a time that is no multiple of dt goes to the nearest step, of two to the even one.
    """

    dt: float
    grid: bool
    rounds: bool = False

    @property
    def unit(self) -> float:
        """A tick, ms."""
        return self.dt if self.grid else TICK

    @cached_property
    def fraction(self) -> Fraction:
        """The unit as what it is meant to be, ms."""
        return _meant(self.unit) or Fraction(repr(self.unit))

    def ms(self, ticks: NDArray[np.int64]) -> NDArray[np.float64]:
        """The floats nearest to the times of ticks."""
        return _times(self.fraction, np.asarray(ticks, dtype=np.int64))

    def ms_of(self, tick: int) -> float:
        """The float nearest to the time of one tick."""
        return tick * self.fraction.numerator / self.fraction.denominator

    def ticks(self, ms: NDArray[np.float64]) -> NDArray[np.int64]:
        """The nearest ticks to times."""
        ms = np.asarray(ms, dtype=np.float64)
        with np.errstate(over="ignore", invalid="ignore"):
            about = ms * float(self.fraction.denominator) if self.fraction.numerator == 1 else ms / self.unit
            nearest = np.rint(about)
            size = np.abs(about)
            sure = np.abs(about - nearest) + ROUNDING * size < 0.5 if self.grid else size < 2.0**51
        ticks = np.where(sure, nearest, 0.0).astype(np.int64)
        for at in np.flatnonzero(~sure):
            ticks.flat[at] = (
                min(self._nearest(float(ms.flat[at]))[0], NEVER) if np.isfinite(ms.flat[at]) else NEVER
            )
        return ticks

    def tick(self, ms: float, what: str) -> int:
        """The tick of one time; OffGridError names ``what`` where it is no step and must be."""
        if not abs(ms / self.unit) < MOST_TICKS[self.grid]:
            raise ParameterError(f"{what}: {ms!r} ms is beyond the range of time here")
        tick, off = self._nearest(ms)
        allowed = max(ROUNDING * abs(tick), min(max(1e-9 * abs(tick), 1e-9), 1e-6))
        if self.grid and not self.rounds and off > allowed:
            raise OffGridError(
                f"{what}: {float(ms)!r} ms is no multiple of dt = {self.dt:g} ms (the nearest is "
                f'{self.ms_of(tick)!r}; choose a dt that divides it, or ask for rounding: off_grid="round")'
            )
        return tick

    def _nearest(self, ms: float) -> tuple[int, Fraction]:
        """The nearest tick, and how far off the time is, in ticks."""
        if not self.grid and abs(ms * 1e12) < 2.0**51:
            return round(ms * 1e12), Fraction(0)  # here that is right, and as the core has it
        exact = Fraction(repr(float(ms))) / self.fraction
        tick = round(exact)  # of two to the even one
        return tick, abs(exact - tick)


def later(times: ArrayLike, by: ArrayLike) -> NDArray[np.float64]:
    """``times`` + ``by``, ms, as decimals: each the float nearest to the sum of what both print as.

    As floats 8192.3 + 1.3 is 8193.599999999999, another tick than 8193.6. (Of what is no decimal of up to 12
    places, and of sums of more than 15 digits, it is the sum of floats.)
    """
    a, b = np.broadcast_arrays(np.asarray(times, np.float64), np.asarray(by, np.float64))
    sums = np.asarray(a + b)
    left = np.isfinite(sums)
    for places in range(PLACES + 1):
        scale = 10.0**places
        whole_a, whole_b = np.rint(a * scale), np.rint(b * scale)
        exact = np.maximum(np.abs(whole_a), np.abs(whole_b)) < 2.0**52
        found = left & exact & (whole_a / scale == a) & (whole_b / scale == b)
        sums = np.where(found, (whole_a + whole_b) / scale, sums)
        left &= ~found
        if not left.any():
            break
    return sums


def multiples(unit: float, counts: ArrayLike, parts: int = 1) -> NDArray[np.float64]:
    """Whole numbers times ``unit`` ms, or times one of so many equal parts of it, likewise.

    As floats 81923 * 0.1 is no 8192.3. (Of a unit that is neither a decimal of up to 12 places nor a simple
    fraction they are products of floats.)
    """
    whole = np.asarray(counts, np.float64)
    fraction = _meant(unit)
    if fraction is None or not (abs(unit) < 2.0**53 and (np.abs(whole) < 2.0**53).all()):
        with np.errstate(over="ignore"):
            return np.asarray(whole * (unit / parts))
    return _times(fraction / parts, whole.astype(np.int64))


def _times(unit: Fraction, counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """The floats nearest to whole numbers of units."""
    p, r = unit.numerator, unit.denominator
    few = min(2**53 // p, NEVER)
    if few == 0 or r > 2**53 or (counts.size and max(-int(counts.min()), int(counts.max())) > few):
        return np.array([int(count) * p / r for count in counts.ravel()]).reshape(counts.shape)
    # Both are exact, and one division of floats is right.
    return (counts * p).astype(np.float64) / r


@functools.lru_cache
def _meant(unit: float) -> Fraction | None:
    """What a unit is meant as: a decimal, or a simple fraction; None where it is neither."""
    decimal = Fraction(repr(float(unit)))
    return decimal if (decimal * 10**PLACES).denominator == 1 else _simple(decimal, unit)


def _simple(decimal: Fraction, unit: float) -> Fraction | None:
    """The first convergent of its continued fraction that ``unit`` is the float of, if it is simple."""
    now, before = (1, 0), (0, 1)
    n, d = decimal.numerator, decimal.denominator
    while d:
        term = n // d
        if term > SIMPLE or now[0] > SIMPLE:
            return None
        now, before = (term * now[0] + before[0], term * now[1] + before[1]), now
        if now[1] > SIMPLE:
            return None
        if now[0] / now[1] == unit:
            return Fraction(*now)
        n, d = d, n % d
    return None

"""One conversion between ms and ticks for every engine and for what is read."""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pysnn as snn
from pysnn.base.timebase import TimeBase, later, multiples


def test_steps_of_any_length_have_times() -> None:
    """A unit of 1e300 ms is a whole number that no 64 bits hold."""
    grid = TimeBase(1e300, grid=True)
    assert grid.ms(np.empty(0, np.int64)).tolist() == []
    assert grid.ms(np.array([0, 2])).tolist() == [0.0, 2e300]


@pytest.mark.parametrize("per_ms", [1, 2, 10, 100, 1000])
def test_times_of_steps_are_the_doubles_nearest_to_the_decimals(per_ms: int) -> None:
    """k / 10 is correctly rounded (IEEE 754) and k * 0.1 is not."""
    grid = TimeBase(1.0 / per_ms, grid=True)
    ticks = np.arange(2000)
    expected = [tick / per_ms for tick in range(2000)]
    assert grid.ms(ticks).tolist() == expected
    assert [grid.ms_of(tick) for tick in range(2000)] == expected
    assert grid.ticks(np.array(expected)).tolist() == ticks.tolist()
    assert [grid.tick(ms, "t") for ms in expected] == ticks.tolist()


def test_continuous_time_has_ticks_of_1e_minus_12_ms() -> None:
    continuous = TimeBase(0.1, grid=False)
    assert continuous.unit == 1e-12
    assert continuous.ms_of(1_500_000_000_000) == 1.5
    assert continuous.tick(1.5, "t") == 1_500_000_000_000


def test_a_time_off_the_grid_is_refused_by_name_or_rounded() -> None:
    with pytest.raises(snn.OffGridError, match=r"end: 0\.34 ms is no multiple of dt = 0\.1 ms"):
        TimeBase(0.1, grid=True).tick(0.34, "end")
    assert TimeBase(0.1, grid=True, rounds=True).tick(0.34, "end") == 3


# ---- decimals, against Python's decimal module ------------------------------------------------------

CONTINUOUS = TimeBase(0.1, grid=False)
STEPS = ["0.1", "0.025", "0.3", "1", "0.7", "0.001", "2.5", "0.0009765625"]


@given(digits=st.integers(0, 10**17 - 1), places=st.integers(0, 12))
def test_what_a_float_prints_up_to_12_places_is_its_tick(digits: int, places: int) -> None:
    ms = float(Decimal(digits).scaleb(-places))
    printed = Decimal(repr(ms))
    ticks = printed.scaleb(12)
    if ticks == int(ticks):
        assert CONTINUOUS.tick(ms, "t") == int(ticks)
        assert CONTINUOUS.ms_of(int(ticks)) == ms


@given(st.lists(st.integers(1, 10**8), min_size=1, max_size=5), st.integers(1, 6))
def test_decimals_of_one_sum_tie(terms: list[int], places: int) -> None:
    ticks = [CONTINUOUS.tick(float(Decimal(term).scaleb(-places)), "t") for term in terms]
    assert sum(ticks) == CONTINUOUS.tick(float(Decimal(sum(terms)).scaleb(-places)), "t")


@given(tick=st.integers(-(10**25), 10**25), dt=st.sampled_from(STEPS), grid=st.booleans())
def test_the_time_of_a_tick_is_the_nearest_float(tick: int, dt: str, grid: bool) -> None:
    with localcontext() as context:
        context.prec = 60
        exact = tick * (Decimal(dt) if grid else Decimal("1e-12"))
    assert TimeBase(float(dt), grid).ms_of(tick) == float(exact)  # which rounds a decimal once


@given(k=st.integers(-(10**13), 10**13), dt=st.sampled_from(STEPS), sixths=st.integers(1, 5))
def test_multiples_are_found_and_times_between_them_refused(k: int, dt: str, sixths: int) -> None:
    grid, nearest = TimeBase(float(dt), grid=True), TimeBase(float(dt), grid=True, rounds=True)
    assert grid.tick(float(k * Decimal(dt)), "t") == k
    assert grid.tick(k * float(dt), "t") == k  # rounded twice
    between = float(k * Decimal(dt) + Decimal(dt) * sixths / 6)
    off = abs(Decimal(between) / Decimal(dt) - k)
    if abs(off - round(off)) < Decimal("0.01"):
        return  # floats are too far apart here
    with pytest.raises(snn.OffGridError, match="no multiple of dt"):
        grid.tick(between, "t")
    if sixths != 3:
        assert nearest.tick(between, "t") == k + (sixths > 3)


@given(k=st.integers(0, 10**6), dt=st.sampled_from(["0.1", "0.3", "0.025", "2.5"]))
def test_of_two_steps_as_near_rounding_takes_the_even_one(k: int, dt: str) -> None:
    between = float((k + Decimal("0.5")) * Decimal(dt))
    assert TimeBase(float(dt), grid=True, rounds=True).tick(between, "t") == k + k % 2


@given(st.lists(st.floats(0.0, 1e13), max_size=20), st.sampled_from(STEPS), st.booleans())
def test_arrays_are_converted_as_numbers_are(times: list[float], dt: str, grid: bool) -> None:
    base = TimeBase(float(dt), grid, rounds=True)
    given_times = np.array(times) if grid else np.array(times) * 1e-7
    ticks = base.ticks(given_times)
    assert ticks.tolist() == [base.tick(float(ms), "t") for ms in given_times]
    assert base.ms(ticks).tolist() == [base.ms_of(int(tick)) for tick in ticks]


@pytest.mark.parametrize(("p", "q"), [(1, 3), (2, 7), (1, 8192), (5, 6), (1, 1_000_003)])
def test_a_unit_that_is_no_decimal_is_the_simple_fraction_that_it_is_the_float_of(p: int, q: int) -> None:
    grid = TimeBase(p / q, grid=True)
    assert grid.ms_of(q) == p
    assert grid.tick(float(10**6 * p), "t") == 10**6 * q
    assert grid.ticks(np.arange(1, 2000) * (p / q)).tolist() == list(range(1, 2000))


def test_a_time_beyond_the_range_is_refused_and_one_at_infinity_never_comes() -> None:
    for ms in (1e300, float("inf"), float("nan")):
        for base in (CONTINUOUS, TimeBase(0.1, grid=True)):
            with pytest.raises(snn.ParameterError, match=r"end: .* is beyond the range of time here"):
                base.tick(ms, "end")
    assert TimeBase(0.1, grid=True).ticks(np.array([0.3, np.inf])).tolist() == [3, 2**63 - 1]


@settings(max_examples=60)
@given(
    a=st.lists(st.integers(0, 10**13), min_size=1, max_size=20),
    b=st.integers(0, 10**13),
    places=st.tuples(st.integers(0, 12), st.integers(0, 12)),
)
def test_times_add_as_decimals(a: list[int], b: int, places: tuple[int, int]) -> None:
    """Python's fractions say which float is nearest, where the sum has the 15 digits that a float holds."""
    terms = [Fraction(n, 10 ** places[0]) for n in a]
    by = Fraction(b, 10 ** places[1])
    got = later([float(term) for term in terms], float(by))
    for term, sum_of_two in zip(terms, got.tolist(), strict=True):
        finest = 10 ** max(places)
        if max(term, by) * finest < 2**52:
            assert sum_of_two == float(term + by)
        else:
            assert sum_of_two == pytest.approx(float(term + by), rel=1e-15)


def test_what_is_no_decimal_adds_as_floats() -> None:
    draws = np.random.default_rng(1).exponential(30.0, 1000)
    assert np.array_equal(later(draws, np.pi), draws + np.pi)
    assert later([1.3, np.inf, np.nan], 8192.3).tolist()[:2] == [8193.6, np.inf]
    assert later(8192.3, 1.3) == 8193.6
    assert multiples(0.1, [81923, -3]).tolist() == [8192.3, -0.3]
    assert multiples(0.1, [1.0, np.inf]).tolist() == [0.1, np.inf]
    assert multiples(np.pi, [3, 5]).tolist() == [3 * np.pi, 5 * np.pi]
    assert multiples(1e300, [1e8, 1e9]).tolist() == [1e308, np.inf]


@given(
    k=st.integers(0, 10**7),
    parts=st.integers(1, 10**4),
    length=st.integers(1, 10**7),
    places=st.integers(0, 6),
)
def test_parts_of_a_time_end_where_its_decimals_do(k: int, parts: int, length: int, places: int) -> None:
    """Python's fractions say which float is nearest."""
    whole = Fraction(length, 10**places)
    assert multiples(float(whole), [k, parts], parts).tolist() == [float(k * whole / parts), float(whole)]

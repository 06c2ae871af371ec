"""Poisson and gamma trains with a dead time, against the laws of their intervals, counts and first spikes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import integrate, stats

import pysnn as snn

from .test_sources import record

P_MIN = 1e-6  # a right generator fails a fixed seed with this probability, once and for all
RATE = 100.0  # Hz: intervals of 10 ms


def intervals(source: snn.Source, n: int, kept: int) -> NDArray[np.float64]:
    """The first intervals [ms] of every source: as many of each, so that length does not decide."""
    spikes = record("event", n, source, 4000.0)
    return np.diff(np.array([train[: kept + 1] for train in spikes.trains()]), axis=1)


@pytest.mark.parametrize("dead", [0.5, 4.0, 9.9])
def test_intervals_are_shifted_exponentials(dead: float) -> None:
    found = intervals(snn.Poisson(RATE, dead), 2000, 6)
    share = RATE * 1e-3 * dead
    beyond = 10.0 - dead  # the mean of what is behind the dead time: 1 / nu
    assert found.min() >= dead
    assert stats.kstest(found.ravel(), stats.expon(dead, beyond).cdf).pvalue > P_MIN
    # mean 1 / rate, CV 1 - rate d; an exponential's variance has a variance of 8 variance^2 / size
    z, size = stats.norm.isf(P_MIN / 2), found.size
    assert found.mean() == pytest.approx(10.0, abs=z * beyond / np.sqrt(size))
    cv = found.std() / found.mean()
    assert cv == pytest.approx(1.0 - share, rel=1.2 * z * np.sqrt(2.0 / size))
    r = np.corrcoef(found.T)[np.triu_indices(6, 1)]
    assert np.abs(r).max() < 1.5 * stats.norm.isf(P_MIN / 30) / np.sqrt(2000)


@pytest.mark.parametrize(("shape", "dead"), [(0.4, 3.0), (4.0, 7.0)])
def test_gamma_intervals_are_shifted_too(shape: float, dead: float) -> None:
    found = intervals(snn.Gamma(RATE, shape, dead), 2000, 6)
    law = stats.gamma(shape, dead, (10.0 - dead) / shape)
    assert stats.kstest(found.ravel(), law.cdf).pvalue > P_MIN
    assert found.mean() == pytest.approx(
        10.0, abs=stats.norm.isf(P_MIN / 2) * law.std() / np.sqrt(found.size)
    )
    assert law.std() / law.mean() == pytest.approx((1.0 - RATE * 1e-3 * dead) / np.sqrt(shape))


@pytest.mark.parametrize(
    ("source", "law"),
    [
        (snn.Poisson(RATE, 4.0), stats.expon(4.0, 6.0)),
        (snn.Poisson(RATE, 9.5), stats.expon(9.5, 0.5)),
        (snn.Gamma(RATE, 0.5, 4.0), stats.gamma(0.5, 4.0, 12.0)),
        (snn.Gamma(RATE, 9.0, 6.0), stats.gamma(9.0, 6.0, 4.0 / 9.0)),
    ],
)
def test_trains_are_in_equilibrium_from_the_start(
    backend: str, source: snn.Source, law: stats.rv_continuous
) -> None:
    # the first spike of a stationary renewal process comes at the density P(T > t) / mean (Cox 1962, ch. 5)
    n, until = 4000, 60.0
    spikes = record(backend, n, source, until, dt=0.001)  # far below what the test can tell
    seen, at = np.unique(spikes.i, return_index=True)
    first = np.full(n, until)
    first[seen] = np.asarray(spikes.t)[at]
    grid = np.linspace(0.0, until, 60_001)
    cdf = integrate.cumulative_trapezoid(law.sf(grid) / law.mean(), grid, initial=0.0)
    ordered = np.sort(first[first < until])
    distance = np.abs(np.arange(1, ordered.size + 1) / n - np.interp(ordered, grid, cdf)).max()
    assert stats.kstwobign.sf((distance - 1.0 / n) * np.sqrt(n)) > P_MIN
    # and the rate is right at once
    early = np.count_nonzero(spikes.t <= 2.0)
    assert early == pytest.approx(0.2 * n, abs=stats.norm.isf(P_MIN) * np.sqrt(2 * 0.2 * n))


def test_on_a_step_spikes_are_those_of_continuous_time(backend: str) -> None:
    # nor may a step hold two where the dead time is longer
    source = snn.Poisson([500.0, 900.0], [1.0, 0.3])
    ours, event = record(backend, 2, source, 500.0), record("event", 2, source, 500.0)
    assert ours.count > 500
    for own, exact in zip(ours.trains(), event.trains(), strict=True):
        steps = exact if backend == "event" else np.ceil(exact / 0.1) * 0.1
        assert own == pytest.approx(steps[: own.size], abs=1e-9)
        assert np.unique(np.round(own, 9)).size == own.size


def test_no_dead_time_is_the_plain_process(backend: str) -> None:
    for plain, none in (
        (snn.Poisson(300.0), snn.Poisson(300.0, 0.0)),
        (snn.Poisson([3.0, 300.0]), snn.Poisson([3.0, 300.0], [0.0, 0.0])),
    ):
        a, b = record(backend, 2, plain, 300.0), record(backend, 2, none, 300.0)
        assert np.array_equal(a.t, b.t)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: snn.Poisson(100.0, 10.0),
            r"Poisson\.dead_time: must be < 1 / rate = 10 ms at a rate of 100 Hz \(got 10\)",
        ),
        (lambda: snn.Gamma(100.0, 2.0, [1.0, 11.0]), r"Gamma\.dead_time\[1\]: must be < 1 / rate = 10 ms"),
        (
            lambda: snn.Poisson([1.0, 500.0], 3.0),
            r"Poisson\.dead_time: must be < 1 / rate = 2 ms at a rate of 500",
        ),
        (lambda: snn.Poisson(100.0, -1.0), r"Poisson\.dead_time: must be >= 0 ms \(got -1\.0\)"),
        (lambda: snn.Poisson([1.0, 2.0], [1.0, 2.0, 3.0]), r"Poisson\.dead_time: expected one number or 2"),
        (
            lambda: snn.Network(seed=1).source("s", 3, snn.Poisson(1.0, [1.0, 2.0])),
            r"source 's': Poisson\.dead_time has 2 entries for 3 sources",
        ),
    ],
)
def test_impossible_dead_times_are_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(snn.ParameterError, match=message):
        make()

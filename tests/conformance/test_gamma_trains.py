"""Gamma renewal trains: the law of their intervals, and of the first one, against scipy's."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

import pysnn as snn

from .test_sources import record

P_MIN = 1e-6  # a right generator fails a fixed seed with this probability, once and for all
SHAPES = [0.3, 0.999, 1.0, 4.5, 60.0]


@pytest.mark.parametrize("shape", SHAPES)
def test_intervals_are_gamma_distributed(shape: float) -> None:
    n, rate, kept = 2000, 100.0, 6
    spikes = record("event", n, snn.Gamma(rate, shape), 4000.0)
    # after 400 mean intervals no train has fewer spikes: even at shape 0.3 that has a probability of e^-100
    firsts = np.array([train[:kept] for train in spikes.trains()])
    law = stats.gamma(shape, scale=1000.0 / rate / shape)
    intervals = np.diff(firsts, axis=1)
    assert stats.kstest(intervals.ravel(), law.cdf).pvalue > P_MIN
    # mean 1/rate, CV 1/sqrt(shape); the variance of a variance is (2 + 6/shape) variance^2 / size
    size, z = intervals.size, stats.norm.isf(P_MIN / 2)
    assert intervals.mean() == pytest.approx(10.0, abs=z * 10.0 / np.sqrt(shape * size))
    assert intervals.var() / 100.0 * shape == pytest.approx(
        1.0, abs=1.2 * z * np.sqrt((2 + 6 / shape) / size)
    )
    r = np.corrcoef(intervals.T)[np.triu_indices(kept - 1, 1)]
    assert np.abs(r).max() < 1.5 * stats.norm.isf(P_MIN / 20) / np.sqrt(n)


@pytest.mark.parametrize("shape", SHAPES)
def test_trains_are_in_equilibrium_from_the_start(backend: str, shape: float) -> None:
    # what remains of an interval under way: density rate P(T > t), whose integral is
    # rate t P(T > t) + (the gamma law of shape + 1)(t)
    n, rate = 4000, 100.0
    scale = 1000.0 / rate / shape

    def remaining(t: np.ndarray) -> np.ndarray:
        return np.asarray(
            rate * 1e-3 * t * stats.gamma.sf(t, shape, scale=scale)
            + stats.gamma.cdf(t, shape + 1, scale=scale)
        )

    dt = 0.001  # far below what the test can tell
    spikes = record(backend, n, snn.Gamma(rate, shape), 40.0, dt=dt)
    seen, at = np.unique(spikes.i, return_index=True)
    first = np.full(n, 40.0)  # or later: the law is compared up to there
    first[seen] = spikes.t[at]
    cdf = np.arange(1, n + 1) / n
    ordered = np.sort(first)
    inside = ordered < 40.0
    distance = np.abs(cdf - remaining(ordered))[inside].max()
    assert stats.kstwobign.sf((distance - 1.0 / n) * np.sqrt(n)) > P_MIN
    # hence as many spikes in the first 2 ms as in any other: at shape 60 an ordinary train would have none
    early = np.bincount(spikes.i[spikes.t <= 2.0], minlength=n)
    assert early.mean() == pytest.approx(
        0.2, abs=stats.norm.isf(P_MIN / 2) * max(early.std(), 0.4) / np.sqrt(n)
    )


def test_rates_and_shapes_by_source(backend: str) -> None:
    source = snn.Gamma([0.0, 50.0, 200.0], [1.0, 400.0, 0.5])
    silent, regular, bursty = record(backend, 3, source, 20_000.0).trains()
    assert silent.size == 0
    assert regular.size == pytest.approx(1000, abs=5)
    # the count of a renewal process has the variance CV^2 of its mean
    assert bursty.size == pytest.approx(4000, abs=5 * np.sqrt(2 * 4000))
    assert np.diff(regular).std() == pytest.approx(20.0 / 20.0, rel=0.15)


def test_sources_differ_and_seeds_decide(backend: str) -> None:
    a, again, b = (record(backend, 20, snn.Gamma(50.0, 2.0), 200.0, seed=s) for s in (1, 1, 2))
    assert np.array_equal(a.t, again.t)
    assert np.array_equal(a.i, again.i)
    assert not np.array_equal(a.t, b.t)
    assert len({train[0] for train in record("event", 20, snn.Gamma(50.0, 2.0), 500.0).trains()}) == 20


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: snn.Gamma(-1.0, 1.0), r"Gamma\.rate: must be >= 0 and <= 1e\+09 Hz \(got -1\.0\)"),
        (lambda: snn.Gamma(1.0, 0.0), r"Gamma\.shape: must be > 0 \(got 0\.0\)"),
        (lambda: snn.Gamma(1.0, [1.0, np.inf]), r"Gamma\.shape\[1\]: must be > 0"),
        (
            lambda: snn.Network(seed=1).source("s", 3, snn.Gamma(1.0, [1.0, 2.0])),
            r"source 's': Gamma\.shape has 2 entries for 3 sources",
        ),
    ],
)
def test_impossible_trains_are_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(snn.ParameterError, match=message):
        make()

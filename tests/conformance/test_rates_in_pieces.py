"""Poisson trains of piecewise constant rate: the law of the counts and of the rescaled intervals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

import pysnn as snn

from .test_sources import record

P_MIN = 1e-6  # a right generator fails a fixed seed with this probability, once and for all
TIMES = np.array([20.0, 50.0, 50.5, 120.0, 200.0])
RATES = np.array([100.0, 0.0, 4000.0, 30.0, 250.0])


def integral(
    t: NDArray[np.float64], times: NDArray[np.float64], rates: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Of the rate from 0 to t [ms]: expected spikes."""
    knots = np.append(times, times[-1] + 1e9)
    area = np.concatenate([[0.0], np.cumsum(rates * 1e-3 * np.diff(knots))])
    return np.asarray(np.interp(t, knots, area))


def test_the_count_of_each_segment_is_poissonian(backend: str) -> None:
    n, t_stop = 400, 300.0
    spikes = record(backend, n, snn.PiecewisePoisson(TIMES, RATES), t_stop)
    borders = np.concatenate([[0.0], TIMES, [t_stop]])
    # a spike within a step takes effect at its end: it may stand on the border behind, not on that before
    segment = np.searchsorted(borders + 1e-9, spikes.t) - 1
    observed = np.bincount(segment, minlength=len(borders) - 1)
    for count, rate, length in zip(observed, [0.0, *RATES], np.diff(borders), strict=True):
        mean = n * rate * length * 1e-3
        assert min(stats.poisson.cdf(count, mean), stats.poisson.sf(count - 1, mean)) > P_MIN / 2
    # of whole trains: the sum of squares of n Poisson counts has mean n, variance n (2 + 1 / mean)
    mean = float(integral(np.array([t_stop]), TIMES, RATES)[0])
    dispersion = ((np.bincount(spikes.i, minlength=n) - mean) ** 2).sum() / mean
    assert abs(dispersion - n) / np.sqrt(n * (2.0 + 1.0 / mean)) < stats.norm.isf(P_MIN / 2)


def test_rescaled_intervals_are_unit_exponentials() -> None:
    # a sine in steps of 1 ms, silent at its bottom: most intervals reach over many segments
    times = np.arange(400.0)
    rates = np.maximum(0.0, 20.0 + 60.0 * np.sin(2 * np.pi * times / 50.0))
    spikes = record("event", 2000, snn.PiecewisePoisson(times, rates), 2400.0)
    # the integral reaches above 30 there: a train with fewer than 5 spikes has a probability of 1e-8
    assert integral(np.array([2400.0]), times, rates)[0] > 30.0
    firsts = np.array([train[:5] for train in spikes.trains()])
    waits = np.diff(integral(firsts.ravel(), times, rates).reshape(firsts.shape), prepend=0.0)
    for k in range(5):
        assert stats.kstest(waits[:, k], "expon").pvalue > P_MIN / 5
    r = np.corrcoef(waits.T)[np.triu_indices(5, 1)]
    assert np.abs(r).max() < stats.norm.isf(P_MIN / 20) / np.sqrt(2000)


@pytest.mark.parametrize(
    "source", [snn.PiecewisePoisson(TIMES, RATES), snn.Gamma(50.0, 0.4), snn.Gamma(200.0, 3.0)], ids=repr
)
def test_on_steps_the_same_points_of_time_count_at_the_end_of_their_step(
    backend: str, source: snn.Source
) -> None:
    if backend == "event":
        pytest.skip("it has the points of time themselves")
    exact, steps = record("event", 50, source, 300.0), record(backend, 50, source, 300.0, dt=0.5)
    assert exact.count > 200
    for continuous, discrete in zip(exact.trains(), steps.trains(), strict=True):
        assert np.array_equal(np.ceil(continuous / 0.5), np.round(discrete / 0.5))


def test_several_spikes_fall_into_one_step(backend: str) -> None:
    # 4 kHz in steps of 0.5 ms: Poisson of mean 2
    n = 1000
    spikes = record(backend, n, snn.PiecewisePoisson([0.0], [4000.0]), 10.0, dt=0.5)
    if backend == "event":
        assert stats.kstest(spikes.t, "uniform", args=(0.0, 10.0)).pvalue > P_MIN
        return
    per_step = np.zeros((n, 21), dtype=int)
    np.add.at(per_step, (spikes.i, np.round(spikes.t / 0.5).astype(int)), 1)
    assert (per_step[:, 0] == 0).all()
    observed = np.bincount(np.minimum(per_step[:, 1:], 7).ravel(), minlength=8)
    expected = np.append(stats.poisson.pmf(np.arange(7), 2.0), stats.poisson.sf(6, 2.0)) * n * 20
    assert stats.chisquare(observed, expected).pvalue > P_MIN


def test_rates_in_rows_belong_to_their_sources(backend: str) -> None:
    rates = np.array([[0.0, 1000.0], [2000.0, 0.0], [0.0, 0.0]])
    spikes = record(backend, 3, snn.PiecewisePoisson([0.0, 1000.0], rates), 2000.0)
    first, second, silent = spikes.trains()
    assert silent.size == 0
    assert first.min() > 1000.0
    assert second.max() <= 1000.0 + 1e-9
    assert abs(first.size - 1000.0) < 5 * np.sqrt(1000.0)
    assert abs(second.size - 2000.0) < 5 * np.sqrt(2000.0)


def test_times_off_the_grid_are_an_error_on_steps_unless_rounding_is_asked_for() -> None:
    source = snn.PiecewisePoisson([0.0, 10.04], [0.0, 1e4])
    with pytest.raises(snn.OffGridError, match=r"source 's': PiecewisePoisson\.times: 10\.04 ms is no mul"):
        record("clock", 1, source, 20.0)
    assert record("clock", 1, source, 11.0, off_grid="round").t[0] == pytest.approx(10.1, abs=0.5)


@pytest.mark.parametrize(
    ("times", "rates", "message"),
    [
        ([0.0, 0.0], [1.0, 2.0], r"PiecewisePoisson\.times: must ascend"),
        ([], [], r"PiecewisePoisson\.times: must ascend, and not be empty"),
        ([-1.0], [1.0], r"PiecewisePoisson\.times\[0\]: must be >= 0 ms \(got -1\.0\)"),
        (
            [0.0],
            [1.0, 2.0],
            r"PiecewisePoisson\.rates: expected 1 entries, one a time, in each row \(got 2\)",
        ),
        (
            [0.0],
            [[1.0], [-2.0]],
            r"PiecewisePoisson\.rates\[1, 0\]: must be >= 0 and <= 1e\+09 Hz \(got -2\.0\)",
        ),
        ([0.0], [[[1.0]]], r"rates: expected a 1-D or 2-D array \(got shape \(1, 1, 1\)\)"),
        (0.0, 1.0, "expected arrays of times and rates"),
    ],
)
def test_impossible_rates_are_refused(times: Any, rates: Any, message: str) -> None:
    with pytest.raises(snn.ParameterError, match=message):
        snn.PiecewisePoisson(times, rates)


def test_rows_must_be_as_many_as_the_sources() -> None:
    source = snn.PiecewisePoisson([0.0], [[1.0], [2.0]])
    with pytest.raises(snn.ParameterError, match=r"source 's': PiecewisePoisson\.rates has 2 rows for 3 so"):
        snn.Network(seed=1).source("s", 3, source)

"""Statistics of spikes against hand-made trains, and against what is known of Poisson processes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pysnn import analysis
from pysnn.data import SpikeData
from pysnn.errors import ParameterError

# Neuron 0 fires every 10 ms, neuron 1 with intervals 10 and 30 in turn, neuron 2 once, neuron 3 never.
CLOCK = np.arange(10.0, 101.0, 10.0)
UNEVEN = np.array([10.0, 20.0, 50.0, 60.0, 90.0])
T = np.concatenate([CLOCK, UNEVEN, [42.0]])
WHO = np.array([0] * 10 + [1] * 5 + [2])
ORDER = np.argsort(T, kind="stable")
T, WHO = T[ORDER], WHO[ORDER]


def poisson(n: int, rate: float, duration: float, seed: int) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    counts = rng.poisson(rate * duration * 1e-3, n)
    return rng.random(counts.sum()) * duration, np.repeat(np.arange(n), counts)


def test_rates_count_a_window_with_its_end_and_without_its_begin() -> None:
    np.testing.assert_allclose(analysis.rates(T, WHO, 4, 0.0, 100.0), [100.0, 50.0, 10.0, 0.0])
    # (20, 50]: neuron 0 at 30, 40, 50; neuron 1 at 50; neuron 2 at 42.
    np.testing.assert_allclose(analysis.rates(T, WHO, 4, 20.0, 50.0), np.array([3, 1, 1, 0]) / 0.03)


def test_the_population_rate_is_that_of_the_bins() -> None:
    centres, rate = analysis.population_rate(T, 4, 0.0, 100.0, 20.0)
    np.testing.assert_allclose(centres, [10.0, 30.0, 50.0, 70.0, 90.0])
    # Spikes in (0, 20], (20, 40], ...: 4, 2, 5, 2, 3; four neurons, 20 ms.
    np.testing.assert_allclose(rate, np.array([4, 2, 5, 2, 3]) / 4 / 0.02)
    assert rate.mean() == pytest.approx(analysis.rates(T, WHO, 4, 0.0, 100.0).mean())


def test_decimal_times_fall_into_the_bins_they_are_written_in() -> None:
    """k * 0.1 ms lies above or below k / 10 by rounding; it is on the edge all the same."""
    times = np.arange(1, 1001) * 0.1
    _, rate = analysis.population_rate(times, 1, 0.0, 100.0, 0.1)
    np.testing.assert_allclose(rate, 10_000.0)


def test_intervals_are_those_between_spikes_of_one_neuron() -> None:
    gaps, who = analysis.intervals(T, WHO, 4)
    np.testing.assert_allclose(gaps[who == 0], 10.0)
    np.testing.assert_allclose(gaps[who == 1], [10.0, 30.0, 10.0, 30.0])
    assert set(who.tolist()) == {0, 1}


def test_cv_and_local_variation_of_a_clock_are_0_and_of_two_intervals_in_turn_are_known() -> None:
    """Intervals 10, 30 in turn: std 10, mean 20; each term of LV is (20 / 40)^2, times 3."""
    np.testing.assert_allclose(analysis.cv(T, WHO, 4), [0.0, 0.5, np.nan, np.nan], atol=1e-12)
    np.testing.assert_allclose(analysis.local_variation(T, WHO, 4), [0.0, 0.75, np.nan, np.nan], atol=1e-12)


def test_a_poisson_process_has_cv_lv_and_fano_factor_1() -> None:
    """200 neurons, about 400 spikes each: means over neurons within 4 standard errors.

    One neuron's CV of m intervals has deviation about 1 / sqrt(m) and bias of order 1 / m, LV about
    sqrt(2) / sqrt(m), the Fano factor of w windows sqrt(2 / w).
    """
    t, i = poisson(200, 20.0, 20_000.0, seed=5)
    assert np.mean(analysis.cv(t, i, 200)) == pytest.approx(1.0, abs=4 / np.sqrt(400 * 200) + 2 / 400)
    assert np.mean(analysis.local_variation(t, i, 200)) == pytest.approx(
        1.0, abs=4 * 1.5 / np.sqrt(400 * 200)
    )
    fano = analysis.fano_factor(t, i, 200, 0.0, 20_000.0, 200.0)
    assert np.mean(fano) == pytest.approx(1.0, abs=4 * np.sqrt(2 / 100 / 200))


def test_the_fano_factor_of_a_clock_is_0_and_of_a_pair_of_counts_is_known() -> None:
    # Neuron 1 in (0, 50] and (50, 100]: 3 and 2 spikes: mean 2.5, variance 0.5.
    fano = analysis.fano_factor(T, WHO, 4, 0.0, 100.0, 50.0)
    np.testing.assert_allclose(fano, [0.0, 0.2, 1.0, np.nan])


def test_correlations_are_numpys() -> None:
    t, i = poisson(12, 30.0, 5_000.0, seed=8)
    counts = analysis.binned_counts(t, i, 12, 0.0, 5_000.0, 25.0)
    by_hand = np.array([np.histogram(t[i == k], np.arange(0.0, 5001.0, 25.0))[0] for k in range(12)])
    np.testing.assert_array_equal(counts, by_hand)  # no time lies on an edge
    np.testing.assert_allclose(
        analysis.correlations(t, i, 12, 0.0, 5_000.0, 25.0), np.corrcoef(by_hand), atol=1e-12
    )


def test_a_neuron_that_never_varies_has_no_correlation() -> None:
    matrix = analysis.correlations(T, WHO, 4, 0.0, 100.0, 10.0)  # neuron 0: one spike in every bin
    assert np.isnan(matrix[0]).all()
    assert np.isnan(matrix[3]).all()
    assert matrix[1, 1] == matrix[2, 2] == 1.0
    assert analysis.mean_correlation(T, WHO, 4, 0.0, 100.0, 10.0) == pytest.approx(matrix[1, 2])


def test_synchrony_is_1_for_copies_and_1_over_sqrt_n_for_strangers() -> None:
    one, _ = poisson(1, 20.0, 10_000.0, seed=2)
    copies = np.tile(one, 50), np.repeat(np.arange(50), len(one))
    assert analysis.synchrony(*copies, 50, 0.0, 10_000.0, 10.0) == pytest.approx(1.0)
    strangers = poisson(100, 20.0, 50_000.0, seed=3)
    # chi^2 is a ratio of variances over 5,000 bins: deviation sqrt(2 / 5000) of itself, half in chi.
    chi = analysis.synchrony(*strangers, 100, 0.0, 50_000.0, 10.0)
    assert chi == pytest.approx(0.1, rel=4 * np.sqrt(2 / 5000) / 2)
    assert np.isnan(analysis.synchrony([], [], 5, 0.0, 100.0, 10.0))


def test_mean_correlation_of_shared_spikes_is_the_share() -> None:
    """Each neuron has a private Poisson train and a common one of the same rate: correlation 1/2."""
    n, duration = 30, 100_000.0
    t, i = poisson(n, 5.0, duration, seed=11)
    common, _ = poisson(1, 5.0, duration, seed=12)
    t = np.concatenate([t, np.tile(common, n)])
    i = np.concatenate([i, np.repeat(np.arange(n), len(common))])
    assert analysis.mean_correlation(t, i, n, 0.0, duration, 20.0) == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: analysis.rates([1.0], [4], 4, 0.0, 1.0), r"i\[0\]: must be >= 0 and < n = 4 \(got 4\)"),
        (lambda: analysis.rates([1.0], [0.5], 4, 0.0, 1.0), "whole numbers"),
        (lambda: analysis.rates([1.0, 2.0], [0], 4, 0.0, 1.0), r"same length \(got 2 and 1\)"),
        (lambda: analysis.rates([np.nan], [0], 4, 0.0, 1.0), r"t\[0\]"),
        (lambda: analysis.rates([1.0], [0], 0, 0.0, 1.0), "rates: n: must be >= 1"),
        (lambda: analysis.rates([1.0], [0], 4, 1.0, 1.0), "stop: must be > start = 1 ms"),
        (lambda: analysis.population_rate([1.0], 4, 0.0, 10.0, 3.0), "whole number of bins"),
        (lambda: analysis.population_rate([1.0], 4, 0.0, 10.0, 20.0), "whole number of bins"),
        (lambda: analysis.fano_factor([1.0], [0], 4, 0.0, 10.0, 10.0), "at least two"),
    ],
)
def test_what_does_not_fit_is_named(act: Any, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        act()


# ---- SpikeData ------------------------------------------------------------------------------------

# The trains above as neurons 5, 2, 9 and 7 of a group: a view may name them in any order.
VIEW = np.array([5, 2, 9, 7], np.uint32)
FIRED = SpikeData(T, VIEW[WHO], 4, 100.0, VIEW, "some")
SILENT = SpikeData(np.empty(0), np.empty(0, np.uint32), 3, 100.0)
UNRUN = SpikeData(np.empty(0), np.empty(0, np.uint32), 3, 0.0, name="some")
ALONE = SpikeData(CLOCK, np.zeros(10, np.uint32), 1, 100.0)

WINDOWED: dict[str, dict[str, float]] = {
    "rates": {},
    "fano_factor": {"window": 25.0},
    "binned_counts": {"bin": 10.0},
    "correlations": {"bin": 10.0},
    "mean_correlation": {"bin": 10.0},
    "synchrony": {"bin": 10.0},
}
OF_TRAINS = ["intervals", "cv", "local_variation"]


@pytest.mark.parametrize("name", [*WINDOWED, *OF_TRAINS])
def test_spike_data_stand_for_their_arrays(name: str) -> None:
    measure, width = getattr(analysis, name), WINDOWED.get(name, {})
    window = {} if name in OF_TRAINS else {"start": 0.0, "stop": 100.0}
    np.testing.assert_array_equal(measure(FIRED, **width), measure(T, WHO, 4, **window, **width))
    if name in WINDOWED:
        part = measure(FIRED, 20.0, 70.0, *width.values())
        np.testing.assert_array_equal(part, measure(T, WHO, 4, 20.0, 70.0, *width.values()))
        np.testing.assert_array_equal(
            measure(FIRED, start=50.0, **width), measure(FIRED, 50.0, 100.0, **width)
        )


def test_the_population_rate_of_spike_data_is_that_of_its_times() -> None:
    centres, rate = analysis.population_rate(FIRED, bin=20.0)
    np.testing.assert_allclose(centres, [10.0, 30.0, 50.0, 70.0, 90.0])
    np.testing.assert_allclose(rate, np.array([4, 2, 5, 2, 3]) / 4 / 0.02)


@pytest.mark.parametrize("data", [SILENT, ALONE], ids=["silent", "alone"])
@pytest.mark.parametrize("name", [*WINDOWED, *OF_TRAINS, "population_rate"])
@pytest.mark.filterwarnings("error")
def test_silence_and_one_neuron_are_measured_without_a_warning(name: str, data: SpikeData) -> None:
    width = {"bin": 10.0} if name == "population_rate" else WINDOWED.get(name, {})
    value = getattr(analysis, name)(data, **width)
    if name in ("rates", "cv", "local_variation", "fano_factor"):
        assert value.shape == (len(data.indices),)


@pytest.mark.parametrize("name", [*WINDOWED, "population_rate"])
def test_where_nothing_ran_yet_the_error_says_so(name: str) -> None:
    width = {"bin": 10.0} if name == "population_rate" else WINDOWED.get(name, {})
    with pytest.raises(ParameterError, match="nothing ran yet"):
        getattr(analysis, name)(UNRUN, **width)


def test_arrays_have_no_window_of_their_own() -> None:
    with pytest.raises(ParameterError, match="rates: stop: expected"):
        analysis.rates(T, WHO, 4)

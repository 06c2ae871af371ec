"""Distributions check their bounds and lower to the plain numbers that the core takes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import pysnn as snn
from pysnn.base.distributions import MIN_MASS, as_distribution, undrawn


@pytest.mark.parametrize(
    ("given", "lowered"),
    [
        (snn.Constant(2), {"kind": "constant", "value": 2.0}),
        (snn.Uniform(1.0, 2.0), {"kind": "uniform", "low": 1.0, "high": 2.0, "step": 0.0}),
        (
            snn.Normal(12.0, 3.0, min=0.0),
            {"kind": "normal", "mean": 12.0, "std": 3.0, "min": 0.0, "max": math.inf, "step": 0.0},
        ),
        (
            snn.LogNormal(0.5, 0.25, max=9.0),
            {"kind": "lognormal", "mu": 0.5, "sigma": 0.25, "min": 0.0, "max": 9.0, "step": 0.0},
        ),
    ],
)
def test_lowering_is_a_flat_dict(given: snn.Distribution, lowered: dict[str, object]) -> None:
    assert given.lower() == lowered


def test_bounds_of_stepped_draws_admit_the_multiples_that_they_are() -> None:
    lowered = snn.Normal(0.5, 0.2, min=0.3, max=0.7, step=0.1).lower()
    assert lowered["max"] > 7 * 0.1 > 0.7  # the double that the seventh multiple is
    assert lowered["min"] < 0.3
    assert lowered["max"] - lowered["min"] == pytest.approx(0.4, abs=1e-9)


def test_an_array_lowers_to_float64() -> None:
    lowered = snn.Array([1, 2, 3]).lower()
    assert lowered["kind"] == "array"
    assert lowered["values"].dtype == np.float64
    assert np.array_equal(lowered["values"], [1.0, 2.0, 3.0])


@pytest.mark.parametrize(("mean", "std"), [(2.0, 1.0), (0.01, 0.5), (1e5, 3.0)])
def test_log_normal_from_mean_and_deviation_has_them(mean: float, std: float) -> None:
    made = snn.LogNormal.from_mean_std(mean, std)
    truth = stats.lognorm(s=made.sigma, scale=math.exp(made.mu))
    assert truth.mean() == pytest.approx(mean, rel=1e-9)
    assert truth.std() == pytest.approx(std, rel=1e-6)


@given(st.floats(-50, 50), st.floats(0.1, 10), st.floats(-60, 60), st.floats(0.01, 100))
def test_a_truncation_is_refused_exactly_where_too_little_mass_is_left(
    mean: float, std: float, low: float, width: float
) -> None:
    a, b = (low - mean) / std, (low + width - mean) / std
    left = (
        float(stats.norm.sf(a) - stats.norm.sf(b)) if a > 0 else float(stats.norm.cdf(b) - stats.norm.cdf(a))
    )
    if left < MIN_MASS * 0.999:
        with pytest.raises(snn.ParameterError, match="of the distribution lies between min and max"):
            snn.Normal(mean, std, min=low, max=low + width)
    elif left > MIN_MASS * 1.001:
        snn.Normal(mean, std, min=low, max=low + width)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: snn.Uniform(2.0, 1.0), r"Uniform\.high: must be > low = 2 \(got 1\)"),
        (lambda: snn.Uniform(1.0, 1.0), r"Uniform\.high: must be > low"),
        (lambda: snn.Normal(0.0, -1.0), r"Normal\.std: must be >= 0"),
        (lambda: snn.Normal(0.0, 1.0, min=2.0, max=1.0), r"Normal\.max: must be > min"),
        (lambda: snn.Normal(3.0, 0.0, max=2.0), "only 0 of the distribution"),
        (lambda: snn.LogNormal(0.0, 1.0, min=-1.0), r"LogNormal\.min: must be >= 0"),
        (lambda: snn.LogNormal.from_mean_std(-1.0, 1.0), r"LogNormal\.from_mean_std: mean: must be > 0"),
        (lambda: snn.Array([]), r"Array\.values: expected a 1-D array, not empty"),
        (lambda: snn.Array(3.0), r"Array\.values: expected a 1-D array"),
        (lambda: snn.Array([1.0, math.nan]), r"Array\.values\[1\]: must be a number"),
        (
            lambda: snn.Uniform(0.05, 2.0, step=0.1),
            r"Uniform\.low: must be a multiple of step = 0\.1 \(got 0\.05\)",
        ),
        (lambda: snn.Normal(1.0, 0.5, min=0.25, step=0.1), r"Normal\.min: must be a multiple of step"),
        (lambda: snn.Uniform(1.0, 2.0, step=-0.1), r"Uniform\.step: must be > 0"),
    ],
)
def test_impossible_distributions_are_refused(make: object, message: str) -> None:
    with pytest.raises(snn.ParameterError, match=message):
        make()  # type: ignore[operator]


def test_bounds_on_a_decimal_step_are_multiples_despite_binary_fractions() -> None:
    # 0.3 / 0.1 is 2.9999999999999996
    assert snn.Uniform(0.3, 0.7, step=0.1).support() == (0.3, 0.7)


def test_numbers_and_sequences_stand_for_distributions() -> None:
    assert as_distribution(3, "x") == snn.Constant(3.0)
    assert as_distribution([1, 2], "x") == snn.Array([1.0, 2.0])
    assert as_distribution(np.float32(0.5), "x") == snn.Constant(0.5)
    normal = snn.Normal(0.0, 1.0)
    assert as_distribution(normal, "x") is normal


def test_an_array_goes_where_a_plain_one_is_meant() -> None:
    parts = snn.Delays(axonal=snn.Array([0.1, 3.0]), dendritic=snn.Array([0.2, 0.0]))
    assert parts == snn.Delays(axonal=[0.1, 3.0], dendritic=[0.2, 0.0])
    assert snn.StepCurrent(snn.Array([0.0, 5.0]), snn.Array([1.0, 2.0])) == snn.StepCurrent(
        [0.0, 5.0], [1.0, 2.0]
    )
    np.testing.assert_array_equal(np.asarray(snn.Array([1.0, 2.0]), dtype=np.float32), np.float32([1.0, 2.0]))
    with pytest.raises(snn.ParameterError, match=r"Delays\.axonal: expected >= 0 ms \(got Normal"):
        snn.Delays(axonal=snn.Normal(1.0, 0.1))


@pytest.mark.parametrize(
    ("given", "plain"), [(snn.Array([3.0]), [3.0]), (snn.Constant(3.0), 3.0), (3.0, 3.0)]
)
def test_what_draws_nothing_may_be_set_while_a_network_runs(given: object, plain: object) -> None:
    np.testing.assert_array_equal(undrawn(given, "set_weights"), plain)
    with pytest.raises(snn.ParameterError, match=r"set_weights: .*nothing is drawn while a network runs"):
        undrawn(snn.Normal(1.0, 0.1), "set_weights")


@pytest.mark.parametrize("value", ["3", None, True, object(), [], math.nan, [[1.0]]])
def test_what_is_no_distribution_is_named(value: object) -> None:
    with pytest.raises(snn.ParameterError, match=r"^weight: "):
        as_distribution(value, "weight", "pA")


def test_a_positive_log_normal_may_round_to_zero_only_with_a_step() -> None:
    assert snn.LogNormal(0.0, 1.0).support()[0] > 0.0
    assert snn.LogNormal(0.0, 1.0, step=0.1).support()[0] == 0.0
    assert snn.LogNormal(0.0, 1.0, min=0.1, step=0.1).support()[0] == 0.1

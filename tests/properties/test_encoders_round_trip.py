"""decode(encode(x)) is within the error each encoder states, for any values, ranges and grids."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysnn import encoders as enc
from pysnn.encoders.base import Float

LOWS = st.floats(-1e3, 1e3)
SPANS = st.floats(1e-2, 1e3)
SHARES = st.floats(0.0, 1.0)
# A grid that divides the row of 20 ms and every t_max drawn below, or none.
GRIDS = st.sampled_from([None, 0.1, 0.25, 0.01])
T_MAX = st.sampled_from([5.0, 10.0, 20.0])
ROW = 20.0


@st.composite
def ranges(draw: st.DrawFn, positive: bool = False) -> dict[str, float]:
    low = draw(st.floats(1e-2, 1e2) if positive else LOWS)
    return {"low": low, "high": low + draw(SPANS)}


@st.composite
def shares(draw: st.DrawFn) -> Float:
    """Shares of the range, one row for a static value, several for a contour; ends included."""
    rows, channels = draw(st.integers(1, 5)), draw(st.integers(1, 4))
    flat = draw(st.lists(SHARES, min_size=rows * channels, max_size=rows * channels))
    return np.array(flat).reshape(rows, channels)


def round_trip(encoder: enc.Encoder, part: Float, **how: Any) -> tuple[Float, Float, Any]:
    """Values, decoded values and the stated bound, static for one row and a contour for several."""
    values = np.clip(encoder.low + part * (encoder.high - encoder.low), encoder.low, encoder.high)
    rows = len(values)
    duration = ROW * rows
    if rows == 1:
        decoded = encoder.decode(encoder.encode(values[0], duration))
        return values[0], decoded, encoder.max_error(duration, **how)
    decoded = encoder.decode(encoder.encode(values, duration), n_times=rows)
    return values, decoded, encoder.max_error(duration, rows, **how)


@given(ranges(), shares(), GRIDS, T_MAX, st.sampled_from([0.2, 1.0, 3.3]))
def test_linear_latency_decodes_within_its_bound(
    span: dict[str, float], part: Float, grid: float | None, t_max: float, t_min: float
) -> None:
    encoder = enc.Latency(**span, resolution=grid, t_min=t_min, t_max=t_max)
    values, decoded, bound = round_trip(encoder, part)
    assert np.all(np.abs(decoded - values) <= bound)


@given(ranges(positive=True), shares(), GRIDS, T_MAX)
def test_logarithmic_latency_decodes_within_its_bound(
    span: dict[str, float], part: Float, grid: float | None, t_max: float
) -> None:
    encoder = enc.Latency(**span, resolution=grid, t_max=t_max, scale="log")
    values, decoded, bound = round_trip(encoder, part)
    assert np.all(np.abs(decoded - values) <= bound)


@given(ranges(), shares(), GRIDS, T_MAX, st.integers(3, 12), st.floats(0.8, 2.0))
def test_population_decodes_within_its_bound(
    span: dict[str, float], part: Float, grid: float | None, t_max: float, n_fields: int, beta: float
) -> None:
    encoder = enc.Population(**span, resolution=grid, t_max=t_max, n_fields=n_fields, beta=beta)
    values, decoded, bound = round_trip(encoder, part)
    assert np.all(np.abs(decoded - values) <= bound)


@given(ranges(), shares(), GRIDS, st.floats(0.0, 50.0), st.floats(1.0, 500.0), st.floats(0.0, 0.99))
def test_regular_rate_decodes_within_one_spike(
    span: dict[str, float], part: Float, grid: float | None, lowest: float, more: float, phase: float
) -> None:
    encoder = enc.RegularRate(**span, resolution=grid, rate_low=lowest, rate_high=lowest + more, phase=phase)
    values, decoded, bound = round_trip(encoder, part)
    assert np.all(np.abs(decoded - values) <= bound)


@given(ranges(), shares(), GRIDS, st.floats(2.0, 20.0), st.floats(0.2, 1.0))
def test_pwm_decodes_within_its_bound(
    span: dict[str, float], part: Float, grid: float | None, period: float, guard: float
) -> None:
    encoder = enc.PWM(**span, resolution=grid, period=period, guard=guard)
    steepest = float(np.max(np.abs(np.diff(part, axis=0)), initial=0.0)) * (encoder.high - encoder.low) / ROW
    values, decoded, bound = round_trip(encoder, part, slope=steepest * (1 + 1e-12))
    assert np.all(np.abs(decoded - values) <= bound)


@pytest.mark.parametrize("code", [enc.Delta, enc.StepForward])
@given(ranges(), shares(), GRIDS, st.floats(0.01, 1.0), st.floats(0.0, 1.0))
def test_codes_of_changes_decode_within_their_threshold(
    code: type[enc.Delta] | type[enc.StepForward],
    span: dict[str, float],
    part: Float,
    grid: float | None,
    threshold: float,
    start: float,
) -> None:
    encoder = code(**span, resolution=grid, threshold=threshold, start=start)
    values, decoded, bound = round_trip(encoder, part)
    assert np.all(np.abs(decoded - values) <= bound)


@pytest.mark.parametrize("name", sorted(set(enc.Encoder.registry) - {"PoissonRate", "MovingWindow"}))
@given(ranges(positive=True), shares(), st.sampled_from([None, 0.1]))
def test_what_every_encoder_states_by_default_holds(
    name: str, span: dict[str, float], part: Float, grid: float | None
) -> None:
    """Rows of 60 ms, in which all defaults fit; PWM's contours move by the range a row at most."""
    encoder = enc.get(name)(**span, resolution=grid)
    values = np.clip(encoder.low + part * (encoder.high - encoder.low), encoder.low, encoder.high)
    length, rows = 60.0 * len(part), len(part)
    more = {"slope": (encoder.high - encoder.low) / 60.0 * (1 + 1e-12)} if name == "PWM" and rows > 1 else {}
    decoded = encoder.decode(encoder.encode(values, length), rows)
    assert np.all(np.abs(decoded - values) <= encoder.max_error(length, rows, **more))


@given(shares(), st.floats(0.5, 5.0))
def test_pwm_has_a_spike_in_every_period_of_the_carrier(part: Float, period: float) -> None:
    encoder = enc.PWM(period=period)
    spikes = encoder.encode(part, ROW * len(part))
    periods = int(ROW * len(part) // period) - 1  # the last may be cut short by rounding
    for channel in range(part.shape[1]):
        seen = np.floor(spikes.train(channel) / period)
        assert set(range(periods)) <= set(seen.astype(int))


@given(ranges(), shares(), st.sampled_from([None, 0.1, 0.25]), st.integers(0, 2**32))
def test_poisson_counts_are_those_decoded_and_spikes_stay_in_their_row(
    span: dict[str, float], part: Float, grid: float | None, seed: int
) -> None:
    """Rounding to the grid moves no spike into another row: counts with and without it agree."""
    values = np.clip(span["low"] + part * (span["high"] - span["low"]), span["low"], span["high"])
    duration = ROW * len(values)
    exact = enc.PoissonRate(**span, rate_high=500.0)
    gridded = exact.replace(resolution=grid)
    decoded = [e.decode(e.encode(values, duration, seed=seed), len(values)) for e in (exact, gridded)]
    np.testing.assert_array_equal(*decoded)
    # rate_low = 0: the decoded share of the range is the number of spikes over 500 Hz * 20 ms.
    spikes = (decoded[0] - span["low"]) / (span["high"] - span["low"]) * 10.0
    np.testing.assert_allclose(spikes, np.rint(spikes), atol=1e-6 * (1 + abs(span["low"])) / SPAN_LEAST)


SPAN_LEAST = 1e-2


@pytest.mark.parametrize("name", sorted(enc.Encoder.registry))
@given(st.integers(0, 2**32), st.sampled_from([None, 0.1]))
def test_spikes_lie_on_the_grid_and_inside_the_duration(name: str, seed: int, grid: float | None) -> None:
    values = np.random.default_rng(seed).random((4, 3))
    encoder = enc.get(name)(resolution=grid)
    spikes = encoder.encode(values, 240.0, seed=seed)
    assert spikes.n == 3 * encoder.trains
    assert len(spikes) > 0
    assert spikes.times.min() > 0.0
    assert spikes.times.max() <= 240.0
    if grid is not None:
        np.testing.assert_allclose(spikes.times / grid, np.rint(spikes.times / grid), atol=1e-9)

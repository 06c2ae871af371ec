"""Delta, step-forward, moving window and BSA against the algorithms as published, one sample after the
other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from pysnn import encoders as enc
from pysnn.encoders._scan import clamped, decaying_sum
from pysnn.errors import ParameterError

Float = NDArray[np.float64]
SEEDS = st.integers(0, 2**32)


def signs_by_row(spikes: enc.SpikeTrains, rows: int, channel: int = 0) -> list[int]:
    """Ups less downs of each row of 1 ms, told from the times (a spike on a border ends its row)."""
    found = [0] * rows
    for train, sign in ((2 * channel, 1), (2 * channel + 1, -1)):
        for time in spikes.train(train):
            found[int(np.ceil(time - 1e-9)) - 1] += sign
    return found


def walk(seed: int, rows: int, most: float, channels: int = 1) -> Float:
    """A random walk inside [0, 1] from 1/2 whose steps are no longer than ``most``."""
    rng = np.random.default_rng(seed)
    steps = rng.uniform(-most, most, (rows, channels))
    values, now = np.empty((rows, channels)), np.full(channels, 0.5)
    for row in range(rows):
        now = np.clip(now + steps[row], 0.0, 1.0)
        values[row] = now
    return values


def step_forward_as_published(values: Float, threshold: float, start: float) -> list[int]:
    """Petro et al. (2020), algorithm SF: at most one spike a sample."""
    base, spikes = start, []
    for x in values:
        sign = 1 if x > base + threshold else -1 if x < base - threshold else 0
        base += sign * threshold
        spikes.append(sign)
    return spikes


def step_forward_with_while(values: Float, threshold: float, start: float) -> list[int]:
    base, spikes = start, []
    for x in values:
        count = 0
        while x > base + threshold:
            base, count = base + threshold, count + 1
        while x < base - threshold:
            base, count = base - threshold, count - 1
        spikes.append(count)
    return spikes


@given(SEEDS, st.integers(1, 60), st.sampled_from([0.0625, 0.125, 0.03125]))
def test_step_forward_is_the_published_algorithm_for_a_signal_it_can_follow(
    seed: int, rows: int, threshold: float
) -> None:
    values = walk(seed, rows, threshold)
    spikes = enc.StepForward(threshold=threshold).encode(values, float(rows))
    assert signs_by_row(spikes, rows) == step_forward_as_published(values[:, 0], threshold, 0.5)
    assert np.all(np.abs(np.array(signs_by_row(spikes, rows))) <= 1)


@given(SEEDS, st.integers(1, 60), st.sampled_from([0.0625, 0.125, 0.5]), st.sampled_from([0.0, 0.5, 1.0]))
def test_step_forward_makes_as_many_spikes_as_a_fast_signal_needs(
    seed: int, rows: int, threshold: float, start: float
) -> None:
    values = np.random.default_rng(seed).random((rows, 1))
    spikes = enc.StepForward(threshold=threshold, start=start).encode(values, float(rows))
    assert signs_by_row(spikes, rows) == step_forward_with_while(values[:, 0], threshold, start)


def test_step_forward_spreads_the_spikes_of_a_row_evenly() -> None:
    """From 0.5 to 1 in steps of 1/8: three of them, as 1 then is no further than 1/8."""
    spikes = enc.StepForward(threshold=0.125).encode([[1.0], [1.0]], 20.0)
    np.testing.assert_allclose(spikes.times, [10.0 / 3.0, 20.0 / 3.0, 10.0])
    assert spikes.indices.tolist() == [0, 0, 0]


def test_delta_fires_where_the_lines_cross_the_levels() -> None:
    """From 0.5 up to 0.8 in 10 ms, down to 0.35 in the next 10, levels 0.1 apart.

    Up at 0.6, 0.7, 0.8 after 10/3, 20/3 and 10 ms; down 0.045 a ms: at 0.7 ... 0.4, 1 / 0.45 ms apart.
    """
    spikes = enc.Delta(threshold=0.1).encode([[0.8 + 1e-9], [0.35]], 20.0)
    np.testing.assert_allclose(spikes.train(0), [10.0 / 3.0, 20.0 / 3.0, 10.0], rtol=1e-7)
    np.testing.assert_allclose(spikes.train(1), 10.0 + np.arange(1, 5) / 0.45, rtol=1e-7)


def test_delta_is_silent_while_nothing_changes() -> None:
    """A constant is reached once; then no spike, however long it lasts."""
    spikes = enc.Delta(threshold=0.1).encode(np.full((1000, 1), 0.84), 1000.0)
    assert len(spikes) == 3
    assert spikes.times.max() <= 1.0


@given(SEEDS, st.integers(1, 40), st.floats(0.01, 1.0), st.floats(0.0, 1.0))
def test_delta_has_a_spike_for_every_level_crossed_in_the_order_of_time(
    seed: int, rows: int, threshold: float, start: float
) -> None:
    """Levels followed spike by spike: each is where the signal is at the spike's time."""
    values = np.random.default_rng(seed).random((rows, 1))
    spikes = enc.Delta(threshold=threshold, start=start).encode(values, float(rows))
    level = start + threshold * np.cumsum(np.where(spikes.indices == 0, 1.0, -1.0))
    signal = np.interp(spikes.times, np.arange(rows + 1.0), np.append(start, values[:, 0]))
    np.testing.assert_allclose(level, signal, atol=1e-9)


def moving_window_as_published(values: Float, window: int, threshold: float) -> list[int]:
    """Petro et al. (2020), algorithm MW, the mean being that of the samples there are."""
    spikes = [0]
    for row in range(1, len(values)):
        base = np.mean(values[max(row - window, 0) : row])
        spikes.append(1 if values[row] > base + threshold else -1 if values[row] < base - threshold else 0)
    return spikes


@given(SEEDS, st.integers(2, 60), st.integers(1, 12), st.floats(0.02, 0.5))
def test_moving_window_is_the_published_algorithm(
    seed: int, rows: int, window: int, threshold: float
) -> None:
    values = walk(seed, rows, 0.3, channels=2)
    encoder = enc.MovingWindow(window=window, threshold=threshold)
    spikes = encoder.encode(values, float(rows))
    for channel in range(2):
        expected = moving_window_as_published(values[:, channel], window, threshold)
        assert signs_by_row(spikes, rows, channel) == expected
        assert encoder.signs(spikes, rows)[:, channel].tolist() == expected


def test_moving_window_hears_an_edge_and_no_drift() -> None:
    """A ramp of 0.01 a sample is 0.03 above the mean of the last five; an edge of 0.3 is not."""
    ramp = np.linspace(0.0, 0.5, 51)
    values = np.append(ramp, ramp[-1] + 0.3 + np.zeros(10))[:, None]
    signs = enc.MovingWindow(window=5, threshold=0.05).signs(
        enc.MovingWindow(window=5, threshold=0.05).encode(values, 61.0), 61
    )[:, 0]
    assert not signs[:51].any()
    # The mean catches up sample by sample: 0.3 (1 - k / 5) + what is left of the ramp above 0.05 for k < 5.
    assert signs[51:].tolist() == [1] * 5 + [0] * 5


def bsa_as_published(values: Float, taps: Float, threshold: float) -> list[int]:
    """Schrauwen & Van Campenhout (2003): the two sums of absolute errors, one sample after the other."""
    left, spikes = values.copy(), []
    for row in range(len(left)):
        window = left[row : row + len(taps)]
        h = taps[: len(window)]
        fires = np.abs(window - h).sum() <= np.abs(window).sum() - threshold * h.sum()
        if fires:
            left[row : row + len(taps)] -= h
        spikes.append(int(fires))
    return spikes


@given(SEEDS, st.integers(1, 80), st.integers(1, 20), st.floats(0.0, 0.99))
def test_bsa_is_the_published_algorithm(seed: int, rows: int, n_taps: int, threshold: float) -> None:
    values = walk(seed, rows, 0.2, channels=2)
    taps = np.random.default_rng(seed).random(n_taps) + 0.01
    encoder = enc.BSA(taps=taps, threshold=threshold)
    spikes = encoder.encode(values, float(rows))
    for channel in range(2):
        expected = bsa_as_published(values[:, channel], taps / taps.sum(), threshold)
        found = np.bincount(np.rint(spikes.train(channel)).astype(int) - 1, minlength=rows)
        assert found.tolist() == expected


@given(SEEDS, st.integers(1, 120), st.integers(1, 30), st.floats(0.0, 0.99))
def test_the_mean_error_of_bsa_is_within_its_bound(
    seed: int, rows: int, n_taps: int, threshold: float
) -> None:
    rng = np.random.default_rng(seed)
    values = [walk(seed, rows, 0.1, 2), rng.random((rows, 2)), np.full((rows, 2), rng.random())][seed % 3]
    low, high = -3.0, 5.0
    values = low + (high - low) * values
    encoder = enc.BSA(low=low, high=high, n_taps=n_taps, threshold=threshold)
    decoded = encoder.decode(encoder.encode(values, float(rows)), rows)
    error = np.abs(decoded - values)
    assert np.all(error.mean(axis=0) <= encoder.mean_error(values, decoded))
    assert np.all(error <= encoder.max_error(float(rows), rows))


def wave_of(t: Float) -> Float:
    return np.asarray(0.5 + 0.4 * np.sin(2.0 * np.pi * t / np.array([50.0, 333.0])))


LONG = {
    "noise": lambda t, rng: rng.random((len(t), 2)),
    "a wave with noise": lambda t, rng: np.clip(wave_of(t) + 0.05 * rng.standard_normal((len(t), 2)), 0, 1),
    "a wave": lambda t, rng: wave_of(t),
    "a constant": lambda t, rng: np.full((len(t), 2), 0.37),
    "silence after noise": lambda t, rng: np.where(t < len(t) // 3, rng.random((len(t), 2)), 0.0),
}


@pytest.mark.parametrize("name", LONG)
def test_bsa_of_a_long_signal_is_the_published_algorithm(name: str) -> None:
    """Long enough for 35 blocks of 64 filters; whole, and in pieces of which the last is as long."""
    rows = 35 * 64 * 4 + 117
    values = LONG[name](np.arange(rows)[:, None], np.random.default_rng(8))
    encoder = enc.BSA(taps=[1.0, 3.0, 2.0, 1.0], threshold=0.8)
    spikes = encoder.encode(values, float(rows))
    for channel in range(2):
        expected = bsa_as_published(values[:, channel], encoder.filter, 0.8)
        found = np.bincount(np.rint(spikes.train(channel)).astype(int) - 1, minlength=rows)
        assert found.tolist() == expected
    stream = encoder.stream(2, 1.0)
    parts = [stream.push(part) for part in np.split(values, [7, 8, 100])]
    assert enc.SpikeTrains.joined([*parts, stream.finish()]) == spikes


def test_bsa_decodes_by_convolution_with_its_filter() -> None:
    encoder = enc.BSA(n_taps=7)
    spikes = enc.SpikeTrains([3.0, 4.0, 19.0], [0, 0, 0], 1, 20.0)
    impulses = np.zeros(20)
    impulses[[2, 3, 18]] = 1.0
    expected = np.convolve(impulses, encoder.filter)[:20]
    np.testing.assert_allclose(encoder.decode(spikes, 20)[:, 0], expected, atol=1e-15)
    assert encoder.filter.sum() == pytest.approx(1.0)


@given(SEEDS, st.integers(1, 50))
def test_clamps_are_composed_as_they_are_applied_one_by_one(seed: int, rows: int) -> None:
    rng = np.random.default_rng(seed)
    bounds = np.sort(rng.integers(-5, 6, (2, rows, 3)), axis=0)
    start = rng.integers(-9, 10, (1, 3))
    now, expected = start[0], []
    for row in range(rows):
        now = np.minimum(np.maximum(now, bounds[0, row]), bounds[1, row])
        expected.append(now)
    np.testing.assert_array_equal(clamped(bounds[0], bounds[1], start), expected)


@given(SEEDS, st.integers(1, 50), st.floats(0.0, 1.0))
def test_a_decaying_sum_is_its_recursion(seed: int, rows: int, decay: float) -> None:
    inputs = np.random.default_rng(seed).standard_normal((rows, 2))
    now, expected = np.zeros(2), []
    for row in range(rows):
        now = decay * now + inputs[row]
        expected.append(now)
    np.testing.assert_allclose(decaying_sum(inputs, decay), expected, atol=1e-12)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: enc.Delta(threshold=0.0), r"Delta\.threshold: must be > 0 and <= 1 \(got 0"),
        (lambda: enc.StepForward(start=1.5), r"StepForward\.start: must be >= 0 and <= 1"),
        (lambda: enc.MovingWindow(window=0), r"MovingWindow\.window: must be >= 1"),
        (lambda: enc.MovingWindow(window=2.5), r"MovingWindow\.window: expected a whole number"),
        (lambda: enc.BSA(threshold=1.0), r"BSA\.threshold: must be >= 0 and < 1"),
        (lambda: enc.BSA(taps=[0.5, -0.1]), r"BSA\.taps\[1\]: must be >= 0"),
        (lambda: enc.BSA(taps=[0.0, 0.0]), r"BSA\.taps: expected at least one tap > 0"),
        (lambda: enc.BSA(taps=[]), r"BSA\.taps: expected at least one tap > 0"),
        (lambda: enc.BSA(taps=np.ones((2, 2))), r"BSA\.taps: expected a 1-D array"),
    ],
)
def test_parameters_that_do_not_fit_are_named(build: object, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        build()  # type: ignore[operator]


def test_a_mean_error_of_two_shapes_is_an_error() -> None:
    with pytest.raises(ParameterError, match=r"decoded: expected shape \(3, 2\), as values \(got \(2, 2\)\)"):
        enc.BSA().mean_error(np.zeros((3, 2)), np.zeros((2, 2)))

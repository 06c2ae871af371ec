"""A signal in pieces, or as one of many samples, has the spikes of the signal encoded whole and alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pysnn import encoders as enc
from pysnn.encoders import SpikeTrains
from pysnn.errors import ParameterError

NAMES = sorted(enc.Encoder.registry)
STEP = 60.0  # ms a row, in which every encoder's default fits
GRIDS = st.sampled_from([None, 0.1, 0.25])


def encoder_of(name: str, grid: float | None) -> enc.Encoder:
    return enc.get(name)(low=-1.0, high=3.0, resolution=grid)


@st.composite
def contours(draw: st.DrawFn) -> np.ndarray:
    """Noise, ramps and steps: what moves little, much, and not at all, ends of the range included."""
    rows, channels = draw(st.integers(1, 24)), draw(st.integers(1, 4))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    noise = rng.random((rows, channels))
    ramp = np.abs(np.mod(np.arange(rows)[:, None] * rng.random(channels) * 0.3, 2.0) - 1.0)
    steps = np.floor(noise * 3.0) / 2.0
    shape = [noise, ramp, np.minimum(steps, 1.0), np.full_like(noise, draw(st.floats(0.0, 1.0)))]
    return np.clip(-1.0 + 4.0 * shape[draw(st.integers(0, 3))], -1.0, 3.0)


@pytest.mark.parametrize("name", NAMES)
@given(contours(), GRIDS, st.data())
def test_a_signal_in_pieces_has_the_spikes_of_the_whole(
    name: str, values: np.ndarray, grid: float | None, data: st.DataObject
) -> None:
    """To the last bit: no piece's spike depends on where the signal is cut."""
    encoder, rows = encoder_of(name, grid), len(values)
    cuts = sorted(data.draw(st.sets(st.integers(1, rows), max_size=6)) | {rows})
    stream = encoder.stream(values.shape[1], STEP, seed=5, sample=9)
    parts, begin = [], 0
    for end in cuts:
        parts.append(stream.push(values[begin:end]))
        assert stream.time == pytest.approx(end * STEP)
        begin = end
    parts.append(stream.finish())
    whole = encoder.encode(values, rows * STEP, seed=5, sample=9)
    pieces = SpikeTrains.joined(parts)
    np.testing.assert_array_equal(np.minimum(pieces.times, whole.duration), whole.times)
    np.testing.assert_array_equal(pieces.indices, whole.indices)


@pytest.mark.parametrize("name", NAMES)
@given(contours(), GRIDS)
def test_a_sample_has_the_same_spikes_wherever_it_comes(
    name: str, values: np.ndarray, grid: float | None
) -> None:
    encoder, rows = encoder_of(name, grid), len(values)
    length, pause = rows * STEP, 30.0
    samples = np.stack([values[::-1], values, 1.0 - 0.5 * values, values])
    run = encoder.encode_samples(samples, length, seed=3, samples=[4, 2**63 + 1, 0, 2**63 + 1], pause=pause)
    alone = encoder.encode(values, length, seed=3, sample=2**63 + 1)
    for at in (1, 3):
        start = at * (length + pause)
        inside = (run.times > start) & (run.times <= start + length)
        np.testing.assert_allclose(run.times[inside] - start, alone.times, atol=1e-9)
        # Two spikes closer than the run's clock can tell may change places.
        assert sorted(run.indices[inside]) == sorted(alone.indices)


@pytest.mark.parametrize("name", NAMES)
@given(contours(), GRIDS)
def test_samples_decode_to_what_each_decodes_to_alone(
    name: str, values: np.ndarray, grid: float | None
) -> None:
    encoder, rows = encoder_of(name, grid), len(values)
    samples = np.stack([values, values[::-1], 1.0 - 0.5 * values])
    run = encoder.encode_samples(samples, rows * STEP, seed=3, pause=30.0)
    decoded = encoder.decode_samples(run, 3, rows, pause=30.0)
    assert decoded.shape == samples.shape
    for k in range(3):
        spikes = encoder.encode(samples[k], rows * STEP, seed=3, sample=k)
        # Without a grid a spike closer to a border than the run's clock can tell may fall to the next row.
        from_border = np.abs(spikes.times / STEP - np.round(spikes.times / STEP))
        assume(grid is not None or not np.any((from_border > 0.0) & (from_border < 1e-9)))
        np.testing.assert_allclose(decoded[k], encoder.decode(spikes, rows), atol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_a_range_for_each_channel_holds_for_every_sample(name: str) -> None:
    low, high = np.array([0.0, 50.0, -2.0]), np.array([1.0, 450.0, 2.0])
    encoder = enc.get(name)(low=low, high=high)
    values = low + (high - low) * np.random.default_rng(2).random((5, 3))
    run = encoder.encode_samples(values, STEP, seed=1)
    for k in range(5):
        alone = encoder.encode(values[k], STEP, seed=1, sample=k)
        inside = (run.times > k * STEP) & (run.times <= (k + 1) * STEP)
        np.testing.assert_allclose(run.times[inside] - k * STEP, alone.times, atol=1e-9)


def test_draws_differ_between_samples_channels_and_seeds() -> None:
    encoder = enc.PoissonRate(rate_high=200.0)
    values = np.full(3, 1.0)
    trains = [
        encoder.encode(values, 400.0, seed=seed, sample=sample).train(channel).tobytes()
        for seed in (0, 1, 2**64 - 1)
        for sample in (0, 1, 2**64 - 1)
        for channel in range(3)
    ]
    assert len(set(trains)) == len(trains)


def test_a_channel_has_the_same_draws_beside_others() -> None:
    encoder = enc.PoissonRate(rate_high=200.0)
    alone = encoder.encode([0.7], 400.0, seed=1)
    beside = encoder.encode([0.7, 0.1, 0.9], 400.0, seed=1)
    assert alone.times.tolist() == beside.train(0).tolist()


def test_misuse_of_streams_and_samples_is_named() -> None:
    encoder = enc.RegularRate(resolution=0.1)
    with pytest.raises(ParameterError, match=r"RegularRate\.stream: step: must be a multiple of resolution"):
        encoder.stream(2, 0.25)
    with pytest.raises(ParameterError, match=r"stream: channels: must be >= 1 \(got 0\)"):
        encoder.stream(0, 1.0)
    with pytest.raises(ParameterError, match=r"PoissonRate\.stream: draws at random; expected seed="):
        enc.PoissonRate().stream(1, 1.0)
    stream = encoder.stream(2, 1.0)
    with pytest.raises(ParameterError, match="expected at least one row before"):
        stream.finish()
    with pytest.raises(ParameterError, match=r"push: expected 2 channels \(got 3\)"):
        stream.push(np.zeros((4, 3)))
    with pytest.raises(ParameterError, match=r"push: values must be of shape \(n_times, n\)"):
        stream.push(np.zeros(2))
    with pytest.raises(ParameterError, match=r"push: values\[1, 0\] must be >= low"):
        stream.push([[0.5, 0.5], [np.nan, 0.5]])
    assert stream.time == 0.0  # what was refused was not taken
    stream.push([[0.5, 0.5]])
    stream.finish()
    for again in (stream.finish, lambda: stream.push([[0.5, 0.5]])):
        with pytest.raises(ParameterError, match="the stream is finished"):
            again()
    with pytest.raises(ParameterError, match=r"values must be of shape \(m, n\) or \(m, n_times, n\)"):
        encoder.encode_samples([0.5, 0.5], 10.0)
    with pytest.raises(ParameterError, match=r"samples: expected 2 numbers, one a sample \(got 3\)"):
        encoder.encode_samples([[0.5], [0.5]], 10.0, samples=[1, 2, 3])
    with pytest.raises(ParameterError, match=r"values\[1, 0\] must be .* \(got .*2\.0.*1 of 2"):
        encoder.encode_samples([[0.5], [2.0]], 10.0)
    with pytest.raises(ParameterError, match=r"encode_samples: duration \+ pause: must be a multiple"):
        encoder.encode_samples([[0.5], [0.5]], 10.0, pause=0.25)
    with pytest.raises(ParameterError, match="sample: must be >= 0"):
        encoder.encode([0.5], 10.0, sample=-1)
    with pytest.raises(ParameterError, match="pause: must leave time for 3 samples"):
        encoder.decode_samples(encoder.encode([0.5], 10.0), 3, pause=20.0)
    with pytest.raises(ParameterError, match=r"duration must be >= resolution = 0\.1 ms"):
        encoder.encode([0.5], 0.05)

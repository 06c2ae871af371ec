"""SpikeTrains: order, bounds, and putting trains beside or after one another."""

from __future__ import annotations

import numpy as np
import pytest

from pysnn import encoders
from pysnn.encoders import SpikeTrains
from pysnn.errors import ParameterError


def trains(times: list[float], indices: list[int], n: int = 3, duration: float = 10.0) -> SpikeTrains:
    return SpikeTrains(np.array(times, float), np.array(indices, int), n, duration)


def test_spikes_are_sorted_by_time_then_index() -> None:
    spikes = trains([5.0, 1.0, 5.0], [2, 1, 0])
    assert spikes.times.tolist() == [1.0, 5.0, 5.0]
    assert spikes.indices.tolist() == [1, 0, 2]
    assert spikes.train(0).tolist() == [5.0]
    assert spikes.counts().tolist() == [1, 1, 1]
    assert len(spikes) == 3


def test_spike_trains_cannot_be_changed() -> None:
    spikes = trains([5.0], [0])
    with pytest.raises(ValueError, match="read-only"):
        spikes.times[0] = 3.0
    with pytest.raises(AttributeError):
        spikes.n = 5  # type: ignore[misc]


def test_beside_numbers_the_trains_of_the_second_after_the_first() -> None:
    both = SpikeTrains.beside([trains([1.0], [2]), trains([0.5], [1], n=2, duration=20.0)])
    assert (both.n, both.duration) == (5, 20.0)
    assert both.train(2).tolist() == [1.0]
    assert both.train(4).tolist() == [0.5]


def test_one_after_another_shifts_by_durations_and_pauses() -> None:
    run = SpikeTrains.one_after_another([trains([1.0], [0]), trains([2.0], [1])], pause=5.0)
    assert run.times.tolist() == [1.0, 17.0]
    assert run.duration == 25.0
    assert trains([1.0], [0]).shifted(4.0) == trains([5.0], [0], duration=14.0)


@pytest.mark.parametrize(
    ("times", "indices", "message"),
    [
        ([1.0], [3], r"indices\[0\]: must be >= 0 and < 3 \(got 3\)"),
        ([1.0], [-1], r"indices\[0\]"),
        ([1.0, 2.0], [0], r"same length \(got 2 and 1\)"),
        ([11.0], [0], r"times\[0\].*<= 10 ms"),
        ([-1.0], [0], r"times\[0\]"),
        ([float("nan")], [0], r"times\[0\]"),
    ],
)
def test_what_does_not_fit_is_named(times: list[float], indices: list[int], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        trains(times, indices)


def test_indices_must_be_whole_numbers() -> None:
    with pytest.raises(ParameterError, match="whole numbers"):
        SpikeTrains(np.array([1.0]), np.array([0.5]), 3, 10.0)  # type: ignore[arg-type]


def test_parts_must_have_the_same_trains_to_follow_each_other() -> None:
    with pytest.raises(ParameterError, match=r"parts\[1\] must have 3 trains \(got 2\)"):
        SpikeTrains.one_after_another([trains([], []), trains([], [], n=2)])
    with pytest.raises(ParameterError, match="at least one"):
        SpikeTrains.beside([])


@pytest.mark.parametrize(
    "encoder",
    [
        encoders.PWM(period=10.0, resolution=0.1),
        encoders.Latency(t_max=9.9, resolution=0.1),
        encoders.RegularRate(rate_high=200.0, resolution=0.1),
        encoders.StepForward(threshold=0.1, resolution=0.1),
        # Without a grid: what comes at ends of rows, or at given times after them.
        encoders.MovingWindow(threshold=0.1),
        encoders.RankOrder(t_min=0.1, gap=0.3),
        encoders.BitPWM(n_bits=2, period=2.0, one=0.75, zero=0.25, tau=1.0),
    ],
    ids=lambda encoder: type(encoder).__name__,
)
def test_times_are_the_decimals_that_they_are_meant_to_be(encoder: encoders.Encoder) -> None:
    """k / 10 is the double nearest to the decimal, and k * 0.1 at the third of late times another."""
    values = np.random.default_rng(1).random((1000, 2))
    for spikes in (
        encoder.encode(values, duration=10_000.0),
        encoder.encode_samples(values.reshape(100, 10, 2), duration=100.0, pause=0.3),
        SpikeTrains.one_after_another([encoder.encode(values[:50], duration=500.0)] * 20, 0.7),
        encoder.encode(values[:50], duration=500.0).shifted(8192.3),
    ):
        steps = np.rint(spikes.times * 10.0)
        assert len(steps) > 0
        assert np.array_equal(spikes.times, steps / 10.0)

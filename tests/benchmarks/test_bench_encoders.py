"""Encoding and decoding 1,000 channels of a second, sampled each 10 ms, by every encoder; the front ends."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import pytest
from numpy.typing import NDArray
from pytest_benchmark.fixture import BenchmarkFixture

from pysnn.encoders import Gammatone, OnOff, base, get

Contours: TypeAlias = "NDArray[np.float64]"
CHANNELS, SAMPLES, DURATION = 1000, 100, 1000.0
# What must fit into a sample of 10 ms.
PARAMETERS: dict[str, dict[str, float]] = {
    "Latency": {"t_max": 9.0},
    "Population": {"t_max": 9.0},
    "Burst": {"t_max": 4.0, "t_min": 1.0},
    "RankOrder": {"gap": 0.008},
    "BitPWM": {"period": 5.0, "tau": 2.5},
}
NAMES = sorted(base.Encoder.registry)


@pytest.fixture
def contours() -> Contours:
    phase = np.random.default_rng(1).uniform(0.0, 2.0 * np.pi, CHANNELS)
    t = np.arange(SAMPLES)[:, None] / SAMPLES
    return 0.5 + 0.45 * np.sin(2.0 * np.pi * 2.0 * t + phase)


@pytest.mark.benchmark(group="encode 1,000 channels x 100 samples")
@pytest.mark.parametrize("name", NAMES)
def test_encode(benchmark: BenchmarkFixture, name: str, contours: Contours) -> None:
    encoder = get(name)(**PARAMETERS.get(name, {}))
    spikes = benchmark.pedantic(encoder.encode, args=(contours, DURATION, 7), rounds=5, warmup_rounds=1)
    benchmark.extra_info["spikes"] = len(spikes)
    assert len(spikes) > 0


@pytest.mark.benchmark(group="decode 1,000 channels x 100 samples")
@pytest.mark.parametrize("name", NAMES)
def test_decode(benchmark: BenchmarkFixture, name: str, contours: Contours) -> None:
    encoder = get(name)(**PARAMETERS.get(name, {}))
    spikes = encoder.encode(contours, DURATION, 7)
    values = benchmark.pedantic(encoder.decode, args=(spikes, SAMPLES), rounds=5, warmup_rounds=1)
    assert values.shape == contours.shape


@pytest.mark.benchmark(group="encode 1,000 channels x 100 samples in 20 pieces")
@pytest.mark.parametrize("name", NAMES)
def test_stream(benchmark: BenchmarkFixture, name: str, contours: Contours) -> None:
    encoder = get(name)(**PARAMETERS.get(name, {}))

    def in_pieces() -> int:
        stream = encoder.stream(CHANNELS, DURATION / SAMPLES, 7)
        parts = [stream.push(piece) for piece in np.split(contours, 20)]
        return sum(len(part) for part in (*parts, stream.finish()))

    assert benchmark.pedantic(in_pieces, rounds=5, warmup_rounds=1) > 0


@pytest.mark.benchmark(group="encode 1,000,000 samples of one channel")
@pytest.mark.parametrize(
    "name", ["BSA", "Delta", "StepForward", "MovingWindow", "PWM", "RegularRate", "PoissonRate"]
)
def test_a_long_signal(benchmark: BenchmarkFixture, name: str) -> None:
    rows = 1_000_000
    noise = 0.02 * np.random.default_rng(1).standard_normal(rows)
    signal = np.clip(0.5 + 0.45 * np.sin(2.0 * np.pi * np.arange(rows) / 100.0) + noise, 0.0, 1.0)[:, None]
    encoder = get(name)()
    spikes = benchmark.pedantic(encoder.encode, args=(signal, float(rows), 7), rounds=3, warmup_rounds=1)
    benchmark.extra_info["spikes"] = len(spikes)
    assert len(spikes) > 0


@pytest.mark.benchmark(group="front ends")
def test_sound_of_ten_seconds(benchmark: BenchmarkFixture) -> None:
    bank = Gammatone(16000.0, n_bands=32)
    sound = np.random.default_rng(1).uniform(-1.0, 1.0, 160_000)
    values = benchmark.pedantic(bank.values, args=(sound,), rounds=3, warmup_rounds=1)
    assert values.shape == (1000, 32)


@pytest.mark.benchmark(group="front ends")
def test_a_thousand_images(benchmark: BenchmarkFixture) -> None:
    cells = OnOff(28, 28)
    images = np.random.default_rng(1).random((1000, 28, 28))
    values = benchmark.pedantic(cells.values, args=(images,), rounds=3, warmup_rounds=1)
    assert values.shape == (1000, 2 * 28 * 28)

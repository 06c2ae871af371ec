"""Encoding and decoding 1,000 channels of a second, sampled each 10 ms, by every encoder."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import pytest
from numpy.typing import NDArray
from pytest_benchmark.fixture import BenchmarkFixture

from pysnn.encoders import base, get

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

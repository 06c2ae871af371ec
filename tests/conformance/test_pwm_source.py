"""The pulse-width modulated source against the encoder of the same name."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import pysnn as snn

from .test_sources import record

DUTY = np.array([0.0, 0.123, 0.5, 0.7071, 1.0])


def test_it_fires_as_the_encoder_does(backend: str) -> None:
    dt = None if backend == "event" else 0.1
    encoder = snn.encoders.PWM(low=-2.0, high=6.0, period=8.0, guard=0.1, resolution=dt)
    trains = encoder.encode(-2.0 + 8.0 * DUTY, 80.0)
    spikes = record(backend, len(DUTY), snn.PWM(DUTY, period=8.0, guard=0.1), 80.0)
    assert spikes.count == 10 * len(DUTY)
    for ours, theirs in zip(
        spikes.trains(), (np.sort(trains.times[trains.indices == k]) for k in range(5)), strict=True
    ):
        assert ours == pytest.approx(theirs, abs=1e-9)


def test_a_decoder_reads_the_duty_off_a_running_source(backend: str) -> None:
    dt = None if backend == "event" else 0.1
    encoder = snn.encoders.PWM(period=5.0, resolution=dt)
    spikes = record(backend, len(DUTY), snn.PWM(DUTY, period=5.0), 50.0)
    trains = snn.encoders.SpikeTrains(np.asarray(spikes.t), np.asarray(spikes.i), len(DUTY), 50.0)
    assert np.abs(encoder.decode(trains) - DUTY).max() <= encoder.max_error(50.0) + 1e-9


def test_a_phase_begins_the_carrier_within_its_period(backend: str) -> None:
    # by hand, with guard 0.25 and period 6: (0.5 + 0.25) / 1.5 = 1/2 of the period, less the phase
    phase = np.array([0.0, 0.25, 0.5, 0.75])
    spikes = record(backend, 4, snn.PWM(0.5, period=6.0, phase=phase, guard=0.25), 18.0)
    expected = [[3.0, 9.0, 15.0], [1.5, 7.5, 13.5], [6.0, 12.0, 18.0], [4.5, 10.5, 16.5]]
    for train, times in zip(spikes.trains(), expected, strict=True):
        assert list(train) == pytest.approx(times, abs=1e-9)


def test_a_period_off_the_grid_is_an_error_on_steps_unless_rounding_is_asked_for() -> None:
    source = snn.PWM(0.5, period=5.04)
    with pytest.raises(snn.OffGridError, match=r"source 's': PWM\.period: 5\.04 ms is no multiple of dt"):
        record("clock", 1, source, 10.0)
    assert list(record("clock", 1, source, 10.0, off_grid="round").t) == pytest.approx([2.5, 7.5], abs=1e-9)
    assert list(record("event", 1, source, 10.0).t) == pytest.approx([2.52, 7.56], abs=1e-9)


def test_a_step_too_coarse_for_the_guard_is_refused() -> None:
    # 2 * 4 * 0.05 / 1.1 = 0.3636
    with pytest.raises(snn.ParameterError, match=r"needs dt < 2 period guard / \(1 \+ 2 guard\) = 0\.3636"):
        record("clock", 1, snn.PWM(0.5, period=4.0), 10.0, dt=0.5)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: snn.PWM(1.5), r"PWM\.duty: must be >= 0 and <= 1 \(got 1\.5\)"),
        (lambda: snn.PWM([0.5, np.nan]), r"PWM\.duty\[1\]: must be >= 0 and <= 1"),
        (lambda: snn.PWM(0.5, phase=1.0), r"PWM\.phase: must be >= 0 and < 1"),
        (lambda: snn.PWM(0.5, period=0.0), r"PWM\.period: must be >= 1e-06 ms"),
        (lambda: snn.PWM(0.5, guard=0.0), r"PWM\.guard: must be > 0 and <= 1"),
        (
            lambda: snn.Network(seed=1).source("s", 3, snn.PWM(0.5, phase=[0.0, 0.1])),
            r"source 's': PWM\.phase has 2 entries for 3 sources",
        ),
    ],
)
def test_impossible_carriers_are_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(snn.ParameterError, match=message):
        make()

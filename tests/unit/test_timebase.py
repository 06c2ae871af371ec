"""One conversion between ms and ticks for every engine and for what is read."""

from __future__ import annotations

import numpy as np
import pytest

import pysnn as snn
from pysnn.base.timebase import TimeBase


@pytest.mark.parametrize("per_ms", [1, 2, 10, 100, 1000])
def test_times_of_steps_are_the_doubles_nearest_to_the_decimals(per_ms: int) -> None:
    """k / 10 is correctly rounded (IEEE 754) and k * 0.1 is not."""
    grid = TimeBase(1.0 / per_ms, grid=True)
    ticks = np.arange(2000)
    expected = [tick / per_ms for tick in range(2000)]
    assert grid.ms(ticks).tolist() == expected
    assert [grid.ms_of(tick) for tick in range(2000)] == expected
    assert grid.ticks(np.array(expected)).tolist() == ticks.tolist()
    assert [grid.tick(ms, "t") for ms in expected] == ticks.tolist()
    assert [grid.snap(ms, "t") for ms in expected] == expected


def test_continuous_time_has_ticks_of_1e_minus_12_ms() -> None:
    continuous = TimeBase(0.1, grid=False)
    assert continuous.unit == 1e-12
    assert continuous.ms_of(1_500_000_000_000) == 1.5
    assert continuous.tick(1.5, "t") == 1_500_000_000_000


def test_a_time_off_the_grid_is_refused_by_name_or_rounded() -> None:
    for convert in (TimeBase(0.1, grid=True).tick, TimeBase(0.1, grid=True).snap):
        with pytest.raises(snn.OffGridError, match=r"end: 0\.34 ms is no multiple of dt = 0\.1 ms"):
            convert(0.34, "end")
    rounds = TimeBase(0.1, grid=True, rounds=True)
    assert (rounds.tick(0.34, "end"), rounds.snap(0.34, "end")) == (3, 0.3)

"""Recorded data: trains, counts and rates from flat arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pysnn as snn
from pysnn.backends import StoredBlock
from pysnn.backends._synapse_list import ordinals


@pytest.fixture
def spikes() -> snn.SpikeData:
    t = np.array([1.0, 2.0, 2.0, 5.0, 10.0])
    i = np.array([3, 0, 3, 1, 3], np.uint32)
    return snn.SpikeData(t, i, 4, 10.0, name="c")


def test_trains_are_the_times_of_each_neuron(spikes: snn.SpikeData) -> None:
    assert spikes.train(3).tolist() == [1.0, 2.0, 10.0]
    assert spikes.train(2).tolist() == []
    assert [train.tolist() for train in spikes.trains()] == [[2.0], [5.0], [], [1.0, 2.0, 10.0]]
    assert (spikes.count, len(spikes)) == (5, 5)


def test_rates_are_counts_by_time(spikes: snn.SpikeData) -> None:
    assert spikes.counts().tolist() == [1, 1, 0, 3]
    assert spikes.rate() == pytest.approx(5 / 4 / 0.010)
    assert spikes.rates() == pytest.approx([100.0, 100.0, 0.0, 300.0])
    assert spikes.rate(2.0, 10.0) == pytest.approx(2 / 4 / 0.008)  # (2, 10]: 5 and 10 are in, both 2 are not
    assert spikes.counts(0.0, 2.0).tolist() == [1, 0, 0, 2]


def test_a_part_counts_its_own_neurons_alone() -> None:
    part = snn.SpikeData(
        np.array([1.0, 2.0]), np.array([7, 5], np.uint32), 10, 20.0, indices=np.array([7, 2, 5], np.uint32)
    )
    assert [train.tolist() for train in part.trains()] == [[1.0], [], [2.0]]
    assert part.counts().tolist() == [1, 0, 1]
    assert part.rate() == pytest.approx(2 / 3 / 0.020)
    with pytest.raises(snn.OutOfRangeError, match="neuron 3 is not among the 3 recorded"):
        part.train(3)


@pytest.mark.parametrize("window", [(5.0, 5.0), (0.0, 10.5), (-1.0, 5.0), (6.0, 5.0)])
def test_a_window_lies_inside_what_was_recorded(spikes: snn.SpikeData, window: tuple[float, float]) -> None:
    with pytest.raises(snn.ParameterError):
        spikes.rate(*window)


def test_no_time_has_no_rate() -> None:
    empty = snn.SpikeData(np.empty(0), np.empty(0, np.uint32), 3, 0.0)
    assert [len(train) for train in empty.trains()] == [0, 0, 0]
    with pytest.raises(snn.ParameterError, match="0 <= start < stop <= 0 ms"):
        empty.rate()


@given(st.lists(st.tuples(st.floats(0.1, 99.0), st.integers(0, 9)), max_size=60))
def test_trains_hold_every_spike_once(events: list[tuple[float, int]]) -> None:
    events.sort()
    t, i = np.array([e[0] for e in events]), np.array([e[1] for e in events], np.uint32)
    data = snn.SpikeData(t, i, 10, 100.0)
    again = sorted((time, who) for who, train in enumerate(data.trains()) for time in train)
    assert again == events
    assert data.counts().sum() == len(events)
    assert data.rates().mean() == pytest.approx(data.rate())


def test_data_does_not_touch_the_arrays_it_was_given() -> None:
    t = np.array([1.0, 2.0])
    data = snn.SpikeData(t, np.array([0, 1], np.uint32), 2, 5.0)
    t[0] = 3.0  # still writable
    with pytest.raises(ValueError, match="read-only"):
        data.t[0] = 1.0


def test_a_trace_is_the_column_of_its_neuron() -> None:
    values = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    data = snn.StateData(np.arange(3.0), values, np.array([8, 2], np.uint32), "c.v", "mV")
    assert data.trace(2).tolist() == [2.0, 4.0, 6.0]
    assert len(data) == 3
    with pytest.raises(snn.OutOfRangeError, match=r"neuron 0 is not among the 2 recorded of c\.v"):
        data.trace(0)


def test_ordinals_count_the_synapses_of_a_pair() -> None:
    i = np.array([0, 0, 0, 0, 1, 1, 2], np.uint32)
    j = np.array([1, 1, 1, 2, 2, 2, 2], np.uint32)
    assert ordinals(i, j).tolist() == [0, 1, 2, 0, 0, 1, 0]
    assert ordinals(i[:0], j[:0]).tolist() == []


# row 0: run of delay 3 with targets 0, 2; row 1: nothing; row 2: delay 1 with target 1, delay 4 with 0, 1
STORED: dict[str, Any] = {
    "row_run": np.array([0, 1, 1, 3], np.uint32),
    "run_begin": np.array([0, 2, 3, 5], np.uint32),
    "run_delay": np.array([3, 1, 4], np.uint16),
    "target": np.array([0, 2, 1, 0, 1], np.uint16),
    "weight": np.arange(5.0),
    "constant": False,
    "row_base": 100,
    "target_begin": 16,
    "target_end": 20,
    "member_begin": 0,
    "member_end": 4,
    "synapses": 5,
}


def test_a_stored_block_shows_of_shared_rows_its_projections_part() -> None:
    arrays = {
        **STORED,
        "member_begin": 1,
        "member_end": 3,
        "synapses": 3,
        "read_weight": lambda: np.arange(5.0),
    }
    del arrays["weight"]
    block = StoredBlock(arrays, 0.1)
    assert len(block) == 3
    assert block.i().tolist() == [100, 102, 102]
    assert block.j().tolist() == [17, 16, 16]
    assert block.delay().tolist() == [0.3, 0.1, 0.4]
    assert block.weight.tolist() == [1.0, 2.0, 4.0]


def test_a_stored_block_unfolds_bitmaps_and_repeated_pairs() -> None:
    """Run 0: targets 0, 2, 2; run 1: target 65; run 2: none."""
    words = np.array([[0b101, 0], [0, 0b10], [0, 0]], np.uint64)
    arrays = {
        **STORED,
        "row_run": np.arange(4, dtype=np.uint32),
        "run_begin": np.array([0, 3, 4, 4], np.uint32),
        "bits": words.ravel(),
        "target": np.array([2], np.uint16),
        "extra": np.array([0, 1, 1, 1], np.uint32),
        "weight": np.array([0.5]),
        "constant": True,
        "member_end": 128,
        "synapses": 4,
    }
    block = StoredBlock(arrays, 0.1)
    assert block.i().tolist() == [100, 100, 100, 101]
    assert block.j().tolist() == [16, 18, 18, 81]
    assert block.delay().tolist() == [0.3, 0.3, 0.3, 0.1]


def test_a_stored_block_unfolds_its_rows_and_runs() -> None:
    block = StoredBlock(STORED, 0.1)
    assert block.i().tolist() == [100, 100, 102, 102, 102]
    assert block.j().tolist() == [16, 18, 17, 16, 17]
    assert block.delay().tolist() == [0.3, 0.3, 0.1, 0.4, 0.4]  # the doubles nearest to the decimals
    assert np.shares_memory(block.weight, STORED["weight"])


def test_a_rate_of_a_recording_of_0_ms_says_that_nothing_ran() -> None:
    net = snn.Network(seed=1)
    probe = net.probe(net.population("a", 3, snn.LIF()), "spikes")
    fired = snn.Simulation(net).data[probe]
    for ask in (fired.rate, fired.rates, fired.counts):
        with pytest.raises(snn.ParameterError, match="nothing ran yet: run the simulation first"):
            ask()
    assert fired.trains()[0].size == fired.train(2).size == fired.rows.size == 0

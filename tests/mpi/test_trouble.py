"""What goes wrong on one rank is an error on all of them, at once, and none waits for another for ever."""

from __future__ import annotations

import functools
import itertools
import re

import pytest

from .launch import launch

pytestmark = pytest.mark.mpi

# How each case ends on rank 0 and on rank 1: a part of the message.
ENDS = {
    "one_log": ("^well", "^well"),
    "refused": ("^well", "^well"),
    "given_to_one_rank": ("^well", "^well"),
    "one_drives_with_one_delay": ("^well", "^well"),
    "heard_by_one_rank": ("^well", "^well"),
    "first_rank_s_log": ("^well", "^well"),
    "hot_neuron": (
        "^RankError: rank 1: .*neuron 63 fires without",
        "^ParameterError: .*neuron 63 fires without",
    ),
    "boundless_state": (
        "^RankError: rank 1: .*v of neuron 63 is no finite number",
        "^ParameterError: .*v of neuron 63 is no finite number",
    ),
    "failing_on_one": (
        "^RankError: set_state: rank 1: the disk is full .OSError",
        "^OSError: the disk is full",
    ),
    "after_it": (
        "^BrokenError: .*set_state.*the disk is full",
        "^BrokenError: .*set_state.*the disk is full",
    ),
    "other_networks": ("^ParameterError: .*same on all ranks", "^ParameterError: .*same on all ranks"),
    "other_threads": ("^ParameterError: .*same on all ranks", "^ParameterError: .*same on all ranks"),
    "other_calls": (
        "^RankError: .*rank 0: set_state, rank 1: set_weights",
        "^RankError: .*rank 0: set_state, rank 1: set_weights",
    ),
    "no_log": ("^LogError: .*no such folder", "^LogError: Simulation: rank 0: .*no such folder"),
    "no_communicator": (
        "^ParameterError: .*comm: expected a communicator",
        "^ParameterError: .*comm: expected",
    ),
    "no_part_of_it": ("^well", "^ParameterError: .*this process belongs to .got MPI.COMM_NULL"),
    "interrupted": ("^KeyboardInterrupt", "^KeyboardInterrupt"),
}


@functools.cache
def ends() -> dict[tuple[str, int], str]:
    ended = launch(2, "trouble.py", *ENDS, limit=200.0)
    if ended.code != 0:  # once, and not for each case again
        return dict.fromkeys(itertools.product(ENDS, (0, 1)), ended.error)
    (told,) = ended.told
    return {(case, rank): ends for rank, of_rank in enumerate(told) for case, ends in of_rank.items()}


@pytest.mark.parametrize("case", ENDS)
def test_all_ranks_hear_of_it(case: str) -> None:
    for rank, expected in enumerate(ENDS[case]):
        assert re.search(expected, ends()[case, rank]), ends()[case, rank]


@pytest.mark.parametrize("case", ["killed", "raises"])
def test_a_rank_that_dies_takes_the_others_with_it(case: str) -> None:
    ended = launch(2, "trouble.py", case)  # or it hung
    assert ended.code != 0
    assert not ended.told  # nobody came to an end of the run
    if case == "raises":
        assert "ValueError: a mistake of the program" in ended.error

"""The same bits on any number of ranks and threads, of everything that a simulation records and answers."""

from __future__ import annotations

import functools

import pytest

from .cases import CASES
from .launch import launch

pytestmark = pytest.mark.mpi


# Of four processes on two cores.
FEW = (
    "clock_learns",
    "event_learns",
    "clock_delays_of_a_rule",
    "event_rewired",
    "streamed",
    "trials",
    "saved",
)


@functools.cache
def alone(case: str) -> str:
    return CASES[case]({"threads": 1})


@functools.cache
def shared(ranks: int, threads: int, rows: str) -> dict[str, str]:
    """Digests of all cases: one start of so many processes is enough."""
    cases = FEW if ranks > 3 else tuple(CASES)
    ended = launch(ranks, "worker.py", str(threads), rows, *cases, limit=200.0)
    if ended.code != 0:  # once, and not for each case again
        return dict.fromkeys(cases, ended.error)
    return {line["case"]: line["digest"] for line in ended.told}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize(
    ("ranks", "threads", "rows"),
    [(1, 2, "present"), (2, 1, "all"), (2, 2, "by_size"), (3, 1, "present")],
)
def test_ranks_change_no_bit(ranks: int, threads: int, rows: str, case: str) -> None:
    assert shared(ranks, threads, rows)[case] == alone(case)


@pytest.mark.parametrize("case", FEW)
def test_nor_do_four_of_them(case: str) -> None:
    assert shared(4, 1, "all")[case] == alone(case)

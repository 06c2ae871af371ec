"""A sample of what ``nox -s fuzz`` tries: no crash, no hang, no number that is none, no foreign error."""

from __future__ import annotations

import pytest

from .supervisor import try_cases


@pytest.mark.parametrize(("kind", "count"), [("networks", 60), ("files", 60)])
def test_what_is_hostile_or_damaged_ends_in_a_result_or_in_an_error_of_ours(kind: str, count: int) -> None:
    # So many seconds bound the sample on a slow machine, where fewer are tried.
    outcomes = try_cases(kind, 0, count, seconds=15.0, bound=5.0)
    assert outcomes.faults == {}
    # Cases that all end in a refusal, or that are all harmless, would try little.
    counts = outcomes.counts
    if sum(counts.values()) == count:
        assert counts["result"] >= count / 5
        assert counts["refused"] >= count / 10


def test_learning_networks_come_to_the_same_bits_on_every_way() -> None:
    outcomes = try_cases("sequences", 0, 8, seconds=15.0, bound=30.0)
    assert outcomes.faults == {}
    assert outcomes.counts["result"] > 0

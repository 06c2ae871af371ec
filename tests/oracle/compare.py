"""Comparison of results, train by train."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .model import Result


def assert_same_spikes(
    got: Result, expected: Result, *, atol: float, names: Sequence[str] | None = None, least: int = 1
) -> None:
    """Every cell fires as often and at the same times; at least ``least`` spikes are compared."""
    compared = 0
    for name in names or expected.spikes:
        counts = [np.bincount(r.spikes[name][1]) if r.spikes[name][1].size else [] for r in (got, expected)]
        for i in range(max(len(c) for c in counts)):
            ours, theirs = got.train(name, i), expected.train(name, i)
            assert len(ours) == len(theirs), f"{name}[{i}] fired at {ours}, expected {theirs}"
            worst = np.abs(ours - theirs).max(initial=0.0)
            assert worst <= atol, f"{name}[{i}]: a spike is {worst} ms off"
            compared += len(ours)
    assert compared >= least, f"only {compared} spikes: the case shows nothing"


def assert_same_bits(a: Result, b: Result) -> None:
    """Spikes, weights, weight changes and sampled states are equal bit for bit."""
    assert a.spikes.keys() == b.spikes.keys()
    for name in a.spikes:
        assert np.array_equal(a.spikes[name][0], b.spikes[name][0]), f"spike times of {name}"
        assert np.array_equal(a.spikes[name][1], b.spikes[name][1]), f"spiking cells of {name}"
    for g, (mine, other) in enumerate(zip(a.weights, b.weights, strict=True)):
        assert np.array_equal(mine, other), f"weights of projection {g}"
    for g, (mine, other) in enumerate(zip(a.changes, b.changes, strict=True)):
        at = next((m for m, pair in enumerate(zip(mine, other, strict=False)) if pair[0] != pair[1]), None)
        where = f"first {mine[at]} and {other[at]}" if at is not None else f"{len(mine)} and {len(other)}"
        assert mine == other, f"changes of projection {g}: {where}"
    for name, states in a.states.items():
        for state, values in states.items():
            assert np.array_equal(values, b.states[name][state]), f"{state} of {name}"


def assert_same_weights(got: Result, expected: Result, *, atol: float) -> None:
    """Final weights agree, and so do the changes on the way to them."""
    for g, (ours, theirs) in enumerate(zip(got.weights, expected.weights, strict=True)):
        worst = np.abs(np.asarray(ours) - np.asarray(theirs)).max(initial=0.0)
        assert worst <= atol, f"projection {g}: a weight is {worst} off"
    for g, (ours, theirs) in enumerate(zip(got.changes, expected.changes, strict=True)):
        # two changes of one synapse at one instant (post and pre at a tie) may be logged as one
        a, b = ({(m, round(t, 6)): w for t, m, w in log} for log in (ours, theirs))
        moved = {key for key in b if key in a}
        assert a.keys() == b.keys(), f"projection {g}: changes at {sorted(a.keys() ^ b.keys())[:5]}"
        assert all(abs(a[key] - b[key]) <= atol for key in moved), f"projection {g}: a change is off"

"""Populations that hear each other at once, in feed-forward order: by delays of 0, and of dt in moved time.

The truth is a simulation in NumPy that goes through the populations of a step one after the other, each
hearing what those before it have fired in the same step. In moved time each level lives a step later than
those below, so that every delay is longer by as many steps as levels lie between its ends: retiming
(Leiserson & Saxe 1991, Algorithmica 6:5).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import pysnn as snn

DT, TAU_M, STEPS = 0.1, 10.0, 3000
V_TH, SIZES = 15.0, (30, 30, 30)
# By level: from 0 onto 1 and 1 onto 2 at once, back from 2 onto 0 after 5 steps; sources onto 0 and 2.
EDGES = {(0, 1): 0, (1, 2): 0, (0, 2): 0, (2, 0): 5}
OUTSIDE = {0: 0, 2: 2}
Matrix = NDArray[np.float64]


def weights() -> dict[tuple[int, int], Matrix]:
    rng = np.random.default_rng(4)
    signs = {(0, 1): 1.0, (1, 2): 1.0, (0, 2): 0.7, (2, 0): -0.4}
    return {
        (p, q): np.where(rng.random((SIZES[p], SIZES[q])) < 0.2, signs[p, q] * rng.uniform(1.0, 5.0), 0.0)
        for p, q in EDGES
    }


def sources() -> dict[int, tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]]:
    """Onto each level that has some: steps and numbers of their spikes, and weights one-to-one."""
    rng = np.random.default_rng(5)
    found = {}
    for level in OUTSIDE:
        fired = np.argwhere(rng.random((STEPS, SIZES[level])) < 0.12)
        found[level] = (fired[:, 0] + 1, fired[:, 1], rng.uniform(2.0, 4.0, SIZES[level]))
    return found


def at_once() -> list[set[tuple[int, int]]]:
    """By level, (step, neuron) of spikes: leaks, then what arrives, then the threshold, level by level."""
    decay = np.exp(-DT / TAU_M)
    v = [np.zeros(n) for n in SIZES]
    fired = [np.zeros((STEPS + 1, n)) for n in SIZES]
    given = {level: np.zeros((STEPS + 1, SIZES[level])) for level in OUTSIDE}
    for level, (step, who, w) in sources().items():
        there = step + OUTSIDE[level] <= STEPS
        np.add.at(given[level], (step[there] + OUTSIDE[level], who[there]), w[who[there]])
    matrices = weights()
    for step in range(1, STEPS + 1):
        for level in range(3):
            v[level] *= decay
            for (p, q), delay in EDGES.items():
                if q == level and step > delay:
                    v[level] += fired[p][step - delay] @ matrices[p, q]
            if level in given:
                v[level] += given[level][step]
            fires = v[level] >= V_TH
            fired[level][step] = fires
            v[level][fires] = 0.0
    return [set(map(tuple, np.argwhere(f).tolist())) for f in fired]


def simulated(later: int, **options: Any) -> list[set[tuple[int, int]]]:
    """The same network, each level living ``later`` steps later than what is below: delays become longer."""
    model = snn.LIF(tau_m=TAU_M, e_l=0.0, v_th=V_TH, v_reset=0.0, t_ref=0.0)
    net = snn.Network(seed=1)
    levels = [net.population(f"level{k}", n, model, init={"v": 0.0}) for k, n in enumerate(SIZES)]
    for (p, q), matrix in weights().items():
        delay = (EDGES[p, q] + later * (q - p)) * DT
        net.projection(levels[p], levels[q], snn.FromDense(matrix), delay=delay)
    for level, (step, who, w) in sources().items():
        times = [step[who == k] * DT for k in range(SIZES[level])]
        source = net.source(f"onto{level}", SIZES[level], snn.SpikeArray(times))
        delay = (OUTSIDE[level] + later * (level + 1)) * DT
        net.projection(source, levels[level], snn.FromDense(np.diag(w)), delay=delay)
    probes = [net.probe(level, "spikes") for level in levels]
    with snn.Simulation(net, dt=DT, off_grid="round", **options) as sim:
        sim.run((STEPS + len(SIZES) * later) * DT)
        data = [sim.data[probe] for probe in probes]
    # The spikes of the last steps of level 0 are of a time that the others have not come to.
    found = []
    for level, spikes in enumerate(data):
        steps = np.round(spikes.t / DT).astype(int) - later * (level + 1)
        found.append({(s, i) for s, i in zip(steps.tolist(), spikes.i.tolist(), strict=True) if s <= STEPS})
    return found


EVENT: dict[str, Any] = {"backend": "event"}
CASES: dict[str, tuple[int, dict[str, Any]]] = {
    "delays of 0": (0, {"threads": 1}),
    "three threads": (0, {"threads": 3}),
    "auto": (0, {"backend": "auto"}),
    "event": (0, EVENT),
    "event, three threads": (0, {"threads": 3, **EVENT}),
    "moved time": (1, {}),
    "moved time on event": (1, EVENT),
}


@pytest.mark.parametrize(("later", "options"), CASES.values(), ids=CASES)
def test_levels_hear_each_other_at_once(later: int, options: dict[str, Any]) -> None:
    expected, found = at_once(), simulated(later, **options)
    assert min(len(level) for level in expected) > 200
    # Something comes through both levels within one step.
    assert {step for step, _ in expected[0]} & {step for step, _ in expected[1]} & {s for s, _ in expected[2]}
    assert found == expected

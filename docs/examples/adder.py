"""Neurons that add two numbers in one step: a carry goes through all digits at once, as delays are 0.

    python docs/examples/adder.py [--quick] [--picture FILE]

Two numbers of eight bits come every millisecond, a spike for each 1. Of each digit a neuron fires where two
of the bits and the carry before are there, and another where their number is odd, which the first tells it.
With delays of 0 (``at once``) a step, or an instant, goes through nine levels of neurons, the carries from
digit to digit and then the sums, and every sum is there in the step of its numbers. With delays of a step
(``a step each``) carries meet the bits of later numbers, and hardly a sum is right, whenever one looks.
The same can be had of delays that wait for one another (``moved time``; Leiserson & Saxe 1991), but nine
steps later: too late for whoever must answer in the step that asks. Prints one
line of JSON: of each the share of sums that are right, and how many steps after their numbers they are most.

McCulloch & Pitts (1943), Bull. Math. Biophys. 5:115, on logic by neurons that go through time in steps.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

import pysnn as snn

BITS, DT = 8, 1.0
GATE = snn.LIF(tau_m=0.01, e_l=0.0, v_th=0.5, v_reset=0.0, t_ref=0.0)  # forgets within a step
TWO_OF, ONE_OF = 0.3, 1.0  # mV: two or one of these fire it
Words = NDArray[np.int64]
LATEST = BITS + 2  # steps
CASES = {  # delays: none, a step for each projection or for each level; the engine
    "at once": ("none", "clock"),
    "at once, in continuous time": ("none", "event"),
    "a step each (control)": ("one", "clock"),
    "moved time": ("levels", "clock"),
}


def bits(words: Words, n: int) -> NDArray[np.bool_]:
    """A row a word, the lowest bit first."""
    return (words[:, None] >> np.arange(n) & 1).astype(bool)


def adder(a: Words, b: Words, delays: str) -> tuple[snn.Network, Any]:
    """The network, and the probe of its sums: a neuron a bit, the highest of them the last carry."""

    def delay(levels: int) -> float:
        return {"none": 0.0, "one": DT, "levels": levels * DT}[delays]

    given = np.hstack([bits(a, BITS), bits(b, BITS)])
    net = snn.Network(seed=1)
    trains = [(np.flatnonzero(one) + 1.0) * DT for one in given.T]
    source = net.source("bits", 2 * BITS, snn.SpikeArray(trains))
    carries = [net.population(f"carry {k}", 1, GATE, init={"v": 0.0}) for k in range(BITS)]
    sums = net.population("sum", BITS + 1, GATE, init={"v": 0.0})
    # Sources are a level below the first carry, and sums one above the last.
    for k, carry in enumerate(carries):
        net.projection(source[k::BITS], carry, snn.AllToAll(), weight=TWO_OF, delay=delay(k + 1))
        net.projection(source[k::BITS], sums[k : k + 1], snn.AllToAll(), weight=ONE_OF, delay=delay(BITS + 1))
        net.projection(carry, sums[k : k + 1], snn.AllToAll(), weight=-2.0 * ONE_OF, delay=delay(BITS - k))
        onwards = sums[k + 1 : k + 2]
        net.projection(carry, onwards, snn.AllToAll(), weight=ONE_OF, delay=delay(BITS - k))
        if k + 1 < BITS:
            net.projection(carry, carries[k + 1], snn.AllToAll(), weight=TWO_OF, delay=delay(1))
    return net, net.probe(sums, "spikes")


def run(a: Words, b: Words, delays: str, backend: str) -> NDArray[np.bool_]:
    """The bits that the sums show in each step."""
    net, probe = adder(a, b, delays)
    with snn.Simulation(net, dt=DT, backend=backend) as sim:
        sim.run((len(a) + LATEST) * DT)
        fired = sim.data[probe]
    found = np.zeros((len(a) + LATEST, BITS + 1), bool)
    found[np.round(fired.t / DT).astype(int) - 1, fired.i] = True
    return found


def shares(found: NDArray[np.bool_], expected: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Of sums that are right, by how many steps later they are looked for."""
    n = len(expected)
    right = [(found[late : late + n] == expected).all(axis=1).mean() for late in range(LATEST + 1)]
    return np.array(right)


def draw(found: dict[str, NDArray[np.bool_]], expected: NDArray[np.bool_], path: str) -> None:
    """The bits of the first sums; wrong ones are red."""
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(len(found), 1, figsize=(8.0, 2.0 * len(found)), sharex=True)
    for panel, (name, got) in zip(panels, found.items(), strict=True):
        got = got[int(shares(got, expected).argmax()) :]
        right, wrong = got[:60] & expected[:60], got[:60] != expected[:60]
        panel.plot(*np.nonzero(right), "ks", markersize=4)
        panel.plot(*np.nonzero(wrong), "rx", markersize=4)
        panel.set(title=name, ylabel="bit")
    panels[-1].set_xlabel("sum")
    figure.tight_layout()
    figure.savefig(path, dpi=150)


def main() -> None:
    """Parse the command line, add, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="200 sums rather than 5,000")
    parser.add_argument("--picture", metavar="FILE", help="draw the first sums there")
    given = parser.parse_args()
    n = 200 if given.quick else 5000
    a, b = np.random.default_rng(1).integers(0, 2**BITS, (2, n))
    expected = bits(a + b, BITS + 1)
    found = {name: run(a, b, *case) for name, case in CASES.items()}
    figures = {}
    for name, got in found.items():
        right = shares(got, expected)
        figures[name] = {"right": round(float(right.max()), 4), "late": int(right.argmax())}
    print(json.dumps({"sums": n, **figures}))
    if given.picture:
        draw(found, expected, given.picture)


if __name__ == "__main__":
    main()

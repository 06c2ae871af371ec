"""Potentiation as a power of the weight: weights in grades, where additive STDP has two values.

    python docs/examples/power_law_weights.py [--quick] [--picture FILE]

A neuron hears five groups of sources that fire at one rate, and whose members share none to nearly half of
their spikes. By additive STDP they compete, and weights end near nothing or near their bound. By the power
law potentiation grows more slowly than the weight (w^0.4) and depression as the weight itself, so that each
has a point of rest, which is the higher the more often its source takes part in firing the neuron: weights
tell by their size how much a group shares, in one hump each, and no bound is given. (PairSTDP with
exponents between 0 and 1 grades weights too, within bounds.) Where spikes tell nothing of each other the
point of rest is w_0 (a_plus tau_plus / (a_minus tau_minus))^(1 / (1 - mu)) from wherever weights begin, as
neurons that a teacher fires at random show. Prints one line of JSON: for each rule the mean weight of each
group [mV], the largest step from one group to the next as a share of the whole rise (0.25 if all are
equal), the share of weights in the middle three fifths between 0 and the largest, and the neuron's rate
[Hz]; ``at_rest``, weights by their point of rest, begun at 0.3 and at 3 times that.

Morrison, Aertsen & Diesmann (2007), Neural Comput. 19:1437; additive: Song, Miller & Abbott (2000), Nat.
Neurosci. 3:919; weights that grade correlations: Guetig et al. (2003), J. Neurosci. 23:3697.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

import pysnn as snn

SHARED = np.array([0.0, 0.15, 0.25, 0.35, 0.45])  # of each group
EACH, RATE = 60, 10.0  # sources of a group, Hz
FIRST, BOUND = 0.3, 0.6  # mV
NEURON = snn.LIF(tau_m=20.0, e_l=0.0, v_th=15.0, v_reset=0.0, t_ref=2.0)
POWER = snn.PowerLawSTDP(tau_plus=20.0, tau_minus=20.0, a_plus=0.01, a_minus=0.0115, mu=0.4, w_0=0.25)
RULES: dict[str, snn.PlasticityRule] = {
    "power law": POWER,
    "between additive and multiplicative": snn.PairSTDP(
        tau_plus=20.0,
        tau_minus=20.0,
        a_plus=0.02,
        a_minus=0.022,
        mu_plus=0.2,
        mu_minus=0.2,
        w_max=BOUND,
    ),
    "additive (control)": snn.PairSTDP(
        tau_plus=20.0, tau_minus=20.0, a_plus=0.02, a_minus=0.022, w_max=BOUND
    ),
}


def trains(seconds: float) -> list[NDArray[np.float64]]:
    """Of each source; those of a group copy a share of their spikes from one train."""
    rng = np.random.default_rng(4)
    found = []
    for share in SHARED:
        events = rng.uniform(5.0, 1000.0 * seconds - 5.0, rng.poisson(RATE * seconds))
        for _ in range(EACH):
            own = rng.uniform(5.0, 1000.0 * seconds - 5.0, rng.poisson((1.0 - share) * RATE * seconds))
            copied = events[rng.random(events.size) < share]
            found.append(np.unique(np.round(np.concatenate([own, copied]), 1)))
    return found


def run(rule: snn.PlasticityRule, seconds: float, backend: str) -> tuple[dict[str, Any], NDArray[np.float64]]:
    """Figures, and the weights in the end by group."""
    net = snn.Network(seed=5)
    cell = net.population("cell", 1, NEURON, init={"v": 0.0})
    source = net.source("source", SHARED.size * EACH, snn.SpikeArray(trains(seconds)))
    synapses = net.projection(source, cell, snn.AllToAll(), weight=FIRST, delay=1.0, plasticity=rule)
    spikes = net.probe(cell, "spikes")
    with snn.Simulation(net, backend=backend) as sim:
        sim.run(1000.0 * seconds)
        weights = np.asarray(sim.weights(synapses), dtype=np.float64)
        late = np.count_nonzero(sim.data[spikes].t > 750.0 * seconds)
    part = weights / weights.max()
    means = weights.reshape(-1, EACH).mean(axis=1)
    return {
        "weights_mV": np.round(means, 3).tolist(),
        "largest_step": round(float(np.diff(means).max() / np.ptp(means)), 3),
        "middle": round(float(((part > 0.2) & (part < 0.8)).mean()), 3),
        "rate_hz": round(late / (0.25 * seconds), 1),
    }, weights.reshape(-1, EACH)


def at_rest(first: float, seconds: float, backend: str) -> float:
    """Mean weight, by the point of rest, where both sides fire at random, from ``first`` times that point."""
    point = POWER.w_0 * (POWER.a_plus * POWER.tau_plus / (POWER.a_minus * POWER.tau_minus)) ** (
        1.0 / (1.0 - POWER.mu)
    )
    n = 40
    net = snn.Network(seed=6)
    # A teacher's spike fires its neuron at once; the learning synapses are far too weak to.
    cells = net.population("cells", n, snn.LIF(e_l=0.0, v_th=1000.0, v_reset=0.0, t_ref=0.0), init={"v": 0.0})
    teacher = net.source("teacher", n, snn.Poisson(20.0))
    net.projection(teacher, cells, snn.OneToOne(), weight=1e6, delay=1.0)
    pre = net.source("pre", n, snn.Poisson(20.0))
    learning = net.projection(pre, cells, snn.AllToAll(), weight=first * point, delay=1.0, plasticity=POWER)
    with snn.Simulation(net, backend=backend) as sim:
        sim.run(1000.0 * seconds)
        return float(np.round(np.mean(sim.weights(learning)) / point, 3))


def draw(weights: dict[str, NDArray[np.float64]], path: str) -> None:
    """Weights of each group."""
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(1, len(weights), figsize=(4.5 * len(weights), 3.2), sharey=True)
    for panel, (name, groups) in zip(panels, weights.items(), strict=True):
        panel.hist(
            list(groups), np.linspace(0.0, groups.max(), 41), stacked=True, label=[f"{c:.0%}" for c in SHARED]
        )
        panel.set(title=name, xlabel="weight [mV]")
    panels[0].set_ylabel("synapses")
    panels[0].legend(title="shared", fontsize=8)
    figure.savefig(path, dpi=150, bbox_inches="tight")


def main() -> None:
    """Parse the command line, run with each rule, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="100 s rather than 400")
    parser.add_argument("--backend", default="event", choices=("clock", "event"))
    parser.add_argument("--picture", metavar="FILE", help="draw the weights there")
    given = parser.parse_args()
    seconds = 100.0 if given.quick else 400.0
    figures: dict[str, Any] = {"shared": SHARED.tolist()}
    drawn = {}
    for name, rule in RULES.items():
        figures[name], drawn[name] = run(rule, seconds, given.backend)
    figures["at_rest"] = [at_rest(first, seconds, given.backend) for first in (0.3, 3.0)]
    print(json.dumps(figures))
    if given.picture:
        draw(drawn, given.picture)


if __name__ == "__main__":
    main()

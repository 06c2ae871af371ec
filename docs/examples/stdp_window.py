"""The STDP window: how far one pair of spikes moves a weight, by the time from the first to the second.

    python docs/examples/stdp_window.py [--quick] [--picture FILE]

Each of a row of synapses sees one presynaptic and one postsynaptic spike, a time of its own apart: the
postsynaptic neurons are fired by sources of their own. Measured for each rule and compared with the window
that its paper draws: a_plus exp(-dt / tau_plus) for pre before post, -a_minus exp(dt / tau_minus) for post
before pre, and for the symmetric rule of inhibition eta exp(-|dt| / tau) less eta alpha. A projection without
a rule is the control: nothing moves. Prints one line of JSON.

Song, Miller & Abbott (2000), Nat. Neurosci. 3:919, figure 1; Vogels et al. (2011), Science 334:1569.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

import numpy as np

import pysnn as snn

PRE = 200.0  # ms: when the sources fire
DELAY = 1.0  # ms, axonal: that much later their spikes are at the synapses
START, W_MAX = 0.5, 1.0

RULES: dict[str, snn.PlasticityRule | None] = {
    "pair": snn.PairSTDP(tau_plus=20.0, tau_minus=20.0, a_plus=0.005, a_minus=0.00525, w_max=W_MAX),
    "vogels": snn.VogelsSTDP(eta=0.01, tau=20.0, rho_0=5.0, w_max=W_MAX),
    "control": None,
}


def expected(name: str, dt: np.ndarray) -> np.ndarray:
    """The window as the paper has it; ``dt`` is the postsynaptic spike's time less the presynaptic one's."""
    if name == "pair":
        return np.where(dt >= 0.0, 0.005 * np.exp(-dt / 20.0), -0.00525 * np.exp(dt / 20.0))
    if name == "vogels":
        alpha = 2.0 * 0.005 * 20.0  # rho_0 in spikes a ms
        return 0.01 * (np.exp(-np.abs(dt) / 20.0) - alpha)
    return np.zeros_like(dt)


def window(rule: snn.PlasticityRule | None, dt: np.ndarray, backend: str) -> np.ndarray:
    """What one pair of spikes, each of ``dt`` ms, adds to a weight."""
    net = snn.Network(seed=1)
    n = dt.size
    # The teacher's synapse fires its neuron at once; the learning one is far too weak to.
    cells = net.population("cells", n, snn.LIF(e_l=0.0, v_th=1000.0, v_reset=0.0, tau_m=10.0, t_ref=0.0))
    pre = net.source("pre", n, snn.SpikeArray([[PRE]] * n))
    teacher = net.source("teacher", n, snn.SpikeArray([[PRE + t] for t in dt]))
    net.projection(teacher, cells, snn.OneToOne(), weight=1e6, delay=DELAY)
    learning: dict[str, Any] = {} if rule is None else {"plasticity": rule}
    synapses = net.projection(pre, cells, snn.OneToOne(), weight=START, delay=DELAY, **learning)
    with snn.Simulation(net, backend=backend) as sim:
        sim.run(2.0 * PRE)
        return np.asarray(sim.weights(synapses), dtype=np.float64) - START


def draw(windows: dict[str, np.ndarray], dt: np.ndarray, path: str) -> None:
    """The windows as a picture."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(6.0, 4.0))
    for name, change in windows.items():
        axes.plot(dt, change, ".", markersize=4, label=name)
        axes.plot(dt, expected(name, dt), linewidth=0.7, color="black")
    axes.axhline(0.0, color="grey", linewidth=0.5)
    axes.set(xlabel="t_post - t_pre [ms]", ylabel="change of the weight / w_max")
    axes.legend()
    figure.savefig(path, dpi=150, bbox_inches="tight")


def main() -> None:
    """Parse the command line, measure, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a pair every 10 ms rather than every ms")
    parser.add_argument("--backend", default="clock", choices=("clock", "event"))
    parser.add_argument("--picture", metavar="FILE", help="draw the windows there")
    given = parser.parse_args()
    dt = np.arange(-100.0, 100.5, 10.0 if given.quick else 1.0)
    windows = {name: window(rule, dt, given.backend) for name, rule in RULES.items()}
    figures: dict[str, Any] = {"pairs": int(dt.size)}
    for name, change in windows.items():
        figures[name] = {
            "largest": round(float(change.max()), 6),
            "smallest": round(float(change.min()), 6),
            "error": float(np.abs(change - expected(name, dt)).max()),
        }
    print(json.dumps(figures))
    if given.picture:
        draw(windows, dt, given.picture)


if __name__ == "__main__":
    main()

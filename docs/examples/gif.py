"""The generalised integrate-and-fire neuron: currents and thresholds that remember every spike.

    python docs/examples/gif.py [--quick] [--backend clock] [--picture FILE]

After each spike a current eta and a rise of the threshold gamma set in, each a sum of two exponentials,
of tens and of hundreds of milliseconds. Steps of current of several sizes show what they do: neurons
fire fast at first and then adapt on both scales. The control has neither. Prints one line of JSON: by
current, the rate at first and at last.

This is the model without its noise: in the papers spikes come by chance, at a rate that grows with the
potential above the threshold. With `escape = "lambda_0 * exp((v - v_t - gamma_1 - gamma_2) / delta_v)"` in
place of the threshold they do so here (not on the event engine).

Mensi et al. (2012), J. Neurophysiol. 107:1756; Pozzorini et al. (2015), PLoS Comput. Biol. 11:e1004275.
"""

from __future__ import annotations

import argparse
import json

import numpy as np

import pysnn as snn


class GIF(snn.Equations):
    """Integrate-and-fire with two spike-triggered currents and two moves of the threshold."""

    c_m = snn.param(default=100.0, unit="pF", above=0.0)
    g_l = snn.param(default=5.0, unit="nS", above=0.0)
    e_l = snn.param(default=-70.0, unit="mV")
    v_t = snn.param(default=-48.0, unit="mV")
    v_reset = snn.param(default=-55.0, unit="mV")
    t_ref = snn.param(default=4.0, unit="ms", low=0.0)
    tau_eta_1 = snn.param(default=30.0, unit="ms", above=0.0)
    tau_eta_2 = snn.param(default=300.0, unit="ms", above=0.0)
    add_eta_1 = snn.param(default=15.0, unit="pA")
    add_eta_2 = snn.param(default=3.0, unit="pA")
    tau_gamma_1 = snn.param(default=10.0, unit="ms", above=0.0)
    tau_gamma_2 = snn.param(default=200.0, unit="ms", above=0.0)
    add_gamma_1 = snn.param(default=4.0, unit="mV")
    add_gamma_2 = snn.param(default=1.0, unit="mV")

    equations = """
        dv/dt = (g_l * (e_l - v) - eta_1 - eta_2 + I) / c_m : mV
        deta_1/dt = -eta_1 / tau_eta_1 : pA
        deta_2/dt = -eta_2 / tau_eta_2 : pA
        dgamma_1/dt = -gamma_1 / tau_gamma_1 : mV
        dgamma_2/dt = -gamma_2 / tau_gamma_2 : mV
    """
    initial = "v = e_l"
    arrival = {"delta": "v += weight"}
    threshold = "v >= v_t + gamma_1 + gamma_2"
    reset = """
        v = v_reset
        eta_1 += add_eta_1; eta_2 += add_eta_2
        gamma_1 += add_gamma_1; gamma_2 += add_gamma_2
    """
    refractory = "t_ref"
    held = "v"


NOTHING = dict.fromkeys(("add_eta_1", "add_eta_2", "add_gamma_1", "add_gamma_2"), 0.0)
CURRENTS = [150.0, 200.0, 250.0, 300.0]  # pA


def rates(duration: float, backend: str) -> dict[str, tuple[list[float], list[float], snn.SpikeData]]:
    """By kind of neuron, rates of the first and of the last intervals [Hz] by current, and all spikes."""
    net = snn.Network(seed=1)
    probes = {}
    for name, model in {"gif": GIF(), "no adaptation (control)": GIF(**NOTHING)}.items():
        cells = net.population(name, len(CURRENTS), model)
        for k, current in enumerate(CURRENTS):
            net.current(cells[k : k + 1], snn.ConstantCurrent(current))
        probes[name] = net.probe(cells, "spikes")
    with snn.Simulation(net, backend=backend) as sim:
        sim.run(duration)
        found = {name: sim.data[probe] for name, probe in probes.items()}
    gaps = {name: [np.diff(data.train(k)) for k in range(len(CURRENTS))] for name, data in found.items()}
    return {
        name: ([1e3 / g[0] for g in gaps[name]], [1e3 / g[-1] for g in gaps[name]], data)
        for name, data in found.items()
    }


def draw(found: dict[str, tuple[list[float], list[float], snn.SpikeData]], path: str) -> None:
    """Spikes of each, and rates by current."""
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(9.0, 3.5), width_ratios=(2, 1), layout="constrained")
    for row, (name, (first, last, data)) in enumerate(found.items()):
        for k in range(len(CURRENTS)):
            left.vlines(data.train(k), 5 * row + k, 5 * row + k + 0.8, linewidth=0.7, color=f"C{row}")
        right.plot(CURRENTS, first, "o--", color=f"C{row}", label=f"{name}: first")
        right.plot(CURRENTS, last, "o-", color=f"C{row}", label=f"{name}: last")
    left.set(xlabel="t [ms]", yticks=[])
    right.set(xlabel="current [pA]", ylabel="rate of an interval [Hz]")
    right.legend(fontsize=7)
    figure.savefig(path, dpi=120)


def main() -> None:
    """Parse the command line, run, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one second rather than three")
    parser.add_argument("--backend", default="event", choices=("clock", "event"))
    parser.add_argument("--picture", metavar="FILE", help="draw spikes and rates there")
    given = parser.parse_args()
    found = rates(1000.0 if given.quick else 3000.0, given.backend)
    figures = {
        name: {"first_hz": np.round(first, 2).tolist(), "last_hz": np.round(last, 2).tolist()}
        for name, (first, last, _) in found.items()
    }
    print(json.dumps({"pA": CURRENTS, **figures}))
    if given.picture:
        draw(found, given.picture)


if __name__ == "__main__":
    main()

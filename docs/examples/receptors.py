"""Receptors put together by the user: AMPA, NMDA with its magnesium block, and GABA-A.

    python docs/examples/receptors.py [--quick] [--backend clock] [--picture FILE]

Each receptor is a conductance that rises and decays by two exponentials, scaled so that one spike of
weight w opens w at its peak, and has a reversal potential; what NMDA receptors let through also depends
on the membrane (Jahr & Stevens 1990). A neuron that is held at several potentials by a current hears one
spike at each receptor. The control is the same neuron without magnesium: its NMDA current falls as the
membrane comes near the reversal potential, while with magnesium it grows first. Prints one line of JSON:
by potential, the NMDA current at its peak, with and without.

Jahr & Stevens (1990), J. Neurosci. 10:3178; Roth & van Rossum (2009), in: Computational Modeling Methods
for Neuroscientists.
"""

from __future__ import annotations

import argparse
import json

import numpy as np

import pysnn as snn


def conductance(name: str) -> str:
    """The lines of one receptor: the difference of two exponentials, 1 at its peak for a weight of 1."""
    rise, decay = f"rise_{name}", f"decay_{name}"
    return f"""
        peak_{name} = log({decay} / {rise}) * {rise} * {decay} / ({decay} - {rise}) : ms
        norm_{name} = 1 / (exp(-peak_{name} / {decay}) - exp(-peak_{name} / {rise})) : 1
        dslow_{name}/dt = -slow_{name} / {decay} : nS
        dfast_{name}/dt = -fast_{name} / {rise} : nS
        g_{name} = norm_{name} * (slow_{name} - fast_{name}) : nS
    """


def opens(name: str) -> str:
    """What a spike at the receptor does."""
    return f"slow_{name} += weight; fast_{name} += weight"


class Receptors(snn.Equations):
    """Leaky integrate-and-fire with AMPA, NMDA and GABA-A receptors."""

    c_m = snn.param(default=200.0, unit="pF", above=0.0)
    g_l = snn.param(default=10.0, unit="nS", above=0.0)
    e_l = snn.param(default=-70.0, unit="mV")
    v_th = snn.param(default=-50.0, unit="mV", infinite=True)
    v_reset = snn.param(default=-65.0, unit="mV")
    t_ref = snn.param(default=2.0, unit="ms", low=0.0)
    e_exc = snn.param(default=0.0, unit="mV")
    e_gaba = snn.param(default=-75.0, unit="mV")
    rise_ampa = snn.param(default=0.5, unit="ms", above=0.0)
    decay_ampa = snn.param(default=2.5, unit="ms", above=0.0)
    rise_nmda = snn.param(default=4.0, unit="ms", above=0.0)
    decay_nmda = snn.param(default=80.0, unit="ms", above=0.0)
    rise_gaba = snn.param(default=0.6, unit="ms", above=0.0)
    decay_gaba = snn.param(default=9.0, unit="ms", above=0.0)
    mg = snn.param(default=1.0, unit="1", low=0.0)  # outside the cell, mM

    equations = (
        conductance("ampa")
        + conductance("nmda")
        + conductance("gaba")
        + """
        free = 1 / (1 + mg / 3.57 * exp(-0.062 * v / mV)) : 1
        i_nmda = g_nmda * free * (e_exc - v) : pA
        others = g_ampa * (e_exc - v) + g_gaba * (e_gaba - v) : pA
        dv/dt = (g_l * (e_l - v) + others + i_nmda + I) / c_m : mV
    """
    )
    initial = "v = e_l"
    arrival = {"ampa": opens("ampa"), "nmda": opens("nmda"), "gaba": opens("gaba")}
    lowest_weight = 0.0
    threshold = "v >= v_th"
    reset = "v = v_reset"
    refractory = "t_ref"

    def check(self) -> None:
        """Rise before decay, in each."""
        for name in ("ampa", "nmda", "gaba"):
            rise, decay = getattr(self, f"rise_{name}"), getattr(self, f"decay_{name}")
            if np.any(np.asarray(rise) >= np.asarray(decay)):
                raise snn.ParameterError(
                    f"Receptors.rise_{name}: expected less than decay_{name} = {decay} ms (got {rise})"
                )


HELD = np.array([-80.0, -60.0, -40.0, -20.0, 0.0])  # mV
ARRIVES, DURATION = 100.0, 200.0  # ms


def nmda_currents(held: np.ndarray, mg: float, backend: str) -> tuple[np.ndarray, snn.StateData]:
    """By potential, the NMDA current at its peak [pA], and the potentials."""
    net = snn.Network(seed=1)
    # So much membrane that one synapse hardly moves it: what it moves by tells the current.
    cells = net.population(
        "cells", held.size, Receptors(c_m=1e5, e_l=held.tolist(), v_th=np.inf, mg=mg), init={"v": held}
    )
    one = net.source("one", 1, snn.SpikeArray([[ARRIVES - 1.0]]))
    net.projection(one, cells, snn.AllToAll(), weight=1.0, delay=1.0, receptor="nmda")
    v = net.probe(cells, "v", every=0.5)
    with snn.Simulation(net, backend=backend) as sim:
        sim.run(DURATION)
        data = sim.data[v]
    slope = np.diff(data.values, axis=0) / 0.5
    leak = 10.0 * (held - 0.5 * (data.values[1:] + data.values[:-1]))
    current = 1e5 * slope - leak
    largest = np.abs(current).argmax(axis=0)
    return current[largest, np.arange(held.size)], data


def draw(held: np.ndarray, currents: dict[str, np.ndarray], path: str) -> None:
    """Current by potential."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(6.0, 4.0))
    for name, current in currents.items():
        axes.plot(held, current, "o-", label=name)
    axes.set(xlabel="potential [mV]", ylabel="NMDA current at its peak [pA]")
    axes.legend()
    figure.savefig(path, dpi=120, bbox_inches="tight")


def main() -> None:
    """Parse the command line, measure, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a potential every 20 mV rather than every 5")
    parser.add_argument("--backend", default="clock", choices=("clock", "event"))
    parser.add_argument("--picture", metavar="FILE", help="draw the currents there")
    given = parser.parse_args()
    held = HELD if given.quick else np.arange(-80.0, 1.0, 5.0)
    currents = {
        name: nmda_currents(held, mg, given.backend)[0]
        for name, mg in {"with_magnesium": 1.0, "without": 0.0}.items()
    }
    print(
        json.dumps({"mV": held.tolist(), **{name: np.round(c, 3).tolist() for name, c in currents.items()}})
    )
    if given.picture:
        draw(held, currents, given.picture)


if __name__ == "__main__":
    main()

"""Depressing synapses: a neuron hears by how much a rate changes, not how high it is.

    python docs/examples/gain_control.py [--quick] [--picture FILE]

Afferents fire at a low rate (25 Hz, half as much again from 2 s on) and others at a high one (200 Hz,
likewise half as much again). Through synapses that stay as they are the response to the second step is
eight times that to the first, in proportion to the change in spikes a second; through depressing ones they
are nearly alike, as what such a synapse sends in a steady state, r U / (1 + U r tau_rec), hardly depends on
the rate r, while its first spikes after a step are sent with the resources of before. Prints one line of
JSON, with the ratio of the two responses.

Abbott, Varela, Sen & Nelson (1997), Science 275:220-224, figure 3.
"""

from __future__ import annotations

import argparse
import json

import numpy as np
from numpy.typing import NDArray

import pysnn as snn

BEFORE, AFTER, STEP = 2000.0, 600.0, 1.5  # ms, ms, times the rate
RATES = (25.0, 200.0)  # Hz
WINDOW = 15.0  # ms after the step, in which a response is at its height
SYNAPSE = snn.TsodyksMarkram(U=0.4, tau_rec=300.0)


def responses(
    dynamics: snn.Dynamics | None, afferents: int, seed: int
) -> tuple[NDArray[np.float64], snn.StateData]:
    """By rate, how far v of a neuron that does not fire rises above its mean after the step [mV]."""
    net = snn.Network(seed=seed)
    cells = net.population(
        "cells", len(RATES), snn.LIF(tau_m=5.0, e_l=0.0, v_th=np.inf, v_reset=0.0), init={"v": 0.0}
    )
    for k, rate in enumerate(RATES):
        source = net.source(
            f"{rate:g} Hz", afferents, snn.PiecewisePoisson([0.0, BEFORE], [rate, STEP * rate])
        )
        net.projection(source, cells[k : k + 1], snn.AllToAll(), 10.0 / afferents, 1.0, dynamics=dynamics)
    v = net.probe(cells, "v", every=1.0)
    with snn.Simulation(net, dt=0.1) as sim:
        sim.run(BEFORE + AFTER)
        data = sim.data[v]
    before = (data.t > BEFORE / 2) & (data.t <= BEFORE)
    after = (data.t > BEFORE) & (data.t <= BEFORE + WINDOW)
    return data.values[after].max(axis=0) - data.values[before].mean(axis=0), data


def main() -> None:
    """Parse the command line and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="2,000 afferents rather than 20,000")
    parser.add_argument("--picture", metavar="FILE", help="draw both potentials")
    given = parser.parse_args()
    afferents = 2000 if given.quick else 20000
    kinds = {"depressing": SYNAPSE, "static": None}
    rises = {kind: responses(dynamics, afferents, seed=1) for kind, dynamics in kinds.items()}
    ratios = {f"{kind}_ratio": float(rise[1] / rise[0]) for kind, (rise, _) in rises.items()}
    print(json.dumps({"afferents": afferents, "step": STEP, "rates_Hz": RATES, **ratios}))
    if given.picture:
        import matplotlib.pyplot as plt

        figure, axes = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
        for axis, (kind, (_, data)) in zip(axes, rises.items(), strict=True):
            for k, rate in enumerate(RATES):
                axis.plot(data.t - BEFORE, data.values[:, k], label=f"{rate:g} Hz, then {STEP * rate:g} Hz")
            shown = np.abs(data.t - BEFORE) < 500.0
            axis.set(ylim=(0.0, 1.1 * data.values[shown].max()))
            axis.set(
                title=f"{kind} synapses", xlabel="time after the step (ms)", ylabel="v (mV)", xlim=(-500, 500)
            )
            axis.legend()
        figure.savefig(given.picture, dpi=150)


if __name__ == "__main__":
    main()

"""Generalised leaky integrate-and-fire neurons, level by level: the five models of Teeter et al. (2018).

    python docs/examples/glif.py [--quick] [--backend clock] [--picture FILE]

Each level has one mechanism more than the one it is derived from: GLIF1 is a leaky integrate-and-fire
neuron; GLIF2 resets to where its potential says and has a threshold that every spike raises; GLIF3 has
currents after each spike; GLIF4 both; GLIF5 also a threshold that follows the potential. All are linear
between spikes, so that steps are exact and `event` finds spikes to 1e-9 ms. What follows spikes is held
while a neuron is refractory, as NEST's `glif_psc` has it: its decay over that time is in the reset. A
current step is given to one neuron of each; the interval grows where there is adaptation, and GLIF1 is
the control. Prints one line of JSON.

Teeter et al. (2018), Nat. Commun. 9:709, equations 1 to 5; parameters are in the range of their table 2.
"""

from __future__ import annotations

import argparse
import json

import numpy as np

import pysnn as snn

MEMBRANE = "dv/dt = (g * (e_l - v) + i + {after}i_e + I) / c_m : mV"
SYNAPSE = """
    di/dt = (rise - i) / tau_syn : pA
    drise/dt = -rise / tau_syn : pA
"""
AFTER_SPIKES = """
    dasc_1/dt = -k_1 * asc_1 : pA
    dasc_2/dt = -k_2 * asc_2 : pA
"""
RAISED = "dth_s/dt = -b_s * th_s : mV"
FOLLOWS = "dth_v/dt = a_v * (v - e_l) - b_v * th_v : mV"

FROM_VOLTAGE = "v = e_l + f_v * (v - e_l) + v_add"
RAISE = "th_s *= exp(-b_s * t_ref); th_s += a_s"
FLOW = "asc_1 *= r_1 * exp(-k_1 * t_ref); asc_1 += d_1; asc_2 *= r_2 * exp(-k_2 * t_ref); asc_2 += d_2"


class GLIF1(snn.Equations):
    """Leaky integrate-and-fire; alpha-shaped synaptic currents."""

    c_m = snn.param(default=60.0, unit="pF", above=0.0)
    g = snn.param(default=4.0, unit="nS", above=0.0)
    e_l = snn.param(default=-78.0, unit="mV")
    th_inf = snn.param(default=-52.0, unit="mV")
    v_reset = snn.param(default=-78.0, unit="mV")
    t_ref = snn.param(default=3.0, unit="ms", low=0.0)
    tau_syn = snn.param(default=2.0, unit="ms", above=0.0)
    i_e = snn.param(default=0.0, unit="pA")

    equations = MEMBRANE.format(after="") + SYNAPSE
    initial = "v = e_l"
    arrival = {"exc": "rise += exp(1) * weight"}
    threshold = "v >= th_inf"
    reset = "v = v_reset"
    refractory = "t_ref"


class GLIF2(GLIF1):
    """With reset rules: where v begins again follows from where it was, and a spike raises the threshold."""

    f_v = snn.param(default=0.2, unit="1")
    v_add = snn.param(default=6.0, unit="mV")
    a_s = snn.param(default=2.0, unit="mV")
    b_s = snn.param(default=0.02, unit="1/ms", above=0.0)

    equations = MEMBRANE.format(after="") + SYNAPSE + RAISED
    threshold = "v >= th_inf + th_s"
    reset = f"{FROM_VOLTAGE}; {RAISE}"
    held = "v, th_s"


class GLIF3(GLIF1):
    """With currents that every spike adds to."""

    k_1 = snn.param(default=0.1, unit="1/ms", above=0.0)
    k_2 = snn.param(default=0.005, unit="1/ms", above=0.0)
    r_1 = snn.param(default=1.0, unit="1")
    r_2 = snn.param(default=1.0, unit="1")
    d_1 = snn.param(default=-20.0, unit="pA")
    d_2 = snn.param(default=-8.0, unit="pA")

    equations = MEMBRANE.format(after="asc_1 + asc_2 + ") + SYNAPSE + AFTER_SPIKES
    reset = f"v = v_reset; {FLOW}"
    held = "v, asc_1, asc_2"


class GLIF4(GLIF3, GLIF2):
    """Reset rules and currents after spikes."""

    equations = GLIF3.equations + RAISED
    threshold = "v >= th_inf + th_s"
    reset = f"{FROM_VOLTAGE}; {FLOW}; {RAISE}"
    held = "v, asc_1, asc_2, th_s"


class GLIF5(GLIF4):
    """And a threshold that follows the potential."""

    a_v = snn.param(default=0.005, unit="1/ms")
    b_v = snn.param(default=0.02, unit="1/ms", above=0.0)

    equations = GLIF4.equations + "\n" + FOLLOWS
    threshold = "v >= th_inf + th_s + th_v"
    held = "v, asc_1, asc_2, th_s, th_v"


LEVELS = (GLIF1, GLIF2, GLIF3, GLIF4, GLIF5)
STEP = (20.0, 250.0)  # ms at which the current begins; pA


def record(duration: float, backend: str) -> dict[str, tuple[np.ndarray, snn.StateData]]:
    """By level, when it fires under a step of current [ms], and its potential."""
    net = snn.Network(seed=1)
    probes = {}
    for model in LEVELS:
        cell = net.population(model.__name__, 1, model())
        net.current(cell, snn.StepCurrent([STEP[0]], [STEP[1]]))
        probes[model.__name__] = net.probe(cell, "spikes"), net.probe(cell, "v", every=0.2)
    with snn.Simulation(net, backend=backend) as sim:
        sim.run(duration)
        return {name: (sim.data[fired].t, sim.data[v]) for name, (fired, v) in probes.items()}


def draw(found: dict[str, tuple[np.ndarray, snn.StateData]], path: str) -> None:
    """Potentials one below the other, spikes as strokes."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(len(found), 1, figsize=(7.0, 7.0), sharex=True, sharey=True)
    for axis, (name, (fired, v)) in zip(axes, found.items(), strict=True):
        axis.plot(v.t, v.values[:, 0], linewidth=0.8)
        axis.vlines(fired, -50.0, -20.0, linewidth=0.8)
        axis.set_ylabel(f"{name}\nv [mV]")
    axes[-1].set_xlabel("t [ms]")
    figure.savefig(path, dpi=120, bbox_inches="tight")


def main() -> None:
    """Parse the command line, run, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="300 ms rather than a second")
    parser.add_argument("--backend", default="event", choices=("clock", "event"))
    parser.add_argument("--picture", metavar="FILE", help="draw the potentials there")
    given = parser.parse_args()
    found = record(300.0 if given.quick else 1000.0, given.backend)
    figures = {}
    for name, (fired, _) in found.items():
        gaps = np.diff(fired)
        figures[name] = {
            "spikes": int(fired.size),
            "first_ms": round(float(fired[0] - STEP[0]), 3),
            "last_interval_by_first": round(float(gaps[-1] / gaps[0]), 4),
        }
    print(json.dumps(figures))
    if given.picture:
        draw(found, given.picture)


if __name__ == "__main__":
    main()

"""Plasticity that goes by the membrane: Clopath's frequency table, and weights under a clamp.

    python docs/examples/clopath_frequency.py [--quick] [--picture FILE]

Five pairs of spikes 10 ms apart, in either order, repeated at 10 to 50 Hz, fifteen times (75 pairs; at 0.1 Hz
50), as in slices of visual cortex (Sjoestroem, Turrigiano & Nelson 2001, as tabled by Pfister & Gerstner
2006). The neuron is the paper's: an adaptive exponential one whose spikes leave an afterdepolarisation and a
raised threshold, written as equations. Weights fall at low rates and rise at high ones, in both orders;
``signs`` counts the experiments of which the model has the sign of the measured mean. The control is the
same rule with a u_plus that is too slow to follow the membrane, and stays at rest: nothing potentiates at
any rate. The second part clamps the potential during presynaptic spikes at 25 Hz (Artola, Broecher & Singer
1990): nothing below one threshold, depression up to the next, potentiation above. Prints one line of JSON.

Clopath, Buesing, Vasilaki & Gerstner (2010), Nat. Neurosci. 13:344, figures 1 and 2.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

import numpy as np

import pysnn as snn

RATES = np.array([0.1, 10.0, 20.0, 40.0, 50.0])  # Hz
# Change of the weight in parts of what it was, by t_post - t_pre in ms.
MEASURED = {10.0: [-0.04, 0.14, 0.29, 0.53, 0.56], -10.0: [-0.29, -0.41, -0.34, 0.56, 0.75]}
CLAMPED = np.linspace(-80.0, -30.0, 26)  # mV
WEIGHT, DT = 0.5, 0.1

RULE = snn.ClopathSTDP(w_max=1.0, delay_u=4.0)  # with the fit to visual cortex
# No membrane that was depolarised before.
CONTROL = RULE.replace(tau_plus=1e6, delay_u=0.0)


class PaperNeuron(snn.Equations):
    """AdEx with a depolarising afterpotential z and a threshold that spikes raise (table 1 of the paper)."""

    c_m = snn.param(default=281.0, unit="pF", above=0.0)
    g_l = snn.param(default=30.0, unit="nS", above=0.0)
    e_l = snn.param(default=-70.6, unit="mV")
    delta_t = snn.param(default=2.0, unit="mV", above=0.0)
    v_rest = snn.param(default=-50.4, unit="mV")
    v_raised = snn.param(default=-30.4, unit="mV")
    tau_t = snn.param(default=50.0, unit="ms", above=0.0)
    a = snn.param(default=4.0, unit="nS")
    b = snn.param(default=80.5, unit="pA")
    tau_w = snn.param(default=144.0, unit="ms", above=0.0)
    z_spike = snn.param(default=400.0, unit="pA")
    tau_z = snn.param(default=40.0, unit="ms", above=0.0)
    v_reset = snn.param(default=-49.6, unit="mV")
    v_peak = snn.param(default=20.0, unit="mV")
    t_ref = snn.param(default=2.0, unit="ms", low=0.0)

    equations = """
        dv/dt = (g_l * (delta_t * exp((v - v_t) / delta_t) - (v - e_l)) - w + z + I) / c_m : mV
        dw/dt = (a * (v - e_l) - w) / tau_w : pA
        dz/dt = -z / tau_z : pA
        dv_t/dt = (v_rest - v_t) / tau_t : mV
    """
    initial = "v = e_l; v_t = v_rest"
    arrival = {"delta": "v += weight"}
    threshold = "v >= v_peak"
    reset = "v = v_reset; w += b; z = z_spike; v_t = v_raised"
    refractory = "t_ref"
    held = "v"


def changes(rule: snn.PlasticityRule, backend: str, t_between: float = 1000.0) -> np.ndarray:
    """What each experiment adds to its weight, in parts of what it was: that of one repetition, times all."""
    trains: list[tuple[list[float], list[float]]] = []
    for dt in MEASURED:
        for rate in RATES:
            pairs = 5 if rate > 1.0 else 1
            pre = [round(20.0 + 1000.0 * k / rate, 6) for k in range(pairs)]
            trains.append((pre, [t + dt for t in pre]))
    repeated = np.array([15.0 if len(pre) > 1 else 50.0 for pre, _ in trains])
    n = len(trains)
    net = snn.Network(seed=1)
    cells = net.population("cells", n, PaperNeuron())
    pre_source = net.source("pre", n, snn.SpikeArray([pre for pre, _ in trains]))
    teacher = net.source("teacher", n, snn.SpikeArray([post for _, post in trains]))
    net.projection(teacher, cells, snn.OneToOne(), weight=100.0, delay=DT)
    learning = net.projection(pre_source, cells, snn.OneToOne(), weight=WEIGHT, delay=DT, plasticity=rule)
    with snn.Simulation(net, backend=backend, dt=DT) as sim:
        sim.run(t_between)
        return repeated * (np.asarray(sim.weights(learning), dtype=np.float64) / WEIGHT - 1.0)


def clamped(rule: snn.ClopathSTDP, backend: str, seconds: float) -> np.ndarray:
    """Change of the weight by the potential, with presynaptic spikes at 25 Hz."""
    n = CLAMPED.size
    net = snn.Network(seed=1)
    cells = net.population("cells", n, snn.LIF(e_l=CLAMPED, v_th=1000.0, v_reset=0.0, tau_m=1e-3))
    pre = net.source("pre", n, snn.SpikeArray([np.arange(40.0, 1000.0 * seconds, 40.0)] * n))
    learning = net.projection(pre, cells, snn.OneToOne(), weight=WEIGHT, delay=DT, plasticity=rule)
    with snn.Simulation(net, backend=backend, dt=DT) as sim:
        sim.run(1000.0 * seconds + 200.0)
        return np.asarray(sim.weights(learning), dtype=np.float64) - WEIGHT


def draw(found: dict[str, np.ndarray], by_potential: np.ndarray, path: str) -> None:
    """Change of the weight by rate and by potential."""
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(1, 3, figsize=(12.0, 4.0))
    for panel, (dt, mean), at in zip(panels[:2], MEASURED.items(), (slice(0, 5), slice(5, 10)), strict=True):
        panel.plot(RATES, mean, "ko", label="measured")
        for name, change in found.items():
            panel.plot(RATES, change[at], label=name)
        panel.set(xlabel="rate of pairs [Hz]", title=f"t_post - t_pre = {dt:g} ms", ylim=(-1.0, 2.0))
    panels[0].set_ylabel("change of the weight")
    panels[0].legend()
    panels[2].plot(CLAMPED, by_potential)
    panels[2].set(xlabel="clamped potential [mV]", title="25 Hz")
    figure.savefig(path, dpi=150, bbox_inches="tight")


def main() -> None:
    """Parse the command line, run the experiments, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a clamp of 2 s rather than 50")
    parser.add_argument("--backend", default="clock", choices=("clock", "auto"))
    parser.add_argument("--picture", metavar="FILE", help="draw the changes there")
    given = parser.parse_args()
    measured = np.concatenate([np.array(means) for means in MEASURED.values()])
    found = {name: changes(rule, given.backend) for name, rule in (("model", RULE), ("control", CONTROL))}
    by_potential = clamped(RULE, given.backend, 2.0 if given.quick else 50.0)
    figures: dict[str, Any] = {
        name: {
            "changes": np.round(change, 3).tolist(),
            "signs": int((np.sign(change) == np.sign(measured)).sum()),
            "rms_error": round(float(np.sqrt(((change - measured) ** 2).mean())), 3),
        }
        for name, change in found.items()
    }
    clamp = {"mV": CLAMPED.tolist(), "changes": np.round(by_potential, 6).tolist()}
    print(json.dumps({"rates_hz": RATES.tolist(), **figures, "clamped": clamp}))
    if given.picture:
        draw(found, by_potential, given.picture)


if __name__ == "__main__":
    main()

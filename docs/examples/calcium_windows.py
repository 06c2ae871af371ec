"""One calcium rule, written as equations, has windows of STDP of every known kind: Graupner & Brunel's
figure 2.

    python docs/examples/calcium_windows.py [--quick] [--backend clock] [--picture FILE]

Sixty pairs of spikes a second apart, dt = t_post - t_pre from -100 to 100 ms, move a weight from the middle
of its range. A spike of either side lets calcium into the synapse; the weight grows while there is much of
it and falls while there is some (``CalciumSTDP`` of rules_from_equations.py). The six sets of amplitudes,
thresholds and delays of the paper give windows with depression (D) and potentiation (P) in six orders,
which is what they are called by. It has no built-in counterpart: calcium is a state of each synapse, to
which both sides add, and what counts is how long it is above a threshold between spikes. The control has
the calcium of DP but one threshold alone, that of depression: it cannot potentiate. Prints one line of
JSON: for each set the order found from dt = -100 ms on, where a change counts if it is more than a
twentieth of the window's largest, and the largest and smallest change in parts of the weight.

Graupner & Brunel (2012), PNAS 109:3991, figure 2 and table S1; here without noise and over a flat potential.
"""

from __future__ import annotations

import argparse
import json
import runpy
from pathlib import Path
from typing import Any

import numpy as np

import pysnn as snn

CalciumSTDP = runpy.run_path(str(Path(__file__).with_name("rules_from_equations.py")))["CalciumSTDP"]

# c_pre, c_post, theta_p, gamma_d, gamma_p, and the delay of the presynaptic calcium (ms); theta_d is 1.
SETS: dict[str, tuple[float, float, float, float, float, float]] = {
    "DP": (1.0, 2.0, 1.3, 200.0, 321.808, 13.7),
    "P": (2.0, 2.0, 1.3, 160.0, 257.447, 0.0),
    "DPD": (0.9, 0.9, 1.3, 250.0, 550.0, 4.6),
    "D": (0.6, 0.6, 1.3, 500.0, 550.0, 0.0),
    "DPD'": (1.0, 2.0, 2.5, 50.0, 600.0, 2.2),
    "D'": (1.0, 2.0, 3.5, 60.0, 600.0, 0.0),
}
CONTROL = "no potentiation (control)"
PAIRS, BASE, START = 60, 1.0, 200.0  # ms: the shortest delay, and when the first pair comes
STEP, QUICK_STEP = 2.0, 5.0  # ms between values of dt


def rule(name: str) -> tuple[snn.PlasticityRule, float]:
    """The rule of a set, and its delay."""
    c_pre, c_post, theta_p, gamma_d, gamma_p, delay = SETS["DP" if name == CONTROL else name]
    if name == CONTROL:
        theta_p = 1e9
    return CalciumSTDP(c_pre=c_pre, c_post=c_post, theta_p=theta_p, gamma_d=gamma_d, gamma_p=gamma_p), delay


def window(name: str, dts: np.ndarray, backend: str) -> np.ndarray:
    """What sixty pairs add to a weight of 0.5, by dt."""
    calcium, delay = rule(name)
    net = snn.Network(seed=1)
    post = [[float(round(START + 1000.0 * k, 6)) for k in range(PAIRS)] for _ in dts]
    # Their synapse is the shortest delay away, and the teacher's as long.
    pre = [[round(t - dt, 6) for t in times] for times, dt in zip(post, dts, strict=True)]
    n = len(dts)
    cells = net.population("cells", n, snn.LIF(e_l=0.0, v_th=1000.0, v_reset=0.0, t_ref=0.0))
    teacher = net.source("teacher", n, snn.SpikeArray(post))
    source = net.source("source", n, snn.SpikeArray(pre))
    net.projection(teacher, cells, snn.OneToOne(), weight=2000.0, delay=BASE)
    learns = net.projection(
        source,
        cells,
        snn.OneToOne(),
        weight=0.5,
        delay=BASE + delay,
        plasticity=calcium,
        dendritic_fraction=0.0,
    )
    with snn.Simulation(net, backend=backend) as sim:
        sim.run(START + 1000.0 * PAIRS)
        return np.asarray(sim.weights(learns)) - 0.5


def order(changes: np.ndarray) -> str:
    """D and P in the order in which they come."""
    counts = changes[np.abs(changes) > np.abs(changes).max() / 20.0]
    signs = np.sign(counts)
    kept = signs[np.r_[True, signs[1:] != signs[:-1]]] if len(signs) else signs
    return "".join("P" if sign > 0 else "D" for sign in kept)


def picture(path: str, dts: np.ndarray, windows: dict[str, np.ndarray]) -> None:
    """A panel a set."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(3, 2, figsize=(7.0, 8.0), constrained_layout=True)
    for ax, name in zip(axes.flat, SETS, strict=True):
        ax.axhline(0.0, color="0.7", lw=0.8)
        ax.plot(dts, 2.0 * windows[name])
        ax.set(title=name, xlabel="t_post - t_pre (ms)", ylabel="change of the weight")
    figure.savefig(path)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer values of dt")
    parser.add_argument("--backend", default="clock")
    parser.add_argument("--picture", metavar="FILE")
    given = parser.parse_args()
    step = QUICK_STEP if given.quick else STEP
    dts = np.arange(-100.0, 100.0 + step / 2, step)
    windows = {name: window(name, dts, given.backend) for name in (*SETS, CONTROL)}
    found: dict[str, Any] = {
        name: {
            "order": order(changes),
            "largest": round(2.0 * float(changes.max()), 4),
            "smallest": round(2.0 * float(changes.min()), 4),
        }
        for name, changes in windows.items()
    }
    if given.picture:
        picture(given.picture, dts, windows)
    print(json.dumps(found))


if __name__ == "__main__":
    main()

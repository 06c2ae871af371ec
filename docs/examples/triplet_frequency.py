"""Pairs repeated at a higher rate potentiate more: Pfister & Gerstner's frequency table.

    python docs/examples/triplet_frequency.py [--quick] [--picture FILE]

Sixty pairs of spikes (fifty at 0.1 Hz), 10 ms apart in either order, repeated at 0.1 to 50 Hz, move weights
in slices of visual cortex (Sjoestroem, Turrigiano & Nelson 2001) as the table below says. One network holds
a synapse for each rate and order. The four triplet models of the paper follow the measurements. Pair STDP,
with the amplitudes that fit best, is the control: it cannot have depression at low rates and potentiation at
high ones in both orders. ``error`` is the paper's: the mean of ((model - measured) / standard error)^2 over
the ten experiments. Prints one line of JSON.

Pfister & Gerstner (2006), J. Neurosci. 26:9673, tables 1 and 3.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

import numpy as np

import pysnn as snn

RATES = np.array([0.1, 10.0, 20.0, 40.0, 50.0])  # Hz
# Change of the weight in parts of what it was, and its standard error, by t_post - t_pre in ms.
MEASURED = {
    10.0: ([-0.04, 0.14, 0.29, 0.53, 0.56], [0.05, 0.10, 0.14, 0.11, 0.26]),
    -10.0: ([-0.29, -0.41, -0.34, 0.56, 0.75], [0.08, 0.11, 0.10, 0.32, 0.19]),
}
DELAY = 1.0  # ms, axonal
WEIGHT, W_MAX = 1.0, 10.0  # far from both bounds

MODELS: dict[str, snn.PlasticityRule] = {
    f"{pairing} {form}": snn.TripletSTDP.visual_cortex(form, pairing, w_max=W_MAX, unit_weight=WEIGHT)
    for pairing in ("all_to_all", "nearest")
    for form in ("full", "minimal")
}
# The best that pair STDP can do with the same time constants (least squares over these ten experiments).
PAIR = "pair (control)"
MODELS[PAIR] = snn.PairSTDP(tau_plus=16.8, tau_minus=33.7, a_plus=0.0, a_minus=0.0, w_max=W_MAX)


def protocols() -> list[tuple[float, float]]:
    """Rate and order of each experiment."""
    return [(float(rate), dt) for dt in MEASURED for rate in RATES]


def changes(rule: snn.PlasticityRule, backend: str, pairs: int) -> np.ndarray:
    """What each experiment adds to its weight, in parts of what that was."""
    net = snn.Network(seed=1)
    trains: list[tuple[list[float], list[float]]] = []
    for rate, dt in protocols():
        n = pairs if rate > 1.0 else pairs * 5 // 6
        pre = [round(20.0 + 1000.0 * k / rate, 6) for k in range(n)]
        trains.append((pre, [t + dt for t in pre]))
    n = len(trains)
    cells = net.population("cells", n, snn.LIF(e_l=0.0, v_th=1000.0, v_reset=0.0, tau_m=10.0, t_ref=0.0))
    pre_source = net.source("pre", n, snn.SpikeArray([pre for pre, _ in trains]))
    teacher = net.source("teacher", n, snn.SpikeArray([post for _, post in trains]))
    net.projection(teacher, cells, snn.OneToOne(), weight=1e6, delay=DELAY)
    learning = net.projection(pre_source, cells, snn.OneToOne(), weight=WEIGHT, delay=DELAY, plasticity=rule)
    with snn.Simulation(net, backend=backend) as sim:
        sim.run(max(max(pre[-1], post[-1]) for pre, post in trains) + 20.0)
        return np.asarray(sim.weights(learning), dtype=np.float64) / WEIGHT - 1.0


def best_pair(backend: str, pairs: int) -> snn.PlasticityRule:
    """Pair STDP with the amplitudes that fit the measurements best: its changes are linear in both."""
    up, down = (
        changes(MODELS[PAIR].replace(**{name: 0.001 / W_MAX}), backend, pairs) / 0.001
        for name in ("a_plus", "a_minus")
    )
    wanted, error = (np.concatenate([np.array(MEASURED[dt][k]) for dt in MEASURED]) for k in (0, 1))
    design = np.stack([up, down], axis=1) / error[:, np.newaxis]
    a_plus, a_minus = np.maximum(np.linalg.lstsq(design, wanted / error, rcond=None)[0], 0.0)
    return MODELS[PAIR].replace(a_plus=float(a_plus) / W_MAX, a_minus=float(a_minus) / W_MAX)


def misfit(change: np.ndarray) -> float:
    """The paper's error: mean squared deviation in units of the standard error."""
    wanted, error = (np.concatenate([np.array(MEASURED[dt][k]) for dt in MEASURED]) for k in (0, 1))
    return float((((change - wanted) / error) ** 2).mean())


def draw(found: dict[str, np.ndarray], path: str) -> None:
    """Change of the weight by rate, measured and of each model."""
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(1, 2, figsize=(9.0, 4.0), sharey=True)
    for panel, (dt, (mean, error)) in zip(panels, MEASURED.items(), strict=True):
        panel.errorbar(RATES, mean, error, fmt="ko", label="measured")
        at = slice(0, 5) if dt > 0.0 else slice(5, 10)
        for name, change in found.items():
            panel.plot(RATES, change[at], "--" if name == PAIR else "-", label=name)
        panel.set(xlabel="rate of pairs [Hz]", title=f"t_post - t_pre = {dt:g} ms")
    panels[0].set_ylabel("change of the weight")
    panels[0].legend(fontsize=8)
    figure.savefig(path, dpi=150, bbox_inches="tight")


def main() -> None:
    """Parse the command line, run the experiments, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="the two all-to-all models alone")
    parser.add_argument("--backend", default="event", choices=("clock", "event"))
    parser.add_argument("--picture", metavar="FILE", help="draw the changes there")
    given = parser.parse_args()
    models = {
        name: rule for name, rule in MODELS.items() if not given.quick or not name.startswith("nearest")
    }
    models[PAIR] = best_pair(given.backend, 60)
    found = {name: changes(rule, given.backend, 60) for name, rule in models.items()}
    figures: dict[str, Any] = {
        name: {"error": round(misfit(change), 3), "changes": np.round(change, 3).tolist()}
        for name, change in found.items()
    }
    print(json.dumps({"rates_hz": RATES.tolist(), **figures}))
    if given.picture:
        draw(found, given.picture)


if __name__ == "__main__":
    main()

"""A learning rate that falls averages noise away; one that stays is too slow or never comes to rest.

    python docs/examples/noisy_targets.py [--quick] [--picture FILE]

Readouts learn by the delta rule what they are to say, each a value of its own, far (10) from what they
say at first, and are told it with noise of 1. After N trials a rate that stays, eta, leaves a squared
error of (1 - eta)^2N 10^2 + eta / (2 - eta): small rates are still on their way, large ones follow the
last trials. With ``Lesson(gain=)`` falling as 1 / n weights are the mean of all they were told, and the
error is 1 / N, which no way of estimating can undercut (Cramer & Rao). A rate that is halved seven times
is between. Where what is wanted drifts, it is the other way round: old trials are to be forgotten, and
the best constant rate is Kalman's gain. Prints one line of JSON: squared errors times N for the best of
constant rates and each schedule, for values that stay and for values that drift.

Robbins & Monro (1951), Ann. Math. Stat. 22:400.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

import pysnn as snn

FAR, NOISE, DRIFT = 10.0, 1.0, 0.2  # standard deviations: of values, of what is told, of a value's steps
CONSTANT = np.geomspace(1e-3, 1.0, 25)
Float = NDArray[np.float64]


def schedules(trials: int) -> dict[str, Float]:
    """Gains by trial of each schedule."""
    n = np.arange(1.0, trials + 1.0)
    return {
        "1 / n": 1.0 / n,
        "1 / n^(1/2)": n**-0.5,
        "halved": 0.3 * 0.5 ** np.floor(8.0 * (n - 1.0) / trials),
    }


def squared_error(gain: Float, trials: int, readouts: int, drift: float) -> float:
    """Mean over readouts, after all trials."""
    rng = np.random.default_rng(1)
    steps = drift * rng.standard_normal((trials, readouts))
    values = FAR * rng.standard_normal(readouts) + np.cumsum(steps, axis=0)
    told = values + NOISE * rng.standard_normal((trials, readouts))
    net = snn.Network(seed=1)
    source = net.source("source", 1, snn.Input())
    out = net.population("out", readouts, snn.Readout(tau_m=np.inf))
    error = net.error("error", out, loss="squared")
    said = net.projection(
        source, out, snn.AllToAll(), weight=0.0, delay=1.0, plasticity=snn.DeltaRule(eta=1.0), modulator=error
    )
    each = np.arange(trials + 1)
    alike = snn.TrialSpikes(np.ones(trials), np.zeros(trials, np.int64), each, 1, 3.0)
    with snn.Simulation(net, dt=1.0, threads=1) as sim:
        sim.run_trials(alike, counts=(), teach={error: snn.Lesson(told, gain=gain)})
        learnt = np.asarray(sim.weights(said), dtype=np.float64)
    return float(np.mean((learnt - values[-1]) ** 2))


def draw(found: dict[str, dict[str, Float]], trials: int, path: str) -> None:
    """Errors by constant rate, and of each schedule."""
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(1, len(found), figsize=(8.5, 3.2), layout="constrained")
    for panel, (name, errors) in zip(panels, found.items(), strict=True):
        panel.loglog(CONSTANT, errors["constant"], "o-", label="constant rate")
        for k, schedule in enumerate(schedules(trials)):
            panel.axhline(float(errors[schedule]), color=f"C{k + 1}", label=schedule)
        panel.set(title=f"values {name}", xlabel="rate", ylabel="squared error x trials")
    panels[0].legend(fontsize=8)
    figure.savefig(path, dpi=150)


def main() -> None:
    """Parse the command line, learn by each schedule, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="200 trials rather than 1,000")
    parser.add_argument("--picture", metavar="FILE", help="draw the errors there")
    given = parser.parse_args()
    trials, readouts = (200, 200) if given.quick else (1000, 400)
    found: dict[str, dict[str, Any]] = {}
    for name, drift in (("stay", 0.0), ("drift", DRIFT)):
        constant = [squared_error(np.full(trials, eta), trials, readouts, drift) for eta in CONSTANT]
        found[name] = {"constant": trials * np.array(constant)}
        for schedule, gain in schedules(trials).items():
            found[name][schedule] = trials * squared_error(gain, trials, readouts, drift)
    figures: dict[str, Any] = {
        name: {
            "best constant (control)": round(float(errors["constant"].min()), 2),
            "its rate": round(float(CONSTANT[errors["constant"].argmin()]), 4),
            **{schedule: round(float(errors[schedule]), 2) for schedule in schedules(trials)},
        }
        for name, errors in found.items()
    }
    print(json.dumps({"trials": trials, **figures}))
    if given.picture:
        draw(found, trials, given.picture)


if __name__ == "__main__":
    main()

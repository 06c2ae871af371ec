"""A recurrent network learns to draw a curve, by e-prop with an error at every step.

    python docs/examples/pattern_generation.py [--quick] [--seeds 3] [--readout-alone] [--no-regularisation]
        [--every 20] [--read sum] [--feedback adaptive] [--picture FILE]

Twenty sources repeat the same spikes in each trial of a second; 100 recurrent LIF neurons hear them, and
one leaky readout is to follow a sum of four sines (Bellec et al. 2020). Every 2 ms the error of the readout
moves its own weights (delta rule) and, through them, reaches every hidden neuron as a learning signal. With
``--readout-alone`` hidden weights stay as drawn, with ``--no-regularisation`` nothing holds the rates of
hidden neurons: controls. With ``--every 20`` the error is told every 20 ms alone, and what ``read`` makes
of a moment counts: "last" uses one eligibility in ten, "sum" and "mean" all since the last moment, "held"
keeps the error until the next. The error reaches hidden neurons through the readout's own weights, with
``--feedback random`` through weights that are drawn and stay, with ``adaptive`` through ones that come to
agree with the readout's. Prints a line of JSON: the error that is left, as a share of the curve's variance.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

import pysnn as snn

DT, DURATION, LINES, HIDDEN, TAU_OUT = 2.0, 1000.0, 20, 100, 20.0
TIMES = np.arange(DT, DURATION + DT / 2, DT)

Float = NDArray[np.float64]


def curve(rng: np.random.Generator) -> Float:
    """Four sines of 1, 2, 3 and 5 Hz with amplitudes and phases of their own, in all of variance 1."""
    t = TIMES * 1e-3
    waves = [
        rng.uniform(0.5, 2.0) * np.sin(2.0 * np.pi * (f * t + rng.uniform())) for f in (1.0, 2.0, 3.0, 5.0)
    ]
    total = np.sum(waves, axis=0)
    return np.asarray((total - total.mean()) / total.std())


def network(
    seed: int, eta: float, eta_out: float, read: str = "last", c_reg: float = 1e-3, feedback: str = "own"
) -> snn.Network:
    """Sources, recurrent neurons, one readout; all synapses learn."""
    rng = np.random.default_rng(seed)
    net = snn.Network(seed=seed)
    lines = net.source("lines", LINES, snn.Input())
    cells = net.population(
        "hidden",
        HIDDEN,
        snn.LIF(tau_m=20.0, e_l=0.0, v_th=0.6, v_reset=0.0, t_ref=2 * DT, reset="subtract"),
    )
    out = net.population("out", 1, snn.Readout(tau_m=TAU_OUT))
    left = 1.0 - math.exp(-DT / TAU_OUT)
    error = net.error("error", out, loss="squared", scale=left)
    own = net.projection(
        cells, out, snn.AllToAll(), weight=snn.Normal(0.0, HIDDEN**-0.5), delay=DT,
        plasticity=snn.DeltaRule(eta=eta_out * left, tau_x=TAU_OUT), modulator=error, name="own",
    )  # fmt: skip
    weights: Any = own if feedback == "own" else snn.Normal(0.0, HIDDEN**-0.5)
    follows = {"follows": own, "decay": 1e-3} if feedback == "adaptive" else {}
    signal = net.feedback("signal", error, cells, weights, **follows)
    rule = snn.EProp(
        eta=eta, tau_out=TAU_OUT, read=read, optimiser="adam", batch=1, c_reg=c_reg, f_target=20.0,
        tau_rate=5000.0,
    )  # fmt: skip
    net.projection(
        lines, cells, snn.AllToAll(), weight=snn.Normal(0.0, 1.5 * LINES**-0.5), delay=DT, plasticity=rule,
        modulator=signal, name="heard",
    )  # fmt: skip
    i, j = np.nonzero(~np.eye(HIDDEN, dtype=bool))
    net.projection(
        cells, cells, snn.FromCOO(i, j), weight=rng.normal(0.0, HIDDEN**-0.5, i.size), delay=DT,
        plasticity=rule, modulator=signal, name="recurrent",
    )  # fmt: skip
    net.probe(out, "v", every=DT, name="drawn")
    return net


def drawn(sim: snn.Simulation, times: Float, lines: NDArray[np.int64]) -> Float:
    """What the readout draws in a trial in which nothing is learnt."""
    for projection in ("heard", "recurrent", "own"):
        sim.set_learning(projection, False)
    sim.reset()
    sim.feed("lines", (times, lines))
    sim.run(DURATION)
    y = sim.data["drawn"].values[-len(TIMES) :, 0] * (1.0 - math.exp(-DT / TAU_OUT))
    for projection in ("heard", "recurrent", "own"):
        sim.set_learning(projection, True)
    return np.asarray(y)


def main() -> None:
    """Parse the command line, learn, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="40 trials in place of 300")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=1, help="how many, from --seed on")
    parser.add_argument("--trials", type=int, default=300)
    parser.add_argument("--eta", type=float, default=5e-3)
    parser.add_argument("--eta-out", type=float, default=2e-3)
    parser.add_argument("--readout-alone", action="store_true", help="control: hidden weights stay as drawn")
    parser.add_argument("--no-regularisation", action="store_true", help="control: rates go where they will")
    parser.add_argument(
        "--every", type=float, default=DT, metavar="MS", help="from error to error, 2 at first"
    )
    parser.add_argument("--read", default="last", choices=("last", "sum", "mean", "held"))
    parser.add_argument("--feedback", default="own", choices=("own", "random", "adaptive"))
    parser.add_argument("--picture", metavar="FILE", help="draw the curve and what became of it")
    given = parser.parse_args()
    trials = 40 if given.quick else given.trials
    told = slice(round(given.every / DT) - 1, None, round(given.every / DT))
    # What regularises goes with the errors, of which there are fewer.
    c_reg = 0.0 if given.no_regularisation else 1e-3 * DT / given.every
    begun, left = time.perf_counter(), []
    for seed in range(given.seed, given.seed + given.seeds):
        rng = np.random.default_rng(seed)
        wanted = curve(rng)
        step, lines = np.nonzero(rng.random((len(TIMES), LINES)) < 50.0 * DT * 1e-3)
        times = TIMES[step]
        spikes = snn.encoders.TrialSpikes(
            np.tile(times, trials),
            np.tile(lines, trials),
            np.arange(trials + 1) * len(times),
            LINES,
            DURATION,
        )
        gain = np.linspace(1.0, 0.2, trials)
        lesson = snn.Lesson(np.tile(wanted[told], (trials, 1)), TIMES[told], gain=gain)
        with snn.Simulation(
            network(seed, given.eta, given.eta_out, given.read, c_reg, given.feedback),
            dt=DT,
            dtype="float32",
            backend="clock",
            threads=1,
        ) as sim:
            if given.readout_alone:
                sim.set_learning("heard", False)
                sim.set_learning("recurrent", False)
            sim.run_trials(spikes, counts=(), teach={"error": lesson})
            y = drawn(sim, times, lines)
        left.append(float(np.mean((y - wanted) ** 2)))
    if given.picture:
        draw(wanted, y, given.picture)
    figures = {
        "error": round(float(np.mean(left)), 4),
        "by_seed": [round(share, 4) for share in left],
        "every_ms": given.every,
        "read": given.read,
        "feedback": given.feedback,
        "regularised": not given.no_regularisation,
        "hidden_learns": not given.readout_alone,
        "trials": trials,
        "seconds": round(time.perf_counter() - begun, 1),
    }
    print(json.dumps(figures))


def draw(wanted: Float, y: Float, path: str) -> None:
    """The curve, and what the readout makes of it."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, axis = plt.subplots(figsize=(6, 3), layout="constrained")
    axis.plot(TIMES, wanted, label="wanted")
    axis.plot(TIMES, y, label="drawn")
    axis.set(xlabel="ms")
    axis.legend()
    figure.savefig(path, dpi=120)


if __name__ == "__main__":
    main()

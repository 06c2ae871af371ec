"""Remembering what was shown: what two examples share.

The network of ``memory_evidence.py`` and ``memory_store_recall.py``, which differ in what is shown. Forty
sources drive 100 recurrent neurons, half of which adapt: their thresholds rise with each of their spikes
and fall over seconds, which is what remembers. Two leaky readouts hear all of them. In the recall window
alone, at the end, the error of the readouts reaches their own synapses (delta rule) and, through the same
weights, each hidden neuron as one number; e-prop turns it into weights, in batches, by Adam (Bellec et al.
2020).
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

import pysnn as snn

DT = 2.0  # ms
LINES, GROUP = 40, 10  # sources, and how many of them say the same
HIDDEN = 100
TAU_OUT = 50.0  # ms, of the readouts
BATCH = 32  # trials
# Of rates, towards 20 Hz: weak. An error of a half comes back through a weight of a half as a signal of .01
# at each of some ten moments; 10 Hz too many are 10 C_REG in each of some 800 steps. At 1e-3 rates are all
# that is learnt.
C_REG = 3e-6

Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Shown:
    """Some trials: the rate of each source, Hz, [trials, steps, sources], and the class of each."""

    rates: NDArray[np.float64]
    labels: Labels

    def trains(self, rng: np.random.Generator) -> snn.encoders.TrialSpikes:
        """Spikes drawn by these rates."""
        trial, step, line = np.nonzero(rng.random(self.rates.shape) < self.rates * DT * 1e-3)
        begins = np.searchsorted(trial, np.arange(len(self.labels) + 1))
        duration = self.rates.shape[1] * DT
        return snn.encoders.TrialSpikes((step + 1.0) * DT, line, begins, LINES, duration)


@dataclass(frozen=True)
class Task:
    """What draws trials, how many ms before their end it asks for the answer, how many batches it takes."""

    draw: Callable[[int, np.random.Generator], Shown]
    window: float
    updates: int


def network(seed: int, adapting: int, eta: float, eta_out: float, optimiser: str = "adam") -> snn.Network:
    """Sources, recurrent neurons of which the first ``adapting`` adapt, readouts; all synapses learn."""
    rng = np.random.default_rng(seed)
    net = snn.Network(seed=seed)
    lines = net.source("lines", LINES, snn.Input())
    beta = np.where(np.arange(HIDDEN) < adapting, 0.035, 0.0)
    cells = net.population(
        "hidden",
        HIDDEN,
        snn.ALIF(
            tau_m=20.0, e_l=0.0, v_th=0.6, v_reset=0.0, t_ref=2 * DT, reset="subtract", tau_adapt=2000.0,
            beta=snn.Array(beta),
        ),
    )  # fmt: skip
    out = net.population("out", 2, snn.Readout(tau_m=TAU_OUT))
    error = net.error("error", out, loss="softmax", scale=1.0 - math.exp(-DT / TAU_OUT))
    own = net.projection(
        cells, out, snn.AllToAll(), weight=snn.Normal(0.0, HIDDEN**-0.5), delay=DT,
        plasticity=snn.DeltaRule(eta=eta_out, tau_x=TAU_OUT), modulator=error, name="own",
    )  # fmt: skip
    signal = net.feedback("signal", error, cells, weights=own)
    rule = snn.EProp(
        eta=eta, tau_out=TAU_OUT, gamma=0.3, read="last", optimiser=optimiser, batch=BATCH, c_reg=C_REG,
        f_target=20.0, tau_rate=20_000.0,
    )  # fmt: skip
    net.projection(
        lines, cells, snn.AllToAll(), weight=snn.Normal(0.0, LINES**-0.5), delay=DT, plasticity=rule,
        modulator=signal, name="heard",
    )  # fmt: skip
    i, j = np.nonzero(~np.eye(HIDDEN, dtype=bool))
    net.projection(
        cells, cells, snn.FromCOO(i, j), weight=rng.normal(0.0, HIDDEN**-0.5, i.size), delay=DT,
        plasticity=rule, modulator=signal, name="recurrent",
    )  # fmt: skip
    return net


def answered(sim: snn.Simulation, shown: Shown, rng: np.random.Generator) -> float:
    """Per cent of the trials that are answered rightly, by the readout that is higher at the end."""
    for projection in ("heard", "recurrent", "own"):
        sim.set_learning(projection, False)
    out = sim.run_trials(shown.trains(rng), counts=(), states="out.v").states("out", "v")
    for projection in ("heard", "recurrent", "own"):
        sim.set_learning(projection, True)
    return 100.0 * float(np.mean(out.argmax(axis=1) == shown.labels))


def learn(sim: snn.Simulation, task: Task, seed: int) -> list[float]:
    """Batches of trials, of each an error every 10 ms of the window; per cent right of each batch."""
    rng = np.random.default_rng(1000 + seed)
    right = []
    for k in range(task.updates):
        shown = task.draw(BATCH, rng)
        duration = shown.rates.shape[1] * DT
        moments = duration - np.arange(0.0, task.window, 10.0)[::-1]
        gain = 1.0 - 0.9 * k / task.updates
        wanted = np.repeat(shown.labels[:, np.newaxis], len(moments), axis=1)
        lesson = snn.Lesson(wanted, moments=moments, gain=np.full(BATCH, gain))
        out = sim.run_trials(shown.trains(rng), counts=(), states="out.v", teach={"error": lesson})
        right.append(100.0 * float(np.mean(out.states("out", "v").argmax(axis=1) == shown.labels)))
    return right


def main(description: str, full: Task, quick: Task) -> None:
    """Parse the command line of one of the examples, learn, and print the figures."""
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a smaller task or fewer updates, one seed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=1, help="how many, from --seed on")
    parser.add_argument("--updates", type=int, help=f"{full.updates} by default")
    parser.add_argument("--no-adaptation", action="store_true", help="control: LIF neurons alone")
    parser.add_argument("--eta", type=float, default=5e-3)
    parser.add_argument("--eta-out", type=float, default=2e-3)
    parser.add_argument("--optimiser", default="adam", choices=("adam", "sgd"), help="sgd wants --eta 1")
    parser.add_argument("--picture", metavar="FILE", help="draw how answers got better")
    given = parser.parse_args()
    task = quick if given.quick else full
    task = replace(task, updates=given.updates or task.updates)
    tested = task.draw(400, np.random.default_rng(999))
    begun, shares, courses = time.perf_counter(), [], []
    for seed in range(given.seed, given.seed + given.seeds):
        adapting = 0 if given.no_adaptation else HIDDEN // 2
        net = network(seed, adapting, given.eta, given.eta_out, given.optimiser)
        with snn.Simulation(net, dt=DT, dtype="float32", backend="clock", threads=1) as sim:
            courses.append(learn(sim, task, seed))
            shares.append(answered(sim, tested, np.random.default_rng(998)))
    if given.picture:
        draw(courses, given.picture)
    print(
        json.dumps(
            {
                "accuracy": round(float(np.mean(shares)), 2),
                "by_seed": [round(share, 2) for share in shares],
                "chance": 50.0,
                "adapting": adapting,
                "optimiser": given.optimiser,
                "updates": task.updates,
                "last_batches": [round(float(np.mean(course[-20:])), 1) for course in courses],
                "seconds": round(time.perf_counter() - begun, 1),
            }
        )
    )


def draw(courses: list[list[float]], path: str) -> None:
    """Per cent right, of ten batches together, against updates."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, axis = plt.subplots(figsize=(6, 3.5), layout="constrained")
    for course in courses:
        n = len(course) // 10 * 10
        axis.plot(np.arange(10, n + 1, 10), np.reshape(course[:n], (-1, 10)).mean(axis=1))
    axis.axhline(50.0, color="grey", linestyle=":")
    axis.set(xlabel="updates", ylabel="per cent right", ylim=(40, 100))
    figure.savefig(path, dpi=120)

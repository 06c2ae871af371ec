"""A layer that hears utterances as they go on in time, and learns by e-prop from one error an utterance.

Lines drive N neurons, of which some have thresholds that adapt (ALIF; others are LIF); each may hear others

    feedforward   of none,
    recurrent     of all,
    local         of itself and its nearest on a ring,
    mixed         of none, of its nearest, or of all of its kind: a third of the neurons each,

a step later. Readouts count spikes, and learn by the delta rule; their error at the end of an utterance is
told each neuron through the readouts' own weights, and e-prop turns it into weights of lines and recurrent
synapses, in batches, by Adam (Bellec et al. 2020, Nat. Commun. 11:3625).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import pysnn as snn

from .readout import Readout
from .settings import TimeConfig
from .trains import Trains

Float = NDArray[np.float64]
Rows = NDArray[np.int64]

DRIVE = 0.85  # standard deviation of the input of a step at first, over the threshold
# The same of what neurons hear of each other, were all to fire; loops of few neurons must be strong to hold.
RECURRENT, LOCAL = 0.5, 1.5
REACH = 2  # neighbours on either side
OUT = 0.02  # standard deviation of the readouts' weights at first
BIAS = 0.003  # learning rate of the readouts' bias
LAST = 2  # steps after an utterance in which its last spikes arrive
TOGETHER = 64  # utterances of like length that are shown in one call


@dataclass
class Synapses:
    """Of the layer: ``heard`` float64[lines, N], ``own_w`` of pairs (own_i, own_j) of neurons, ``out``
    float64[N, outputs], ``bias`` float64[outputs].
    """

    heard: Float
    own_i: Rows
    own_j: Rows
    own_w: Float
    out: Float
    bias: Float


def pairs(layer: str, neurons: int) -> tuple[Rows, Rows]:
    """(heard, hearing) neurons of the kind ``layer``, see the module."""
    if layer == "mixed":
        third = neurons // 3
        near, all_ = pairs("local", third), pairs("recurrent", neurons - 2 * third)
        i, j = (np.concatenate([a + third, b + 2 * third]) for a, b in zip(near, all_, strict=True))
        return i, j
    numbers = np.arange(neurons)
    i, j = (part.ravel() for part in np.meshgrid(numbers, numbers, indexing="ij"))
    distance = np.minimum((i - j) % max(1, neurons), (j - i) % max(1, neurons))
    there = {
        "feedforward": np.zeros(len(i), dtype=bool),
        "recurrent": i != j,
        "local": distance <= REACH,
    }[layer]
    return i[there].astype(np.int64), j[there].astype(np.int64)


class TemporalLayer:
    """The layer with its synapses.

    Parameters
    ----------
    synapses : as drawn or learnt. soft : do outputs compete (classes), or are they numbers?
    """

    def __init__(self, synapses: Synapses, soft: bool, config: TimeConfig, seed: int) -> None:
        self.synapses = synapses
        self.delivered = 0.0  # spikes that reached a synapse in the last ``respond``
        self._steps = 0.0  # of an utterance of the last ``respond``, in the mean
        self._soft = soft
        self._config = config
        self._seed = seed

    @classmethod
    def drawn(cls, trains: Trains, outputs: int, soft: bool, config: TimeConfig, seed: int) -> TemporalLayer:
        """Random synapses, for input as lively as that of ``trains``."""
        rng = np.random.default_rng([seed, 7])
        n = config.neurons
        active = len(trains.line) / max(1, int(trains.steps.sum()))  # spikes a step
        i, j = pairs(config.layer, n)
        heard = np.bincount(j, minlength=n)[j]  # by the neuron that hears, how many others
        strength = np.where(heard <= 2 * REACH + 1, LOCAL, RECURRENT)
        synapses = Synapses(
            heard=rng.normal(0.0, DRIVE / math.sqrt(max(active, 1e-3)), (trains.lines, n)),
            own_i=i,
            own_j=j,
            own_w=rng.normal(0.0, 1.0, len(i)) * strength / np.sqrt(heard),
            out=rng.normal(0.0, OUT, (n, outputs)),
            bias=np.zeros(outputs),
        )
        return cls(synapses, soft, config, seed)

    def learn(
        self,
        trains: Trains,
        target: Float,
        shown: Callable[[int, int], None],
        rate: float = 1.0,
        epochs: int | None = None,
    ) -> None:
        """Learn from utterances with what is wanted, float64[n, outputs], epoch by epoch.

        rate : over the settings' rates. epochs : the settings' by default.
        """
        c, n = self._config, len(trains)
        epochs = c.epochs if epochs is None else epochs
        rng = np.random.default_rng([self._seed, 8])
        # Readouts learn at a rate over the mean square length of what they hear.
        sample = trains.of(np.sort(rng.permutation(n)[:200]))
        square = float((self.respond(sample).astype(np.float64) ** 2).sum(axis=1).mean())
        net = self._declare(trains.lines, rate * c.eta_out / max(1.0, square), rate)
        done, total = 0, epochs * n
        with self._simulation(net) as sim:
            for _ in range(epochs):
                order = np.argsort(trains.steps + rng.normal(0.0, c.mix, n), kind="stable")
                batches = [order[k : k + c.batch] for k in range(0, n, c.batch)]
                for number in rng.permutation(len(batches)).tolist():
                    rows = batches[number]
                    gain = 1.0 - (done + np.arange(len(rows))) / total
                    heard = trains.of(rows).thinned(c.drop, rng)
                    lesson = snn.Lesson(target[rows], gain=gain)
                    sim.run_trials(self._trials(heard), counts=(), teach={"error": lesson})
                    done += len(rows)
                shown(done, total)
            self._take(sim)

    def respond(self, trains: Trains, log: Path | None = None) -> NDArray[np.int64]:
        """Spikes of each neuron in each utterance, int64[n, N], weights at rest; into ``log`` where named."""
        counts = np.zeros((len(trains), self._config.neurons), dtype=np.int64)
        self._steps = float(trains.steps.mean())
        order = np.argsort(trains.steps, kind="stable")
        size = len(order) if log is not None else TOGETHER
        groups = (
            [np.arange(len(order))] if log is not None else np.split(order, range(size, len(order), size))
        )
        net = self._declare(trains.lines, 0.0, 0.0, plastic=False)
        with self._simulation(net, log) as sim:
            for rows in groups:
                if len(rows):
                    heard = trains.of(rows)
                    counts[rows] = sim.run_trials(self._trials(heard), counts="neurons").counts("neurons")
        onto = np.bincount(self.synapses.own_i, minlength=self._config.neurons)
        self.delivered = float(len(trains.line) * self._config.neurons + (counts @ onto).sum())
        return counts

    def readout(self, trains: Trains, number: Float | None) -> Readout:
        """The readouts that learnt with the neurons; ``trains`` are what they learnt from."""
        s, c = self.synapses, self._config
        return Readout(
            weight=np.ascontiguousarray(s.out.T),
            bias=s.bias,
            spread=self.respond(trains).std(axis=0),
            scale=np.ones(len(s.out)),
            number=number,
            gram_weight=np.zeros((len(s.bias), 0)),
            strength=np.array([c.eta_out, c.epochs], dtype=np.float64),
        )

    @property
    def multiply_adds(self) -> float:
        """Of an utterance in the last ``respond``, were every synapse at work in every step."""
        return self._steps * float(self.synapses.heard.size + len(self.synapses.own_w))

    def _declare(self, lines: int, eta_out: float, rate: float, plastic: bool = True) -> snn.Network:
        c, s, step = self._config, self.synapses, self._config.step
        n, outputs = s.out.shape
        net = snn.Network(seed=self._seed)
        heard = net.source("lines", lines + 1, snn.Input())  # the last: the bias, at the end
        beta = np.where(
            np.floor((np.arange(n) + 1) * c.adapting) > np.floor(np.arange(n) * c.adapting), c.beta, 0
        )
        cells = net.population(
            "neurons", n,
            snn.ALIF(
                tau_m=c.tau_m, e_l=0.0, v_th=1.0, v_reset=0.0, t_ref=0.0, reset="subtract",
                tau_adapt=c.tau_adapt, beta=snn.Array(beta.astype(np.float64)),
            ),
        )  # fmt: skip
        out = net.population("out", outputs, snn.Readout(tau_m=math.inf))
        error = net.error("error", out, loss="softmax" if self._soft else "squared")
        k, j = np.divmod(np.arange(n * outputs), outputs)

        def rule(made: snn.PlasticityRule) -> snn.PlasticityRule | None:
            return made if plastic else None

        own = net.projection(
            cells, out, snn.FromCOO(k, j), weight=snn.Array(s.out[k, j]), delay=step, name="out",
            plasticity=rule(snn.DeltaRule(eta=eta_out)), modulator=error if plastic else None,
        )  # fmt: skip
        net.projection(
            heard, out, snn.FromCOO(np.full(outputs, lines), np.arange(outputs)), weight=snn.Array(s.bias),
            delay=step, name="bias", plasticity=rule(snn.DeltaRule(eta=rate * BIAS)),
            modulator=error if plastic else None,
        )  # fmt: skip
        signal = net.feedback("signal", error, cells, weights=own) if plastic else None
        eprop = rule(snn.EProp(eta=rate * c.eta, gamma=0.3, read="sum", optimiser="adam", batch=c.batch))
        i, j = np.divmod(np.arange(lines * n), n)
        net.projection(
            heard, cells, snn.FromCOO(i, j), weight=snn.Array(s.heard[i, j]), delay=step, name="heard",
            plasticity=eprop, modulator=signal,
        )  # fmt: skip
        if len(s.own_i):
            net.projection(
                cells, cells, snn.FromCOO(s.own_i, s.own_j), weight=snn.Array(s.own_w), delay=step,
                name="own", plasticity=eprop, modulator=signal,
            )  # fmt: skip
        return net

    def _take(self, sim: snn.Simulation) -> None:
        s = self.synapses

        def weights(name: str) -> Float:
            return np.asarray(sim.weights(name), dtype=np.float64)

        s.out, s.bias = weights("out").reshape(s.out.shape), weights("bias")
        s.heard = weights("heard").reshape(s.heard.shape)
        if len(s.own_i):
            s.own_w = weights("own")

    def _trials(self, trains: Trains) -> snn.encoders.TrialSpikes:
        """Spikes of step k at its end, and of the bias with the last."""
        step, n = self._config.step, len(trains)
        trial = np.concatenate([trains.trial, np.arange(n)])
        when = np.concatenate([trains.step + 1, np.maximum(trains.steps, 1)])
        line = np.concatenate([trains.line, np.full(n, trains.lines)])
        order = np.lexsort((line, when, trial))
        offsets = np.searchsorted(trial[order], np.arange(n + 1))
        duration = (int(trains.steps.max(initial=1)) + LAST) * step
        return snn.encoders.TrialSpikes(when[order] * step, line[order], offsets, trains.lines + 1, duration)

    def _simulation(self, net: snn.Network, log: Path | None = None) -> snn.Simulation:
        return snn.Simulation(net, dt=self._config.step, dtype="float32", backend="clock", threads=1, log=log)

"""The spiking layer on the engine: lines -> leaky integrate-and-fire neurons, with STDP.

Neurons draw excitatory lines, whose synapses learn by pair STDP, and inhibitory ones, which do not, as
``wiring`` says; both kinds of line say "much" or "little" of a feature, so a neuron fires to a random
mixture that STDP then shapes. One more line, tonic, is always on: its synapses hold the mean input of each
neuron at a set point while STDP changes the others (homeostasis, from the weights and the mean value of the
lines, hence from what arrives at the neuron).

With u_l the value of a line, its mean current through a synapse of weight w is w u_l rate tau_syn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import pysnn as snn

from .config import Config
from .encode import LineEncoder
from .fusion import Pathway
from .wiring import Wiring, draw

Float = NDArray[np.float64]

V_REST, V_TH, C_M, T_REF = -65.0, -50.0, 250.0, 2.0  # mV, mV, pF, ms
CHUNK = 250  # utterances between two reports of progress


class SpikingLayer:
    """Populations of a fusion, one for each pathway.

    Parameters
    ----------
    pathways : populations by part.
    wiring : synapses of each part of each pathway, one after the other.
    mean : float64[lines], mean values of the training utterances, which set the tonic input.
    seed : decides the order of learning and the Poisson code.
    """

    def __init__(
        self,
        pathways: Sequence[Pathway],
        wiring: Sequence[Wiring],
        mean: Float,
        encoder: LineEncoder,
        config: Config,
        seed: int,
    ) -> None:
        self.pathways = [path for path in pathways if not path.in_time]
        self._parts = [
            (path.name if len(path.parts) == 1 else f"{path.name}.{number}", part.neurons)
            for path in self.pathways
            for number, part in enumerate(path.parts)
        ]
        self.wiring = list(wiring)
        self.delivered = self.fired = 0  # synaptic events and spikes of the last pass
        self._mean = mean
        self._encoder = encoder
        self._config = config
        self._seed = seed
        net = config.network
        self._model = snn.CubaLIF(
            tau_m=net.tau_m, tau_syn_exc=net.tau_syn, tau_syn_inh=net.tau_syn, c_m=C_M,
            e_l=V_REST, v_reset=V_REST, v_th=V_TH, t_ref=T_REF,
        )  # fmt: skip

    @classmethod
    def drawn(
        cls,
        pathways: Sequence[Pathway],
        numbers: Mapping[str, NDArray[np.int64]],
        lines: Float,
        encoder: LineEncoder,
        config: Config,
        seed: int,
    ) -> SpikingLayer:
        """A layer with random synapses, scaled to the training utterances ``lines`` [n, lines].

        numbers : of the lines of each modality.
        """
        wiring = []
        for number, pathway in enumerate(pathways):
            rng = np.random.default_rng([seed, 0, number])
            for part in pathway.parts:
                wiring.append(draw(part, numbers, lines, config.network, _units(config), rng))
        layer = cls(pathways, wiring, lines.mean(axis=0), encoder, config, seed)
        for new in wiring:
            layer._balance(new)
        return layer

    def learn(self, lines: Float, progress: Callable[[int, int], None]) -> None:
        """Show ``lines`` once, in another order each pass, with STDP at work."""
        stdp = self._config.stdp
        rng = np.random.default_rng([self._seed, 1])
        for number in range(stdp.passes if self.pathways else 0):
            shown = number * len(lines)
            order = rng.permutation(len(lines))
            net, exc, tonic = self._declare(lines[order], plastic=True)
            ends = np.linspace(0, len(order), stdp.blocks + 1).round().astype(int)[1:]
            with self._simulation(net) as sim:
                for end in ends:
                    sim.run(max(0.0, self._until(int(end)) - sim.time))
                    for wiring, learnt, tone in zip(self.wiring, exc, tonic, strict=True):
                        wiring.exc_w = np.asarray(sim.weights(learnt), dtype=np.float64)
                        self._balance(wiring)
                        sim.set_weights(tone, wiring.tonic)
                    progress(shown + int(end), stdp.passes * len(lines))

    def respond(
        self, lines: Float, progress: Callable[[int, int], None], log: Path | None = None
    ) -> list[NDArray[np.int64]]:
        """Spike counts of every pathway's neurons, int64[n, neurons], to each of ``lines``; weights at rest.

        ``log`` is written as a SONATA file: utterance k is shown from dt + k period on.
        """
        if not self.pathways:
            return []
        net, _, _ = self._declare(lines, plastic=False)
        probes = [net.probe(net.populations[name], "spikes") for name, _ in self._parts]
        with self._simulation(net, log) as sim:
            for end in [*range(CHUNK, len(lines), CHUNK), len(lines)]:
                sim.run(self._until(end) - sim.time)
                progress(end, len(lines))
            self.delivered = sum(sim.delivered().values())
            counts = [self._counts(sim.data[probe], len(lines)) for probe in probes]
        self.fired = sum(int(count.sum()) for count in counts)
        parts = iter(counts)
        return [np.concatenate([next(parts) for _ in path.parts], axis=1) for path in self.pathways]

    def _balance(self, wiring: Wiring) -> None:
        """Set the tonic weights so that every neuron's mean current is ``drive`` rheobases."""
        rheobase, per_weight = _units(self._config)
        arriving = self._mean @ wiring.matrix(len(self._mean)) * per_weight
        wiring.tonic = (wiring.drive * rheobase - arriving) / per_weight

    def _declare(
        self, lines: Float, plastic: bool
    ) -> tuple[snn.Network, list[snn.Projection], list[snn.Projection]]:
        """The network with ``lines`` to be shown; its excitatory and its tonic projections."""
        stdp, dt = self._config.stdp, self._config.run.dt
        net = snn.Network(seed=self._seed)
        shown = np.concatenate([lines, np.ones((len(lines), 1))], axis=1)
        source = net.source("lines", len(self._mean) + 1, self._encoder.spikes(shown, self._seed))
        exc, tonic = [], []
        for (name, neurons), w in zip(self._parts, self.wiring, strict=True):
            cells = net.population(name, neurons, self._model)
            rule = snn.PairSTDP(
                tau_plus=stdp.tau, tau_minus=stdp.tau, a_plus=stdp.a_plus, a_minus=stdp.a_minus,
                w_max=w.w_max, mu_plus=stdp.mu, mu_minus=stdp.mu,
            )  # fmt: skip
            learns = rule if plastic else None
            pairs = snn.FromCOO(w.exc_i, w.exc_j)
            exc.append(
                net.projection(source, cells, pairs, weight=snn.Array(w.exc_w), delay=dt, plasticity=learns)
            )
            if len(w.inh_i):
                pairs = snn.FromCOO(w.inh_i, w.inh_j)
                net.projection(source, cells, pairs, weight=snn.Array(-w.inh_w), delay=dt, receptor="inh")
            pairs = snn.FromCOO(np.full(neurons, len(self._mean)), np.arange(neurons))
            tonic.append(net.projection(source, cells, pairs, weight=snn.Array(w.tonic), delay=dt))
        return net, exc, tonic

    def _simulation(self, net: snn.Network, log: Path | None = None) -> snn.Simulation:
        run = self._config.run
        return snn.Simulation(net, backend=run.backend, dt=run.dt, threads=run.threads or None, log=log)

    def _until(self, utterances: int) -> float:
        """Time at which so many utterances are over, ms."""
        return self._config.run.dt + utterances * self._encoder.period

    def _counts(self, spikes: snn.SpikeData, n: int) -> NDArray[np.int64]:
        size = len(spikes.indices)
        # A spike at the very end of a period was caused in it.
        row = np.ceil((spikes.t - self._config.run.dt) / self._encoder.period).astype(np.int64) - 1
        counts = np.bincount(row * size + spikes.i.astype(np.int64), minlength=n * size)
        return np.asarray(counts.reshape(n, size), dtype=np.int64)


def _units(config: Config) -> tuple[float, float]:
    """The least constant current that makes a neuron fire [pA], and the mean current of a synapse of 1 pA
    from a line of value 1 [pA].
    """
    rheobase = (V_TH - V_REST) * C_M / config.network.tau_m
    return rheobase, config.encode.rate * 1e-3 * config.network.tau_syn

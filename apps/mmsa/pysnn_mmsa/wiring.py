"""How a part of a population is wired to the lines it sees.

mixed        many random excitatory and as many inhibitory lines of all its modalities: a random mixture
coincidence  one excitatory line of each of its modalities, and a threshold that one alone does not pass
difference   one excitatory line of the first modality, one inhibitory of the second
gated        a mixture of the first modality that one strong inhibitory line of the second silences

Mixtures have the drive and gain of the settings; where a threshold is to tell apart, mean input is below it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .fusion import Part
from .settings import NetworkConfig

Float = NDArray[np.float64]
Lines = NDArray[np.int64]
Pairs = tuple[Lines, Lines, Float]  # line, neuron, weight on [0, 1)

SHARP = (0.5, 1.4)  # drive and gain of what tells apart by its threshold, in least currents that make it fire
GATE = 4.0  # inhibition of a gate at full value, likewise
HALF = 0.5  # of the largest weight: where STDP may go either way


@dataclass
class Wiring:
    """Synapses of one population, listed by (line, neuron); weights in pA, >= 0.

    drive : mean input that the tonic line keeps, over the least current that makes a neuron fire.
    """

    exc_i: Lines
    exc_j: Lines
    exc_w: Float
    inh_i: Lines
    inh_j: Lines
    inh_w: Float
    tonic: Float
    w_max: float
    drive: float

    def matrix(self, lines: int) -> Float:
        """Excitatory less inhibitory weights, float64[lines, neurons]."""
        net = np.zeros((lines, len(self.tonic)))
        np.add.at(net, (self.exc_i, self.exc_j), self.exc_w)
        np.add.at(net, (self.inh_i, self.inh_j), -self.inh_w)
        return net


@dataclass(frozen=True)
class Drawn:
    """Synapses as drawn, before they are scaled to drive and ``gain``; ``gate`` ones are in units of GATE."""

    exc: Pairs
    inh: Pairs
    gate: Pairs | None
    drive: float
    gain: float


Seen = Sequence[Lines]  # lines by modality, in the order of the part's modalities


def _mixed(seen: Seen, neurons: int, config: NetworkConfig, rng: np.random.Generator) -> Drawn:
    lines = np.concatenate(list(seen))
    degree = min(config.indegree, max(1, len(lines) // 2))
    exc = _random(lines, neurons, degree, rng)
    return Drawn(exc, _random(lines, neurons, degree, rng), None, config.drive, config.gain)


def _coincidence(seen: Seen, neurons: int, config: NetworkConfig, rng: np.random.Generator) -> Drawn:
    return Drawn(_joined([_one(lines, neurons, rng) for lines in seen]), _none(), None, *SHARP)


def _difference(seen: Seen, neurons: int, config: NetworkConfig, rng: np.random.Generator) -> Drawn:
    first, second = seen
    return Drawn(_one(first, neurons, rng), _one(second, neurons, rng), None, *SHARP)


def _gated(seen: Seen, neurons: int, config: NetworkConfig, rng: np.random.Generator) -> Drawn:
    heard, gate = seen
    mixture = _mixed([heard], neurons, config, rng)
    line, neuron, _ = _one(gate, neurons, rng)
    return Drawn(mixture.exc, mixture.inh, (line, neuron, np.ones(neurons)), mixture.drive, mixture.gain)


KINDS: Mapping[str, Callable[[Seen, int, NetworkConfig, np.random.Generator], Drawn]] = {
    "mixed": _mixed,
    "coincidence": _coincidence,
    "difference": _difference,
    "gated": _gated,
}


def draw(
    part: Part,
    numbers: Mapping[str, Lines],
    lines: Float,
    config: NetworkConfig,
    units: tuple[float, float],
    rng: np.random.Generator,
) -> Wiring:
    """Random synapses of ``part``, scaled to the values of the training utterances ``lines`` [n, lines].

    numbers : of the lines of each modality. units : least constant current that makes a neuron fire [pA], and
    mean current of a synapse of 1 pA from a line of value 1 [pA]. The tonic weights are left at 0.
    """
    rheobase, per_weight = units
    drawn = KINDS[part.wiring]([numbers[name] for name in part.modalities], part.neurons, config, rng)
    wiring = Wiring(*drawn.exc, *drawn.inh, np.zeros(part.neurons), 1.0, drawn.drive)
    spread = float((lines @ wiring.matrix(lines.shape[1])).std(axis=0).mean()) * per_weight
    if spread > 0.0:
        wiring.w_max = drawn.gain * rheobase / spread
        wiring.exc_w = wiring.exc_w * wiring.w_max
        wiring.inh_w = wiring.inh_w * wiring.w_max
    if drawn.gate is not None:
        i, j, w = drawn.gate
        both = ((wiring.inh_i, wiring.inh_j, wiring.inh_w), (i, j, w * GATE * rheobase / per_weight))
        wiring.inh_i, wiring.inh_j, wiring.inh_w = _joined(both)
    return wiring


def _random(lines: Lines, neurons: int, degree: int, rng: np.random.Generator) -> Pairs:
    """``degree`` different lines for each neuron, by (line, neuron), with weights uniform on [0, 1)."""
    i = np.concatenate([rng.choice(lines, degree, replace=False) for _ in range(neurons)])
    j = np.repeat(np.arange(neurons), degree)
    order = np.lexsort((j, i))
    return i[order].astype(np.int64), j[order].astype(np.int64), rng.random(len(i))


def _one(lines: Lines, neurons: int, rng: np.random.Generator) -> Pairs:
    """One line for each neuron, all lines about as often, with weights of HALF."""
    rounds = -(-neurons // len(lines))
    i = np.concatenate([rng.permutation(lines) for _ in range(rounds)])[:neurons]
    return _joined([(i.astype(np.int64), np.arange(neurons), np.full(neurons, HALF))])


def _joined(groups: Sequence[Pairs]) -> Pairs:
    i, j, w = (np.concatenate(parts) for parts in zip(*groups, strict=True))
    order = np.lexsort((j, i))
    return i[order], j[order], w[order]


def _none() -> Pairs:
    empty = np.zeros(0, dtype=np.int64)
    return empty, empty, np.zeros(0)

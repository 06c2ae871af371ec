"""The readout: from spikes that arrive to votes, by weights that the delta rule learns.

To an output neuron come the spikes of the hidden neurons and, where the path is direct too, those of the
lines of their modalities; of a transcript also those of a line an n-gram. ``taught`` has the network and the
rule, ``strength`` how fast is learnt. Where labels are numbers there is one output, which is o itself, and
what is wanted is the label less its mean, over its deviation.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, hstack

import pysnn as snn

from . import strength, taught
from .delta_rule import Strength
from .settings import ReadoutConfig
from .strength import Held
from .taught import Heard, Weights

Float = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Arriving:
    """Spikes that arrive at a readout in each of n utterances.

    counts : int64[n, d], of neurons and lines. grams : [n, s], of the lines of n-grams; None without them.
    neurons : how many of the counts, the first, are of neurons beside lines. hidden : how fast is learnt from
    them, over that from lines. kinds : how many n-grams are of one kind, side by side; () where all are.
    """

    counts: Counts
    grams: csr_array | None = None
    neurons: int = 0
    hidden: float = 1.0
    kinds: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self.counts)

    def of(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> Arriving:
        """Some utterances alone."""
        grams = None if self.grams is None else self.grams[rows]
        return dataclasses.replace(self, counts=self.counts[rows], grams=grams)

    @property
    def all(self) -> csr_array:
        """Of all lines side by side, [n, d + s]."""
        grams = [] if self.grams is None else [self.grams]
        return csr_array(hstack([csr_array(self.counts), *grams], format="csr"))

    @property
    def scales(self) -> Float:
        """How many spikes of each line count as much as one of another, float64[d + s].

        Of a neuron or line the octave of its standard deviation, so that all of them weigh alike and few
        scales are in use; what never changes says nothing. Of n-grams, few of which are in any utterance, the
        mean length of an utterance's, of each kind by itself. Neurons and lines together weigh as much as
        n-grams.
        """
        spread = self.counts.std(axis=0)
        octave = 2.0 ** np.rint(np.log2(np.where(spread > 0.0, spread, 1.0)))
        own = np.where(spread > 0.0, octave, np.inf) * np.sqrt(max(1, len(spread)))
        own[: self.neurons] /= np.sqrt(self.hidden)
        if self.grams is None:
            return np.asarray(own)
        ends = np.cumsum(self.kinds or (self.grams.shape[1],))[:-1]
        of_kind = np.searchsorted(ends, self.grams.indices, side="right")
        squares = np.bincount(of_kind, self.grams.data.astype(np.float64) ** 2, len(ends) + 1)
        lengths = np.sqrt(squares / max(1, len(self)))
        widths = np.diff([0, *ends, self.grams.shape[1]])
        return np.concatenate([own, np.repeat(np.where(lengths > 0.0, lengths, 1.0), widths)])

    @property
    def spikes(self) -> float:
        """In all."""
        return float(self.counts.sum()) + (0.0 if self.grams is None else float(self.grams.sum()))


@dataclass(frozen=True)
class Readout:
    """A trained readout.

    weight : float64[outputs, d], a spike. bias : float64[outputs]. gram_weight : float64[outputs, s].
    spread : float64[d], standard deviation of each count in training. scale : float64[d + s], of ``taught``.
    number : float64[4], mean, least, largest and deviation of the labels where they are numbers; else None.
    strength : float64[2], eta and epochs that it learnt with.
    """

    weight: Float
    bias: Float
    spread: Float
    scale: Float
    number: Float | None = None
    gram_weight: Float = field(default_factory=lambda: np.zeros((0, 0)))
    strength: Float = field(default_factory=lambda: np.zeros(2))

    def scores(self, arriving: Arriving) -> Float:
        """Outputs o, float64[n, outputs]."""
        o = arriving.counts @ self.weight.T + self.bias
        if arriving.grams is not None:
            o = o + arriving.grams @ self.gram_weight.T
        return np.asarray(o)

    def numbers(self, arriving: Arriving) -> Float:
        """The label each utterance stands for, float64[n, 1], in the range of the training labels."""
        assert self.number is not None
        mean, low, high, deviation = self.number
        return np.asarray(np.clip(mean + deviation * self.scores(arriving), low, high))


@dataclass(frozen=True)
class Wanted:
    """What is wanted of readouts: ``values`` float64[n, outputs], ``number`` as of ``Readout``."""

    values: Float
    number: Float | None

    @classmethod
    def of(cls, labels: Float, classes: int) -> Wanted:
        """Of labels [n] that are numbers of classes, or, where ``classes`` = 0, numbers."""
        if classes:
            return cls(np.asarray(np.eye(classes)[labels.astype(np.int64)]), None)
        number = np.array([labels.mean(), labels.min(), labels.max(), labels.std() or 1.0])
        return cls(np.asarray(((labels - number[0]) / number[3])[:, None]), number)

    @classmethod
    def like(cls, readout: Readout, labels: Float) -> Wanted:
        """Of labels [n] in the units that ``readout`` has learnt."""
        if readout.number is None:
            return cls.of(labels, len(readout.bias))
        mean, _, _, deviation = readout.number
        return cls(np.asarray(((labels - mean) / deviation)[:, None]), readout.number)

    @property
    def soft(self) -> bool:
        """Do outputs compete?"""
        return self.number is None


def learn(
    arriving: Arriving,
    labels: Float,
    classes: int,
    config: ReadoutConfig,
    seed: int,
    held: Held | None = None,
) -> Readout:
    """Learn from what arrives and ``labels`` [n], each epoch in another order drawn from ``seed``.

    Labels are numbers of classes, or, where ``classes`` = 0, numbers. Where ``held`` says what can be held
    out, the strength of learning is chosen on it; those of its validation part are not learnt from.
    """
    everything, all_labels = arriving, labels
    if held is not None:
        arriving, labels = arriving.of(~held.valid), all_labels[~held.valid]
    if len(arriving) == 0:
        raise snn.ParameterError("readout: there is no utterance to learn from")
    wanted = Wanted.of(labels, classes)
    chosen = Strength(config.eta, 0.0, config.epochs)
    if held is not None and config.strength == "valid":
        target = Wanted.of(all_labels, classes).values

        def tried(
            ladder: list[Strength], learnt: NDArray[np.bool_], judged: NDArray[np.bool_]
        ) -> list[Float]:
            before, after = everything.of(learnt), everything.of(judged).all
            etas = [one.eta for one in ladder]
            found = taught.learn(
                Heard(before.all, before.scales), target[learnt], bool(classes), etas, config.epochs, seed
            )
            return [np.full((1, 1), np.inf) if one.diverged else one.outputs(after) for one in found]

        ladder = [Strength(times * config.eta, 0.0, config.epochs) for times in strength.RATES]
        best = strength.choose(tried, ladder, target, bool(classes), seed, held)
        chosen = chosen if best is None else best
    heard = Heard(arriving.all, arriving.scales)
    (learnt,) = taught.learn(heard, wanted.values, wanted.soft, [chosen.eta], chosen.epochs, seed)
    if learnt.diverged:
        raise snn.ParameterError(f"readout.eta: learning at {chosen.eta:g} diverges; expected a lower rate")
    own = arriving.counts.shape[1]
    return Readout(
        weight=learnt.weight[:, :own],
        bias=learnt.bias,
        spread=arriving.counts.std(axis=0),
        scale=heard.scale,
        number=wanted.number,
        gram_weight=learnt.weight[:, own:],
        strength=np.array([chosen.eta, chosen.epochs], dtype=np.float64),
    )


def go_on(
    readout: Readout, arriving: Arriving, labels: Float, rate: float, epochs: int, seed: int
) -> Readout:
    """``readout`` after it has learnt from more utterances; ``rate`` : at first, over that it learnt with."""
    begin = Weights(np.concatenate([readout.weight, readout.gram_weight], axis=1), readout.bias)
    wanted = Wanted.like(readout, labels)
    eta = rate * float(readout.strength[0])
    heard = Heard(arriving.all, readout.scale)
    (learnt,) = taught.learn(heard, wanted.values, wanted.soft, [eta], epochs, seed, begin)
    if learnt.diverged:
        raise snn.ParameterError(f"resume.rate: learning at {eta:g} diverges; expected a lower rate")
    own = readout.weight.shape[1]
    return dataclasses.replace(
        readout, weight=learnt.weight[:, :own], gram_weight=learnt.weight[:, own:], bias=learnt.bias
    )

"""Moments that the engine makes of others: what readouts miss, and what feedback makes of a modulator.

As ``Engine::teach`` and ``Engine::modulate`` (csrc/engine) have it, in the same order of every sum.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ...spec import NetworkSpec
from .._cpu import core
from .._keys import key
from .checkpoint import Arrays, array

Floats = NDArray[np.float64]


class Signals:
    """Errors and feedback; where that is adaptive, what sets its weights apart from those it follows."""

    def __init__(self, spec: NetworkSpec, noise: int) -> None:
        """``noise`` : the seed of what is drawn in the course of time."""
        self._spec, self._seed = spec, noise
        self._numbers = {m.name: number for number, m in enumerate(spec.modulators)}
        projections = {p.name: number for number, p in enumerate(spec.projections)}
        widths = {m.name: m.width(spec.groups) for m in spec.modulators}
        self._drawn: dict[int, Floats] = {}
        self._projection: dict[int, int] = {}  # by number of the feedback, as the others
        for number, feedback in enumerate(spec.feedbacks):
            if feedback.follows is not None:
                self._projection[number] = projections[feedback.follows]
            if isinstance(feedback.weights, str):
                self._projection[number] = projections[feedback.weights]
                continue
            shape = widths[feedback.modulator], widths[feedback.of]
            owner = f"feedback {feedback.modulator!r}"
            draws = key(spec.seed, "feedback", feedback.modulator)
            drawn = core().draw(feedback.weights.lower(), draws, shape[0] * shape[1], owner)
            self._drawn[number] = drawn.reshape(shape)
        self.apart: dict[int, Floats] = {}  # as of the last moment; none before the first

    def missed(self, error: int, y: Floats, wanted: Floats, noise: int, tick: int) -> Floats:
        """By what states ``y`` of the readout of an error miss what is wanted, under a noise (0: its own)."""
        of = self._spec.errors[error]
        draws = key(self._seed, "error", of.modulator)
        missed: Floats = core().readout_error(of.loss, y * of.scale, wanted, draws, noise, tick)
        return missed

    def modulator(self, error: int) -> int:
        """The number of the modulator that an error is."""
        return self._numbers[self._spec.errors[error].modulator]

    def readout(self, error: int) -> tuple[int, str]:
        """The population that an error is of, and which of its states."""
        of = self._spec.errors[error]
        return [p.name for p in self._spec.populations].index(of.readout), of.state

    def follow(
        self, modulator: int, values: Floats, weights_now: Callable[[int], Floats]
    ) -> list[tuple[int, Floats]]:
        """A moment of a modulator and all that feedback makes of it; ``weights_now`` [sources, targets].

        All is worked out before any is told: feedback by weights that learn from it is by those of before.
        """
        told = [(modulator, values)]
        for number, feedback in enumerate(self._spec.feedbacks):
            of = self._numbers[feedback.of]
            found = next((signal for name, signal in told if name == of), None)
            if found is None:
                continue
            sums = np.zeros(self._spec_width(feedback.modulator))
            weights = self._weights(number, weights_now)
            for k, value in enumerate(found):  # one after the other, as the core adds them
                sums += weights[:, k] * value
            told.append((self._numbers[feedback.modulator], sums))
        return told

    def _spec_width(self, modulator: str) -> int:
        return self._spec.modulators[self._numbers[modulator]].width(self._spec.groups)

    def _weights(self, number: int, weights_now: Callable[[int], Floats]) -> Floats:
        if number not in self._projection:
            return self._drawn[number]
        now = weights_now(self._projection[number])
        if number not in self._drawn:
            return now
        if number in self.apart:
            self.apart[number] -= self._spec.feedbacks[number].decay * self.apart[number]
        else:
            self.apart[number] = self._drawn[number] - now
        return now + self.apart[number]

    def take_over(self, other: Signals) -> None:
        """Go on with what the feedback of another engine of the same network has come to."""
        self.apart = {number: apart.copy() for number, apart in other.apart.items()}

    def save(self) -> Arrays:
        """What it has come to."""
        return {f"feedback {number}": apart for number, apart in self.apart.items()}

    def restore(self, saved: Arrays) -> None:
        """Go on with it."""
        self.apart = {
            number: array(saved, f"feedback {number}", drawn.shape, np.float64)
            for number, drawn in self._drawn.items()
            if f"feedback {number}" in saved
        }

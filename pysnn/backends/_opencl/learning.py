"""An engine on an OpenCL device: its synapses, and what they learn by."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import ParameterError
from ..base import Float
from .learner import Learner
from .recording import Recording


class Learning(Recording):
    """Weights, how fast they are learnt, and the signals of a third factor."""

    def synapse_count(self, projection: int) -> int:
        """Number of synapses."""
        return int(self._network.synapse_count(projection))

    def synapses(self, projection: int) -> tuple[NDArray[np.uint32], NDArray[np.uint32], Float]:
        """Sources, targets and delays."""
        i, j, delay = self._network.synapses(projection)
        return i, j, delay

    def weights(self, projection: int) -> NDArray[Any]:
        """Weights in (i, j, k) order, up to date."""
        self.finish()
        return self._in_order(projection)

    def _in_order(self, projection: int) -> NDArray[Any]:
        """Weights as of the last time that they were brought to the present."""
        stored = self._blocks[projection]["weight"]
        n = self.synapse_count(projection)
        values = np.empty(n, self._machine.real)
        if n:
            values[self._stored[projection].order()] = stored
        return values

    def check_weights(self, projection: int, weights: NDArray[Any], call: str) -> None:
        """Raise what ``set_weights`` would, as an error of ``call``."""
        self._machine.rounded(weights, f"{call}: {self._spec.projections[projection].name!r}")

    def set_weights(self, projection: int, weights: NDArray[Any]) -> None:
        """Replace the weights, given in (i, j, k) order."""
        self.finish()
        synapses = self._synapses.get(projection)
        if synapses is None:
            return
        owner = f"set_weights: {self._spec.projections[projection].name!r}"
        stored = self._machine.rounded(weights, owner)[self._stored[projection].order()]
        if isinstance(synapses, Learner):
            self._blocks[projection]["weight"][:] = stored
            synapses.set_weights(stored, self._now)
        else:
            self._replaced.add(projection)
            self._blocks[projection] = {**self._blocks[projection], "weight": stored, "constant": False}
            synapses.set_weights(stored)

    def blocks(self, projection: int) -> list[dict[str, Any]]:
        """Synapses as stored, with the weights as of the last finish."""
        return [self._blocks[projection]]

    # ---- learning -----------------------------------------------------------------------------------

    def set_learning(self, projection: int, on: bool | None, rate: float | None) -> None:
        """Whether the weights of a plastic projection change from now on, and how fast; None: as before."""
        synapses = self._plastic_of(projection)
        if synapses is not None:
            synapses.learn(on, rate, self._now)

    def _plastic_of(self, projection: int) -> Learner | None:
        """None where it has no synapses."""
        if self._spec.projections[projection].plasticity is None:
            raise ParameterError(f"{self._spec.projections[projection].name!r} has no plasticity")
        synapses = self._synapses.get(projection)
        return synapses if isinstance(synapses, Learner) else None

    def modulate(self, modulator: int, values: Float) -> None:
        """A moment of a modulator, now: its number, or one for each neuron of its population."""
        for number, signal in self._signals.follow(modulator, values, self._weights_now):
            for projection in self._parts.listeners[number]:
                synapses = self._synapses.get(projection)
                if isinstance(synapses, Learner):
                    synapses.modulate(signal, self._now)
        self._finished = False

    def teach(self, error: int, wanted: Float, gain: float) -> Float:
        """The moment of an error, now: of what is wanted of its readout, and what feedback makes of it."""
        population, state = self._signals.readout(error)
        y = self._neurons[population].get(state)
        missed = self._signals.missed(error, y, wanted, self._noise, self._now) * gain
        self.modulate(self._signals.modulator(error), missed)
        return missed

    def _weights_now(self, projection: int) -> Float:
        """Of a plastic projection, summed by pair: [sources, targets]."""
        if not self._finished:  # others need not come to the present
            self._repeatably(partial(self._bring_to_present, projection))
        p, groups = self._spec.projections[projection], self._spec.groups
        sums = np.zeros((groups[p.source].n, groups[p.target].n))
        i, j, _ = self.synapses(projection)
        np.add.at(sums, (i, j), self._in_order(projection))
        return sums

    def learns(self, projection: int) -> bool:
        """Whether they do now."""
        synapses = self._plastic_of(projection)
        return synapses is not None and synapses.learns

"""How much a prediction costs: spikes and synaptic events beside the same network without spikes.

A spike that reaches a synapse is an addition, a synapse of a network without spikes a multiplication and an
addition, once an utterance. In 45 nm at 0.9 V an addition of 32-bit floats takes 0.9 pJ, a multiplication 3.7
(Horowitz 2014, ISSCC, 10). Both sides leave out what neurons themselves do, and memory, which takes more than
either: the figures compare arithmetic and are no measurement of a machine.
"""

from __future__ import annotations

from dataclasses import dataclass

ADD, MULTIPLY = 0.9, 3.7  # pJ


@dataclass(frozen=True)
class Work:
    """Of one utterance in the mean.

    spikes : of the hidden neurons. events : spikes that reach a synapse, of the hidden layer and the readout.
    multiply_adds : synapses of the same network without spikes. seconds : the engine took on this machine.
    """

    spikes: float
    events: float
    multiply_adds: float
    seconds: float

    @property
    def energy(self) -> float:
        """Of the events, nJ."""
        return 1e-3 * ADD * self.events

    @property
    def dense_energy(self) -> float:
        """Of the multiplications and additions, nJ."""
        return 1e-3 * (ADD + MULTIPLY) * self.multiply_adds

"""White noise as an injected current."""

from __future__ import annotations

import math
from typing import Any

from ..base.number import Number
from ..base.params import param
from ..errors import ParameterError
from .base import Current


class NoiseCurrent(Current):
    """Gaussian white noise, sampled and held: every neuron and interval has a draw of its own.

    From ``start`` to ``stop``, neuron j takes in the n-th interval of ``interval`` ms

        I_j(t) = mean + std xi_{j,n},    start + n interval <= t < start + (n + 1) interval

    with xi independent and standard normal. A membrane of time constant tau and capacitance C that stays
    below threshold has then the mean e_l + (tau / C) mean, and at the instants of new draws, where it
    varies most, the variance

        (tau / C)^2 std^2 (1 - q) / (1 + q),    q = exp(-interval / tau)

    so that for the same effect at a finer interval ``std`` must grow as 1 / sqrt(interval). This is NEST's
    noise_generator, whose ``dt`` is the interval.

    Draws are keyed by the network's seed, the neurons the current was declared for, the neuron and n:
    they depend neither on threads nor on how a run is divided. Two currents into the same neurons differ
    by the order in which they were declared.

    Mainen & Sejnowski (1995), Science 268:1503-1506.

    Parameters
    ----------
    mean : pA.
    std : pA, >= 0.
    interval : ms, >= 1e-6; on a fixed step a multiple of dt.
    start : ms, >= 0.
    stop : ms, > start; infinite by default.

    Raises OffGridError where one of the times is no multiple of a fixed step.
    """

    mean: Number = param(unit="pA")
    std: Number = param(unit="pA", low=0.0)
    interval: Number = param(default=1.0, unit="ms", low=1e-6)
    start: Number = param(default=0.0, unit="ms", low=0.0)
    stop: Number = param(default=math.inf, unit="ms", low=0.0, infinite=True)

    def check(self) -> None:
        """The current must last."""
        if not self.stop > self.start:
            raise ParameterError(
                f"NoiseCurrent.stop: must be > start = {self.start:g} ms (got {self.stop:g})"
            )

    def changes(self) -> float:
        """Once an interval."""
        return 1.0 / self.interval

    def lower(self) -> tuple[str, dict[str, Any]]:
        """The parameters as they are; the core draws."""
        return "NoiseCurrent", self.as_numbers()

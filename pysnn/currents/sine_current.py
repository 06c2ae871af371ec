"""An oscillating current."""

from __future__ import annotations

import math
from typing import Any

from ..base.number import Number
from ..base.params import param
from ..errors import ParameterError
from .base import Current


class SineCurrent(Current):
    """A sine, held in every interval at its mean there.

    Currents are piecewise constant here. From ``start`` to ``stop``, in the n-th interval a <= t < b of
    ``interval`` ms (a = start + n interval; the last one is cut at ``stop``), what flows is

        1 / (b - a)  integral from a to b of  offset + amplitude sin(2 pi frequency t + phase) dt
            = offset + amplitude sin(2 pi frequency (a + b) / 2 + phase) sin(x) / x,
        x = pi frequency (b - a),

    with t counted from the begin of the simulation, not from ``start``. So every interval brings the charge
    of the sine itself, and a membrane below threshold, of capacitance c_m and any time constant, is never
    further from where the sine itself would have it than

        2 pi frequency amplitude interval^2 / (4 c_m)

    (with the frequency in 1/ms; half of that at the ends of intervals): 0.06 mV for 100 pA of 100 Hz into
    250 pF at 1 ms. On the event engine every interval costs each neuron an event. NEST's ac_generator, with
    its phase in degrees, is sampled at every step.

    Parameters
    ----------
    amplitude : pA.
    frequency : Hz, >= 0.
    phase : rad; 0 by default.
    offset : pA; 0 by default.
    interval : ms, >= 1e-6 and <= half a period; on a fixed step a multiple of dt.
    start : ms, >= 0.
    stop : ms, > start; infinite by default.

    Raises OffGridError where one of the times is no multiple of a fixed step.
    """

    amplitude: Number = param(unit="pA")
    frequency: Number = param(unit="Hz", low=0.0)
    phase: Number = param(default=0.0, unit="rad")
    offset: Number = param(default=0.0, unit="pA")
    interval: Number = param(default=1.0, unit="ms", low=1e-6)
    start: Number = param(default=0.0, unit="ms", low=0.0)
    stop: Number = param(default=math.inf, unit="ms", low=0.0, infinite=True)

    def check(self) -> None:
        """The current must last, and the sine be sampled at least twice a period."""
        if not self.stop > self.start:
            raise ParameterError(f"SineCurrent.stop: must be > start = {self.start:g} ms (got {self.stop:g})")
        if self.interval * self.frequency * 1e-3 > 0.5:
            raise ParameterError(
                f"SineCurrent.interval: must be <= half a period = {500.0 / self.frequency:g} ms "
                f"(got {self.interval:g})"
            )

    def changes(self) -> float:
        """Once an interval."""
        return 1.0 / self.interval

    def lower(self) -> tuple[str, dict[str, Any]]:
        """The parameters as they are; the core samples."""
        return "SineCurrent", self.as_numbers()

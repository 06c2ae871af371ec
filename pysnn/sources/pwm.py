"""Pulse-width modulated spike trains: an encoded value as a source that keeps running."""

from __future__ import annotations

from ..base.number import Number, Numbers
from ..base.params import param
from ._sizes import check_one_or_each
from .base import MOST_RATE, Source


class PWM(Source):
    """Sources that fire once a period, the later the larger their duty; nothing is random.

    A source fires where the rising sawtooth

        c(t) = (1 + 2 guard) ((t / period + phase) mod 1) - guard

    meets its duty, hence at the times t > 0 of

        t = (m + (duty + guard) / (1 + 2 guard) - phase) period,    m whole.

    These are the spikes of ``encoders.PWM(period, guard)`` of the value that stands at the share ``duty``
    of its range, duty = (value - low) / (high - low), for as long as the network runs.

    On a fixed step the period must be a multiple of dt and spikes are taken to the nearest step, as the
    encoder does with a ``resolution`` of dt. In continuous time a period is, as every time, a whole number
    of 1e-12 ms.

    Arriandiaga, Portillo, Espinosa-Ramos & Kasabov (2020), IEEE Trans. Neural Netw. Learn. Syst.
    31:3920-3931.

    Parameters
    ----------
    duty : >= 0 and <= 1; a number for all sources, a distribution, or an array with one entry a source.
    period : ms, >= 1e-6.
    phase : >= 0 and < 1: where in its first period the carrier begins; the same.
    guard : > 0 and <= 1: how far the carrier reaches beyond the range, as a share of it. A fixed step must
        be < 2 period guard / (1 + 2 guard), as the encoder's resolution.
    start, stop : ms; spikes come in (start, stop] alone, see Source.

    Raises OffGridError where the period is no multiple of a fixed step.
    """

    duty: Numbers = param(low=0.0, high=1.0, each=True)
    period: Number = param(default=10.0, unit="ms", low=1000.0 / MOST_RATE)
    phase: Numbers = param(default=0.0, low=0.0, below=1.0, each=True)
    guard: Number = param(default=0.05, above=0.0, high=1.0)

    def check_size(self, n: int, owner: str) -> None:
        """Arrays must have one entry a source."""
        check_one_or_each(self, ("duty", "phase"), n, owner)

    def rate_while_on(self) -> float:
        """One spike, or with a duty of 0 none, a period."""
        return 1000.0 / self.period

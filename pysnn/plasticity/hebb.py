"""Plain Hebbian plasticity."""

from __future__ import annotations

from ..base.params import param
from .base import PlasticityRule, check_bounds


class Hebb(PlasticityRule):
    """Hebb's rule: what fires together, in whichever order, is wired together.

    With u = |w| / w_max and traces x and y of source and target (jumps of 1, time constants tau_pre and
    tau_post):

    presynaptic spike:   u -> u + eta (w_in + y),    x -> x + 1
    postsynaptic spike:  u -> u + eta (w_out + x),   y -> y + 1

    and |w| stays in [w_min, w_max]. The spike that reads a trace reads it before its own jump. For
    independent Poisson trains of rates a and b, du/dt = eta (w_in a + w_out b + (tau_pre + tau_post) a b),
    and spikes that come together add to it. With w_in = w_out = 0, by default, weights can but grow, up to
    w_max; w_in > 0 > w_out makes those of sources that fire together grow and others fall.

    Kempter, Gerstner & van Hemmen (1999), Phys. Rev. E 59:4498, with a window that is exponential on either
    side.

    Parameters
    ----------
    eta : learning rate in units of w_max, 0 to 1e100.
    tau_pre, tau_post : time constants of the traces, >= 1e-12 ms: the window after a presynaptic and
        after a postsynaptic spike.
    w_in, w_out : what a spike of source or target adds by itself, within 1e100, in units of what a pair at
        one instant adds.
    w_max : the largest absolute weight, 1e-100 to 1e100 in the unit of the weights.
    w_min : the smallest absolute weight, >= 0 and <= w_max; 0 by default.
    """

    eta: float = param(default=0.001, low=0.0, high=1e100)
    tau_pre: float = param(default=20.0, unit="ms", low=1e-12)
    tau_post: float = param(default=20.0, unit="ms", low=1e-12)
    w_in: float = param(default=0.0, low=-1e100, high=1e100)
    w_out: float = param(default=0.0, low=-1e100, high=1e100)
    w_max: float = param(default=1.0, low=1e-100, high=1e100)
    w_min: float = param(default=0.0, low=0.0, high=1e100)

    def check(self) -> None:
        """The bounds must be in order."""
        check_bounds("Hebb", self.w_min, self.w_max)

    @property
    def largest(self) -> float:
        """``w_max``."""
        return self.w_max

    @property
    def smallest(self) -> float:
        """``w_min``."""
        return self.w_min

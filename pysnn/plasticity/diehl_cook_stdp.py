"""Plasticity at postsynaptic spikes with a target for the presynaptic trace."""

from __future__ import annotations

from ..base.params import param
from .base import PlasticityRule, check_bounds


class DiehlCookSTDP(PlasticityRule):
    """STDP at postsynaptic spikes alone, up or down by how recently the source has fired.

    With u = |w| / w_max and a presynaptic trace x, which decays with tau:

    postsynaptic spike:  u -> u + eta (x - x_target) (1 - u)^mu
    presynaptic spike:   x -> x + 1 (nearest: x -> 1)

    and |w| stays in [w_min, w_max]. At a tie the presynaptic spike comes first. Sources that rarely fire
    before the target lose their weight, also those that have never fired.

    Diehl & Cook (2015), Front. Comput. Neurosci. 9:99, equation for "power-law weight dependence" with
    x_tar = x_target.

    Parameters
    ----------
    eta : learning rate in units of w_max, 0 to 1e100.
    x_target : trace at which nothing changes, 0 to 1e100.
    tau : time constant of the trace, >= 1e-12 ms.
    mu : exponent of the weight dependence, 0 (none) to 1.
    w_max : the largest absolute weight, 1e-100 to 1e100 in the unit of the weights.
    w_min : the smallest absolute weight, >= 0 and <= w_max; 0 by default.
    pairing : "all_to_all" (x sums over spikes) or "nearest" (x is of the latest alone).
    """

    eta: float = param(default=0.01, low=0.0, high=1e100)
    x_target: float = param(default=0.4, low=0.0, high=1e100)
    tau: float = param(default=20.0, unit="ms", low=1e-12)
    mu: float = param(default=1.0, low=0.0, high=1.0)
    w_max: float = param(default=1.0, low=1e-100, high=1e100)
    w_min: float = param(default=0.0, low=0.0, high=1e100)
    pairing: str = param(default="all_to_all", choices=("all_to_all", "nearest"))

    def check(self) -> None:
        """The bounds must be in order."""
        check_bounds("DiehlCookSTDP", self.w_min, self.w_max)

    @property
    def largest(self) -> float:
        """``w_max``."""
        return self.w_max

    @property
    def smallest(self) -> float:
        """``w_min``."""
        return self.w_min

"""BCM plasticity on rate traces."""

from __future__ import annotations

from ..base.params import param
from .base import PlasticityRule, check_bounds


class BCM(PlasticityRule):
    """BCM rule with a sliding threshold, on traces that follow rates.

    With u = |w| / w_max, a presynaptic trace x (jump 1, time constant tau_x), an estimate r of the
    postsynaptic rate in units of r_0 (jump 1 / (tau_r r_0), time constant tau_r) and a threshold
    theta in the same units:

    du/dt = eta x r (r - theta),    tau_theta dtheta/dt = r^2 - theta,

    integrated in closed form from spike to spike; |w| is clipped to [w_min, w_max] at the end of each such
    interval. A postsynaptic neuron that fires steadily at r_0 neither gains nor loses on average.

    Bienenstock, Cooper & Munro (1982), J. Neurosci. 2:32; the threshold that follows the squared
    rate is that of Intrator & Cooper (1992), Neural Networks 5:3.

    Parameters
    ----------
    eta : learning rate in units of w_max, 0 to 1e100 per ms.
    tau_x : time constant of the presynaptic trace, >= 1e-12 ms.
    tau_r : time constant of the postsynaptic rate estimate, >= 1e-12 ms.
    tau_theta : time constant of the threshold, >= 1e-12 ms (slower than the rates: seconds).
    r_0 : target rate, > 0 Hz.
    w_max : the largest absolute weight, 1e-100 to 1e100 in the unit of the weights.
    w_min : the smallest absolute weight, >= 0 and <= w_max; 0 by default.
    """

    eta: float = param(default=1e-5, unit="1/ms", low=0.0, high=1e100)
    tau_x: float = param(default=20.0, unit="ms", low=1e-12)
    tau_r: float = param(default=50.0, unit="ms", low=1e-12)
    tau_theta: float = param(default=5000.0, unit="ms", low=1e-12)
    r_0: float = param(default=10.0, unit="Hz", above=0.0)
    w_max: float = param(default=1.0, low=1e-100, high=1e100)
    w_min: float = param(default=0.0, low=0.0, high=1e100)

    def check(self) -> None:
        """The bounds must be in order."""
        check_bounds("BCM", self.w_min, self.w_max)

    @property
    def largest(self) -> float:
        """``w_max``."""
        return self.w_max

    @property
    def smallest(self) -> float:
        """``w_min``."""
        return self.w_min

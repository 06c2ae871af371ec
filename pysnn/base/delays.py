"""Delays given as their two parts."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..errors import ParameterError
from .distributions import Array
from .params import Parameters, param


class Delays(Parameters):
    """A delay as its two parts: from the spike to the synapse, and from the synapse to the membrane.

    Static synapses tell only their sum. Where a rule learns, a presynaptic spike is seen at t + axonal, a
    postsynaptic one at t + dendritic (Morrison, Diesmann & Gerstner 2008). A simulation lists the sum.

    Parameters
    ----------
    axonal, dendritic : ms, >= 0; numbers, or (with listed pairs) arrays, one value a synapse. Both are 0
        where a whole delay may be (``net.projection``).
    """

    axonal: ArrayLike = param(default=0.0, unit="ms", low=0.0, array=True)
    dendritic: ArrayLike = param(default=0.0, unit="ms", low=0.0, array=True)

    def check(self) -> None:
        """Both parts must be of one length."""
        sizes = {np.size(part) for part in (self.axonal, self.dendritic) if np.ndim(part)}
        if len(sizes) > 1:
            raise ParameterError(
                f"Delays.dendritic: expected {np.size(self.axonal)} values, as axonal "
                f"(got {np.size(self.dendritic)})"
            )

    def divided(self) -> tuple[Any, Any]:
        """The whole delay, and the fraction of it that is dendritic: numbers, or an Array."""
        # Parts are decimals, and so is their sum: 0.1 + 0.2 is 0.3.
        total = np.round(np.add(self.axonal, self.dendritic), 12)
        none = np.zeros_like(total)
        fraction = np.minimum(np.divide(self.dendritic, total, out=none, where=total > 0.0), 1.0)
        return (Array(total), Array(fraction)) if total.ndim else (float(total), float(fraction))

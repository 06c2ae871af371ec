"""Each pair with the same probability."""

from __future__ import annotations

from ..base.params import param
from .base import ConnectionRule


class FixedProbability(ConnectionRule):
    """Connects each pair with probability ``p``, independently of all others (Erdos & Renyi).

    Parameters
    ----------
    p : 0 to 1.
    autapses : may a neuron connect to itself?
    """

    p: float = param(low=0.0, high=1.0)
    autapses: bool = param(default=True)

"""Every source to every target."""

from __future__ import annotations

from ..base.params import param
from .base import ConnectionRule


class AllToAll(ConnectionRule):
    """Connects every source to every target.

    Parameters
    ----------
    autapses : may a neuron connect to itself?
    """

    autapses: bool = param(default=True)

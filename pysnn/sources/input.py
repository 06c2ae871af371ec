"""A source that plays what it is fed."""

from __future__ import annotations

from .base import Source


class Input(Source):
    """Sources that are silent until a simulation is given spikes for them: ``sim.feed(source, spikes)``.

    What they shall emit need not be known when the network is described: it may depend on what the network
    has done so far. How often they fire is not known either, so that ``backend="auto"`` may choose better
    where ``engines`` tells it.

    Parameters
    ----------
    start, stop : ms; what is fed for times outside (start, stop] is left out, see Source.
    """

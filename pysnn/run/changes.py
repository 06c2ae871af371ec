"""What is changed in a simulation while it runs: checked here, and told to the engine as plain numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..backends import Engine, key
from ..base.params import ParamInfo, check_array, check_whole_array, shown
from ..encoders import SpikeTrains
from ..errors import OutOfRangeError, ParameterError
from ..sources import Input, Source, SpikeArray
from ..spec import SourceSpec

_TIMES = ParamInfo(unit="ms")
_INDICES = ParamInfo(low=0.0)

Spikes = tuple[NDArray[np.float64], NDArray[np.uint32]]


class Feeding:
    """What the ``Input`` sources of one simulation are fed.

    Attributes
    ----------
    sources : by name of the Input, the sources that it has been fed, in order. The draws of each have a key
        by its place here.
    """

    def __init__(self, engine: Engine, seed: int) -> None:
        self._engine = engine
        self._seed = seed
        self.sources: dict[str, list[Source]] = {}

    def feed(self, number: int, fed: SourceSpec, spikes: Any) -> None:
        """Check what ``sim.feed`` was given for source ``number``, and hand it over."""
        owner = f"feed: {fed.name!r}"
        if not isinstance(fed.model, Input):
            raise ParameterError(
                f"{owner} is a {type(fed.model).__name__}, which plays its own spikes: only a source "
                "declared as snn.Input() can be fed"
            )
        if isinstance(spikes, Source) and not isinstance(spikes, SpikeArray):
            self._feed_source(number, fed, spikes, owner)
        else:
            self._engine.feed(number, *_as_spikes(spikes, fed.n, owner))

    def _feed_source(self, number: int, fed: SourceSpec, source: Source, owner: str) -> None:
        if isinstance(source, Input):
            raise ParameterError(f"{owner}: an Input emits nothing by itself that another could play")
        source.check_size(fed.n, owner)
        so_far = self.sources.setdefault(fed.name, [])
        own = key(self._seed, "source", f"{fed.name} fed {len(so_far)}")
        self._engine.feed_source(number, type(source).__name__, source.lower(fed.n), own)
        so_far.append(source)


def _as_spikes(spikes: Any, n: int, owner: str) -> Spikes:
    """Times and indices of spikes for ``n`` sources, in any of the forms that they are given in."""
    if isinstance(spikes, SpikeTrains):
        if spikes.n != n:
            raise ParameterError(f"{owner}: SpikeTrains of {spikes.n} trains for {n} sources")
        return spikes.times, np.asarray(spikes.indices, dtype=np.uint32)
    if isinstance(spikes, SpikeArray):
        spikes.check_size(n, owner)
        times, indices = np.asarray(spikes.times), np.asarray(spikes.indices)
        on = (times > spikes.start) & (times <= spikes.stop)
        return times[on], indices[on].astype(np.uint32)
    if not isinstance(spikes, tuple) or len(spikes) != 2:
        raise ParameterError(
            f"{owner}: expected SpikeTrains, a pair (times, indices) of arrays, or a Source "
            f"(got {shown(spikes)})"
        )
    times = check_array(spikes[0], _TIMES, f"{owner}: times")
    indices = check_whole_array(spikes[1], _INDICES, f"{owner}: indices")
    if times.size != indices.size:
        raise ParameterError(
            f"{owner}: expected an index for each time (got {times.size} times and {indices.size} indices)"
        )
    if indices.size and indices.max() >= n:
        raise OutOfRangeError(f"{owner}: index {indices.max()} is out of range: there are {n} sources")
    return times, indices.astype(np.uint32)

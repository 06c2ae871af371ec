"""The parts that several ranks have of something, brought together as one process would have it."""

from __future__ import annotations

from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from ..backends import list_synapses
from ..base.params import ParamInfo, check_whole
from ..data import SpikeData, StateData, WeightChanges, WeightData
from ..spec import Probe, Projection
from ..spec.handles import D
from .parts import SimulationParts
from .recorder import chosen

Parts = list[tuple[NDArray[Any], ...]]


class Gathering(SimulationParts):
    """The part of a simulation that brings together what its ranks have."""

    @property
    def rank(self) -> int:
        """Which of the processes that share the simulation this is, from 0 (``comm``)."""
        return self._protocol.ranks.rank

    @property
    def ranks(self) -> int:
        """How many processes share the simulation."""
        return self._protocol.ranks.size

    @overload
    def gather(self, what: Probe[D], root: int | None = 0) -> D | None: ...

    @overload
    def gather(self, what: Projection | str, root: int | None = 0) -> Any: ...

    def gather(self, what: Probe[Any] | Projection | str, root: int | None = 0) -> Any:
        """What a probe has recorded on all ranks, or the weights of a projection on all of them.

        All ranks call it. The result is what one process would have: spikes by (time, index), samples with a
        column for each neuron of the probe, weights and changes of weights in (i, j, k) order over all
        synapses. In one process it is ``data[probe]`` or ``weights(projection)``.

        Parameters
        ----------
        what : a probe, a projection, or the name of one.
        root : the rank that gets it, by default the first, or None for all of them. The others get None.

        Errors: UnknownNameError; ParameterError for a rank that there is not; RankError.
        """
        if root is not None:
            root = check_whole(root, ParamInfo(low=0, high=self.ranks - 1), "gather: root")
        if isinstance(what, Projection) or (isinstance(what, str) and what in self._named.projections):
            number = self._named.projection(what)[0]
            with self._protocol.changing("gather"):
                weights = self._engine.weights(number)
            return self._weights(number, weights, root) if self.ranks > 1 else weights
        name = self.data._name_of(what)
        if self.ranks > 1 and self._recordings.is_streamed(name):
            return self._logged_data(name, root)
        data = self.data[what]
        return self._recorded(self.data._name_of(what), data, root) if self.ranks > 1 else data

    def _logged_data(self, name: str, root: int | None) -> Any:
        """What the first rank reads in the log."""
        ranks, data = self._protocol.ranks, None
        with ranks.checked("gather"):
            if ranks.rank == 0:
                data = self.data[name]
        if root != 0:
            data = ranks.share(data)
        return data if root in (None, ranks.rank) else None

    def _recorded(self, name: str, data: Any, root: int | None) -> Any:
        spec = next(probe for probe in self.data._specs() if probe.name == name)
        gather = self._protocol.ranks.gather
        if isinstance(data, SpikeData):
            asked = chosen(spec, self._named.groups[self._named.number[spec.target]].n)
            return _spikes(gather((data.t, data.i), root), data, asked)
        if isinstance(data, StateData):
            asked = chosen(spec, self._named.groups[self._named.number[spec.target]].n)
            return _states(gather((data.values, data.i), root), data, asked)
        if isinstance(data, WeightData):
            values = self._weights(self._named.projections[spec.target], data.values, root)
            return None if values is None else WeightData(data.t, values, data.name)
        return _changes(gather((data.t, data.i, data.j, data.k, data.w), root), data)

    def _weights(self, projection: int, here: NDArray[Any], root: int | None) -> NDArray[Any] | None:
        """Weights, or rows of them, whose last axis is the synapses of each rank."""
        i, j, k, _ = list_synapses(self._engine, projection)
        parts: Parts = self._protocol.ranks.gather((here, i, j, k), root)
        if not parts:
            return None
        values, i, j, k = (np.concatenate(arrays, axis=-1) for arrays in zip(*parts, strict=True))
        return np.asarray(values[..., np.lexsort((k, j, i))])


def _spikes(parts: Parts, here: SpikeData, asked: NDArray[np.uint32]) -> SpikeData | None:
    if not parts:
        return None
    t, i = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    order = np.lexsort((i, t))
    return SpikeData(t[order], i[order], len(asked), here.duration, asked, here.name, here.begin)


def _states(parts: Parts, here: StateData, asked: NDArray[np.uint32]) -> StateData | None:
    if not parts:
        return None
    values, i = (np.concatenate(arrays, axis=-1) for arrays in zip(*parts, strict=True))
    order = np.argsort(i, kind="stable")
    column = order[np.searchsorted(i, asked, sorter=order)]
    return StateData(here.t, values[:, column], asked, here.name, here.unit)


def _changes(parts: Parts, here: WeightChanges) -> WeightChanges | None:
    if not parts:
        return None
    t, i, j, k, w = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    order = np.lexsort((k, j, i, t))  # stable: changes of a synapse at one time stay in their order
    return WeightChanges(t[order], i[order], j[order], k[order], w[order], here.name)

"""A checkpoint of several ranks: what each saves, joined as one process would have it, and dealt out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..backends import Engine, list_synapses
from ..base.ranks import Ranks
from .recorder import Recorder, SpikeRecorder, StateRecorder
from .weight_recorder import ChangeRecorder, WeightRecorder

Arrays = dict[str, NDArray[Any]]
Place = NDArray[np.intp]
WEIGHTS = "/weights"


class Shares:
    """What of the arrays of a checkpoint is whose.

    All arrays are in the network's numbering. By neuron each engine writes and reads its own part of them; by
    synapse they are in (i, j, k) order, in which the synapses of a rank have places here and there.
    """

    def __init__(self, ranks: Ranks, engine: Engine) -> None:
        self._ranks = ranks
        self._engine = engine
        self._places: dict[int, list[Place]] = {}

    # ---- to save ------------------------------------------------------------------------------------

    def saved(self) -> Arrays:
        """All that the engines have come to, on the first rank."""
        if not self._ranks.several:
            return self._engine.save()
        own: Arrays = {}

        def add(before: Arrays | None) -> Arrays:
            arrays = self._engine.save(before)
            own.update({name: arrays.pop(name) for name in list(arrays) if name.endswith(WEIGHTS)})
            return arrays

        whole = self._ranks.in_turn(add) or {}
        whole["delivered"] = self._ranks.total(np.array(self._engine.delivered(), np.uint64))
        for name in sorted(own):
            weights = self._whole(self._ranks.gather(own[name]), _projection(name))
            if weights is not None:
                whole[name] = weights
        return whole

    def recorded(
        self, recorder: Recorder, projection: int | None, asked: NDArray[np.uint32] | None
    ) -> Arrays:
        """What a recorder has of all ranks, on the first rank."""
        saved = recorder.saved()
        if not self._ranks.several:
            return saved
        parts: dict[str, list[NDArray[Any]]] = {key: self._ranks.gather(saved[key]) for key in sorted(saved)}
        if isinstance(recorder, SpikeRecorder) and parts["t"]:
            t, i = np.concatenate(parts["t"]), np.concatenate(parts["i"])
            order = np.lexsort((i, t))
            saved |= {"t": t[order], "i": i[order]}
        elif isinstance(recorder, StateRecorder):
            neurons = self._ranks.gather(recorder.indices)
            if neurons:
                assert asked is not None  # a probe of neurons
                saved["values"] = np.concatenate(parts["values"], axis=1)[:, _places(neurons, asked)]
        elif isinstance(recorder, WeightRecorder) and "values" in saved:
            assert projection is not None  # a probe of synapses
            values = self._whole(parts["values"], projection)
            saved |= {} if values is None else {"values": values}
        elif isinstance(recorder, ChangeRecorder):
            assert projection is not None
            saved |= self._changes(parts, projection)
        return saved

    def _changes(self, parts: dict[str, list[NDArray[Any]]], projection: int) -> Arrays:
        places = self.places(projection)
        if not places:
            return {}
        whole = [place[part] for place, part in zip(places, parts["synapse"], strict=True)]
        t, w, synapse = np.concatenate(parts["t"]), np.concatenate(parts["w"]), np.concatenate(whole)
        order = np.lexsort((synapse, t))
        return {"t": t[order], "w": w[order], "synapse": synapse[order].astype(np.uint64)}

    def _whole(self, parts: list[NDArray[Any]], projection: int) -> NDArray[Any] | None:
        """One array by synapse, on the first rank."""
        places = self.places(projection)
        if not places:
            return None
        values = np.concatenate(parts, axis=-1)
        whole = np.empty_like(values)
        whole[..., np.concatenate(places)] = values
        return whole

    # ---- to go on -----------------------------------------------------------------------------------

    def engine_share(self, whole: Mapping[str, NDArray[Any]]) -> Arrays:
        """What this rank's engine is restored from."""
        if not self._ranks.several:
            return dict(whole)
        return {
            name: array[self._mine(_projection(name))] if name.endswith(WEIGHTS) else array
            for name, array in whole.items()
        }

    def recorded_share(
        self,
        whole: Arrays,
        recorder: Recorder,
        projection: int | None,
        asked: NDArray[np.uint32] | None,
    ) -> Arrays:
        """What of a recording is this rank's."""
        if not self._ranks.several:
            return whole
        if isinstance(recorder, StateRecorder):
            assert asked is not None
            return {**whole, "values": whole["values"][:, np.isin(asked, recorder.indices)]}
        if isinstance(recorder, WeightRecorder) and "values" in whole:
            assert projection is not None
            return {**whole, "values": whole["values"][:, self._mine(projection)]}
        if isinstance(recorder, ChangeRecorder):
            assert projection is not None
            mine = self._mine(projection)
            at = np.minimum(np.searchsorted(mine, whole["synapse"]), max(mine.size - 1, 0))
            here = mine[at] == whole["synapse"] if mine.size else np.zeros(len(whole["t"]), np.bool_)
            return {
                "t": whole["t"][here],
                "w": whole["w"][here],
                "synapse": at[here].astype(np.uint64),
                "begin": whole["begin"],
            }
        return whole

    # ---- places of synapses -------------------------------------------------------------------------

    def places(self, projection: int) -> list[Place]:
        """By rank, the place of each of its synapses among those of all; on the first rank alone."""
        if projection not in self._places:
            parts = self._ranks.gather(list_synapses(self._engine, projection)[:3])
            self._places[projection] = []
            if parts:
                i, j, k = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
                place = np.empty(i.size, np.intp)
                place[np.lexsort((k, j, i))] = np.arange(i.size)
                ends = np.cumsum([len(part[0]) for part in parts])[:-1]
                self._places[projection] = np.split(place, ends)
        return self._places[projection]

    def _mine(self, projection: int) -> Place:
        """Those of this rank, ascending: its own (i, j, k) order is part of the whole."""
        mine: Place = self._ranks.scatter(self.places(projection))
        return mine


def _projection(name: str) -> int:
    return int(name.removeprefix("projection/").removesuffix(WEIGHTS))


def _places(neurons: list[NDArray[np.uint32]], asked: NDArray[np.uint32]) -> Place:
    """Where each neuron asked for stands in the parts of all ranks."""
    all_of_them = np.concatenate(neurons)
    order = np.argsort(all_of_them, kind="stable")
    return order[np.searchsorted(all_of_them, asked, sorter=order)]

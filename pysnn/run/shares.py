"""A checkpoint of several ranks: what each saves, joined as one process would have it, and dealt out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..backends import Engine
from ..errors import BackendUnsupported, CheckpointError
from .changes import Change
from .places import Place, Places
from .recorder import Recorder, SpikeRecorder, StateRecorder, columns
from .weight_recorder import ChangeRecorder, WeightRecorder, by_time_and_synapse

Arrays = dict[str, NDArray[Any]]
WEIGHTS = "/weights"
DELAYS = "delays/"
ALIKE = ("since", "rewired")  # of what is saved of delays that were set
# By synapse, that which is to be set.
GIVEN = {"set_weights": "weights", "set_delays": "delays"}


class Shares:
    """What of the arrays of a checkpoint is whose.

    All arrays are in the network's numbering. By neuron each engine writes and reads its own part of them; by
    synapse they are in (i, j, k) order, in which the synapses of a rank have places here and there.
    """

    def __init__(self, places: Places, engine: Engine) -> None:
        self._where = places
        self._ranks = places.ranks
        self._engine = engine
        self._of_all: dict[int, list[Place]] = {}
        self._own: dict[int, Place] = {}

    # ---- to save ------------------------------------------------------------------------------------

    def saved(self) -> Arrays:
        """All that the engines have come to, on the first rank."""
        if not self._ranks.several:
            return self._engine.save()
        own: Arrays = {}

        def add(before: Arrays | None) -> Arrays:
            arrays = self._engine.save(before)
            own.update({name: arrays.pop(name) for name in list(arrays) if _by_synapse(name)})
            return arrays

        whole = self._ranks.in_turn(add) or {}
        whole["delivered"] = self._ranks.total(np.array(self._engine.delivered(), np.uint64))
        for name in sorted(own):
            if name.endswith("/as built"):
                array = self._built(own[name], _projection(name))
            elif name.endswith("/stragglers"):
                array = self._mine(_projection(name))[own[name].astype(np.intp)].astype(np.uint64)
            else:
                array = own[name]
            parts = self._ranks.gather(array)
            places = self.places(_projection(name))
            if parts and "/stragglers" in name:
                whole[name] = np.concatenate(parts)
            elif parts:
                joined = _whole(parts, places)
                whole[name] = joined[:0] if name.endswith("/as built") and _in_order(joined) else joined
        for name in [name for name in whole if name.endswith("/stragglers")]:
            self._sort_stragglers(whole, name)
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
                saved["values"] = np.concatenate(parts["values"], axis=1)[:, columns(neurons, asked)]
        elif isinstance(recorder, WeightRecorder) and "values" in saved:
            assert projection is not None  # a probe of synapses
            if places := self.places(projection):
                saved["values"] = _whole(parts["values"], places)
        elif isinstance(recorder, ChangeRecorder):
            assert projection is not None
            if parts["t"]:
                joined = {key: np.concatenate(parts[key]) for key in parts}
                order = by_time_and_synapse(joined)
                saved |= {key: joined[key][order] for key in joined if key != "begin"}
        return saved

    def pending(self, changes: Sequence[Change]) -> list[Change]:
        """Changes that are to come, with what all ranks were given by synapse; on the first rank."""
        if not self._ranks.several:
            return list(changes)
        whole, rewired = [], set()
        for change in changes:
            projection = change.arguments.get("projection")
            if change.call == "rewire":
                rewired.add(projection)
            elif change.call in GIVEN:
                assert projection is not None
                if projection in rewired:
                    raise BackendUnsupported(
                        f"save: {change!r} after a rewire(at=) of it: not on several ranks (comm=), as "
                        "nobody knows yet which synapses these will be: save before or after"
                    )
                given = GIVEN[change.call]
                parts = self._ranks.gather(change.arguments[given])
                places = self.places(projection)
                if places:
                    arguments = {**change.arguments, given: _whole(parts, places)}
                    change = replace(change, arguments=arguments)
            whole.append(change)
        return whole

    def _built(self, here: NDArray[np.uint64], projection: int) -> NDArray[np.uint64]:
        """Among the synapses of all ranks as they were built, where those of this one stood."""
        now = self._mine(projection)
        built = self._where.as_built(projection, now)
        return (built if here.size == 0 else built[here.astype(np.intp)]).astype(np.uint64)

    @staticmethod
    def _sort_stragglers(whole: Arrays, name: str) -> None:
        due, sent = whole[f"{name} due"], whole[f"{name} sent"]
        order = np.lexsort((whole[name], sent, due))
        for of in (f"{name} due", f"{name} sent", name):
            whole[of] = whole[of][order]

    # ---- to go on -----------------------------------------------------------------------------------

    def engine_share(self, whole: Mapping[str, NDArray[Any]]) -> Arrays:
        """What this rank's engine, as it was built, is restored from."""
        if not self._ranks.several:
            return dict(whole)
        share = {name: array for name, array in whole.items() if not _by_synapse(name)}
        for prefix in sorted({f"{DELAYS}{_projection(n)}" for n in whole if n.startswith(DELAYS)}):
            share |= self._delays_share(whole, prefix)
        for name in whole:
            if name.endswith(WEIGHTS):
                share[name] = self._part(whole, name, self._mine(_projection(name)))
        return share

    def _delays_share(self, whole: Mapping[str, NDArray[Any]], prefix: str) -> Arrays:
        """Of delays and sources that were set; from here on the places of synapses are those of then."""
        projection = _projection(prefix)
        then = self._mine(projection)
        built = whole[f"{prefix}/as built"]
        count = int(self._ranks.total(np.array(then.size)))
        if built.size and not (built.size == count and np.array_equal(np.sort(built), np.arange(count))):
            raise CheckpointError(f"checkpoint: '{prefix}/as built': no order of {count} synapses")
        mine = np.flatnonzero(np.isin(built, then)) if built.size else then
        self._own[projection] = mine
        share = {
            f"{prefix}/as built": np.searchsorted(then, built[mine] if built.size else mine).astype(np.uint64)
        }
        for of in ("ticks", "strands", "sources"):
            if (name := f"{prefix}/{of}") in whole:
                share[name] = self._part(whole, name, mine)
        name = f"{prefix}/stragglers"
        here = np.isin(whole[name], mine)
        share[name] = np.searchsorted(mine, whole[name][here]).astype(np.uint64)
        for of in ("due", "sent"):
            share[f"{name} {of}"] = whole[f"{name} {of}"][here]
        if f"{prefix}/sources" in whole:
            self._where.keep(projection, then)
        return share

    def pending_share(self, changes: Sequence[Change]) -> list[Change]:
        """Of changes that are to come what is this rank's, once its engine stands where they were saved."""
        if not self._ranks.several:
            return list(changes)
        return [
            replace(
                change,
                arguments={
                    **change.arguments,
                    given: change.arguments[given][self._mine(change.arguments["projection"])],
                },
            )
            if (given := GIVEN.get(change.call))
            else change
            for change in changes
        ]

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
            if "j" not in whole:
                raise CheckpointError(
                    "checkpoint: changes of weights as an earlier version saved them: resume it in one "
                    "process and save it anew"
                )
            # A rank has all synapses onto its targets, and a target keeps its synapses.
            here = np.isin(whole["j"], self._engine.synapses(projection)[1])
            return {key: array if key == "begin" else array[here] for key, array in whole.items()}
        return whole

    # ---- places of synapses -------------------------------------------------------------------------

    def places(self, projection: int) -> list[Place]:
        """By rank, the place of each of its synapses among those of all; on the first rank alone."""
        if projection not in self._of_all:
            self._of_all[projection] = self._where.of_all(projection)
        return self._of_all[projection]

    def _mine(self, projection: int) -> Place:
        """Those of this rank, ascending."""
        if projection not in self._own:
            self._own[projection] = self._ranks.scatter(self.places(projection))
        return self._own[projection]

    def _part(self, whole: Mapping[str, NDArray[Any]], name: str, mine: Place) -> NDArray[Any]:
        count = int(self._ranks.total(np.array(mine.size)))
        if len(whole[name]) != count:
            raise CheckpointError(f"checkpoint: {name!r}: expected {count} numbers (got {len(whole[name])})")
        return whole[name][mine]


def _whole(parts: list[NDArray[Any]], places: list[Place]) -> NDArray[Any]:
    """One array by synapse of those of all ranks."""
    values = np.concatenate(parts, axis=-1)
    whole = np.empty_like(values)
    whole[..., np.concatenate(places)] = values
    return whole


def _by_synapse(name: str) -> bool:
    return name.endswith(WEIGHTS) or (name.startswith(DELAYS) and not name.endswith(ALIKE))


def _projection(name: str) -> int:
    return int(name.split("/")[1])


def _in_order(places: NDArray[Any]) -> bool:
    return np.array_equal(places, np.arange(len(places)))

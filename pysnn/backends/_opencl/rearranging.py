"""An engine on an OpenCL device: other delays and other sources of synapses while it runs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import BackendUnsupported, CheckpointError
from ..base import Float
from .checkpoint import Arrays, array, named, within
from .dynamics import DynamicSynapses
from .learner import Learner
from .learning import Learning
from .parts import LONGEST_DELAY
from .rearranged import Change, Rearranged, in_order, strands_in_order
from .strands import Places
from .synapses import Drive, StaticSynapses


class Rearranging(Learning):
    """Rows are sorted anew on the host, as csrc/engine/new_delays.hpp has it, and put on the device again."""

    def synapses(self, projection: int) -> tuple[NDArray[np.uint32], NDArray[np.uint32], Float]:
        """Sources, targets and delays."""
        if projection not in self._changed:
            return super().synapses(projection)
        i, j, delay = in_order(self._stored[projection])
        return i.astype(np.uint32), j.astype(np.uint32), self._grid.ms(delay)

    # ---- delays -------------------------------------------------------------------------------------

    def least_delay(self, projection: int) -> float:
        """The shortest delay that ``set_delays`` takes for a projection, ms."""
        return self._grid.ms_of(self._parts.least_delay(projection))

    def check_delays(self, projection: int, delays: Float) -> None:
        """Raise what ``set_delays`` would."""
        self._ticks(projection, delays)

    def _ticks(self, projection: int, delays: Float) -> Places:
        owner = f"set_delays: {self._spec.projections[projection].name!r}"
        different, which = np.unique(delays, return_inverse=True)
        ticks = np.array([self._grid.tick(float(delay), owner) for delay in different], np.int64)[which]
        learner = self._synapses.get(projection)
        in_dendrites = isinstance(learner, Learner) and learner.in_dendrites and not learner.silent
        beside = self._parts.least_delay(projection), self._drives(projection), in_dendrites
        self._network.check_delays(projection, ticks.tolist(), *beside)
        if ticks.max(initial=0) > LONGEST_DELAY:
            raise BackendUnsupported(
                f"{owner}: backend 'opencl' runs delays of at most {LONGEST_DELAY:,} steps (got "
                f"{ticks.max():,}; backend='clock' runs all)"
            )
        return ticks

    def _drives(self, projection: int) -> bool:
        return isinstance(self._synapses.get(projection), Drive)

    def _silent(self, projection: int) -> bool:
        """Has it nothing that could remember a spike?"""
        synapses = self._synapses.get(projection)
        return not isinstance(synapses, Learner | DynamicSynapses) or synapses.silent

    def set_delays(self, projection: int, delays: Float) -> None:
        """Replace all delays for spikes that are emitted from now on."""
        ticks = self._ticks(projection, delays)
        self._rearrange(projection, ticks, in_order(self._stored[projection])[0])

    # ---- sources ------------------------------------------------------------------------------------

    def check_sources(self, projection: int, sources: NDArray[np.uint32]) -> None:
        """Raise what ``rewire`` would."""
        self._network.check_sources(
            projection, sources.tolist(), self._drives(projection), self._silent(projection)
        )

    def rewire(self, projection: int, sources: NDArray[np.uint32]) -> list[int]:
        """Give synapses other sources; by place in the new order, the place before."""
        self.check_sources(projection, sources)
        delays = in_order(self._stored[projection])[2]
        came_from = self._rearrange(projection, delays, sources.astype(np.int64))
        self._changed[projection].rewired += 1
        return came_from

    def rewirings(self, projection: int) -> int:
        """How often that was done."""
        return self._changed[projection].rewired if projection in self._changed else 0

    def built_order(self, projection: int) -> list[int]:
        """Where the synapses stood in the order when they were drawn; empty: in the same."""
        built = self._changed[projection].built if projection in self._changed else None
        return [] if built is None else built.tolist()

    # ---- both ---------------------------------------------------------------------------------------

    def _rearrange(
        self, projection: int, delays: Places, sources: Places, places: Places | None = None,
        strands: Places | None = None,
    ) -> list[int]:  # fmt: skip
        """As ``Rearranged`` has it; by place in the order, the place before."""
        self._stored[projection].arrays = self._blocks[projection]  # with the weights as they are
        synapses = self._synapses.get(projection)
        remembers = None
        if isinstance(synapses, Learner | DynamicSynapses) and strands is None:
            remembers = synapses.remembers(self._now)
        stored = Rearranged(self._stored[projection], delays, sources, places, remembers, strands)
        if projection in self._changes:
            told = self._changes[projection]
            told[:] = [(step, stored.moved[q].astype(np.uint32), weight) for step, q, weight in told]
        if synapses is not None:
            self._parts.keep(self._spec.projections[projection].source, int(delays.max(initial=0)), self._now)
            synapses.stored_anew(stored, self._now)
            self._stored[projection], self._blocks[projection] = stored, stored.arrays
            self._finished = False
        change = self._changed.setdefault(projection, Change())
        change.since = self._now
        change.follow(stored.came_from)
        came_from: list[int] = stored.came_from.tolist()
        return came_from

    def _rearrange_as(self, other: Rearranging) -> None:
        """As another engine of the same network has come to be."""
        for projection, change in other._changed.items():
            stored = other._stored[projection]
            i, _, delays = in_order(stored)
            self._rearrange(projection, delays, i, change.built, strands_in_order(stored))
            self._changed[projection] = replace(change, since=0, taken_over=True)

    def _nothing_under_way(self) -> None:
        """Of delays and sources that were."""
        for synapses in self._synapses.values():
            if isinstance(synapses, StaticSynapses | Drive):
                synapses.begin_again()
        for change in self._changed.values():
            change.since = 0

    def _put_together(self) -> None:
        """Rows that were cut into strands: nobody remembers any more what came by which delay."""
        for projection, change in self._changed.items():
            if not change.taken_over and "run_strand" in self._stored[projection].arrays:
                i, _, delays = in_order(self._stored[projection])
                self._rearrange(projection, delays, i)

    def _save_changed(self) -> Arrays:
        saved: Arrays = {}
        for projection, change in self._changed.items():
            sources, _, delays = in_order(self._stored[projection])
            arrays: Arrays = {
                "ticks": delays, "sources": sources, "strands": strands_in_order(self._stored[projection]),
                "as built": np.empty(0, np.int64) if change.built is None else change.built,
                "changes": np.array([change.since, change.rewired], np.int64),
            }  # fmt: skip
            synapses = self._synapses.get(projection)
            if isinstance(synapses, StaticSynapses | Drive):
                arrays |= named("past/", synapses.save_past())
            saved |= named(f"projection {projection}/rearranged/", arrays)
        return saved

    def _restore_changed(self, saved: Arrays) -> None:
        """Before what synapses have come to."""
        for projection in range(len(self._spec.projections)):
            arrays = within(saved, f"projection {projection}/rearranged/")
            if not arrays:
                continue
            size = (self.synapse_count(projection),)
            read: dict[str, Any] = {
                name: array(arrays, name, size, np.int64) for name in ("ticks", "sources")
            }
            built = array(arrays, "as built", (-1,), np.int64)
            strands = np.empty(0, np.int64)
            if "strands" in arrays:
                strands = array(arrays, "strands", (-1,), np.int64)
            cut = read["ticks"], read["sources"], built if len(built) else None
            self._rearrange(projection, *cut, self._checked_strands(projection, strands, read["sources"]))
            change = self._changed[projection]
            change.since, change.rewired = array(arrays, "changes", (2,), np.int64).tolist()
            synapses = self._synapses.get(projection)
            if isinstance(synapses, StaticSynapses | Drive):
                synapses.restore_past(within(arrays, "past/"))

    def _checked_strands(self, projection: int, strands: Places, sources: Places) -> Places:
        """Those that were saved, by place; CheckpointError where rows cannot be cut so."""
        row = sources - int(self._blocks[projection]["row_base"])
        if len(strands) == 0:
            return row
        rows = len(self._blocks[projection]["row_run"]) - 1
        fits = len(strands) == len(row) and bool(((strands >= rows) | (strands == row)).all())
        if fits:
            order = np.argsort(strands)
            same = strands[order][1:] == strands[order][:-1]
            fits = bool((row[order][1:] == row[order][:-1])[same].all())
        if not fits:
            raise CheckpointError(f"checkpoint: strands: no strands of projection {projection}")
        return strands

"""An engine on an OpenCL device: other delays and other sources of synapses while it runs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import BackendUnsupported
from ..base import Float
from .checkpoint import Arrays, array, named, within
from .dynamics import DynamicSynapses
from .learner import Learner
from .learning import Learning
from .parts import LONGEST_DELAY
from .rearranged import Change, Places, Rearranged, in_order
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
        return self._grid.ms_of(self._least(projection))

    def _least(self, projection: int) -> int:
        if isinstance(self._synapses.get(projection), Drive):
            return 1
        source = self._spec.projections[projection].source
        return self._parts.least_delay(source)

    def check_delays(self, projection: int, delays: Float) -> None:
        """Raise what ``set_delays`` would."""
        self._ticks(projection, delays)

    def _ticks(self, projection: int, delays: Float) -> Places:
        owner = f"set_delays: {self._spec.projections[projection].name!r}"
        different, which = np.unique(delays, return_inverse=True)
        ticks = np.array([self._grid.tick(float(delay), owner) for delay in different], np.int64)[which]
        remembers = not self._silent(projection)
        learner = self._synapses.get(projection)
        in_dendrites = remembers and isinstance(learner, Learner) and learner.in_dendrites
        beside = self._least(projection), self._drives(projection), in_dendrites
        self._network.check_delays(projection, ticks.tolist(), *beside)
        if remembers:
            raise BackendUnsupported(
                f"{owner}: backend 'opencl' sets delays of synapses that learn or have dynamics until their "
                "neurons have fired (or after sim.reset()), but not later (backend='clock' can)"
            )
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
        self, projection: int, delays: Places, sources: Places, places: Places | None = None
    ) -> list[int]:
        """As ``Rearranged`` has it; by place in the order, the place before."""
        self.finish()
        self._stored[projection].arrays = self._blocks[projection]  # with the weights as they are
        stored = Rearranged(self._stored[projection], delays, sources, places)
        synapses = self._synapses.get(projection)
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
            i, _, delays = in_order(other._stored[projection])
            self._rearrange(projection, delays, i, change.built)
            self._changed[projection] = replace(change, since=0)

    def _nothing_under_way(self) -> None:
        """Of delays and sources that were."""
        for synapses in self._synapses.values():
            if isinstance(synapses, StaticSynapses | Drive):
                synapses.begin_again()
        for change in self._changed.values():
            change.since = 0

    def _save_changed(self) -> Arrays:
        saved: Arrays = {}
        for projection, change in self._changed.items():
            sources, _, delays = in_order(self._stored[projection])
            arrays: Arrays = {
                "ticks": delays, "sources": sources,
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
            self._rearrange(projection, read["ticks"], read["sources"], built if len(built) else None)
            change = self._changed[projection]
            change.since, change.rewired = array(arrays, "changes", (2,), np.int64).tolist()
            synapses = self._synapses.get(projection)
            if isinstance(synapses, StaticSynapses | Drive):
                synapses.restore_past(within(arrays, "past/"))

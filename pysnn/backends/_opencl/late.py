"""What is under way with delays that its synapses have no more (kernels/late.cl)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import CheckpointError
from .checkpoint import Arrays, array, named, within
from .rearranged import Rearranged
from .strands import first_of, numbers_of_runs
from .synapses import Rows

Found = dict[str, NDArray[Any]]
TYPES: dict[str, Any] = {
    "due": np.int64, "sent": np.int64, "row": np.int64, "twin": np.int64, "synapse": np.int64,
    "run": np.int64, "node": np.uint32, "share": np.float64, "number": np.uint64,
}  # fmt: skip


def under_way(rows: Rows, since: int, now: int) -> Found:
    """By synapse as stored, what spikes sent after ``since`` have still to bring it.

    When each is ``due`` and was ``sent``, of which ``row``, which ``twin`` of those that a source fired in
    the step, the ``run`` of the ``synapse``, the place of its ``spike`` in the ring.
    """
    source, block = rows.source, rows.block
    steps = min(source.ring, int(rows.run_delay.max(initial=0)))
    step, index = source.read(now - steps, steps)
    spike = step % source.ring * source.width + np.arange(len(step)) - np.searchsorted(step, step)
    begins = np.flatnonzero(first_of(step, index))
    twin = np.arange(len(step)) - np.repeat(begins, np.diff(np.append(begins, len(step))))
    row = index.astype(np.int64) - int(block["row_base"])
    kept = (step > since) & (row >= 0) & (row < rows.rows)
    step, row, twin, spike = step[kept], row[kept], twin[kept], spike[kept]
    run_begin = block["run_begin"].astype(np.int64)
    begin, end = run_begin[block["row_run"][row]], run_begin[block["row_run"][row + 1]]
    of = np.repeat(np.arange(len(step)), end - begin)
    synapse = np.arange(len(of)) - np.repeat(np.cumsum(end - begin) - end, end - begin)
    run = np.searchsorted(run_begin, synapse, "right") - 1
    due = step[of] + rows.run_delay[run]
    late = due > now
    of = of[late]
    return {
        "due": due[late], "sent": step[of], "row": row[of], "twin": twin[of], "synapse": synapse[late],
        "run": run[late], "spike": spike[of],
    }  # fmt: skip


class Late:
    """Of one projection, by when it is due and then in the order in which it set out.

    ``since`` : the delays that hold are those of spikes after it. ``more`` : names of what else is kept.
    """

    def __init__(self, rows: Rows, *more: str) -> None:
        self._machine = rows.machine
        self._names = ("due", "sent", "row", "twin", "synapse", *more)
        self.since = 0
        self._clear()

    def _clear(self) -> None:
        self.found: Found = {name: np.empty(0, TYPES[name]) for name in (*self._names, "run")}

    def begin_again(self) -> bool:
        """Nothing is under way; True where that is another state than before."""
        changed = self.any or self.since != 0
        self._clear()
        self.since = 0
        return changed

    def __len__(self) -> int:
        return len(self.found["due"])

    @property
    def any(self) -> bool:
        """Is anything under way?"""
        return len(self) > 0

    def tidy(self, now: int) -> bool:
        """Forget what has come, where all has; True where that was not known before."""
        over = self.any and int(self.found["due"][-1]) <= now
        if over:
            self._clear()
        return over

    def coming(self, now: int) -> Found:
        """What has still to come."""
        kept = self.found["due"] > now
        return {name: held[kept] for name, held in self.found.items()}

    def set(self, *found: Found, stored: Rearranged, now: int) -> None:
        """What was found, of synapses as they were stored before, is what is under way now."""
        joined = {name: np.concatenate([part[name] for part in found]) for name in self._names}
        joined["synapse"] = stored.moved[joined["synapse"]]
        self._put(joined, stored.arrays)
        self.since = now

    def _put(self, found: Found, arrays: dict[str, Any]) -> None:
        run = np.searchsorted(arrays["run_begin"], found["synapse"], "right") - 1
        strand = numbers_of_runs(arrays)[run]
        keys = found["synapse"], strand, found["twin"], found["row"], found["sent"], found["due"]
        order = np.lexsort(keys)
        self.found = {name: held[order].astype(TYPES[name], copy=False) for name, held in found.items()} | {
            "run": run[order]
        }
        put = self._machine.put
        self._due = put(self.found["due"])
        self._synapse, self._run, self._row = (
            put(self.found[name].astype(np.uint32)) for name in ("synapse", "run", "row")
        )
        self._more = {name: put(self.found[name]) for name in self._names[5:]}

    def more(self, name: str) -> Any:
        """What else is kept of each, on the device."""
        return self._more[name]

    def arguments(self, rows: Rows) -> tuple[Any, ...]:
        """As kernels/late.cl takes them."""
        return (
            np.uint32(len(self)), self._due, self._synapse, self._run, self._row,
            np.uint32(rows.block["row_base"]), rows.row_run, rows.run_begin, rows.delay, rows.targets,
            *rows.owner_arguments(),
        )  # fmt: skip

    def by_run(self, rows: Rows) -> tuple[Any, ...]:
        """To which runs something is due, when and how much, where all synapses of a run have that alike."""
        at_first = self.found["synapse"] == rows.block["run_begin"][self.found["run"]]
        due, run = self.found["due"][at_first], self.found["run"][at_first]
        order = np.lexsort((run, due))
        begins = np.flatnonzero(first_of(due[order], run[order]))
        spikes = np.diff(np.append(begins, len(order)))
        put = self._machine.put
        return (
            np.uint32(len(begins)), put(due[order][begins]), put(run[order][begins].astype(np.uint32)),
            put(spikes.astype(np.uint32)),
        )  # fmt: skip

    def save(self) -> Arrays:
        """All of it."""
        return named(
            "late/", {name: self.found[name] for name in self._names} | {"since": np.array(self.since)}
        )

    def restore(self, saved: Arrays, rows: Rows) -> None:
        """Go on with it, of synapses as they are stored."""
        saved = within(saved, "late/")
        if not saved:  # of before delays of what remembers spikes could be set
            return
        due = array(saved, "due", (-1,), np.int64)
        found = {name: array(saved, name, (len(due),), TYPES[name]) for name in self._names}
        if ((found["synapse"] < 0) | (found["synapse"] >= rows.n)).any():
            raise CheckpointError("checkpoint: late: a synapse that is not there")
        if ((found["row"] < 0) | (found["row"] >= rows.rows)).any():
            raise CheckpointError("checkpoint: late: a row that is not there")
        self._put(found, rows.block)
        self.since = int(array(saved, "since", (), np.int64))

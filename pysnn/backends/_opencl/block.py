"""All synapses of a projection as one block, targets in 32 bits, delays in steps.

The compiled network cuts a population of more than 65,504 neurons into shards, whose targets count in 16
bits, and may keep delays as multiples of several steps. A device takes a projection as a whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...errors import BackendUnsupported

if TYPE_CHECKING:
    from ... import _core

MOST = (1 << 32) - 1  # synapses and runs of one projection, which kernels count in 32 bits


class Block:
    """The arrays that ``CompiledNetwork.block`` gives, of all shards together.

    Rows stay; runs of the same row and delay are joined, and as each shard owns a stretch of neighbouring
    targets, a run's targets ascend.
    """

    def __init__(self, network: _core.CompiledNetwork, projection: int, name: str) -> None:
        self._network, self._projection = network, projection
        shards = [network.block(projection, shard) for shard in range(network.shards)]
        for shard in shards:
            shard["run_delay"] = shard["run_delay"].astype(np.int64) * shard.get("delay_unit", 1)
            shard["delay_unit"] = 1
        if sum(len(shard["target"]) for shard in shards) > MOST:
            raise BackendUnsupported(
                f"backend 'opencl' counts the synapses of a projection in 32 bits: expected at most {MOST:,} "
                f"(projection {name!r} has more; backend='clock' runs all)"
            )
        # Where each synapse stood, shards one after the other; None where there is but one.
        self._from: NDArray[np.int64] | None = None
        self.arrays = shards[0] if len(shards) == 1 else self._joined(shards)

    @property
    def joined(self) -> bool:
        """Are there several shards?"""
        return self._from is not None

    def order(self) -> NDArray[np.uint64]:
        """The place of each synapse, as stored here, in (i, j, k) order."""
        order: NDArray[np.uint64] = self._network.order(self._projection)
        return order if self._from is None else order[self._from]

    def _joined(self, shards: list[dict[str, Any]]) -> dict[str, Any]:
        lengths = [np.diff(shard["run_begin"].astype(np.int64)) for shard in shards]
        delay = np.concatenate([shard["run_delay"] for shard in shards])
        length = np.concatenate(lengths)
        begin = np.cumsum(length) - length
        row = np.concatenate([rows_of_runs(shard) for shard in shards])
        order = np.lexsort((delay, row))  # stable: shards stay in order
        row, delay, length = row[order], delay[order], length[order]
        # Of each synapse, where its run began, and its place in it.
        joined = np.repeat(begin[order] - (np.cumsum(length) - length), length) + np.arange(length.sum())
        self._from = joined
        first = np.flatnonzero(
            np.concatenate(([True], (row[1:] != row[:-1]) | (delay[1:] != delay[:-1]))) if len(row) else []
        )
        rows = max(len(shard["row_run"]) for shard in shards) - 1
        offset = np.repeat([shard["target_begin"] for shard in shards], [len(s["target"]) for s in shards])
        target = np.concatenate([shard["target"].astype(np.uint32) for shard in shards])
        constant = bool(shards[0]["constant"])
        weight = np.concatenate([shard["weight"] for shard in shards])
        return {
            **shards[0],
            "row_run": np.searchsorted(row[first], np.arange(rows + 1)).astype(np.uint32),
            "run_begin": np.append((np.cumsum(length) - length)[first], length.sum()).astype(np.uint32),
            "run_delay": delay[first],
            "target": (target + offset.astype(np.uint32))[joined],
            "weight": weight[:1] if constant else weight[joined],
            "member_begin": 0,
            "member_end": shards[-1]["target_end"],
            "target_begin": 0,
            "target_end": shards[-1]["target_end"],
            "synapses": len(target),
        }


def rows_of_runs(shard: dict[str, Any]) -> NDArray[np.int64]:
    """Of each run of a block, as stored."""
    runs = np.diff(shard["row_run"].astype(np.int64))
    return np.repeat(np.arange(len(runs)), runs)

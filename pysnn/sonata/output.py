"""Spikes and reports as SONATA has them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np

from ..io.beside import whole

SORTING = h5py.enum_dtype({"none": 0, "by_id": 1, "by_time": 2}, basetype="u1")
ORDERS = ("none", "by_id", "by_time")
UNITS = {"mV": "mV", "pA": "pA", "nS": "nS"}


def write_spikes(path: Path, trains: dict[str, list[tuple[Any, Any]]], order: str = "by_time") -> None:
    """``/spikes/POPULATION``: ``timestamps`` [ms] and ``node_ids``, sorted "by_time", "by_id" or "none"."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole(path) as (draft,), h5py.File(draft, "w", libver=("v110", "v110")) as file:
        for name, parts in trains.items():
            times = np.concatenate([t for t, _ in parts])
            ids = np.concatenate([ids for _, ids in parts]).astype(np.uint64)
            keys = {"by_time": (ids, times), "by_id": (times, ids)}.get(order)
            if keys is not None:
                sorted_ = np.lexsort(keys)
                times, ids = times[sorted_], ids[sorted_]
            group = file.create_group(f"spikes/{name}")
            code = {"none": 0, "by_id": 1, "by_time": 2}[order if keys is not None else "none"]
            group.attrs.create("sorting", code, dtype=SORTING)
            group.create_dataset("timestamps", data=times).attrs["units"] = "ms"
            group.create_dataset("node_ids", data=ids)


def write_report(
    path: Path, columns: dict[str, list[tuple[Any, Any]]], start: float, stop: float, every: float
) -> None:
    """``/report/POPULATION/data``: (times, neurons), float32, with its mapping, in the order of node ids.

    ``every`` : ms between samples as configured, which a report of one sample does not tell.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole(path) as (draft,), h5py.File(draft, "w", libver=("v110", "v110")) as file:
        for name, parts in columns.items():
            ids = np.concatenate([ids for ids, _ in parts]).astype(np.uint64)
            times, unit = parts[0][1].t, parts[0][1].unit
            inside = (times >= start - 1e-9) & (times <= stop + 1e-9)
            order = np.argsort(ids)
            data = np.concatenate([states.values for _, states in parts], axis=1)[inside][:, order]
            group = file.create_group(f"report/{name}")
            group.create_dataset("data", data=data.astype(np.float32)).attrs["units"] = UNITS.get(unit, unit)
            mapping = group.create_group("mapping")
            mapping.create_dataset("node_ids", data=ids[order]).attrs["sorted"] = np.uint8(1)
            mapping.create_dataset("index_pointers", data=np.arange(len(ids) + 1, dtype=np.uint64))
            mapping.create_dataset("element_ids", data=np.zeros(len(ids), dtype=np.uint32))
            kept = times[inside]
            step = float(kept[1] - kept[0]) if len(kept) > 1 else every
            first = float(kept[0]) if len(kept) else start
            time = mapping.create_dataset("time", data=[first, first + step * len(kept), round(step, 9)])
            time.attrs["units"] = "ms"

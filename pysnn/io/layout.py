"""How a spike log lies in its file.

Layout (SONATA developer guide; Dai et al. 2020, PLoS Comput. Biol. 16:e1007696)::

    /                               attributes magic = 0x0A7A, version = (0, 1)
    /spikes/<population>            attribute sorting, an HDF5 enum {none: 0, by_id: 1, by_time: 2}
    /spikes/<population>/timestamps float64, attribute units = "milliseconds"
    /spikes/<population>/node_ids   uint64

samples of states as ``reports.py`` has them, and what SONATA has no place for::

    /pysnn                          attributes format, version
    /pysnn/populations, sizes       names and numbers of neurons; the same as attributes of /pysnn
    /pysnn/committed                spikes of each population that are wholly on disk
    /pysnn/frames                   frames of each report, in the order of the attribute ``reports`` of /pysnn
    /pysnn/until                    ms up to which the log is complete (NaN: nobody said)
    /pysnn/closed                   1 once the writer has closed the file
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import h5py
import numpy as np

from .reports import Report

FORMAT = "pysnn spike log"
VERSION = 1
CHUNK = 65_536
SORTING = {"none": 0, "by_id": 1, "by_time": 2}


def lay_out(
    file: h5py.File,
    populations: Mapping[str, int],
    sorting: str,
    compression: str | None,
    reports: Mapping[str, Report],
) -> None:
    """Make every object and attribute: in SWMR mode none can be added."""
    file.attrs["magic"] = np.uint32(0x0A7A)
    file.attrs["version"] = np.array([0, 1], np.uint32)
    enum = h5py.enum_dtype(SORTING, basetype=np.uint8)
    spikes = file.create_group("spikes")
    for name in populations:
        group = spikes.create_group(name)
        group.attrs.create("sorting", SORTING[sorting], dtype=enum)
        how: dict[str, Any] = {"maxshape": (None,), "chunks": (CHUNK,), "compression": compression}
        times = group.create_dataset("timestamps", (0,), dtype=np.float64, **how)
        times.attrs["units"] = "milliseconds"
        group.create_dataset("node_ids", (0,), dtype=np.uint64, **how)
    for name, report in reports.items():
        report.lay_out(file, name)
    own = file.create_group("pysnn")
    own.attrs["format"] = np.bytes_(FORMAT)
    own.attrs["version"] = VERSION
    # Of fixed length, and as attributes too: those have a checksum, datasets have none.
    texts = [name.encode() for name in populations]
    names = np.array(texts, h5py.string_dtype("utf-8", max(map(len, texts))))
    sizes = np.array(list(populations.values()), np.uint64)
    for key, values in (("populations", names), ("sizes", sizes)):
        own.attrs[key] = values
        own[key] = values
    if reports:
        keys = [name.encode() for name in reports]
        own.attrs["reports"] = np.array(keys, h5py.string_dtype("utf-8", max(map(len, keys))))
        own["frames"] = np.zeros(len(reports), np.uint64)
    # Written before SWMR begins, so that their place in the file is there for the first reader.
    own["committed"] = np.zeros(len(populations), np.uint64)
    own["until"] = np.array([np.nan])
    own["closed"] = np.zeros(1, np.uint8)
    file.flush()

"""Recordings as objects of other packages, which are imported when they are asked for.

Everything goes by whole arrays; nothing here loops over spikes.
"""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]
Index = NDArray[np.uint32]


def needs(module: str, what: str, extra: str = "interop") -> Any:
    """A module of an extra; an ImportError says what needs it and how to get it."""
    try:
        return importlib.import_module(module)
    except ImportError as err:
        package = module.partition(".")[0]
        raise ModuleNotFoundError(
            f"{what} needs {package}, which is not installed: pip install 'pysnn-sim[{extra}]'", name=err.name
        ) from err


def spikes_to_neo(t: Float, i: Index, indices: Index, begin: float, end: float, name: str) -> Any:
    """``neo.SpikeTrainList`` with a train for each of ``indices``, silent ones too."""
    lists = needs("neo.core.spiketrainlist", "to_neo")
    return lists.SpikeTrainList.from_spike_time_array(
        np.array(t),
        i.astype(np.int64),
        all_channel_ids=indices.astype(np.int64),
        t_start=begin,
        t_stop=end,
        units="ms",
        source_population=name,
    )


def states_to_neo(t: Float, values: Float, i: Index, name: str, unit: str) -> Any:
    """``neo.AnalogSignal`` where samples are evenly spaced, else ``neo.IrregularlySampledSignal``."""
    neo = needs("neo", "to_neo")
    about = {
        "units": unit or "dimensionless",
        "name": name,
        "array_annotations": {"channel_index": i.astype(np.int64)},
    }
    steps = np.diff(t)
    if len(steps) and np.ptp(steps) <= 1e-9 * max(float(t[-1]), 1.0):
        every = (float(t[-1]) - float(t[0])) / len(steps)
        pq = needs("quantities", "to_neo")
        return neo.AnalogSignal(
            values, t_start=float(t[0]) * pq.ms, sampling_period=round(every, 9) * pq.ms, **about
        )
    return neo.IrregularlySampledSignal(t, values, time_units="ms", **about)


def table(columns: dict[str, NDArray[Any]], index: str | None = None) -> Any:
    """``pandas.DataFrame`` of these columns, one of which may be its index."""
    pandas = needs("pandas", "to_pandas")
    frame = pandas.DataFrame(columns)
    return frame if index is None else frame.set_index(index)

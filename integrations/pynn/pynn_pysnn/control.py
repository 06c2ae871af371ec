"""``setup``, ``run``, ``reset`` and ``end``."""

from __future__ import annotations

from typing import Any

from pyNN import common
from pyNN.common.control import DEFAULT_MAX_DELAY, DEFAULT_MIN_DELAY, DEFAULT_TIMESTEP
from pyNN.recording import get_io

from . import simulator

__all__ = [
    "end",
    "get_current_time",
    "get_max_delay",
    "get_min_delay",
    "get_time_step",
    "initialize",
    "num_processes",
    "rank",
    "reset",
    "run",
    "run_for",
    "run_until",
    "setup",
]

OPTIONS = ("backend", "threads", "seed", "dtype", "log", "spike_precision")


def setup(
    timestep: float = DEFAULT_TIMESTEP, min_delay: float | str = DEFAULT_MIN_DELAY, **extra_params: Any
) -> int:
    """Begin anew: whatever was declared before is gone.

    Parameters
    ----------
    timestep : ms; the step of "clock". On "event" it only spaces the samples of states.
    min_delay : ms, or "auto"; the delay of synapse types that are given none.
    max_delay : ms; pysnn needs no such bound.
    backend : "clock" (fixed steps), "event" (exact, continuous time) or "auto" (both, by population). By
        default "clock", or "event" where ``spike_precision`` is "off_grid".
    spike_precision : "on_grid" or "off_grid". With "off_grid" and ``backend="clock"`` neurons step, and
        spikes of sources and delays keep times between the steps.
    threads : by default all cores; results are the same bits for any number.
    seed : of every draw that pysnn makes (sources, connectors without an ``rng``, noise).
    dtype : "float64" or "float32".
    log : path of a SONATA spike log to be written while the first segment runs.

    What other simulators take besides is ignored, as in all of PyNN.
    """
    common.setup(timestep, min_delay, **extra_params)
    options = {name: extra_params[name] for name in OPTIONS if name in extra_params}
    state = simulator.state
    state.configure(timestep, min_delay, extra_params.get("max_delay", DEFAULT_MAX_DELAY), **options)
    state.clear()
    return rank()


def end(compatible_output: bool = True) -> None:
    """Write what ``record`` was given a file for, and close the simulation; data stay readable till then."""
    state = simulator.state
    for population, variables, filename in state.write_on_end:
        population.write_data(get_io(filename), variables)
    state.write_on_end = []
    if state.simulation is not None:
        state.simulation.close()


run, run_until = common.build_run(simulator)
run_for = run

reset = common.build_reset(simulator)

initialize = common.initialize

get_current_time, get_time_step, get_min_delay, get_max_delay, num_processes, rank = (
    common.build_state_queries(simulator)
)

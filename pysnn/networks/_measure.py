"""Runs a network and takes the figures by which simulators are compared."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import pysnn as snn
from pysnn.base.params import ParamInfo, check_number


def resident_mb() -> float:
    """The largest resident memory of this process so far, MB (2^20 bytes); nan where it is not told."""
    try:
        import resource
    except ImportError:  # Windows
        return float("nan")
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return largest / (2**20 if sys.platform == "darwin" else 2**10)


def _load(backend: str, dt: float, dtype: str) -> None:
    """Have in memory what a process loads once, with its first simulation: the compiled engine above all."""
    net = snn.Network(seed=1)
    net.population("one", 1, snn.LIF())
    with snn.Simulation(net, backend, dt, dtype=dtype) as sim:
        sim.run(10.0 * dt)


class _Clock:
    """Wall and processor seconds since it was made."""

    def __init__(self) -> None:
        self._begun = time.perf_counter(), time.process_time()

    def read(self) -> tuple[float, float]:
        return time.perf_counter() - self._begun[0], time.process_time() - self._begun[1]


def recurrent_events(sim: snn.Simulation) -> int:
    """Synaptic events delivered so far by projections between populations: without external drive."""
    populations = {population.name for population in sim.spec.populations}
    delivered = sim.delivered()
    return sum(delivered[p.name] for p in sim.spec.projections if p.source in populations)


def measure(
    net: snn.Network,
    *,
    backend: str = "clock",
    threads: int = 1,
    dtype: str = "float64",
    weight_dtype: str | None = None,
    sim_ms: float = 1000.0,
    presim_ms: float = 100.0,
    profile: bool = False,
    dt: float = 0.1,
    run: Callable[[snn.Simulation, float], None] = snn.Simulation.run,
) -> dict[str, Any]:
    """Build ``net``, ``run`` it for ``presim_ms`` and then, measured, for ``sim_ms``.

    Returns
    -------
    dict with, among others: build_s, sim_s (seconds of wall time), sim_cpu_s (of all threads), rtf
    (sim_s for a second of model time), N (neurons), synapses (all, as built), spikes (of neurons)
    and events (recurrent synaptic events delivered) in the measured part, rate_hz, rates_hz (by
    population), rss_mb (largest resident memory), bytes_per_syn (its growth once the engine is loaded, by
    synapse), stored_bytes_per_syn (of the compiled synapses alone); with ``profile`` also phases (s).
    """
    sim_ms = check_number(sim_ms, ParamInfo(unit="ms", above=0.0), "sim_ms")
    _load(backend, dt, dtype)
    before = resident_mb()
    clock = _Clock()
    with snn.Simulation(
        net, backend, dt, threads=threads, dtype=dtype, weight_dtype=weight_dtype, profile=profile
    ) as sim:
        build, build_cpu = clock.read()
        built = resident_mb()
        clock = _Clock()
        run(sim, presim_ms)
        presim, _ = clock.read()

        before_spikes, events, phases = sim.spike_counts(), recurrent_events(sim), sim.profile()
        clock = _Clock()
        run(sim, sim_ms)
        wall, cpu = clock.read()
        counts = {name: count - before_spikes[name] for name, count in sim.spike_counts().items()}
        events = recurrent_events(sim) - events
        phases = {name: seconds - phases[name] for name, seconds in sim.profile().items() if name != "build"}
        memory = sim.memory()
    sizes = {population.name: population.n for population in sim.spec.populations}
    synapses = int(memory["synapses"])
    spikes, neurons = sum(counts.values()), sum(sizes.values())
    figures = {
        "backend": backend,
        "threads": threads,
        "dt": dt,
        "dtype": dtype,
        "weight_dtype": weight_dtype or dtype,
        "seed": net.seed,
        "sim_ms": sim_ms,
        "presim_ms": presim_ms,
        "build_s": round(build, 4),
        "build_cpu_s": round(build_cpu, 4),
        "presim_s": round(presim, 4),
        "sim_s": round(wall, 4),
        "sim_cpu_s": round(cpu, 4),
        "rtf": round(wall / sim_ms * 1e3, 5),
        "N": neurons,
        "synapses": synapses,
        "spikes": spikes,
        "rate_hz": round(spikes / neurons / sim_ms * 1e3, 4),
        "rates_hz": {name: round(counts[name] / n / sim_ms * 1e3, 4) for name, n in sizes.items()},
        "events": events,
        "ev_per_s_per_core": round(events / wall / threads / 1e6, 2),
        "rss_mb": round(resident_mb(), 1),
        "rss_build_mb": round(built, 1),
        "bytes_per_syn": round((resident_mb() - before) * 2**20 / synapses, 2) if synapses else 0.0,
        "stored_bytes_per_syn": round(memory["bytes_per_synapse"], 2),
    }
    if profile:
        figures["phases"] = {name: round(seconds, 6) for name, seconds in phases.items()}
    return figures

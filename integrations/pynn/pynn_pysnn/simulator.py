"""The state of the one simulation that PyNN's modules have: what is declared, and what runs.

Populations and projections are only described until the first ``run``: then a ``pysnn.Network`` is made of
them and built. From then on every change goes to the simulation; nothing is ever run again to apply one.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from pyNN import common

import pysnn as snn

name = "pysnn"

BACKENDS = ("clock", "event", "auto")


class ID(int, common.IDMixin):
    """A cell: its number among all that were made since ``setup``."""

    def __init__(self, n: int) -> None:
        int.__init__(n)
        common.IDMixin.__init__(self)


class State(common.control.BaseState):
    """What was declared since ``setup``, and the simulation that was built of it."""

    def __init__(self) -> None:
        common.control.BaseState.__init__(self)
        self.mpi_rank = 0
        self.num_processes = 1
        self.simulation: snn.Simulation | None = None
        self.configure()
        self.clear()

    def configure(
        self,
        timestep: float = 0.1,
        min_delay: float | str = 0.1,
        max_delay: float | str = 10.0,
        backend: str | None = None,
        threads: int | None = None,
        seed: int = 0,
        dtype: str = "float64",
        log: str | None = None,
        spike_precision: str = "on_grid",
    ) -> None:
        """Take the options of ``setup``."""
        if spike_precision not in ("on_grid", "off_grid"):
            raise ValueError(
                f"setup: spike_precision: expected 'on_grid' or 'off_grid' (got {spike_precision!r})"
            )
        off_grid = spike_precision == "off_grid"
        if backend is None:
            backend = "event" if off_grid else "clock"
        if backend not in BACKENDS:
            raise ValueError(
                f"setup: backend: expected one of {', '.join(map(repr, BACKENDS))} (got {backend!r})"
            )
        self.dt = float(timestep)
        if not 0.0 < self.dt < math.inf:
            raise ValueError(f"setup: timestep: expected > 0 ms (got {timestep})")
        self.max_delay = max_delay
        self.backend = backend
        self.spike_precision = spike_precision
        # Neurons that step, and spikes of sources between the steps: "auto" has both.
        self.steps_off_grid = backend == "clock" and off_grid
        self.on_grid = backend == "clock" and not off_grid
        self.threads = threads
        self.seed = seed
        self.dtype = dtype
        self.log = log
        self._min_delay = min_delay

    def clear(self) -> None:
        """Forget everything that was declared."""
        self.recorders = set()
        self.populations: list[Any] = []
        self.projections: list[Any] = []
        self.current_sources: list[Any] = []
        self.id_counter = 0
        self.segment_counter = -1
        self.write_on_end = []
        self._names: set[str] = set()
        self.reset()

    def reset(self) -> None:
        """Back to time 0: the next ``run`` builds what is declared by then."""
        if self.simulation is not None:
            self.simulation.close()
        self.simulation = None
        self.running = False
        self.t_start = 0.0
        self.segment_counter += 1
        for source in self.current_sources:
            source._begin_again()

    @property
    def t(self) -> float:
        """The time reached, ms."""
        return 0.0 if self.simulation is None else self.simulation.time

    @property
    def min_delay(self) -> float:
        """What ``setup`` was given, or the shortest delay of all projections where that was "auto"."""
        if self._min_delay != "auto":
            return float(self._min_delay)
        delays = [projection._shortest_delay() for projection in self.projections]
        return min([delay for delay in delays if delay is not None], default=self.dt)

    @property
    def default_delay(self) -> float:
        """The delay of a synapse type that is given none, ms."""
        return self.dt if self._min_delay == "auto" else float(self._min_delay)

    def unique(self, wanted: str) -> str:
        """A name like ``wanted`` that no other group, or projection, has; draws depend on it."""
        wanted = wanted.replace("/", "|") or "group"
        found, n = wanted, 1
        while found in self._names:
            n += 1
            found = f"{wanted}#{n}"
        self._names.add(found)
        return found

    def on_the_grid(self, times: Any) -> Any:
        """Times as this simulation can have them: rounded to steps on "clock", else as they are."""
        if not self.on_grid:
            return times
        return np.round(np.rint(np.asarray(times, dtype=float) / self.dt) * self.dt, 12)

    def segment_of(self, cells: Any) -> tuple[np.ndarray, np.ndarray]:
        """For each cell, the place of its population in ``populations`` and its index in that."""
        ids = np.asarray(cells, dtype=np.int64)
        firsts = np.array([int(population.first_id) for population in self.populations])
        which = np.searchsorted(firsts, ids, side="right") - 1
        return which, ids - firsts[which]

    def refuse_new(self, what: str) -> None:
        """Raise where a simulation is under way, to which nothing can be added."""
        if self.simulation is not None:
            raise NotImplementedError(
                f"pysnn builds a network when it first runs: {what} cannot be added at {self.t:g} ms. "
                "Declare it before run(), or after reset(), which keeps what is declared and recorded"
            )

    def build(self) -> None:
        """Make the network and the simulation of what was declared."""
        network = snn.Network(seed=self.seed)
        for population in self.populations:
            population._declare(network)
        for projection in self.projections:
            projection._declare(network)
        for population in self.populations:
            population.recorder._declare(network)
        self.simulation = self._simulate(network)
        for projection in self.projections:
            projection._built()
        for source in self.current_sources:
            source._start()

    def _simulate(self, network: snn.Network) -> snn.Simulation:
        backend, engines = self.backend, None
        if self.steps_off_grid:
            backend, engines = "auto", dict.fromkeys(network.populations, "clock")
        return snn.Simulation(
            network,
            backend=backend,
            dt=self.dt,
            threads=self.threads,
            dtype=self.dtype,
            log=self.log if self.segment_counter == 0 else None,
            # Rounding would bring back to the steps what shall lie between them.
            off_grid="error" if self.steps_off_grid else "round",
            engines=engines,
            # Other noise in each segment, and the same network.
            noise_seed=self.seed + self.segment_counter,
        )

    def run_until(self, tstop: float) -> None:
        """Go on to ``tstop`` ms."""
        if not math.isfinite(tstop):  # NaN is in no past either
            raise ValueError(f"run: expected a finite time (got {tstop})")
        if self.simulation is None:
            self.build()
        assert self.simulation is not None
        self.running = True
        until = float(np.round(np.rint(tstop / self.dt) * self.dt, 9)) if self.on_grid else round(tstop, 9)
        if until <= self.t:
            return
        for population in self.populations:
            population._feed(until)
        while self.t < until:
            ends = [source._known_until() for source in self.current_sources]
            stop = min([until, *(end for end in ends if end > self.t)])
            self.simulation.run(round(stop - self.t, 9))
            for source, end in zip(self.current_sources, ends, strict=True):
                if end <= self.t:
                    source._renew()


state = State()

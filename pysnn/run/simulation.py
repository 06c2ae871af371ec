"""Runs a described network on an engine."""

from __future__ import annotations

import contextlib
import functools
import inspect
import os
import time as wall
import weakref
from collections.abc import Mapping
from dataclasses import replace
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import backends
from ..backends import Backend, Choice, Options
from ..base.alive import Alive
from ..base.interrupt import InterruptGuard
from ..base.params import ParamInfo, check_number, check_switch, check_whole, shown
from ..base.ranks import Ranks
from ..base.timebase import TimeBase
from ..data import Data
from ..errors import ParameterError, RunningError, ThreadsError
from ..io import SpikeLog
from ..network import Network
from ..spec import (
    NetworkSpec,
    Population,
)
from .beginning_again import BeginningAgain
from .between_runs import BetweenRuns
from .changes import Changes, Feeding
from .checkpoint import LaterLog
from .figures import Figures
from .gathering import Gathering
from .going_on import GoingOn
from .injections import Injections
from .named import Named
from .options import (
    MOST_THREADS,
    check_alike,
    check_log_path,
    check_shared,
    given_device,
    given_engines,
    one_of,
    threads_for,
)
from .parameters import check_with_the_others
from .places import Places
from .progress import Terminal, building_bar, check_wanted
from .protocol import Protocol
from .recordings import Recordings
from .saving import Saving
from .slices import Slices
from .synapse_changes import SynapseChanges
from .trial_runs import TrialRuns
from .weights import check_drawn


class Simulation(
    Slices, SynapseChanges, BetweenRuns, BeginningAgain, Gathering, Saving, GoingOn, TrialRuns, Figures, Alive
):
    """A network built on an engine, ready to run.

    Parameters
    ----------
    network : a Network or a NetworkSpec.
    backend : "clock" (fixed steps), "event" (exact, continuous time), "opencl", or "auto": "event" for
        populations where little arrives, "clock" where much does, on one time axis; ``engines`` says
        which, and why.
    dt : step, > 0 ms. "event" has no steps; there dt only spaces the samples of states whose probe
        names no interval.
    threads : 1 to 1024; by default all cores, or fewer where a network is too small to be worth dividing or
        the system refuses threads (ThreadsError where the number was given).
        Results are the same bits for any number.
    dtype : "float64" or "float32", of neuron states, and of weights.
    weight_dtype : "float64", "float32" or "float16" for weights of static synapses, where it shall not be
        dtype ("clock" only). float16 rounds each weight by at most 1 part in 4,000, and reaches to 65504.
    log : path of a spike log in SONATA format that is written while the simulation runs, with the
        spikes of every population, and of the sources that have a spike probe, and the states of probes
        with ``to_log``. An existing file is replaced, unless another simulation of this process writes to it.
    off_grid : what happens to a time or delay that is no multiple of dt: "error" or "round".
    engines : for backend "auto", "event" or "clock" for populations whose engine is not to be chosen.
    noise_seed : whole number, 0 to 2^53, for other noise in the same network: seed of what is drawn in the
        course of time (spikes of sources, NoiseCurrent, escapes of SRM0), where it is not the network's.
        Synapses, initial states and parameters that are drawn stay the same.
    device : for backend "opencl", the number of a device or a part of its name, as ``pysnn doctor`` lists
        them; by default what the environment variable PYSNN_OPENCL_DEVICE names so, else the first that
        works. ParameterError where there is none of that number or name.
    progress : show on the terminal which kernels "opencl" builds, which it does once a machine; those that a
        later call needs (``set_delays``) when it builds them.
    profile : measure where the time goes, and print it when the simulation is closed.
    comm : a communicator of mpi4py (``MPI.COMM_WORLD``): its processes share the network, each with
        ``threads`` threads, and all of them make the same calls (docs/mpi.md). Each has a part of the
        neurons, and ``data``, ``weights`` and ``synapses`` are of these; ``gather`` brings the parts
        together. Results are the same bits for any number of processes.

    Errors: BackendUnsupported where the engine cannot run a part of the network; OffGridError;
    LogError where the log cannot be written; ImportError where the engine is not installed;
    MemoryError where the synapses cannot fit.

    Use it as a context manager, or call ``close``, so that the log is complete: one that is left open is
    closed when the simulation is dropped, or at the end of the process.

    Threads: while one runs the simulation, others, and handlers of signals, may read ``data``, ``time`` and
    ``spike_counts``; any other call of theirs raises RunningError. After an error inside a run the simulation
    is broken: ``data`` stays readable and the log can be closed, all else raises BrokenError.
    """

    _instead = "sim.save(path) puts all of it down, and snn.resume(path) goes on with it anywhere"

    def __init__(
        self,
        network: Network | NetworkSpec,
        backend: str = "clock",
        dt: float = 0.1,
        threads: int | None = None,
        dtype: str = "float64",
        log: str | os.PathLike[str] | None = None,
        off_grid: str = "error",
        profile: bool = False,
        weight_dtype: str | None = None,
        engines: Mapping[Population | str, str] | None = None,
        noise_seed: int | None = None,
        device: int | str | None = None,
        progress: bool = False,
        comm: Any = None,
    ) -> None:
        if not isinstance(network, (Network, NetworkSpec)):
            raise ParameterError(f"Simulation: expected a Network or a NetworkSpec (got {shown(network)})")
        self.spec = network.spec() if isinstance(network, Network) else network
        self._network = network if isinstance(network, Network) else None
        self.dt = check_number(dt, ParamInfo(unit="ms", above=0.0), "Simulation.dt")
        ranks = Ranks.of(comm)
        chosen = threads_for(self.spec, ranks) if threads is None else threads
        self.threads = check_whole(chosen, ParamInfo(low=1, high=MOST_THREADS), "Simulation.threads")
        self.dtype = one_of("dtype", dtype, ("float64", "float32"))
        self.weight_dtype = dtype
        if weight_dtype is not None:
            self.weight_dtype = one_of("weight_dtype", weight_dtype, ("float64", "float32", "float16"))
        if noise_seed is not None:
            noise_seed = check_whole(noise_seed, ParamInfo(low=0, high=2**53), "Simulation.noise_seed")
        rounds = one_of("off_grid", off_grid, ("error", "round")) == "round"
        kind = backends.find(backend)
        if ranks.several:
            check_shared(backend)
        self.backend = backend
        self._torn_by = kind.torn_by
        self._profile = check_switch(profile, "Simulation.profile")
        log = ranks.share(log)  # that of the first rank, which has one for all
        if log is not None:
            with ranks.together("Simulation"):
                if ranks.rank == 0:
                    check_log_path(log)  # now, not after minutes of building
        elif streamed := [probe.name for probe in self.spec.probes if probe.to_log]:
            raise ParameterError(
                f"Simulation.log: probe {streamed[0]!r} writes to a log (to_log=True): give one"
            )

        begun = wall.perf_counter()
        self._options = Options(
            self.dt,
            self.threads,
            self.dtype,
            self.weight_dtype,
            rounds,
            profile,
            given_engines(self.spec, backend, engines),
            adapts_threads=threads is None,
            noise_seed=noise_seed,
            device=given_device(backend, device),
            ranks=ranks,
        )
        if ranks.several:
            check_alike(self.spec, backend, self._options)
        check_wanted(progress, "Simulation")
        with building_bar(progress) as building:
            built = self._build(kind, replace(self._options, building=building))
        self._engine, self._choices = built.engine, built.choices
        self._time_base = TimeBase(self.dt, built.on_grid, rounds)
        self._seconds = {"build": wall.perf_counter() - begun, "record": 0.0}
        with ranks.together("Simulation"):
            check_drawn(self.spec, self._engine, self.dtype)
        self._named = Named(self.spec)
        self._protocol = Protocol(ranks)
        self._recordings = Recordings(self.spec, self._engine, self._time_base, self._protocol)
        check = functools.partial(check_with_the_others, self._engine, self._named.groups)
        self._places = Places(ranks, self._engine)
        self._changes = Changes(self._engine, self._time_base, {"set_parameters": check}, self._places)
        noise = self.spec.seed if noise_seed is None else noise_seed
        self._feeding = Feeding(self._engine, noise)
        self._injections = Injections(self._engine, len(self.spec.currents), self.spec.seed, noise)
        self._log: SpikeLog | None = None
        self._flushed = -np.inf
        self._trials_end = 0  # ticks, on the axis of the log
        # Plastic weights as stored, of which somebody may hold a view.
        self._shown: list[weakref.ref[NDArray[Any]]] = []
        self._set: set[int] = set()  # projections whose weights were set
        # Not a method of this object: a circle would keep the synapses until Python looks for circles.
        self.data = Data(self._recordings.read, self.spec.probes)
        if log is not None and not isinstance(log, LaterLog):
            self._open_log(log, "Simulation")

    # ---- running ------------------------------------------------------------------------------------

    @property
    def time(self) -> float:
        """Model time reached, ms; while a run goes on, that up to which everything is in ``data``."""
        return self._engine.time if self._protocol.idle else self._recordings.time

    @property
    def _log_time(self) -> float:
        """ms up to which the log is complete."""
        return max(self.time, self._time_base.ms_of(self._trials_end))

    @property
    def engines(self) -> dict[str, Choice]:
        """The engine of each population; with backend "auto" ``str`` of it says why."""
        given = {p.name: Choice(self.backend, f"backend={self.backend!r}") for p in self.spec.populations}
        return {**given, **self._choices}

    def run(
        self,
        duration: float,
        progress: bool = False,
        checkpoint: str | os.PathLike[str] | None = None,
        every: float | None = None,
    ) -> None:
        """Go on for ``duration`` ms (>= 0), with a progress bar if wanted.

        ``checkpoint``: a file to ``save`` to each ``every`` minutes of wall time (>= 0, by default 10) and
        when the run ends, so that ``snn.resume`` can go on where a killed run was. The file is whole at
        any time.

        Durations add as decimals: 10,000 runs of 0.1 ms end at 1,000 ms.

        Runs may be divided in any way without a change of a bit. Ctrl-C raises KeyboardInterrupt
        after the present slice of about 0.1 s: everything recorded so far is in ``data`` and on
        disk, and the simulation can go on. After any other error it is broken, and cannot.

        Errors: RunningError while another thread runs it; BrokenError after an error in a run; ClosedError;
        ParameterError where its network has been added to since, in which these additions would have no part;
        MemoryError where the states that its probes sample until then cannot fit; CheckpointError where
        ``checkpoint`` cannot be written: the simulation can go on.
        """
        if every is not None and checkpoint is None:
            raise ParameterError(
                f"run: every: is for a checkpoint=, of which there is none (got {shown(every)})"
            )
        every = check_number(10.0 if every is None else every, ParamInfo(unit="min", low=0.0), "run: every")
        check_wanted(progress, "run")
        if checkpoint is not None:
            self._check_place(checkpoint)  # now, not after minutes of running
        with self._protocol.running():
            with self._protocol.ranks.checked("run"):
                self._check_network()
                if self._log is not None:
                    self._log.check_in_place()
                    if self._trials_end > 0:
                        raise ParameterError(
                            "run: the log of this simulation has one axis of time, and holds trials: run "
                            "it in a simulation of its own"
                        )
                duration = check_number(duration, ParamInfo(unit="ms", low=0.0), "run: duration")
                end = self._engine.ticks + self._time_base.tick(duration, "run: duration")
                self._recordings.check_room(self._time_base.ms_of(end))
            with self._completing():
                self._go_on_to(end, progress, checkpoint, every * 60.0)
            if checkpoint is not None:
                self._save_to(checkpoint)

    @property
    def network(self) -> Network | NetworkSpec:
        """What it was built from; ``spec`` is the description as it was then."""
        return self._network if self._network is not None else self.spec

    def flush(self) -> None:
        """Bring everything recorded so far to the log on disk, for readers and in case of a crash.

        It happens by itself in long runs, at the end of a run and when the simulation is closed, but
        for runs that follow one another within a fifth of a second.
        """
        with self._protocol.recording("flush"):
            self._flush()

    def close(self) -> None:
        """Complete the log; what was recorded stays readable. A second call does nothing.

        RunningError while another thread runs the simulation.
        """
        with InterruptGuard():
            if not self._protocol.close():
                return
            if self._log is not None:
                with self._protocol.recording("close"):
                    until = None  # what it was complete up to
                    try:
                        self._recordings.write(self._log)
                        until = self._log_time
                    finally:
                        self._log.close(until)
        if self._profile:
            print(self.profile_text(), file=Terminal())

    def __enter__(self) -> Simulation:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Of two errors the first is the one to be seen.
        with contextlib.nullcontext() if error is None else contextlib.suppress(RunningError):
            self.close()

    def __repr__(self) -> str:
        state = self._protocol.state
        return f"<Simulation on {self.backend!r}, {self.threads} threads, at {self.time:.15g} ms, {state}>"

    # ---- inside -------------------------------------------------------------------------------------

    def _open_log(
        self, path: str | os.PathLike[str], call: str, mark: Mapping[str, Any] | None = None
    ) -> None:
        """Begin it, or go on from ``mark`` of it; of a simulation that nobody gets none is left open."""
        try:
            with InterruptGuard(), self._protocol.ranks.together(call):
                reports = self._recordings.reports(self._places)
                if self._protocol.ranks.rank == 0:  # which hears of all spikes
                    self._log = self._recordings.open_log(path, reports, mark)
        except BaseException:
            self._abandon()
            raise

    def _flush(self) -> None:
        if self._log is not None and not self._protocol.closed:
            self._recordings.write(self._log)  # what an error on the way has kept from it
            self._log.flush(self._log_time)
        self._flushed = wall.perf_counter()

    def _abandon(self) -> None:
        if self._log is not None:
            self._log.close()

    def _build(self, kind: type[Backend], options: Options) -> Backend:
        """With one thread, of the same bits, where the system refuses as many as were not asked for."""
        try:
            return kind(self.spec, options)
        except ThreadsError:
            if not options.adapts_threads or options.ranks.several:  # which have as many threads each
                raise
        self.threads = 1
        return kind(self.spec, replace(options, threads=1))

    def _check_network(self) -> None:
        late = [] if self._network is None else self._network.declared_since(self.spec)
        if late:
            raise ParameterError(
                f"run: declared after this simulation was built, so not in it: {', '.join(late)}; build it "
                "anew with Simulation(net), or, where both are wanted, this one from net.spec(), "
                "which stays as it was taken"
            )

    def _ways(self, value: Any) -> Mapping[str, str]:
        options = list(inspect.signature(Simulation.__init__).parameters)[1:]
        return {
            **{
                option: f"it is given when the simulation is built: Simulation(net, {option}={shown(value)})"
                for option in (*options, "spec")
            },
            "time": "it goes on with run()",
            "data": "it is filled by run()",
        }

"""Runs a described network on an engine."""

from __future__ import annotations

import contextlib
import functools
import inspect
import os
import sys
import time as wall
import weakref
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from types import TracebackType
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import backends
from ..backends import Backend, Choice, Options, StoredBlock, list_synapses
from ..base.params import ParamInfo, as_numpy, check_array, check_number, check_whole, magnitude, shown
from ..base.sealed import Sealed
from ..base.timebase import TimeBase
from ..currents import Current
from ..data import Data, SpikeData, StateData, WeightChanges, WeightData
from ..encoders import SpikeTrains
from ..errors import CheckpointError, ParameterError, RunningError, ThreadsError, unknown
from ..io import SpikeLog
from ..io.checkpoint import Checkpoint, check_place, same_file
from ..network import Network
from ..sources import Source
from ..spec import (
    TAKEN,
    WINNER,
    CurrentSpec,
    Group,
    Modulator,
    NetworkSpec,
    Neurons,
    Population,
    PopulationSpec,
    Probe,
    ProbeSpec,
    Projection,
    SourceGroup,
    View,
    check_own,
)
from ..spec.handles import D
from .changes import Change, Changes, Feeding
from .checkpoint import (
    FIXED,
    Inputs,
    LaterLog,
    changes_as_plain,
    changes_of,
    check_free,
    choices_as_dicts,
    choices_of,
    setting,
)
from .delays import new_delays
from .injections import Injection, Injections
from .interrupt import InterruptGuard
from .lessons import wanted_of
from .named import OWNER, Named, indices_of
from .options import MOST_THREADS, check_log_path, given_engines, one_of, threads_for
from .parameters import check_with_the_others, new_values, parameter
from .progress import progress_bar
from .protocol import Protocol
from .recordings import Recordings
from .restart import Kept, thresholds, weights_as_built
from .trials import SLICE as TRIALS_SLICE
from .trials import Asked, TrialResults, TrialRun, TrialsInterrupted, begin_with, side_by_side
from .weights import check_drawn, largest, new_weights, smallest

SLICE = 0.1  # seconds of wall time between two emptyings of the engine's buffers
FLUSH = 2.0  # seconds of wall time in a run of which a killed process loses the spikes at most
REST = 0.2  # seconds between the flushes of short runs: one costs milliseconds, often more than the run

MODULATION = ParamInfo(low=-1e100, high=1e100)
SYNAPSE = np.dtype([("i", np.uint32), ("j", np.uint32), ("k", np.uint32), ("delay", np.float64)])


class Simulation(Sealed):
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
    profile : measure where the time goes, and print it when the simulation is closed.

    Errors: BackendUnsupported where the engine cannot run a part of the network; OffGridError;
    LogError where the log cannot be written; ImportError where the engine is not installed;
    MemoryError where the synapses cannot fit.

    Use it as a context manager, or call ``close``, so that the log is complete: one that is left open is
    closed when the simulation is dropped, or at the end of the process.

    Threads: while one runs the simulation, others may read ``data``, ``time`` and ``spike_counts``; any
    other call of theirs raises RunningError. After an error inside a run the simulation is broken: ``data``
    stays readable and the log can be closed, all else raises BrokenError.
    """

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
    ) -> None:
        if not isinstance(network, (Network, NetworkSpec)):
            raise ParameterError(f"Simulation: expected a Network or a NetworkSpec (got {shown(network)})")
        self.spec = network.spec() if isinstance(network, Network) else network
        self._network = network if isinstance(network, Network) else None
        self.dt = check_number(dt, ParamInfo(unit="ms", above=0.0), "Simulation.dt")
        chosen = threads_for(self.spec) if threads is None else threads
        self.threads = check_whole(chosen, ParamInfo(low=1, high=MOST_THREADS), "Simulation.threads")
        self.dtype = one_of("dtype", dtype, ("float64", "float32"))
        self.weight_dtype = dtype
        if weight_dtype is not None:
            self.weight_dtype = one_of("weight_dtype", weight_dtype, ("float64", "float32", "float16"))
        if noise_seed is not None:
            noise_seed = check_whole(noise_seed, ParamInfo(low=0, high=2**53), "Simulation.noise_seed")
        rounds = one_of("off_grid", off_grid, ("error", "round")) == "round"
        kind = backends.find(backend)
        self.backend = backend
        self._profile = profile
        if log is not None:
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
        )
        built = self._build(kind, self._options)
        self._engine, self._choices = built.engine, built.choices
        self._time_base = TimeBase(self.dt, built.on_grid, rounds)
        self._seconds = {"build": wall.perf_counter() - begun, "record": 0.0}
        check_drawn(self.spec, self._engine, self.dtype)
        self._named = Named(self.spec)
        self._protocol = Protocol()
        self._recordings = Recordings(self.spec, self._engine, self._time_base, self._protocol)
        check = functools.partial(check_with_the_others, self._engine, self._named.groups)
        self._changes = Changes(self._engine, self._time_base, {"set_parameters": check})
        noise = self.spec.seed if noise_seed is None else noise_seed
        self._feeding = Feeding(self._engine, noise)
        self._injections = Injections(self._engine, len(self.spec.currents), self.spec.seed, noise)
        self._log: SpikeLog | None = None
        if log is not None and not isinstance(log, LaterLog):
            self._log = self._recordings.open_log(log)
        self._flushed = -np.inf
        self._trials_end = 0  # ticks, on the axis of the log
        # Plastic weights as stored, of which somebody may hold a view.
        self._shown: list[weakref.ref[NDArray[Any]]] = []
        self._set: set[int] = set()  # projections whose weights were set
        # Not a method of this object: a circle would keep the synapses until Python looks for circles.
        self.data = Data(self._recordings.read, self.spec.probes)

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
        if checkpoint is not None:
            self._check_place(checkpoint)  # now, not after minutes of running
        with self._protocol.running():
            self._check_network()
            if self._log is not None:
                self._log.check_in_place()
                if self._trials_end > 0:
                    raise ParameterError(
                        "run: the log of this simulation has one axis of time, and holds trials: run it in a "
                        "simulation of its own"
                    )
            duration = check_number(duration, ParamInfo(unit="ms", low=0.0), "run: duration")
            end = self._engine.ticks + self._time_base.tick(duration, "run: duration")
            self._recordings.check_room(self._time_base.ms_of(end))
            with self._completing():
                self._go_on_to(end, progress, checkpoint, every * 60.0)
            if checkpoint is not None:
                self._checkpoint().save(checkpoint)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Save all that the simulation has come to in one file: ``snn.resume`` goes on there, bit for bit.

        In it are the description of the network, states, what is under way, learnt and set weights, the
        place in every random stream, what Inputs were fed, and what probes have recorded. Synapses are not:
        ``resume`` draws them again, the same. The file does not depend on the number of threads. It appears
        whole or not at all; one that is there is replaced.

        What is in a log stays there: ``resume`` can go on with it.

        Errors: CheckpointError where the file cannot be written; BackendUnsupported on "opencl";
        RunningError, BrokenError, ClosedError.
        """
        with self._protocol.changing("save"):
            self._check_place(path)
            self._checkpoint().save(path)

    def copy(
        self,
        threads: int | None = None,
        log: str | os.PathLike[str] | None = None,
        profile: bool = False,
        **fixed: Any,
    ) -> Simulation:
        """Another simulation that stands where this one does, with synapses of its own; both go on alike.

        ``threads``, ``log``, ``profile``: as when one is built; a log begins where the copy does. All else is
        as it is here: giving another option of ``Simulation`` is a ParameterError.

        Errors: as of ``save`` and of building a simulation.
        """
        check_free(fixed, "copy")
        with self._protocol.changing("copy"):
            checkpoint = self._checkpoint()
        copy = Simulation._from(checkpoint, threads, log, profile, go_on_with_log=False)
        copy._network = self._network
        return copy

    @classmethod
    def resume(
        cls,
        path: str | os.PathLike[str],
        threads: int | None = None,
        log: str | os.PathLike[str] | None = None,
        profile: bool = False,
        **fixed: Any,
    ) -> Simulation:
        """A simulation that goes on where ``save`` left one, with the bits that it would have had.

        Parameters
        ----------
        path : of what ``save`` or ``run(..., checkpoint=...)`` wrote.
        threads : of any number, whatever it was; as when one is built.
        log : path of a spike log. If the file there is the log that the saved simulation wrote, also one
            that was killed, it is cut where the checkpoint is and goes on: nothing is lost in it or twice.
            Any other file is replaced by a log that begins here.
        profile : as when one is built.

        All else is as it was: giving another option of ``Simulation`` is a ParameterError.

        Errors: CheckpointError where the file is foreign, torn, damaged or of a newer version; those of
        building a simulation.
        """
        check_free(fixed, "resume")
        checkpoint = Checkpoint.load(path)
        if log is not None and same_file(path, log):
            raise ParameterError(
                f"resume: log: would replace the checkpoint {path}: give it a path of its own"
            )
        try:
            return cls._from(checkpoint, threads, log, profile, go_on_with_log=True)
        except CheckpointError as err:
            raise CheckpointError(f"{path}: {err}") from err

    def reset(self, keep: str | Iterable[str] = ("weights",), from_zero: bool = True) -> None:
        """Begin again, without building anything anew.

        Membranes, synaptic currents, traces of learning and spikes under way are as they were at time 0, when
        neurons started where ``init`` or their model has it. What stays is named by ``keep``; plastic weights
        are brought up to the present first.

        Parameters
        ----------
        keep : any of
            "weights": those that were learnt or set, and thresholds moved by homeostasis; else all are again
            as they were drawn, which is drawing them once more;
            "recordings": what probes have recorded, and ``spike_counts``; only where time goes on;
            "states": every state variable; or one by its name ("theta": of all populations that have it),
            or by that of its population too ("exc.theta").
        from_zero : does time begin at 0 again? Then sources, injected currents and noise begin again too,
            each with the same course as before. Else time goes on: what is declared by the time since the
            start (``times`` of SpikeArray, ``start`` and ``stop``, currents) keeps its course, and no draw of
            noise comes twice.

        Where time begins at 0, changes that are to come (``pending``), what Inputs were fed and currents that
        ``inject`` let flow are over; else they stay. Learning stays on or off, as it is.
        A simulation with a log can go on only, as the log has one axis of time. ``delivered`` counts on.

        Errors: UnknownNameError for a name that nothing has; ParameterError for recordings or a log where
        time begins at 0; RunningError, BrokenError, ClosedError; BackendUnsupported on "opencl".
        """
        kept = Kept.of(keep, self.spec, "reset: keep")
        if from_zero and kept.recordings:
            raise ParameterError(
                "reset: recordings cannot be kept where time begins at 0 again, as theirs would run "
                "backwards: leave them out of keep, or let time go on (from_zero=False)"
            )
        if from_zero and self._log is not None:
            raise ParameterError(
                "reset: the log of this simulation has one axis of time, which cannot begin at 0 again: let "
                "time go on (from_zero=False)"
            )
        with self._protocol.changing("reset"):
            if not kept.weights:
                self._draw_weights_again()
            if from_zero:
                self._changes.pending.clear()
                self._feeding.sources.clear()
                self._injections.stop_all()
            with self._breaking(Exception):
                self._engine.restart(kept.states, from_zero, 0)
            if not kept.recordings:
                self._recordings.forget(from_zero)
            self._recordings.time = self._engine.time

    def run_trials(
        self,
        inputs: Any = None,
        duration: float | None = None,
        *,
        keys: ArrayLike | None = None,
        counts: Any = None,
        spikes: Any = (),
        keep: str | Iterable[str] = (),
        carry: str | Iterable[str] = (),
        states: str | Iterable[str] = (),
        teach: Mapping[Any, Any] | None = None,
        seed: int | None = None,
        progress: bool = False,
    ) -> TrialResults:
        """Many short runs, each from the beginning at time 0, with an input of its own.

        A trial begins as a simulation that was just built, but with the weights of now. Where nothing learns
        and nothing is carried it depends on its input and its key alone: it is the same bits alone, among ten
        thousand others, or in another order, and trials go side by side on all threads. Where synapses learn
        trials go in the order given: weights stay from trial to trial, traces of learning do not.
        Where ``set_learning`` has switched that off, nothing learns. Thresholds that homeostasis moves stay
        from trial to trial as weights do, and trials go in order until ``set_homeostasis`` freezes them.

        Trials are beside the simulation's own run: its time, states, probes and ``delivered`` stay as they
        are, but for weights that were learnt and states that were carried, which are its own afterwards. What
        was fed to it, what ``inject`` let flow and changes to come have no part in them. Into a log go all
        spikes of the populations (and of sources that have a spike probe), the trials of all calls one after
        the other on one axis of time; such a simulation does not ``run`` beside.

        Parameters
        ----------
        inputs : by source declared as ``snn.Input()`` (itself or its name), or alone where there is but one:
            ``TrialSpikes``; a list with one ``SpikeTrains`` a trial; or a pair (encoder, samples), samples of
            shape (trials, n) or (trials, n_times, n), which are encoded as they are needed. Sources that are
            left out are silent.
        duration : ms, > 0, of each trial; by default as long as the inputs are.
        keys : whole numbers >= 0, one a trial, by which its noise is drawn, and the draws of an encoder; by
            default 0, 1, 2, ... Key 0 is the noise that the network was built with.
        counts : populations whose spikes are counted; by default all.
        spikes : populations whose spikes are also given one by one.
        keep : states by name (as in ``reset``) that each trial begins with as they are now.
        carry : states that the first trial begins with as they are now, and every other with what the one
            before has left: thresholds that adapt over many trials. Trials then go in order.
        states : states by name (as in ``reset``) that are given back as each trial leaves them.
        teach : by error (``net.error``; itself or its name), what is wanted in each trial: labels, values, or
            a ``Lesson`` that says at which moments it is told; by default at a trial's end. Trials then go
            in order.
        seed : of an encoder that draws.
        progress : show a progress bar.

        Ctrl-C raises TrialsInterrupted, a KeyboardInterrupt that holds the results of the trials that were
        complete; what was learnt in them stays, and none is left half done.

        Errors: ParameterError where a source is no Input, shapes do not fit, a spike comes after its trial or
        there is no trial; UnknownNameError; OffGridError of a time that is no step; RunningError,
        BrokenError, ClosedError; BackendUnsupported on "opencl". An error in a trial names it; where
        nothing learns it leaves the simulation as it was, else broken.
        """
        asked = Asked(self.spec, inputs, duration, keys, counts, spikes, seed, states, teach)
        kept = Kept.states_of(keep, self.spec, "run_trials: keep")
        carried = Kept.states_of(carry, self.spec, "run_trials: carry")
        with self._protocol.running("run_trials"):
            still, moving = thresholds(self._engine, self.spec, [*kept, *carried])
            kept, carried = [*kept, *still], [*carried, *moving]
            in_order = bool(carried or asked.lessons) or self._learns()
            self._check_network()
            if self._log is not None:
                self._log.check_in_place()
                if self._engine.ticks > 0:
                    raise ParameterError(
                        "run_trials: the log of this simulation has one axis of time, and holds its own run: "
                        "trials need a simulation that has not run"
                    )
            begin = begin_with(self._engine, kept, carried)
            if in_order or not self._options.adapts_threads:
                trials = self._engine.trials(self.threads, in_order, begin)
            else:
                trials = side_by_side(self._engine, min(len(asked.keys), MOST_THREADS), begin)
            run = TrialRun(asked, trials, self._time_base, self._trials_end, self._logged(), self._log_spikes)
            try:
                with (
                    # Half a trial's learning is nobody's weights.
                    self._breaking(Exception) if in_order else contextlib.nullcontext(),
                    progress_bar(0.0, len(asked.keys), progress, unit="trials") as show,
                ):
                    while run.done < len(asked.keys):
                        run.go(TRIALS_SLICE)
                        self._trials_reached(run.end)
                        show(run.done)
            except KeyboardInterrupt:
                raise TrialsInterrupted(run.results()) from None
            finally:
                if in_order and not self._protocol.broken:
                    with self._breaking(Exception):
                        self._engine.take_over(trials, carried)
                self._trials_reached(run.end)
            self.flush()
        return run.results()

    @property
    def network(self) -> Network | NetworkSpec:
        """What it was built from; ``spec`` is the description as it was then."""
        return self._network if self._network is not None else self.spec

    def flush(self) -> None:
        """Bring everything recorded so far to the log on disk, for readers and in case of a crash.

        It happens by itself in long runs, at the end of a run and when the simulation is closed, but
        for runs that follow one another within a fifth of a second.
        """
        with self._protocol.looking():
            if self._log is not None and not self._protocol.closed:
                self._recordings.write(self._log)  # what an error on the way has kept from it
                self._log.flush(self._log_time)
            self._flushed = wall.perf_counter()

    def close(self) -> None:
        """Complete the log; what was recorded stays readable. A second call does nothing.

        RunningError while another thread runs the simulation.
        """
        if not self._protocol.close():
            return
        if self._log is not None:
            until = None  # what it was complete up to
            try:
                self._recordings.write(self._log)
                until = self._log_time
            finally:
                self._log.close(until)
        if self._profile:
            print(self.profile_text(), file=sys.stderr)

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

    # ---- weights and synapses -----------------------------------------------------------------------

    def weights(self, projection: Projection | str) -> NDArray[Any]:
        """Copy of a projection's weights, in (i, j, k) order: by source, target, delay."""
        number = self._named.projection(projection)[0]
        with self._protocol.asking("weights"):
            return self._engine.weights(number)

    def weights_view(self, projection: Projection | str) -> list[StoredBlock]:
        """The weights as they are stored, without a copy, one block for each thread's share of targets.

        The blocks are up to date, and again at the end of every later run as long as they, or arrays of
        theirs, are held: a run then ends by visiting every plastic synapse, which many short runs pay for
        (``weights`` does so only when it is called). After ``set_weights`` of a projection whose weights
        were one constant, old blocks show that constant still: ask again.
        """
        number, spec = self._named.projection(projection)
        with self._protocol.asking("weights_view"):
            self._engine.finish()
            blocks = self._engine.blocks(number)
            if spec.plasticity is not None:
                self._shown += [weakref.ref(block["weight"]) for block in blocks]
        return [StoredBlock(block, self._time_base.unit) for block in blocks]

    def set_weights(self, projection: Projection | str, weights: ArrayLike, at: float | None = None) -> None:
        """Replace a projection's weights, in (i, j, k) order; one number stands for all.

        ``at`` : ms, >= now, when to do so rather than now: what is later is changed (see ``pending``).

        What may be declared may be set, and what was read may be written back: conductances are not
        negative, plastic weights not beyond w_min and w_max. A plastic weight of 0 has the sign that it
        would have where it is declared (see ``PlasticityRule``).
        """
        number, spec = self._named.projection(projection)
        target = self._named.groups[self._named.number[spec.target]]
        assert isinstance(target, PopulationSpec)  # the spec has checked it
        values = new_weights(spec, target.model, self._engine.synapse_count(number), weights, self.dtype)
        with self._protocol.changing("set_weights"):
            self._changes.make("set_weights", spec.name, at, projection=number, weights=values)
            self._set.add(number)

    def set_delays(self, projection: Projection | str, delays: ArrayLike, at: float | None = None) -> None:
        """Replace a projection's delays, ms, in (i, j, k) order; one number stands for all.

        ``at`` : ms, >= now, when to do so rather than now (see ``pending``).

        Spikes that are under way keep the delay with which they set out; those emitted later take the new
        one, so that a later spike may arrive first. Weights go with their synapses. As k counts the synapses
        of a pair by delay, those of one pair may change places; of equal delays the order stays.
        Delays stay as they are set when the simulation is ``reset``.

        No delay may be shorter than those for which the simulation was built: than the shortest of all
        projections between populations (at most 64 steps on "clock"), or of those from sources for one from a
        source. A projection that learns, or has dynamics, can have other delays until its neurons
        have fired. Where a source draws one-to-one straight into its targets (Poisson) they have one delay.

        Errors: ParameterError where a delay is too short, which says the least, where shapes do not fit, of
        what cannot change as above, or where synapses that learn have dendritic fractions of their own;
        OffGridError where one is no multiple of dt; BackendUnsupported on "opencl".
        """
        number, spec = self._named.projection(projection)
        values = new_delays(spec, self._engine.synapse_count(number), delays)
        with self._protocol.changing("set_delays"):
            self._engine.check_delays(number, values)
            self._collect()  # what was recorded of a synapse knows it by its place
            self._changes.make("set_delays", spec.name, at, projection=number, delays=values)

    def normalise(self, projection: Projection | str, total: ArrayLike, at: float | None = None) -> None:
        """Scale the weights onto each target so that their absolute values sum up to ``total``.

        All onto one target are scaled by one factor, as homeostasis of the whole neuron does (Diehl & Cook
        2015, Front. Comput. Neurosci. 9:99, after each image); weights that would leave the rule's w_min and
        w_max stop there, and those of a target that are all 0 stay.

        Parameters
        ----------
        projection : plastic or not.
        total : > 0 in the unit of the weights: one number, or one for each neuron of the target population.
        at : ms, >= now; now by default (see ``pending``).
        """
        number, spec = self._named.projection(projection)
        owner = f"normalise: {spec.name!r}"
        target = self._named.groups[self._named.number[spec.target]]
        info = ParamInfo(above=0.0, high=1e100)
        if np.ndim(total) == 0:
            totals = np.full(1, check_number(total, info, owner))
        else:
            totals = check_array(total, info, owner)
            if totals.size != target.n:
                raise ParameterError(
                    f"{owner}: expected one total, or {target.n}, one a neuron of {spec.target!r} "
                    f"(got {totals.size})"
                )
        low, high = smallest(spec, self.dtype), largest(spec, self.dtype)
        with self._protocol.changing("normalise"):
            self._changes.make(
                "normalise", spec.name, at, projection=number, total=totals, low=low, high=high
            )
            self._set.add(number)

    def set_learning(
        self, projection: Projection | str, on: bool | np.bool_, at: float | None = None
    ) -> None:
        """Switch the learning of a plastic projection on or off.

        While it is off no weight changes, and traces go on: spikes leave what they always leave. What counts
        is when an event reaches the synapse (a presynaptic spike after its axonal delay, a postsynaptic one
        after its dendritic delay): it changes the weight, by traces of all spikes before it, if learning is
        on then. So of a pair of spikes on either side of the moment the later one decides. Weights of a rule
        that drift between spikes (BCM) do so while it is on. What reaches a synapse at the very moment still
        counts as before it.

        Parameters
        ----------
        projection : one that learns.
        on : True or False. All projections learn at first; the same again changes nothing.
        at : ms, >= now; now by default.
        """
        number, spec = self._named.projection(projection)
        if spec.plasticity is None:
            raise ParameterError(f"set_learning: the weights of {spec.name!r} are static and never change")
        if not isinstance(on, (bool, np.bool_)):
            raise ParameterError(f"set_learning: on: expected True or False (got {shown(on)})")
        with self._protocol.changing("set_learning"):
            self._changes.make("set_learning", spec.name, at, projection=number, on=bool(on))

    def set_homeostasis(
        self,
        population: Population | str,
        on: bool | np.bool_ | None = None,
        *,
        delta: float | None = None,
        at: float | None = None,
    ) -> None:
        """Freeze the thresholds of a population with homeostasis, let them move again, or by another step.

        Parameters
        ----------
        population : a whole one, declared with ``homeostasis=``.
        on : False keeps theta as it is, True lets it move; what was due is done first.
        delta : mV, >= 0, from now on.
        at : ms, >= now; now by default.
        """
        number, spec = self._named.whole_population(population, "set_homeostasis")
        owner = f"set_homeostasis: {spec.name!r}"
        if spec.homeostasis is None:
            raise ParameterError(f"{owner} was declared without homeostasis")
        values: dict[str, float] = {}
        if on is not None:
            if not isinstance(on, (bool, np.bool_)):
                raise ParameterError(f"{owner}: on: expected True or False (got {shown(on)})")
            values["homeostasis.on"] = float(on)
        if delta is not None:
            values["homeostasis.delta"] = spec.homeostasis.replace(delta=delta).delta
        if not values:
            raise ParameterError(f"{owner}: expected on= or delta= (got neither)")
        with self._protocol.changing("set_homeostasis"):
            self._changes.make("set_homeostasis", spec.name, at, population=number, values=values)

    def set_winner_takes_all(
        self, population: Population | str, strength: float, at: float | None = None
    ) -> None:
        """What a spike takes from all other neurons of a population declared with ``winner_takes_all=``.

        strength : mV, >= 0; ``math.inf`` for as much as leaves them at v_reset.
        at : ms, >= now; now by default.
        """
        number, spec = self._named.whole_population(population, "set_winner_takes_all")
        owner = f"set_winner_takes_all: {spec.name!r}"
        if spec.winner_takes_all is None:
            raise ParameterError(
                f"{owner} was declared without winner_takes_all (0.0 is one that takes nothing)"
            )
        values = {WINNER: check_number(strength, TAKEN, f"{owner}: strength")}
        with self._protocol.changing("set_winner_takes_all"):
            self._changes.make("set_winner_takes_all", spec.name, at, population=number, values=values)

    def teach(
        self, error: Modulator | str, wanted: ArrayLike, at: float | None = None, gain: float = 1.0
    ) -> None:
        """The moment of an error: what readout neurons miss reaches all that listen, by feedback too.

        Parameters
        ----------
        error : one that was declared as ``net.error(...)``, or its name.
        wanted : the number of a class (losses "softmax" and "reward"), or a value for each readout neuron.
        at : ms, >= now; now by default (see ``pending``).
        gain : a finite number, that the error is multiplied by: a learning rate that follows a schedule.

        Errors: ParameterError where the modulator is no error or what is wanted does not fit;
        OutOfRangeError; UnknownNameError; BackendUnsupported on "opencl".
        """
        number, spec = self._named.error(error)
        owner = f"teach: {spec.modulator!r}"
        n = self._named.groups[self._named.number[spec.readout]].n
        given = as_numpy(wanted)
        values = wanted_of(np.asarray(given)[np.newaxis], n, spec.loss, owner, 2)[0, 0]
        if np.isnan(values).any():
            raise ParameterError(f"{owner}: expected numbers (got {shown(wanted)})")
        gain = check_number(gain, MODULATION, f"{owner}: gain")
        with self._protocol.changing("teach"):
            self._changes.make("teach", spec.modulator, at, error=number, wanted=values, gain=gain)

    def modulate(self, modulator: Modulator | str, value: ArrayLike, at: float | None = None) -> None:
        """A moment of a modulator: its value reaches every plastic projection that listens to it.

        All else that reaches a synapse at that instant comes before it. What it does is said by the rule:
        a reward raises what ``RewardSTDP`` learns by; an error moves weights along their eligibilities.

        Parameters
        ----------
        modulator : one that was declared as ``net.modulator(name)``, or its name.
        value : a finite number; of a modulator of a population (``of=``) also an array of one a neuron.
        at : ms, >= now; now by default (see ``pending``).

        Errors: ParameterError where a value is no finite number or there are not as many as neurons;
        UnknownNameError; BackendUnsupported on "opencl".
        """
        number, spec = self._named.modulator(modulator)
        owner = f"modulate: {spec.name!r}"
        n = 1 if spec.of is None else self._named.groups[self._named.number[spec.of]].n
        if np.ndim(value) == 0:
            values = np.full(n, check_number(value, MODULATION, owner))
        else:
            values = check_array(value, MODULATION, owner)
            if spec.of is None:
                raise ParameterError(f"{owner} is one number for all (got an array of {values.size})")
        if values.size != n:
            raise ParameterError(
                f"{owner}: expected {n} values, one a neuron of {spec.of!r} (got {values.size})"
            )
        with self._protocol.changing("modulate"):
            self._changes.make("modulate", spec.name, at, modulator=number, values=values)

    def synapses(self, projection: Projection | str) -> np.recarray[Any, Any]:
        """Record array (``.i``, ``.j``, ``.k``, ``.delay`` [ms]) of the synapses, in (i, j, k) order.

        i and j are indices in the whole groups; k counts the synapses of a pair by delay.
        """
        number = self._named.projection(projection)[0]
        with self._protocol.asking("synapses"):
            i, j, k, delay = list_synapses(self._engine, number)
        table = np.recarray(i.shape, SYNAPSE)
        table["i"], table["j"], table["k"], table["delay"] = i, j, k, delay
        return table

    # ---- states -------------------------------------------------------------------------------------

    def state(self, population: Population | View | str, name: str) -> NDArray[np.float64]:
        """Copy of a state variable of a population or of the part that a view shows."""
        number, indices = self._named.neurons(population, name)
        with self._protocol.asking("state"):
            values = self._engine.state(number, name)
        return values if indices is None else values[indices]

    def parameter(self, target: Group | View | str, name: str) -> NDArray[np.float64]:
        """A parameter of each neuron or source of a group, or of the part that a view shows, as it is now."""
        number, indices = self._named.members(target)
        with self._protocol.asking("parameter"):
            values = parameter(self._engine, number, self._named.groups[number], name)
        return values if indices is None else values[indices]

    def set_state(
        self,
        population: Population | View | str,
        name: str,
        values: ArrayLike,
        at: float | None = None,
    ) -> None:
        """Replace a state variable of a population or of a view of it; one number stands for all.

        ``at`` : ms, >= now, when to do so rather than now: what is later is changed (see ``pending``).

        A neuron whose v is set to its threshold or above fires at once: on steps at the end of the next
        one, in continuous time 1e-12 ms later. While it is refractory it is held where it was set, and
        fires when that ends. (HodgkinHuxley fires where v rises through v_th, SRM0 with its rate.)
        """
        number, indices = self._named.neurons(population, name)
        owner = f"set_state: {self._named.groups[number].name!r}.{name}"
        group = self._named.groups[number]
        info = ParamInfo(unit=group.states[name] if isinstance(group, PopulationSpec) else "")
        n = group.n if indices is None else len(indices)
        values = magnitude(values, info.unit, owner)
        if np.ndim(values) == 0:
            given = np.full(n, check_number(values, info, owner))
        else:
            given = check_array(values, info, owner)
        if given.size != n:
            raise ParameterError(f"{owner}: expected {n} values, one a neuron (got {given.size})")
        with self._protocol.changing("set_state"):
            self._changes.make(
                "set_state", group.name, at, population=number, name=name, values=given, indices=indices
            )

    def set_parameters(
        self, target: Group | View | str, /, *, at: float | None = None, **values: ArrayLike
    ) -> None:
        """Go on with other parameters of a population, of sources, or of the part that a view shows.

        Parameters
        ----------
        target : a population or source, a view of some of it, or its name.
        at : ms, >= now, when to do so rather than now: what is later is changed (see ``pending``).
        values : by parameter, one number, or an array with one for each neuron or source of the target.

        States stay as they are: v does not jump, a neuron whose v is then above its threshold fires as after
        ``set_state``, and a new ``t_ref`` holds from the next spike on. A source whose parameters change goes
        on with new draws, as one that has run all the time; what it has emitted stays under way, and the
        sources that do not change go on as if nothing had happened.

        Errors: UnknownNameError of a parameter, or of a choice such as ``reset``, which cannot change;
        ParameterError where a value is out of range, or of a neuron beside its others, which it names: with
        ``at`` beside those that it has by then;
        OffGridError where a time is no step; BackendUnsupported on "opencl".
        """
        number, indices = self._named.members(target)
        group = self._named.groups[number]
        if indices is None:
            indices = np.arange(group.n, dtype=np.uint32)
        with self._protocol.changing("set_parameters"):
            given = new_values(group, indices, values)
            self._changes.make("set_parameters", group.name, at, group=number, values=given, indices=indices)

    # ---- changes to come ----------------------------------------------------------------------------

    @property
    def pending(self) -> tuple[Change, ...]:
        """The changes asked for with ``at=`` that are to come, in the order in which they will be made.

        Of two for one time the call that came first is made first. A change at t holds for what is later than
        t: spikes of t have been fired, and samples of t taken, before it.
        """
        return tuple(self._changes.pending)

    # ---- input --------------------------------------------------------------------------------------

    def feed(
        self,
        source: SourceGroup | str,
        spikes: SpikeTrains | Source | tuple[ArrayLike, ArrayLike],
    ) -> None:
        """Give an ``Input`` spikes to emit, or a source whose spikes it emits from now on.

        Parameters
        ----------
        source : one that was declared as ``net.source(name, n, snn.Input())``, or its name.
        spikes : a pair (times, indices) of arrays, ms and source of each spike; ``SpikeTrains`` of n trains;
            or a ``Source``, such as ``snn.Poisson(20.0)``, for n sources.

        Times count from the start of the simulation, and are later than the present one: what an encoder
        gives is fed with ``trains.shifted(sim.time)``. They come in any order; two spikes of one source at
        one time are two. What is fed is added to what has been fed before. A Source begins now, in
        equilibrium, or at its ``start`` where that is later, and goes on until its ``stop``; each has draws
        of its own.

        Errors: ParameterError where ``source`` is no Input, a time is not later than now, or shapes do not
        fit; OutOfRangeError of an index; OffGridError of a time that is no step; BackendUnsupported on
        "opencl".
        """
        number, spec = self._named.source(source)
        with self._protocol.changing("feed"):
            self._feeding.feed(number, spec, spikes)

    def inject(self, target: Population | View | str, current: Current) -> Injection:
        """Let a current flow into each neuron of ``target`` from now on, beside those that do.

        Its times are those of the simulation: of a ``StepCurrent`` the level flows that it has now, and a
        ``ConstantCurrent`` flows from its start to its stop, as far as these are to come.
        ``replace`` and ``stop`` of what is returned change it later (``injections`` has all of these). A
        NoiseCurrent has draws of its own. Parameters may differ from neuron to neuron, as of a current that
        is declared: a distribution draws them, an array has one for each neuron of ``target``.

        Errors: ParameterError where ``target`` is no population or ``current`` does not fit it;
        BackendUnsupported on "opencl".
        """
        group = self._named.population(target, "inject")
        spec = CurrentSpec(group.name, indices_of(target, group.n), current)
        spec.check({group.name: group})
        with self._protocol.changing("inject"):
            number = self._injections.inject(self._named.number[group.name], spec)
        return self._injections.handle(number, self._protocol.changing, group)

    @property
    def injections(self) -> tuple[Injection, ...]:
        """The currents that ``inject`` lets flow, by their numbers: the handles that it returned.

        In a simulation that was resumed or copied those of the currents that flow there. What was stopped, or
        is over because time began again, is not among them; nor is what the network declares.
        """
        return tuple(
            self._injections.handle(number, self._protocol.changing, self._named.groups[flowing.population])
            for number, flowing in sorted(self._injections.flowing.items())
        )

    # ---- recordings that begin late, or do not stay -------------------------------------------------

    # "spikes" is a str too, and the first signature that fits is taken: that is what is meant.
    @overload
    def probe(  # type: ignore[overload-overlap]
        self, target: Population | SourceGroup | View, what: Literal["spikes"], *, name: str | None = None
    ) -> Probe[SpikeData]: ...
    @overload
    def probe(
        self, target: Population | View, what: str, every: float | None = None, *, name: str | None = None
    ) -> Probe[StateData]: ...
    @overload
    def probe(
        self, target: Projection, what: str, every: float, *, name: str | None = None
    ) -> Probe[WeightData]: ...
    @overload
    def probe(
        self, target: Projection, what: str, *, changes: Literal[True], name: str | None = None
    ) -> Probe[WeightChanges]: ...
    def probe(
        self,
        target: Population | SourceGroup | View | Projection,
        what: str,
        every: float | None = None,
        changes: bool = False,
        name: str | None = None,
        to_log: bool = False,
    ) -> Probe[Any]:
        """Record something from now on, as ``Network.probe`` does from the start.

        Arguments are those of ``Network.probe``; ``data[probe]`` has it. Samples are taken at multiples of
        ``every`` that are not past. Nothing of it goes to a log, whose parts are laid out when it is begun:
        ``to_log`` must be False.
        """
        if to_log is not False:
            raise ParameterError(
                "probe: to_log: a log holds the probes that were declared before the simulation was built: "
                "net.probe(..., to_log=True); of this one sim.take(probe) keeps memory flat "
                f"(got to_log={shown(to_log)})"
            )
        if not isinstance(target, (Group, View, Projection)):
            raise ParameterError(f"probe: expected a group, a view or a projection (got {shown(target)})")
        every = every if every is None else magnitude(every, "ms", "probe: every")
        indices: Neurons | None = None
        if isinstance(target, Projection):
            self._named.projection(target)
        else:
            group = target.group if isinstance(target, View) else target
            theirs = {g.name: g for g in self._named.groups}
            if group.name not in theirs:
                raise unknown(OWNER, "population or source", group.name, theirs)
            check_own(group, theirs[group.name])
            indices = indices_of(target, len(group))
        with self._protocol.changing("probe"):
            spec = ProbeSpec(
                self._recordings.free_name(f"{target.name}.{what}") if name is None else name,
                target.name,
                what,
                indices,
                every,
                changes,
            )
            spec.check({g.name: g for g in self._named.groups}, {p.name: p for p in self.spec.projections})
            self._recordings.add(spec)
            self.data._add(spec)
        return Probe(self.network, spec)

    @overload
    def take(self, probe: Probe[D]) -> D: ...
    @overload
    def take(self, probe: str) -> Any: ...
    def take(self, probe: Probe[Any] | str) -> Any:
        """What ``probe`` has recorded since it was last taken, or since it began, and forget it.

        ``data[probe]`` then has what comes after. So a simulation that goes on for ever in small steps keeps
        nothing: ``sim.take(spikes).counts()``.
        """
        name = self.data._name_of(probe)
        with self._protocol.looking():
            return self._recordings.taken(name)

    # ---- numbers about the run ----------------------------------------------------------------------

    def spike_counts(self) -> dict[str, int]:
        """Spikes so far of every population, and of the sources that have a spike probe."""
        with self._protocol.looking():
            return dict(self._recordings.spikes.counts)

    def delivered(self) -> dict[str, int]:
        """Synaptic events delivered so far, by projection."""
        with self._protocol.asking("delivered"):
            return dict(zip(self._named.projections, self._engine.delivered(), strict=True))

    def memory(self) -> dict[str, float]:
        """``synapses``, their number; ``synapse_bytes`` held for them; ``bytes_per_synapse``."""
        synapses = sum(self._engine.synapse_count(number) for number in self._named.projections.values())
        held = self._engine.nbytes
        return {
            "synapses": synapses,
            "synapse_bytes": held,
            "bytes_per_synapse": held / synapses if synapses else 0.0,
        }

    def profile(self) -> dict[str, float]:
        """Seconds by phase: "build", "record" (buffers, log); with ``profile=True`` also the engine's own.

        The engine's phases are summed over its threads.
        """
        return {**self._seconds, **(self._engine.profile() if self._profile else {})}

    def profile_text(self) -> str:
        """``profile`` as a table: seconds, and shares of all but building."""
        rows = sorted(self.profile().items(), key=lambda row: -row[1])
        running = sum(seconds for name, seconds in rows if name != "build")
        lines = []
        for name, seconds in rows:
            share = "" if name == "build" or running == 0.0 else f"  {100.0 * seconds / running:5.1f} %"
            lines.append(f"{name:<12}{seconds:10.4f} s{share}")
        return "\n".join(lines)

    # ---- inside -------------------------------------------------------------------------------------

    def _check_place(self, path: str | os.PathLike[str]) -> None:
        """Can a checkpoint be written there, and is nothing of this simulation lost by it?"""
        check_place(path)
        if self._log is not None and same_file(path, self._log.path):
            raise CheckpointError(
                f"{path}: cannot save a checkpoint: the log of this simulation is there; give the checkpoint "
                "a path of its own"
            )

    def _checkpoint(self) -> Checkpoint:
        """The simulation as it stands."""
        watched = self._weights_are_watched()
        if watched:  # changes of weights up to now are recorded first
            self._engine.finish()
        self._collect()
        if self._log is not None:
            self.flush()
        engine = self._engine.save()
        if watched:
            self._engine.finish()
        inputs = Inputs(self._feeding, self._injections)
        pending, arrays = changes_as_plain(self._changes.pending)
        probes = self.data._specs()
        settings = {
            "backend": self.backend,
            "dt": self.dt,
            "dtype": self.dtype,
            "weight_dtype": self.weight_dtype,
            "off_grid": "round" if self._options.round_off_grid else "error",
            "engines": choices_as_dicts(self._choices),
            "noise_seed": self._options.noise_seed,
            "time": self.time,
            "counts": self._recordings.spikes.counts,
            "set weights": sorted(self._set),
            "inputs": inputs.numbers(),
            "pending": pending,
            "declared probes": len(self.spec.probes),
            "trials end": self._trials_end,
            "log": None if self._log is None else self._log.mark(),
        }
        return Checkpoint(
            replace(self.spec, probes=probes),
            inputs.described(self.spec),
            settings,
            engine,
            self._recordings.saved(),
            arrays,
        )

    @classmethod
    def _from(
        cls,
        checkpoint: Checkpoint,
        threads: int | None,
        log: str | os.PathLike[str] | None,
        profile: bool,
        go_on_with_log: bool,
    ) -> Simulation:
        """Build it anew and bring it to that place."""
        options = {name: setting(checkpoint, name) for name in FIXED[1:]}
        choices = choices_of(options.pop("engines"))
        if choices:
            options["engines"] = {name: choice.engine for name, choice in choices.items()}
        later = None if log is None else LaterLog(os.fspath(log))
        declared = setting(checkpoint, "declared probes")
        probes = checkpoint.network.probes
        spec = replace(checkpoint.network, probes=probes[:declared])
        made = cls(spec, threads=threads, log=later, profile=profile, **options)
        made._choices = choices
        for probe in probes[declared:]:
            made._recordings.add(probe)
            made.data._add(probe)
        Inputs(made._feeding, made._injections).restore(
            checkpoint.inputs, setting(checkpoint, "inputs"), spec
        )
        made._changes.pending = changes_of(setting(checkpoint, "pending"), checkpoint.changes)
        made._engine.restore(checkpoint.engine)
        made._recordings.restore(checkpoint.recorded, setting(checkpoint, "counts"))
        made._set = set(setting(checkpoint, "set weights"))
        made._trials_end = setting(checkpoint, "trials end")
        if later is not None:
            mark = setting(checkpoint, "log") if go_on_with_log else None
            made._log = made._recordings.open_log(later.path, mark)
        return made

    def _build(self, kind: type[Backend], options: Options) -> Backend:
        """With one thread, of the same bits, where the system refuses as many as were not asked for."""
        try:
            return kind(self.spec, options)
        except ThreadsError:
            if not options.adapts_threads:
                raise
        self.threads = 1
        return kind(self.spec, replace(options, threads=1))

    def _learns(self) -> bool:
        """Does any weight change now?"""
        plastic = [n for n, p in enumerate(self.spec.projections) if p.plasticity is not None]
        return any(self._engine.learns(number) for number in plastic)

    def _logged(self) -> list[str]:
        return [] if self._log is None else list(self._recordings.spikes.recorded())

    def _log_spikes(self, population: str, times: NDArray[np.float64], indices: NDArray[np.uint32]) -> None:
        assert self._log is not None  # else nothing is logged
        self._log.append(population, times, indices)

    def _trials_reached(self, end: int) -> None:
        if self._log is not None:
            self._trials_end = end
            self._log.reached(self._log_time)

    def _draw_weights_again(self) -> None:
        for number, p in enumerate(self.spec.projections):
            if p.plasticity is not None or number in self._set:
                weights = weights_as_built(self.spec, number, self.backend, self._options)
                moved = self._engine.built_order(number)
                self._engine.set_weights(number, weights[moved] if moved else weights)
        self._set.clear()

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

    def _go_on_to(
        self,
        end: int,
        progress: bool,
        checkpoint: str | os.PathLike[str] | None = None,
        interval: float = np.inf,
    ) -> None:
        """Slice by slice, to ``end`` ticks; the lock is free while the engine works.

        ``interval``: seconds between two checkpoints.
        """
        until = self._time_base.ms_of(end)
        saved = wall.perf_counter()
        with InterruptGuard() as guard, progress_bar(self.time, until, progress) as show:
            self._sample_weights()
            while self._engine.ticks < end:
                with self._breaking(Exception):
                    due = [end, *self._sample_ticks(), *filter(None, [self._changes.next])]
                    self._engine.advance(self._recordings.slice_until(min(due)), SLICE)
                self._collect()
                self._sample_weights()
                with self._protocol.looking():
                    self._changes.make_due()
                show(self.time)
                if guard.requested:
                    raise KeyboardInterrupt
                if checkpoint is not None and wall.perf_counter() - saved >= interval:
                    with self._protocol.looking():
                        self._checkpoint().save(checkpoint)
                    saved = wall.perf_counter()

    @contextlib.contextmanager
    def _completing(self) -> Iterator[None]:
        """However a run ends, what it recorded is taken in and logged; its own error is the one raised."""
        whole = False
        try:
            yield
            whole = True
        except BaseException as error:
            with self._noting(error):
                self._complete(whole=False)
            raise
        if whole:
            self._complete(whole=True)

    def _complete(self, whole: bool) -> None:
        if self._protocol.broken:
            # What the engine still holds, if it can vouch for it.
            with contextlib.suppress(Exception):
                self._collect()
        else:
            watched = self._weights_are_watched()
            if watched:
                with self._breaking(Exception):
                    self._engine.finish()
            if watched or not whole:  # else all has been taken in with the last slice
                self._collect()
        if not whole or wall.perf_counter() - self._flushed > REST:
            self.flush()

    def _weights_are_watched(self) -> bool:
        """Must the weights be up to date when a run ends: is each change recorded, or are they in view?"""
        self._shown = [shown for shown in self._shown if shown() is not None]
        return self._recordings.changes or bool(self._shown)

    @staticmethod
    @contextlib.contextmanager
    def _noting(error: BaseException) -> Iterator[None]:
        """Errors on the way out of an error are mentioned with it."""
        try:
            yield
        except Exception as second:
            error.add_note(f"and then {type(second).__name__}: {second}")

    @contextlib.contextmanager
    def _breaking(self, kind: type[BaseException]) -> Iterator[None]:
        """An error of that kind inside leaves the simulation broken."""
        try:
            yield
        except kind as error:
            self._protocol.break_down(self._engine.time, error)
            raise

    def _collect(self) -> None:
        begun = wall.perf_counter()
        with self._protocol.looking():
            with self._breaking(BaseException):  # half taken in, whatever the reason
                self._recordings.take(logged=self._log is not None)
            if self._log is not None:
                self._recordings.write(self._log)
                self._log.reached(self.time)
            if begun - self._flushed > FLUSH:
                self.flush()
        self._seconds["record"] += wall.perf_counter() - begun

    def _sample_ticks(self) -> list[int]:
        return [recorder.next for recorder in self._recordings.weights]

    def _sample_weights(self) -> None:
        due = [r for r in self._recordings.weights if r.next <= self._engine.ticks]
        if due:
            with self._protocol.looking(), self._breaking(BaseException):
                self._engine.finish()
                for recorder in due:
                    recorder.sample()

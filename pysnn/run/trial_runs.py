"""Trials of a simulation: many short runs in one call."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..base.interrupt import InterruptGuard
from ..errors import ParameterError
from .options import MOST_THREADS
from .parts import SimulationParts
from .progress import check_wanted, time_bar
from .restart import Kept, thresholds
from .trials import SLICE as TRIALS_SLICE
from .trials import Asked, TrialResults, TrialRun, TrialsInterrupted, begin_with, side_by_side


class TrialRuns(SimulationParts):
    """The part of a simulation that runs trials."""

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
        BrokenError, ClosedError. An error in a trial names it; where
        nothing learns it leaves the simulation as it was, else broken.
        """
        check_wanted(progress, "run_trials")
        asked = Asked(self.spec, inputs, duration, keys, counts, spikes, seed, states, teach)
        kept = Kept.states_of(keep, self.spec, "run_trials: keep")
        carried = Kept.states_of(carry, self.spec, "run_trials: carry")
        with self._protocol.running("run_trials"):
            still, moving = thresholds(self._engine, self.spec, [*kept, *carried])
            kept, carried = [*kept, *still], [*carried, *moving]
            in_order = bool(carried or asked.lessons) or self._learns()
            self._check_network()
            with self._protocol.ranks.checked("run_trials"):  # of which the first has a log for all
                if self._log is not None:
                    self._log.check_in_place()
                    if self._engine.ticks > 0:
                        raise ParameterError(
                            "run_trials: the log of this simulation has one axis of time, and holds its own "
                            "run: trials need a simulation that has not run"
                        )
            begin = begin_with(self._engine, kept, carried)
            ranks = self._protocol.ranks
            if in_order or ranks.several or not self._options.adapts_threads:
                # Ranks have parts of one network: each trial is on all of them.
                trials = self._engine.trials(self.threads, in_order or ranks.several, begin)
            else:
                trials = side_by_side(self._engine, min(len(asked.keys), MOST_THREADS), begin)
            run = TrialRun(asked, trials, self._time_base, self._trials_end, self._logged(), self._log_spikes)
            # Ranks stop together, after a slice.
            with InterruptGuard(lambda: not ranks.several and trials.running) as guard:
                try:
                    with (
                        # Half a trial's learning is nobody's weights.
                        self._breaking(Exception) if in_order else contextlib.nullcontext(),
                        time_bar(0.0, len(asked.keys), progress, unit="trials") as show,
                    ):
                        while run.done < len(asked.keys):
                            run.go(TRIALS_SLICE)
                            with self._protocol.together("run_trials"):
                                self._trials_reached(run.end)
                                show(run.done)
                            if ranks.any(guard.requested):
                                raise KeyboardInterrupt
                except KeyboardInterrupt:
                    raise TrialsInterrupted(run.results()) from None
                finally:
                    if in_order and not self._protocol.broken:
                        with self._breaking(Exception):
                            self._engine.take_over(trials, carried)
                    self._trials_reached(run.end)
                self.flush()
                if guard.requested:
                    raise TrialsInterrupted(run.results())
        return run.results()

    def _learns(self) -> bool:
        """Does any weight change now?"""
        plastic = [n for n, p in enumerate(self.spec.projections) if p.plasticity is not None]
        here = any(self._engine.learns(number) for number in plastic)
        return self._protocol.ranks.any(here)  # where a rank has no synapses of them nothing learns there

    def _logged(self) -> list[str]:
        return [] if self._log is None else list(self._recordings.spikes.recorded())

    def _log_spikes(self, population: str, times: NDArray[np.float64], indices: NDArray[np.uint32]) -> None:
        assert self._log is not None  # else nothing is logged
        self._log.append(population, times, indices)

    def _trials_reached(self, end: int) -> None:
        if self._log is not None:
            self._trials_end = end
            self._log.reached(self._log_time)

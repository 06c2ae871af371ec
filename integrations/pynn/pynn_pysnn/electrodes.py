"""Current sources, injected into the running simulation and replaced there when a parameter is set."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from pyNN import common
from pyNN.parameters import ParameterSpace, Sequence
from pyNN.standardmodels import StandardCurrentSource, build_translations, electrodes

import pysnn as snn

from .simulator import state

__all__ = [
    "ACSource",
    "DCSource",
    "NoisyCurrentSource",
    "StepCurrentSource",
]

TO_NATIVE = 1000.0  # nA to pA
BLOCK = 1000  # intervals of noise
NEVER = 1e12  # ms; PyNN's stop of a source that does not stop


class _CurrentSource(StandardCurrentSource):
    """What all of them do: into whom they flow, and what they were when."""

    def __init__(self, **parameters: Any) -> None:
        StandardCurrentSource.__init__(self, **parameters)
        self._targets: list[Any] = []
        self._flowing: list[Any] = []
        self._recorded = False
        self._values: dict[str, Any] = {}
        self._history: list[tuple[float, dict[str, Any]]] = []
        space = self.translate(self.parameter_space)
        space.shape = (1,)
        self.set_native_parameters(space)
        self._number = len(state.current_sources)
        state.current_sources.append(self)

    def set_native_parameters(self, parameters: Any) -> None:
        """Take new values, from now on."""
        parameters.evaluate(simplify=True)
        given = {
            name: np.asarray(value.value, dtype=float) if isinstance(value, Sequence) else float(value)
            for name, value in parameters.items()
        }
        self._values = self._checked({**self._values, **given})
        now = state.t
        if self._history and self._history[-1][0] == now:
            self._history.pop()
        self._history.append((now, self._values))
        self._renew()

    def get_native_parameters(self) -> ParameterSpace:
        """The values of now."""
        return ParameterSpace(dict(self._values))

    def inject_into(self, cells: Any, location: Any = None) -> None:
        """Let it flow into these cells: a population, a view, an assembly, or a list of cells."""
        if location is not None:
            raise NotImplementedError("pysnn's neurons have no compartments: location must be None")
        ids = list(cells.all_cells if isinstance(cells, (common.BasePopulation, common.Assembly)) else cells)
        for cell in ids:
            if not cell.celltype.injectable:
                raise TypeError("Can't inject current into a spike source.")
        which, indices = state.segment_of(ids)
        for number in np.unique(which):
            target = (state.populations[number], np.unique(indices[which == number]))
            self._targets.append(target)
            if state.simulation is not None:
                self._inject(*target)

    def record(self) -> None:
        """Keep what it is over time, for ``get_data``."""
        self._recorded = True

    def _inject(self, population: Any, indices: np.ndarray) -> None:
        assert state.simulation is not None
        self._flowing.append(state.simulation.inject(population._group[indices], self._current()))

    def _start(self) -> None:
        self._flowing = []
        for target in self._targets:
            self._inject(*target)

    def _begin_again(self) -> None:
        self._flowing = []
        self._history = [(0.0, self._values)]

    def _known_until(self) -> float:
        """The time at which the current has to be told anew, ms; for what is drawn as time goes on."""
        return math.inf

    def _renew(self) -> None:
        """Tell it anew, from now on."""
        for injection in self._flowing:
            injection.replace(self._current())

    def _checked(self, values: dict[str, Any]) -> dict[str, Any]:
        """Values as they are kept, or an error."""
        return values

    def _current(self) -> snn.Current:
        """The current from now on."""
        raise NotImplementedError  # each electrode says its own

    def _level(self, values: dict[str, Any], times: np.ndarray) -> np.ndarray:
        """What flows at these times, nA."""
        raise NotImplementedError  # each electrode says its own

    def _get_data(self) -> tuple[np.ndarray, np.ndarray]:
        if not self._recorded:
            raise RuntimeError(f"{type(self).__name__}: call record() before run()")
        times = np.arange(math.floor(state.t / state.dt + 0.5) + 1) * state.dt
        levels = np.zeros(len(times))
        for since, values in self._history:
            later = times >= since - 1e-9
            levels[later] = self._level(values, times[later])
        return times, levels


class _Pulse(_CurrentSource):
    """A source that is on from ``start`` to ``stop``."""

    def _on(self, values: dict[str, Any], times: np.ndarray) -> np.ndarray:
        return (times >= values["start"] - 1e-9) & (times < values["stop"] - 1e-9)

    def _span(self) -> dict[str, float]:
        start, stop = state.on_the_grid(self._values["start"]), self._values["stop"]
        return {"start": float(start), "stop": math.inf if stop >= NEVER else float(state.on_the_grid(stop))}

    def _current(self) -> snn.Current:
        span = self._span()
        return self._pulse(**span) if span["stop"] > span["start"] else snn.ConstantCurrent(0.0)

    def _pulse(self, start: float, stop: float) -> snn.Current:
        raise NotImplementedError  # each electrode says its own


class DCSource(_Pulse, electrodes.DCSource):
    __doc__ = electrodes.DCSource.__doc__
    translations = build_translations(("amplitude", "amplitude"), ("start", "start"), ("stop", "stop"))

    def _pulse(self, start: float, stop: float) -> snn.Current:
        return snn.ConstantCurrent(self._values["amplitude"] * TO_NATIVE, start=start, stop=stop)

    def _level(self, values: dict[str, Any], times: np.ndarray) -> np.ndarray:
        return np.where(self._on(values, times), values["amplitude"], 0.0)


class ACSource(_Pulse, electrodes.ACSource):
    """Source producing a pulse of sine-shaped current, whose phase is that at ``start``.

    In every time step flows the mean of the sine over it. What is recorded is the sine itself.
    """

    translations = build_translations(
        ("amplitude", "amplitude"),
        ("start", "start"),
        ("stop", "stop"),
        ("frequency", "frequency"),
        ("offset", "offset"),
        ("phase", "phase"),
    )

    def _phase(self, values: dict[str, Any], start: float) -> float:
        """Radians at time 0."""
        phase = math.radians(values["phase"]) - 2e-3 * math.pi * values["frequency"] * start
        return math.remainder(phase, 2.0 * math.pi)

    def _pulse(self, start: float, stop: float) -> snn.Current:
        values = self._values
        return snn.SineCurrent(
            amplitude=values["amplitude"] * TO_NATIVE,
            frequency=values["frequency"],
            phase=self._phase(values, start),
            offset=values["offset"] * TO_NATIVE,
            interval=state.dt,
            start=start,
            stop=stop,
        )

    def _level(self, values: dict[str, Any], times: np.ndarray) -> np.ndarray:
        phase = math.radians(values["phase"])
        angle = 2e-3 * math.pi * values["frequency"] * (times - values["start"]) + phase
        sine = values["offset"] + values["amplitude"] * np.sin(angle)
        return np.where(self._on(values, times), sine, 0.0)


class StepCurrentSource(_CurrentSource, electrodes.StepCurrentSource):
    __doc__ = electrodes.StepCurrentSource.__doc__
    translations = build_translations(("amplitudes", "amplitudes"), ("times", "times"))

    def _checked(self, values: dict[str, Any]) -> dict[str, Any]:
        """Times at multiples of the time step; of several in one, the last counts, as PyNN has it."""
        times, amplitudes = values["times"], values["amplitudes"]
        if len(times) != len(amplitudes):
            raise ValueError(
                f"StepCurrentSource: expected as many amplitudes as times (got {len(amplitudes)} and "
                f"{len(times)})"
            )
        if len(times) and not times.min() >= 0.0:
            raise ValueError("Step current cannot accept negative timestamps.")
        if (np.diff(times) <= 0.0).any():
            raise ValueError("Step current timestamps should be monotonically increasing.")
        times = np.round(self._round_timestamp(times, state.dt), 12)
        last = np.append(np.diff(times) > 0.0, True)[: len(times)]
        return {"times": times[last], "amplitudes": amplitudes[last]}

    def _current(self) -> snn.Current:
        if not len(self._values["times"]):
            return snn.ConstantCurrent(0.0)
        return snn.StepCurrent(self._values["times"], self._values["amplitudes"] * TO_NATIVE)

    def _level(self, values: dict[str, Any], times: np.ndarray) -> np.ndarray:
        at = np.searchsorted(values["times"], times + 1e-9, side="right")
        return np.concatenate([[0.0], values["amplitudes"]])[at]


class NoisyCurrentSource(_Pulse, electrodes.NoisyCurrentSource):
    """A Gaussian white noise current, held for ``dt`` ms; the same current in all cells it is injected into.

    Draws depend on the seed of ``setup``, on how many sources were made before, and on the interval.
    """

    translations = build_translations(
        ("mean", "mean"), ("start", "start"), ("stop", "stop"), ("stdev", "stdev"), ("dt", "dt")
    )

    def _checked(self, values: dict[str, Any]) -> dict[str, Any]:
        steps = values["dt"] / state.dt
        if not (steps > 0.5 and abs(steps - round(steps)) < 1e-6):
            raise ValueError(
                f"NoisyCurrentSource.dt: expected a multiple of the time step {state.dt:g} ms "
                f"(got {values['dt']:g})"
            )
        if not values["stdev"] >= 0.0:
            raise ValueError(f"NoisyCurrentSource.stdev: expected >= 0 nA (got {values['stdev']:g})")
        return values

    def _begun(self, values: dict[str, Any], time: float) -> int:
        """How many intervals have begun by then."""
        return max(math.floor((time - values["start"]) / values["dt"] + 1e-9) + 1, 0)

    def _block(self) -> int:
        """Intervals go to the engine in blocks, which end where they do whatever runs there are."""
        return max(self._begun(self._values, state.t) - 1, 0) // BLOCK

    def _known_until(self) -> float:
        values = self._values
        end = round(values["start"] + (self._block() + 1) * BLOCK * values["dt"], 9)
        return end if end < values["stop"] else math.inf

    def _levels(self, values: dict[str, Any], n: int) -> np.ndarray:
        """Of the first n intervals, nA."""
        seed = [state.seed, self._number, max(state.segment_counter, 0)]
        return values["mean"] + values["stdev"] * np.random.default_rng(seed).standard_normal(n)

    def _pulse(self, start: float, stop: float) -> snn.Current:
        values, first = self._values, self._block() * BLOCK
        whole = math.inf if math.isinf(stop) else math.ceil((stop - start) / values["dt"] - 1e-9)
        n = int(min(first + BLOCK, whole))
        times = np.round(start + np.arange(first, n) * values["dt"], 9)
        levels = self._levels(values, n)[first:]
        if n == whole:
            times, levels = np.append(times, stop), np.append(levels, 0.0)
        return snn.StepCurrent(state.on_the_grid(times), levels * TO_NATIVE)

    def _level(self, values: dict[str, Any], times: np.ndarray) -> np.ndarray:
        if not len(times):
            return np.empty(0)
        interval = np.floor((times - values["start"]) / values["dt"] + 1e-9).astype(np.int64)
        levels = self._levels(values, max(self._begun(values, float(times[-1])), 1))
        return np.where(self._on(values, times), levels[np.maximum(interval, 0)], 0.0)

"""Exact events where little happens, steps where much does: chosen for each population."""

from __future__ import annotations

import logging
import math
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from ..base.timebase import TimeBase
from ..errors import OffGridError
from ..spec import NetworkSpec
from ._choice import Choice, choose
from ._cpu import CoreBackend, core
from .base import Options
from .clock import ClockBackend

# The trial that the choice rests on: ms at most, in so many pieces, until so many arrivals have been seen.
TRIAL, PIECES, ENOUGH = 1000.0, 20, 1_000_000


class AutoBackend(CoreBackend):
    """Both engines on one time axis: populations that jump from event to event, others that step by dt.

    What is not said by ``Options.engines`` is found out: from the rates of the sources, or where those do
    not decide it by a trial of the network's first second or million arrivals, after which it starts anew.
    The trial counts events and measures no time, so the choice is the same on every machine. Where all
    populations step and every delay is a multiple of dt, the network runs on the clock engine itself.
    """

    name: ClassVar[str] = "auto"

    def __init__(self, spec: NetworkSpec, options: Options) -> None:
        self.options = options
        builder = self.builder(spec, options, grid=False, packs_rows=False)
        expected = builder.expected_synapses()
        self.choices: dict[str, Choice] = {}
        for number, population in enumerate(spec.populations):
            guess = self._first_guess(spec, number, expected, builder.why_not_stepped(number))
            self.choices[population.name] = guess
        del builder
        if self._all_step() and self._start_clock(spec):
            return
        self._start_event(spec)
        if any(choice.engine == "" for choice in self.choices.values()):
            self._decide_by_trial(spec)
            if self._all_step():
                del self.network  # the synapses need not fit twice
                if self._start_clock(spec):
                    return
                self._start_event(spec)
        self._start_engine(spec)

    def _first_guess(
        self, spec: NetworkSpec, number: int, expected: list[float], why_not_stepped: str
    ) -> Choice:
        """What is said, or certain before anything runs; else a Choice of no engine."""
        options = self.options
        population = spec.populations[number]
        name, model = population.name, population.model
        engines = core().neuron_models()[type(model).__name__]["engines"]
        if name in options.engines:
            return Choice(options.engines[name], "as engines= says")
        if "event" not in engines or model.only_steps():
            why = model.only_steps() or f"{type(model).__name__} has no form in continuous time"
            return Choice("clock", why)
        if why_not_stepped:
            return Choice("event", f"it cannot step: {why_not_stepped}")
        rates = {source.name: source.model.mean_rate() for source in spec.sources}
        arrivals = 0.0
        for p, synapses in zip(spec.projections, expected, strict=True):
            rate = rates.get(p.source, math.nan)
            if p.target == name and not math.isnan(rate):
                arrivals += synapses * rate / population.n
        at_least = choose(model, options.dt, arrivals, 0.0)
        if at_least.engine == "clock":
            return replace(at_least, reason=f"from its sources alone, {at_least.reason}")
        return Choice("", "")

    def _all_step(self) -> bool:
        return bool(self.choices) and all(choice.engine == "clock" for choice in self.choices.values())

    def _start_clock(self, spec: NetworkSpec) -> bool:
        """Run all on the clock engine, if its delays are multiples of dt."""
        try:
            clock = ClockBackend(spec, self.options)
        except OffGridError:
            return False
        self.network, self.engine, self.on_grid = clock.network, clock.engine, True
        self._log()
        return True

    def _start_event(self, spec: NetworkSpec) -> None:
        """Compile for continuous time; no engine yet."""
        self.check_weight_dtype(self.options)
        self.on_grid = False
        self.network = self.compile(spec, self.options, grid=False, packs_rows=False)

    def _make_engine(self, spec: NetworkSpec) -> Any:
        for number, population in enumerate(spec.populations):
            self.network.set_stepped(number, self.choices[population.name].engine == "clock")
        return core().EventEngine(self.network)

    def _start_engine(self, spec: NetworkSpec) -> None:
        self.engine = self._make_engine(spec)
        self.engine.set_profile(self.options.profile)
        self._log()

    def _decide_by_trial(self, spec: NetworkSpec) -> None:
        """Run a little, count, and put the weights that learned back."""
        plastic = [number for number, p in enumerate(spec.projections) if p.plasticity is not None]
        engine = self._make_engine(spec)
        kept = {number: engine.weights(number) for number in plastic}
        for number in range(len(spec.populations)):
            engine.record_spikes(number)
        arrived, fired, times = [np.zeros(len(spec.projections))], [np.zeros(len(spec.populations))], [0.0]
        for piece in range(1, PIECES + 1):
            end = TRIAL * piece / PIECES
            until = TimeBase(self.options.dt, grid=False).tick(end, "trial")
            while engine.ticks < until:
                engine.advance(until, 0.1)
            arrived.append(np.array(engine.delivered(), dtype=float))
            counts = [len(engine.take_spikes(number)[0]) for number in range(len(spec.populations))]
            fired.append(fired[-1] + counts)
            times.append(end)
            if arrived[-1].sum() > ENOUGH:
                break
        engine.finish()
        for number, weights in kept.items():
            engine.set_weights(number, weights)
        # Its first half is left out: networks start with a volley, or in silence.
        half = len(times) // 2
        seconds = (times[-1] - times[half]) * 1e-3
        arrivals = (arrived[-1] - arrived[half]) / seconds
        spikes = (fired[-1] - fired[half]) / seconds
        choices = dict(self.choices)
        for number, population in enumerate(spec.populations):
            if choices[population.name].engine:
                continue
            onto = [k for k, p in enumerate(spec.projections) if p.target == population.name]
            choices[population.name] = choose(
                population.model,
                self.options.dt,
                float(arrivals[onto].sum()) / population.n,
                float(spikes[number]) / population.n,
            )

        self.choices = choices

    def _log(self) -> None:
        log = logging.getLogger("pysnn")
        for name, choice in self.choices.items():
            log.info("population %r: %s", name, choice)

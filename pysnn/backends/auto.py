"""Exact events where little happens, steps where much does: chosen for each population."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ..base.timebase import TimeBase
from ..errors import OffGridError, PysnnError, ThreadsError
from ..spec import NetworkSpec
from ._choice import Choice, choose
from ._cpu import CoreBackend, core, start
from ._equations import core_name
from ._foresight import foresee
from ._trial import Rates, Trial
from .base import Engine, Options

if TYPE_CHECKING:
    from .. import _core

# What an engine may end in without the other one having to: all but ThreadsError, which is nobody's fault.
FAILURES = (PysnnError, MemoryError, ArithmeticError, RuntimeError)


class AutoBackend(CoreBackend):
    """Both engines on one time axis: populations that jump from event to event, others that step by dt.

    What is not said by ``Options.engines`` is found out: from the rates of the sources, or where those
    do not decide it by a trial of the network's first moments (a second at most), after which it starts anew.
    The trial counts events and measures no time, so the choice is the
    same on every machine and for any number of threads. It knows nothing of what comes later: a network that
    wakes after its first second is judged by its sleep, and should be told (``engines``).

    Where all populations step and every delay is a multiple of dt, the network runs on the clock engine
    itself. Where one engine fails, in its trial or before, the other is taken.
    """

    name: ClassVar[str] = "auto"

    _network: _core.CompiledNetwork

    def __init__(self, spec: NetworkSpec, options: Options) -> None:
        self.options = options
        self._spec = spec
        self._compiled = False
        self._off_grid = False  # are there times that are no multiples of dt?
        builder = self._description()
        self._synapses: list[float] = builder.expected_synapses()
        known: dict[str, Choice] = {}
        for number, population in enumerate(spec.populations):
            choice = self._known(number, builder.why_not_stepped(number))
            if choice is not None:
                known[population.name] = choice
        del builder
        if len(known) == len(spec.populations):
            self._start(known)
        else:
            self._start_undecided(known)
        log = logging.getLogger("pysnn")
        for name, choice in self.choices.items():
            log.info("population %r: %s", name, choice)

    # ---- choosing -----------------------------------------------------------------------------------

    def _description(self) -> Any:
        """The network as told to the core; on the grid if continuous time cannot hold it."""
        try:
            return self.builder(self._spec, self.options, grid=False, packs_rows=False)
        except FAILURES as error:
            try:
                return self.builder(self._spec, self.options, grid=True, packs_rows=True)
            except FAILURES:
                raise error from None

    def _known(self, number: int, why_not_stepped: str) -> Choice | None:
        """What is said, or certain before anything runs."""
        options = self.options
        name, model = self._spec.populations[number].name, self._spec.populations[number].model
        if name in options.engines:
            return Choice(options.engines[name], "as engines= says")
        for p in self._spec.projections:
            if p.target == name and p.plasticity is not None and p.plasticity.watches:
                rule = type(p.plasticity).__name__
                return Choice("clock", f"{rule} of projection {p.name!r} sees it between spikes")
        known = core().neuron_models()[core_name(model, options.dtype, continuous=True)]
        if "event" not in known["engines"] or model.only_steps():
            why = model.only_steps() or f"{type(model).__name__} has no form in continuous time"
            return Choice("clock", why)
        if why_not_stepped:
            return Choice("event", f"it cannot step: {why_not_stepped}")
        if options.weight_dtype != options.dtype:
            return Choice("clock", f"only steps store weights as {options.weight_dtype!r}")
        at_least = choose(model, options.dt, foresee(self._spec, self._synapses, number).least, 0.0)
        if at_least.engine == "clock":
            return replace(at_least, reason=f"from its sources alone, {at_least.reason}")
        return None

    def _start_undecided(self, known: dict[str, Choice]) -> None:
        """Try what is likely, and start what the trial shows to be cheaper."""
        likely = dict(known)
        for number, population in enumerate(self._spec.populations):
            if population.name not in known:
                arrivals = foresee(self._spec, self._synapses, number).likely
                likely[population.name] = choose(population.model, self.options.dt, arrivals, 0.0)
        try:
            choices = self._by_rates(known, self._try(likely))
        except ThreadsError:
            raise
        except FAILURES as error:
            failed = error.with_traceback(None)  # which would keep what was built
            choices = self._others(known, likely, failed)
        try:
            self._start(choices)
        except ThreadsError:
            raise
        except FAILURES as error:
            failed = error.with_traceback(None)
            try:
                self._start(self._others(known, choices, failed))
            except FAILURES:
                raise failed from None

    def _by_rates(self, known: dict[str, Choice], rates: Rates) -> dict[str, Choice]:
        choices: dict[str, Choice] = {}
        for number, population in enumerate(self._spec.populations):
            onto = [k for k, p in enumerate(self._spec.projections) if p.target == population.name]
            n = max(population.n, 1)
            choices[population.name] = known.get(population.name) or choose(
                population.model,
                self.options.dt,
                float(rates.arrivals[onto].sum()) / n,
                float(rates.spikes[number]) / n,
            )
        return choices

    def _others(
        self, known: dict[str, Choice], failed: dict[str, Choice], error: Exception
    ) -> dict[str, Choice]:
        """All that was undecided on the engine that has not failed: steps, if any of it jumped."""
        undecided = [name for name in failed if name not in known]
        jumped = any(failed[name].engine == "event" for name in undecided)
        engine = "clock" if jumped else "event"
        why = f"as {'events' if jumped else 'steps'} it fails: {error}"
        return {name: known.get(name) or Choice(engine, why) for name in failed}

    def _try(self, choices: dict[str, Choice]) -> Rates:
        """Run a little, count, and put back what has been learned."""
        self._compile(choices)
        engine = self._make_engine(choices)
        plastic = [n for n, p in enumerate(self._spec.projections) if p.plasticity is not None]
        learning = [block["weight"] for number in plastic for block in engine.blocks(number)]
        learned = [np.copy(weights) for weights in learning]
        stepped = [choices[p.name].engine == "clock" for p in self._spec.populations]
        try:
            time = TimeBase(self.options.dt, self.on_grid)
            return Trial(engine, self._spec, self._synapses, time, stepped, self.options.ranks).rates()
        finally:
            for weights, before in zip(learning, learned, strict=True):
                weights[:] = before

    # ---- building -----------------------------------------------------------------------------------

    def _start(self, choices: dict[str, Choice]) -> None:
        self._compile(choices)
        self.engine = self._make_engine(choices)
        self.choices = choices

    def _compile(self, choices: dict[str, Choice]) -> None:
        """Draw the network as these engines want it, unless it is there already: one that steps as a whole
        on the grid, any other in continuous time."""
        on_grid = bool(choices) and all(c.engine == "clock" for c in choices.values()) and not self._off_grid
        if self._compiled and on_grid == self.on_grid:
            return
        if self._compiled:
            del self._network  # the synapses need not fit twice
            self._compiled = False
        if on_grid:
            try:
                self._network = self.compile(self._spec, self.options, grid=True, packs_rows=True)
            except OffGridError:
                self._off_grid, on_grid = True, False
        if not on_grid:
            self.check_weight_dtype(self.options)
            self._network = self.compile(self._spec, self.options, grid=False, packs_rows=False)
        self.on_grid, self._compiled = on_grid, True

    def _make_engine(self, choices: dict[str, Choice]) -> Engine:
        if self.on_grid:
            try:
                return start("ClockEngine", self._network, self.options)
            except OffGridError:  # a source has such times
                self._off_grid = True
                self._compile(choices)
        for number, population in enumerate(self._spec.populations):
            self._network.set_stepped(number, choices[population.name].engine == "clock")
        return start("EventEngine", self._network, self.options)

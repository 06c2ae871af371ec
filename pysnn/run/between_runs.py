"""What a simulation answers and lets be changed between two runs."""

from __future__ import annotations

import math
from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..base.params import ParamInfo, check_array, check_number, is_one, magnitude, shown
from ..currents import Current
from ..encoders import SpikeTrains
from ..errors import ParameterError, unknown
from ..network.probing import Probing
from ..sources import Source
from ..spec import (
    CurrentSpec,
    Group,
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
from .changes import Change
from .injections import Injection
from .named import OWNER, indices_of
from .parameters import new_values, parameter
from .parts import SimulationParts


class BetweenRuns(SimulationParts, Probing):
    """The part of a simulation that reads and changes what stands still."""

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
        unit = group.states[name] if isinstance(group, PopulationSpec) else ""
        # Beyond this a state would be stored as no finite number.
        most = float(np.finfo(self.dtype).max) if self.dtype == "float32" else math.inf
        info = ParamInfo(unit=unit, low=-most, high=most)
        n = group.n if indices is None else len(indices)
        values = magnitude(values, info.unit, owner)
        if is_one(values):
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
        OffGridError where a time is no step.
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
        fit; OutOfRangeError of an index; OffGridError of a time that is no step.
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

        Errors: ParameterError where ``target`` is no population or ``current`` does not fit it.
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

    def _probe(
        self,
        target: Population | SourceGroup | View | Projection,
        what: str,
        every: float | None,
        changes: bool,
        name: str | None,
        to_log: bool,
    ) -> Probe[Any]:
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
        with self._protocol.recording("take") as guard:
            self._recordings.check_takes(name)
            taken = self._recordings.data_of(name)
            if guard.requested:
                raise KeyboardInterrupt  # which nobody would get it back from
            self._recordings.forget_of(name)
        return taken

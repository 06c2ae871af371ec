"""The builder: declares a network part by part, checking each where it is written."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, cast

from numpy.typing import ArrayLike

from ..base.delays import Delays
from ..base.distributions import Array, as_distribution
from ..base.interrupt import InterruptGuard
from ..base.params import as_numpy, magnitude, shown
from ..connect import AllToAll, ConnectionRule
from ..connect._room import Overlap, overlap
from ..currents import Current
from ..dynamics import Dynamics
from ..encoders import SpikeTrains
from ..errors import ParameterError
from ..neurons import NeuronModel
from ..plasticity import PlasticityRule
from ..sources import Source
from ..spec import (
    CurrentSpec,
    ErrorSpec,
    FeedbackSpec,
    Group,
    Homeostasis,
    Modulator,
    NetworkSpec,
    Order,
    Population,
    PopulationSpec,
    Probe,
    ProbeSpec,
    Projection,
    ProjectionSpec,
    SourceGroup,
    SourceSpec,
    View,
    check_modulator,
    count,
)
from ..spec.synapse_values import delay_of, is_sequence, weight_of
from .probing import Probing
from .signals import Signals


class Network(Signals, Probing):
    """A network to be described: populations, sources, projections, currents and probes.

    ``seed`` and the names of the objects decide every random draw: another seed is another
    network, the same seed and names the same one, in whatever order they are declared. Inputs that
    reach a neuron at one instant are summed in the order of declaration, so that another order may
    round the last bit of a state otherwise (some 1e-13 mV, which a chaotic network makes grow).

    Parameters
    ----------
    seed : whole number >= 0.
    """

    def __init__(self, seed: int = 0) -> None:
        self._seed = NetworkSpec(seed).seed
        self._populations: dict[str, Population] = {}
        self._sources: dict[str, SourceGroup] = {}
        self._projections: dict[str, Projection] = {}
        self._order = Order()
        self._probes: dict[str, Probe[Any]] = {}
        self._modulators: dict[str, Modulator] = {}
        self._errors: list[ErrorSpec] = []
        self._feedbacks: list[FeedbackSpec] = []
        self._currents: list[CurrentSpec] = []

    @property
    def seed(self) -> int:
        """The seed of every random draw."""
        return self._seed

    @property
    def populations(self) -> Mapping[str, Population]:
        """Populations by name."""
        return MappingProxyType(self._populations)

    @property
    def sources(self) -> Mapping[str, SourceGroup]:
        """Source groups by name."""
        return MappingProxyType(self._sources)

    @property
    def projections(self) -> Mapping[str, Projection]:
        """Projections by name."""
        return MappingProxyType(self._projections)

    @property
    def probes(self) -> Mapping[str, Probe[Any]]:
        """Probes by name."""
        return MappingProxyType(self._probes)

    @property
    def modulators(self) -> Mapping[str, Modulator]:
        """Modulators by name."""
        return MappingProxyType(self._modulators)

    def population(
        self,
        name: str,
        n: int,
        model: NeuronModel,
        init: Mapping[str, Any] | None = None,
        homeostasis: Homeostasis | None = None,
        winner_takes_all: float | None = None,
    ) -> Population:
        """Declare ``n`` neurons of ``model``.

        Parameters
        ----------
        name : unique among populations and sources; random draws depend on it.
        n : number of neurons, >= 1.
        model : parameters of all of them, such as ``CubaLIF(tau_m=20.0)``.
        init : initial values by state: a number, a distribution or an array of n values, in the
            unit of the state; states left out start at the model's own value.
        homeostasis : of their thresholds, such as ``Homeostasis(delta=0.05)``, which gives them a state
            "theta".
        winner_takes_all : mV, >= 0: what a spike takes, at the same instant, from the membranes of all other
            neurons of the population, refractory ones too; ``math.inf``: as much as leaves them at v_reset.
            Of neurons that reach their thresholds together the one whose v is furthest above fires (the first
            of several), and the others only if they are above even then: at the next step, or in continuous
            time 1e-12 ms later. ``sim.set_winner_takes_all`` changes it. All neurons of such a population are
            worked on by one thread.
        """
        states = {**(model.states if isinstance(model, NeuronModel) else {}), "theta": "mV"}
        items = {} if init is None else init
        if not isinstance(items, Mapping):
            raise ParameterError(f"population {name!r}: init: expected a dict by state (got {shown(init)})")
        values = tuple(
            (state, as_distribution(value, f"population {name!r}: init[{state!r}]", states.get(state, "")))
            for state, value in items.items()
        )
        spec = PopulationSpec(name, n, model, values, homeostasis, winner_takes_all)
        self._check_new_group(name)
        self._populations[name] = Population(self, spec)
        return self._populations[name]

    def source(self, name: str, n: int, source: Source | SpikeTrains) -> SourceGroup:
        """Declare ``n`` spike sources, such as ``Poisson(rate=8.0)``; names as for populations.

        What an encoder returns is played as it is: ``net.source("in", trains.n, trains)``.
        """
        spec = SourceSpec(name, n, cast(Source, source))  # which takes trains too
        self._check_new_group(name)
        self._sources[name] = SourceGroup(self, spec)
        return self._sources[name]

    def projection(
        self,
        pre: Population | SourceGroup | View,
        post: Population | View,
        rule: ConnectionRule,
        weight: Any = None,
        delay: Any = None,
        receptor: str | None = None,
        plasticity: PlasticityRule | None = None,
        synapses_per_pair: int = 1,
        dendritic_fraction: float | ArrayLike | Array = 0.0,
        dynamics: Dynamics | None = None,
        name: str | None = None,
        modulator: Modulator | None = None,
    ) -> Projection:
        """Declare synapses from ``pre`` onto ``post``.

        Parameters
        ----------
        pre, post : groups, or views of some of their neurons (``exc[:100]``, ``exc[mask]``). The rule
            counts from 0 in the order of a view; ``sim.synapses`` has the indices in the whole groups.
        rule : which pairs connect, such as ``FixedProbability(0.02)``.
        weight : in the unit of the receptor: a number, a distribution, a sequence that goes with a
            sequence of delays, or (with listed pairs) an array with one value a synapse. With
            ``AllToAll`` also a matrix, of a row a source (``FromDense`` and ``FromSparse`` bring
            the weights of the pairs that are there).
        delay : ms: a number, a distribution, or a sequence. A sequence is always a fan: so many
            parallel synapses for each pair, one per delay. ``Array(values)`` gives each of the
            listed pairs its own, a matrix with ``AllToAll`` each pair. ``Delays(axonal, dendritic)`` gives
            its two parts. It may be 0 from a source, and between populations that make no circle by such
            delays: a spike is then heard in the step, or at the instant, in which it is fired, as populations
            go through each one after the other. What is drawn is > 0.
        receptor : one of the model's; the first by default.
        plasticity : a rule, or None for static weights.
        synapses_per_pair : parallel synapses of each pair, each with draws of its own.
        dendritic_fraction : part of the delay behind the synapse, 0 to 1, which matters where a rule learns;
            with listed pairs also an array of one value a synapse.
        dynamics : short-term plasticity, such as ``TsodyksMarkram()``, with or without a rule; or None.
        name : by default "pre->post", then "pre->post#2" and so on.
        modulator : the signal that a rule with a third factor learns by (``net.modulator``).
        """
        source, source_range = self._neurons(pre, "pre", (Population, SourceGroup))
        target, target_range = self._neurons(post, "post", (Population,))
        name = self._free_name(f"{source.name}->{target.name}", self._projections) if name is None else name
        if name in self._projections:
            raise ParameterError(f"there is a projection named {name!r} already")
        owner = f"projection {name!r}"
        if not isinstance(rule, ConnectionRule):
            raise ParameterError(
                f"{owner}: rule: expected a connection rule (got {shown(rule)}; there are: "
                f"{', '.join(ConnectionRule.registry)})"
            )
        n_pre, n_post = count(source_range), count(target_range)
        model = cast(Population, target).spec.model
        if isinstance(delay, Delays):
            if not isinstance(dendritic_fraction, (int, float)) or dendritic_fraction != 0.0:
                raise ParameterError(
                    f"{owner}: dendritic_fraction: Delays gives the dendritic part already "
                    f"(got {shown(dendritic_fraction)} besides)"
                )
            delay, dendritic_fraction = delay.divided()
        fractions = as_numpy(dendritic_fraction, f"{owner}: dendritic_fraction")
        if is_sequence(fractions):
            fractions = as_distribution(fractions, f"{owner}: dendritic_fraction")
        weight = magnitude(weight, model.weight_unit, f"{owner}: weight")
        delay = magnitude(delay, "ms", f"{owner}: delay")
        if isinstance(rule, AllToAll):
            shared = overlap(source_range, target_range) if source is target else Overlap()
            rule, weight, delay = rule.with_matrices(weight, delay, n_pre, n_post, shared, owner)
        rule, own_weight, own_delay = rule.resolve(n_pre, n_post, owner)
        spec = ProjectionSpec(
            name=name,
            source=source.name,
            source_range=source_range,
            target=target.name,
            target_range=target_range,
            rule=rule,
            delay=delay_of(delay, own_delay, rule, f"{owner}: delay"),
            weight=weight_of(weight, own_weight, delay, rule, f"{owner}: weight", model.weight_unit),
            receptor=model.receptors[0] if receptor is None else receptor,
            plasticity=plasticity,
            synapses_per_pair=synapses_per_pair,
            dendritic_fraction=fractions,
            dynamics=dynamics,
            modulator=None if modulator is None else self._modulator_name(modulator, owner),
        )
        spec.check({group.name: group.spec for group in self._groups().values()})
        check_modulator(spec, {m.name: m.spec for m in self._modulators.values()})
        with InterruptGuard():
            self._order.add(spec)
            self._projections[name] = Projection(self, spec)
        return self._projections[name]

    def current(self, target: Population | View, current: Current) -> None:
        """Inject a current, such as ``StepCurrent([100.0], [200.0])``, into each neuron of ``target``.

        A StepCurrent with a table has a column for each of them.
        Currents into one neuron add up, and to the constant ``i_e`` of its model.
        """
        group, neurons = self._neurons(target, "target", (Population,))
        spec = CurrentSpec(group.name, neurons, current)
        spec.check({group.name: group.spec})
        self._currents.append(spec)

    def _probe(
        self,
        target: Population | SourceGroup | View | Projection,
        what: str,
        every: float | None,
        changes: bool,
        name: str | None,
        to_log: bool,
    ) -> Probe[Any]:
        self._check_mine(target, "target", (Population, SourceGroup, View, Projection))
        every = every if every is None else magnitude(every, "ms", "probe: every")
        base = f"{target.name}.{what}"
        name = self._free_name(base, self._probes) if name is None else name
        if isinstance(name, str) and name in self._probes:
            raise ParameterError(f"there is a probe named {name!r} already")
        indices = None
        if isinstance(target, View):
            indices = target._chosen
        elif isinstance(target, Group):
            indices = (0, len(target))
        spec = ProbeSpec(name, target.name, what, indices, every, changes, to_log)
        groups = {} if isinstance(target, Projection) else {g.name: g.spec for g in self._groups().values()}
        spec.check(groups, {p.name: p.spec for p in self._projections.values()})
        self._probes[name] = Probe(self, spec)
        return self._probes[name]

    def spec(self) -> NetworkSpec:
        """The whole description as it stands, frozen: later declarations do not change it."""
        return NetworkSpec(
            seed=self._seed,
            populations=tuple(p.spec for p in self._populations.values()),
            sources=tuple(s.spec for s in self._sources.values()),
            projections=tuple(p.spec for p in self._projections.values()),
            currents=tuple(self._currents),
            probes=tuple(p.spec for p in self._probes.values()),
            modulators=tuple(m.spec for m in self._modulators.values()),
            errors=tuple(self._errors),
            feedbacks=tuple(self._feedbacks),
        )

    @classmethod
    def from_spec(cls, spec: NetworkSpec) -> Network:
        """A network with handles for everything in ``spec``, to go on declaring."""
        if not isinstance(spec, NetworkSpec):
            raise ParameterError(
                f"Network.from_spec: expected a NetworkSpec, such as net.spec() (got {shown(spec)})"
            )
        net = cls(spec.seed)
        net._populations = {p.name: Population(net, p) for p in spec.populations}
        net._sources = {s.name: SourceGroup(net, s) for s in spec.sources}
        net._projections = {p.name: Projection(net, p) for p in spec.projections}
        for p in spec.projections:
            net._order.add(p)
        net._currents = list(spec.currents)
        net._probes = {p.name: Probe(net, p) for p in spec.probes}
        net._modulators = {m.name: Modulator(net, m) for m in spec.modulators}
        net._errors, net._feedbacks = list(spec.errors), list(spec.feedbacks)
        return net

    def declared_since(self, spec: NetworkSpec) -> list[str]:
        """What has been declared after ``spec`` was taken of this network, in words."""
        kinds: dict[str, tuple[Mapping[str, Any] | list[CurrentSpec], tuple[Any, ...]]] = {
            "population": (self._populations, spec.populations),
            "source": (self._sources, spec.sources),
            "projection": (self._projections, spec.projections),
            "current into": (self._currents, spec.currents),
            "probe": (self._probes, spec.probes),
            "modulator": (self._modulators, spec.modulators),
        }
        late = []
        for kind, (now, before) in kinds.items():
            if len(now) > len(before):  # nothing that was declared goes: most often there is no more to do
                names = [c.population for c in now] if isinstance(now, list) else list(now)
                late += [f"{kind} {name!r}" for name in names[len(before) :]]
        return late

    def _ways(self, value: Any) -> Mapping[str, str]:
        return {
            "seed": f"it is given when the network is made: Network(seed={shown(value)})",
            **{
                f"{kind}{plural}": f"a {kind} is declared by a call: net.{kind}(...)"
                for kind in (
                    "population",
                    "source",
                    "projection",
                    "current",
                    "probe",
                    "modulator",
                    "error",
                    "feedback",
                )
                for plural in ("", "s")
            },
        }

    def __repr__(self) -> str:
        neurons = sum(len(population) for population in self._populations.values())
        return (
            f"<Network seed={self._seed}: {len(self._populations)} populations ({neurons} neurons), "
            f"{len(self._sources)} sources, {len(self._projections)} projections, {len(self._probes)} probes>"
        )

    def _check_new_group(self, name: str) -> None:
        if name in self._populations or name in self._sources:
            raise ParameterError(f"there is a population or source named {name!r} already")

    def _modulator_name(self, modulator: Any, owner: str) -> str:
        self._check_mine(modulator, f"{owner}: modulator", (Modulator,))
        return str(modulator.name)

"""The parts of a network's description, each frozen and validated.

Every part checks itself when it is made; ``check`` holds it against the other parts, by the same
code whether it is declared through ``Network`` or read from a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..base.distributions import Array, Distribution
from ..base.params import ParamInfo, check_array, check_number, check_whole, shown
from ..connect import ConnectionRule
from ..connect._indices import as_indices
from ..connect._room import Overlap, overlap
from ..currents import Current
from ..dynamics import Dynamics
from ..encoders import SpikeTrains
from ..errors import OutOfRangeError, ParameterError, unknown
from ..neurons import NeuronModel
from ..plasticity import PlasticityRule
from ..sources import Source, SpikeArray
from .homeostasis import THETA, Homeostasis

# One value or draw for every synapse, or the values of a fan: one for each parallel synapse of a pair.
Values: TypeAlias = "Distribution | tuple[float, ...]"
Range: TypeAlias = tuple[int, int]
# Some neurons of a group: a range, or the indices of scattered ones in an order of their own.
Neurons: TypeAlias = "Range | NDArray[np.uint32]"

LARGEST_INDEX = 2**32 - 1
WINNER = "winner_takes_all"
TAKEN = ParamInfo(unit="mV", low=0.0, infinite=True)
WEIGHT = ParamInfo(low=-1e100, high=1e100)  # sums of as many as can arrive at once are finite numbers


@dataclass(frozen=True)
class PopulationSpec:
    """``n`` neurons of one model; ``init`` holds (state, distribution) pairs.

    ``homeostasis`` : of their thresholds, or None. ``winner_takes_all`` : mV, what a spike takes from all
    others, or None; infinite for as much as leaves them at v_reset.
    """

    name: str
    n: int
    model: NeuronModel
    init: tuple[tuple[str, Distribution], ...] = ()
    homeostasis: Homeostasis | None = None
    winner_takes_all: float | None = None

    def __post_init__(self) -> None:
        _check_name("population", self.name)
        _check_n(self, f"population {self.name!r}")
        _check_type(f"population {self.name!r}: model", self.model, NeuronModel)
        self.model.check_sizes(self.n, f"population {self.name!r}")
        self._check_homeostasis()
        self._check_winner()
        for state, values in self.init:
            if state not in self.states:
                kind = type(self.model).__name__
                raise unknown(f"population {self.name!r}: init", f"state of {kind}", state, self.states)
            _check_type(f"population {self.name!r}: init[{state!r}]", values, Distribution)
            if not isinstance(values, Array):
                continue
            values.check_finite(f"population {self.name!r}: init[{state!r}]")
            if len(values) != self.n:
                raise ParameterError(
                    f"population {self.name!r}: init[{state!r}]: expected {self.n} values, one a neuron "
                    f"(got {len(values)})"
                )

    @property
    def states(self) -> Mapping[str, str]:
        """The unit of each state by name: those of the model, and theta where there is homeostasis."""
        return self.model.states if self.homeostasis is None else {**self.model.states, THETA: "mV"}

    def parts(self) -> dict[str, float]:
        """What it has beside its model, as numbers by name, for the core."""
        parts = {} if self.homeostasis is None else self.homeostasis.as_parts()
        return parts if self.winner_takes_all is None else {**parts, WINNER: self.winner_takes_all}

    def _check_winner(self) -> None:
        if self.winner_takes_all is None:
            return
        owner = f"population {self.name!r}: winner_takes_all"
        object.__setattr__(self, "winner_takes_all", check_number(self.winner_takes_all, TAKEN, owner))
        if not {"v_th", "v_reset"} <= set(self.model.number_names()):
            raise ParameterError(f"{owner}: {type(self.model).__name__} has no v_th and v_reset")

    def _check_homeostasis(self) -> None:
        if self.homeostasis is None:
            return
        owner = f"population {self.name!r}: homeostasis"
        _check_type(owner, self.homeostasis, Homeostasis)
        kind = type(self.model).__name__
        if "v_th" not in self.model.number_names():
            raise ParameterError(f"{owner}: {kind} has no threshold v_th that could move")
        if THETA in self.model.states:
            raise ParameterError(f"{owner}: {kind} has a state {THETA!r} already, as thresholds would")


@dataclass(frozen=True)
class SourceSpec:
    """``n`` spike sources of one kind; SpikeTrains are kept as the SpikeArray that plays them."""

    name: str
    n: int
    model: Source

    def __post_init__(self) -> None:
        _check_name("source", self.name)
        _check_n(self, f"source {self.name!r}")
        trains: object = self.model
        if isinstance(trains, SpikeTrains):
            if trains.n != self.n:
                raise ParameterError(
                    f"source {self.name!r}: SpikeTrains of {trains.n} trains for {self.n} sources"
                )
            object.__setattr__(self, "model", SpikeArray(trains.times, trains.indices, trains.n))
        _check_type(f"source {self.name!r}: model", self.model, Source)
        self.model.check_size(self.n, f"source {self.name!r}")
        self.model.check_sizes(self.n, f"source {self.name!r}")


GroupSpec: TypeAlias = "PopulationSpec | SourceSpec"


class _ByValue:
    """Equality of parts of which some hold arrays. (Each is a dataclass, which mypy cannot know here.)"""

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        names = [f.name for f in fields(self)]  # type: ignore[arg-type]
        return all(_same(getattr(self, name), getattr(other, name)) for name in names)

    def __hash__(self) -> int:
        values = [getattr(self, f.name) for f in fields(self)]  # type: ignore[arg-type]
        return hash(tuple(value for value in values if not isinstance(value, np.ndarray)))


@dataclass(frozen=True, eq=False)
class ProjectionSpec(_ByValue):
    """Synapses from neurons ``source_range`` of a group onto neurons ``target_range`` of a population.

    Each of the two is a range (begin, end), or an array of the indices of scattered neurons: the
    rule's source i is then ``source_range[i]``.
    """

    name: str
    source: str
    source_range: Neurons
    target: str
    target_range: Neurons
    rule: ConnectionRule
    weight: Values
    delay: Values
    receptor: str
    plasticity: PlasticityRule | None = None
    synapses_per_pair: int = 1
    dendritic_fraction: float | Array = 0.0
    dynamics: Dynamics | None = None
    modulator: str | None = None

    def __post_init__(self) -> None:
        _check_text("projection", self.name)
        owner = f"projection {self.name!r}"
        for side in ("source_range", "target_range"):
            object.__setattr__(self, side, _as_neurons(getattr(self, side), f"{owner}: {side}"))
        _check_type(f"{owner}: rule", self.rule, ConnectionRule)
        if self.plasticity is not None:
            _check_type(f"{owner}: plasticity", self.plasticity, PlasticityRule)
        if self.dynamics is not None:
            _check_type(f"{owner}: dynamics", self.dynamics, Dynamics)
        copies = check_whole(
            self.synapses_per_pair, ParamInfo(low=1, high=LARGEST_INDEX), f"{owner}: synapses_per_pair"
        )
        object.__setattr__(self, "synapses_per_pair", copies)
        self._check_delay(f"{owner}: delay")
        self._check_fraction(f"{owner}: dendritic_fraction")
        self._check_weight(f"{owner}: weight")

    def _check_fraction(self, owner: str) -> None:
        info = ParamInfo(low=0.0, high=1.0)
        if isinstance(self.dendritic_fraction, Array):
            self._check_entries(owner, self.dendritic_fraction)
            check_array(self.dendritic_fraction.numbers, info, owner)
        else:
            object.__setattr__(self, "dendritic_fraction", check_number(self.dendritic_fraction, info, owner))

    def _check_delay(self, owner: str) -> None:
        info = ParamInfo(unit="ms", above=0.0)
        if isinstance(self.delay, tuple):
            for at, value in enumerate(self.delay):
                check_number(value, info, f"{owner}[{at}]")
            if not self.delay:
                raise ParameterError(f"{owner}: a fan needs at least one delay (got an empty sequence)")
            if self.synapses_per_pair != 1:
                raise ParameterError(
                    f"{owner}: a sequence of {len(self.delay)} delays makes as many synapses for each pair; "
                    f"synapses_per_pair must then be 1 (got {self.synapses_per_pair})"
                )
            return
        _check_type(owner, self.delay, Distribution)
        self._check_entries(owner, self.delay)
        low = self.delay.support()[0]
        if low <= 0.0:
            hint = "" if self.delay.support()[1] == low else "; give a lower bound > 0 (min=, low=)"
            raise ParameterError(f"{owner}: must be > 0 ms (got {shown(self.delay)}, down to {low:g}){hint}")

    def _check_weight(self, owner: str) -> None:
        largest = np.inf if self.plasticity is None else self.plasticity.largest
        if isinstance(self.weight, tuple):
            for at, value in enumerate(self.weight):
                check_number(value, WEIGHT, f"{owner}[{at}]")
            if not isinstance(self.delay, tuple) or len(self.delay) != len(self.weight):
                fan = len(self.delay) if isinstance(self.delay, tuple) else "no sequence"
                raise ParameterError(
                    f"{owner}: a sequence of weights belongs to a sequence of as many delays (got "
                    f"{len(self.weight)} weights, {fan} of delays); one value for each synapse takes "
                    "explicit pairs: Array(values) with FromCOO, FromCSR or FromDense"
                )
            extremes = [abs(value) for value in self.weight]
        else:
            _check_type(owner, self.weight, Distribution)
            self._check_entries(owner, self.weight)
            # Only what is sure is refused here; a draw from an unbounded tail is for the engine to judge.
            extremes = [abs(bound) for bound in self.weight.support() if np.isfinite(bound)]
        for bound in extremes:
            check_number(bound, WEIGHT, f"{owner}: |weight|")
        if self.plasticity is not None and self.plasticity.signed:
            self._check_signed(owner, self.plasticity)
            return
        if extremes and max(extremes) > largest:
            raise ParameterError(
                f"{owner}: |weight| must be <= w_max = {largest:g} of {type(self.plasticity).__name__} "
                f"(got {shown(self.weight)})"
            )
        if self.plasticity is not None and self._least_magnitude() < self.plasticity.smallest:
            raise ParameterError(
                f"{owner}: |weight| must be >= w_min = {self.plasticity.smallest:g} of "
                f"{type(self.plasticity).__name__} (got {shown(self.weight)}, down to "
                f"{self._least_magnitude():g})"
            )

    def _check_signed(self, owner: str, rule: PlasticityRule) -> None:
        low, high = self._weight_support()  # of a tail without an end the engine judges what was drawn
        if (np.isfinite(low) and low < rule.lowest) or (np.isfinite(high) and high > rule.largest):
            raise ParameterError(
                f"{owner}: must be within w_min = {rule.lowest:g} and w_max = {rule.largest:g} of "
                f"{type(rule).__name__} (got {shown(self.weight)}, {low:g} to {high:g})"
            )

    def _least_magnitude(self) -> float:
        """Of the weights, as far as it is sure: an unbounded tail is for the engine to judge."""
        if isinstance(self.weight, Array):
            return float(np.abs(self.weight.numbers).min())
        if isinstance(self.weight, tuple):
            return min(abs(value) for value in self.weight)
        low, high = self.weight.support()
        if not np.isfinite(low) and not np.isfinite(high):
            return np.inf
        return 0.0 if low < 0.0 < high else min(abs(low), abs(high))

    def zero_is_negative(self, model: NeuronModel) -> bool:
        """Whether a plastic weight of 0 onto neurons of ``model`` grows towards negative ones.

        The sign of a synapse never changes, and 0 shows none: it has that of the other weights declared.
        Where they are of both or none, it is negative if the receptor is "inh" of a model whose inhibitory
        weights are negative, and else as written, 0.0 or -0.0.
        """
        if self.plasticity is None or self.plasticity.signed:
            return False
        low, high = self._weight_support()
        if (low < 0.0) != (high > 0.0):
            return low < 0.0
        return self.receptor == "inh" and model.lowest_weight < 0.0

    def _weight_support(self) -> tuple[float, float]:
        if isinstance(self.weight, tuple):
            return min(self.weight), max(self.weight)
        return self.weight.support()

    def _check_entries(self, owner: str, values: Distribution) -> None:
        if not isinstance(values, Array):
            return
        values.check_finite(owner)
        if not self.rule.explicit:
            raise ParameterError(
                f"{owner}: an Array gives one value for each listed synapse; {type(self.rule).__name__} "
                "draws its synapses (use a distribution, or FromCOO, FromCSR, FromDense, FromSparse)"
            )
        listed = len(self.rule)  # type: ignore[arg-type]
        if len(values) != listed:
            raise ParameterError(f"{owner}: expected {listed} values, one a synapse (got {len(values)})")

    def check(self, groups: Mapping[str, GroupSpec]) -> None:
        """Check the two sides, the receptor and whether the rule fits their sizes."""
        owner = f"projection {self.name!r}"
        source = _find(owner, groups, self.source)
        target = _find(owner, groups, self.target)
        if not isinstance(target, PopulationSpec):
            raise ParameterError(
                f"{owner}: the target must be a population of neurons ({self.target!r} is a source)"
            )
        _check_neurons(f"{owner}: source_range", self.source_range, source)
        _check_neurons(f"{owner}: target_range", self.target_range, target)
        if self.receptor not in target.model.receptors:
            kind = f"receptor of {type(target.model).__name__}"
            raise unknown(owner, kind, self.receptor, target.model.receptors)
        self._check_sign(owner, target.model)
        if self.plasticity is not None and not self.plasticity.takes(target.model.weight_unit):
            raise ParameterError(
                f"{owner}: plasticity: {type(self.plasticity).__name__} counts weights in "
                f"{self.plasticity.weight_unit} (those onto {type(target.model).__name__} are in "
                f"{target.model.weight_unit or 'no unit'})"
            )
        same = self.source == self.target
        shared = overlap(self.source_range, self.target_range) if same else Overlap()
        self.rule.check_size(count(self.source_range), count(self.target_range), shared, owner)

    def _check_sign(self, owner: str, model: NeuronModel) -> None:
        """Conductances cannot be negative; what a weight pulls towards is the receptor's matter."""
        rule = self.plasticity
        if rule is not None and rule.signed and rule.lowest < model.lowest_weight:
            raise ParameterError(
                f"{owner}: plasticity: weights of {type(rule).__name__} may cross zero, and those onto "
                f"{type(model).__name__} are conductances, of one sign: expected w_min >= "
                f"{model.lowest_weight:g} {model.weight_unit} (got {rule.lowest:g})"
            )
        low = self._weight_support()[0]
        if low < model.lowest_weight:
            name, unit = type(model).__name__, model.weight_unit
            raise ParameterError(
                f"{owner}: weight: must be >= {model.lowest_weight:g} {unit} for {name}, whose weights are "
                f"conductances (got {shown(self.weight)}, down to {low:g}; receptors: "
                f"{', '.join(map(repr, model.receptors))}; a distribution takes a lower bound: min=, low=)"
            )


@dataclass(frozen=True, eq=False)
class CurrentSpec(_ByValue):
    """A current into neurons ``target_range`` of a population; currents into one neuron add up.

    ``target_range`` is a range (begin, end), or an array of indices.
    """

    population: str
    target_range: Neurons
    current: Current

    def __post_init__(self) -> None:
        neurons = _as_neurons(self.target_range, f"current into {self.population!r}")
        object.__setattr__(self, "target_range", neurons)
        _check_type("current", self.current, Current)

    def check(self, groups: Mapping[str, GroupSpec]) -> None:
        """Check that the target is a population and has these neurons."""
        group = _find("current", groups, self.population)
        if not isinstance(group, PopulationSpec):
            raise ParameterError(f"current: {self.population!r} is a source; only neurons take currents")
        owner = f"current into {self.population!r}"
        _check_neurons(owner, self.target_range, group)
        self.current.check_size(count(self.target_range), owner)
        self.current.check_sizes(count(self.target_range), owner)


@dataclass(frozen=True, eq=False)
class ProbeSpec(_ByValue):
    """What is recorded: "spikes" or a state of a group, or "weight" of a projection.

    ``indices`` are those of the recorded neurons: a range, an array, or None for a projection.
    """

    name: str
    target: str
    what: str
    indices: Neurons | None = None
    every: float | None = None
    changes: bool = False
    to_log: bool = False

    def __post_init__(self) -> None:
        _check_text("probe", self.name)
        if self.every is not None:
            every = check_number(self.every, ParamInfo(unit="ms", above=0.0), f"probe {self.name!r}: every")
            object.__setattr__(self, "every", every)
        for switch in ("changes", "to_log"):
            if not isinstance(getattr(self, switch), bool):
                raise ParameterError(
                    f"probe {self.name!r}: {switch}: expected True or False (got {getattr(self, switch)!r})"
                )

    def check(self, groups: Mapping[str, GroupSpec], projections: Mapping[str, ProjectionSpec]) -> None:
        """Check the target, what there is to record of it, and when."""
        owner = f"probe {self.name!r}"
        if self.target in projections and self.target not in groups:
            self._check_weight_probe(owner, projections[self.target])
            if self.to_log:
                _check_name(f"{owner}, which is written to a log", self.name)
            return
        group = _find(owner, groups, self.target, projections)
        states = group.states if isinstance(group, PopulationSpec) else {}
        if self.what != "spikes" and self.what not in states:
            raise unknown(owner, f"thing to record of {self.target!r}", self.what, ["spikes", *states])
        if self.what == "spikes" and self.every is not None:
            raise ParameterError(
                f"{owner}: spikes are recorded when they happen; every= is for states and weights"
            )
        if self.changes:
            raise ParameterError(f"{owner}: changes= is for the weights of a projection")
        if self.what == "spikes":
            self._check_logged(owner)
        elif self.to_log:
            _check_name(f"{owner}, which is written to a log", self.name)
        if self.indices is None or count(self.indices) == 0:
            raise ParameterError(
                f"{owner}: expected at least one neuron (got an empty view of {group.name!r})"
            )
        _check_neurons(owner, self.indices, group)

    def _check_logged(self, owner: str) -> None:
        if self.to_log:
            raise ParameterError(
                f"{owner}: to_log= is for states and weights (spikes are in the log of a simulation that "
                "has one)"
            )

    def _check_weight_probe(self, owner: str, projection: ProjectionSpec) -> None:
        if self.what != "weight":
            raise unknown(owner, "thing to record of a projection", self.what, ["weight"])
        if (self.every is None) != self.changes:
            raise ParameterError(
                f"{owner}: weights are recorded by time (every=... ms) or by change (changes=True): give "
                f"one of them (got every={self.every}, changes={self.changes})"
            )
        if self.changes and projection.plasticity is None:
            raise ParameterError(f"{owner}: the weights of {projection.name!r} are static and never change")


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and np.array_equal(a, b)
    return bool(a == b)


def _check_text(kind: str, name: Any) -> None:
    if not isinstance(name, str) or not name:
        raise ParameterError(f"{kind}: name: expected a string, not empty (got {shown(name)})")


def _check_name(kind: str, name: Any) -> None:
    # Names become groups of HDF5 files and parts of other names.
    if not isinstance(name, str) or not name.strip() or "/" in name or not name.isprintable() or name == ".":
        raise ParameterError(f"{kind}: name: expected a printable string without '/' (got {shown(name)})")


def _check_n(spec: PopulationSpec | SourceSpec, owner: str) -> None:
    n = check_whole(spec.n, ParamInfo(low=1, high=LARGEST_INDEX), f"{owner}: n")
    object.__setattr__(spec, "n", n)


def _check_type(owner: str, value: Any, base: type[Any]) -> None:
    if isinstance(value, type) and issubclass(value, base):
        raise ParameterError(
            f"{owner}: expected an object (got the class {value.__name__}: write {value.__name__}())"
        )
    if not isinstance(value, base):
        registry = getattr(base, "registry", ())
        raise ParameterError(
            f"{owner}: expected a {base.__name__} (got {shown(value)}; there are: {', '.join(registry)})"
        )


def _find(
    owner: str, groups: Mapping[str, GroupSpec], name: str, more: Mapping[str, Any] | None = None
) -> GroupSpec:
    if name not in groups:
        raise unknown(owner, "population or source", name, [*groups, *(more or {})])
    return groups[name]


def count(neurons: Neurons) -> int:
    """How many neurons a range or an array of indices is."""
    return neurons[1] - neurons[0] if isinstance(neurons, tuple) else int(neurons.size)


def _as_neurons(neurons: Any, owner: str) -> Neurons:
    """A range wherever that says the same: contiguous neurons cost nothing, however they were chosen."""
    if isinstance(neurons, tuple):
        begin, end = neurons
        return int(begin), int(end)
    indices = as_indices(neurons, owner)
    if indices.size == 0:
        raise ParameterError(f"{owner}: expected at least one neuron (got an empty view)")
    if np.unique(indices).size != indices.size:
        raise ParameterError(f"{owner}: an index is there more than once (got {shown(indices)})")
    first = int(indices[0])
    if np.array_equal(indices, np.arange(first, first + indices.size)):
        return first, first + indices.size
    return indices


def _check_neurons(owner: str, neurons: Neurons, group: GroupSpec) -> None:
    if not isinstance(neurons, tuple):
        worst = int(neurons.max())
        if worst >= group.n:
            raise OutOfRangeError(f"{owner}: index {worst} is out of range: {group.name!r} has {group.n}")
        return
    begin, end = neurons
    if not (0 <= begin < end <= group.n):
        raise OutOfRangeError(
            f"{owner}: {begin}:{end} is empty or out of range: {group.name!r} has {group.n}"
        )

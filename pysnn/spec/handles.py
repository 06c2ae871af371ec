"""What a user holds of a network: its groups, parts of them, projections and probes.

Of the network itself a handle needs only whose it is: it keeps the object, and nothing here knows its class.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Generic, NoReturn, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..base.params import as_numpy, shown
from ..base.sealed import Sealed
from ..connect._indices import as_indices
from ..errors import OutOfRangeError, ParameterError
from ..neurons import NeuronModel
from ..sources import Source
from .chosen import Neurons, count
from .groups import PopulationSpec, SourceSpec
from .modulator import ModulatorSpec
from .probe import ProbeSpec
from .projection import ProjectionSpec

D = TypeVar("D")  # what a probe records: SpikeData, StateData, WeightData or WeightChanges


_ANEW = "then build the simulation anew"


class Group(Sealed):
    """A named group of ``len(group)`` neurons or sources, declared in a network.

    ``group[a:b]``, ``group[::-2]``, ``group[i]``, ``group[[3, 1, 4]]`` and ``group[mask]`` are views of
    some of them.
    """

    def __init__(self, network: Any, spec: PopulationSpec | SourceSpec) -> None:
        self._network = network
        self._spec = spec

    @property
    def network(self) -> Any:
        """The network it was declared in."""
        return self._network

    @property
    def name(self) -> str:
        """Its name, unique among populations and sources."""
        return self._spec.name

    @property
    def n(self) -> int:
        """How many there are, as ``len(group)``."""
        return self._spec.n

    @property
    def model(self) -> NeuronModel | Source:
        """What they are, with its parameters."""
        return self._spec.model

    def __len__(self) -> int:
        return self._spec.n

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NoReturn:
        _refuse_numbers(self)

    def _ways(self, value: Any) -> Mapping[str, str]:
        model, name = self._spec.model, self._spec.name
        kind, call = type(model).__name__, type(self).__name__.lower().removesuffix("group")
        ways = {
            parameter: f"parameters are given when the {call} is declared: net.{call}({name!r}, {len(self)}, "
            f"{kind}({parameter}={shown(value)})); {_ANEW}"
            for parameter in model.as_dict()
        }
        ways["n"] = (
            f"it is given when the {call} is declared: net.{call}({name!r}, {shown(value)}, ...); {_ANEW}"
        )
        for state in getattr(model, "states", {}):
            ways.setdefault(
                state,
                f"states are set in a simulation, sim.set_state({name}, {state!r}, {shown(value)}), or given "
                f"when the population is declared, init={{{state!r}: {shown(value)}}}",
            )
        return ways

    def __getitem__(self, which: Any) -> View:
        return View(self, _select(which, len(self), repr(self.name)))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r}: {len(self)} x {self._spec.model!r}>"


class Population(Group):
    """A population of neurons."""

    _spec: PopulationSpec

    @property
    def model(self) -> NeuronModel:
        """The neuron model, with its parameters."""
        return self._spec.model

    @property
    def spec(self) -> PopulationSpec:
        """Its frozen description."""
        return self._spec


class SourceGroup(Group):
    """A group of spike sources."""

    _spec: SourceSpec

    @property
    def model(self) -> Source:
        """The source, with its parameters."""
        return self._spec.model

    @property
    def spec(self) -> SourceSpec:
        """Its frozen description."""
        return self._spec


class View(Sealed):
    """Some neurons of a group: a range, or any indices in any order.

    A projection from or onto a view counts neurons in its order: source 0 of ``exc[[7, 2]]`` is neuron 7.
    """

    def __init__(self, group: Group, chosen: Neurons) -> None:
        """``chosen`` : as declarations have it, a range as its ends."""
        self.group = group
        self._chosen = chosen

    @property
    def indices(self) -> NDArray[np.uint32]:
        """uint32[n], which neurons of the group it shows, in its order."""
        chosen = self._chosen
        return np.arange(*chosen, dtype=np.uint32) if isinstance(chosen, tuple) else chosen

    @property
    def name(self) -> str:
        """The name of the whole group."""
        return self.group.name

    @property
    def network(self) -> Any:
        """The network of the group."""
        return self.group.network

    @property
    def n(self) -> int:
        """How many neurons it shows, as ``len(view)``."""
        return count(self._chosen)

    @property
    def model(self) -> NeuronModel | Source:
        """What the whole group is, with its parameters."""
        return self.group.model

    def _ways(self, value: Any) -> Mapping[str, str]:
        return self.group._ways(value)

    def __len__(self) -> int:
        return count(self._chosen)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NoReturn:
        _refuse_numbers(self)

    def __getitem__(self, which: Any) -> View:
        chosen = _select(which, len(self), f"this view of {self.name!r}")
        if isinstance(self._chosen, tuple):
            begin = self._chosen[0]
            if isinstance(chosen, tuple):
                return View(self.group, (begin + chosen[0], begin + chosen[1]))
            return View(self.group, (chosen + np.uint32(begin)).astype(np.uint32))
        return View(self.group, self._chosen[slice(*chosen) if isinstance(chosen, tuple) else chosen])

    def __repr__(self) -> str:
        if isinstance(self._chosen, tuple):
            return f"<View {self.name!r}[{self._chosen[0]}:{self._chosen[1]}]>"
        return f"<View {self.name!r}[{len(self)} indices]>"


class Projection(Sealed):
    """The synapses of one ``Network.projection``."""

    def __init__(self, network: Any, spec: ProjectionSpec) -> None:
        self.network = network
        self.spec = spec

    @property
    def name(self) -> str:
        """Its name, unique among projections."""
        return self.spec.name

    def _ways(self, value: Any) -> Mapping[str, str]:
        given = "it is given when the projection is declared: net.projection(pre, post, "
        ways = {
            field.name: f"{given}rule, {field.name}={shown(value)}); {_ANEW}"
            for field in dataclasses.fields(self.spec)
        }
        for before, part in (("rule, plasticity=", self.spec.plasticity), ("", self.spec.rule)):
            for name in {} if part is None else part.as_dict():
                ways[name] = f"{given}{before}{type(part).__name__}({name}={shown(value)})); {_ANEW}"
        for name in ("weight", "weights"):
            ways[name] = (
                "weights are given when the projection is declared, and set in a simulation: "
                f"sim.set_weights(projection, {shown(value)})"
            )
        return ways

    def __repr__(self) -> str:
        plastic = f", {self.spec.plasticity!r}" if self.spec.plasticity is not None else ""
        return f"<Projection {self.name!r}: {self.spec.rule!r}{plastic}>"


class Modulator(Sealed):
    """A signal that plastic projections listen to: one number for all, or one a neuron of a population."""

    def __init__(self, network: Any, spec: ModulatorSpec) -> None:
        self.network = network
        self.spec = spec

    @property
    def name(self) -> str:
        """Its name, unique among modulators."""
        return self.spec.name

    def _ways(self, value: Any) -> Mapping[str, str]:
        given = "it is given when the modulator is declared: net.modulator("
        return {
            "of": f"{given}{self.name!r}, of={shown(value)}); {_ANEW}",
            "value": f"its values are set in a simulation: sim.modulate({self.name}, {shown(value)})",
        }

    def __repr__(self) -> str:
        whose = "one number" if self.spec.of is None else f"one number a neuron of {self.spec.of!r}"
        return f"<Modulator {self.name!r}: {whose}>"


class Probe(Sealed, Generic[D]):
    """A recording; ``sim.data[probe]`` is what it has recorded, of the type it is named with."""

    def __init__(self, network: Any, spec: ProbeSpec) -> None:
        self.network = network
        self.spec = spec

    @property
    def name(self) -> str:
        """Its name, unique among probes."""
        return self.spec.name

    def _ways(self, value: Any) -> Mapping[str, str]:
        return {
            field.name: "it is given when the probe is declared: net.probe(target, what, "
            f"{field.name}={shown(value)}); {_ANEW}"
            for field in dataclasses.fields(self.spec)
        }

    def __repr__(self) -> str:
        return f"<Probe {self.name!r}>"


def check_own(handle: Group | Projection | Probe[Any] | Modulator, spec: Any) -> None:
    """Raise ParameterError where ``handle`` is not described by ``spec``, its namesake in a simulation."""
    theirs = handle._spec if isinstance(handle, Group) else handle.spec
    if theirs is not spec and theirs != spec:
        raise ParameterError(f"{handle!r} belongs to another network than this simulation's")


def _refuse_numbers(group: Group | View) -> NoReturn:
    """What NumPy is told, which would else take a view of a view of a view of each neuron, for hours."""
    raise ParameterError(
        f"{shown(group)} is no array of numbers: sim.state({group.name!r}, ...) and sim.parameter(...) are"
    )


def _select(which: Any, n: int, owner: str) -> Neurons:
    """Indices of a subscript: a range where they are contiguous, never clipped to what is there."""
    if isinstance(which, np.ndarray) and which.ndim == 0:
        which = which.item()
    if isinstance(which, slice):
        return _slice(which, n, owner)
    if isinstance(which, (int, np.integer)) and not isinstance(which, bool):
        at = int(which) + n if which < 0 else int(which)
        if not 0 <= at < n:
            raise OutOfRangeError(f"index {which} is out of range: {owner} has {n}")
        return at, at + 1
    which = as_numpy(which, f"{owner}: indices")
    if isinstance(which, list) and which and all(isinstance(entry, (bool, np.bool_)) for entry in which):
        which = np.array(which)
    if isinstance(which, (list, tuple, range, np.ndarray)):
        if isinstance(which, np.ndarray) and which.dtype == bool:
            if which.shape != (n,):
                raise ParameterError(f"{owner}: expected a mask of {n} values (got shape {which.shape})")
            which = np.flatnonzero(which)
        indices = as_indices(
            np.asarray(which, dtype=np.int64) if len(which) == 0 else which, f"{owner}: indices"
        )
        if indices.size and int(indices.max()) >= n:
            raise OutOfRangeError(f"index {int(indices.max())} is out of range: {owner} has {n}")
        if np.unique(indices).size != indices.size:
            raise ParameterError(f"{owner}: an index is there more than once (got {shown(indices)})")
        return indices
    raise ParameterError(f"{owner}: expected an index, a slice or a list of indices (got {shown(which)})")


def _slice(which: slice, n: int, owner: str) -> Neurons:
    for bound in (which.start, which.stop):
        if bound is not None and hasattr(bound, "__index__") and not -n <= bound <= n:
            raise OutOfRangeError(f"index {bound} is out of range: {owner} has {n}")
    try:
        begin, end, step = which.indices(n)
    except (TypeError, ValueError) as err:  # no whole numbers, or a step of 0
        raise ParameterError(f"{owner}: {err} (got {shown(which)})") from None
    if step == 1 and begin < end:
        return begin, end
    indices = np.arange(begin, end, step, dtype=np.int64).astype(np.uint32)
    indices.setflags(write=False)
    return indices

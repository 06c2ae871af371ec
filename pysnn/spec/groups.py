"""Populations of neurons and groups of sources, as a description has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from ..base.distributions import Array, Distribution
from ..base.params import ParamInfo, check_number, check_whole
from ..encoders import SpikeTrains
from ..errors import OutOfRangeError, ParameterError, unknown
from ..neurons import NeuronModel
from ..sources import Source, SpikeArray
from .checks import check_name, check_type
from .chosen import LARGEST_INDEX, Neurons
from .homeostasis import THETA, Homeostasis

WINNER = "winner_takes_all"
TAKEN = ParamInfo(unit="mV", low=0.0, infinite=True)


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
        check_name("population", self.name)
        _check_n(self, f"population {self.name!r}")
        check_type(f"population {self.name!r}: model", self.model, NeuronModel)
        self.model.check_sizes(self.n, f"population {self.name!r}")
        self._check_homeostasis()
        self._check_winner()
        for state, values in self.init:
            if state not in self.states:
                kind = type(self.model).__name__
                raise unknown(f"population {self.name!r}: init", f"state of {kind}", state, self.states)
            check_type(f"population {self.name!r}: init[{state!r}]", values, Distribution)
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
        check_type(owner, self.homeostasis, Homeostasis)
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
        check_name("source", self.name)
        _check_n(self, f"source {self.name!r}")
        trains: object = self.model
        if isinstance(trains, SpikeTrains):
            if trains.n != self.n:
                raise ParameterError(
                    f"source {self.name!r}: SpikeTrains of {trains.n} trains for {self.n} sources"
                )
            object.__setattr__(self, "model", SpikeArray(trains.times, trains.indices, trains.n))
        check_type(f"source {self.name!r}: model", self.model, Source)
        self.model.check_size(self.n, f"source {self.name!r}")
        self.model.check_sizes(self.n, f"source {self.name!r}")


GroupSpec: TypeAlias = "PopulationSpec | SourceSpec"


def _check_n(spec: PopulationSpec | SourceSpec, owner: str) -> None:
    n = check_whole(spec.n, ParamInfo(low=1, high=LARGEST_INDEX), f"{owner}: n")
    object.__setattr__(spec, "n", n)


def find(
    owner: str, groups: Mapping[str, GroupSpec], name: str, more: Mapping[str, Any] | None = None
) -> GroupSpec:
    """The group of that name; UnknownNameError, which knows of ``more`` names, where there is none."""
    if name not in groups:
        raise unknown(owner, "population or source", name, [*groups, *(more or {})])
    return groups[name]


def check_neurons(owner: str, neurons: Neurons, group: GroupSpec) -> None:
    """OutOfRangeError unless ``group`` has all of these neurons."""
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

"""Modulators that are made inside a network: errors of readout neurons, and what feedback makes of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..base.distributions import Array, Distribution
from ..base.params import ParamInfo, check_number, shown
from ..errors import ParameterError, unknown
from .groups import GroupSpec, PopulationSpec
from .modulator import ModulatorSpec
from .projection import ProjectionSpec

LOSSES = ("softmax", "squared", "reward")


@dataclass(frozen=True)
class ErrorSpec:
    """What a state of ``readout``, times ``scale``, misses under a loss: the values of ``modulator``."""

    modulator: str
    readout: str
    loss: str = "softmax"
    state: str = "v"
    scale: float = 1.0

    def __post_init__(self) -> None:
        if self.loss not in LOSSES:
            raise unknown(f"error {self.modulator!r}: loss", "loss", self.loss, LOSSES)
        scale = check_number(
            self.scale, ParamInfo(low=-1e100, high=1e100), f"error {self.modulator!r}: scale"
        )
        object.__setattr__(self, "scale", scale)

    def check(self, groups: Mapping[str, GroupSpec], modulators: Mapping[str, ModulatorSpec]) -> None:
        """Check that the readout is a population with such a state."""
        owner = f"error {self.modulator!r}"
        if self.modulator not in modulators:
            raise unknown(owner, "modulator", self.modulator, modulators)
        group = groups.get(self.readout)
        if not isinstance(group, PopulationSpec) or modulators[self.modulator].of != self.readout:
            raise ParameterError(f"{owner}: expected a population of neurons (got {self.readout!r})")
        if self.state not in group.model.states:
            raise unknown(owner, f"state of {type(group.model).__name__}", self.state, group.model.states)
        if self.loss != "squared" and group.n < 2:
            raise ParameterError(
                f"{owner}: loss {self.loss!r} is between classes: expected 2 readout neurons or more (got 1)"
            )


@dataclass(frozen=True)
class FeedbackSpec:
    """A modulator whose values are weighted sums of those of modulator ``of``, whenever that happens.

    ``weights``: [neurons x values] drawn or listed, or the name of a plastic projection from the neurons to
    those that ``of`` is about, whose weights of the moment they are. ``follows``: the name of such a
    projection, whose changes weights of its own get too, while what sets both apart loses ``decay`` a moment.
    """

    modulator: str
    of: str
    weights: Distribution | str
    follows: str | None = None
    decay: float = 0.0

    def check(
        self,
        groups: Mapping[str, GroupSpec],
        modulators: Mapping[str, ModulatorSpec],
        projections: Mapping[str, ProjectionSpec],
    ) -> None:
        """Check that both modulators are there and the weights fit them."""
        owner = f"feedback {self.modulator!r}"
        for name in (self.modulator, self.of):
            if name not in modulators:
                raise unknown(owner, "modulator", name, modulators)
        mine, theirs = modulators[self.modulator], modulators[self.of]
        if mine.of is None:
            raise ParameterError(f"{owner}: expected neurons of a population")
        check_number(self.decay, ParamInfo(low=0.0, high=1.0), f"{owner}: decay")
        if self.follows is None and self.decay != 0.0:
            raise ParameterError(f"{owner}: decay: expected 0 without follows= (got {self.decay:g})")
        if self.follows is not None:
            if isinstance(self.weights, str):
                raise ParameterError(
                    f"{owner}: expected weights of its own to begin with, as it follows {self.follows!r} "
                    f"(got the projection {self.weights!r})"
                )
            self._check_own(owner, "follows", self.follows, mine.of, theirs.of, projections)
        if isinstance(self.weights, str):
            self._check_own(owner, "weights", self.weights, mine.of, theirs.of, projections)
        elif isinstance(self.weights, Array):
            n = mine.width(groups) * theirs.width(groups)
            if len(self.weights) != n:
                raise ParameterError(
                    f"{owner}: weights: expected {mine.width(groups)} x {theirs.width(groups)} values, "
                    f"a row a neuron of {mine.of!r} (got {len(self.weights)})"
                )

    def _check_own(
        self,
        owner: str,
        what: str,
        name: str,
        mine: str,
        theirs: str | None,
        projections: Mapping[str, ProjectionSpec],
    ) -> None:
        if name not in projections:
            raise unknown(f"{owner}: {what}", "projection", name, projections)
        projection = projections[name]
        if projection.source != mine or projection.target != theirs:
            raise ParameterError(
                f"{owner}: {what}: expected a projection from {mine!r} to {theirs!r} (got "
                f"{projection.name!r}, from {projection.source!r} to {projection.target!r})"
            )
        if projection.plasticity is None:
            raise ParameterError(
                f"{owner}: {what}: those of {projection.name!r} never change: give them as an array "
                f"(got {shown(projection.name)})"
            )


def check_teaching(
    errors: tuple[ErrorSpec, ...],
    feedbacks: tuple[FeedbackSpec, ...],
    groups: Mapping[str, GroupSpec],
    modulators: Mapping[str, ModulatorSpec],
    projections: Mapping[str, ProjectionSpec],
) -> None:
    """Hold all against the rest; a modulator is made in one way, and of others that are made before."""
    made: set[str] = set()
    for error in errors:
        error.check(groups, modulators)
        _once(error.modulator, made)
    for number, feedback in enumerate(feedbacks):
        feedback.check(groups, modulators, projections)
        if feedback.of in {later.modulator for later in feedbacks[number:]}:
            raise ParameterError(
                f"feedback {feedback.modulator!r}: expected a modulator that is made before it "
                f"(got {feedback.of!r})"
            )
        _once(feedback.modulator, made)


def _once(modulator: str, made: set[str]) -> None:
    if modulator in made:
        raise ParameterError(f"modulator {modulator!r} is made twice: by an error or by feedback")
    made.add(modulator)

"""What every plasticity rule declares."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from ..base.params import Parameters
from ..base.registry import Registry
from ..errors import ParameterError


class PlasticityRule(Parameters):
    """Base of all plasticity rules; a subclass registers itself under its class name.

    A rule acts on the absolute value of a weight: the sign of a synapse never changes. A weight of 0 has
    the sign of the others that its projection was declared with; where they are of both signs or none, it
    is negative on receptor "inh" of neurons whose inhibitory weights are negative (currents), and else as
    written, 0.0 or -0.0.

    A rule sees the presynaptic spike at T = t_pre + d_axonal and the postsynaptic one at s = t_post +
    d_dendritic, where a projection's ``dendritic_fraction`` divides its delay. At a tie, s = T, the
    presynaptic spike comes first. A modulator comes last of all that reaches a synapse at one instant.

    Some rules act on the weight itself (``signed``): it may cross zero and stays in [w_min, w_max].

    Attributes
    ----------
    modulator : "" of a rule that listens to none; "one" where it listens to one number for all, "any" where
        that may be one number a target neuron too.
    signed : whether a weight may cross zero.
    watches : whether it sees more of its targets than spikes, so that they must go in steps.
    weight_unit : of the weights that it learns, "" where they may be in any.
    """

    modulator: ClassVar[Literal["", "one", "any"]] = ""
    signed: ClassVar[bool] = False
    watches: ClassVar[bool] = False
    weight_unit: ClassVar[str] = ""
    registry: ClassVar[Registry[PlasticityRule]] = Registry("plasticity rule")

    def __init_subclass__(cls, register: bool = True, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if register:
            PlasticityRule.registry.add(cls)

    @property
    def largest(self) -> float:
        """The largest absolute weight the rule allows; initial weights must not lie above it."""
        return float("inf")

    @property
    def smallest(self) -> float:
        """The smallest absolute weight the rule allows; initial weights must not lie below it."""
        return 0.0

    @property
    def lowest(self) -> float:
        """The lowest weight the rule allows, where it is ``signed``."""
        return -self.largest

    def takes(self, weight_unit: str) -> bool:
        """Whether weights may be in this unit: any, unless the rule says in which its own are."""
        return True

    @property
    def kernel(self) -> str:
        """Base name of its file in kernels/ with these parameters, where that is not its module's."""
        return ""


def check_batch(kind: str, optimiser: str, batch: int) -> None:
    """Raise ParameterError where Adam has no batches of trials to go by."""
    if optimiser == "adam" and batch == 0:
        raise ParameterError(f"{kind}.batch: optimiser='adam' needs batches of >= 1 trials (got 0)")


def check_bounds(kind: str, w_min: float, w_max: float) -> None:
    """Raise ParameterError where the smallest weight is more than the largest."""
    if w_min > w_max:
        raise ParameterError(f"{kind}.w_min: must be <= w_max = {w_max:g} (got {w_min:g})")


def check_signed_bounds(kind: str, w_min: float, w_max: float) -> None:
    """Raise ParameterError where there is no weight between the bounds."""
    if not w_min <= w_max:
        raise ParameterError(f"{kind}.w_min: must be <= w_max = {w_max:g} (got {w_min:g})")
    for name, bound in (("w_min", w_min), ("w_max", w_max)):
        if abs(bound) > 1e100 and abs(bound) != float("inf"):
            raise ParameterError(f"{kind}.{name}: must be within 1e100 of 0, or infinite (got {bound:g})")

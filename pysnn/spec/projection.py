"""Synapses between two groups, as a description has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from ..base.distributions import Array, Constant, Distribution
from ..base.params import ParamInfo, check_array, check_number, check_whole, shown
from ..connect import ConnectionRule
from ..connect._room import Overlap, overlap
from ..dynamics import Dynamics
from ..errors import ParameterError, unknown
from ..neurons import NeuronModel
from ..plasticity import PlasticityRule
from .checks import ByValue, check_text, check_type
from .chosen import LARGEST_INDEX, Neurons, as_neurons, count
from .groups import GroupSpec, PopulationSpec, check_neurons, find

# One value or draw for every synapse, or the values of a fan: one for each parallel synapse of a pair.
Values: TypeAlias = "Distribution | tuple[float, ...]"

WEIGHT = ParamInfo(low=-1e100, high=1e100)  # sums of as many as can arrive at once are finite numbers


@dataclass(frozen=True, eq=False)
class ProjectionSpec(ByValue):
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
        check_text("projection", self.name)
        owner = f"projection {self.name!r}"
        for side in ("source_range", "target_range"):
            object.__setattr__(self, side, as_neurons(getattr(self, side), f"{owner}: {side}"))
        check_type(f"{owner}: rule", self.rule, ConnectionRule)
        if self.plasticity is not None:
            check_type(f"{owner}: plasticity", self.plasticity, PlasticityRule)
        if self.dynamics is not None:
            check_type(f"{owner}: dynamics", self.dynamics, Dynamics)
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
        info = ParamInfo(unit="ms", low=0.0)
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
        check_type(owner, self.delay, Distribution)
        self._check_entries(owner, self.delay)
        low = self.delay.support()[0]
        if isinstance(self.delay, (Constant, Array)):
            check_number(low, info, owner)
        elif low <= 0.0:  # 0 is another kind of delay, and not to be drawn by accident
            raise ParameterError(
                f"{owner}: must be > 0 ms where it is drawn (got {shown(self.delay)}, down to {low:g}); "
                "give a lower bound > 0 (min=, low=)"
            )

    def is_at_once(self) -> bool:
        """Whether some delay is 0: a spike is heard at the instant at which it is fired."""
        if isinstance(self.delay, tuple):
            return 0.0 in self.delay
        return isinstance(self.delay, (Constant, Array)) and self.delay.support()[0] == 0.0

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
            check_type(owner, self.weight, Distribution)
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
        listed = len(self.rule)  # type: ignore[arg-type]  # explicit rules have one
        if len(values) != listed:
            raise ParameterError(f"{owner}: expected {listed} values, one a synapse (got {len(values)})")

    def check(self, groups: Mapping[str, GroupSpec]) -> None:
        """Check the two sides, the receptor and whether the rule fits their sizes."""
        owner = f"projection {self.name!r}"
        source = find(owner, groups, self.source)
        target = find(owner, groups, self.target)
        if not isinstance(target, PopulationSpec):
            raise ParameterError(
                f"{owner}: the target must be a population of neurons ({self.target!r} is a source)"
            )
        check_neurons(f"{owner}: source_range", self.source_range, source)
        check_neurons(f"{owner}: target_range", self.target_range, target)
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

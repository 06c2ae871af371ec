"""Spike-timing-dependent plasticity of spike triplets."""

from __future__ import annotations

from typing import Any

from ..base.params import param, shown
from ..errors import ParameterError, nearest
from .base import PlasticityRule, check_bounds

# Pfister & Gerstner (2006), table 3 (tau_plus 16.8 ms and tau_minus 33.7 ms throughout), by pairing and form:
# tau_x, tau_y [ms], a2_plus, a3_plus, a2_minus, a3_minus. tau_x matters to the full model alone.
_VISUAL_CORTEX = {
    ("all_to_all", "full"): (101.0, 125.0, 5e-10, 6.2e-3, 7e-3, 2.3e-4),
    ("all_to_all", "minimal"): (101.0, 114.0, 0.0, 6.5e-3, 7.1e-3, 0.0),
    ("nearest", "full"): (714.0, 40.0, 8.8e-11, 5.3e-2, 6.6e-3, 3.1e-3),
    ("nearest", "minimal"): (714.0, 40.0, 0.0, 5e-2, 8e-3, 0.0),
}


class TripletSTDP(PlasticityRule):
    """Triplet STDP, additive, full or minimal, all-to-all or of nearest spikes.

    With u = |w| / w_max, presynaptic traces r1 and r2 and postsynaptic traces o1 and o2, which decay with
    tau_plus, tau_x, tau_minus and tau_y:

    postsynaptic spike:  u -> u + r1 (a2_plus  + a3_plus  o2),   o1 -> o1 + 1, o2 -> o2 + 1 (nearest: -> 1)
    presynaptic spike:   u -> u - o1 (a2_minus + a3_minus r2),   r1 -> r1 + 1, r2 -> r2 + 1 (nearest: -> 1)

    and |w| stays in [w_min, w_max]. The spike that reads a trace reads it before its own jump. With
    a2_plus = a3_minus = 0 it is the minimal model, with a3_plus = a3_minus = 0 pair STDP. It has what pairs
    cannot have: more potentiation the higher the rate at which pairs are repeated.

    Pfister & Gerstner (2006), J. Neurosci. 26:9673; all-to-all it is NEST's stdp_triplet_synapse.
    ``TripletSTDP.visual_cortex()`` has the paper's parameters; the defaults are its full all-to-all model.

    Parameters
    ----------
    tau_plus, tau_minus : time constants of the pair terms, r1 and o1, >= 1e-12 ms.
    tau_x, tau_y : time constants of the triplet terms, r2 and o2, >= 1e-12 ms.
    a2_plus, a2_minus : changes that a pair makes, in units of w_max, 0 to 1e100.
    a3_plus, a3_minus : what a slow trace of 1 adds to them, in units of w_max, 0 to 1e100.
    w_max : the largest absolute weight, 1e-100 to 1e100 in the unit of the weights.
    w_min : the smallest absolute weight, >= 0 and <= w_max; 0 by default.
    pairing : "all_to_all" or "nearest".
    """

    tau_plus: float = param(default=16.8, unit="ms", low=1e-12)
    tau_minus: float = param(default=33.7, unit="ms", low=1e-12)
    tau_x: float = param(default=101.0, unit="ms", low=1e-12)
    tau_y: float = param(default=125.0, unit="ms", low=1e-12)
    a2_plus: float = param(default=5e-10, low=0.0, high=1e100)
    a3_plus: float = param(default=6.2e-3, low=0.0, high=1e100)
    a2_minus: float = param(default=7e-3, low=0.0, high=1e100)
    a3_minus: float = param(default=2.3e-4, low=0.0, high=1e100)
    w_max: float = param(default=1.0, low=1e-100, high=1e100)
    w_min: float = param(default=0.0, low=0.0, high=1e100)
    pairing: str = param(default="all_to_all", choices=("all_to_all", "nearest"))

    @classmethod
    def visual_cortex(
        cls,
        form: str = "full",
        pairing: str = "all_to_all",
        *,
        w_max: float = 1.0,
        unit_weight: float | None = None,
        **others: Any,
    ) -> TripletSTDP:
        """The parameters that Pfister & Gerstner (2006), table 3, fitted to slices of visual cortex.

        ``form`` is "full" or "minimal", ``pairing`` "all_to_all" or "nearest". The paper's changes are in
        parts of the weight before the experiment: they are made in parts of ``unit_weight`` (w_max unless
        given). Other parameters by name go before the paper's. Raises ParameterError for an unknown form.
        """
        forms = sorted({known for _, known in _VISUAL_CORTEX})
        if form not in forms:
            raise ParameterError(
                f"TripletSTDP.visual_cortex: unknown form {shown(form)}{nearest(str(form), forms)}"
            )
        made = cls(pairing=pairing, w_max=w_max)
        tau_x, tau_y, *changes = _VISUAL_CORTEX[made.pairing, form]
        share = 1.0 if unit_weight is None else unit_weight / made.w_max
        names = ("a2_plus", "a3_plus", "a2_minus", "a3_minus")
        scaled = {name: share * change for name, change in zip(names, changes, strict=True)}
        return made.replace(**({"tau_x": tau_x, "tau_y": tau_y} | scaled | others))

    def check(self) -> None:
        """The bounds must be in order."""
        check_bounds("TripletSTDP", self.w_min, self.w_max)

    @property
    def largest(self) -> float:
        """``w_max``."""
        return self.w_max

    @property
    def smallest(self) -> float:
        """``w_min``."""
        return self.w_min

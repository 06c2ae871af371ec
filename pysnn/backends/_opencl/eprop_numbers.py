"""What e-prop goes by: its parameters, and what it takes from the model of its targets.

As csrc/plasticity/eprop_rule.hpp, by the same functions of the C library.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...errors import BackendUnsupported, ParameterError
from ...plasticity import EProp
from .population import Neurons

Floats = NDArray[np.float64]
LAST, SUM, MEAN, HELD = range(4)  # what a value of the modulator does


@dataclass(frozen=True)
class EpropNumbers:
    """alpha and kappa are left of traces after a step; rho and beta are of each target, if any adapts.

    psi of a target is height max(0, 1 - |v - threshold| per_width).
    """

    read: int
    eta: float
    bounds: tuple[float, float]
    alpha: float
    kappa: float
    filters: bool
    rho: Floats
    beta: Floats
    per_width: Floats
    height: Floats
    c_reg: float
    f_target: float
    rate_decay: float
    rate_jump: float

    @property
    def sums(self) -> bool:
        """Is all of the eligibility summed up, for a value that comes later?"""
        return self.read in (SUM, MEAN)

    @property
    def adapts(self) -> bool:
        """Do thresholds?"""
        return bool(len(self.beta))


def eprop_numbers(rule: EProp, target: Neurons, dt: float, owner: str) -> EpropNumbers:
    """Of a projection onto these targets; BackendUnsupported, ParameterError where they are not such."""
    numbers = rule.as_numbers()
    for needed in ("tau_m", "v_th", "e_l"):
        if not target.has_parameter(needed):
            raise BackendUnsupported(
                f"{owner}: EProp needs targets with a leaky membrane, of tau_m, v_th and e_l "
                f"({target.model} has no {needed})"
            )
    if target.differ("tau_m"):
        raise BackendUnsupported(
            f"{owner}: EProp needs one tau_m for all targets, as presynaptic traces decay with it (that of "
            f"population {target.name!r} differs from neuron to neuron)"
        )
    if not target.can_be_watched:
        raise BackendUnsupported(
            f"{owner}: EProp needs v and the threshold of its targets' steps, which {target.model} does not "
            "tell"
        )
    span = target.parameter("v_th") - target.parameter("e_l")
    wrong = np.flatnonzero(~((span > 0.0) & np.isfinite(span)))
    if len(wrong):
        raise ParameterError(
            f"{owner}: EProp needs targets with a finite v_th > e_l (got v_th - e_l = {span[wrong[0]]:g} mV "
            f"of neuron {wrong[0]})"
        )
    rate_decay = math.exp(-dt / numbers["tau_rate"])
    rho, beta = _adaptation(target, dt)
    return EpropNumbers(
        read=int(numbers["read"]),
        eta=numbers["eta"],
        bounds=(numbers["w_min"], numbers["w_max"]),
        alpha=math.exp(-dt / float(target.parameter("tau_m")[0])),
        kappa=math.exp(-dt / numbers["tau_out"]) if numbers["tau_out"] > 0.0 else 0.0,
        filters=numbers["tau_out"] > 0.0,
        rho=rho,
        beta=beta,
        per_width=1.0 / (numbers["width"] * span),
        height=numbers["gamma"] / span,
        c_reg=numbers["c_reg"],
        f_target=numbers["f_target"],
        rate_decay=rate_decay,
        rate_jump=1000.0 / dt * (1.0 - rate_decay),
    )


def _adaptation(target: Neurons, dt: float) -> tuple[Floats, Floats]:
    """What is left of it after a step, and what a spike adds; of no targets where none adapts."""
    if not (target.has_parameter("tau_adapt") and target.has_parameter("beta")):
        return np.empty(0), np.empty(0)
    rho = np.array([math.exp(-dt / tau) for tau in target.parameter("tau_adapt").tolist()])
    # What a spike adds to the threshold has decayed for a step before it is first compared with.
    beta = target.parameter("beta") * rho
    return (rho, beta) if beta.any() else (np.empty(0), np.empty(0))

"""Constants of kernels/cuba_lif.cl: the propagators of csrc/neurons/cuba_lif.cpp, to the last bit."""

from __future__ import annotations

import math

from ....neurons.cuba_lif import CubaLIF
from ..grid import Grid

# Beside the model's own states the kernel keeps the steps left of the refractory time.
HIDDEN_STATES = 1


def constants(model: CubaLIF, grid: Grid, owner: str) -> list[float]:
    """In the order of the kernel's enum."""
    dt = grid.dt
    per_pa = model.tau_m / model.c_m * -math.expm1(-dt / model.tau_m)
    return [
        math.exp(-dt / model.tau_m),
        math.exp(-dt / model.tau_syn_exc),
        math.exp(-dt / model.tau_syn_inh),
        _transfer(model, model.tau_syn_exc, dt),
        _transfer(model, model.tau_syn_inh, dt),
        per_pa,
        model.i_e * per_pa,
        model.e_l,
        model.v_th,
        model.v_reset,
        float(_refractory(model, grid, owner)),
    ]


def least_interval(model: CubaLIF, grid: Grid, owner: str) -> int:
    """Steps between two spikes of a neuron at least."""
    return _refractory(model, grid, owner) + 1


def _refractory(model: CubaLIF, grid: Grid, owner: str) -> int:
    return grid.step(model.t_ref, f"{owner}: t_ref")


def _transfer(model: CubaLIF, tau: float, t: float) -> float:
    # mV after t ms for each pA at its begin that decays with tau, without cancellation near tau = tau_m
    x = (1.0 / model.tau_m - 1.0 / tau) * t
    ratio = 1.0 + 0.5 * x if abs(x) < 1e-8 else math.expm1(x) / x
    return math.exp(-t / model.tau_m) * ratio * t / model.c_m

"""Constants of kernels/cuba_lif.cl: the propagators of csrc/neurons/cuba_lif.cpp, to the last bit."""

from __future__ import annotations

import numpy as np

from ....base.timebase import TimeBase
from ....neurons.cuba_lif import CubaLIF
from ..._cpu import core

# Beside the model's own states the kernel keeps the steps left of the refractory time.
HIDDEN_STATES = 1


def constants(model: CubaLIF, grid: TimeBase, owner: str) -> list[float]:
    """In the order of the kernel's enum."""
    # Rows and columns: v - e_l, i_exc, i_inh, constant current.
    system = np.zeros((4, 4))
    system[0] = -1.0 / model.tau_m, 1.0 / model.c_m, 1.0 / model.c_m, 1.0 / model.c_m
    system[1, 1] = -1.0 / model.tau_syn_exc
    system[2, 2] = -1.0 / model.tau_syn_inh
    p = core().propagator(system, grid.dt)
    return [
        p[0, 0],
        p[1, 1],
        p[2, 2],
        p[0, 1],
        p[0, 2],
        p[0, 3],
        model.i_e * p[0, 3],
        model.e_l,
        model.v_th,
        model.v_reset,
        float(_refractory(model, grid, owner)),
    ]


def slowest(model: CubaLIF) -> float:
    """Its slowest time constant, ms."""
    return max(model.tau_m, model.tau_syn_exc, model.tau_syn_inh)


def least_interval(model: CubaLIF, grid: TimeBase, owner: str) -> int:
    """Steps between two spikes of a neuron at least."""
    return _refractory(model, grid, owner) + 1


def _refractory(model: CubaLIF, grid: TimeBase, owner: str) -> int:
    return grid.tick(model.t_ref, f"{owner}: t_ref")

"""Winner takes all among LIF neurons with e_l = v_reset = 0 and t_ref = 0: on steps and in exact time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]
Spikes = list[tuple[float, int]]


def taken(v: Float, winner: int, takes: float) -> Float:
    """The membranes after a spike of ``winner``."""
    left = np.zeros_like(v) if np.isinf(takes) else v - takes
    left[winner] = 0.0
    return left


def on_steps(
    arrivals: Float, dt: float, tau_m: float, v_th: float, takes: float, delta: float
) -> tuple[Spikes, Float, Float]:
    """Spikes, v and theta at the end; ``arrivals`` [steps, n] in mV, a row for the end of each step."""
    v = np.zeros(arrivals.shape[1])
    theta = np.zeros_like(v)
    spikes: Spikes = []
    for step, row in enumerate(arrivals, 1):
        before, v = v, v * np.exp(-dt / tau_m) + row
        above = np.maximum(before, v) - (v_th + theta)
        if above.max() >= 0.0:
            winner = int(above.argmax())
            spikes.append((step * dt, winner))
            v = taken(v, winner, takes)
            theta[winner] += delta
    return spikes, v, theta


def in_time(
    times: Float, rows: Float, until: float, tau_m: float, v_th: float, takes: float, delta: float
) -> tuple[Spikes, Float, Float]:
    """The same with ``rows`` arriving at ``times``; who is above even then fires 1e-12 ms later."""
    v = np.zeros(rows.shape[1])
    theta = np.zeros_like(v)
    spikes: Spikes = []
    last = 0.0
    for t, row in zip(times, rows, strict=True):
        v = v * np.exp(-(t - last) / tau_m) + row
        last, now = t, t
        while (v - (v_th + theta)).max() >= 0.0:
            winner = int((v - (v_th + theta)).argmax())
            spikes.append((now, winner))
            v = taken(v, winner, takes)
            theta[winner] += delta
            now += 1e-12
    return spikes, v * np.exp(-(until - last) / tau_m), theta

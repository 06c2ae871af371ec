"""Fixed steps with exact propagators, taken from the matrix exponential of the whole linear system.

Step n goes from (n-1) dt to n dt: propagate v with the currents as they were, decay the currents,
add what arrives at n dt, test the threshold, reset. Populations do so in the order declared, so that later
ones hear without a delay what earlier ones have fired in the same step.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import expm

from .model import Case, Model, Neurons, Result, ms, ticks
from .wiring import EFFECT, SWITCH, Wiring, current_at

# The linear system's variables: what a model does not have stays 0; ONE is the constant input.
V, EXC, INH, RISE_EXC, RISE_INH, B, ONE = range(7)
ROWS = {"v": V, "i_exc": EXC, "i_inh": INH, "rise_exc": RISE_EXC, "rise_inh": RISE_INH, "b": B}


def propagator(model: Model, h: float) -> NDArray[np.float64]:
    """Matrix that takes (v - v_rest, i_exc, i_inh, rises, b, constant current) over ``h`` ms."""
    a = np.zeros((7, 7))
    a[V, V] = -1.0 / model.tau_m
    a[V, [EXC, INH, ONE]] = 1.0 / model.c_m
    if not model.delta:
        for i, rise, tau in ((EXC, RISE_EXC, model.tau_exc), (INH, RISE_INH, model.tau_inh)):
            a[i, i] = a[rise, rise] = -1.0 / tau
            a[i, rise] = 1.0 / tau
    if model.adapts:
        a[B, B] = -1.0 / model.tau_adapt
    return np.asarray(expm(a * h))


class _Stepped:
    """State of a population on the grid."""

    def __init__(self, neurons: Neurons, dt: int) -> None:
        self.model = neurons.model
        self.p = propagator(self.model, ms(dt))
        self.y = np.zeros((7, neurons.n))
        self.y[V] = neurons.v_init() - self.model.v_rest
        self.refractory = np.zeros(neurons.n, dtype=int)  # steps left in which v stays at v_reset
        self.ref_steps = exact_steps(ticks(self.model.t_ref), dt)

    def propagate(self, injected: NDArray[np.float64]) -> None:
        self.y[ONE] = self.model.i_e + injected
        held = self.y[V].copy()
        self.y = self.p @ self.y
        self.free = self.refractory == 0
        self.y[V] = np.where(self.free, self.y[V], held)
        self.refractory[~self.free] -= 1

    def add(self, j: int, receptor: str, weight: float) -> None:
        if self.model.alpha:
            self.y[RISE_EXC if receptor == "exc" else RISE_INH, j] += np.e * weight
        elif not self.model.delta:
            self.y[EXC if receptor == "exc" else INH, j] += weight
        elif self.free[j]:
            self.y[V, j] += weight

    def fire(self) -> list[int]:
        model = self.model
        fired = np.flatnonzero(self.free & (self.y[V] + model.v_rest >= model.v_th + self.y[B]))
        self.y[V, fired] = model.v_reset - model.v_rest
        self.y[B, fired] += model.beta
        self.refractory[fired] = self.ref_steps
        return [int(j) for j in fired]


def exact_steps(tick: int, dt: int) -> int:
    """Whole number of steps in ``tick``; anything else is a mistake in the test."""
    if tick % dt:
        raise ValueError(f"{ms(tick)} ms is no multiple of {ms(dt)} ms")
    return tick // dt


def simulate_grid(case: Case, sample_every: float = 0.0) -> Result:
    """Run ``case`` on the grid of ``case.dt``; states are sampled each ``sample_every`` ms (0: each step)."""
    dt = ticks(case.dt)
    wiring = Wiring(case)
    for every in wiring.delays:
        for delay in (d for delays in every for d in delays):
            exact_steps(delay, dt)
    populations = {name: _Stepped(neurons, dt) for name, neurons in case.populations.items()}
    stride = exact_steps(ticks(sample_every), dt) if sample_every else 1
    samples: list[dict[str, NDArray[np.float64]]] = []

    def sample() -> None:
        samples.append({name: p.y[:ONE].copy() for name, p in populations.items()})

    wiring.serve(0, SWITCH)
    sample()
    currents = list(case.currents)
    steps = exact_steps(wiring.stop, dt)
    for n in range(1, steps + 1):
        for name, p in populations.items():
            p.propagate(current_at(currents, name, p.y.shape[1], (n - 1) * dt))
        fired: set[str] = set()
        for name, p in populations.items():
            for target, j, receptor, weight in wiring.serve(n * dt, EFFECT):
                if target in fired:
                    raise AssertionError(f"{target} has gone through the step that a spike is to be heard in")
                populations[target].add(j, receptor, weight)
            for j in p.fire():
                wiring.emit(name, j, n * dt)
            fired.add(name)
        if wiring.serve(n * dt, SWITCH):
            raise AssertionError("a delay of 0 onto a population that comes no later")
        if n % stride == 0:
            sample()
    wiring.settle()
    result = wiring.result()
    result.sample_times = np.array([ms(k * stride * dt) for k in range(len(samples))])
    for name, p in populations.items():
        stack = np.array([s[name] for s in samples])
        stack[:, V] += p.model.v_rest
        result.states[name] = {state: stack[:, ROWS[state]] for state in p.model.states}
    return result

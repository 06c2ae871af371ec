"""Continuous time by brute force: each neuron's closed form from instant to instant.

Times are integer ticks of 1e-12 ms. All inputs of an instant are summed before the threshold test.
Populations go through an instant in the order declared, so that later ones hear without a delay what earlier
ones have fired at it.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from .crossing import Terms, roots, value
from .model import Case, Model, Result, ms, ticks
from .wiring import EFFECT, SWITCH, Wiring, current_at

SAMPLED = ("v", "i_exc", "i_inh", "rise_exc", "rise_inh", "b")


@dataclasses.dataclass
class _Neuron:
    """State just after the instant ``t``; v stays at v_reset until ``free_from``."""

    model: Model
    v: float
    t: int = 0
    exc: float = 0.0
    inh: float = 0.0
    rise_exc: float = 0.0
    rise_inh: float = 0.0
    b: float = 0.0
    injected: float = 0.0
    free_from: int = -1

    def terms(self) -> Terms:
        """v - v_rest as a sum of exponentials of the time since ``t`` (free of refractoriness)."""
        m = self.model
        inf = (m.i_e + self.injected) * m.tau_m / m.c_m
        out: Terms = {0.0: [inf], 1.0 / m.tau_m: [self.v - m.v_rest - inf, 0.0, 0.0]}
        for i, rise, tau in (
            (self.exc, self.rise_exc, m.tau_exc),
            (self.inh, self.rise_inh, m.tau_inh),
        ):
            if i == 0.0 and rise == 0.0:
                continue
            # the current (a + b h) exp(-h/tau), in mV/ms
            a, b = i / m.c_m, rise / tau / m.c_m
            if tau == m.tau_m:  # resonance: a power of h more
                out[1.0 / m.tau_m][1] += a
                out[1.0 / m.tau_m][2] += b / 2.0
            else:
                # y = (p + q h) exp(-h/tau) solves y' = -y/tau_m + current; the membrane's own makes y(0) 0
                k = 1.0 / m.tau_m - 1.0 / tau
                q = b / k
                p = (a - q) / k
                out[1.0 / m.tau_m][0] -= p
                own = out.setdefault(1.0 / tau, [0.0, 0.0])
                own[0] += p
                own[1] += q
        return out

    def advance(self, t: int) -> None:
        """Move on to ``t``, through the end of the refractory time if it lies between."""
        if self.t < self.free_from:
            self._decay(min(t, self.free_from))
        if t > self.t:
            v = value(self.terms(), ms(t - self.t)) + self.model.v_rest
            self._decay(t)
            self.v = v

    def _decay(self, t: int) -> None:
        h = ms(t - self.t)
        if not self.model.delta:
            exc, inh = h / self.model.tau_exc, h / self.model.tau_inh
            self.exc = (self.exc + self.rise_exc * exc) * math.exp(-exc)
            self.inh = (self.inh + self.rise_inh * inh) * math.exp(-inh)
            self.rise_exc *= math.exp(-exc)
            self.rise_inh *= math.exp(-inh)
        if self.model.adapts:
            self.b *= math.exp(-h / self.model.tau_adapt)
        self.t = t

    def crossing(self, stop: int) -> float:
        """Tick of the next crossing if nothing arrives, infinite if there is none until ``stop``."""
        later = dataclasses.replace(self)
        later.advance(max(self.t, self.free_from))
        if later.t > stop:
            return math.inf
        terms = later.terms()
        terms[0.0] = [terms[0.0][0] - (self.model.v_th - self.model.v_rest)]
        if self.model.adapts:  # the threshold's own decay
            terms.setdefault(1.0 / self.model.tau_adapt, [0.0])[0] -= later.b
        found = roots(terms, 0.0, ms(stop - later.t))
        return later.t + ticks(found[0]) if found else math.inf


def simulate_exact(case: Case, sample_times: tuple[float, ...] = ()) -> Result:
    """Run ``case`` in continuous time; states are sampled after all events of each sample time."""
    wiring = Wiring(case)
    stop = wiring.stop
    neurons = {
        (name, j): _Neuron(p.model, float(v))
        for name, p in case.populations.items()
        for j, v in enumerate(p.v_init())
    }
    changes = sorted({ticks(t) for c in case.currents for t in c.times} | {0})
    samples = sorted(ticks(t) for t in sample_times)
    taken: list[dict[str, list[tuple[float, ...]]]] = []
    predicted: dict[tuple[str, int], float] = {}

    def inject(tick: int) -> set[tuple[str, int]]:
        """Set the step currents of every population they concern; return the neurons they concern."""
        touched = set()
        for name in {c.target for c in case.currents}:
            for j, amplitude in enumerate(
                current_at(list(case.currents), name, case.populations[name].n, tick)
            ):
                neurons[name, j].advance(tick)
                neurons[name, j].injected = float(amplitude)
                touched.add((name, j))
        return touched

    inject(0)
    for key, neuron in neurons.items():
        predicted[key] = neuron.crossing(stop)

    while True:
        now = min(
            wiring.next_tick(),
            min(predicted.values(), default=math.inf),
            changes[0] if changes else math.inf,
            samples[0] if samples else math.inf,
        )
        if now > stop:
            break
        tick = int(now)
        touched = {key for key, at in predicted.items() if at == tick}
        for key in touched:
            neurons[key].advance(tick)
            neurons[key].v = neurons[key].model.v_th + neurons[key].b  # what rounding left open
        over: set[str] = set()
        for name in case.populations:
            for target, j, receptor, weight in wiring.serve(tick, EFFECT):
                if target in over:
                    raise AssertionError(
                        f"{target} has gone through the instant of a spike that it should hear"
                    )
                neuron = neurons[target, j]
                neuron.advance(tick)
                touched.add((target, j))
                if neuron.model.alpha:
                    rise = f"rise_{receptor}"
                    setattr(neuron, rise, getattr(neuron, rise) + math.e * weight)
                elif not neuron.model.delta:
                    setattr(neuron, receptor, getattr(neuron, receptor) + weight)
                elif tick > neuron.free_from:
                    neuron.v += weight
            for _, j in sorted(key for key in touched if key[0] == name):
                neuron = neurons[name, j]
                if neuron.v >= neuron.model.v_th + neuron.b and tick > neuron.free_from:
                    neuron.v = neuron.model.v_reset
                    neuron.b += neuron.model.beta
                    neuron.free_from = tick + ticks(neuron.model.t_ref)
                    wiring.emit(name, j, tick)
            over.add(name)
        if wiring.serve(tick, SWITCH):
            raise AssertionError("a delay of 0 onto a population that comes no later")
        if changes and changes[0] == tick:
            changes.pop(0)
            touched |= inject(tick)
        for key in touched:
            predicted[key] = neurons[key].crossing(stop)
        while samples and samples[0] == tick:
            samples.pop(0)
            taken.append(_sample(neurons, case, tick))

    wiring.settle()
    result = wiring.result()
    result.sample_times = np.array(sorted(sample_times), dtype=float)
    for name in case.populations:
        table = np.array([row[name] for row in taken]).reshape(len(taken), case.populations[name].n, 6)
        states = case.populations[name].model.states
        result.states[name] = {state: table[:, :, SAMPLED.index(state)] for state in states}
    return result


def _sample(
    neurons: dict[tuple[str, int], _Neuron], case: Case, tick: int
) -> dict[str, list[tuple[float, ...]]]:
    row: dict[str, list[tuple[float, ...]]] = {}
    for name, p in case.populations.items():
        row[name] = []
        for j in range(p.n):
            there = dataclasses.replace(neurons[name, j])
            there.advance(tick)
            row[name].append((there.v, there.exc, there.inh, there.rise_exc, there.rise_inh, there.b))
    return row

"""Spikes on their way: one agenda of arrivals at synapses, at membranes and of post spikes at synapses.

Within an instant the order is: presynaptic arrivals at synapses, effects on membranes, (threshold
tests, made by the caller), presynaptic arrivals that these spikes cause without axonal delay, and at
last postsynaptic arrivals: so the presynaptic spike is first at a tie. Moments of a modulator come after
all of them, and at the very last learning is switched, or goes by another rate.
"""

from __future__ import annotations

import heapq
import math

import numpy as np

from .model import Case, Current, Result, ms, ticks

EMIT, PRE, EFFECT, POST, MOMENT, SWITCH = range(6)
Input = tuple[str, int, str, float]  # population, neuron, receptor, signed weight


class Wiring:
    """All synapses of a case, with the weight each has now."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.stop = ticks(case.t_stop)
        self.agenda: list[tuple[int, int, int, int, int, float]] = []
        self.weights = [np.array(group.weight, dtype=float) for group in case.synapses]
        self.changes: list[list[tuple[float, int, float]]] = [[] for _ in case.synapses]
        self.states = [
            [group.rule.synapse() for _ in group.i] if group.rule else [] for group in case.synapses
        ]
        self.delays: list[list[list[int]]] = []  # by group: as declared, then as they were set
        self.dendritic: list[list[int]] = []
        self.outgoing: dict[tuple[str, int], list[tuple[int, int]]] = {}
        self.incoming: dict[tuple[str, int], list[tuple[int, int]]] = {}
        for g, group in enumerate(case.synapses):
            every = [group.delay, *(delays for _, delays in group.delays_set)]
            total = [[ticks(d) for d in delays] for delays in every]
            if min((d for delays in total for d in delays), default=1) < 0:
                raise ValueError("delays must not be negative")
            self.delays.append(total)
            fractions = np.broadcast_to(group.dendritic_fraction, len(total[0])).tolist()
            if group.delays_set and any(fractions):
                raise ValueError("dendritic delays do not change")
            self.dendritic.append([round(f * d) for f, d in zip(fractions, total[0], strict=True)])
            for m, (i, j) in enumerate(zip(group.i, group.j, strict=True)):
                self.outgoing.setdefault((group.source, int(i)), []).append((g, m))
                if group.rule:
                    self.incoming.setdefault((group.target, int(j)), []).append((g, m))
            for t, on in group.switches:
                how = int(on) if isinstance(on, bool) else 2
                heapq.heappush(self.agenda, (ticks(t), SWITCH, how, g, 0, float(on)))
            for k, (t, _) in enumerate(group.moments):
                heapq.heappush(self.agenda, (ticks(t), MOMENT, k, g, 0, 0.0))
        self.learning = [True for _ in case.synapses]
        self.spikes: dict[str, list[tuple[int, int]]] = {
            name: [] for name in [*case.populations, *case.sources]
        }
        self._source_names = list(case.sources)
        for s, source in enumerate(case.sources.values()):
            for i, train in enumerate(source.trains):
                for t in train:
                    if ticks(t) <= self.stop:
                        heapq.heappush(self.agenda, (ticks(t), EMIT, i, s, 0, 0.0))

    def next_tick(self) -> float:
        """Time of the next entry of the agenda, infinite if there is none."""
        return self.agenda[0][0] if self.agenda else math.inf

    def emit(self, name: str, i: int, tick: int) -> None:
        """Send a spike of cell ``i`` to its synapses, and back to the plastic ones it receives."""
        self.spikes[name].append((tick, i))
        for g, m in self.outgoing.get((name, i), ()):
            since = sum(tick > ticks(t) for t, _ in self.case.synapses[g].delays_set)
            axonal = self.delays[g][since][m] - self.dendritic[g][m]
            heapq.heappush(self.agenda, (tick + axonal, PRE, i, g, m, 0.0))
        for g, m in self.incoming.get((name, i), ()):
            heapq.heappush(self.agenda, (tick + self.dendritic[g][m], POST, i, g, m, 0.0))

    def serve(self, tick: int, phase: int) -> list[Input]:
        """Work off the agenda up to ``phase`` of the instant ``tick``; return what meets membranes."""
        inputs: list[Input] = []
        while self.agenda and self.agenda[0][:2] <= (tick, phase):
            at, what, i, g, m, weight = heapq.heappop(self.agenda)
            if what == EMIT:
                self.emit(self._source_names[g], i, at)
                continue
            group = self.case.synapses[g]
            if what == SWITCH:
                for k in range(len(self.states[g])):  # weights that move between spikes stop or start here
                    self._update(g, k, at, "settle")
                    if i == 2:
                        self.states[g][k].at_rate(weight)
                    else:
                        self.states[g][k].learning = bool(i)
                if i != 2:
                    self.learning[g] = bool(i)
            elif what == MOMENT:
                values = np.broadcast_to(group.moments[i][1], self.case.populations[group.target].n)
                for k, j in enumerate(group.j):
                    self._update(g, k, at, "moment", float(values[int(j)]))
            elif what == PRE:
                self._update(g, m, at, "pre")
                w = float(self.weights[g][m])
                heapq.heappush(self.agenda, (at + self.dendritic[g][m], EFFECT, i, g, m, w))
            elif what == POST:
                self._update(g, m, at, "post")
            else:
                inputs.append((group.target, int(group.j[m]), group.receptor, weight))
        return inputs

    def _update(self, g: int, m: int, tick: int, event: str, *value: float) -> None:
        if not self.states[g]:
            return
        old = float(self.weights[g][m])
        state = self.states[g][m]
        if state.signed:
            new = getattr(state, event)(ms(tick), old, *value)
        else:
            new = math.copysign(getattr(state, event)(ms(tick), abs(old), *value), old)
        if not self.learning[g]:
            return
        self.weights[g][m] = new
        if abs(new - old) > 1e-14 * abs(old):  # more than the rounding of w / w_max * w_max
            self.changes[g].append((ms(tick), m, new))

    def settle(self) -> None:
        """Bring weights that move between spikes up to the end of the run."""
        for g, states in enumerate(self.states):
            for m in range(len(states)):
                self._update(g, m, self.stop, "settle")

    def result(self) -> Result:
        from .model import sorted_spikes

        spikes = {name: sorted_spikes(pairs) for name, pairs in self.spikes.items()}
        return Result(spikes, self.weights, self.changes)


def current_at(currents: list[Current], name: str, n: int, tick: int) -> np.ndarray:
    """Injected current [pA] of each neuron of a population just after ``tick``."""
    total = np.zeros(n)
    for current in currents:
        if current.target == name:
            past = [a for t, a in zip(current.times, current.amplitudes, strict=True) if ticks(t) <= tick]
            if past:
                total[list(current.neurons)] += past[-1]
    return total

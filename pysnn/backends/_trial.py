"""A network's first moments, run to see how much happens in it.

Everything here is counted, in events and nominal costs, and no time is measured: the same on every machine,
and for any number of threads.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..base.ranks import ALONE, Ranks
from ..base.timebase import TimeBase
from ..errors import PysnnError
from ..spec import NetworkSpec, count
from ._choice import SCATTER
from .base import Engine

LONGEST = 1000.0  # ms of model time
FIRST = 1.0  # ms, the first piece; each later one is as long as all before it
FIRST_STEPS = 16  # in steps, where that is shorter
# Nominal cost, ns, after which it ends: so much, and so much a synapse (a fraction of drawing it). That is
# 3 ms of processor time where little is to be built; less would judge networks by their first silence.
ENOUGH, ENOUGH_PER_SYNAPSE = 2.5e6, 1.0
STORM = 20.0  # times that, and a spike of every neuron: nothing that should be followed event by event
SLICE = 0.1  # s, between two looks at how much has happened
SOURCE_SPIKE = 20.0  # ns
CHANGE = 100.0  # ns, of a current into a neuron

Floats = NDArray[np.float64]


class Storm(PysnnError):
    """More happened in the trial than jumping from event to event can be meant for."""


@dataclass(frozen=True)
class Rates:
    """Arrivals of each projection and spikes of each population a second, over the last ``seconds``."""

    arrivals: Floats
    spikes: Floats
    seconds: float


class Trial:
    """A new engine on its way through the first pieces of a network.

    The last piece alone counts, half of all the time: what a network starts with, a volley or silence, has
    passed by then.
    """

    def __init__(
        self,
        engine: Engine,
        spec: NetworkSpec,
        synapses: Sequence[float],
        time: TimeBase,
        stepped: Sequence[bool],
        ranks: Ranks = ALONE,
    ) -> None:
        self._engine = engine
        self._ranks = ranks
        self._populations = spec.populations
        by_name = {p.name: number for number, p in enumerate(spec.populations)}
        targets = [by_name[p.target] for p in spec.projections]
        models = [p.model for p in spec.populations]
        self._arrival = np.array([SCATTER if stepped[t] else models[t].costs.arrival for t in targets])
        self._spike = np.array([m.costs.spike for m in models])
        self._rest = 0.0  # ns a ms in which nothing arrives
        for p, steps in zip(spec.populations, stepped, strict=True):
            self._rest += p.n * (p.model.costs.step / time.dt if steps else p.model.costs.rest)
        for source in spec.sources:
            rate = source.model.mean_rate()
            self._rest += 0.0 if math.isnan(rate) else source.n * rate * 1e-3 * SOURCE_SPIKE
        for current in spec.currents:
            self._rest += count(current.target_range) * current.current.typical().changes() * CHANGE
        self._enough = ENOUGH + ENOUGH_PER_SYNAPSE * float(sum(synapses))
        self._storm = STORM * self._enough + float(np.dot(self._arrival, synapses))
        self._time = time
        self._dt = time.dt if any(stepped) else None
        self._fired = np.zeros(len(spec.populations))
        for number in range(len(spec.populations)):
            engine.record_spikes(number)

    def rates(self) -> Rates:
        """Run piece by piece until enough has happened; errors of the engine are passed on."""
        begin, end = 0.0, self._first_piece()
        arrived, fired = self._counts()
        while True:
            before = arrived, fired
            self._run(end)
            arrived, fired = self._counts()
            seconds = 1e-3 * (end - begin)
            # After a volley a silence tells nothing yet, and costs little to sit out.
            spent, last = (
                self._cost(*before, begin),
                self._cost(arrived - before[0], fired - before[1], end - begin),
            )
            enough = spent > self._enough and last > self._enough / 4.0
            if enough or 2.0 * end > LONGEST or self._rest * 2.0 * end > 4.0 * self._enough:
                break
            begin, end = end, 2.0 * end
        return Rates((arrived - before[0]) / seconds, (fired - before[1]) / seconds, seconds)

    def _first_piece(self) -> float:
        """ms; less than FIRST where neurons and sources alone would use up what there is."""
        if self._dt is None:
            length = FIRST
            while length > 1e-6 and self._rest * length > self._enough:
                length /= 2.0
            return length
        steps = max(1, min(FIRST_STEPS, round(FIRST / self._dt)))  # whole ones
        while steps > 1 and self._rest * steps * self._dt > self._enough:
            steps //= 2
        return steps * self._dt

    def _run(self, end: float) -> None:
        until = self._time.tick(end, "trial")
        reached, cost = self._engine.ticks, -1.0
        while reached < until:
            self._engine.advance(until, SLICE)
            now = self._engine.ticks
            so_far = self._cost(*self._counts(), 0.0)
            if so_far > self._storm:
                raise Storm(f"more happened in the first {end:g} ms than events can be followed for")
            if now == reached and so_far == cost:
                raise Storm(f"time stood still at {self._engine.time:g} ms")
            reached, cost = now, so_far

    def _counts(self) -> tuple[Floats, Floats]:
        """Arrivals by projection and spikes by population so far."""
        for number in range(len(self._populations)):
            self._fired[number] += len(self._engine.take_spikes(number)[0])
        delivered = self._ranks.total(np.array(self._engine.delivered(), dtype=np.float64))
        return delivered, self._fired.copy()

    def _cost(self, arrived: Floats, fired: Floats, t: float) -> float:
        """ns that so much should have taken, up to time ``t`` [ms]."""
        return float(np.dot(arrived, self._arrival) + np.dot(fired, self._spike) + t * self._rest)

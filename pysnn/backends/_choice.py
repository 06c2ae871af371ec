"""Which engine is cheaper for a population: exact jumps from event to event, or steps of dt.

Stepping costs a neuron the same whatever happens; jumping costs by what happens. So a population should jump
where little arrives and step where much does.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..neurons import NeuronModel

SCATTER = 3.0  # ns, an arrival added to the sum of a step


@dataclass(frozen=True)
class Choice:
    """``engine`` ("event" or "clock") of a population, and why.

    arrivals, spikes : those of a neuron a second, as far as they were known or measured; ``event_cost``
    and ``clock_cost`` : what a neuron and second were expected to cost, in microseconds of one thread.
    """

    engine: str
    reason: str
    arrivals: float = 0.0
    spikes: float = 0.0
    event_cost: float = 0.0
    clock_cost: float = 0.0

    def __str__(self) -> str:
        return f"{self.engine}: {self.reason}"


def event_cost(model: NeuronModel, arrivals: float, spikes: float) -> float:
    """Microseconds that a neuron with so many ``arrivals`` and ``spikes`` a second takes for one, jumping."""
    costs = model.costs
    return 1e-3 * (arrivals * costs.arrival + spikes * costs.spike + 1000.0 * costs.rest)


def clock_cost(model: NeuronModel, dt: float, arrivals: float) -> float:
    """Microseconds that a neuron with so many ``arrivals`` a second takes for one in steps of ``dt`` ms."""
    return 1e-3 * (1000.0 / dt * model.costs.step + arrivals * SCATTER)


def choose(model: NeuronModel, dt: float, arrivals: float, spikes: float) -> Choice:
    """The cheaper engine for a neuron with so many ``arrivals`` and ``spikes`` a second."""
    jumping, stepping = event_cost(model, arrivals, spikes), clock_cost(model, dt, arrivals)
    engine = "event" if jumping < stepping else "clock"
    reason = (
        f"{arrivals:.3g} arrivals a neuron and second cost about {jumping:.3g} us as events, "
        f"{stepping:.3g} us in steps of {dt:g} ms"
    )
    return Choice(engine, reason, arrivals, spikes, jumping, stepping)

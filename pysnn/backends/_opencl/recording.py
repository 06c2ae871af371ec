"""An engine on an OpenCL device: what it records."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...errors import ParameterError
from ..base import Float
from .learner import Learner
from .probes import StateProbe
from .running import Running


class Recording(Running):
    """Spikes, samples of states, changes of weights."""

    def record_spikes(self, group: int) -> None:
        """Keep the spikes of a group."""
        self._recorded.setdefault(group, [])
        if group >= len(self._neurons):
            self._feed.record(group - len(self._neurons))

    def take_spikes(self, group: int) -> tuple[Float, NDArray[np.uint32]]:
        """Times and indices since the last call."""
        kept = self._recorded[group]
        step = np.concatenate([np.empty(0, np.int64), *(steps for steps, _ in kept)])
        index = np.concatenate([np.empty(0, np.uint32), *(indices for _, indices in kept)])
        kept.clear()
        self._held -= len(step)
        return self._grid.ms(step), index

    def add_state_probe(self, population: int, state: str, indices: NDArray[np.uint32], every: float) -> int:
        """Sample a state."""
        # Rounded, an interval is one step at least, as the core has it.
        steps = max(1, self._grid.tick(every, "probe: every")) if every else 1
        neurons = self._neurons[population]
        probe = StateProbe(
            self._machine, neurons, state, indices, steps, self._now, self._parts.batch_steps + 1
        )
        self._probes.append(probe)
        return len(self._probes) - 1

    def take_states(self, probe: int) -> tuple[Float, Float]:
        """Samples since the last call."""
        return self._probes[probe].take(self._grid)

    def add_change_probe(self, projection: int) -> int:
        """Record changes of weights."""
        self._changes.setdefault(projection, [])
        synapses = self._synapses.get(projection)
        if isinstance(synapses, Learner):
            synapses.record_changes()
        else:
            del self._changes[projection]
            if self._spec.projections[projection].plasticity is None:
                raise ParameterError("only a plastic projection changes its weights")
        return projection

    def take_changes(self, probe: int) -> tuple[Float, NDArray[np.uint64], Float]:
        """Changes since the last call, by time and synapse."""
        kept = self._changes.get(probe, [])
        step = np.concatenate([np.empty(0, np.int64), *(part[0] for part in kept)])
        stored = np.concatenate([np.empty(0, np.uint32), *(part[1] for part in kept)])
        weight = np.concatenate([np.empty(0), *(part[2] for part in kept)])
        kept.clear()
        synapse = self._stored[probe].order()[stored] if len(stored) else np.empty(0, np.uint64)
        order = np.lexsort((synapse, step))  # stable: several changes of one synapse stay in order
        return self._grid.ms(step[order]), synapse[order], weight[order]

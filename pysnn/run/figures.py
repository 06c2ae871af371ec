"""Numbers about a run: spikes, events, memory, and where the time went."""

from __future__ import annotations

import numpy as np

from .parts import SimulationParts


class Figures(SimulationParts):
    """The part of a simulation that counts what it has done."""

    def spike_counts(self) -> dict[str, int]:
        """Spikes so far of every population, and of the sources that have a spike probe."""
        with self._protocol.looking():
            return dict(self._recordings.spikes.counts)

    def delivered(self) -> dict[str, int]:
        """Synaptic events delivered so far, by projection."""
        with self._protocol.asking("delivered"):
            counts = self._protocol.ranks.total(np.array(self._engine.delivered(), np.uint64))
        return dict(zip(self._named.projections, counts.tolist(), strict=True))

    def memory(self) -> dict[str, float]:
        """``synapses``, their number; ``synapse_bytes`` held for them; ``bytes_per_synapse``."""
        synapses = sum(self._engine.synapse_count(number) for number in self._named.projections.values())
        held = self._engine.nbytes
        return {
            "synapses": synapses,
            "synapse_bytes": held,
            "bytes_per_synapse": held / synapses if synapses else 0.0,
        }

    def profile(self) -> dict[str, float]:
        """Seconds by phase: "build", "record" (buffers, log); with ``profile=True`` also the engine's own.

        The engine's phases are summed over its threads.
        """
        return {**self._seconds, **(self._engine.profile() if self._profile else {})}

    def profile_text(self) -> str:
        """``profile`` as a table: seconds, and shares of all but building."""
        rows = sorted(self.profile().items(), key=lambda row: -row[1])
        running = sum(seconds for name, seconds in rows if name != "build")
        lines = []
        for name, seconds in rows:
            share = "" if name == "build" or running == 0.0 else f"  {100.0 * seconds / running:5.1f} %"
            lines.append(f"{name:<12}{seconds:10.4f} s{share}")
        return "\n".join(lines)

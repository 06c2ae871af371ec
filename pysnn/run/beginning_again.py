"""A simulation that begins again without being built anew."""

from __future__ import annotations

from collections.abc import Iterable

from ..base.params import check_switch
from ..errors import ParameterError
from .parts import SimulationParts
from .restart import Kept, weights_as_built


class BeginningAgain(SimulationParts):
    """The part of a simulation that brings it back to its beginning."""

    def reset(self, keep: str | Iterable[str] = ("weights",), from_zero: bool = True) -> None:
        """Begin again, without building anything anew.

        Membranes, synaptic currents, traces of learning and spikes under way are as they were at time 0, when
        neurons started where ``init`` or their model has it. What stays is named by ``keep``; plastic weights
        are brought up to the present first.

        Parameters
        ----------
        keep : any of
            "weights": those that were learnt or set, and thresholds moved by homeostasis; else all are again
            as they were drawn, which is drawing them once more;
            "recordings": what probes have recorded, and ``spike_counts``; only where time goes on;
            "states": every state variable; or one by its name ("theta": of all populations that have it),
            or by that of its population too ("exc.theta").
        from_zero : does time begin at 0 again? Then sources, injected currents and noise begin again too,
            each with the same course as before. Else time goes on: what is declared by the time since the
            start (``times`` of SpikeArray, ``start`` and ``stop``, currents) keeps its course, and no draw of
            noise comes twice.

        Where time begins at 0, changes that are to come (``pending``), what Inputs were fed and currents that
        ``inject`` let flow are over; else they stay. Learning stays on or off, as it is.
        A simulation with a log can go on only, as the log has one axis of time. ``delivered`` counts on.

        Errors: UnknownNameError for a name that nothing has; ParameterError for recordings or a log where
        time begins at 0; RunningError, BrokenError, ClosedError.
        """
        kept = Kept.of(keep, self.spec, "reset: keep")
        from_zero = check_switch(from_zero, "reset: from_zero")
        if from_zero and kept.recordings:
            raise ParameterError(
                "reset: recordings cannot be kept where time begins at 0 again, as theirs would run "
                "backwards: leave them out of keep, or let time go on (from_zero=False)"
            )
        with self._protocol.changing("reset"):
            with self._protocol.ranks.checked("reset"):  # of which the first has a log for all
                if from_zero and self._log is not None:
                    raise ParameterError(
                        "reset: the log of this simulation has one axis of time, which cannot begin at 0 "
                        "again: let time go on (from_zero=False)"
                    )
            if not kept.weights:
                self._draw_weights_again()
            if from_zero:
                self._changes.pending.clear()
                self._feeding.sources.clear()
                self._injections.stop_all()
            with self._breaking(Exception):
                self._engine.restart(kept.states, from_zero, 0)
            with self._protocol.recording("reset"):
                if not kept.recordings:
                    self._recordings.forget(from_zero)
                self._recordings.time = self._engine.time

    def _draw_weights_again(self) -> None:
        for number, p in enumerate(self.spec.projections):
            if p.plasticity is not None or number in self._set:
                weights = weights_as_built(self.spec, number, self.backend, self._options)
                moved = self._engine.built_order(number)
                self._engine.set_weights(number, weights[moved] if moved else weights)
        self._set.clear()

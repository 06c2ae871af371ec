"""How a run goes on: slice by slice, with what each recorded taken in before the next."""

from __future__ import annotations

import contextlib
import os
import time as wall
from collections.abc import Iterator

import numpy as np

from ..base.interrupt import InterruptGuard
from .parts import SimulationParts
from .progress import time_bar

SLICE = 0.1  # seconds of wall time between two emptyings of the engine's buffers
FLUSH = 2.0  # seconds of wall time in a run of which a killed process loses the spikes at most
REST = 0.2  # seconds between the flushes of short runs: one costs milliseconds, often more than the run


class Slices(SimulationParts):
    """The part of a simulation that runs it."""

    def _go_on_to(
        self,
        end: int,
        progress: bool,
        checkpoint: str | os.PathLike[str] | None = None,
        interval: float = np.inf,
    ) -> None:
        """Slice by slice, to ``end`` ticks; the lock is free while the engine works.

        ``interval``: seconds between two checkpoints.
        """
        until = self._time_base.ms_of(end)
        saved = wall.perf_counter()
        with InterruptGuard() as guard, time_bar(self.time, until, progress) as show:
            with self._protocol.together("run"):
                self._sample_weights()
            while self._engine.ticks < end:
                with self._breaking(self._torn_by):
                    due = [end, *self._sample_ticks(), *filter(None, [self._changes.next])]
                    self._engine.advance(self._recordings.slice_until(min(due)), SLICE)
                with self._protocol.together("run"):
                    self._collect()
                    self._sample_weights()
                    if self._recordings.changes and self._changes.move_synapses:
                        # A change of before that is found out later would be told by places of then.
                        with self._breaking(Exception):
                            self._engine.finish()
                        self._collect()
                    with self._protocol.looking():
                        self._changes.make_due()
                    show(self.time)
                if self._protocol.ranks.any(guard.requested):
                    raise KeyboardInterrupt
                if checkpoint is not None and self._protocol.ranks.any(
                    wall.perf_counter() - saved >= interval
                ):
                    with self._protocol.looking():
                        self._save_to(checkpoint)
                    saved = wall.perf_counter()

    @contextlib.contextmanager
    def _completing(self) -> Iterator[None]:
        """However a run ends, what it recorded is taken in and logged; its own error is the one raised."""
        whole = False
        try:
            yield
            whole = True
        except BaseException as error:
            with self._noting(error):
                self._complete(whole=False)
            raise
        if whole:
            self._complete(whole=True)

    def _complete(self, whole: bool) -> None:
        if self._protocol.broken:
            # What the engine still holds, if it can vouch for it.
            with contextlib.suppress(Exception):
                self._collect()
        else:
            watched = self._weights_are_watched()
            if watched:
                with self._breaking(Exception):
                    self._engine.finish()
            if watched or not whole:  # else all has been taken in with the last slice
                self._collect()
        if not whole or wall.perf_counter() - self._flushed > REST:
            self.flush()

    def _weights_are_watched(self) -> bool:
        """Must the weights be up to date when a run ends: is each change recorded, or are they in view?"""
        self._shown = [shown for shown in self._shown if shown() is not None]
        return self._recordings.changes or bool(self._shown)

    @staticmethod
    @contextlib.contextmanager
    def _noting(error: BaseException) -> Iterator[None]:
        """Errors on the way out of an error are mentioned with it."""
        try:
            yield
        except Exception as second:
            error.add_note(f"and then {type(second).__name__}: {second}")

    @contextlib.contextmanager
    def _breaking(self, kind: type[BaseException]) -> Iterator[None]:
        """An error of that kind inside leaves the simulation broken."""
        try:
            yield
        except kind as error:
            self._protocol.break_down(self._engine.time, error)
            raise

    def _collect(self) -> None:
        begun = wall.perf_counter()
        with self._protocol.recording("record"):
            with self._breaking(BaseException):  # half taken in, whatever the reason
                self._take()
            if self._log is not None:
                self._recordings.write(self._log)
                self._log.reached(self.time)
            if begun - self._flushed > FLUSH:
                self._flush()
        self._seconds["record"] += wall.perf_counter() - begun

    def _take(self) -> None:
        """What was recorded here, and what of it goes to the log of the first rank.

        After an error not all ranks may come here: then no more goes there.
        """
        ranks = self._protocol.ranks
        if self._protocol.broken and ranks.several:
            self._recordings.take(logged=self._log is not None)
            return
        with ranks.together("record"):
            self._recordings.take(logged=self._log is not None)
        self._recordings.pass_on(ranks)

    def _sample_ticks(self) -> list[int]:
        return [recorder.next for recorder in self._recordings.weights]

    def _sample_weights(self) -> None:
        due = [r for r in self._recordings.weights if r.next <= self._engine.ticks]
        if due:
            ranks = self._protocol.ranks
            with self._protocol.recording("sample"), self._breaking(BaseException):
                with ranks.together("sample"):
                    self._engine.finish()
                    for recorder in due:
                        recorder.sample()
                self._recordings.pass_on(ranks)

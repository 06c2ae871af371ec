"""Stream: spikes of a signal that comes in pieces."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from ..errors import ParameterError
from .coder import Coder, Float, Spikes
from .trains import SpikeTrains


class Stream:
    """Encodes a signal piece by piece: together the spikes are those of the whole, whatever the pieces.

    Made by ``encoder.stream``. Times count from the begin of the stream.

    Parameters
    ----------
    coder: what the encoder keeps between pieces.
    checked: values of a piece as (rows, channels) inside the encoder's range, or ParameterError.
    step: ms, of a row.
    borders: time [ms] at which row r begins, for an array of row numbers.
    trains: number of spike trains.
    """

    def __init__(
        self,
        coder: Coder,
        checked: Callable[[ArrayLike], Float],
        step: float,
        borders: Callable[[Float], Float],
        trains: int,
    ) -> None:
        self._coder = coder
        self._checked = checked
        self._step = step
        self._borders = borders
        self._trains = trains
        self._rows = 0
        self._finished = False
        self._torn = False  # between two of its channels, as by Ctrl-C

    @property
    def time(self) -> float:
        """Length of what was taken so far [ms]."""
        return float(self._borders(np.array([float(self._rows)]))[0])

    @property
    def latency(self) -> float:
        """By how much spikes may be earlier than the piece that gives them [ms]: 0 of most encoders.

        Shifted by it they lie in the piece: ``sim.feed("in", stream.push(piece).shifted(stream.latency))``
        before the time of the piece is run.
        """
        return self._coder.late * self._step

    def push(self, values: ArrayLike) -> SpikeTrains:
        """Spikes that a further piece (n_times, n) decides.

        An encoder that looks ahead (PWM by a row, BSA by its filter) gives some of them with a later piece:
        they may be earlier than the piece's begin by up to ``latency``, never later than its end.

        Raises ParameterError for values that do not fit, or after ``finish``; the stream then stands where
        it stood.
        """
        self._alive("push")
        rows = self._checked(values)
        borders = self._borders(np.arange(self._rows, self._rows + len(rows) + 1, dtype=np.float64))
        self._torn = True
        spikes = self._coder.push(rows, borders)
        self._rows += len(rows)
        trains = self._trains_of(spikes)
        self._torn = False
        return trains

    def finish(self) -> SpikeTrains:
        """Spikes still to come, as nothing follows.

        Raises ParameterError if nothing came, or if called twice.
        """
        self._alive("finish")
        if not self._rows:
            raise ParameterError("Stream.finish: expected at least one row before (got none)")
        self._finished = True
        return self._trains_of(self._coder.finish(self.time))

    def _alive(self, method: str) -> None:
        if self._finished:
            raise ParameterError(f"Stream.{method}: the stream is finished; encoder.stream() begins another")
        if self._torn:
            raise ParameterError(
                f"Stream.{method}: the stream was stopped in the middle of a piece; encoder.stream() begins "
                "another"
            )

    def _trains_of(self, spikes: Spikes) -> SpikeTrains:
        times, indices = spikes
        # k * resolution can lie above the border it stands for by a rounding error: 3 * 0.1 > 0.3.
        return SpikeTrains(times, indices, self._trains, max(self.time, float(times.max(initial=0.0))))

"""Injected currents, piecewise constant."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..base.number import Number
from ..base.params import param, shown
from ..errors import ParameterError
from .base import Current


class StepCurrent(Current):
    """Current that takes ``amplitudes[k]`` at ``times[k]`` and keeps it until the next time.

    It is 0 before the first time, and keeps the last amplitude for good. A table gives each neuron levels of
    its own, ``amplitudes[k, j]`` to the j-th of those that the current is declared for; the values of a
    recorded state are laid out like that too.

    Parameters
    ----------
    times : ms, >= 0, ascending; what is to come at infinity never does.
    amplitudes : pA, as long as ``times``; or 2-D, (times, neurons), a column for each neuron.
    """

    times: ArrayLike = param(unit="ms", low=0.0, array=True, infinite=True)
    amplitudes: ArrayLike = param(unit="pA", array=True, most_dimensions=2)

    def check(self) -> None:
        """The times must ascend and each must have its amplitude."""
        times, amplitudes = np.asarray(self.times), np.asarray(self.amplitudes)
        if times.ndim == 0 or amplitudes.ndim == 0:
            raise ParameterError(
                "StepCurrent: expected arrays of times and amplitudes "
                f"(got {shown(self.times)}, {shown(self.amplitudes)})"
            )
        if times.size != len(amplitudes):
            of = "entries" if amplitudes.ndim == 1 else "rows"
            hint = "; it has as many columns: transpose it" if amplitudes.shape[-1] == times.size else ""
            raise ParameterError(
                f"StepCurrent.amplitudes: expected {times.size} {of}, one a time "
                f"(got {len(amplitudes)}{hint})"
            )
        if times.size == 0 or not (times[1:] > times[:-1]).all():
            raise ParameterError(
                f"StepCurrent.times: must ascend, and not be empty (got {shown(self.times)})"
            )

    def check_size(self, n: int, owner: str) -> None:
        """A table must have one column a neuron."""
        amplitudes = np.asarray(self.amplitudes)
        if amplitudes.ndim == 2 and amplitudes.shape[1] != n:
            raise ParameterError(
                f"{owner}: StepCurrent.amplitudes has {amplitudes.shape[1]} columns for {n} neurons"
            )

    def steps(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Times and amplitudes as they are."""
        return np.asarray(self.times, dtype=np.float64), np.asarray(self.amplitudes, dtype=np.float64)


class ConstantCurrent(Current):
    """Current of one ``amplitude`` from ``start`` to ``stop``.

    Parameters
    ----------
    amplitude : pA.
    start : ms, >= 0.
    stop : ms, > start; infinite by default.
    """

    amplitude: Number = param(unit="pA")
    start: Number = param(default=0.0, unit="ms", low=0.0)
    stop: Number = param(default=math.inf, unit="ms", low=0.0, infinite=True)

    def check(self) -> None:
        """The current must last."""
        if not self.stop > self.start:
            raise ParameterError(
                f"ConstantCurrent.stop: must be > start = {self.start:g} ms (got {self.stop:g})"
            )

    def steps(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """One step up and, where it stops, one down."""
        if math.isinf(self.stop):
            return np.array([self.start]), np.array([self.amplitude])
        return np.array([self.start, self.stop]), np.array([self.amplitude, 0.0])

"""Times in ms and steps of dt, converted as the C++ core converts them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...base.distributions import is_multiple
from ...errors import OffGridError


class Grid:
    """Steps of ``dt`` ms; ``rounds``: a time that is no multiple of dt goes to the nearest."""

    def __init__(self, dt: float, rounds: bool) -> None:
        self.dt = dt
        self._rounds = rounds
        # k / 10 is the double nearest to the decimal and k * 0.1 is not: divide where 1 / dt is whole.
        whole = float(np.rint(1.0 / dt))
        self._per_ms = whole if abs(whole * dt - 1.0) < 1e-12 else None

    def steps(self, ms: NDArray[np.float64]) -> NDArray[np.int64]:
        """The nearest steps to times in ms."""
        exact = ms * self._per_ms if self._per_ms is not None else ms / self.dt
        return np.rint(exact).astype(np.int64)

    def step(self, ms: float, what: str) -> int:
        """The step of one time; OffGridError names ``what`` where it is no multiple of dt."""
        if not self._rounds and not is_multiple(ms, self.dt):
            raise OffGridError(
                f"{what}: {ms:g} ms is no multiple of dt = {self.dt:g} ms (choose a dt that divides it, or "
                'ask for rounding: off_grid="round")'
            )
        return int(self.steps(np.array([ms]))[0])

    def ms(self, steps: NDArray[np.int64]) -> NDArray[np.float64]:
        """Times of steps."""
        as_float = steps.astype(np.float64)
        return as_float / self._per_ms if self._per_ms is not None else as_float * self.dt

    def ms_of(self, step: int) -> float:
        """Time of one step."""
        return step / self._per_ms if self._per_ms is not None else step * self.dt

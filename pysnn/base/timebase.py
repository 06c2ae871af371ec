"""Times in ms and the ticks that engines count, converted as in csrc/core/time.hpp."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..errors import OffGridError
from .distributions import is_multiple

TICK = 1e-12  # ms, of continuous time


@dataclass(frozen=True)
class TimeBase:
    """Steps of ``dt`` ms (``grid``), or continuous time, which engines count in 1e-12 ms.

    ``rounds``: a time that is no multiple of dt goes to the nearest step.
    """

    dt: float
    grid: bool
    rounds: bool = False

    @property
    def unit(self) -> float:
        """A tick, ms."""
        return self.dt if self.grid else TICK

    @cached_property
    def _per_ms(self) -> float | None:
        # 3 / 10 is the double nearest to 0.3 and 3 * 0.1 is not: divide where 1 / unit is whole.
        whole = float(np.rint(1.0 / self.unit))
        return whole if abs(whole * self.unit - 1.0) < 1e-12 else None

    def ms(self, ticks: NDArray[np.int64]) -> NDArray[np.float64]:
        """Times of ticks."""
        as_float = ticks.astype(np.float64)
        return as_float * self.unit if self._per_ms is None else as_float / self._per_ms

    def ms_of(self, tick: int) -> float:
        """Time of one tick."""
        return tick * self.unit if self._per_ms is None else tick / self._per_ms

    def ticks(self, ms: NDArray[np.float64]) -> NDArray[np.int64]:
        """The nearest ticks to times."""
        exact = ms / self.unit if self._per_ms is None else ms * self._per_ms
        return np.rint(exact).astype(np.int64)

    def tick(self, ms: float, what: str) -> int:
        """The tick of one time; OffGridError names ``what`` where it is no step and must be."""
        self._check(ms, what)
        return int(self.ticks(np.array([ms]))[0])

    def snap(self, ms: float, what: str) -> float:
        """The nearest time there is; OffGridError as for ``tick``."""
        if not self.grid:
            return round(ms, 12)
        self._check(ms, what)
        # By division, not by ``tick``: of two steps as near (0.35 ms of 0.1) it has always chosen so.
        return self.ms_of(round(ms / self.dt))

    def reached(self, time: float, until: float) -> bool:
        """Has ``time`` come to ``until``, up to the rounding of their conversions?"""
        return time >= until - 1e-12 * max(1.0, until)

    def _check(self, ms: float, what: str) -> None:
        if self.grid and not self.rounds and not is_multiple(ms, self.dt):
            raise OffGridError(
                f"{what}: {ms:g} ms is no multiple of dt = {self.dt:g} ms (choose a dt that divides it, or "
                'ask for rounding: off_grid="round")'
            )

"""Times as an engine represents them, so that Python and the engine agree on every one."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import OffGridError
from .distributions import is_multiple


@dataclass(frozen=True)
class TimeBase:
    """Steps of ``dt`` ms (``grid``), or continuous time, which engines count in 1e-12 ms."""

    dt: float
    grid: bool
    rounds: bool = False

    def snap(self, ms: float, what: str) -> float:
        """The nearest time there is; OffGridError naming ``what`` where ``ms`` is none and must be."""
        if not self.grid:
            return round(ms, 12)
        if not self.rounds and not is_multiple(ms, self.dt):
            raise OffGridError(
                f"{what}: {ms:g} ms is no multiple of dt = {self.dt:g} ms (choose a dt that divides it, or "
                'ask for rounding: off_grid="round")'
            )
        step = round(ms / self.dt)
        whole = round(1.0 / self.dt)
        # 3 / 10 is the double nearest to 0.3 and 3 * 0.1 is not: divide where 1 / dt is whole.
        return step / whole if abs(whole * self.dt - 1.0) < 1e-12 else step * self.dt

    def reached(self, time: float, until: float) -> bool:
        """Has ``time`` come to ``until``, up to the rounding of their conversions?"""
        return time >= until - 1e-12 * max(1.0, until)

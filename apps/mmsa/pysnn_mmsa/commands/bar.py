"""Progress on stderr."""

from __future__ import annotations

from types import TracebackType
from typing import Any

import pysnn as snn

from ..train import Progress


class Bar:
    """One bar a pass; ``with Bar(quiet) as progress:``."""

    def __init__(self, quiet: bool, unit: str = "utterances") -> None:
        self._quiet = quiet
        self._unit = unit
        self._bar: Any = None
        self._what = ""

    def __enter__(self) -> Progress:
        return self._show

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def _show(self, what: str, done: int, total: int) -> None:
        if what != self._what or self._bar is None:
            self._close()
            self._what = what
            self._bar = snn.progress_bar(
                total=total, desc=f"{what:18s}", unit=f" {self._unit}", disable=self._quiet
            )
        self._bar.update(done - self._bar.n)

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None

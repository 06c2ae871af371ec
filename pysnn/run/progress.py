"""A progress bar in model time."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ..base.params import shown
from ..errors import ParameterError

if TYPE_CHECKING:
    from tqdm.std import tqdm


@functools.cache
def _kind() -> type[tqdm[Any]]:
    from tqdm.auto import tqdm

    class Bar(tqdm):  # type: ignore[misc]  # tqdm.auto tells no types
        """A bar that Ctrl-C may catch while it is made: one half made has nothing to clear."""

        def close(self) -> None:
            if hasattr(self, "start_t"):  # what tqdm sets last
                super().close()

    return Bar


def bar(**options: Any) -> tqdm[Any]:
    """Make a bar of tqdm's, by its options."""
    return _kind()(**options)


def check_wanted(progress: bool, call: str) -> None:
    """Is a bar wanted or not?"""
    if not isinstance(progress, (bool, np.bool_)):
        raise ParameterError(f"{call}: progress: expected True or False (got {shown(progress)})")


@contextlib.contextmanager
def building_bar(wanted: bool) -> Iterator[Callable[[str], None] | None]:
    """Give a function that shows what is built next, and that counts; None where no bar is wanted."""
    if not wanted:
        yield None
        return
    with bar(bar_format="building kernels: {n} ({desc}) [{elapsed}]") as made:

        def show(name: str) -> None:
            made.set_description_str(name, refresh=False)
            made.update()

        yield show


@contextlib.contextmanager
def progress_bar(
    begin: float, end: float, wanted: bool, unit: str = "ms"
) -> Iterator[Callable[[float], None]]:
    """Give a function that shows what was reached, model time as a rule; nothing where no bar is wanted."""
    if not wanted:
        yield lambda time: None
        return
    shown = begin
    with bar(
        total=end - begin,
        unit=unit,
        bar_format="{l_bar}{bar}| {n:.0f}/{total:.0f} {unit} [{elapsed}<{remaining}]",
    ) as made:

        def show(time: float) -> None:
            nonlocal shown
            made.update(time - shown)
            shown = time

        yield show

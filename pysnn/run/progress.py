"""Progress bars: of model time, and such as a program beside makes of its own work."""

from __future__ import annotations

import contextlib
import functools
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from ..base.params import check_switch

if TYPE_CHECKING:
    from tqdm.std import tqdm


class Terminal:
    """Where bars and tables are shown. One that has gone, or never was, is no reason for a run to end."""

    def __init__(self, file: Any = None) -> None:
        self._file = sys.stderr if file is None else file

    def write(self, text: str) -> None:
        """Show ``text`` if that can be."""
        if self._file is not None:  # as of a program without a console
            with contextlib.suppress(OSError, ValueError):  # its other end, or the file, is closed
                self._file.write(text)

    def flush(self) -> None:
        """Likewise."""
        if self._file is not None:
            with contextlib.suppress(OSError, ValueError):
                self._file.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


@functools.cache
def _kind() -> type[tqdm[Any]]:
    from tqdm.auto import tqdm

    class Bar(tqdm):  # type: ignore[misc]  # tqdm.auto tells no types
        """A bar that Ctrl-C may catch at any moment: who makes it closes it, and no finaliser does.

        tqdm's own fails for a bar that is half made. It also swallows a Ctrl-C that comes with the last
        character of a bar: CPython looks for signals where a function begins, which the finaliser is next,
        and what that raises is printed and dropped.
        """

        __del__ = object.__init__  # not Python's, so that no signal is looked for there

    return Bar


def progress_bar(**options: Any) -> tqdm[Any]:
    """Make a progress bar of tqdm's that Ctrl-C may catch at any moment, also while it is made.

    Simulations make theirs of it, and so can a program around them. (A bar of tqdm's own may swallow a Ctrl-C
    that comes as it is closed, and fails behind the last word of the program if it was half made.) Where the
    terminal goes away meanwhile, nothing more is shown, and the program goes on.

    Parameters
    ----------
    options : keywords of ``tqdm.tqdm``, such as total, desc, unit, disable, file; to show that more is done,
        ``bar.update(more)``, and at the end ``bar.close()`` or a ``with`` statement.
    """
    return _kind()(**{**options, "file": Terminal(options.get("file"))})


def check_wanted(progress: bool, call: str) -> None:
    """Is a bar wanted or not?"""
    check_switch(progress, f"{call}: progress")


@contextlib.contextmanager
def building_bar(wanted: bool) -> Iterator[Callable[[str], None] | None]:
    """Give a function that shows what is built next, and that counts; None where no bar is wanted.

    What is built later, as a first ``set_delays`` may, has a line of its own each.
    """
    if not wanted:
        yield None
        return
    closed = False

    def line() -> Any:
        return progress_bar(bar_format="building kernels: {n} ({desc}) [{elapsed}]")

    with line() as made:

        def show(name: str) -> None:
            nonlocal made
            if closed:
                count, made = made.n, line()
                made.n = count
            made.set_description_str(name, refresh=False)
            made.update()
            if closed:
                made.close()

        yield show
    closed = True


@contextlib.contextmanager
def time_bar(begin: float, end: float, wanted: bool, unit: str = "ms") -> Iterator[Callable[[float], None]]:
    """Give a function that shows what was reached, model time as a rule; nothing where no bar is wanted."""
    if not wanted:
        yield lambda time: None
        return
    shown = begin
    with progress_bar(
        total=end - begin,
        unit=unit,
        bar_format="{l_bar}{bar}| {n:.0f}/{total:.0f} {unit} [{elapsed}<{remaining}]",
    ) as made:

        def show(time: float) -> None:
            nonlocal shown
            made.update(time - shown)
            shown = time

        yield show

"""A progress bar in model time."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def progress_bar(
    begin: float, end: float, wanted: bool, unit: str = "ms"
) -> Iterator[Callable[[float], None]]:
    """Give a function that shows what was reached, model time as a rule; nothing where no bar is wanted."""
    if not wanted:
        yield lambda time: None
        return
    from tqdm.auto import tqdm

    shown = begin
    with tqdm(
        total=end - begin,
        unit=unit,
        bar_format="{l_bar}{bar}| {n:.0f}/{total:.0f} {unit} [{elapsed}<{remaining}]",
    ) as bar:

        def show(time: float) -> None:
            nonlocal shown
            bar.update(time - shown)
            shown = time

        yield show

"""A progress bar in model time."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def progress_bar(begin: float, end: float, wanted: bool) -> Iterator[Callable[[float], None]]:
    """Give a function that shows the model time [ms] reached; it does nothing where no bar is wanted."""
    if not wanted:
        yield lambda time: None
        return
    from tqdm.auto import tqdm

    shown = begin
    with tqdm(
        total=end - begin,
        unit="ms",
        bar_format="{l_bar}{bar}| {n:.0f}/{total:.0f} ms [{elapsed}<{remaining}]",
    ) as bar:

        def show(time: float) -> None:
            nonlocal shown
            bar.update(time - shown)
            shown = time

        yield show

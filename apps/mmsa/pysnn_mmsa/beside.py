"""Files that are the old one or the whole new one, whatever stops their writer."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

from .undisturbed import undisturbed

_DRAFT = re.compile(r"\..*\.(\d+)\.part(\.\w+)?")


@contextlib.contextmanager
def whole(path: Path) -> Iterator[Path]:
    """``with whole(path) as draft:`` write ``draft``, which then takes the name; or else nothing is left."""
    draft = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
    try:
        yield draft
        os.replace(draft, path)
    finally:
        with undisturbed():
            draft.unlink(missing_ok=True)


def sweep(folder: Path) -> None:
    """Take away the drafts in ``folder`` of processes that were killed."""
    for path in folder.iterdir():
        said = _DRAFT.fullmatch(path.name)
        if said is not None and not _is_alive(int(said[1])):
            path.unlink(missing_ok=True)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # somebody else's
        return True
    return True

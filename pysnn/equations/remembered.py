"""What was worked out of a declaration once is read from disk the next time, without sympy or pint.

Kept is what came out without an error, under a key that has all that it follows from: the declaration's own
words and parameters, these files, and which sympy and pint are installed. A program that uses pint itself may
have given it units of its own: nothing is then read or kept.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Generic, TypeVar, overload

from .binary import cache_folder, keep, read_whole

T = TypeVar("T")
_pint_was_here = "pint" in sys.modules


def recall(what: object, work_out: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What ``work_out`` gives, as JSON tells it; of the same ``what`` it is called once a machine."""
    stamp = _stamp()
    if stamp is None or not _is_ours_alone():
        return work_out()
    key = hashlib.sha256(json.dumps([stamp, what], sort_keys=True).encode()).hexdigest()
    path = cache_folder() / "declarations" / f"{key}.json"
    known = read_whole(path)
    if known:
        return dict(json.loads(known))
    # As it will be read, so that the first time is like any other.
    told = json.dumps(work_out())
    if _is_ours_alone():
        keep(path, told.encode())
    return dict(json.loads(told))


def _is_ours_alone() -> bool:
    """Has nobody but these files asked for pint?"""
    from . import units

    return not _pint_was_here and ("pint" not in sys.modules or units.is_registry_ours())


@functools.cache
def _stamp() -> list[str] | None:
    """What tells these files and those of sympy and pint from others; None where they cannot be told."""
    told = []
    try:
        for path in sorted(Path(__file__).parent.glob("*.py")):
            told.append(hashlib.sha256(path.read_bytes()).hexdigest())
        for module in ("sympy.release", "pint"):
            package = importlib.util.find_spec(module.partition(".")[0])
            if package is None or package.origin is None:
                return None  # what needs it says so
            path = Path(package.origin)
            path = path.with_name("release.py") if module == "sympy.release" else path
            at = path.stat()
            told.append(f"{path} {at.st_size} {at.st_mtime_ns}")
    except OSError:
        return None
    return told


class WorkedOut(Generic[T]):
    """An attribute of classes, worked out of each when it is first asked for."""

    def __init__(self, work_out: Callable[[Any], T]) -> None:
        self._work_out = work_out

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = f"_worked_out_{name}"

    @overload
    def __get__(self, instance: None, owner: type) -> T: ...
    @overload
    def __get__(self, instance: object, owner: type) -> T: ...
    def __get__(self, instance: object, owner: type) -> T:
        """That of the class itself, not of one it is derived from."""
        if self._name not in vars(owner):
            setattr(owner, self._name, self._work_out(owner))
        found: T = vars(owner)[self._name]
        return found

"""What the parts of a description share: how names and types are checked, and how parts compare."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np

from ..base.params import shown
from ..errors import ParameterError


class ByValue:
    """Equality of parts of which some hold arrays. (Each is a dataclass, which mypy cannot know here.)"""

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        names = [f.name for f in fields(self)]  # type: ignore[arg-type]  # of dataclasses alone
        return all(_same(getattr(self, name), getattr(other, name)) for name in names)

    def __hash__(self) -> int:
        values = [getattr(self, f.name) for f in fields(self)]  # type: ignore[arg-type]  # of dataclasses alone
        return hash(tuple(value for value in values if not isinstance(value, np.ndarray)))


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and np.array_equal(a, b)
    return bool(a == b)


def check_text(kind: str, name: Any) -> None:
    """ParameterError unless ``name`` is a string that says something."""
    if not isinstance(name, str) or not name:
        raise ParameterError(f"{kind}: name: expected a string, not empty (got {shown(name)})")


def check_name(kind: str, name: Any) -> None:
    """ParameterError unless ``name`` can be that of an object of its own."""
    # Names become groups of HDF5 files and parts of other names.
    if not isinstance(name, str) or not name.strip() or "/" in name or not name.isprintable() or name == ".":
        raise ParameterError(f"{kind}: name: expected a printable string without '/' (got {shown(name)})")


def check_type(owner: str, value: Any, base: type[Any]) -> None:
    """ParameterError unless ``value`` is an object of a class below ``base``."""
    if isinstance(value, type) and issubclass(value, base):
        raise ParameterError(
            f"{owner}: expected an object (got the class {value.__name__}: write {value.__name__}())"
        )
    if not isinstance(value, base):
        registry = getattr(base, "registry", ())
        raise ParameterError(
            f"{owner}: expected a {base.__name__} (got {shown(value)}; there are: {', '.join(registry)})"
        )

"""Families of named classes that fill themselves: one new file adds a model, and no list is kept.

A family's base class puts each subclass into its registry; ``import_all`` imports every module of
the family's folder, so that the file alone is enough.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterable, Iterator
from typing import Any, Generic, TypeVar

from ..errors import unknown

_T = TypeVar("_T")


class Registry(Generic[_T]):
    """Classes of one family by name; ``kind`` is what messages call a member."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._entries: dict[str, type[_T]] = {}

    def add(self, cls: type[_T]) -> None:
        """Enter a class under its own name; a class defined again (a notebook cell) replaces itself."""
        known = self._entries.get(cls.__name__)
        if known is not None and (known.__module__, known.__qualname__) != (cls.__module__, cls.__qualname__):
            raise TypeError(f"{self.kind} {cls.__name__!r} exists already, in {known.__module__}")
        self._entries[cls.__name__] = cls

    def get(self, name: str, owner: str) -> type[_T]:
        """The class of that name; UnknownNameError suggests the nearest, in the name of ``owner``."""
        try:
            return self._entries[name]
        except KeyError:
            raise unknown(owner, self.kind, name, self._entries) from None

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._entries))

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __len__(self) -> int:
        return len(self._entries)


def import_all(package: str, path: Iterable[str], skip: Iterable[str] = ()) -> dict[str, type[Any]]:
    """Import every module of a package's folder; return the public classes they define, by name."""
    found: dict[str, type[Any]] = {}
    for module_info in sorted(pkgutil.iter_modules(path), key=lambda info: info.name):
        if module_info.name.startswith("_") or module_info.name in skip:
            continue
        module = importlib.import_module(f"{package}.{module_info.name}")
        for name, value in vars(module).items():
            if inspect.isclass(value) and value.__module__ == module.__name__ and not name.startswith("_"):
                found[name] = value
    return found

"""Objects whose attributes are read, not assigned: an assignment that nothing would heed is an error.

The error names the way to what was wanted, or the nearest name.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from ..errors import ReadOnlyError, nearest


def refuse_assignment(owner: object, label: str, name: str, ways: Mapping[str, str]) -> NoReturn:
    """Raise ReadOnlyError for ``owner.name = ...``; ``ways``: how else to have that, by name."""
    if name in ways:
        raise ReadOnlyError(f"{label}: {name} cannot be assigned: {ways[name]}")
    if hasattr(owner, name):
        raise ReadOnlyError(f"{label}: {name} cannot be assigned: it is there to be read")
    kind = type(owner)
    values = {k for k in dir(owner) if not k.startswith("_") and not callable(getattr(kind, k, None))}
    known = sorted({*values, *ways})
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    way = f"; {close[0]} cannot be assigned either: {ways[close[0]]}" if close and close[0] in ways else ""
    raise ReadOnlyError(f"{label}: there is no {name!r} to assign{nearest(name, known)}{way}")


class _SealedWhenMade(type):
    """Seals an object once the last of its constructors has returned."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        made = None
        try:
            made = super().__call__(*args, **kwargs)
            object.__setattr__(made, "_sealed", True)
            return made
        except BaseException:  # Ctrl-C, now that it is made
            if made is not None:
                made._abandon()
            raise


class Sealed(metaclass=_SealedWhenMade):
    """Base of what may be assigned to while it is made, and then to private attributes alone."""

    def _abandon(self) -> None:
        """Let go of what it holds: nobody has got it."""

    def _ways(self, value: Any) -> Mapping[str, str]:
        """How else to have what assigning ``value`` to an attribute seems to want, by name (override)."""
        return {}

    # Out of sight of type checkers, which would otherwise take any attribute to be assignable.
    if not TYPE_CHECKING:

        def __setattr__(self, name: str, value: Any) -> None:
            if name.startswith("_") or not getattr(self, "_sealed", False):
                object.__setattr__(self, name, value)
            else:
                own = getattr(self, "name", None)
                label = type(self).__name__ + (f" {own!r}" if own else "")
                refuse_assignment(self, label, name, self._ways(value))

"""How a number that may differ from neuron to neuron is typed: what may be given, and what is read.

For type checkers only. A parameter declared as ``Number`` takes a number, a distribution or an array, and
reads as a float, which it is wherever equations are; one declared as ``Numbers`` reads as an array too, as
what a source takes by source may be one. While the program runs they are names for what is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from numpy.typing import ArrayLike

if TYPE_CHECKING:
    from .distributions import Distribution

    class _LikeArray(Protocol):
        """An array of NumPy or of another library, such as a pandas column."""

        def __array__(self) -> Any: ...

    Given: TypeAlias = float | Distribution | _LikeArray | Sequence[float]

    class Number:
        """A number of each neuron or source."""

        def __get__(self, owner: Any, kind: Any = None) -> float: ...
        def __set__(self, owner: Any, value: Given) -> None: ...

    class Numbers:
        """One of all sources, or an array of one for each."""

        def __get__(self, owner: Any, kind: Any = None) -> ArrayLike: ...
        def __set__(self, owner: Any, value: Given) -> None: ...

else:
    Number, Numbers = float, ArrayLike

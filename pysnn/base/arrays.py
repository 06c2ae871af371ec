"""Arrays that nobody is to write into."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray


def frozen(array: NDArray[Any]) -> NDArray[Any]:
    """A read-only view (the array that was given stays as it is)."""
    view = array.view()
    view.setflags(write=False)
    return view

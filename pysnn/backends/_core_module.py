"""The compiled core."""

from __future__ import annotations

from typing import Any


def core() -> Any:
    """The compiled module; ImportError says how to build it."""
    try:
        from .. import _core
    except ImportError as err:
        raise ImportError(
            "pysnn's compiled core (pysnn._core) is missing: install the package, `pip install -e .` in its "
            "source folder, rather than running beside the sources"
        ) from err
    return _core

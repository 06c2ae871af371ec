"""Paths as users give them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..errors import ParameterError
from .params import shown


def as_path(given: Any, owner: str) -> Path:
    """A string or an ``os.PathLike`` as a path; ParameterError for anything else."""
    try:
        return Path(given)
    except TypeError:
        raise ParameterError(f"{owner}: expected the path of a file (got {shown(given)})") from None

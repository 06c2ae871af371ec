"""What models from equations need beside pysnn itself: the extra ``equations``."""

from __future__ import annotations

import importlib
from typing import Any


def needs(module: str) -> Any:
    """A module of the extra; an ImportError says how to get it."""
    try:
        return importlib.import_module(module)
    except ImportError as err:
        raise ModuleNotFoundError(
            f"models from equations need {module}, which is not installed: "
            "pip install 'pysnn-sim[equations]'",
            name=err.name,
        ) from err

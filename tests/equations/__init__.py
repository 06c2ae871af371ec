"""Models from equations: the language, what is compiled, and the models of docs/examples/equations.py."""

from __future__ import annotations

import functools
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "equations.py"


@functools.cache
def example() -> ModuleType:
    """The example, imported once, as it needs the extra ``equations``."""
    spec = importlib.util.spec_from_file_location("equations_example", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module

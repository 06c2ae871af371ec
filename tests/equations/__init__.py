"""Models and rules from equations: the language, what is compiled, and the examples of docs/examples/."""

from __future__ import annotations

import functools
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"
EXAMPLE = EXAMPLES / "equations.py"


def example() -> ModuleType:
    """The example of models."""
    return _imported(EXAMPLE)


def rules() -> ModuleType:
    """The example of rules."""
    return _imported(EXAMPLES / "rules_from_equations.py")


@functools.cache
def _imported(path: Path) -> ModuleType:
    """An example, imported once, as it needs the extra ``equations``."""
    spec = importlib.util.spec_from_file_location(f"{path.stem}_example", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module

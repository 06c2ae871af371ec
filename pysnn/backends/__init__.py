"""Engines by name. A module of this folder that defines a Backend is one, without any other edit."""

from __future__ import annotations

import importlib
import pkgutil

from ..errors import BackendUnsupported, unknown
from ._choice import Choice as Choice
from ._each import of_currents as of_currents
from ._each import of_sources as of_sources
from ._keys import key as key
from ._stored_block import StoredBlock as StoredBlock
from ._synapse_list import list_synapses as list_synapses
from .base import Backend as Backend
from .base import Engine as Engine
from .base import Options as Options
from .base import TrialEngine as TrialEngine


def names() -> list[str]:
    """Names of all backends, whether or not what they need is installed."""
    return sorted(
        module.name
        for module in pkgutil.iter_modules(__path__)
        if module.name != "base" and module.name[0] != "_"
    )


def find(name: str) -> type[Backend]:
    """The backend of that name; ImportError says what to install if something it needs is missing."""
    if not isinstance(name, str) or name not in names():
        raise unknown("Simulation", "backend", str(name), names())
    try:
        module = importlib.import_module(f"{__name__}.{name}")
    except ImportError as err:
        missing = (err.name or "").partition(".")[0]
        if missing in ("", "pysnn"):
            raise
        raise ImportError(
            f"backend {name!r} needs {missing}, which is not installed: pip install 'pysnn-sim[{name}]'",
            name=err.name,
        ) from err
    for value in vars(module).values():
        if isinstance(value, type) and issubclass(value, Backend) and value.name == name:
            return value
    raise BackendUnsupported(f"the module {module.__name__} defines no Backend named {name!r}")

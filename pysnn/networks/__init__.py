"""Published networks, ready to run: ``pysnn.networks.brunel(seed=1)`` gives a Network.

``python -m pysnn.networks NAME`` runs one and prints a line of figures. A module of this folder
with a function of the module's own name is a network, without any other edit.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable

from pysnn.errors import unknown
from pysnn.network import Network

from .brunel import brunel as brunel
from .brunel_stdp import brunel_stdp as brunel_stdp
from .coba import coba as coba
from .cuba import cuba as cuba
from .firing_patterns import firing_patterns as firing_patterns
from .hpc_stdp import hpc_stdp as hpc_stdp
from .microcircuit import microcircuit as microcircuit
from .polychronisation import polychronisation as polychronisation
from .sparse import sparse as sparse


def names() -> list[str]:
    """Names of all networks."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__) if module.name[0] != "_")


def find(name: str) -> Callable[..., Network]:
    """The function that describes the network of that name; UnknownNameError suggests the nearest."""
    if name not in names():
        raise unknown("networks", "network", str(name), names())
    module = importlib.import_module(f"{__name__}.{name}")
    describe: Callable[..., Network] = getattr(module, name)
    return describe

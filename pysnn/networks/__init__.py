"""Published networks, ready to run: ``pysnn.networks.brunel(seed=1)`` gives a Network.

``python -m pysnn.networks NAME`` runs one and prints a line of figures. A module of this folder
with a function of the module's own name is a network, without any other edit; it may have a ``DT`` [ms], the
step that suits it on ``clock`` (else 0.1), and a ``run(sim, duration)`` for what happens between runs.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from types import ModuleType

from pysnn.errors import unknown
from pysnn.network import Network
from pysnn.run import Simulation

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
    describe: Callable[..., Network] = getattr(_module(name), name)
    return describe


def step(name: str) -> float:
    """The step on ``clock`` [ms] that suits the network of that name."""
    return float(getattr(_module(name), "DT", 0.1))


def runner(name: str) -> Callable[[Simulation, float], None]:
    """What runs a simulation of the network of that name: ``Simulation.run`` unless it has its own."""
    run: Callable[[Simulation, float], None] = getattr(_module(name), "run", Simulation.run)
    return run


def _module(name: str) -> ModuleType:
    if name not in names():
        raise unknown("networks", "network", str(name), names())
    return importlib.import_module(f"{__name__}.{name}")

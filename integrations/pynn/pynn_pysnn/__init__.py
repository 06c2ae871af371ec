"""PyNN on pysnn: ``import pynn_pysnn as sim``.

After the import it is ``pyNN.pysnn`` too, so that PyNN's own ``get_simulator`` finds it.
"""

import sys

import pyNN
from pyNN import errors as errors
from pyNN import random as random
from pyNN import space as space
from pyNN.network import Network as Network
from pyNN.random import GSLRNG as GSLRNG
from pyNN.random import NumpyRNG as NumpyRNG
from pyNN.random import RandomDistribution as RandomDistribution
from pyNN.space import Space as Space
from pyNN.standardmodels import StandardCellType

from .cells import *  # noqa: F403 (its public names are the backend's)
from .components import *  # noqa: F403 (its public names are the backend's)
from .connectors import *  # noqa: F403 (its public names are the backend's)
from .control import *  # noqa: F403 (its public names are the backend's)
from .electrodes import *  # noqa: F403 (its public names are the backend's)
from .populations import Assembly as Assembly
from .populations import Population as Population
from .populations import PopulationView as PopulationView
from .procedural_api import connect as connect
from .procedural_api import create as create
from .procedural_api import record as record
from .procedural_api import record_gsyn as record_gsyn
from .procedural_api import record_v as record_v
from .projections import Projection as Projection
from .random import NativeRNG as NativeRNG
from .synapses import *  # noqa: F403 (its public names are the backend's)

__version__ = "0.1.0"


def list_standard_models():
    """Names of the standard cell types that this backend has."""
    return [
        name
        for name, value in globals().items()
        if isinstance(value, type) and issubclass(value, StandardCellType) and value is not StandardCellType
    ]


sys.modules["pyNN.pysnn"] = sys.modules[__name__]
pyNN.pysnn = sys.modules[__name__]

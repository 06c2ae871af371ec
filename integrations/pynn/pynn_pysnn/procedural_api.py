"""The low-level interface: ``create``, ``connect``, ``record``."""

from pyNN import common

from . import simulator
from .connectors import FixedProbabilityConnector
from .populations import Population
from .projections import Projection
from .synapses import StaticSynapse

create = common.build_create(Population)

connect = common.build_connect(Projection, FixedProbabilityConnector, StaticSynapse)

record = common.build_record(simulator)


def record_v(source, filename):
    """Record membrane potentials."""
    return record(["v"], source, filename)


def record_gsyn(source, filename):
    """Record synaptic conductances."""
    return record(["gsyn_exc", "gsyn_inh"], source, filename)

"""Sparse spiking neural networks: described once, run on event-driven, clock-driven and OpenCL engines.

Declare with ``Network``, run with ``Simulation``, read ``sim.data[probe]``::

    import pysnn as snn

    net = snn.Network(seed=42)
    cells = net.population("cells", 100, snn.CubaLIF(i_e=500.0))
    spikes = net.probe(cells, "spikes")
    with snn.Simulation(net, backend="event") as sim:
        sim.run(1000.0)
    print(sim.data[spikes].rate())

Units are ms, mV, pA, pF and Hz; quantities of a units library such as pint are converted.
"""

import typing as _typing

from . import backends as backends
from . import connect as connect
from . import currents as currents
from . import dynamics as dynamics
from . import encoders as encoders
from . import errors as errors
from . import neurons as neurons
from . import plasticity as plasticity
from . import sources as sources
from .backends import StoredBlock as StoredBlock
from .base.delays import Delays as Delays
from .base.distributions import Array as Array
from .base.distributions import Constant as Constant
from .base.distributions import Distribution as Distribution
from .base.distributions import LogNormal as LogNormal
from .base.distributions import Normal as Normal
from .base.distributions import Uniform as Uniform
from .base.params import param as param
from .connect import AllToAll as AllToAll
from .connect import ConnectionRule as ConnectionRule
from .connect import FixedIndegree as FixedIndegree
from .connect import FixedOutdegree as FixedOutdegree
from .connect import FixedProbability as FixedProbability
from .connect import FixedTotalNumber as FixedTotalNumber
from .connect import FromCOO as FromCOO
from .connect import FromCSR as FromCSR
from .connect import FromDense as FromDense
from .connect import FromMultiDiGraph as FromMultiDiGraph
from .connect import FromSparse as FromSparse
from .connect import OneToOne as OneToOne
from .currents import ConstantCurrent as ConstantCurrent
from .currents import Current as Current
from .currents import NoiseCurrent as NoiseCurrent
from .currents import SineCurrent as SineCurrent
from .currents import StepCurrent as StepCurrent
from .data import SpikeData as SpikeData
from .data import StateData as StateData
from .data import WeightChanges as WeightChanges
from .data import WeightData as WeightData
from .dynamics import Dynamics as Dynamics
from .dynamics import TsodyksMarkram as TsodyksMarkram
from .encoders import SpikeTrains as SpikeTrains
from .encoders import TrialSpikes as TrialSpikes
from .equations import Equations as Equations
from .equations import RuleEquations as RuleEquations
from .errors import BackendUnsupported as BackendUnsupported
from .errors import BrokenError as BrokenError
from .errors import CheckpointError as CheckpointError
from .errors import ClosedError as ClosedError
from .errors import DataFolderError as DataFolderError
from .errors import EquationError as EquationError
from .errors import LogError as LogError
from .errors import OffGridError as OffGridError
from .errors import OutOfRangeError as OutOfRangeError
from .errors import ParameterError as ParameterError
from .errors import PicklingError as PicklingError
from .errors import PysnnError as PysnnError
from .errors import RankError as RankError
from .errors import ReadOnlyError as ReadOnlyError
from .errors import RunningError as RunningError
from .errors import SpecError as SpecError
from .errors import UnknownNameError as UnknownNameError
from .errors import UnknownParameterError as UnknownParameterError
from .io import Recording as Recording
from .io import load as load
from .io import recover as recover
from .network import Network as Network
from .neurons import ALIF as ALIF
from .neurons import LIF as LIF
from .neurons import SRM0 as SRM0
from .neurons import AdEx as AdEx
from .neurons import AlphaLIF as AlphaLIF
from .neurons import CobaLIF as CobaLIF
from .neurons import CubaLIF as CubaLIF
from .neurons import HodgkinHuxley as HodgkinHuxley
from .neurons import Izhikevich as Izhikevich
from .neurons import NeuronModel as NeuronModel
from .neurons import Readout as Readout
from .plasticity import BCM as BCM
from .plasticity import ClopathSTDP as ClopathSTDP
from .plasticity import DeltaRule as DeltaRule
from .plasticity import DiehlCookSTDP as DiehlCookSTDP
from .plasticity import EProp as EProp
from .plasticity import Hebb as Hebb
from .plasticity import InstarSTDP as InstarSTDP
from .plasticity import Oja as Oja
from .plasticity import PairSTDP as PairSTDP
from .plasticity import PlasticityRule as PlasticityRule
from .plasticity import PowerLawSTDP as PowerLawSTDP
from .plasticity import RewardSTDP as RewardSTDP
from .plasticity import SynapticScaling as SynapticScaling
from .plasticity import ThreeFactorSTDP as ThreeFactorSTDP
from .plasticity import TripletBCM as TripletBCM
from .plasticity import TripletSTDP as TripletSTDP
from .plasticity import VogelsSTDP as VogelsSTDP
from .run import DelayShift as DelayShift
from .run import Lesson as Lesson
from .run import Simulation as Simulation
from .run import TrialResults as TrialResults
from .run import TrialsInterrupted as TrialsInterrupted
from .run import progress_bar as progress_bar
from .run import resume as resume
from .sources import PWM as PWM
from .sources import Gamma as Gamma
from .sources import Input as Input
from .sources import PiecewisePoisson as PiecewisePoisson
from .sources import Poisson as Poisson
from .sources import Source as Source
from .sources import SpikeArray as SpikeArray
from .spec import Homeostasis as Homeostasis
from .spec import Modulator as Modulator
from .spec import NetworkSpec as NetworkSpec
from .spec import Population as Population
from .spec import Probe as Probe
from .spec import Projection as Projection
from .spec import SourceGroup as SourceGroup
from .spec import View as View

__version__ = "0.1.0"

# Models and rules in files that the lines above do not know: a new file is enough to have
# ``pysnn.ItsName``. The lines above are there for type checkers and editors.
for _family in (neurons, plasticity, dynamics, sources, currents, connect):
    for _name, _value in vars(_family).items():
        if isinstance(_value, type) and not _name.startswith("_"):
            globals().setdefault(_name, _value)

_MODULES = (
    "backends",
    "connect",
    "currents",
    "dynamics",
    "encoders",
    "errors",
    "io",
    "neurons",
    "plasticity",
    "sources",
)
__all__ = sorted(
    name
    for name, value in globals().items()
    if not name.startswith("_") and (name in _MODULES or not isinstance(value, type(errors)))
)

_LATER = ("analysis", "interop", "networks", "plot", "sonata")

# Imported when they are first used: plot needs matplotlib, and none is needed to run a network.
if _typing.TYPE_CHECKING:
    from . import analysis as analysis
    from . import interop as interop
    from . import networks as networks
    from . import plot as plot
    from . import sonata as sonata
else:

    def __getattr__(name: str) -> object:
        if name in _LATER:
            import importlib

            return importlib.import_module(f"{__name__}.{name}")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        return [*__all__, *_LATER]

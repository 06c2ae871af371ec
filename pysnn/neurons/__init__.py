"""Neuron models, one a file. A module put into this folder is found without any other edit.

The imports below exist for type checkers and editors, which cannot see what is found at run time.
"""

from ..base.registry import import_all as _import_all
from .adex import AdEx as AdEx
from .alif import ALIF as ALIF
from .alpha_lif import AlphaLIF as AlphaLIF
from .base import NeuronModel as NeuronModel
from .coba_lif import CobaLIF as CobaLIF
from .cuba_lif import CubaLIF as CubaLIF
from .hodgkin_huxley import HodgkinHuxley as HodgkinHuxley
from .izhikevich import Izhikevich as Izhikevich
from .lif import LIF as LIF
from .readout import Readout as Readout
from .srm0 import SRM0 as SRM0

globals().update(_import_all(__name__, __path__))

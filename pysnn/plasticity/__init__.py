"""Plasticity rules, one a file. A module put into this folder is found without any other edit.

The imports below exist for type checkers and editors, which cannot see what is found at run time.
"""

from ..base.registry import import_all as _import_all
from .base import PlasticityRule as PlasticityRule
from .bcm import BCM as BCM
from .clopath_stdp import ClopathSTDP as ClopathSTDP
from .delta_rule import DeltaRule as DeltaRule
from .diehl_cook_stdp import DiehlCookSTDP as DiehlCookSTDP
from .eprop import EProp as EProp
from .hebb import Hebb as Hebb
from .instar_stdp import InstarSTDP as InstarSTDP
from .oja import Oja as Oja
from .pair_stdp import PairSTDP as PairSTDP
from .power_law_stdp import PowerLawSTDP as PowerLawSTDP
from .reward_stdp import RewardSTDP as RewardSTDP
from .synaptic_scaling import SynapticScaling as SynapticScaling
from .three_factor_stdp import ThreeFactorSTDP as ThreeFactorSTDP
from .triplet_bcm import TripletBCM as TripletBCM
from .triplet_stdp import TripletSTDP as TripletSTDP
from .vogels_stdp import VogelsSTDP as VogelsSTDP

globals().update(_import_all(__name__, __path__))

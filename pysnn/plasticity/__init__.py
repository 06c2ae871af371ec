"""Plasticity rules, one a file. A module put into this folder is found without any other edit.

The imports below exist for type checkers and editors, which cannot see what is found at run time.
"""

from ..base.registry import import_all as _import_all
from .base import PlasticityRule as PlasticityRule
from .bcm import BCM as BCM
from .pair_stdp import PairSTDP as PairSTDP
from .power_law_stdp import PowerLawSTDP as PowerLawSTDP
from .reward_stdp import RewardSTDP as RewardSTDP

globals().update(_import_all(__name__, __path__))

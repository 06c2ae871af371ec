"""Spike sources. A module put into this folder is found without any other edit.

The imports below exist for type checkers and editors, which cannot see what is found at run time.
"""

from ..base.registry import import_all as _import_all
from .base import Source as Source
from .gamma import Gamma as Gamma
from .input import Input as Input
from .piecewise_poisson import PiecewisePoisson as PiecewisePoisson
from .poisson import Poisson as Poisson
from .pwm import PWM as PWM
from .spike_array import SpikeArray as SpikeArray

globals().update(_import_all(__name__, __path__))

"""Injected currents. A module put into this folder is found without any other edit.

The imports below exist for type checkers and editors, which cannot see what is found at run time.
"""

from ..base.registry import import_all as _import_all
from .base import Current as Current
from .currents import ConstantCurrent as ConstantCurrent
from .currents import StepCurrent as StepCurrent
from .noise_current import NoiseCurrent as NoiseCurrent
from .sine_current import SineCurrent as SineCurrent

globals().update(_import_all(__name__, __path__))

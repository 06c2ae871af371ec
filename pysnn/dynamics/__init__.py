"""Laws of short-term plasticity, one a file. A module put into this folder is found without any other edit.

The imports below exist for type checkers and editors, which cannot see what is found at run time.
"""

from ..base.registry import import_all as _import_all
from .base import Dynamics as Dynamics
from .tsodyks_markram import TsodyksMarkram as TsodyksMarkram

globals().update(_import_all(__name__, __path__))

"""Models and rules whose equations are written in Python: see ``Equations`` and ``RuleEquations``.

They need the extra ``equations`` (sympy, pint, llvmlite), which is imported when the first one is declared.
"""

from .model import Equations as Equations
from .rule import RuleEquations as RuleEquations

"""Models whose equations are written in Python: see ``Equations``.

They need the extra ``equations`` (sympy, pint, llvmlite), which is imported when the first one is declared.
"""

from .model import Equations as Equations

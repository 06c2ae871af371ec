"""Connection rules, one a file. A module put into this folder is found without any other edit.

The imports below exist for type checkers and editors, which cannot see what is found at run time.
"""

from ..base.registry import import_all as _import_all
from .all_to_all import AllToAll as AllToAll
from .base import ConnectionRule as ConnectionRule
from .coo import FromCOO as FromCOO
from .csr import FromCSR as FromCSR
from .dense import FromDense as FromDense
from .fixed_indegree import FixedIndegree as FixedIndegree
from .fixed_outdegree import FixedOutdegree as FixedOutdegree
from .fixed_probability import FixedProbability as FixedProbability
from .fixed_total_number import FixedTotalNumber as FixedTotalNumber
from .multigraph import FromMultiDiGraph as FromMultiDiGraph
from .one_to_one import OneToOne as OneToOne
from .sparse import FromSparse as FromSparse

globals().update(_import_all(__name__, __path__))

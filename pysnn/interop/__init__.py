"""Networks from and for other tools: NIR, SciPy, NetworkX. Each is imported when it is first needed.

graph = snn.interop.to_networkx(sim)
matrix = snn.interop.to_scipy(sim, projection)
"""

from .matrices import to_networkx as to_networkx
from .matrices import to_scipy as to_scipy

__all__ = ["to_networkx", "to_scipy"]

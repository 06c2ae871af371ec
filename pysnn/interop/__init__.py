"""Networks from and for other tools: NIR, SciPy, NetworkX. Each is imported when it is first needed.

graph = snn.interop.to_networkx(sim)
matrix = snn.interop.to_scipy(sim, projection)
"""

from .ann import SpikingANN as SpikingANN
from .ann import from_ann as from_ann
from .matrices import to_networkx as to_networkx
from .matrices import to_scipy as to_scipy
from .nir_in import FromNIR as FromNIR
from .nir_in import from_nir as from_nir
from .nir_out import to_nir as to_nir

__all__ = ["FromNIR", "SpikingANN", "from_ann", "from_nir", "to_networkx", "to_nir", "to_scipy"]

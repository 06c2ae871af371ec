"""SONATA circuits (Dai et al. 2020, PLoS Comput. Biol. 16:e1007696): point neurons, read, run and written.

    circuit = snn.sonata.load("config.json")
    circuit.run()                       # for as long, and into the files, that the configuration says
    snn.sonata.write(sim, "folder")     # any network, as a circuit

``circuit.network`` is a network like any other.
"""

from .circuit import Circuit as Circuit
from .circuit import load as load
from .write import write as write

__all__ = ["Circuit", "load", "write"]

"""A naive simulator written from the equations, independent of the code under test.

``simulate_grid`` steps with exact propagators, ``simulate_exact`` jumps from event to event in
continuous time. Both take a ``Case`` of explicit arrays and share nothing with pysnn.
"""

from .exact import simulate_exact
from .grid import simulate_grid
from .model import Case, Current, Neurons, Result, Source, Synapses, alif, alpha_lif, cuba_lif, lif
from .plasticity import Bcm, Delta, PairStdp, PowerLawStdp, RewardStdp, Scaling, ThreeFactorStdp
from .rules import (
    DiehlCookStdp,
    HebbRule,
    InstarStdp,
    OjaRule,
    PairedStdp,
    TripletBcm,
    TripletStdp,
    VogelsStdp,
)

__all__ = [
    "Bcm",
    "Case",
    "Current",
    "Delta",
    "DiehlCookStdp",
    "HebbRule",
    "InstarStdp",
    "Neurons",
    "OjaRule",
    "PairStdp",
    "PairedStdp",
    "PowerLawStdp",
    "Result",
    "RewardStdp",
    "Scaling",
    "Source",
    "Synapses",
    "ThreeFactorStdp",
    "TripletBcm",
    "TripletStdp",
    "VogelsStdp",
    "alif",
    "alpha_lif",
    "cuba_lif",
    "lif",
    "simulate_exact",
    "simulate_grid",
]

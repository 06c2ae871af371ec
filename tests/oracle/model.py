"""What the oracle simulates: plain numbers and arrays, nothing drawn, nothing implied."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .plasticity import Rule

TICKS = 10**12  # integer ticks per ms: sums of decimal delays are exact and real ties are ties


def ticks(ms: float) -> int:
    """Nearest tick of a time in ms."""
    return round(float(ms) * TICKS)


def ms(tick: int) -> float:
    """The double nearest to a tick's time in ms (true division of integers rounds once)."""
    return tick / TICKS


@dataclasses.dataclass(frozen=True)
class Model:
    """dv/dt = -(v - v_rest)/tau_m + (i_e + I(t) + i_exc + i_inh)/c_m; i_x decays with tau_x.

    Without synaptic time constants (``tau_exc`` 0) an arrival moves v itself by its weight [mV];
    with them it moves the current of its receptor by its weight [pA]. With ``alpha`` it adds the
    current w (h/tau) e^(1 - h/tau) instead: di_x/dt = (r_x - i_x)/tau_x, dr_x/dt = -r_x/tau_x, r_x += e w.
    With ``tau_adapt`` the threshold is v_th + b, db/dt = -b/tau_adapt, b += beta at each own spike.
    """

    tau_m: float
    c_m: float
    v_rest: float
    v_th: float
    v_reset: float
    t_ref: float
    i_e: float = 0.0
    tau_exc: float = 0.0
    tau_inh: float = 0.0
    alpha: bool = False
    tau_adapt: float = 0.0
    beta: float = 0.0

    @property
    def delta(self) -> bool:
        return self.tau_exc == 0.0

    @property
    def adapts(self) -> bool:
        return self.tau_adapt > 0.0

    @property
    def kind(self) -> str:
        """Shape of the input: "delta", "exp" or "alpha"."""
        return "delta" if self.delta else "alpha" if self.alpha else "exp"

    @property
    def states(self) -> tuple[str, ...]:
        """Names of what a neuron's state consists of, in the order of pysnn."""
        if self.adapts:
            return ("v", "b")
        return ("v", "i_exc", "i_inh", "rise_exc", "rise_inh")[
            : {"delta": 1, "exp": 3, "alpha": 5}[self.kind]
        ]


def lif(
    *,
    tau_m: float = 20.0,
    c_m: float = 250.0,
    v_rest: float = 0.0,
    v_th: float = 20.0,
    v_reset: float = 10.0,
    t_ref: float = 2.0,
    i_e: float = 0.0,
) -> Model:
    """LIF neuron with delta synapses (defaults near Brunel 2000)."""
    return Model(tau_m, c_m, v_rest, v_th, v_reset, t_ref, i_e)


def alif(
    *,
    tau_m: float = 20.0,
    c_m: float = 250.0,
    v_rest: float = 0.0,
    v_th: float = 20.0,
    v_reset: float = 10.0,
    t_ref: float = 2.0,
    i_e: float = 0.0,
    tau_adapt: float = 100.0,
    beta: float = 2.0,
) -> Model:
    """LIF neuron with delta synapses and an adaptive threshold."""
    return Model(tau_m, c_m, v_rest, v_th, v_reset, t_ref, i_e, tau_adapt=tau_adapt, beta=beta)


def cuba_lif(
    *,
    tau_m: float = 20.0,
    tau_exc: float = 5.0,
    tau_inh: float = 10.0,
    c_m: float = 200.0,
    v_rest: float = -60.0,
    v_th: float = -50.0,
    v_reset: float = -60.0,
    t_ref: float = 5.0,
    i_e: float = 0.0,
) -> Model:
    """LIF neuron with exponential current synapses (defaults near Vogels & Abbott 2005)."""
    return Model(tau_m, c_m, v_rest, v_th, v_reset, t_ref, i_e, tau_exc, tau_inh)


def alpha_lif(
    *,
    tau_m: float = 20.0,
    tau_exc: float = 2.0,
    tau_inh: float = 4.0,
    c_m: float = 200.0,
    v_rest: float = -60.0,
    v_th: float = -50.0,
    v_reset: float = -60.0,
    t_ref: float = 5.0,
    i_e: float = 0.0,
) -> Model:
    """LIF neuron with alpha-shaped current synapses."""
    return Model(tau_m, c_m, v_rest, v_th, v_reset, t_ref, i_e, tau_exc, tau_inh, alpha=True)


@dataclasses.dataclass(frozen=True)
class Neurons:
    """A population: ``v`` is the initial membrane potential, one value or one a neuron [mV]."""

    n: int
    model: Model
    v: float | Sequence[float] | NDArray[np.float64] | None = None

    def v_init(self) -> NDArray[np.float64]:
        start = self.model.v_rest if self.v is None else self.v
        values = np.array(np.broadcast_to(np.asarray(start, dtype=float), (self.n,)))
        if (values >= self.model.v_th).any():
            raise ValueError("the oracle leaves a start above the threshold undefined")
        return values


@dataclasses.dataclass(frozen=True)
class Source:
    """Given spike trains: ``trains[i]`` holds the spike times of cell i [ms]."""

    trains: Sequence[Sequence[float]]


@dataclasses.dataclass(frozen=True)
class Synapses:
    """Synapse m leads from cell i[m] of ``source`` to neuron j[m] of ``target``."""

    source: str
    target: str
    i: Sequence[int] | NDArray[np.int64]
    j: Sequence[int] | NDArray[np.int64]
    weight: Sequence[float] | NDArray[np.float64]
    delay: Sequence[float] | NDArray[np.float64]
    receptor: str = "exc"
    rule: Rule | None = None
    dendritic_fraction: float | NDArray[np.float64] = 0.0  # of all, or of each
    # ms, and whether weights change from then on, or (a float) at how many times the rule's rates
    switches: Sequence[tuple[float, bool | float]] = ()
    moments: Sequence[tuple[float, float | Sequence[float]]] = ()  # ms, and a value, or one for each target
    # ms, and the delays with which spikes later than that set out
    delays_set: Sequence[tuple[float, Sequence[float] | NDArray[np.float64]]] = ()

    def __post_init__(self) -> None:
        lengths = {len(self.i), len(self.j), len(self.weight), len(self.delay)}
        if len(lengths) != 1:
            raise ValueError(f"unequal lengths {lengths}")


@dataclasses.dataclass(frozen=True)
class Current:
    """Step current into every neuron of ``neurons``: amplitudes[k] pA from times[k] ms on."""

    target: str
    neurons: Sequence[int]
    times: Sequence[float]
    amplitudes: Sequence[float]


@dataclasses.dataclass(frozen=True)
class Case:
    """A whole experiment of length ``t_stop`` ms; ``dt`` concerns grid stepping alone."""

    populations: dict[str, Neurons]
    t_stop: float
    sources: dict[str, Source] = dataclasses.field(default_factory=dict)
    synapses: Sequence[Synapses] = ()
    currents: Sequence[Current] = ()
    dt: float = 0.1


@dataclasses.dataclass
class Result:
    """Spikes by population, final weights by synapse group, weight changes and sampled states.

    ``states[name]`` has for each of ``Model.states`` one row a sample time in ``sample_times``.
    """

    spikes: dict[str, tuple[NDArray[np.float64], NDArray[np.int64]]]
    weights: list[NDArray[np.float64]]
    changes: list[list[tuple[float, int, float]]]
    sample_times: NDArray[np.float64] = dataclasses.field(default_factory=lambda: np.zeros(0))
    states: dict[str, dict[str, NDArray[np.float64]]] = dataclasses.field(default_factory=dict)

    def train(self, population: str, i: int) -> NDArray[np.float64]:
        t, who = self.spikes[population]
        return t[who == i]


def sorted_spikes(pairs: Sequence[tuple[int, int]]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """(tick, index) pairs as times [ms] and indices, ordered by time, then index."""
    ordered = sorted(pairs)
    return (
        np.array([ms(t) for t, _ in ordered], dtype=np.float64),
        np.array([i for _, i in ordered], dtype=np.int64),
    )

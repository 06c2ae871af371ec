"""The C++ core as Python sees it: the only module that pysnn/backends and pysnn/cli import from C++.

Times and delays cross this boundary in ms, indices as integers, distributions as flat dicts
(``{"kind": "normal", "mean": 12.0, "std": 3.0, "min": 0.0, "max": inf, "step": 0.0}``; an array is
``{"kind": "array", "values": float64[n]}``, a constant ``{"kind": "constant", "value": 1.0}``).
Every random draw is a pure function of the 64-bit ``key`` given with the object and of indices.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from .backends.base import TrialEngine

Float = NDArray[np.float64]
Draw = dict[str, Any]
Neurons = tuple[int, int] | NDArray[np.uint32]  # begin and end, or scattered ones

class ModelTable(TypedDict):
    params: list[tuple[str, str, float]]  # name, unit, default
    states: list[tuple[str, str]]  # name, unit
    receptors: list[str]
    engines: list[str]  # "clock", "event"
    hidden_states: int  # that a step keeps beside these, 0 at first

def neuron_models() -> dict[str, ModelTable]: ...
def source_models() -> dict[str, ModelTable]: ...
def current_models() -> dict[str, ModelTable]: ...
def plasticity_rules() -> dict[str, ModelTable]: ...
def dynamics_laws() -> dict[str, ModelTable]: ...
def connection_rules() -> list[str]: ...
def step_constants(
    model: str,
    params: dict[str, float],
    columns: dict[str, Float],
    dt: float,
    dtype: str,
    round_off_grid: bool,
    owner: str,
) -> tuple[list[str], Float, bool]:
    """The numbers that a neuron's step of ``dt`` ms is made of in ``dtype``, as its kernel takes them.

    Their names; [names, 1], or [names, n] where ``columns`` has parameters of each neuron's own; whether they
    are of a step in double precision whose states are pairs of floats. "refractory" is the number of steps
    for which a spike holds the neuron. ``owner`` is whose it is, for messages.
    """

def spikes_key(key: int, noise: int) -> int:
    """The key by which a population draws its spikes, ``key`` being its own, under a noise (0: its own)."""

def rule_constants(rule: str, params: dict[str, float], dt: float) -> dict[str, float]:
    """The same of a plasticity rule; those first that kernels have tables for (kernels/rule.cl)."""

def dynamics_constants(law: str, params: dict[str, float], dt: float) -> dict[str, float]:
    """The same of a law of short-term plasticity."""

def readout_error(loss: str, y: Float, wanted: Float, key: int, noise: int, tick: int) -> Float:
    """What states ``y`` miss under a loss, ``key`` being that of its draws, under a noise (0: its own)."""

class Current:
    """A current into neurons of a population: a function of the steps since the start."""

    def __init__(
        self,
        network: CompiledNetwork,
        population: int,
        neurons: Any,
        model: str,
        params: dict[str, Any],
        noise_key: int,
        own: list[dict[str, Any]],
    ) -> None: ...
    @property
    def population(self) -> int: ...
    @property
    def neurons(self) -> NDArray[np.uint32]: ...
    def next_change(self, t: int) -> int | None:
        """The first step after ``t`` from which other levels hold."""

    def levels(self, t: int) -> Float:
        """What flows from ``t`` on, pA: one level for all its neurons, or one for each."""

    def draw_by(self, noise: int) -> None:
        """Draw by the key of another noise from now on."""

    def replaced(
        self, model: str, params: dict[str, Any], noise_key: int, own: list[dict[str, Any]]
    ) -> Current:
        """Another one into the same neurons."""

def described_currents(network: CompiledNetwork) -> list[Current]:
    """Those that a network was described with, in order."""

def draw(distribution: Draw, key: int, n: int, owner: str) -> Float:
    """The values of a parameter of n neurons; ``owner`` begins the message of an error."""

def cpu_features() -> list[str]: ...
def build_info() -> dict[str, str]: ...

class NetworkBuilder:
    """Collects plain numbers; compile() samples and packs every synapse.

    ``unit`` is the engine's time unit in ms: dt on a grid, 1e-12 in continuous time. On a grid every
    delay and time must be a multiple of dt unless ``round_off_grid``.
    """

    def __init__(
        self,
        *,
        unit: float,
        grid: bool,
        round_off_grid: bool,
        dtype: str,
        weight_dtype: str,
        threads: int,
        packs_rows: bool,
        steps: float = 1.0,
        adapts_threads: bool = False,
        ranks: int = 1,
        rank: int = 0,
        kept_rows: str = "by_size",
    ) -> None:
        """dtype of states and plastic weights, weight_dtype of the others ("float16" too).

        packs_rows: projections may share rows, dense rows may be bitmaps (what the clock engine wants).
        steps: ms, of populations that step in continuous time (``CompiledNetwork.set_stepped``).
        adapts_threads: fewer threads may share the work for a while, where they hinder one another.
        ranks, rank: processes that share the network, and which of them this is.
        kept_rows: whether a block keeps something of "all" rows or of those that are "present"; no result
            depends on it, and "by_size" keeps what takes less.
        """
    def add_population(
        self,
        name: str,
        model: str,
        n: int,
        params: dict[str, float],
        init: dict[str, Draw],
        key: int,
        noise_key: int,
        columns: dict[str, Float] = ...,
        parts: dict[str, float] = ...,
        level: int = 0,
    ) -> int:
        """``columns`` has one value for each neuron of parameters that differ; ``params`` the first one's.

        ``parts`` : numbers of what it has beside its model. ``level`` : one above the highest of the
        populations that it hears with a delay of 0, or 0.
        """
    def add_source(
        self,
        name: str,
        model: str,
        n: int,
        params: dict[str, float | Float],
        key: int,
        noise_key: int,
        columns: dict[str, Float] = ...,
    ) -> int:
        """Sources and populations share one numbering.

        ``columns`` has the values by source of parameters that differ, where its model takes one number.

        Params of SpikeArray: times float64[m] (ms, sorted within a source), offsets float64[n + 1]
        (source i owns times[offsets[i]:offsets[i + 1]]). PiecewisePoisson: times float64[m], rates
        float64[m] or float64[n * m] by source. Others: each a scalar or float64[n].
        """
    def add_error(
        self, modulator: int, readout: int, state: str, scale: float, loss: str, noise_key: int
    ) -> None: ...
    def add_feedback(
        self,
        modulator: int,
        of: int,
        projection: int | None,
        weights: Float | None,
        decay: float = 0.0,
    ) -> None: ...
    def add_current(
        self,
        population: int,
        neurons: Neurons,
        model: str,
        params: dict[str, float | Float],
        noise_key: int,
        own: list[dict[str, float | Float]] = ...,
    ) -> None:
        """Add a current to some neurons. Currents added to one neuron sum.

        Where its parameters differ, ``own`` has those of each neuron.

        Params of StepCurrent: times (ms) and amplitudes (pA), float64[m]: amplitudes[k] from times[k] on;
        or amplitudes float64[m * (end - begin)], a row of all neurons for each time.
        """
    def add_modulator(
        self,
        name: str,
        population: int | None,
        by: int | None = None,
        weight: float = 1.0,
        delay: float = 1.0,
    ) -> int:
        """A signal of one number, or of one number a neuron of a population.

        ``by`` : a group of which each spike is a moment of this ``weight``, ``delay`` ms later.
        """
    def add_projection(
        self,
        name: str,
        *,
        source: int,
        source_range: Neurons,
        target: int,
        target_range: Neurons,
        receptor: str,
        rule: str,
        rule_params: dict[str, Any],
        weight: Draw | list[float],
        delay: Draw | list[float],
        synapses_per_pair: int,
        dendritic_fraction: float | Float,
        plasticity: str | None,
        plasticity_params: dict[str, float],
        zero_is_negative: bool,
        dynamics: str | None,
        dynamics_params: dict[str, float],
        key: int,
        noise_key: int,
        modulator: int = -1,
    ) -> int:
        """Rules and their rule_params (autapses and multapses are bools where they apply):

        all_to_all {autapses}; one_to_one {}; fixed_probability {p, autapses};
        fixed_indegree / fixed_outdegree {n: int or uint32 array, autapses, multapses};
        fixed_total_number {n, autapses, multapses};
        arrays {i: uint32[m], j: uint32[m]} (indices relative to the ranges; with
        ``kind: "array"`` draws the m values belong to the m entries in the order given).
        A delay of 0 ms takes a source, or a population of a lower ``level``.
        A list as ``delay`` is a fan: len(delay) synapses for each connected pair; ``weight`` may then
        be a list of the same length. synapses_per_pair > 1 draws each copy's delay and weight apart.
        """
    def estimate_bytes(self) -> float:
        """Expected memory of the compiled synapses, before anything is sampled."""
    def estimate_peak_bytes(self) -> float:
        """The same with what building takes beside them, with rows and neurons: refuse a network by this."""
    def expected_synapses(self) -> list[float]:
        """By projection, before anything is sampled."""
    def why_not_stepped(self, population: int) -> str:
        """Why a population cannot go in steps of dt, or nothing."""
    def compile(self) -> CompiledNetwork:
        """Draw and pack all synapses; Ctrl-C is heard meanwhile, within a tenth of a second as a rule."""

class CompiledNetwork:
    """Flat arrays of a sampled network, sharded by target; engines run on it.

    ``shards`` shards (at least one a thread) cut each population into contiguous ranges. Order of a
    projection's synapses in every copied array is (i, j, k): source, target, and k counting the pair's
    synapses by delay.
    """

    unit: float
    shards: int
    n_synapses: int
    nbytes: int
    delivery_order: list[int]
    """Projections in the order in which their synapses are added to a sum, on a grid."""
    def set_stepped(self, population: int, stepped: bool) -> None:
        """Whether a population goes in steps on an event engine that is made later."""
    delay_spans: list[tuple[int, int, int]]
    """By block, ticks: the shortest and the longest delay, the longest part of one in its own dendrite."""
    def hear_of(self, spans: list[tuple[int, int, int]]) -> None:
        """Count on these of other ranks, before an engine is made."""
    def synapse_count(self, projection: int) -> int: ...
    def synapses(self, projection: int) -> tuple[NDArray[np.uint32], NDArray[np.uint32], Float]:
        """(i, j, delay in ms) in (i, j, k) order."""
    def block(self, projection: int, shard: int) -> dict[str, Any]:
        """Arrays of one shard as stored, without a copy (the weights writable):

        row_run uint32[n_source + 1] (row i owns runs row_run[i]:row_run[i+1]), run_begin
        uint32[n_runs + 1], run_delay uint8, uint16 or int64[n_runs] (times delay_unit units), target
        uint16[n], weight float16/32/64[n] or [1] where constant (a bool), target_begin,
        target_end: int (of the population).

        With ``packs_rows`` a block may hold several projections: the targets of this one are
        member_begin <= target < member_end, counted from member_begin, and ``synapses`` of them. Rows
        of static weights of their own are packed: target is a copy, weight missing, and read_weight() a
        copy of them in the order of target. Dense rows of one weight may be bitmaps: bits
        uint64[n_runs, words], target then what is left, extra uint32[n_runs + 1] its bounds.
        """
    def initial_state(self, population: int) -> dict[str, Float]: ...
    def order(self, projection: int) -> NDArray[np.uint64]:
        """Position in (i, j, k) order of each synapse as stored (shards one after the other)."""
    def check_delays(
        self, projection: int, delays: list[int], least: int, driven: bool, in_dendrites: bool
    ) -> None:
        """ParameterError where a projection cannot have these, in ticks and (i, j, k) order.

        ``least`` : the shortest that may be; ``driven``: its source adds to its targets by itself;
        ``in_dendrites``: it learns, and has heard spikes by dendritic delays.
        """
    def check_sources(self, projection: int, sources: list[int], driven: bool, silent: bool) -> None:
        """The same of sources, in the whole group; ``silent``: it remembers no spike."""

class Trials:
    """What ``pysnn.backends.base.TrialEngine`` says."""

    @property
    def done(self) -> int: ...
    @property
    def running(self) -> bool: ...
    def run(
        self,
        duration: int,
        keys: NDArray[np.uint64],
        inputs: list[tuple[int, NDArray[np.uint64], Float, NDArray[np.uint32]]],
        counted: list[tuple[int, NDArray[np.uint32]]],
        told: list[int],
        read: list[tuple[int, str, Float]],
        lessons: list[tuple[int, list[float], Float, Float]],
        first: int,
        wall_budget: float,
    ) -> int:
        """Releases the GIL; Ctrl-C is heard meanwhile, and raised when the trials under way are over."""
    def take(self, population: int) -> tuple[NDArray[np.uint64], Float, NDArray[np.uint32]]: ...

class Engine:
    """Common to both engines: what ``pysnn.backends.base.Engine`` says of each of these, and how it behaves.

    An error in ``advance`` leaves the engine broken at the end of the last whole window: all but what was
    recorded is refused (BrokenError). While a thread is in one of these methods, all of them but the time,
    the size and the number of synapses are refused to other threads (RunningError).
    """

    @property
    def ticks(self) -> int: ...
    @property
    def time(self) -> float: ...
    def join(
        self, rank: int, size: int, allgather: Callable[[NDArray[np.uint32], NDArray[np.uint32]], None]
    ) -> None:
        """Go on together with other ranks; ``allgather(mine, all)`` brings the words of each, in order."""
    def owned(self, group: int) -> tuple[int, int]: ...
    @property
    def exchanges(self) -> tuple[int, int]: ...
    def advance(self, until: int, wall_budget: float) -> None:
        """Releases the GIL."""
    def finish(self) -> None: ...
    def record_spikes(self, group: int) -> None: ...
    def take_spikes(self, group: int) -> tuple[Float, NDArray[np.uint32]]: ...
    def add_state_probe(
        self, population: int, state: str, indices: NDArray[np.uint32], every: float
    ) -> int: ...
    def take_states(self, probe: int) -> tuple[Float, Float]: ...
    def add_change_probe(self, projection: int) -> int: ...
    def take_changes(self, probe: int) -> tuple[Float, NDArray[np.uint64], Float]: ...
    @property
    def nbytes(self) -> int: ...
    def synapse_count(self, projection: int) -> int: ...
    def synapses(self, projection: int) -> tuple[NDArray[np.uint32], NDArray[np.uint32], Float]: ...
    def blocks(self, projection: int) -> list[dict[str, Any]]: ...
    def weights(self, projection: int) -> NDArray[Any]: ...
    def check_weights(self, projection: int, weights: NDArray[Any], call: str) -> None: ...
    def set_weights(self, projection: int, weights: NDArray[Any]) -> None: ...
    def state(self, population: int, name: str) -> Float: ...
    def set_state(self, population: int, name: str, values: Float) -> None: ...
    def parameter(self, group: int, name: str) -> Float: ...
    def set_parameters(
        self, group: int, values: Mapping[str, Float], indices: NDArray[np.uint32]
    ) -> None: ...
    def inject(
        self,
        number: int,
        population: int,
        neurons: Neurons,
        model: str,
        params: dict[str, Any],
        noise_key: int,
        own: list[dict[str, Any]],
    ) -> None: ...
    def replace_current(
        self, number: int, model: str, params: dict[str, Any], noise_key: int, own: list[dict[str, Any]]
    ) -> None: ...
    def stop_current(self, number: int) -> None: ...
    def part(self, population: int, name: str) -> float: ...
    def set_part(self, population: int, name: str, value: float) -> None: ...
    def least_delay(self, projection: int) -> float: ...
    def check_delays(self, projection: int, delays: Float) -> None: ...
    def set_delays(self, projection: int, delays: Float) -> None: ...
    def check_sources(self, projection: int, sources: NDArray[np.uint32]) -> None: ...
    def rewire(self, projection: int, sources: NDArray[np.uint32]) -> list[int]: ...
    def rewirings(self, projection: int) -> int: ...
    def built_order(self, projection: int) -> list[int]: ...
    def set_learning(self, projection: int, on: bool | None, rate: float | None) -> None: ...
    def modulate(self, modulator: int, values: Float) -> None: ...
    def teach(self, error: int, wanted: Float, gain: float) -> Float: ...
    def learns(self, projection: int) -> bool: ...
    def restart(self, kept: list[tuple[int, str]], from_zero: bool, noise: int) -> None:
        """Releases the GIL."""
    def feed(self, source: int, times: Float, indices: NDArray[np.uint32]) -> None: ...
    def feed_source(self, source: int, model: str, params: dict[str, Any], noise_key: int) -> None: ...
    def trials(
        self, threads: int, in_order: bool, states: list[tuple[int, str, Float, bool]]
    ) -> TrialEngine: ...
    def take_over(self, trials: TrialEngine, carried: list[tuple[int, str]]) -> None: ...
    def delivered(self) -> list[int]: ...
    def save(self, before: Mapping[str, NDArray[Any]] | None = None) -> dict[str, NDArray[Any]]: ...
    def restore(self, arrays: dict[str, NDArray[Any]]) -> None: ...
    def profile(self) -> dict[str, float]:
        """Summed over threads."""
    def set_profile(self, on: bool) -> None: ...
    @property
    def active_threads(self) -> int:
        """Threads that shared the work last."""

class ClockEngine(Engine):
    def __init__(self, network: CompiledNetwork) -> None: ...

class EventEngine(Engine):
    def __init__(self, network: CompiledNetwork) -> None: ...

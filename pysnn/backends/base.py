"""What a simulation asks of an engine, and of what builds one, so that it need not know which it drives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from ..base.ranks import ALONE, Ranks
from ..errors import BackendUnsupported
from ..spec import NetworkSpec, Neurons
from ._choice import Choice

Float = NDArray[np.float64]


@dataclass(frozen=True)
class Options:
    """What a backend is built with.

    dt [ms], threads, dtype of states ("float32" or "float64") and of static weights (also "float16"),
    rounding of times, timing; the engine of populations by name, for "auto"; whether fewer threads may share
    the work where they hinder one another; the seed of what is drawn in the course of time, where it is
    not the network's; the processes that share the network; the device of "opencl", by number or a part
    of its name, and who is told of each program that is built there.
    """

    dt: float = 0.1
    threads: int = 1
    dtype: str = "float64"
    weight_dtype: str = "float64"
    round_off_grid: bool = False
    profile: bool = False
    engines: Mapping[str, str] = field(default_factory=dict)
    adapts_threads: bool = False
    noise_seed: int | None = None
    ranks: Ranks = ALONE
    device: int | str | None = None
    building: Callable[[str], None] | None = None


class TrialEngine(Protocol):
    """Many short runs of one network, each from the beginning (``_core.Trials``)."""

    @property
    def done(self) -> int:
        """How many trials the last run has completed, however it ended."""

    @property
    def running(self) -> bool:
        """Would an exception that a signal raises now leave the trials so far whole?"""

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
        """Trials of ``duration`` ticks, in order, for about ``wall_budget`` seconds; how many are completed.

        inputs : (source, offsets by trial, times in ms, indices) for sources that are fed.
        counted : (population, room) whose spikes are counted in uint32[trials, n].
        told : groups whose spikes are wanted one by one.
        read : (population, state, room) that are put down as trials leave them in float64[trials, n].
        lessons : (error, moments in ms, what is wanted then, [trials, moments or 1, width],
            its gain by trial).
        first : number of the first trial, for messages.
        """

    def take(self, population: int) -> tuple[NDArray[np.uint64], Float, NDArray[np.uint32]]:
        """Spikes of the trials that were completed last: how many in each, times in the trial, indices."""


class Engine(Protocol):
    """A network being simulated. The engines of the C++ core (``_core.Engine``) are such themselves.

    Groups (populations and sources) are known by their number in ``spec.populations`` followed by
    ``spec.sources``, projections by theirs in ``spec.projections``. Arrays of a projection are in (i, j, k)
    order: source, target, and k counting the synapses of a pair by delay; i and j count from the first neuron
    of the whole group. Times are in ms. All but ``blocks`` gives copies.
    """

    @property
    def ticks(self) -> int:
        """Model time reached, in ticks: steps of dt, or of 1e-12 ms in continuous time."""

    @property
    def time(self) -> float:
        """Model time reached, in ms."""

    def owned(self, group: int) -> tuple[int, int]:
        """First and end of the neurons or sources of a group that this process has."""

    @property
    def exchanges(self) -> tuple[int, int]:
        """How often ranks have told each other something, and the words of 32 bits that each said last."""

    def advance(self, until: int, wall_budget: float) -> None:
        """Run to ``until`` ticks, or for about ``wall_budget`` seconds.

        Calls may be divided in any way without a change of a bit in what follows.
        """

    def finish(self) -> None:
        """Bring plastic weights up to the present time; what follows must not depend on it."""

    def record_spikes(self, group: int) -> None:
        """Keep the spikes of a group from now on."""

    def take_spikes(self, group: int) -> tuple[Float, NDArray[np.uint32]]:
        """Times and indices since the last call, ordered by (time, index)."""

    def add_state_probe(self, population: int, state: str, indices: NDArray[np.uint32], every: float) -> int:
        """Sample a state at 0, every, 2 every, ... after all events of that instant; the probe's number.

        ``every`` 0 is each step.
        """

    def take_states(self, probe: int) -> tuple[Float, Float]:
        """Times [m] and values [m, n_indices] since the last call."""

    def add_change_probe(self, projection: int) -> int:
        """Record each change of a weight; the probe's number."""

    def take_changes(self, probe: int) -> tuple[Float, NDArray[np.uint64], Float]:
        """Times at the synapse, synapses in (i, j, k) order, new weights since the last call, by time."""

    @property
    def nbytes(self) -> int:
        """Bytes held by the compiled synapses."""

    def synapse_count(self, projection: int) -> int:
        """Number of synapses of a projection."""

    def synapses(self, projection: int) -> tuple[NDArray[np.uint32], NDArray[np.uint32], Float]:
        """Sources, targets and delays in (i, j, k) order."""

    def blocks(self, projection: int) -> list[dict[str, Any]]:
        """Synapses as stored, shard by shard, as ``_core.CompiledNetwork.block`` gives them."""

    def weights(self, projection: int) -> NDArray[Any]:
        """Copy of the weights in (i, j, k) order, brought up to the present."""

    def check_weights(self, projection: int, weights: NDArray[Any], call: str) -> None:
        """Raise what ``set_weights`` would, as an error of ``call``."""

    def set_weights(self, projection: int, weights: NDArray[Any]) -> None:
        """Replace all weights, given in (i, j, k) order."""

    def state(self, population: int, name: str) -> Float:
        """Copy of a state variable of all neurons."""

    def set_state(self, population: int, name: str, values: Float) -> None:
        """Replace a state variable of all neurons."""

    def parameter(self, group: int, name: str) -> Float:
        """A parameter of every neuron or source of a group, as it is now."""

    def set_parameters(self, group: int, values: Mapping[str, Float], indices: NDArray[np.uint32]) -> None:
        """Go on with these values for the neurons or sources ``indices``; states stay as they are.

        ``values`` : by parameter, one number for all of them, or one for each. What cannot be raises an
        error, and then nothing has changed.
        """

    def inject(
        self,
        number: int,
        population: int,
        neurons: Neurons,
        model: str,
        params: dict[str, Any],
        noise_key: int,
        own: list[dict[str, Any]],
    ) -> None:
        """Let a current flow into neurons of a population from now on.

        ``own`` : the parameters of each neuron, in the order of ``neurons``, where they differ; else empty.
        ``number`` is how many there have been, those of the network first, or that of one that was stopped.
        """

    def replace_current(
        self, number: int, model: str, params: dict[str, Any], noise_key: int, own: list[dict[str, Any]]
    ) -> None:
        """Another current into the same neurons from now on."""

    def stop_current(self, number: int) -> None:
        """None from now on."""

    def part(self, population: int, name: str) -> float:
        """A number of what a population has beside its model, as it is now."""

    def set_part(self, population: int, name: str, value: float) -> None:
        """Go on with another number of what a population has beside its model."""

    def least_delay(self, projection: int) -> float:
        """The shortest delay that ``set_delays`` takes for a projection, ms."""

    def check_delays(self, projection: int, delays: Float) -> None:
        """Raise what ``set_delays`` would."""

    def set_delays(self, projection: int, delays: Float) -> None:
        """Replace all delays, ms in (i, j, k) order, for spikes that are emitted from now on.

        What is under way keeps its own. What cannot be raises an error, and then nothing has changed.
        """

    def check_sources(self, projection: int, sources: NDArray[np.uint32]) -> None:
        """Raise what ``rewire`` would."""

    def rewire(self, projection: int, sources: NDArray[np.uint32]) -> list[int]:
        """Give synapses, in (i, j, k) order, other sources; by place in the new order, the place before.

        Targets, delays and weights stay. What is under way at a synapse that leaves its source is lost.
        """

    def rewirings(self, projection: int) -> int:
        """How often that was done."""

    def built_order(self, projection: int) -> list[int]:
        """Where the synapses, in (i, j, k) order, stood in it when they were drawn; empty: in the same."""

    def set_learning(self, projection: int, on: bool | None, rate: float | None) -> None:
        """Whether the weights of a plastic projection change from now on, and how fast; None: as before."""

    def learns(self, projection: int) -> bool:
        """Whether they do now."""

    def modulate(self, modulator: int, values: Float) -> None:
        """A moment of a modulator, now: its number, or one for each neuron of its population."""

    def teach(self, error: int, wanted: Float, gain: float) -> Float:
        """The moment of an error, now: of what is wanted of its readout, and what feedback makes of it.

        ``wanted``: one value a readout neuron, or one number, that of a class. What is missed times ``gain``,
        one a neuron.
        """

    def restart(self, kept: list[tuple[int, str]], from_zero: bool, noise: int) -> None:
        """Back to the beginning: states, currents, traces, what is under way; but not the states ``kept``.

        Plastic weights are brought up to the present and stay. Where time begins ``from_zero`` sources and
        currents begin too, with draws joined with ``noise`` (0: those of the description), and what was
        recorded and not taken is lost; else they keep their course.
        """

    def feed(self, source: int, times: Float, indices: NDArray[np.uint32]) -> None:
        """Play these spikes, which are to come, in any order, from an Input."""

    def feed_source(self, source: int, model: str, params: dict[str, Any], noise_key: int) -> None:
        """Play from an Input what this source emits, from now on."""

    def trials(self, threads: int, in_order: bool, states: list[tuple[int, str, Float, bool]]) -> TrialEngine:
        """Runs trials of the network as it stands now, beside this engine.

        Side by side on at most so many threads, or in order where each goes on with what the one before has
        learnt. ``states`` (population, name, values, carried) are what trials begin with; carried, only the
        first, and the others with what the one before has left.
        """

    def take_over(self, trials: TrialEngine, carried: list[tuple[int, str]]) -> None:
        """Count what trials in order have learnt as one's own, and the states that they carried."""

    def delivered(self) -> list[int]:
        """Synaptic events delivered so far, by projection, to the neurons of this process."""

    def save(self, before: Mapping[str, NDArray[Any]] | None = None) -> dict[str, NDArray[Any]]:
        """All that it has come to, as plain arrays by name, whatever the number of threads; no bit changes.

        Not what can be taken. Weights of projections that learn or were written to are in it, the others are
        drawn again by an engine of the same network. After it ``finish`` is due where weights are in view.
        ``before`` : what the ranks before this one have saved, to which this one adds its part.
        """

    def restore(self, arrays: dict[str, NDArray[Any]]) -> None:
        """Go on from there: a new engine of the same network, with the same probes in the same order.

        CheckpointError where these arrays are not what it needs; it is broken then.
        """

    def profile(self) -> dict[str, float]:
        """Seconds spent so far, by phase; empty or 0 where ``Options.profile`` was not set."""


class Backend:
    """Builds an engine.

    A backend is one module of this folder, named as the user names it, with one subclass that sets ``name``,
    and whose constructor builds the network and sets ``engine``. It raises BackendUnsupported for what the
    engine cannot run.
    """

    name: ClassVar[str] = ""
    on_grid: bool = True  # does time go in steps of dt?
    torn_by: ClassVar[type[BaseException]] = Exception  # what leaves its engine at nobody knows which place
    engine: Engine
    choices: Mapping[str, Choice] = {}  # the engine of each population, where there was a choice

    def __init__(self, spec: NetworkSpec, options: Options) -> None:
        raise NotImplementedError(f"backend {self.name!r} builds no engine")

    def check_weight_dtype(self, options: Options) -> None:
        """Refuse weights of another precision than the states; for engines that store them as those."""
        if options.weight_dtype != options.dtype:
            raise BackendUnsupported(
                f"backend {self.name!r} stores weights as dtype has it: expected "
                f"weight_dtype={options.dtype!r} (got {options.weight_dtype!r}; backend='clock' can)"
            )

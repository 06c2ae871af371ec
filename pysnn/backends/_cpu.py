"""What the two C++ engines share: building the compiled network, and passing calls on."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..base.timebase import TimeBase
from ..spec import NetworkSpec
from ._lowering import build
from ._memory import check_memory
from .base import Backend, Float, Options

if TYPE_CHECKING:
    from .. import _core


def core() -> Any:
    """The compiled module; ImportError says how to build it."""
    try:
        from .. import _core
    except ImportError as err:
        raise ImportError(
            "pysnn's compiled core (pysnn._core) is missing: install the package, `pip install -e .` in its "
            "source folder, rather than running beside the sources"
        ) from err
    return _core


BYTES_LISTED = 44  # of a synapse: source, target, delay, and the order and table made of them


class CoreBackend(Backend):
    """A network compiled by the C++ core, on one of its engines."""

    network: _core.CompiledNetwork
    engine: _core.Engine
    engine_class = ""
    packs_rows = False  # may projections share rows and dense rows be bitmaps?

    def __init__(self, spec: NetworkSpec, options: Options) -> None:
        if not self.packs_rows:
            self.check_weight_dtype(options)
        self.network = self.compile(spec, options, grid=self.on_grid, packs_rows=self.packs_rows)
        self.engine = getattr(core(), self.engine_class)(self.network)
        self.engine.set_profile(options.profile)

    @staticmethod
    def builder(spec: NetworkSpec, options: Options, *, grid: bool, packs_rows: bool) -> Any:
        """The network as told to the core, nothing drawn yet."""
        builder = core().NetworkBuilder(
            unit=TimeBase(options.dt, grid).unit,
            grid=grid,
            round_off_grid=options.round_off_grid,
            dtype=options.dtype,
            weight_dtype=options.weight_dtype,
            threads=options.threads,
            packs_rows=packs_rows,
            steps=options.dt,
            adapts_threads=options.adapts_threads,
        )
        build(spec, builder)
        return builder

    @classmethod
    def compile(
        cls, spec: NetworkSpec, options: Options, *, grid: bool, packs_rows: bool
    ) -> _core.CompiledNetwork:
        """Draw and pack it, if there is room."""
        builder = cls.builder(spec, options, grid=grid, packs_rows=packs_rows)
        check_memory(builder.estimate_peak_bytes())
        network: _core.CompiledNetwork = builder.compile()
        return network

    @property
    def ticks(self) -> int:
        """Model time reached, ticks."""
        return self.engine.ticks

    @property
    def time(self) -> float:
        """Model time reached, ms."""
        return self.engine.time

    def advance(self, until: int, wall_budget: float) -> None:
        """Run; the interpreter is free meanwhile."""
        self.engine.advance(until, wall_budget)

    def finish(self) -> None:
        """Bring plastic weights up to date."""
        self.engine.finish()

    def record_spikes(self, group: int) -> None:
        """Keep the spikes of a group."""
        self.engine.record_spikes(group)

    def take_spikes(self, group: int) -> tuple[Float, NDArray[np.uint32]]:
        """Times and indices since the last call."""
        return self.engine.take_spikes(group)

    def add_state_probe(self, group: int, state: str, indices: NDArray[np.uint32], every: float) -> int:
        """Sample a state."""
        return self.engine.add_state_probe(group, state, indices, every)

    def take_states(self, probe: int) -> tuple[Float, Float]:
        """Samples since the last call."""
        return self.engine.take_states(probe)

    def add_change_probe(self, projection: int) -> int:
        """Record changes of weights."""
        return self.engine.add_change_probe(projection)

    def take_changes(self, probe: int) -> tuple[Float, NDArray[np.uint64], Float]:
        """Changes since the last call."""
        return self.engine.take_changes(probe)

    def synapse_count(self, projection: int) -> int:
        """Number of synapses."""
        return self.network.synapse_count(projection)

    def synapses(self, projection: int) -> tuple[NDArray[np.uint32], NDArray[np.uint32], Float]:
        """Sources, targets and delays, if there is room for such a list: many times what is stored."""
        count = self.network.synapse_count(projection)
        check_memory(BYTES_LISTED * count, f"a list of {count} synapses", "as stored, weights_view has them")
        return self.network.synapses(projection)

    def weights(self, projection: int) -> NDArray[Any]:
        """Weights, up to date."""
        return self.engine.weights(projection)

    def set_weights(self, projection: int, weights: NDArray[Any]) -> None:
        """Replace the weights."""
        self.engine.set_weights(projection, weights)

    def blocks(self, projection: int) -> list[dict[str, Any]]:
        """Synapses as stored, shard by shard."""
        blocks = [self.network.block(projection, shard) for shard in range(self.network.shards)]
        for shard, block in enumerate(blocks):
            if "weight" not in block:
                block["read_weight"] = partial(self.network.packed_weights, projection, shard)
        return blocks

    def state(self, group: int, name: str) -> Float:
        """A state variable of all neurons."""
        return self.engine.state(group, name)

    def set_state(self, group: int, name: str, values: Float) -> None:
        """Replace a state variable."""
        self.engine.set_state(group, name, values)

    def delivered(self) -> list[int]:
        """Synaptic events so far, by projection."""
        return self.engine.delivered()

    def profile(self) -> dict[str, float]:
        """Seconds by phase."""
        return self.engine.profile()

    @property
    def nbytes(self) -> int:
        """Bytes of the compiled synapses."""
        return self.network.nbytes

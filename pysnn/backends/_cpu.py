"""What the two C++ engines share: how the network is compiled, and the engine made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..base.timebase import TimeBase
from ..spec import NetworkSpec
from ._core_module import core as core
from ._lowering import build
from ._memory import check_memory
from .base import Backend, Engine, Options

if TYPE_CHECKING:
    from .. import _core


def start(engine_class: str, network: _core.CompiledNetwork, options: Options) -> Engine:
    """A new engine of the core: what is asked of any engine, it answers itself."""
    ranks = options.ranks
    with ranks.together("Simulation"):
        engine: _core.Engine = getattr(core(), engine_class)(network)
    if ranks.several:
        engine.join(ranks.rank, ranks.size, ranks.exchange)
    engine.set_profile(options.profile)
    return engine


def longest_spans(of_ranks: list[list[tuple[int, int, int]]]) -> list[tuple[int, int, int]]:
    """By block, the shortest and longest delay and the longest in a dendrite, over all ranks."""
    return [
        (min(low for low, _, _ in spans), max(high for _, high, _ in spans), max(own for *_, own in spans))
        for spans in zip(*of_ranks, strict=True)
    ]


class CoreBackend(Backend):
    """A network compiled by the C++ core, on one of its engines."""

    engine_class = ""
    packs_rows = False  # may projections share rows and dense rows be bitmaps?

    def __init__(self, spec: NetworkSpec, options: Options) -> None:
        if not self.packs_rows:
            self.check_weight_dtype(options)
        network = self.compile(spec, options, grid=self.on_grid, packs_rows=self.packs_rows)
        self.engine = start(self.engine_class, network, options)

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
            ranks=options.ranks.size,
            rank=options.ranks.rank,
        )
        build(spec, builder, options.noise_seed, dtype=options.dtype, continuous=not grid)
        return builder

    @classmethod
    def compile(
        cls, spec: NetworkSpec, options: Options, *, grid: bool, packs_rows: bool
    ) -> _core.CompiledNetwork:
        """Draw and pack what of it is on this rank, if there is room."""
        ranks = options.ranks
        with ranks.together("Simulation"):
            builder = cls.builder(spec, options, grid=grid, packs_rows=packs_rows)
            check_memory(builder.estimate_peak_bytes())
            network: _core.CompiledNetwork = builder.compile()
        if ranks.several:
            network.hear_of(longest_spans(ranks.gather(network.delay_spans, root=None)))
        return network

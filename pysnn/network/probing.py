"""How one says what is to be recorded, to a network and to a simulation alike."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, Literal, overload

from ..base.sealed import Sealed
from ..data import SpikeData, StateData, WeightChanges, WeightData
from ..spec import Population, Probe, Projection, SourceGroup, View


class Probing(Sealed):
    """The part of a network, or of a simulation, that probes are asked of."""

    # "spikes" is a str too, and the first signature that fits is taken: that is what is meant.
    @overload
    def probe(  # type: ignore[overload-overlap]
        self, target: Population | SourceGroup | View, what: Literal["spikes"], *, name: str | None = None
    ) -> Probe[SpikeData]: ...
    @overload
    def probe(
        self,
        target: Population | View,
        what: str,
        every: float | None = None,
        *,
        name: str | None = None,
        to_log: bool = False,
    ) -> Probe[StateData]: ...
    @overload
    def probe(
        self,
        target: Projection,
        what: str,
        every: float,
        *,
        name: str | None = None,
        to_log: bool = False,
    ) -> Probe[WeightData]: ...
    @overload
    def probe(
        self,
        target: Projection,
        what: str,
        *,
        changes: Literal[True],
        name: str | None = None,
        to_log: bool = False,
    ) -> Probe[WeightChanges]: ...
    def probe(
        self,
        target: Population | SourceGroup | View | Projection,
        what: str,
        every: float | None = None,
        changes: bool = False,
        name: str | None = None,
        to_log: bool = False,
    ) -> Probe[Any]:
        """Record something: a network's probe from the start, a simulation's from now on.

        ``data[probe]`` of the simulation has it later. Of a probe that begins late samples are taken at
        multiples of ``every`` that are not past.

        Parameters
        ----------
        target : a group or any view of it, or a projection.
        what : "spikes"; the name of a state, such as "v"; for a projection "weight".
        every : interval of the samples, > 0 ms, at 0, every, 2 every, ...; for a state the default
            is each dt, for weights there is none.
        changes : record each change of a weight with its time, instead of all weights at intervals.
        name : by default "target.what", then "target.what#2" and so on.
        to_log : write the samples of a state, or of weights, or their changes, to the simulation's log while
            it runs, rather than keep them in memory. States are written as float32 (SONATA's reports have no
            other), weights in their own precision; ``sim.data[probe]`` then reads them from there, as
            ``load(path).states[name]``, ``.weights[name]`` and ``.changes[name]`` do. Not of a probe that
            begins late, as the parts of a log are laid out when it is begun.
        """
        return self._probe(target, what, every, changes, name, to_log)

    @abstractmethod
    def _probe(
        self,
        target: Population | SourceGroup | View | Projection,
        what: str,
        every: float | None,
        changes: bool,
        name: str | None,
        to_log: bool,
    ) -> Probe[Any]: ...

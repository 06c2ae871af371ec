"""Back to the beginning: what of a simulation stays when it begins again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import backends
from ..backends import Engine, Options
from ..base.params import shown
from ..errors import ParameterError, unknown
from ..spec import THETA, NetworkSpec

WEIGHTS, RECORDINGS, STATES = "weights", "recordings", "states"


@dataclass(frozen=True)
class Kept:
    """What stays: weights and recordings or not, and which states, by number of population and name."""

    weights: bool
    recordings: bool
    states: list[tuple[int, str]]

    @staticmethod
    def of(keep: Any, spec: NetworkSpec, owner: str) -> Kept:
        """From the words of the user: "weights", "recordings", "states", "theta", "exc.theta"."""
        several = isinstance(keep, Iterable) and not isinstance(keep, str) and getattr(keep, "ndim", 1) > 0
        words = list(keep) if several else [keep]
        if not all(isinstance(word, str) for word in words):
            raise ParameterError(f"{owner}: expected a name or a list of names (got {shown(keep)})")
        known: dict[str, list[tuple[int, str]]] = {WEIGHTS: [], RECORDINGS: [], STATES: []}
        for number, population in enumerate(spec.populations):
            if population.homeostasis is not None:
                known[WEIGHTS].append((number, THETA))  # which is learnt too
            for state in population.states:
                for word in (STATES, state, f"{population.name}.{state}"):
                    known.setdefault(word, []).append((number, state))
        for word in words:
            if word not in known:
                raise unknown(owner, "part of a simulation", word, known)
        states = sorted({place for word in words for place in known[word]})
        return Kept(WEIGHTS in words, RECORDINGS in words, states)

    @staticmethod
    def states_of(keep: Any, spec: NetworkSpec, owner: str) -> list[tuple[int, str]]:
        """The same of states alone."""
        kept = Kept.of(keep, spec, owner)
        if kept.weights or kept.recordings:
            raise ParameterError(f"{owner}: expected states by name (got {shown(keep)}); weights always stay")
        return kept.states


def thresholds(
    engine: Engine, spec: NetworkSpec, kept: list[tuple[int, str]]
) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
    """Those that trials keep as they are now, and those that go on from trial to trial: with homeostasis."""
    still: list[tuple[int, str]] = []
    moving: list[tuple[int, str]] = []
    for number, population in enumerate(spec.populations):
        if population.homeostasis is None or (number, THETA) in kept:
            continue
        moves = engine.part(number, "homeostasis.on") and engine.part(number, "homeostasis.delta")
        (moving if moves else still).append((number, THETA))
    return still, moving


def weights_as_built(spec: NetworkSpec, projection: int, backend: str, options: Options) -> NDArray[Any]:
    """Draw a projection's weights again: the same, as a draw depends on nothing beside it.

    To keep them instead would take as much memory again as all synapses that learn.
    """
    alone = replace(spec, projections=(spec.projections[projection],), currents=(), probes=())
    plain = "event" if backend == "auto" else backend
    engine = backends.find(plain)(alone, replace(options, engines={})).engine
    return np.asarray(engine.weights(0))

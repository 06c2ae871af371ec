"""Random numbers that pysnn draws itself."""

from __future__ import annotations

from typing import Any

from pyNN import random

import pysnn as snn

# PyNN's names of the parameters, and ours.
_MADE = {
    "normal": lambda p, s: snn.Normal(p["mu"] * s, p["sigma"] * abs(s)),
    "normal_clipped": lambda p, s: snn.Normal(p["mu"] * s, p["sigma"] * abs(s), *_bounds(p, s)),
    "uniform": lambda p, s: snn.Uniform(*_bounds(p, s)),
}


class NativeRNG(random.NativeRNG):
    """Draws of synapses, weights and delays are left to pysnn, keyed by ``setup``'s seed and the projection.

    So with connectors that pysnn has, and weights and delays of the kinds "normal", "normal_clipped" and
    "uniform". Whatever else is drawn with it (parameters, initial values) comes from NumPy, by its own seed.
    """

    parallel_safe = True

    def __init__(self, seed: int | None = None) -> None:
        random.NativeRNG.__init__(self, seed)
        self._numpy = random.NumpyRNG(seed=0 if seed is None else seed)

    def next(self, n: Any = None, distribution: Any = None, parameters: Any = None, mask: Any = None) -> Any:
        """Draw in Python."""
        return self._numpy.next(n, distribution, parameters, mask)

    def permutation(self, values: Any) -> Any:
        """Shuffle in Python."""
        return self._numpy.permutation(values)


def _bounds(parameters: dict[str, float], scale: float) -> tuple[float, float]:
    low, high = sorted((parameters["low"] * scale, parameters["high"] * scale))
    return low, high


def as_native(value: random.RandomDistribution, scale: float) -> snn.Distribution | None:
    """The same distribution, times ``scale``, where pysnn has it."""
    made = _MADE.get(value.name)
    return None if made is None else made(value.parameters, scale)

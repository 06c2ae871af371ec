"""Connectors: PyNN's, and for those of them that pysnn knows, pysnn's rules.

A connector that draws uses pysnn's rule where it was given no ``rng``, or a ``NativeRNG``: synapses are then
drawn by the compiled core, by the seed of ``setup``. With any other ``rng`` PyNN draws, so that the same
generator gives the same network on every simulator. Where weights or delays differ from synapse to synapse in
a way that a rule cannot tell (functions of distance, arrays, draws of NumPy), PyNN goes through all pairs.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from pyNN import connectors, errors
from pyNN.connectors import (
    CloneConnector,
    Connector,
    CSAConnector,
    DisplacementDependentProbabilityConnector,
    DistanceDependentProbabilityConnector,
    IndexBasedProbabilityConnector,
    SmallWorldConnector,
)

import pysnn as snn

from .random import NativeRNG

__all__ = [
    "AllToAllConnector",
    "ArrayConnector",
    "CSAConnector",
    "CloneConnector",
    "Connector",
    "DisplacementDependentProbabilityConnector",
    "DistanceDependentProbabilityConnector",
    "FixedNumberPostConnector",
    "FixedNumberPreConnector",
    "FixedProbabilityConnector",
    "FixedTotalNumberConnector",
    "FromFileConnector",
    "FromListConnector",
    "IndexBasedProbabilityConnector",
    "OneToOneConnector",
    "SmallWorldConnector",
]


class _Drawn:
    """Of a connector that draws: whether pysnn may draw in its place."""

    def __init__(self, *args: Any, rng: Any = None, **kwargs: Any) -> None:
        self.native = rng is None or isinstance(rng, NativeRNG)
        super().__init__(*args, rng=None if self.native else rng, **kwargs)

    def connect(self, projection: Any) -> None:
        if not projection._connect_by(self.rule(projection)):
            super().connect(projection)

    def rule(self, projection: Any) -> snn.ConnectionRule | None:
        """The rule that says the same, or None."""
        plain = self.native and self.location_selector is None and self.allow_self_connections != "NoMutual"
        return self.native_rule(projection) if plain else None

    def native_rule(self, projection: Any) -> snn.ConnectionRule | None:
        """The rule, of a connector that pysnn may replace."""
        raise NotImplementedError  # each connector says its own


class AllToAllConnector(connectors.AllToAllConnector):
    __doc__ = connectors.AllToAllConnector.__doc__

    def connect(self, projection: Any) -> None:
        """All pairs, by pysnn where the parameters allow it."""
        rule = snn.AllToAll(autapses=self.allow_self_connections)
        if self.location_selector is not None or not projection._connect_by(rule):
            super().connect(projection)


class OneToOneConnector(connectors.OneToOneConnector):
    __doc__ = connectors.OneToOneConnector.__doc__

    def connect(self, projection: Any) -> None:
        """Pairs of equal indices, by pysnn where the parameters allow it."""
        same = projection.pre.size == projection.post.size
        if self.location_selector is not None or not same or not projection._connect_by(snn.OneToOne()):
            super().connect(projection)


class FixedProbabilityConnector(_Drawn, connectors.FixedProbabilityConnector):
    __doc__ = connectors.FixedProbabilityConnector.__doc__

    def native_rule(self, projection: Any) -> snn.ConnectionRule | None:
        """``FixedProbability``."""
        return snn.FixedProbability(min(self.p_connect, 1.0), autapses=self.allow_self_connections)


class FixedNumberPreConnector(_Drawn, connectors.FixedNumberPreConnector):
    __doc__ = connectors.FixedNumberPreConnector.__doc__

    def native_rule(self, projection: Any) -> snn.ConnectionRule | None:
        """``FixedIndegree``; more than there are, without replacement, is PyNN's alone."""
        if not isinstance(self.n, int) or not (self.with_replacement or self.n < projection.pre.size):
            return None
        return snn.FixedIndegree(self.n, self.allow_self_connections, self.with_replacement)


class FixedNumberPostConnector(_Drawn, connectors.FixedNumberPostConnector):
    __doc__ = connectors.FixedNumberPostConnector.__doc__

    def native_rule(self, projection: Any) -> snn.ConnectionRule | None:
        """``FixedOutdegree``; more than there are, without replacement, is PyNN's alone."""
        if not isinstance(self.n, int) or not (self.with_replacement or self.n < projection.post.size):
            return None
        return snn.FixedOutdegree(self.n, self.allow_self_connections, self.with_replacement)


class FixedTotalNumberConnector(_Drawn, connectors.FixedTotalNumberConnector):
    __doc__ = connectors.FixedTotalNumberConnector.__doc__

    def native_rule(self, projection: Any) -> snn.ConnectionRule | None:
        """``FixedTotalNumber``."""
        if not isinstance(self.n, int):
            return None
        return snn.FixedTotalNumber(self.n, self.allow_self_connections, self.with_replacement)


class ArrayConnector(connectors.ArrayConnector):
    __doc__ = connectors.ArrayConnector.__doc__

    def __init__(self, array: Any, *args: Any, **kwargs: Any) -> None:
        # PyNN would take whole numbers for indices of sources.
        given = np.asarray(array)
        if given.dtype.kind not in "biuf" or not np.isin(given, (0, 1)).all():
            raise ValueError("ArrayConnector: array: expected True and False, or 0 and 1")
        super().__init__(given.astype(bool), *args, **kwargs)


class _Listed:
    """Of a connector that is given its synapses: each must be between cells that there are.

    PyNN passes over targets beyond the last cell, cuts fractions off, and takes -1 for a source.
    """

    conn_list: Any

    def check(self, projection: Any) -> None:
        """Raise where an index is none of a cell."""
        listed = np.asarray(self.conn_list)
        for column, side in enumerate((projection.pre, projection.post) if listed.size else ()):
            indices = listed[:, column]
            wrong = np.flatnonzero(~((indices >= 0) & (indices < side.size) & (indices == np.floor(indices))))
            if wrong.size:
                i, j = listed[wrong[0], :2]
                raise errors.ConnectionError(
                    f"{projection.label}: {type(self).__name__}: from {i:g} to {j:g}: expected a "
                    f"{('source', 'target')[column]} of 0 to {side.size - 1}"
                )


class FromListConnector(_Listed, connectors.FromListConnector):
    __doc__ = connectors.FromListConnector.__doc__

    def connect(self, projection: Any) -> None:
        """The synapses of the list."""
        self.check(projection)
        super().connect(projection)


class FromFileConnector(_Listed, connectors.FromFileConnector):
    __doc__ = connectors.FromFileConnector.__doc__

    def connect(self, projection: Any) -> None:
        """The synapses of the file; the list is there once it has been read."""
        super().connect(projection)
        self.check(projection)

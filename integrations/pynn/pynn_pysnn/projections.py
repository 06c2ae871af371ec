"""Projections: PyNN's synapses, as tables, and the projections of pysnn that they become."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from pyNN import common, errors
from pyNN.random import RandomDistribution
from pyNN.space import Space

import pysnn as snn

from . import simulator
from .random import NativeRNG, as_native
from .synapses import StaticSynapse


@dataclass
class _Part:
    """Synapses of a table that are one projection of pysnn: which, and in which order that has them."""

    name: str
    which: np.ndarray  # rows of the table, in (i, j, k) order


class Connection(common.Connection):
    """One synapse: ``weight``, ``delay`` and whatever its type has, to be read and set."""

    def __init__(self, projection: Projection, index: int) -> None:
        object.__setattr__(self, "projection", projection)
        object.__setattr__(self, "index", index)

    @property
    def presynaptic_index(self) -> int:
        """Its source's index."""
        return int(self.projection._table()["presynaptic_index"][self.index])

    @property
    def postsynaptic_index(self) -> int:
        """Its target's index."""
        return int(self.projection._table()["postsynaptic_index"][self.index])

    def __getattr__(self, name: str) -> float:
        names = self.projection.synapse_type.get_parameter_names()
        if name not in names:
            raise AttributeError(f"{name}: a synapse has {', '.join(names)}")
        return float(self.projection._column(name)[self.index])

    def __setattr__(self, name: str, value: float) -> None:
        column = self.projection._column(name).copy()
        column[self.index] = value
        self.projection._set_columns({name: column})

    def as_tuple(self, *attribute_names: str) -> tuple[float, ...]:
        """The values of these attributes."""
        return tuple(getattr(self, name) for name in attribute_names)


class Projection(common.Projection):
    __doc__ = common.Projection.__doc__
    _simulator = simulator
    _static_synapse_class = StaticSynapse

    def __init__(
        self,
        presynaptic_population: Any,
        postsynaptic_population: Any,
        connector: Any,
        synapse_type: Any = None,
        source: Any = None,
        receptor_type: Any = None,
        space: Any = None,
        label: str | None = None,
    ) -> None:
        state = simulator.state
        state.refuse_new("a projection")
        if not postsynaptic_population.receptor_types:
            raise errors.ConnectionError(
                f"projection onto {postsynaptic_population.label!r}: spike sources have no receptors"
            )
        common.Projection.__init__(
            self,
            presynaptic_population,
            postsynaptic_population,
            connector,
            synapse_type,
            source,
            receptor_type,
            Space() if space is None else space,
            label,
        )
        self._chunks: list[tuple[np.ndarray, int, dict[str, Any]]] = []
        self._columns: dict[str, np.ndarray] | None = None
        self._rule: snn.ConnectionRule | None = None
        self._own: dict[str, Any] = {}  # of a native rule: what all synapses have, or a distribution
        self._parts: list[_Part] = []
        names = [_name_of(side) for side in (presynaptic_population, postsynaptic_population)]
        self._name = state.unique(label or "->".join(names))
        connector.connect(self)
        state.projections.append(self)

    # ---- connecting ------------------------------------------------------------------------------------

    def _convergent_connect(
        self,
        presynaptic_indices: Any,
        postsynaptic_index: int,
        location_selector: Any = None,
        **connection_parameters: Any,
    ) -> None:
        if location_selector is not None:
            raise NotImplementedError("pysnn's neurons have no compartments: location_selector must be None")
        sources = np.asarray(presynaptic_indices, dtype=np.int64)
        self._chunks.append((sources, int(postsynaptic_index), connection_parameters))

    def _connect_by(self, rule: snn.ConnectionRule | None) -> bool:
        """Leave the synapses to a rule of pysnn; False where it cannot tell them."""
        if rule is None or any(isinstance(side, common.Assembly) for side in (self.pre, self.post)):
            return False
        space = self.synapse_type.native_parameters
        space.shape = self.shape
        own: dict[str, Any] = {}
        for name, value in space.items():
            base = value.base_value
            if value.is_homogeneous and not callable(base):
                own[name] = float(value.evaluate(simplify=True))
                check = self.synapse_type.parameter_checks.get(name)
                if check is not None and self._connector.safe:
                    check(own[name], self)
            elif (
                name in ("weight", "delay")
                and isinstance(base, RandomDistribution)
                and isinstance(base.rng, NativeRNG)
                and not value.operations
                and as_native(base, 1.0) is not None
                # A normal distribution has no lower end, and a conductance has: PyNN draws and checks.
                and not (name == "weight" and self.post.conductance_based and base.name == "normal")
            ):
                own[name] = base
            else:
                return False
        if self.synapse_type.by_receptor and np.ptp(self._receptor_times()) > 0.0:
            return False
        if not isinstance(own["delay"], RandomDistribution):
            own["delay"] = float(self._delays(own["delay"]))
        self._rule, self._own = rule, own
        return True

    def _delays(self, delays: Any) -> np.ndarray:
        """On the grid where there is one, and never less than a step."""
        rounded = np.asarray(simulator.state.on_the_grid(delays), dtype=float)
        if rounded.size and not rounded.min() > 0.0:
            least = simulator.state.dt if simulator.state.on_grid else 0.0
            raise errors.ConnectionError(
                f"{self.label}: expected delays {'>=' if least else '>'} {least:g} ms "
                f"(got {np.min(delays):g})"
            )
        return rounded

    def _receptor_times(self) -> np.ndarray:
        """Of each postsynaptic cell the time constant of the receptor, ms; 0 where currents are pulses."""
        name = {"excitatory": "tau_syn_E", "inhibitory": "tau_syn_I"}.get(
            self.receptor_type, f"{self.receptor_type}.tau_syn"
        )
        parts = self.post.populations if isinstance(self.post, common.Assembly) else [self.post]
        return np.concatenate(
            [
                np.broadcast_to(part.get(name) if part.celltype.has_parameter(name) else 0.0, part.size)
                for part in parts
            ]
        )

    # ---- the table -------------------------------------------------------------------------------------

    def _table(self) -> dict[str, np.ndarray]:
        """All synapses as columns, as they were declared or set: what was learnt is not in it."""
        if self._columns is None:
            self._columns = self._sampled() if self._rule is not None else self._joined()
        return self._columns

    def _joined(self) -> dict[str, np.ndarray]:
        chunks = self._chunks
        sizes = [len(sources) for sources, _, _ in chunks]
        columns = {
            "presynaptic_index": np.concatenate([s for s, _, _ in chunks] or [np.empty(0, np.int64)]),
            "postsynaptic_index": np.repeat(np.array([j for _, j, _ in chunks], np.int64), sizes),
        }
        for name in chunks[0][2] if chunks else self.synapse_type.get_parameter_names():
            columns[name] = np.concatenate(
                [
                    np.broadcast_to(np.asarray(given[name], float), n)
                    for n, (_, _, given) in zip(sizes, chunks, strict=True)
                ]
                or [np.empty(0)]
            )
        columns["delay"] = self._delays(columns["delay"])
        self._numbers(columns, columns)
        self._chunks = []
        return columns

    def _numbers(self, columns: dict[str, np.ndarray], table: dict[str, np.ndarray]) -> None:
        """Raise where one of these values is none, by the cells of the synapse."""
        for name, values in columns.items():
            wrong = np.flatnonzero(~np.isfinite(values))
            if wrong.size:
                source, target = (int(table[f"{side}synaptic_index"][wrong[0]]) for side in ("pre", "post"))
                raise errors.ConnectionError(
                    f"{self.label}: {name}: expected a finite number (got {values[wrong[0]]:g}, "
                    f"from cell {source} to cell {target})"
                )

    def _sampled(self) -> dict[str, np.ndarray]:
        """What a rule gives: drawn alone, as draws depend on names and the seed, and on nothing else."""
        state = simulator.state
        simulation, alone = state.simulation, None
        if simulation is None:
            network = snn.Network(seed=state.seed)
            for population in dict.fromkeys((self.pre._whole, self.post._whole)):
                population._declare(network)
            self._declare_rule(network)
            simulation = alone = snn.Simulation(network, dt=state.dt, threads=1, off_grid="round")
        synapses = simulation.synapses(self._name)
        weights = simulation.weights(self._name) / self._scale
        places = [
            np.argsort(side._indices)[np.searchsorted(np.sort(side._indices), indices)]
            for side, indices in ((self.pre, synapses.i), (self.post, synapses.j))
        ]
        columns = {"presynaptic_index": places[0], "postsynaptic_index": places[1]}
        for name, value in self._own.items():
            columns[name] = np.full(len(synapses), np.nan if isinstance(value, RandomDistribution) else value)
        if isinstance(self._own["weight"], RandomDistribution):
            columns["weight"] = weights
        if isinstance(self._own["delay"], RandomDistribution):
            columns["delay"] = np.array(synapses.delay)
        if alone is not None:
            alone.close()
        return columns

    def _column(self, name: str) -> np.ndarray:
        """A parameter of every synapse, as it is now."""
        table = self._table()
        simulation = simulator.state.simulation
        if name != "weight" or simulation is None or not self._learns:
            return table[name]
        weights = table["weight"].copy()
        for part in self._parts:
            weights[part.which] = simulation.weights(part.name) / self._scale
        return weights

    @property
    def _learns(self) -> bool:
        return hasattr(self.synapse_type, "timing_dependence")

    @property
    def _scale(self) -> float:
        post = self.post.populations[0] if isinstance(self.post, common.Assembly) else self.post
        return float(post.celltype.weight_scale)

    def _shortest_delay(self) -> float | None:
        if self._rule is not None and self._columns is None and isinstance(self._own["delay"], float):
            return self._own["delay"]
        delays = self._table()["delay"]
        return float(delays.min()) if delays.size else None

    # ---- building --------------------------------------------------------------------------------------

    def _declare(self, network: snn.Network) -> None:
        """As one projection of pysnn, or as many as there are pairs of populations and rules."""
        self._parts = []
        if self._rule is not None:
            self._declare_rule(network)
            return
        table = self._table()
        pre, i = simulator.state.segment_of(self.pre.all_cells)
        post, j = simulator.state.segment_of(self.post.all_cells)
        source, target = table["presynaptic_index"], table["postsynaptic_index"]
        shared = self.synapse_type.shared
        deciding = [pre[source], post[target], *(table[name] for name in shared)]
        if self.synapse_type.by_receptor:
            shared = (*shared, "tau_syn")
            deciding.append(self._receptor_times()[target])
        kind = _kinds(deciding)
        count = int(kind.max(initial=-1)) + 1
        populations = simulator.state.populations
        for number in range(count):
            rows = np.flatnonzero(kind == number)
            first = [column[rows[0]] for column in deciding]
            target_population = populations[int(first[1])]
            pairs = i[source[rows]], j[target[rows]]
            delay = table["delay"][rows]
            # (i, j, k): by source, target, delay, and then as given.
            order = np.lexsort((delay, pairs[1], pairs[0]))
            name = self._name if count == 1 else f"{self._name} {number}"
            network.projection(
                populations[int(first[0])]._group,
                target_population._group,
                snn.FromCOO(*pairs),
                weight=snn.Array(table["weight"][rows] * self._scale),
                delay=snn.Array(delay),
                receptor=target_population.celltype.receptors[self.receptor_type],
                name=name,
                **self.synapse_type.options(
                    dict(zip(shared, map(float, first[2:]), strict=True)), self._scale
                ),
            )
            self._parts.append(_Part(name, rows[order]))

    def _declare_rule(self, network: snn.Network) -> None:
        own = {
            name: as_native(value, self._scale if name == "weight" else 1.0)
            if isinstance(value, RandomDistribution)
            else value
            for name, value in self._own.items()
        }
        if not isinstance(self._own["weight"], RandomDistribution):
            own["weight"] *= self._scale
        shared = {name: own[name] for name in self.synapse_type.shared}
        if self.synapse_type.by_receptor:
            shared["tau_syn"] = float(self._receptor_times()[0])
        network.projection(
            self.pre._whole._group[self.pre._indices],
            self.post._whole._group[self.post._indices],
            self._rule,
            weight=own["weight"],
            delay=own["delay"],
            receptor=self.post.celltype.receptors[self.receptor_type],
            name=self._name,
            **self.synapse_type.options(shared, self._scale),
        )

    def _built(self) -> None:
        if self._rule is not None:
            simulation = simulator.state.simulation
            assert simulation is not None
            self._parts = [_Part(self._name, np.arange(len(simulation.weights(self._name))))]

    # ---- PyNN's interface ------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._table()["presynaptic_index"])

    def __getitem__(self, i: Any) -> Any:
        if isinstance(i, slice):
            return [Connection(self, index) for index in range(len(self))[i]]
        return Connection(self, range(len(self))[i])

    @property
    def connections(self) -> Any:
        """Every synapse, as ``Connection`` objects."""
        return (Connection(self, index) for index in range(len(self)))

    def _attribute(self, name: str) -> np.ndarray:
        table = self._table()
        return table[name] if name.endswith("synaptic_index") else self._column(name)

    def _get_attributes_as_list(self, names: Any) -> list[tuple[float, ...]]:
        return list(zip(*(self._attribute(name).tolist() for name in names), strict=True))

    def _get_attributes_as_arrays(self, names: Any, multiple_synapses: str = "sum") -> list[np.ndarray]:
        table = self._table()
        at = table["presynaptic_index"], table["postsynaptic_index"]
        return [_matrix(self.shape, at, self._attribute(name), multiple_synapses) for name in names]

    def _set_attributes(self, parameter_space: Any) -> None:
        table = self._table()
        at = table["presynaptic_index"], table["postsynaptic_index"]
        columns = {}
        for name, value in parameter_space.items():
            if value.is_homogeneous:
                columns[name] = np.full(len(self), float(value.evaluate(simplify=True)))
            else:
                columns[name] = np.asarray(value.evaluate(simplify=False), dtype=float)[at]
        self._set_columns(columns)

    def _set_initial_value_array(self, variable: str, value: Any) -> None:
        raise NotImplementedError(
            f"{self.label}: initialize: synapses start with all resources ({variable!r} cannot be set)"
        )

    def _set_columns(self, columns: dict[str, np.ndarray]) -> None:
        """Set whole columns, here and in the simulation that runs."""
        table = self._table()
        simulation = simulator.state.simulation
        if "delay" in columns:
            columns["delay"] = self._delays(columns["delay"])
        self._numbers(columns, table)
        if simulation is None:
            table.update(columns)
            # What was drawn by a rule is a list from now on.
            self._rule = None
            return
        for name, column in columns.items():
            if name not in ("weight", "delay"):
                raise NotImplementedError(
                    f"{self.label}: {name} cannot be set at {simulation.time:g} ms: rules and laws are built "
                    "when it first runs; set it before run(), or after reset()"
                )
            for part in self._parts:
                if name == "weight":
                    simulation.set_weights(part.name, column[part.which] * self._scale)
                else:
                    simulation.set_delays(part.name, column[part.which])
                    part.which = part.which[self._order(part, column)]
            table[name] = column
        self._rule = None  # after a reset these hold, and no draws

    def _order(self, part: _Part, delays: np.ndarray) -> np.ndarray:
        """Where delays were set, synapses of a pair are in a new order."""
        table = self._table()
        source, target = (table[f"{side}synaptic_index"][part.which] for side in ("pre", "post"))
        i = simulator.state.segment_of(self.pre.all_cells)[1][source]
        j = simulator.state.segment_of(self.post.all_cells)[1][target]
        return np.lexsort((delays[part.which], j, i))


def _name_of(side: Any) -> str:
    """Of the populations that it is made of: a name that is the same after every ``setup``."""
    if isinstance(side, common.Assembly):
        return "+".join(dict.fromkeys(part._whole._name for part in side.populations))
    return str(side._whole._name)


def _kinds(columns: list[np.ndarray]) -> np.ndarray:
    """Numbers from 0: equal where rows are equal in all columns."""
    kind = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        if column.size and not (column == column[0]).all():
            values, place = np.unique(column, return_inverse=True)
            kind = np.unique(kind * len(values) + place, return_inverse=True)[1]
    return kind


def _matrix(shape: tuple[int, int], at: Any, values: np.ndarray, several: str) -> np.ndarray:
    """A matrix of what each pair has, NaN where it has nothing."""
    if several in ("first", "last"):
        # By unique, as of several entries for one place NumPy may keep any where a stride is negative.
        pairs = np.ravel_multi_index(at, shape)
        step = 1 if several == "first" else -1
        places, which = np.unique(pairs[::step], return_index=True)
        matrix = np.full(shape, np.nan)
        matrix.ravel()[places] = values[::step][which]
        return matrix
    combine, start = {
        "sum": (np.add, 0.0), "min": (np.minimum, np.inf), "max": (np.maximum, -np.inf)
    }[several]  # fmt: skip
    matrix = np.full(shape, start)
    combine.at(matrix, at, values)
    there = np.zeros(shape, dtype=bool)
    there[at] = True
    matrix[~there] = np.nan
    return matrix

"""Populations, views and assemblies."""

from __future__ import annotations

from typing import Any

import numpy as np
from pyNN import common, errors
from pyNN.parameters import LazyArray, ParameterSpace, simplify

import pysnn as snn

from . import simulator
from .cells import with_end
from .components import as_number
from .recording import Recorder

BETWEEN = 1e-9  # ms


class Assembly(common.Assembly):
    __doc__ = common.Assembly.__doc__
    _simulator = simulator


class _Cells:
    """What a population and a view of one have in common."""

    def __setattr__(self, name: str, value: Any) -> None:
        """Refuse what would be an attribute that nothing looks at: parameters are set by a call."""
        if name in getattr(getattr(self, "celltype", None), "default_parameters", ()):
            raise AttributeError(f"{self.label}: {name} cannot be assigned: set({name}={value!r}) sets it")
        super().__setattr__(name, value)

    def _get_view(self, selector: Any, label: str | None = None) -> PopulationView:
        return PopulationView(self, selector, label)

    def _get_parameters(self, *names: str) -> ParameterSpace:
        celltype = self.celltype
        for name in names:
            if not celltype.has_parameter(name):
                raise errors.NonExistentParameterError(
                    name, type(celltype).__name__, celltype.get_parameter_names()
                )
        natives = (
            celltype.get_native_names()
            if celltype.computed_parameters_include(names)
            else celltype.get_native_names(*names)
        )
        return celltype.reverse_translate(self._get_native_parameters(*natives))

    def _get_native_parameters(self, *names: str) -> ParameterSpace:
        stored, indices = self._whole._parameters, self._indices
        return ParameterSpace({name: simplify(stored[name][indices]) for name in names}, shape=(self.size,))

    def _set_parameters(self, parameter_space: ParameterSpace) -> None:
        parameter_space.evaluate(simplify=False)
        whole, indices = self._whole, self._indices
        before = {name: values.copy() for name, values in whole._parameters.items()}
        changed = {}
        for name, values in parameter_space.items():
            if name == "spike_times" or not np.array_equal(whole._parameters[name][indices], values):
                whole._parameters[name][indices] = values
                changed[name] = as_number(values)
        try:
            whole._check()
            if whole._runs and changed:
                whole._change(indices, changed)
        except Exception:
            whole._parameters = before
            raise

    def _set_initial_value_array(self, variable: str, initial_values: Any) -> None:
        whole, indices = self._whole, self._indices
        if variable not in whole.celltype.variables:
            raise errors.InvalidParameterValueError(
                f"initialize: {variable!r}: {type(whole.celltype).__name__} has the variables "
                f"{', '.join(whole.celltype.variables)}"
            )
        values = np.broadcast_to(np.asarray(initial_values.evaluate(), dtype=float), (self.size,))
        whole._initial.setdefault(variable, np.zeros(whole.size))[indices] = values
        simulation = simulator.state.simulation
        if whole._runs and simulation is not None:
            state, scale = whole.celltype.variables[variable]
            simulation.set_state(whole._group[indices], state, values * scale)


class PopulationView(_Cells, common.PopulationView):
    __doc__ = common.PopulationView.__doc__
    _simulator = simulator
    _assembly_class = Assembly

    def initialize(self, **initial_values: Any) -> None:
        """Set initial values of these cells, as ``Population.initialize`` does of all.

        (PyNN sets them, and then asks for ``initial_values``, which no view has.)
        """
        whole = self._whole
        for variable, value in initial_values.items():
            self._set_initial_value_array(variable, LazyArray(value, shape=(self.size,), dtype=float))
            of_all = whole._initial[variable].copy()
            whole.initial_values[variable] = LazyArray(of_all, shape=(whole.size,), dtype=float)

    @property
    def _whole(self) -> Population:
        return self.grandparent

    @property
    def _indices(self) -> np.ndarray:
        return self.index_in_grandparent(np.arange(self.size))


class Population(_Cells, common.Population):
    __doc__ = common.Population.__doc__
    _simulator = simulator
    _recorder_class = Recorder
    _assembly_class = Assembly

    def __init__(
        self,
        size: Any,
        cellclass: Any,
        cellparams: Any = None,
        structure: Any = None,
        initial_values: Any = None,
        label: str | None = None,
    ) -> None:
        state = simulator.state
        state.refuse_new("a population")
        if np.size(size) and np.issubdtype(np.asarray(size).dtype, np.integer) and np.min(size) < 1:
            raise ValueError(f"Population: size: expected at least one cell (got {size})")
        # PyNN counts labels through all of the process; draws depend on the name, and begin anew at setup().
        self._name = state.unique(label or f"population{len(state.populations)}")
        common.Population.__init__(self, size, cellclass, cellparams, structure, initial_values or {}, label)

    @property
    def _whole(self) -> Population:
        return self

    @property
    def _indices(self) -> np.ndarray:
        return np.arange(self.size)

    @property
    def _runs(self) -> bool:
        return simulator.state.simulation is not None

    def _create_cells(self) -> None:
        state = simulator.state
        first = state.id_counter
        self.all_cells = np.empty(self.size, dtype=object)
        self.all_cells[:] = [simulator.ID(number) for number in range(first, first + self.size)]
        for cell in self.all_cells:
            cell.parent = self
        self._mask_local = np.ones(self.size, dtype=bool)
        state.id_counter += self.size
        self._initial: dict[str, np.ndarray] = {}
        self._group: Any = None
        space = self.celltype.native_parameters
        space.shape = (self.size,)
        space.evaluate(simplify=False)
        self._parameters = {
            name: np.array(np.broadcast_to(values, (self.size,))) for name, values in space.as_dict().items()
        }
        self._check()
        state.populations.append(self)

    def _check(self) -> None:
        """Raise where the model cannot have these parameters."""
        self.celltype.native(self._values())

    def _values(self) -> dict[str, Any]:
        return {name: as_number(values) for name, values in self._parameters.items()}

    def _declare(self, network: snn.Network) -> None:
        values = self._values()
        if simulator.state.steps_off_grid and "t_ref" in values:
            dt = simulator.state.dt
            values["t_ref"] = np.round(np.rint(np.asarray(values["t_ref"]) / dt) * dt, 12)[()]
        model = self.celltype.native(values)
        if self.celltype.source:
            if simulator.state.steps_off_grid:  # what begins between steps goes in continuous time
                model = model.replace(start=np.asarray(values.get("start", 0.0))[()] + BETWEEN)
            self._group = network.source(self._name, self.size, model)
            return
        states = self.celltype.variables
        init = {
            states[variable][0]: as_number(values * states[variable][1])
            for variable, values in self._initial.items()
        }
        self._group = network.population(self._name, self.size, model, init=init)

    def _change(self, indices: np.ndarray, values: dict[str, Any]) -> None:
        simulation = simulator.state.simulation
        assert simulation is not None
        if "spike_times" in values:
            return  # fed as time goes on
        simulation.set_parameters(self._group[indices], **with_end(values))

    def _feed(self, until: float) -> None:
        """Give a SpikeSourceArray its spikes up to ``until``, which may be others later."""
        trains = self._parameters.get("spike_times")
        if trains is None:
            return
        simulation = simulator.state.simulation
        assert simulation is not None
        times = np.concatenate([np.asarray(train.value, dtype=float) for train in trains])
        indices = np.repeat(np.arange(self.size), [len(train.value) for train in trains])
        times = np.asarray(simulator.state.on_the_grid(times))
        due = (times > simulation.time) & (times <= until)
        if simulation.time == 0.0:  # what rounds to 0 is at the first step
            early = times == 0.0
            times = np.where(early, simulator.state.dt, times)
            due |= early & (times <= until)
        if due.any():
            simulation.feed(self._group, (times[due], indices[due]))

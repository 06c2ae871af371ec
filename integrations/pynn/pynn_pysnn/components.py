"""Neurons put together of a membrane and receptors: ``PointNeuron(LIF(), AMPA=AlphaPSR(), ...)``."""

from __future__ import annotations

from typing import Any

import numpy as np
from pyNN.parameters import ParameterSpace
from pyNN.standardmodels import build_translations, cells, receptors

from . import written
from .cells import _V, _W, TO_NATIVE, Cell, _adaptation, _leak, _membrane, _tau

__all__ = [
    "AdExp",
    "AlphaPSR",
    "BetaPSR",
    "CondAlphaPostSynapticResponse",
    "CondBetaPostSynapticResponse",
    "CondExpPostSynapticResponse",
    "CurrExpPostSynapticResponse",
    "ExpPSR",
    "LIF",
    "PointNeuron",
]


class _Component:
    scale_factors: dict[str, float] = {}


class LIF(_Component, cells.LIF):
    __doc__ = cells.LIF.__doc__
    translations = build_translations(*_membrane, *_tau)
    variables = _V
    neuron = "LIF"


class AdExp(_Component, cells.AdExp):
    __doc__ = cells.AdExp.__doc__
    translations = build_translations(*_membrane, *_leak, *_adaptation)
    variables = _V | _W
    neuron = "AdExp"


class CurrExpPostSynapticResponse(_Component, receptors.CurrExpPostSynapticResponse):
    __doc__ = receptors.CurrExpPostSynapticResponse.__doc__
    translations = build_translations(("locations", "locations"), ("tau_syn", "tau"))
    recordable = ["isyn"]
    kind = "curr_exp"


class CondExpPostSynapticResponse(_Component, receptors.CondExpPostSynapticResponse):
    __doc__ = receptors.CondExpPostSynapticResponse.__doc__
    translations = build_translations(("locations", "locations"), ("e_syn", "e"), ("tau_syn", "tau"))
    recordable = ["gsyn"]
    kind = "cond_exp"


class CondAlphaPostSynapticResponse(_Component, receptors.CondAlphaPostSynapticResponse):
    __doc__ = receptors.CondAlphaPostSynapticResponse.__doc__
    translations = build_translations(("locations", "locations"), ("e_syn", "e"), ("tau_syn", "tau"))
    recordable = ["gsyn"]
    kind = "cond_alpha"


class CondBetaPostSynapticResponse(_Component, receptors.CondBetaPostSynapticResponse):
    __doc__ = receptors.CondBetaPostSynapticResponse.__doc__
    translations = build_translations(
        ("locations", "locations"), ("e_syn", "e"), ("tau_rise", "taurise"), ("tau_decay", "tau")
    )
    recordable = ["gsyn"]
    kind = "cond_beta"


AlphaPSR = CondAlphaPostSynapticResponse
ExpPSR = CondExpPostSynapticResponse
BetaPSR = CondBetaPostSynapticResponse


class PointNeuron(Cell, cells.PointNeuron):
    """A membrane (``LIF``, ``AdExp``) with receptors of any names, each with kinetics of its own.

    Parameters and variables of a receptor are written ``"AMPA.tau_syn"``, ``"AMPA.gsyn"``.
    """

    def __init__(self, neuron: Any, **post_synaptic_receptors: Any) -> None:
        for name in post_synaptic_receptors:
            if not name.isidentifier():
                raise ValueError(f"PointNeuron: expected a receptor's name without signs (got {name!r})")
        cells.PointNeuron.__init__(self, neuron, **post_synaptic_receptors)
        self.receptors = {name: name for name in self.receptor_types}
        self.variables = dict(neuron.variables)
        for name, response in post_synaptic_receptors.items():
            for variable in response.recordable:
                self.variables[f"{name}.{variable}"] = (f"syn_{name}", TO_NATIVE)

    def native_class(self) -> Any:
        """The model with these receptors."""
        kinds = tuple((name, self.post_synaptic_receptors[name].kind) for name in self.receptor_types)
        return written.model(self.neuron.neuron, kinds)

    def _components(self) -> dict[str, Any]:
        return {"": self.neuron, **{name: self.post_synaptic_receptors[name] for name in self.receptor_types}}

    @property
    def native_parameters(self) -> ParameterSpace:
        """All parameters of the model, flat."""
        flat = {}
        for receptor, component in self._components().items():
            for name, value in component.native_parameters.items():
                if name != "locations":
                    flat[_native(name, receptor)] = value
        return ParameterSpace(flat, shape=self.parameter_space.shape)

    def get_schema(self) -> dict[str, type]:
        """Types by name, those of receptors with a dot."""
        return {
            f"{receptor}.{name}" if receptor else name: kind
            for receptor, component in self._components().items()
            for name, kind in component.get_schema().items()
            if name != "locations"
        }

    def get_parameter_names(self) -> list[str]:
        """Of the membrane, and of receptors with a dot."""
        return list(self.get_schema())

    def has_parameter(self, name: str) -> bool:
        """Is there such a parameter?"""
        return name in self.get_schema()

    def get_native_names(self, *names: str) -> list[str]:
        """Names in the model."""
        return [self._translation(name)[1] for name in names or self.get_schema()]

    def computed_parameters(self) -> list[str]:
        """Parameters of the model that follow from several of PyNN's."""
        return self.neuron.computed_parameters()

    def computed_parameters_include(self, parameter_names: Any) -> bool:
        """Is one of these computed?"""
        return any(name in self.computed_parameters() for name in parameter_names)

    def _translation(self, name: str) -> tuple[str, str, Any]:
        receptor, _, plain = name.rpartition(".")
        component = self._components()[receptor]
        return receptor, _native(component.translations[plain]["translated_name"], receptor), component

    def translate(self, parameters: ParameterSpace, copy: bool = True) -> ParameterSpace:
        """PyNN's parameters, flat, as the model's."""
        found = {}
        for receptor, component in self._components().items():
            own = {
                name.rpartition(".")[2]: value
                for name, value in parameters.items()
                if name.rpartition(".")[0] == receptor
            }
            space = ParameterSpace(own, component.get_schema(), parameters.shape)
            for name, value in component.translate(space).items():
                found[_native(name, receptor)] = value
        return ParameterSpace(found, shape=parameters.shape)

    def reverse_translate(self, native_parameters: ParameterSpace) -> ParameterSpace:
        """The model's parameters as PyNN's, flat."""
        found = {}
        for receptor, component in self._components().items():
            own = {
                name: native_parameters[_native(name, receptor)]
                for name in component.get_native_names()
                if _native(name, receptor) in native_parameters.keys()  # noqa: SIM118 (it is no dict)
            }
            space = component.reverse_translate(ParameterSpace(own, shape=native_parameters.shape))
            for name, value in space.items():
                found[f"{receptor}.{name}" if receptor else name] = value
        return ParameterSpace(found, shape=native_parameters.shape)

    def describe(self, template: str = "modeltype_default.txt", engine: str = "default") -> Any:
        """A description of the membrane; its receptors are named by ``receptor_types``."""
        return self.neuron.describe(template, engine)


def _native(name: str, receptor: str) -> str:
    return f"{name}_{receptor}" if receptor else name


def as_number(value: Any) -> Any:
    """A number where all neurons have the same, else one a neuron."""
    value = np.asarray(value)
    if value.ndim and value.size and value.dtype != object and (value == value[0]).all():
        return value[0].item()
    return value if value.ndim else value.item()

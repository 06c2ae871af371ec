"""Models by their template: NEST's that pysnn has too, under NEST's names and defaults, and pysnn's own."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from ..errors import BackendUnsupported, ParameterError, nearest
from ..neurons import LIF, AdEx, AlphaLIF, CobaLIF, CubaLIF, NeuronModel

_MEMBRANE = {
    "C_m": "c_m", "E_L": "e_l", "V_th": "v_th", "V_reset": "v_reset", "t_ref": "t_ref", "I_e": "i_e",
}  # fmt: skip
_TAUS = {"tau_syn_ex": "tau_syn_exc", "tau_syn_in": "tau_syn_inh"}
_REVERSAL = {"g_L": "g_l", "E_ex": "e_rev_exc", "E_in": "e_rev_inh"}
_CURRENT = {
    "c_m": 250.0,
    "e_l": -70.0,
    "v_th": -55.0,
    "v_reset": -70.0,
    "t_ref": 2.0,
    "i_e": 0.0,
    "tau_m": 10.0,
}


@dataclass(frozen=True)
class Template:
    """A model: its class, its parameters by the template's names, the template's defaults, and its receptors.

    ``states`` are those that may be given, by the template's names. ``receptors`` are those of weights >= 0
    and < 0; conductances count by their absolute value.
    """

    kind: type[NeuronModel]
    names: dict[str, str]
    defaults: dict[str, float]
    receptors: tuple[str, str]
    absolute: bool = False
    states: dict[str, str] = field(default_factory=lambda: {"V_m": "v"})

    def model(self, parameters: dict[str, Any], owner: str) -> NeuronModel:
        """The model with these parameters over the defaults."""
        given = {}
        for name, value in parameters.items():
            if name in self.names:
                given[self.names[name]] = value
            elif name not in self.states and name != "tau_minus":  # that belongs to synapses that learn
                raise ParameterError(
                    f"{owner}: {self.kind.__name__} has no parameter {name!r}{nearest(name, self.names)}"
                )
        return self.kind(**{**self.defaults, **given})

    def initial(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """The states that are given among the parameters."""
        return {state: parameters[name] for name, state in self.states.items() if name in parameters}


_EXC_INH = ("exc", "inh")
NEST = {
    "iaf_psc_delta": Template(LIF, {**_MEMBRANE, "tau_m": "tau_m"}, _CURRENT, ("delta", "delta")),
    "iaf_psc_exp": Template(
        CubaLIF, {**_MEMBRANE, **_TAUS, "tau_m": "tau_m"},
        {**_CURRENT, "tau_syn_exc": 2.0, "tau_syn_inh": 2.0}, _EXC_INH,
    ),
    "iaf_psc_alpha": Template(
        AlphaLIF, {**_MEMBRANE, **_TAUS, "tau_m": "tau_m"},
        {**_CURRENT, "tau_syn_exc": 2.0, "tau_syn_inh": 2.0}, _EXC_INH,
    ),
    "iaf_cond_exp": Template(
        CobaLIF, {**_MEMBRANE, **_TAUS, **_REVERSAL},
        {
            "c_m": 250.0, "g_l": 16.6667, "e_l": -70.0, "v_th": -55.0, "v_reset": -60.0, "t_ref": 2.0,
            "i_e": 0.0, "e_rev_exc": 0.0, "e_rev_inh": -85.0, "tau_syn_exc": 0.2, "tau_syn_inh": 2.0,
        },
        _EXC_INH, absolute=True,
    ),
    "aeif_cond_exp": Template(
        AdEx,
        {
            **_MEMBRANE, **_TAUS, **_REVERSAL, "a": "a", "b": "b", "Delta_T": "delta_t", "tau_w": "tau_w",
            "V_peak": "v_peak",
        },
        {
            "c_m": 281.0, "g_l": 30.0, "e_l": -70.6, "v_th": -50.4, "v_reset": -60.0, "v_peak": 0.0,
            "t_ref": 0.0, "delta_t": 2.0, "tau_w": 144.0, "a": 4.0, "b": 80.5, "i_e": 0.0, "e_rev_exc": 0.0,
            "e_rev_inh": -85.0, "tau_syn_exc": 0.2, "tau_syn_inh": 2.0,
        },
        _EXC_INH, absolute=True,
    ),
}  # fmt: skip


def template(name: str, owner: str) -> Template:
    """The model of a template such as "nest:iaf_psc_exp" or "pysnn:ALIF"."""
    family, _, kind = name.rpartition(":")
    if family == "nest" and kind in NEST:
        return NEST[kind]
    if family == "pysnn" and kind in NeuronModel.registry:
        model = NeuronModel.registry.get(kind, owner)
        receptors = model.receptors
        pair = (receptors[0], "inh" if "inh" in receptors else receptors[0])
        own = {parameter.name: parameter.name for parameter in fields(model)}
        return Template(model, own, {}, pair, states={state: state for state in model.states})
    known = [*(f"nest:{k}" for k in NEST), *(f"pysnn:{k}" for k in NeuronModel.registry)]
    raise BackendUnsupported(
        f"{owner}: model_template {name!r}: pysnn has {', '.join(known)}{nearest(name, known)}"
    )

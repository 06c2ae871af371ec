"""Standard cells: PyNN's parameters and units, and the model of pysnn that each is.

A cell type has ``translations`` to the parameters of its model, ``variables`` (by PyNN's name of a state
the model's name and the factor from PyNN's unit to ours), ``receptors`` by PyNN's names, and ``native``,
which makes the model of plain values. PyNN counts in nA, nF and uS, pysnn in pA, pF and nS.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from pyNN import errors
from pyNN.standardmodels import ModelNotAvailable, build_translations, cells

import pysnn as snn

from . import written

__all__ = [
    "EIF_cond_alpha_isfa_ista",
    "EIF_cond_exp_isfa_ista",
    "GIF_cond_exp",
    "HH_cond_exp",
    "IF_cond_alpha",
    "IF_cond_exp",
    "IF_cond_exp_gsfa_grr",
    "IF_curr_alpha",
    "IF_curr_delta",
    "IF_curr_exp",
    "IF_facets_hardware1",
    "Izhikevich",
    "SpikeSourceArray",
    "SpikeSourceGamma",
    "SpikeSourceInhGamma",
    "SpikeSourcePoisson",
    "SpikeSourcePoissonRefractory",
]

TO_NATIVE = 1000.0  # nA to pA, nF to pF, uS to nS
FOREVER = 1e10  # ms; PyNN's duration of a source that does not stop

_EXC, _INH = "excitatory", "inhibitory"
_CONDUCTANCES = {"gsyn_exc": ("g_exc", TO_NATIVE), "gsyn_inh": ("g_inh", TO_NATIVE)}
_CURRENTS = {"isyn_exc": ("i_exc", TO_NATIVE), "isyn_inh": ("i_inh", TO_NATIVE)}
_WRITTEN = {"gsyn_exc": ("syn_exc", TO_NATIVE), "gsyn_inh": ("syn_inh", TO_NATIVE)}
_V = {"v": ("v", 1.0)}
_W = {"w": ("w", TO_NATIVE)}

_membrane = (
    ("cm", "c_m", TO_NATIVE),
    ("v_rest", "e_l"),
    ("v_reset", "v_reset"),
    ("v_thresh", "v_th"),
    ("tau_refrac", "t_ref"),
    ("i_offset", "i_e", TO_NATIVE),
)
_tau = (("tau_m", "tau_m"),)
# A leak conductance in place of a time constant of the membrane.
_leak = (("tau_m", "g_l", f"{TO_NATIVE} * cm / tau_m", "c_m / g_l"),)
_kinetics = (("tau_syn_E", "tau_syn_exc"), ("tau_syn_I", "tau_syn_inh"))
_reversal = (("e_rev_E", "e_rev_exc"), ("e_rev_I", "e_rev_inh"))
_written_synapses = (
    ("tau_syn_E", "tau_exc"),
    ("tau_syn_I", "tau_inh"),
    ("e_rev_E", "e_exc"),
    ("e_rev_I", "e_inh"),
)
_adaptation = (
    ("a", "a"),
    ("b", "b", TO_NATIVE),
    ("delta_T", "delta_t"),
    ("tau_w", "tau_w"),
    ("v_spike", "v_peak"),
)


class Cell:
    """What every neuron has beside PyNN's own class."""

    receptors = {_EXC: "exc", _INH: "inh"}
    variables: dict[str, tuple[str, float]] = _V
    # From PyNN's unit of a weight to pysnn's.
    weight_scale = TO_NATIVE
    source = False
    model: Any = None

    def native(self, values: dict[str, Any]) -> Any:
        """The model with these parameters, each a number or one value a neuron."""
        return self.native_class()(**values)

    def native_class(self) -> Any:
        """The class of ``native``."""
        return self.model


class _Written(Cell):
    neuron = ""
    kind = ""

    def native_class(self) -> Any:
        return written.model(self.neuron, (("exc", self.kind), ("inh", self.kind)))


class IF_curr_exp(Cell, cells.IF_curr_exp):
    __doc__ = cells.IF_curr_exp.__doc__
    translations = build_translations(*_membrane, *_tau, *_kinetics)
    variables = _V | _CURRENTS
    model = snn.CubaLIF


class IF_curr_alpha(Cell, cells.IF_curr_alpha):
    __doc__ = cells.IF_curr_alpha.__doc__
    translations = build_translations(*_membrane, *_tau, *_kinetics)
    variables = _V | _CURRENTS
    model = snn.AlphaLIF


class IF_curr_delta(Cell, cells.IF_curr_delta):
    __doc__ = cells.IF_curr_delta.__doc__
    translations = build_translations(*_membrane, *_tau)
    receptors = {_EXC: "delta", _INH: "delta"}
    weight_scale = 1.0
    model = snn.LIF


class IF_cond_exp(Cell, cells.IF_cond_exp):
    __doc__ = cells.IF_cond_exp.__doc__
    translations = build_translations(*_membrane, *_leak, *_kinetics, *_reversal)
    variables = _V | _CONDUCTANCES
    model = snn.CobaLIF


class IF_facets_hardware1(Cell, cells.IF_facets_hardware1):
    __doc__ = cells.IF_facets_hardware1.__doc__
    translations = build_translations(
        ("v_reset", "v_reset"),
        ("v_rest", "e_l"),
        ("v_thresh", "v_th"),
        ("e_rev_I", "e_rev_inh"),
        ("g_leak", "g_l"),
        *_kinetics,
    )
    variables = _V | _CONDUCTANCES
    model = snn.CobaLIF

    def native(self, values: dict[str, Any]) -> Any:
        """With what the hardware fixes."""
        return snn.CobaLIF(**{"c_m": 200.0, "t_ref": 1.0, "e_rev_exc": 0.0, "i_e": 0.0, **values})


class IF_cond_alpha(_Written, cells.IF_cond_alpha):
    __doc__ = cells.IF_cond_alpha.__doc__
    translations = build_translations(*_membrane, *_tau, *_written_synapses)
    variables = _V | _WRITTEN
    neuron, kind = "LIF", "cond_alpha"


class IF_cond_exp_gsfa_grr(_Written, cells.IF_cond_exp_gsfa_grr):
    __doc__ = cells.IF_cond_exp_gsfa_grr.__doc__
    translations = build_translations(
        *_membrane,
        *_tau,
        *_written_synapses,
        ("tau_sfa", "tau_sfa"),
        ("e_rev_sfa", "e_sfa"),
        ("q_sfa", "q_sfa"),
        ("tau_rr", "tau_rr"),
        ("e_rev_rr", "e_rr"),
        ("q_rr", "q_rr"),
    )
    variables = _V | _WRITTEN | {"g_s": ("g_s", 1.0), "g_r": ("g_r", 1.0)}
    neuron, kind = "Adapting", "cond_exp"


class HH_cond_exp(Cell, cells.HH_cond_exp):
    __doc__ = cells.HH_cond_exp.__doc__
    receptor_types = (_EXC, _INH)
    translations = build_translations(
        ("gbar_Na", "g_na", TO_NATIVE),
        ("gbar_K", "g_k", TO_NATIVE),
        ("g_leak", "g_l", TO_NATIVE),
        ("cm", "c_m", TO_NATIVE),
        ("v_offset", "v_t"),
        ("e_rev_Na", "e_na"),
        ("e_rev_K", "e_k"),
        ("e_rev_leak", "e_l"),
        ("i_offset", "i_e", TO_NATIVE),
        *_kinetics,
        *_reversal,
    )
    variables = _V | _CONDUCTANCES | {gate: (gate, 1.0) for gate in "mhn"}
    model = snn.HodgkinHuxley


class EIF_cond_exp_isfa_ista(Cell, cells.EIF_cond_exp_isfa_ista):
    __doc__ = cells.EIF_cond_exp_isfa_ista.__doc__
    translations = build_translations(*_membrane, *_leak, *_kinetics, *_reversal, *_adaptation)
    variables = _V | _W | _CONDUCTANCES
    model = snn.AdEx


class EIF_cond_alpha_isfa_ista(_Written, cells.EIF_cond_alpha_isfa_ista):
    __doc__ = cells.EIF_cond_alpha_isfa_ista.__doc__
    translations = build_translations(*_membrane, *_leak, *_written_synapses, *_adaptation)
    variables = _V | _W | _WRITTEN
    neuron, kind = "AdExp", "cond_alpha"


class Izhikevich(Cell, cells.Izhikevich):
    __doc__ = cells.Izhikevich.__doc__
    translations = build_translations(
        ("a", "a"), ("b", "b"), ("c", "c"), ("d", "d"), ("i_offset", "i_e", TO_NATIVE)
    )
    receptors = {_EXC: "delta", _INH: "delta"}
    variables = _V | {"u": ("u", 1.0)}
    weight_scale = 1.0
    model = snn.Izhikevich


class GIF_cond_exp(ModelNotAvailable):
    """Not available: not written yet (``snn.Equations`` with ``escape`` has neurons of its kind)."""


# ---- sources ---------------------------------------------------------------------------------------------


class _SourceCell(Cell):
    source = True
    receptors: dict[str, str] = {}
    variables: dict[str, tuple[str, float]] = {}

    def native(self, values: dict[str, Any]) -> Any:
        """A source that stops after ``duration``."""
        return self.model(**with_end(values))


def with_end(values: dict[str, Any]) -> dict[str, Any]:
    """The same parameters, with infinity for PyNN's longest duration."""
    stop = values.get("stop")
    return {**values, "stop": math.inf} if isinstance(stop, float) and stop >= FOREVER else values


_on = (("start", "start"), ("duration", "stop", "start + duration", "stop - start"))


class SpikeSourcePoisson(_SourceCell, cells.SpikeSourcePoisson):
    __doc__ = cells.SpikeSourcePoisson.__doc__
    translations = build_translations(("rate", "rate"), *_on)
    model = snn.Poisson


class SpikeSourcePoissonRefractory(_SourceCell, cells.SpikeSourcePoissonRefractory):
    __doc__ = cells.SpikeSourcePoissonRefractory.__doc__
    translations = build_translations(("rate", "rate"), ("tau_refrac", "dead_time"), *_on)
    model = snn.Poisson


class SpikeSourceGamma(_SourceCell, cells.SpikeSourceGamma):
    __doc__ = cells.SpikeSourceGamma.__doc__
    translations = build_translations(
        ("alpha", "shape"), ("beta", "rate", "beta / alpha", "rate * shape"), *_on
    )
    model = snn.Gamma


class SpikeSourceInhGamma(ModelNotAvailable):
    """Not available: pysnn's Gamma has one rate for all time."""


class SpikeSourceArray(_SourceCell, cells.SpikeSourceArray):
    __doc__ = cells.SpikeSourceArray.__doc__
    translations = build_translations(("spike_times", "spike_times"))

    def native(self, values: dict[str, Any]) -> Any:
        """An ``Input``, which is fed as time goes on, as spike times may change."""
        times = values["spike_times"]
        for train in [times] if np.ndim(times) == 0 else times:
            spikes = np.asarray(train.value, dtype=float)
            if spikes.size and (np.diff(spikes) < 0).any():
                raise errors.InvalidParameterValueError(
                    "Spike times given to SpikeSourceArray must be in increasing order"
                )
            if spikes.size and not spikes[0] > 0.0:
                raise errors.InvalidParameterValueError(
                    f"SpikeSourceArray: expected spike times > 0 ms (got {spikes[0]:g})"
                )
        return snn.Input()

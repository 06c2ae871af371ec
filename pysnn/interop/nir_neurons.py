"""Nodes of neurons of a NIR graph as models of pysnn."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..base.params import shown
from ..errors import ParameterError
from ..neurons import LIF, CubaLIF, NeuronModel
from .linear import Shape
from .nir_linear import fitted

Float = NDArray[np.float64]
SILENT = ("LI", "I", "CubaLI")  # what they send on is their potential
KINDS = ("LIF", "IF", "CubaLIF", *SILENT)
_PARAMETERS = ("tau", "tau_mem", "tau_syn", "r", "v_leak", "v_threshold", "v_reset", "w_in")


@dataclass(frozen=True)
class Neuron:
    """A node of neurons as pysnn has it: its model, initial states, and what a weight of 1 counts.

    ``weight`` : of each neuron, in the unit of ``receptor``.
    """

    model: NeuronModel
    init: dict[str, Any]
    weight: Float
    receptor: str


def own_shape(node: Any, owner: str) -> Shape:
    """The shape of a node's parameters, which may be other shapes along which some are alike."""
    shapes = [np.shape(getattr(node, what)) for what in _PARAMETERS if getattr(node, what, None) is not None]
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        raise ParameterError(
            f"{owner}: expected parameters of one shape (got {', '.join(map(str, sorted(set(shapes))))})"
        ) from None


def neuron_of(node: Any, shape: Shape, bias: Float, dt: float, owner: str) -> Neuron:
    """The model of a node of neurons of a shape, with a constant input of ``bias``."""
    try:
        return _neuron(node, shape, bias, dt, owner)
    except ParameterError as err:
        if str(err).startswith(owner):
            raise
        raise ParameterError(f"{owner}: {err}") from err


def _neuron(node: Any, shape: Shape, bias: Float, dt: float, owner: str) -> Neuron:
    kind = type(node).__name__

    def each(what: str) -> Float:
        return fitted(getattr(node, what), shape, f"{owner}: {what}")

    def seconds(what: str) -> Float:
        taus = each(what)
        if not (taus > 0.0).all():
            raise ParameterError(f"{owner}: {what}: expected time constants > 0 s (got {shown(taus.min())})")
        return taus

    r = each("r")
    fires: dict[str, Any] = {"v_th": math.inf, "v_reset": 0.0, "t_ref": 0.0}
    if kind not in SILENT:
        # v > v_threshold in doubles is v >= the next one.
        with np.errstate(over="ignore"):
            fires["v_th"] = _plain(np.nextafter(each("v_threshold"), np.inf))
        fires["v_reset"] = 0.0 if node.v_reset is None else _plain(each("v_reset"))
    if kind in ("IF", "I"):  # dv/dt = r I, in 1/s
        model: NeuronModel = LIF(tau_m=math.inf, c_m=1.0, e_l=0.0, i_e=_plain(r * bias * 1e-3), **fires)
        return Neuron(model, {"v": 0.0}, r * dt, "delta")
    tau = seconds("tau" if kind in ("LIF", "LI") else "tau_mem")
    tau_m, leak = tau * 1e3, _plain(each("v_leak"))
    if kind in ("LIF", "LI"):
        # c_m = tau_m makes 1 pA worth 1 mV.
        model = LIF(tau_m=_plain(tau_m), c_m=_plain(tau_m), e_l=leak, i_e=_plain(r * bias), **fires)
        return Neuron(model, {"v": 0.0}, r / (tau / dt), "delta")
    tau_syn, w_in = seconds("tau_syn"), each("w_in")
    drive = w_in * bias
    positive = bool((r > 0.0).all())
    c_m, unit = (tau_m / r, np.ones(len(r))) if positive else (tau_m, r)
    model = CubaLIF(
        tau_m=_plain(tau_m), c_m=_plain(c_m), e_l=leak, tau_syn_exc=_plain(tau_syn * 1e3),
        tau_syn_inh=_plain(tau_syn * 1e3), i_e=_plain(unit * drive), **fires,
    )  # fmt: skip
    # A constant input charges the synaptic current from 0 on: what is still missing decays.
    init = {"v": 0.0, "i_exc": _plain(-unit * drive)}
    return Neuron(model, init, unit * (w_in / (tau_syn / dt)), "exc")


def _plain(values: Float) -> Any:
    """A number where all are alike, else one a neuron."""
    return float(values[0]) if (values == values[0]).all() else values

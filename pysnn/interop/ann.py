"""Trained networks of rectified linear units as spiking ones, thresholds balanced to their activations."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..base.params import ParamInfo, as_numpy, check_number, shown
from ..connect import FromDense
from ..encoders import RegularRate
from ..errors import ParameterError
from ..network import Network
from ..neurons import LIF
from ..run import Simulation
from ..sources import Input
from ..spec import Population
from .ann_layers import layers_of

Float = NDArray[np.float64]


def from_ann(
    weights: Sequence[ArrayLike] | Any,
    biases: Sequence[ArrayLike] | None = None,
    *,
    samples: ArrayLike,
    rate: float = 500.0,
    percentile: float = 99.9,
    seed: int = 0,
) -> SpikingANN:
    """A spiking network whose rates are the activations of a trained network of rectified linear units.

    Layer l of the given network is a_l = max(0, a_{l-1} W_l + b_l), the last one without the maximum. Its
    neurons become integrate-and-fire neurons of threshold 1 that are reset by subtraction, so that nothing
    is lost at a spike (Rueckauer et al. 2017, Front. Neurosci. 11:682); with lambda_l the ``percentile`` of
    the activations of layer l over ``samples``, weights are W_l lambda_{l-1} / lambda_l and biases
    constant currents b_l / lambda_l, so that a neuron fires at ``rate`` times its share of lambda_l
    (Diehl et al. 2015, IJCNN). Inputs are evenly spaced spikes; the last layer only adds up.

    Parameters
    ----------
    weights : of each layer, (inputs, outputs), as ``coefs_`` of scikit-learn (PyTorch's ``weight.T``). Or
        the network as a ``nir.NIRGraph`` or the path of one, convolutions and pooling too: one node after
        another from an Input to an Output, an IF in the place of each rectified linear unit, of which
        parameters count for nothing.
    biases : of each layer, (outputs,); none by default; those of a graph are its own.
    samples : (samples, inputs) of the training set, in [0, 1], that thresholds are balanced on.
    rate : Hz, > 0, of an input of 1 and of an activation of lambda.
    percentile : 0 to 100; 100 keeps every rate below ``rate``.
    seed : of the network, which draws nothing.

    Errors: ParameterError where shapes do not fit, or samples lie outside [0, 1]; BackendUnsupported names
    what is no chain of such nodes.
    """
    if isinstance(weights, (str, os.PathLike)) or hasattr(weights, "nodes"):
        if biases is not None:
            raise ParameterError("from_ann: biases: expected none beside a graph, which has its own")
        weights, biases = layers_of(weights, "from_ann")
    for name, given in (("weights", weights), ("biases", biases)):
        if not hasattr(given, "__len__") and (given is not None or name == "weights"):
            raise ParameterError(f"from_ann: {name}: expected an array a layer (got {shown(given)})")
    matrices = [_matrix(w, f"from_ann: weights[{k}]") for k, w in enumerate(weights)]
    if not matrices:
        raise ParameterError("from_ann: weights: expected one matrix a layer (got none)")
    if biases is not None and len(biases) != len(matrices):
        raise ParameterError(f"from_ann: biases: expected {len(matrices)} arrays (got {len(biases)})")
    offsets = (
        [np.zeros(m.shape[1]) for m in matrices]
        if biases is None
        else [_numbers(b, f"from_ann: biases[{k}]") for k, b in enumerate(biases)]
    )
    for k, (matrix, offset) in enumerate(zip(matrices, offsets, strict=True)):
        if offset.shape != (matrix.shape[1],):
            raise ParameterError(
                f"from_ann: biases[{k}]: expected {matrix.shape[1]} numbers (got shape {offset.shape})"
            )
        if k and matrix.shape[0] != matrices[k - 1].shape[1]:
            raise ParameterError(
                f"from_ann: weights[{k}]: expected {matrices[k - 1].shape[1]} rows, as many as layer {k} has "
                f"neurons (got {matrix.shape[0]})"
            )
    values = inputs_of(samples, matrices[0].shape[0], "from_ann: samples")
    rate = check_number(rate, ParamInfo(unit="Hz", above=0.0), "from_ann: rate")
    percentile = check_number(percentile, ParamInfo(low=0.0, high=100.0), "from_ann: percentile")
    return SpikingANN(matrices, offsets, _scales(matrices, offsets, values, percentile), rate, seed)


class SpikingANN:
    """What ``from_ann`` makes.

    Attributes
    ----------
    network : with the source "in", to be fed, and the populations "layer 1", "layer 2", ...
    layers : the populations; ``v`` of the last one grows with its activation.
    scales : lambda of each layer.
    rate : Hz.
    """

    def __init__(
        self, weights: list[Float], biases: list[Float], scales: list[float], rate: float, seed: int
    ) -> None:
        self.rate = rate
        self.scales = scales
        self.network = net = Network(seed)
        before: Any = net.source("in", weights[0].shape[0], Input())
        self.layers: list[Population] = []
        previous = 1.0
        for number, (matrix, bias, scale) in enumerate(zip(weights, biases, scales, strict=True), start=1):
            last = number == len(weights)
            # c_m = 1 pF: a constant pA is a mV/ms.
            model = LIF(
                tau_m=math.inf, c_m=1.0, e_l=0.0, v_th=math.inf if last else 1.0, v_reset=0.0, t_ref=0.0,
                reset="subtract", i_e=bias / scale * rate * 1e-3,
            )  # fmt: skip
            # Half a threshold ahead, so that counts are rounded and not cut.
            layer = net.population(
                f"layer {number}", matrix.shape[1], model, init={"v": 0.0 if last else 0.5}
            )
            net.projection(before, layer, FromDense(matrix * previous / scale), delay=0.1)
            self.layers.append(layer)
            before, previous = layer, scale

    def outputs(
        self, inputs: ArrayLike, duration: float = 200.0, backend: str = "clock", **options: Any
    ) -> Float:
        """What the last layer comes to for each sample, (samples, outputs), in the given network's units.

        Parameters
        ----------
        inputs : (samples, inputs), in [0, 1].
        duration : ms a sample. The longer, the closer: counts are whole numbers.
        backend, options : as of ``Simulation``; by default with steps of 0.1 ms.
        """
        values = inputs_of(inputs, self.network.sources["in"].n, "outputs: inputs")
        dt = options.get("dt", 0.1)
        if backend != "event" and self.rate * dt > 1e3 * (1.0 + 1e-9):
            raise ParameterError(
                f"outputs: rate = {self.rate:g} Hz is more than a spike in each step of dt = {dt:g} ms, and "
                'no neuron fires more (choose a smaller dt, or backend="event")'
            )
        encoder = RegularRate(rate_high=self.rate, resolution=options.get("dt", 0.1))
        out = self.layers[-1]
        with Simulation(self.network, backend=backend, **options) as sim:
            results = sim.run_trials((encoder, values), duration, states=f"{out.name}.v")
        summed = results.states(out, "v")
        return summed * self.scales[-1] / (self.rate * duration * 1e-3)

    def predict(self, inputs: ArrayLike, duration: float = 200.0, **options: Any) -> NDArray[np.int64]:
        """The output that is largest for each sample, int64[samples]; arguments as of ``outputs``."""
        largest: NDArray[np.int64] = np.argmax(self.outputs(inputs, duration, **options), axis=1)
        return largest


def inputs_of(samples: ArrayLike, n: int, owner: str) -> Float:
    """Samples as float64 (samples, n) inside [0, 1], or an error."""
    values = _numbers(samples, owner, finite=False)
    if values.ndim != 2 or values.shape[1] != n or not len(values):
        raise ParameterError(f"{owner}: expected shape (samples, {n}) (got {values.shape})")
    if not (np.isfinite(values).all() and values.min() >= 0.0 and values.max() <= 1.0):
        raise ParameterError(
            f"{owner}: expected values in [0, 1], as rates are not negative "
            f"(got {values.min():g} to {values.max():g})"
        )
    return values


def _matrix(weights: ArrayLike, owner: str) -> Float:
    matrix = _numbers(weights, owner)
    if matrix.ndim != 2 or not matrix.size:
        raise ParameterError(
            f"{owner}: expected a matrix (inputs, outputs) of numbers (got {shown(weights)})"
        )
    return matrix


def _numbers(values: ArrayLike, owner: str, finite: bool = True) -> Float:
    values = as_numpy(values, owner)
    try:
        given = np.asarray(values)
        if given.dtype.kind == "c":
            raise TypeError
        array = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError):
        raise ParameterError(f"{owner}: expected an array of numbers (got {shown(values)})") from None
    if finite and not np.isfinite(array).all():
        raise ParameterError(f"{owner}: expected finite numbers (got {shown(values)})")
    return array


def _scales(weights: list[Float], biases: list[Float], samples: Float, percentile: float) -> list[float]:
    """Lambda of each layer: what its activations hardly exceed."""
    scales, activations = [], samples
    for number, (matrix, bias) in enumerate(zip(weights, biases, strict=True)):
        with np.errstate(over="ignore", invalid="ignore"):
            activations = activations @ matrix + bias
        if not np.isfinite(activations).all():
            raise ParameterError(f"from_ann: the activations of layer {number + 1} are beyond all numbers")
        if number < len(weights) - 1:
            activations = np.maximum(activations, 0.0)
        scale = float(np.percentile(np.abs(activations), percentile))
        scales.append(scale if scale > 0.0 else 1.0)
    return scales

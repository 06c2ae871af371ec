"""Linear nodes of a NIR graph: what each makes of an input of a shape."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..base.arrays import decimals
from ..base.params import shown
from ..errors import ParameterError
from . import linear
from .linear import Shape

Float = NDArray[np.float64]
KINDS = ("Affine", "Linear", "Scale", "Conv1d", "Conv2d", "SumPool2d", "AvgPool2d", "Flatten", "Delay")
WEIGHTS = ("Affine", "Linear")  # whose shapes are their own, whatever they are given


def matrix_of(node: Any, kind: str, shape: Shape, owner: str) -> tuple[Any, Shape]:
    """A node's matrix, of an input of a shape, and the shape that it gives.

    That of a Delay says nothing of when; relays and ends change nothing.
    """
    if kind in WEIGHTS:
        return linear.dense(np.asarray(node.weight, dtype=float), owner)
    if kind == "Scale":
        return linear.diagonal(fitted(node.scale, shape, f"{owner}: scale")), shape
    if kind == "Flatten":
        return linear.diagonal(np.ones(math.prod(shape))), _flattened(node, shape, owner)
    if kind in ("Conv1d", "Conv2d"):
        return _convolution(node, 1 if kind == "Conv1d" else 2, shape, owner)
    if kind in ("SumPool2d", "AvgPool2d"):
        if len(shape) != 3:
            raise ParameterError(
                f"{owner}: expected an input of channels, rows and columns (got shape {shape})"
            )
        kernel = _whole(node.kernel_size, 2, 1, f"{owner}: kernel_size")
        stride = _whole(node.stride, 2, 1, f"{owner}: stride")
        around = _whole(node.padding, 2, 0, f"{owner}: padding")
        return linear.pooling(shape, kernel, stride, around, kind == "AvgPool2d", owner)
    return linear.diagonal(np.ones(math.prod(shape))), shape


def bias_of(node: Any, kind: str, shape: Shape, owner: str) -> Float | float:
    """What a node adds to each element of the shape that it gives."""
    bias = getattr(node, "bias", None)
    if bias is None:
        return 0.0
    values = np.ravel(np.asarray(bias, dtype=float))
    n = math.prod(shape) if kind == "Affine" else shape[0]
    if values.size != n:
        raise ParameterError(f"{owner}: bias: expected {n} values (got {values.size})")
    return np.repeat(values, math.prod(shape) // n)  # of a convolution one a channel


def delays_of(node: Any, shape: Shape, owner: str) -> list[tuple[float, Any]]:
    """The pieces of a Delay: those elements that are as much later [ms] as one another, as a matrix."""
    values = fitted(node.delay, shape, f"{owner}: delay", plain=True)
    if not np.isfinite(values).all() or values.min(initial=0.0) < 0.0:
        raise ParameterError(f"{owner}: expected delays >= 0 s (got {shown(values.min(initial=0.0))})")
    delays = np.round(values * 1e3, 12)
    return [(float(d), linear.diagonal(np.where(delays == d, 1.0, 0.0))) for d in np.unique(delays)]


def fitted(values: Any, shape: Shape, owner: str, plain: bool = False) -> Float:
    """Values of a node as one for each element: as many, one for all, or along dimensions of length 1.

    ``plain`` : as the decimals that they print as.
    """
    array = decimals(np.asarray(values)) if plain else np.asarray(values, dtype=float)
    if array.size == math.prod(shape):
        return np.ravel(array)
    if not spreads(array.shape, shape):
        raise ParameterError(f"{owner}: expected shape {shape}, or one value (got shape {array.shape})")
    return np.ravel(np.broadcast_to(array.reshape(()) if array.size == 1 else array, shape))


def spreads(own: Shape, shape: Shape) -> bool:
    """Do values of a shape stand for all elements of another one: one for all, or along lengths of 1?"""
    if math.prod(own) == 1:
        return True
    return len(own) == len(shape) and all(a in (1, b) for a, b in zip(own, shape, strict=True))


def _convolution(node: Any, dimensions: int, shape: Shape, owner: str) -> tuple[Any, Shape]:
    if len(shape) != dimensions + 1:
        raise ParameterError(
            f"{owner}: expected an input of channels in {dimensions} dimension(s) (got shape {shape})"
        )
    declared = getattr(node, "input_shape", None)
    if declared is not None and tuple(int(n) for n in np.ravel(declared)) != shape[1:]:
        raise ParameterError(
            f"{owner}: input_shape: expected that of its input, {shape[1:]} (got {shown(declared)})"
        )
    padding = node.padding
    if not isinstance(padding, str):
        padding = _whole(padding, dimensions, 0, f"{owner}: padding")
    elif padding not in ("same", "valid"):
        raise ParameterError(f"{owner}: padding: expected 'same', 'valid' or numbers (got {padding!r})")
    stride = _whole(node.stride, dimensions, 1, f"{owner}: stride")
    dilation = _whole(node.dilation, dimensions, 1, f"{owner}: dilation")
    (groups,) = _whole(node.groups, 1, 1, f"{owner}: groups")
    weight = np.asarray(node.weight, dtype=float)
    return linear.convolution(weight, shape, stride, padding, dilation, groups, owner)


def _flattened(node: Any, shape: Shape, owner: str) -> Shape:
    """The shape that a Flatten gives, whose first and last dimension count without one of samples."""
    declared = node.input_type.get("input") if node.input_type else None
    if declared is not None:
        before = tuple(int(n) for n in np.ravel(declared))
        if math.prod(before) != math.prod(shape):
            raise ParameterError(f"{owner}: expected an input of shape {before} (got {shape})")
        shape = before
    first, last = (int(k) + (len(shape) if k < 0 else 0) for k in (node.start_dim, node.end_dim))
    if first >= len(shape):  # the default of 1 where there is but one
        return shape
    if not 0 <= first <= last < len(shape):
        raise ParameterError(
            f"{owner}: start_dim, end_dim: an input of shape {shape} has none from "
            f"{node.start_dim} to {node.end_dim}"
        )
    return (*shape[:first], math.prod(shape[first : last + 1]), *shape[last + 1 :])


def _whole(value: Any, n: int, low: int, owner: str) -> list[int]:
    """Whole numbers, one a dimension, of which one may stand for all."""
    values = np.ravel(np.asarray(value))
    if values.dtype.kind not in "iu" or values.size not in (1, n) or values.min() < low:
        many = "a whole number" if n == 1 else f"{n} whole numbers"
        raise ParameterError(f"{owner}: expected {many} >= {low} (got {shown(value)})")
    return [int(k) for k in np.broadcast_to(values, (n,))]

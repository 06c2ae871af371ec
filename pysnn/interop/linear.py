"""Linear parts of a NIR graph as sparse matrices over flat arrays (C order), a row an output."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..base.exports import needs
from ..errors import ParameterError

Shape = tuple[int, ...]


def diagonal(values: NDArray[np.float64]) -> Any:
    """The matrix that multiplies each element by its own value."""
    return needs("scipy.sparse", "from_nir").diags_array(np.ravel(values), format="csr")


def dense(weight: NDArray[np.float64], owner: str) -> tuple[Any, Shape]:
    """A weight matrix (outputs, inputs) without its zeros, and the shape that it gives.

    Of more dimensions the first ones number matrices, each of inputs of its own.
    """
    sparse = needs("scipy.sparse", "from_nir")
    if weight.ndim < 2:
        raise ParameterError(f"{owner}: expected a weight matrix (got shape {weight.shape})")
    if weight.ndim == 2:
        return sparse.csr_array(weight), (weight.shape[0],)
    blocks = [sparse.csr_array(block) for block in weight.reshape(-1, *weight.shape[-2:])]
    return sparse.block_diag(blocks, format="csr"), weight.shape[:-1]


def convolution(
    weight: NDArray[np.float64],
    shape: Shape,
    stride: Sequence[int],
    padding: Sequence[int] | str,
    dilation: Sequence[int],
    groups: int,
    owner: str,
) -> tuple[Any, Shape]:
    """A convolution of any number of dimensions, as PyTorch's: its matrix, and the shape that it gives.

    Parameters
    ----------
    weight : (channels out, channels in / groups, *kernel).
    shape : (channels in, *space) of the input.
    stride, dilation : >= 1, one a dimension.
    padding : zeros before and after each dimension; or "valid" (none), or "same" (as long as the input).
    groups : channels in and out are divided into as many groups, each convolved alone.
    """
    sparse = needs("scipy.sparse", "from_nir")
    kernel, space = weight.shape[2:], shape[1:]
    if len(kernel) != len(space) or shape[0] != weight.shape[1] * groups or weight.shape[0] % groups:
        raise ParameterError(
            f"{owner}: weights of shape {weight.shape} in {groups} group(s) do not fit an input of "
            f"shape {shape}"
        )
    before, out = _extent(space, kernel, stride, padding, dilation, owner)
    per_in, per_out = weight.shape[1], weight.shape[0] // groups
    rows, columns, values = [], [], []
    n_out, n_in = math.prod(out), math.prod(space)
    at = np.indices(out).reshape(len(out), -1)
    channel_out = np.arange(weight.shape[0])
    for tap in np.ndindex(*kernel):
        # Where this entry of the kernel looks, of each place of the output.
        seen = (
            at * np.reshape(stride, (-1, 1))
            + np.reshape(tap, (-1, 1)) * np.reshape(dilation, (-1, 1))
            - np.reshape(before, (-1, 1))
        )
        inside = ((seen >= 0) & (seen < np.reshape(space, (-1, 1)))).all(axis=0)
        to = np.flatnonzero(inside)
        source = np.ravel_multi_index(tuple(seen[:, inside]), space)
        for c in range(per_in):
            channel_in = channel_out // per_out * per_in + c
            entry = weight[(channel_out, c, *tap)]
            rows.append((channel_out[:, None] * n_out + to).ravel())
            columns.append((channel_in[:, None] * n_in + source).ravel())
            values.append(np.broadcast_to(entry[:, None], (len(channel_out), len(to))).ravel())
    matrix = sparse.coo_array(
        (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))),
        shape=(weight.shape[0] * n_out, shape[0] * n_in),
    ).tocsr()
    matrix.eliminate_zeros()
    return matrix, (weight.shape[0], *out)


def pooling(
    shape: Shape, kernel: Sequence[int], stride: Sequence[int], padding: Sequence[int], mean: bool, owner: str
) -> tuple[Any, Shape]:
    """Sums, or means, over patches of each channel."""
    weight = np.full((shape[0], 1, *kernel), 1.0 / math.prod(kernel) if mean else 1.0)
    return convolution(weight, shape, stride, padding, [1] * len(kernel), shape[0], owner)


def _extent(
    space: Shape,
    kernel: Shape,
    stride: Sequence[int],
    padding: Sequence[int] | str,
    dilation: Sequence[int],
    owner: str,
) -> tuple[list[int], Shape]:
    """Zeros before each dimension, and how long each comes out."""
    reach = [d * (k - 1) for d, k in zip(dilation, kernel, strict=True)]
    if padding == "same":
        if any(s != 1 for s in stride):
            raise ParameterError(f"{owner}: padding 'same' goes with stride 1 alone (got {tuple(stride)})")
        return [r // 2 for r in reach], space
    around = [0] * len(space) if padding == "valid" else [int(p) for p in padding]
    out = tuple((n + 2 * p - r - 1) // s + 1 for n, p, r, s in zip(space, around, reach, stride, strict=True))
    if min(out) < 1:
        raise ParameterError(f"{owner}: a kernel of {kernel} does not fit an input of {space}")
    return around, out

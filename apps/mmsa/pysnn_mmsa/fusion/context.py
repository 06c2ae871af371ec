"""Context: the utterances of a video are about one thing.

To the log-probabilities s_t of utterance t those of its neighbours u in the video are added,
s_t + gain sum_u decay^|t-u| s_u (earlier ones alone where causal). To a number is added ``gain`` times what
the neighbours are above ``middle`` in the mean, with weights decay^|t-u|.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..settings import ContextConfig
from .combine import log_softmax

Float = NDArray[np.float64]


def in_context(
    votes: Float,
    video: Sequence[str],
    position: NDArray[np.int64],
    config: ContextConfig,
    middle: float | None = None,
) -> Float:
    """Log-probabilities with those of the other utterances of the same video added, see above.

    ``middle`` : of numbers, where votes are such. ``position`` orders the utterances of a video; distances
    count utterances, not positions.
    """
    if config.gain == 0.0:
        return votes
    # A vote counts by what it says for a class over the others, a number by what it is above the middle.
    centred = votes - (votes.mean(axis=1, keepdims=True) if middle is None else middle)
    out = votes.copy() if middle is not None else centred.copy()
    names = np.asarray(video)
    for name in dict.fromkeys(video):
        rows = np.flatnonzero(names == name)
        rows = rows[np.argsort(position[rows], kind="stable")]
        place = np.arange(len(rows))
        distance = place[:, None] - place[None, :]
        weight = config.decay ** np.abs(distance).astype(np.float64)
        weight[distance <= 0 if config.causal else distance == 0] = 0.0
        if middle is not None:
            weight /= np.maximum(weight.sum(axis=1, keepdims=True), np.finfo(np.float64).tiny)
        out[rows] += config.gain * (weight @ centred[rows])
    return out if middle is not None else log_softmax(out)

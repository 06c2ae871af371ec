"""Whether landmarks can be a face."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]


def is_face(landmarks: Float) -> NDArray[np.bool_]:
    """bool[frames]: which of ``landmarks`` [frames, 68, 2] have eyes, a distance of them and a height."""
    p = landmarks
    s = p[:, 36:42].mean(axis=1) - p[:, 42:48].mean(axis=1)
    lengths = [
        np.linalg.norm(v, axis=1) for v in (s, p[:, 36] - p[:, 39], p[:, 42] - p[:, 45], p[:, 8] - p[:, 27])
    ]
    return np.asarray(np.min(lengths, axis=0) > 0.0)

"""13 geometric features of a face from its 68 landmarks.

Points are numbered from 0 in iBUG order; s is the distance between the centres of the eyes (means of points
36-41 and 42-47). Ratios of lengths in one image are the same for a turned, moved or larger face.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

import pysnn as snn

Float = NDArray[np.float64]

FACIAL_FEATURES = (
    "brow_inner_R", "brow_inner_L", "brow_outer_R", "brow_outer_L", "brow_gap", "eye_open_R", "eye_open_L",
    "nose_lip", "mouth_width", "mouth_open", "lip_height", "corner_raise", "jaw_drop",
)  # fmt: skip
STATISTICS = ("mean", "std", "low", "high")


def facial_features(landmarks: ArrayLike) -> Float:
    """Features of each frame, float64[frames, 13], in the order of ``FACIAL_FEATURES``.

    landmarks: [frames, 68, 2], x and y in any unit.

    brow_inner |21-39|/s, |22-42|/s; brow_outer |17-36|/s, |26-45|/s; brow_gap |21-22|/s;
    eye_open (|37-41|+|38-40|)/(2|36-39|), (|43-47|+|44-46|)/(2|42-45|); nose_lip |33-51|/s;
    mouth_width |48-54|/s; mouth_open (|61-67|+|62-66|+|63-65|)/(3 s); lip_height |51-57|/s;
    corner_raise ((51+57)/2 - (48+54)/2) . unit(8-27) / s, positive where the corners lie above the middle
    of the lips (27 to 8 is down the face); jaw_drop |33-8|/s.

    Raises ParameterError for another shape, and for a face of no size (an eye or the distance of the eyes).
    """
    p = np.asarray(landmarks, dtype=np.float64)
    if p.ndim != 3 or p.shape[1:] != (68, 2):
        raise snn.ParameterError(f"facial_features: expected shape (frames, 68, 2) (got {p.shape})")

    def length(a: int, b: int) -> Float:
        return np.asarray(np.linalg.norm(p[:, a] - p[:, b], axis=1))

    s = np.linalg.norm(p[:, 36:42].mean(axis=1) - p[:, 42:48].mean(axis=1), axis=1)
    down = p[:, 8] - p[:, 27]
    sizes = np.stack([s, length(36, 39), length(42, 45), np.linalg.norm(down, axis=1)])
    if not (sizes > 0.0).all():
        bad = int(np.flatnonzero(~(sizes > 0.0).all(axis=0))[0])
        raise snn.ParameterError(
            f"facial_features: frame {bad} is no face: its eyes or its height have no size"
        )
    middle = 0.5 * (p[:, 51] + p[:, 57] - p[:, 48] - p[:, 54])
    return np.stack(
        [
            length(21, 39) / s,
            length(22, 42) / s,
            length(17, 36) / s,
            length(26, 45) / s,
            length(21, 22) / s,
            (length(37, 41) + length(38, 40)) / (2.0 * sizes[1]),
            (length(43, 47) + length(44, 46)) / (2.0 * sizes[2]),
            length(33, 51) / s,
            length(48, 54) / s,
            (length(61, 67) + length(62, 66) + length(63, 65)) / (3.0 * s),
            length(51, 57) / s,
            (middle * down).sum(axis=1) / sizes[3] / s,
            length(33, 8) / s,
        ],
        axis=1,
    )


FACE_NAMES = tuple(f"{feature}_{statistic}" for statistic in STATISTICS for feature in FACIAL_FEATURES)


def face_levels(frames: Sequence[Float]) -> Float:
    """Medians of the features over the frames of each utterance, float64[n, 13]; NaN without frames."""
    levels = np.full((len(frames), len(FACIAL_FEATURES)), np.nan)
    for k, landmarks in enumerate(frames):
        if len(landmarks):
            levels[k] = np.median(facial_features(landmarks), axis=0)
    return levels


def face_table(frames: Sequence[Float], rest: Float) -> Float:
    """Statistics of each utterance's features, float64[n, 52], relative to its ``rest`` [n, 13].

    Mean, standard deviation, and the 10th and 90th percentile over the frames. Rows of NaN where there are
    no frames.
    """
    table = np.full((len(frames), len(FACE_NAMES)), np.nan)
    for k, landmarks in enumerate(frames):
        if len(landmarks):
            moved = facial_features(landmarks) - rest[k]
            low, high = np.quantile(moved, [0.1, 0.9], axis=0)
            table[k] = np.concatenate([moved.mean(axis=0), moved.std(axis=0), low, high])
    return table

"""Trajectories of 68 facial landmarks: a drawn face that is deformed, posed and filmed."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]

FRAME_RATE = 5.0  # Hz: low, so that the shipped file stays small
PIXELS = 60.0  # half the width of a face

# What each emotion does to a face at full strength, in half face widths (eye: relative opening).
EXPRESSIONS: Mapping[str, Mapping[str, float]] = {
    "fear": {
        "brow_inner": 0.10,
        "brow_outer": 0.02,
        "brow_gap": -0.03,
        "eye": 0.45,
        "width": 0.06,
        "open": 0.05,
    },
    "disgust": {"brow_inner": -0.06, "brow_outer": -0.02, "eye": -0.35, "lip": -0.06, "corner": -0.04},
    "anger": {"brow_inner": -0.10, "brow_outer": 0.02, "brow_gap": -0.05, "eye": 0.20, "width": -0.06},
    "sadness": {"brow_inner": 0.07, "brow_outer": -0.04, "eye": -0.25, "corner": -0.07, "width": -0.02},
    "neutral": {},
    "joy": {"eye": -0.15, "width": 0.12, "corner": 0.09, "open": 0.03},
    "surprise": {
        "brow_inner": 0.12,
        "brow_outer": 0.10,
        "eye": 0.55,
        "jaw": 0.18,
        "open": 0.12,
        "width": -0.04,
    },
}


def base_face() -> Float:
    """The face at rest, float64[68, 2], iBUG order, about 2 wide, y downwards."""
    face = np.zeros((68, 2))
    turn = np.pi * np.arange(17) / 16.0
    face[0:17] = np.stack([-np.cos(turn), -0.1 + 1.25 * np.sin(turn)], axis=1)
    along = np.arange(5) / 4.0
    brow = np.stack([0.80 - 0.58 * along, -0.50 - 0.09 * np.sin(np.pi * along)], axis=1)
    face[17:22] = brow * [-1.0, 1.0]
    face[22:27] = brow[::-1]
    face[27:31] = np.stack([np.zeros(4), np.linspace(-0.28, 0.10, 4)], axis=1)
    face[31:36] = [[-0.17, 0.19], [-0.09, 0.22], [0.0, 0.24], [0.09, 0.22], [0.17, 0.19]]
    eye = np.array([[-0.16, 0.0], [-0.06, -0.06], [0.06, -0.06], [0.16, 0.0], [0.06, 0.06], [-0.06, 0.06]])
    face[36:42] = eye + np.array([-0.42, -0.26])
    face[42:48] = eye + np.array([0.42, -0.26])
    face[48:60] = [
        [-0.30, 0.56], [-0.19, 0.51], [-0.07, 0.48], [0.0, 0.49], [0.07, 0.48], [0.19, 0.51],
        [0.30, 0.56], [0.19, 0.63], [0.08, 0.66], [0.0, 0.67], [-0.08, 0.66], [-0.19, 0.63],
    ]  # fmt: skip
    face[60:68] = [
        [-0.25, 0.56], [-0.09, 0.54], [0.0, 0.545], [0.09, 0.54],
        [0.25, 0.56], [0.09, 0.58], [0.0, 0.585], [-0.09, 0.58],
    ]  # fmt: skip
    return face


def deform(face: Float, expression: Mapping[str, float]) -> Float:
    """``face`` with an expression; positive raises, opens, widens."""
    out = face.copy()
    e = dict.fromkeys(
        ("brow_inner", "brow_outer", "brow_gap", "eye", "width", "open", "corner", "lip", "jaw"), 0.0
    )
    e.update(expression)
    share = np.arange(5) / 4.0  # 0 outer end, 1 inner end of a brow
    rise = e["brow_outer"] * (1.0 - share) + e["brow_inner"] * share
    out[17:22, 1] -= rise
    out[22:27, 1] -= rise[::-1]
    out[21, 0] -= 0.5 * e["brow_gap"]
    out[22, 0] += 0.5 * e["brow_gap"]
    for eye in (slice(36, 42), slice(42, 48)):
        middle = out[eye, 1].mean()
        out[eye, 1] = middle + (out[eye, 1] - middle) * max(0.1, 1.0 + e["eye"])
    mouth = slice(48, 68)
    out[mouth, 0] *= 1.0 + e["width"] / 0.30
    out[[48, 54, 60, 64], 1] -= e["corner"]
    out[[49, 53, 59, 55], 1] -= 0.4 * e["corner"]
    out[[49, 50, 51, 52, 53, 61, 62, 63], 1] += e["lip"] - 0.3 * e["open"]
    lower = [55, 56, 57, 58, 59, 65, 66, 67]
    out[lower, 1] += 0.7 * e["open"] + 0.6 * e["jaw"]
    out[5:12, 1] += e["jaw"] * np.array([0.4, 0.7, 0.9, 1.0, 0.9, 0.7, 0.4])
    return out


def speaker_face(rng: np.random.Generator) -> Float:
    """A face of one's own: proportions differ between speakers by more than most expressions."""
    face = base_face()
    face *= 1.0 + 0.12 * (rng.random(2) - 0.5)
    face[17:27, 1] += 0.12 * (rng.random() - 0.5)
    face[27:36] *= 1.0 + 0.15 * (rng.random(2) - 0.5)
    resting = {
        "width": 0.08 * (rng.random() - 0.5),
        "corner": 0.06 * (rng.random() - 0.5),
        "eye": 0.3 * (rng.random() - 0.5),
        "brow_gap": 0.06 * (rng.random() - 0.5),
    }
    return deform(face, resting)


def film(face: Float, emotion: str, strength: float, duration: float, rng: np.random.Generator) -> Float:
    """Landmarks of ``duration`` s in pixels, float64[frames, 68, 2]: the expression comes and goes, the mouth
    speaks, the head turns, and the detector is off by a fraction of a pixel.
    """
    count = max(3, round(duration * FRAME_RATE))
    at = np.arange(count) / (count - 1)
    envelope = strength * np.sin(np.pi * np.clip(0.15 + 0.85 * at, 0.0, 1.0)) ** 0.5
    talk = 0.05 * (rng.random(count) * (0.6 + 0.8 * rng.random()))
    centre = 320.0 + 60.0 * (rng.random(2) - 0.5)
    zoom = PIXELS * (0.85 + 0.3 * rng.random())
    drift = np.cumsum(0.03 * (rng.random((count, 3)) - 0.5), axis=0)
    roll = 0.25 * (rng.random() - 0.5) + drift[:, 2]
    frames = np.empty((count, 68, 2))
    for k in range(count):
        expression = {key: envelope[k] * value for key, value in EXPRESSIONS[emotion].items()}
        expression["open"] = expression.get("open", 0.0) + talk[k]
        expression["jaw"] = expression.get("jaw", 0.0) + 0.5 * talk[k]
        cos, sin = np.cos(roll[k]), np.sin(roll[k])
        turned = deform(face, expression) @ np.array([[cos, sin], [-sin, cos]])
        frames[k] = centre + zoom * (turned + drift[k, :2])
    return frames + 1.2 * (rng.random(frames.shape) - 0.5)

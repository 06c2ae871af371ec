"""A photograph that talks, smiles and raises its brows: landmarks are moved, the picture is warped after
them.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]
Picture = NDArray[np.uint8]

SIZE = 480  # pixels of a frame's height, and of the square that shows the face
CROP = (20, 120, 200)  # top, left and side of the part of the photograph that is shown
LEVELS = 3  # of the mouth, closed to open

# What an emotion does, in shares of the distance of the eyes (eye: relative opening).
LOOKS: Mapping[str, Mapping[str, float]] = {
    "fear": {"brow": 0.16, "eye": 0.5},
    "disgust": {"brow": -0.09, "eye": -0.5, "corner": -0.05, "lip": -0.08},
    "anger": {"brow": -0.18, "eye": 0.4, "width": -0.06},
    "sadness": {"brow": 0.08, "eye": -0.5, "corner": -0.10},
    "neutral": {},
    "joy": {"corner": 0.12, "width": 0.14, "eye": -0.3},
    "surprise": {"brow": 0.18, "eye": 0.8, "jaw": 0.15},
}


def photograph() -> Any:
    """scikit-image's picture of a face; ImportError with how to get it."""
    top, left, side = CROP
    return _skimage("data").astronaut()[top : top + side, left : left + side]


def _skimage(part: str) -> Any:
    """A module of scikit-image; ImportError with how to get it."""
    try:
        return importlib.import_module(f"skimage.{part}")
    except ImportError as err:
        raise ImportError(f"synth --media needs scikit-image: pip install scikit-image ({err})") from err


def moved(points: Float, look: Mapping[str, float], opening: float) -> Float:
    """Landmarks [68, 2] with a look and the mouth open by ``opening`` (0 to 1)."""
    q = points.copy()
    s = float(np.linalg.norm(q[36:42].mean(axis=0) - q[42:48].mean(axis=0)))
    drop = 0.25 * opening + look.get("jaw", 0.0)
    q[[55, 56, 57, 58, 59, 65, 66, 67], 1] += s * drop
    q[5:12, 1] += s * drop * np.array([0.4, 0.7, 0.9, 1.0, 0.9, 0.7, 0.4])
    q[[48, 60], 0] -= s * look.get("width", 0.0)
    q[[54, 64], 0] += s * look.get("width", 0.0)
    q[[48, 54, 60, 64], 1] -= s * look.get("corner", 0.0)
    q[[49, 50, 51, 52, 53, 61, 62, 63], 1] += s * look.get("lip", 0.0)
    q[17:27, 1] -= s * look.get("brow", 0.0)
    for eye in (slice(36, 42), slice(42, 48)):
        middle = q[eye, 1].mean()
        q[eye, 1] = middle + (q[eye, 1] - middle) * (1.0 + look.get("eye", 0.0))
    return q


class Actor:
    """One speaker: the photograph, mirrored or not, wider or narrower, with a resting look of their own.

    Raises ImportError where scikit-image, dlib or its model are missing.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        # What is drawn comes first, so that the look of a speaker depends on the seed alone.
        mirrored, width, light = rng.random() < 0.5, 0.9 + 0.2 * rng.random(), 0.8 + 0.4 * rng.random()
        self._rest = {"brow": 0.06 * (rng.random() - 0.5), "corner": 0.05 * (rng.random() - 0.5)}
        from ...face import faces
        from ...media import Frame

        picture = photograph()
        side = picture.shape[0]
        picture = (
            _skimage("transform").resize(picture, (side, round(width * side)), preserve_range=True) * light
        )
        picture = np.clip(picture[:, ::-1] if mirrored else picture, 0, 255).astype(np.uint8)
        self._picture: Picture = np.ascontiguousarray(picture)
        doubled = np.ascontiguousarray(self._picture.mean(axis=2).astype(np.uint8).repeat(2, 0).repeat(2, 1))
        self._points = faces([Frame(0.0, doubled)]).landmarks[0] / 2.0
        self._frames: dict[tuple[str, int], Picture] = {}

    def frame(self, emotion: str, opening: float) -> Picture:
        """uint8[SIZE, width, 3], the mouth open by the nearest of ``LEVELS`` to ``opening`` (0 to 1)."""
        level = round(min(1.0, max(0.0, opening)) * (LEVELS - 1))
        if (emotion, level) not in self._frames:
            self._frames[emotion, level] = self._warped(emotion, level / (LEVELS - 1))
        return self._frames[emotion, level]

    def _warped(self, emotion: str, opening: float) -> Picture:
        skimage = _skimage("transform")
        look = {name: LOOKS[emotion].get(name, 0.0) + self._rest.get(name, 0.0) for name in
                {*LOOKS[emotion], *self._rest}}  # fmt: skip
        height, width = self._picture.shape[:2]
        edge = np.array(
            [(x, y) for x in (0, width // 2, width - 1) for y in (0, height // 2, height - 1)],
            dtype=np.float64,
        )
        low, high = self._points.min(axis=0), self._points.max(axis=0)
        out = 0.35 * (high - low)
        ring = np.array(
            [
                (x, y)
                for x in (low[0] - out[0], 0.5 * (low[0] + high[0]), high[0] + out[0])
                for y in (low[1] - out[1], 0.5 * (low[1] + high[1]), high[1] + out[1])
            ]
        )
        ring = np.delete(ring, 4, axis=0)  # the middle is the face itself
        edge = np.delete(edge, 4, axis=0)
        still = np.vstack([ring, edge])
        source = np.vstack([self._points, still])
        target = np.vstack([moved(self._points, look, opening), still])
        kind = skimage.PiecewiseAffineTransform
        if hasattr(kind, "from_estimate"):
            transform = kind.from_estimate(target, source)
        else:  # before scikit-image 0.26
            transform = kind()
            transform.estimate(target, source)
        picture = skimage.warp(
            self._picture, transform, output_shape=self._picture.shape[:2], preserve_range=True
        )
        large = skimage.resize(picture, (SIZE, round(SIZE * width / height)), preserve_range=True)
        return np.asarray(np.clip(large, 0, 255).astype(np.uint8))

"""Landmarks of one face through a film.

Faces are looked for in every fifth frame, the box kept between (a fifth of the time, an error of 1 % of a
deviation). Of several the one of the best score is taken, then the one nearest to where the face was; the
largest is often none. dlib's landmarks are whole pixels: a small face is enlarged to some 400 first, which
makes the error two to six times smaller.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..media import Frame
from .geometry import is_face
from .model import checksum, find_model, library

Float = NDArray[np.float64]
Grey = NDArray[np.uint8]

VERSION = 1
EVERY = 5  # frames from one search to the next
WIDTH = 400  # pixels a face is enlarged to
SURE = 0.25  # score above which a second face counts as one
NEAR = 0.5  # of its width: how far a face moves between two searches
SMALL_EYES = 30.0  # pixels between the eyes below which landmarks are poor
UPSAMPLE = 2  # times a picture is doubled, at most, to find a small face
LARGEST = 1280  # pixels: wider pictures are halved before the search


@dataclass(frozen=True)
class Faces:
    """times : s, float64[frames], of every frame. landmarks : float64[frames, 68, 2] in pixels, NaN where
    no face was found. several : share of the searches that found more than one. eyes : median distance of
    the eyes [pixels], NaN where there was none.
    """

    times: Float
    landmarks: Float
    several: float
    eyes: float

    @property
    def missing(self) -> float:
        """Share of frames without a face, 1 where there are no frames."""
        return float(np.isnan(self.landmarks[:, 0, 0]).mean()) if len(self.times) else 1.0


def extractor() -> str:
    """The name of what finds landmarks, with versions; ImportError where dlib or its model are not there."""
    return f"landmarks {VERSION} (dlib {library().__version__}, 68-point model {checksum()})"


def faces(frames: Iterable[Frame]) -> Faces:
    """Landmarks of the face in ``frames``."""
    finder = _Finder()
    times, found = [], []
    for number, frame in enumerate(frames):
        if number % EVERY == 0:
            finder.search(frame.grey)
        times.append(frame.time)
        found.append(finder.landmarks(frame.grey))
    landmarks = np.array(found).reshape(-1, 68, 2)
    eyes = np.linalg.norm(landmarks[:, 36:42].mean(axis=1) - landmarks[:, 42:48].mean(axis=1), axis=1)
    there = eyes[np.isfinite(eyes)]
    return Faces(
        np.array(times),
        landmarks,
        finder.several / max(1, finder.searches),
        float(np.median(there)) if len(there) else float("nan"),
    )


class _Finder:
    """Where the face is."""

    def __init__(self) -> None:
        self._dlib = library()
        self._detect: Any = self._dlib.get_frontal_face_detector()
        self._predict: Any = self._dlib.shape_predictor(str(find_model()))
        self._box: Float | None = None  # left, top, right, bottom
        self._upsample = 0
        self._failed = 0
        self.searches = 0
        self.several = 0

    def search(self, grey: Grey) -> None:
        """Look for the face in a picture."""
        self.searches += 1
        shrink = 1
        picture = grey
        while picture.shape[1] > LARGEST:
            picture, shrink = picture[::2, ::2], 2 * shrink
        picture = np.ascontiguousarray(picture)
        # What found the face last time finds it again at least cost.
        # Where there was none, all sizes are tried every fifth search alone: that takes most of the time.
        self._failed = self._failed + 1 if self._box is None else 0
        tries = range(UPSAMPLE + 1) if self._failed % EVERY <= 1 else range(1)
        for upsample in dict.fromkeys((self._upsample, *tries)):
            if picture.shape[1] << upsample > LARGEST and upsample > 0:
                continue
            boxes, scores, _ = self._detect.run(picture, upsample, 0.0)
            if len(boxes):
                self.several += sum(score > SURE for score in scores) > 1
                self._upsample = upsample
                rows = np.array([[b.left(), b.top(), b.right(), b.bottom()] for b in boxes], dtype=np.float64)
                self._box = shrink * rows[self._choice(shrink * rows, np.array(scores))]
                return
        self._box = None

    def _choice(self, boxes: Float, scores: Float) -> int:
        """The nearest to the last box among those near it, else the one of the best score."""
        if self._box is not None:
            middle = 0.5 * (boxes[:, :2] + boxes[:, 2:])
            far = np.linalg.norm(middle - 0.5 * (self._box[:2] + self._box[2:]), axis=1)
            near = far < NEAR * (self._box[2] - self._box[0])
            if near.any():
                return int(np.where(near, scores, -np.inf).argmax())
        return int(scores.argmax())

    def landmarks(self, grey: Grey) -> Float:
        """Landmarks in a picture, float64[68, 2], NaN where no face was found."""
        if self._box is None:
            return np.full((68, 2), np.nan)
        left, top, right, bottom = self._box
        margin = 0.5 * (right - left)
        height, width = grey.shape
        x0, y0 = max(0, int(left - margin)), max(0, int(top - margin))
        x1, y1 = min(width, int(right + margin) + 1), min(height, int(bottom + margin) + 1)
        if x1 - x0 < 8 or y1 - y0 < 8:
            return np.full((68, 2), np.nan)
        crop = np.ascontiguousarray(grey[y0:y1, x0:x1])
        zoom = max(1.0, WIDTH / max(1.0, right - left))
        if zoom > 1.0:
            crop = self._dlib.resize_image(crop, round(zoom * crop.shape[0]), round(zoom * crop.shape[1]))
        scale = np.array([crop.shape[1] / (x1 - x0), crop.shape[0] / (y1 - y0)])
        corners = (np.array([[left, top], [right, bottom]]) - [x0, y0]) * scale
        box = self._dlib.rectangle(*np.rint(corners).astype(int).ravel().tolist())
        shape = self._predict(crop, box)
        points = np.array([(p.x, p.y) for p in shape.parts()], dtype=np.float64)
        found = np.asarray(points / scale + [x0, y0])
        return found if is_face(found[None])[0] else np.full((68, 2), np.nan)

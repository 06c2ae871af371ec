"""What a loader gives: utterances with their modalities, labels and split."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

import pysnn as snn

Float: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class Table:
    """Features that come ready-made: ``values`` float64[n, d], a row of NaN where the modality is missing."""

    values: Float
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.values)

    def present(self) -> NDArray[np.bool_]:
        """bool[n]: which utterances have the modality."""
        return np.asarray(np.isfinite(self.values).all(axis=1))


@dataclass(frozen=True)
class Transcripts:
    """What was said, one string an utterance; None where there is no transcript."""

    texts: tuple[str | None, ...]

    def __len__(self) -> int:
        return len(self.texts)

    def present(self) -> NDArray[np.bool_]:
        """bool[n]: which utterances have the modality."""
        return np.array([text is not None for text in self.texts])


@dataclass(frozen=True)
class Contours:
    """Pitch and loudness of each utterance every 10 ms; an empty contour where there is no voice.

    pitch: Hz, float64[frames], 0 where unvoiced. loudness: dB, float64[frames].
    """

    pitch: tuple[Float, ...]
    loudness: tuple[Float, ...]

    def __len__(self) -> int:
        return len(self.pitch)

    def present(self) -> NDArray[np.bool_]:
        """bool[n]: which utterances have a voiced frame."""
        return np.array([bool((contour > 0.0).any()) for contour in self.pitch])


@dataclass(frozen=True)
class Landmarks:
    """68 facial landmarks (iBUG order, 0-based) of each frame: float64[frames, 68, 2] in pixels, y downwards.

    No frames where no face was found.
    """

    frames: tuple[Float, ...]

    def __len__(self) -> int:
        return len(self.frames)

    def present(self) -> NDArray[np.bool_]:
        """bool[n]: which utterances show a face."""
        return np.array([len(frames) > 0 for frames in self.frames])


Modality: TypeAlias = Table | Transcripts | Contours | Landmarks


@dataclass(frozen=True)
class Corpus:
    """Utterances of a data set; entry k of every field belongs to utterance k.

    Attributes
    ----------
    name : of the data set.
    ids : unique names of the utterances.
    speaker, video : who speaks, and in which video.
    position : int64[n], order of the utterances within their video.
    label : int64[n], index into ``classes``.
    classes : names of the classes. codes : the numbers the data set itself uses for them.
    test : bool[n], True in the test part, which nothing but the final evaluation may read.
    modalities : by name, in the order in which they are fused.
    note : what a reader of a result must know about the data.
    """

    name: str
    ids: tuple[str, ...]
    speaker: tuple[str, ...]
    video: tuple[str, ...]
    position: NDArray[np.int64]
    label: NDArray[np.int64]
    classes: tuple[str, ...]
    codes: tuple[int, ...]
    test: NDArray[np.bool_]
    modalities: Mapping[str, Modality]
    note: str = ""

    def __post_init__(self) -> None:
        """Every field must be as long as ``ids``, and speakers must not be in both parts."""
        n = len(self.ids)
        lengths = {key: len(getattr(self, key)) for key in ("speaker", "video", "position", "label", "test")}
        lengths |= {f"modality {key!r}": len(value) for key, value in self.modalities.items()}
        wrong = {key: length for key, length in lengths.items() if length != n}
        if wrong:
            raise snn.ParameterError(f"corpus {self.name!r}: expected {n} entries, one an id (got {wrong})")
        if len(set(self.ids)) != n:
            raise snn.ParameterError(f"corpus {self.name!r}: ids must be unique")
        if len(self.codes) != len(self.classes):
            raise snn.ParameterError(f"corpus {self.name!r}: expected one code a class (got {self.codes})")
        if n and not (self.label.min() >= 0 and self.label.max() < len(self.classes)):
            raise snn.ParameterError(
                f"corpus {self.name!r}: labels must be >= 0 and < {len(self.classes)} "
                f"(got {self.label.min()} to {self.label.max()})"
            )
        if self.test.all() or not self.test.any():
            raise snn.ParameterError(f"corpus {self.name!r}: expected a training and a test part")
        both = {s for s, t in zip(self.speaker, self.test, strict=True) if t}
        both &= {s for s, t in zip(self.speaker, self.test, strict=True) if not t}
        if both:
            raise snn.ParameterError(f"corpus {self.name!r}: speakers in both parts: {sorted(both)[:5]}")

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class Loader:
    """A data set that can be loaded.

    ``preset`` holds configuration values, as ``"section.key": value``, that fit the data set; whatever the
    user gives overrides them.
    """

    name: str
    title: str
    load: Callable[[], Corpus]
    preset: Mapping[str, object] = field(default_factory=dict)


LOADERS: dict[str, Loader] = {}


def register(loader: Loader) -> None:
    """Make a data set known under its name."""
    if loader.name in LOADERS:
        raise snn.ParameterError(f"there is a data set named {loader.name!r} already")
    LOADERS[loader.name] = loader

"""What a loader gives: utterances with their modalities, labels and split."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

import pysnn as snn

from ..settings import DataConfig

Float: TypeAlias = NDArray[np.float64]
Words: TypeAlias = tuple[tuple[float, float, str], ...]


@dataclass(frozen=True)
class Table:
    """Features that come ready-made: ``values`` float64[n, d], NaN where one is missing.

    A row of NaN is a missing modality; single missing features are taken for average ones.
    """

    values: Float
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.values)

    def present(self) -> NDArray[np.bool_]:
        """bool[n]: which utterances have the modality."""
        return np.asarray(np.isfinite(self.values).any(axis=1))


@dataclass(frozen=True)
class Transcripts:
    """What was said, one string an utterance; None where there is no transcript.

    words : of each utterance its words as (begin, end [s of the media], word), where their times are known.
    """

    texts: tuple[str | None, ...]
    words: tuple[Words, ...] = ()

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


PARTS = ("train", "valid", "test", "none")


@dataclass(frozen=True)
class Corpus:
    """Utterances of a data set; entry k of every field belongs to utterance k.

    Attributes
    ----------
    name : of the data set.
    ids : unique names of the utterances.
    speaker, video : who speaks, and in which video.
    position : int64[n], order of the utterances within their video.
    target : float64[n], index into ``classes``, or a number where there are none; NaN where unlabelled.
    classes : names of the classes, () where labels are numbers. codes : what the data themselves call them.
    part : of each utterance, one of ``PARTS``; nothing but the final evaluation may read the test part.
    modalities : by name, in the order in which they are fused.
    begin, end : s of the media, NaN where unknown. media : file of each utterance, None where there is none.
    extractors : by modality, what made its values (program, version, settings), where somebody did.
    shared_speakers : may a speaker be in several parts?
    note : what a reader of a result must know about the data.
    warnings : what was odd about the data and read all the same.
    """

    name: str
    ids: tuple[str, ...]
    speaker: tuple[str, ...]
    video: tuple[str, ...]
    position: NDArray[np.int64]
    target: Float
    classes: tuple[str, ...]
    codes: tuple[str, ...]
    part: tuple[str, ...]
    modalities: Mapping[str, Modality]
    begin: Float | None = None
    end: Float | None = None
    media: tuple[str | None, ...] = ()
    extractors: Mapping[str, str] = field(default_factory=dict)
    shared_speakers: bool = False
    note: str = ""
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Every field must be as long as ``ids``, and labels and parts among those there are."""
        n, owner = len(self.ids), f"corpus {self.name!r}"
        lengths = {key: len(getattr(self, key)) for key in ("speaker", "video", "position", "target", "part")}
        lengths |= {f"modality {key!r}": len(value) for key, value in self.modalities.items()}
        lengths |= {
            key: len(value)
            for key in ("begin", "end", "media")
            if (value := getattr(self, key)) is not None and len(value)
        }
        wrong = {key: length for key, length in lengths.items() if length != n}
        if wrong:
            raise snn.ParameterError(f"{owner}: expected {n} entries, one an id (got {wrong})")
        if n == 0:
            raise snn.ParameterError(f"{owner}: expected an utterance (got none)")
        if len(set(self.ids)) != n:
            twice = next(name for name in self.ids if self.ids.count(name) > 1)
            raise snn.ParameterError(f"{owner}: ids must be unique (got {twice!r} more than once)")
        if len(self.codes) != len(self.classes):
            raise snn.ParameterError(f"{owner}: expected one code a class (got {self.codes})")
        known = self.target[np.isfinite(self.target)]
        places = np.arange(len(self.classes))
        if self.classes and not np.isin(known, places).all():
            raise snn.ParameterError(
                f"{owner}: labels must be whole, >= 0 and < {len(places)} "
                f"(got {known.min():g} to {known.max():g})"
            )
        odd = sorted(set(self.part) - set(PARTS))
        if odd:
            raise snn.ParameterError(f"{owner}: expected parts {', '.join(PARTS)} (got {', '.join(odd)})")

    def check_speakers(self) -> None:
        """ParameterError where a speaker is in several parts and no setting allows it."""
        owner = f"corpus {self.name!r}"
        if self.shared_speakers:
            return
        home: dict[str, str] = {}
        for who, part, name in zip(self.speaker, self.part, self.ids, strict=True):
            if part != "none" and home.setdefault(who, part) != part:
                raise snn.ParameterError(
                    f"{owner}: expected each speaker in one part (got speakers in several parts: {who!r} in "
                    f"{home[who]} and, with utterance {name!r}, in {part}); data.shared_speakers allows it"
                )

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def task(self) -> str:
        """``"classes"`` or ``"number"``."""
        return "classes" if self.classes else "number"

    @property
    def labelled(self) -> NDArray[np.bool_]:
        """bool[n]: which utterances have a label."""
        return np.asarray(np.isfinite(self.target))

    @property
    def label(self) -> NDArray[np.int64]:
        """int64[n], index into ``classes``, -1 where unlabelled."""
        return np.where(self.labelled, self.target, -1.0).astype(np.int64)

    def in_part(self, part: str) -> NDArray[np.bool_]:
        """bool[n]: which utterances are of ``part``."""
        return np.array([p == part for p in self.part], dtype=bool)

    @property
    def training(self) -> NDArray[np.bool_]:
        """bool[n]: what is learnt from, the labelled utterances of the training part."""
        return self.in_part("train") & self.labelled

    @property
    def test(self) -> NDArray[np.bool_]:
        """bool[n]: the test part."""
        return self.in_part("test")

    @property
    def doubts(self) -> tuple[str, ...]:
        """``warnings``, and what the other parts have and the training part lacks: nobody can learn it."""
        training, owner = self.training, f"corpus {self.name!r}"
        asked = (self.test | self.in_part("valid")) & self.labelled
        found = list(self.warnings)
        if not training.any():
            return tuple(found)
        learnt = set(self.target[training].tolist())
        for k, name in enumerate(self.classes):
            count = int((self.target[asked] == k).sum())
            if count and k not in learnt:
                found.append(
                    f"{owner}: no utterance to learn from has the label {name!r}, which {count} of the test "
                    f"or validation part {'has' if count == 1 else 'have'}"
                )
        for modality in self.modalities.values():
            if isinstance(modality, Table):
                known = np.isfinite(modality.values)
                for k in np.flatnonzero(known.any(axis=0) & ~known[training].any(axis=0)).tolist():
                    found.append(f"{owner}: no utterance to learn from has the feature {modality.names[k]!r}")
        return tuple(found)

    def check_trainable(self) -> None:
        """ParameterError where there is nothing to learn from or nothing to measure on."""
        owner = f"corpus {self.name!r}"
        counts = {part: int(self.in_part(part).sum()) for part in PARTS}
        there = ", ".join(f"{count} {part}" for part, count in counts.items())
        if not self.labelled.any():
            raise snn.ParameterError(
                f"{owner}: expected labels to train (got {len(self)} utterances without any): it can only be "
                "predicted"
            )
        self.check_speakers()
        for part, mask in (("train", self.training), ("test", self.test & self.labelled)):
            if not mask.any():
                raise snn.ParameterError(
                    f"{owner}: expected a training and a test part with labels (got no labelled utterance in "
                    f"{part}; split: {there})"
                )
        values = np.unique(self.target[self.training])
        if len(values) < 2:
            only = self.classes[int(values[0])] if self.classes else f"{values[0]:g}"
            raise snn.ParameterError(f"{owner}: expected two different labels to learn (got {only} alone)")
        for name, modality in self.modalities.items():
            if not (modality.present() & self.training).any():
                raise snn.ParameterError(
                    f"{owner}: no labelled utterance of the training part has the modality {name!r}"
                )
        if not self.modalities:
            raise snn.ParameterError(f"{owner}: expected a modality (text or features; got none)")


@dataclass(frozen=True)
class Loader:
    """A data set that can be loaded.

    ``preset`` holds configuration values, as ``"section.key": value``, that fit the data set; whatever the
    user gives overrides them.
    """

    name: str
    title: str
    load: Callable[[DataConfig], Corpus]
    preset: Mapping[str, object] = field(default_factory=dict)


LOADERS: dict[str, Loader] = {}


def register(loader: Loader) -> None:
    """Make a data set known under its name."""
    if loader.name in LOADERS:
        raise snn.ParameterError(f"there is a data set named {loader.name!r} already")
    LOADERS[loader.name] = loader

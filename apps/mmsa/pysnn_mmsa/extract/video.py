"""One media file: its contours of voice and landmarks of the face, as a file that need not be made twice."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

import pysnn as snn

from .. import face, media, voice
from ..beside import whole
from ..damaged import DAMAGED, reason
from .item import Item

FORMAT, VERSION = "mmsa video", 1


@dataclass(frozen=True)
class Settings:
    """What is extracted. voice, face : names of the extractors, "" for none. track : of the sound."""

    voice: str
    face: str
    track: int = 0

    @classmethod
    def chosen(cls, voice_kind: str = "auto", with_face: bool = True, track: int = 0) -> Settings:
        """Settings by kind ("auto", "own", "opensmile" or "none"); ImportError where something is missing."""
        media.container.library()
        return cls(
            voice="" if voice_kind == "none" else voice.extractor(voice_kind),
            face=face.extractor() if with_face else "",
            track=track,
        )


def key(item: Item, settings: Settings) -> str:
    """What decides the result: content of the files, extractors with versions, settings."""
    parts = {
        "format": [FORMAT, VERSION],
        "media": _digest(item.media),
        "audio": _digest(item.audio),
        "offset": item.audio_offset,
        "voice": settings.voice,
        "face": settings.face,
        "track": settings.track,
        "av": importlib.metadata.version("av"),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def is_done(path: Path, wanted: str) -> bool:
    """Does ``path`` hold the result of this key, whole?"""
    try:
        with h5py.File(path, "r") as file:
            if file.attrs.get("format") != FORMAT or file.attrs.get("key") != wanted:
                return False
        read(path)
    except DAMAGED:  # what cannot be read is made again, here alone
        return False
    return True


def make(item: Item, settings: Settings, path: Path, wanted: str) -> None:
    """Extract ``item`` into ``path``, which is there when it is whole."""
    assert item.media is not None
    warnings: list[str] = []
    streams = media.probe(item.media)
    if streams.video is None and not streams.audio and item.audio is None:
        raise media.MediaError(f"{item.media}: neither sound nor film")
    content: dict[str, Any] = {}
    ends = [streams.duration or 0.0]
    if settings.voice:
        sound = media.sound(item.audio or item.media, settings.track)
        if sound is None:
            warnings.append(f"{item.media}: there is no sound")
        else:
            warnings += sound.warnings
            found = voice.voice(sound.samples, voice.contours.kind_of(settings.voice))
            content |= {"voice/pitch": found.pitch, "voice/loudness": found.loudness}
            ends.append(sound.duration - item.audio_offset)
    faces = None
    if settings.face:
        if streams.video is None:
            warnings.append(f"{item.media}: there is no film")
        else:
            faces = face.faces(media.frames(item.media, warnings))
            content |= {"face/times": faces.times, "face/landmarks": faces.landmarks}
            ends.append(float(faces.times.max(initial=0.0)))
            if faces.missing > 0.0:
                warnings.append(f"{item.media}: no face in {100.0 * faces.missing:.0f} % of the frames")
            if faces.several > 0.0:
                warnings.append(f"{item.media}: several faces in {100.0 * faces.several:.0f} % of the frames")
            if faces.eyes < face.landmarks.SMALL_EYES:
                warnings.append(
                    f"{item.media}: the eyes are {faces.eyes:.0f} pixels apart, under "
                    f"{face.landmarks.SMALL_EYES:.0f}: landmarks are poor"
                )
    with whole(path) as draft, h5py.File(draft, "w") as file:
        for name, values in content.items():
            kind = np.float64 if name == "face/times" else np.float32
            file.create_dataset(name, data=np.asarray(values, dtype=kind), compression="gzip", shuffle=True)
        file.attrs["format"], file.attrs["version"], file.attrs["key"] = FORMAT, VERSION, wanted
        file.attrs["voice"], file.attrs["face"] = settings.voice, settings.face
        file.attrs["audio_offset"], file.attrs["duration"] = item.audio_offset, max(ends)
        file.create_dataset("warnings", data=np.array(warnings, dtype=object), dtype=h5py.string_dtype())


@dataclass(frozen=True)
class Extracted:
    """A file that ``make`` wrote, in memory: contours and landmarks of the whole media, and its warnings."""

    duration: float
    offset: float
    extractors: dict[str, str]
    pitch: np.ndarray[Any, np.dtype[np.float64]]
    loudness: np.ndarray[Any, np.dtype[np.float64]]
    times: np.ndarray[Any, np.dtype[np.float64]]
    landmarks: np.ndarray[Any, np.dtype[np.float64]]
    warnings: tuple[str, ...]

    def voice_between(self, begin: float, end: float) -> tuple[Any, Any]:
        """Pitch and loudness of the frames whose middle lies between ``begin`` and ``end`` [s of the media].

        Empty where that is under 60 ms.
        """
        first, last = (round((t + self.offset) / voice.FRAME) for t in (begin, end))
        if end - begin < voice.contours.SHORTEST:
            first = last = 0
        where = slice(max(0, first), max(0, last))
        return self.pitch[where], self.loudness[where]

    def face_between(self, begin: float, end: float) -> Any:
        """Landmarks of the frames between ``begin`` and ``end`` that show a face."""
        where = (self.times >= begin) & (self.times < end) & np.isfinite(self.landmarks[:, 0, 0])
        return self.landmarks[where]


NOTHING = Extracted(
    0.0, 0.0, {}, np.empty(0), np.empty(0), np.empty(0), np.empty((0, 68, 2)), ()
)  # of a media file that cannot be read


def read(path: Path) -> Extracted:
    """Read what ``make`` wrote; ParameterError where it is something else."""
    try:
        with h5py.File(path, "r") as file:
            if file.attrs.get("format") != FORMAT or file.attrs.get("version") != VERSION:
                raise snn.ParameterError(f"{path}: expected an {FORMAT} of version {VERSION}; extract again")

            def values(name: str, empty: tuple[int, ...]) -> Any:
                return np.asarray(file[name][()], dtype=np.float64) if name in file else np.empty(empty)

            made = {name: str(file.attrs[name]) for name in ("voice", "face") if file.attrs[name]}
            return Extracted(
                float(file.attrs["duration"]),
                float(file.attrs["audio_offset"]),
                made,
                values("voice/pitch", (0,)),
                values("voice/loudness", (0,)),
                values("face/times", (0,)),
                values("face/landmarks", (0, 68, 2)),
                tuple(file["warnings"].asstr()[()].tolist()),
            )
    except DAMAGED as err:
        raise snn.ParameterError(f"{path}: cannot be read ({reason(err)}); extract again") from err


Progress = Callable[[str, int, int], None]


def _digest(path: Path | None) -> str:
    if path is None:
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

"""Pitch and loudness of a sound every 10 ms, by a named extractor."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

import pysnn as snn

from ..media import RATE
from .pitch import STEP, VERSION, PitchConfig, track

Float = NDArray[np.float64]

FRAME = STEP
OWN, OPENSMILE = "own", "opensmile"
QUIET = -100.0  # dB: what silence counts as
SHORTEST = 0.06  # s: openSMILE's frame; of anything shorter nothing is told, whatever the extractor


@dataclass(frozen=True)
class Voice:
    """Frame k is centred at (k + 1/2) 10 ms.

    pitch : Hz, 0 where unvoiced, float64[frames]. loudness : dB re full scale of the frame's root mean
    square, float64[frames], whatever found the pitch.
    """

    pitch: Float
    loudness: Float


def extractor(kind: str) -> str:
    """The name of what finds the pitch, with version and settings: ``kind`` is "auto", "own" or "opensmile".

    "auto" is openSMILE where it is installed. ImportError where openSMILE is asked for and is not.
    """
    there = importlib.util.find_spec("opensmile") is not None
    if kind == "auto":
        kind = OPENSMILE if there else OWN
    if kind == OWN:
        c = PitchConfig()
        return f"{VERSION} ({c.floor:g} to {c.ceiling:g} Hz)"
    if kind != OPENSMILE:
        raise snn.ParameterError(f"voice: expected auto, {OWN} or {OPENSMILE} (got {kind!r})")
    if not there:
        raise ImportError(
            "openSMILE is not installed: pip install 'pysnn-mmsa[opensmile]' (its licence excludes "
            f"commercial use), or --voice {OWN}"
        )
    return f"openSMILE {importlib.metadata.version('opensmile')} eGeMAPSv02"


def kind_of(name: str) -> str:
    """The kind, "own" or "opensmile", that the extractor called ``name`` is of."""
    return OPENSMILE if name.startswith("openSMILE") else OWN


def voice(x: NDArray[np.float32], kind: str) -> Voice:
    """Contours of ``x`` (16 kHz, within +-1) by the extractor of ``kind``; under 60 ms nothing is voiced."""
    level = loudness(x)
    if len(x) < SHORTEST * RATE:
        return Voice(np.zeros(len(level)), level)
    pitch = _opensmile(x) if kind_of(extractor(kind)) == OPENSMILE else track(x, RATE)
    return Voice(pitch, level)


def loudness(x: NDArray[np.float32]) -> Float:
    """Level of each whole 10 ms, dB re full scale: 20 log10 of the root mean square."""
    hop = round(FRAME * RATE)
    frames = x[: len(x) // hop * hop].reshape(-1, hop).astype(np.float64)
    power = np.square(frames).mean(axis=1)
    return np.asarray(np.maximum(10.0 * np.log10(np.maximum(power, 1e-12)), QUIET))


def _opensmile(x: NDArray[np.float32]) -> Float:
    """Pitch of eGeMAPSv02 at our frames, nearest in time; 0 where unvoiced or none was given."""
    import opensmile

    count = len(x) // round(FRAME * RATE)
    smile = opensmile.Smile(
        feature_set=opensmile.FeatureSet.eGeMAPSv02,
        feature_level=opensmile.FeatureLevel.LowLevelDescriptors,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        table = smile.process_signal(x, RATE)
    semitones = table["F0semitoneFrom27.5Hz_sma3nz"].to_numpy(dtype=np.float64)
    begin = table.index.get_level_values("start").total_seconds().to_numpy()
    centre = begin + OPENSMILE_CENTRE
    at = (np.arange(count) + 0.5) * FRAME
    place = np.clip(np.searchsorted(centre, at - 0.5 * FRAME), 0, max(0, len(centre) - 1))
    found = np.where(np.isfinite(semitones), semitones, 0.0)[place] if len(centre) else np.zeros(count)
    near = np.abs(centre[place] - at) <= 1.5 * FRAME if len(centre) else np.zeros(count, bool)
    return np.where(near & (found > 0.0), 27.5 * 2.0 ** (found / 12.0), 0.0)


OPENSMILE_CENTRE = 0.03  # s: a pitch frame is 60 ms long

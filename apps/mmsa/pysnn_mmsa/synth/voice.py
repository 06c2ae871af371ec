"""Contours of pitch and loudness every 10 ms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]

FRAME = 0.01  # s


@dataclass(frozen=True)
class Manner:
    """How an emotion sounds at full strength, relative to the speaker's own way.

    shift [semitones], spread (of the melody), slope [semitones/s], level and swing [dB], rate (syllables).
    """

    shift: float = 0.0
    spread: float = 1.0
    slope: float = 0.0
    level: float = 0.0
    swing: float = 1.0
    rate: float = 1.0


MANNERS: Mapping[str, Manner] = {
    "fear": Manner(shift=3.5, spread=0.8, slope=0.4, level=0.5, swing=1.2, rate=1.25),
    "disgust": Manner(shift=-1.5, spread=0.8, slope=-0.6, level=-0.5, swing=0.9, rate=0.85),
    "anger": Manner(shift=2.0, spread=1.3, slope=-0.4, level=6.0, swing=1.4, rate=1.1),
    "sadness": Manner(shift=-2.0, spread=0.6, slope=-0.8, level=-5.0, swing=0.8, rate=0.8),
    "neutral": Manner(),
    "joy": Manner(shift=2.5, spread=1.6, slope=0.2, level=2.5, swing=1.1, rate=1.1),
    "surprise": Manner(shift=4.0, spread=1.9, slope=1.6, level=2.0, swing=1.2, rate=1.0),
}


def speaker_voice(rng: np.random.Generator) -> tuple[float, float]:
    """Resting pitch [Hz] and loudness [dB] of a speaker."""
    low, high = (95.0, 140.0) if rng.random() < 0.5 else (170.0, 235.0)
    return low + (high - low) * float(rng.random()), 58.0 + 8.0 * float(rng.random())


def speak(
    voice: tuple[float, float], emotion: str, strength: float, duration: float, rng: np.random.Generator
) -> tuple[Float, Float]:
    """Pitch [Hz], 0 where unvoiced, and loudness [dB] of ``duration`` s."""
    rest, manner = Manner(), MANNERS[emotion]

    def blend(name: str) -> float:
        calm = float(getattr(rest, name))
        return calm + strength * (float(getattr(manner, name)) - calm)

    count = round(duration / FRAME)
    t = np.arange(count) * FRAME
    syllables = 4.5 * blend("rate") * (0.9 + 0.2 * rng.random())
    beat = 2.0 * np.pi * syllables * t + 2.0 * np.pi * rng.random()
    melody = np.sin(2.0 * np.pi * (0.5 + 0.4 * rng.random()) * t + 2.0 * np.pi * rng.random())
    jitter = np.convolve(rng.random(count + 8) - 0.5, np.full(9, 1.0 / 9.0), mode="valid")
    semitones = (
        blend("shift")
        + 1.6 * (rng.random() - 0.5)
        + blend("spread") * (1.2 * melody + 0.5 * np.sin(beat) + 2.0 * jitter)
        + blend("slope") * (t - 0.5 * duration)
    )
    loudness = (
        voice[1]
        + blend("level")
        + 3.0 * (rng.random() - 0.5)
        + blend("swing") * (3.0 * np.sin(beat) + 1.5 * melody)
        + 2.0 * (rng.random(count) - 0.5)
    )
    voiced = np.sin(beat) > -0.6
    pitch = np.where(voiced, voice[0] * 2.0 ** (semitones / 12.0), 0.0)
    return pitch, np.where(voiced, loudness, loudness - 8.0)

"""A pitch tracker: window-normalised autocorrelation, candidates, the best path through them.

Boersma, P. (1993), Proc. Inst. Phonetic Sciences Amsterdam 17:97-110. The autocorrelation of a windowed frame
is divided by that of the window, so that its peaks are those of the signal. Of each frame the highest peaks
are candidates, and one more says unvoiced; the path with the highest sum of strengths, less what jumps in
pitch and changes of voicing cost, wins (Viterbi).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]


@dataclass(frozen=True)
class PitchConfig:
    """Settings, as Boersma and Praat have them.

    floor, ceiling : Hz. silence : share of the file's peak below which a frame is silent. voicing :
    strength of unvoiced. octave : preference of high pitch an octave. jump, change : cost of an octave from
    frame to frame and of beginning or ending voice. candidates : of a frame.
    """

    floor: float = 60.0
    ceiling: float = 500.0
    silence: float = 0.03
    voicing: float = 0.45
    octave: float = 0.01
    jump: float = 0.35
    change: float = 0.14
    candidates: int = 8


VERSION = "pitch tracker 1"
STEP = 0.01  # s
BLOCK = 512  # frames at a time


def track(x: NDArray[np.float32], rate: int, config: PitchConfig | None = None) -> Float:
    """Pitch in Hz every 10 ms, 0 where unvoiced, float64[frames]; frame k is centred at (k + 1/2) 10 ms.

    x : samples at ``rate`` Hz. There are as many frames as whole 10 ms.
    """
    c = PitchConfig() if config is None else config
    hop = round(STEP * rate)
    count = len(x) // hop
    if count == 0:
        return np.zeros(0)
    pitch = np.zeros((count, c.candidates + 1))
    strength = np.full((count, c.candidates + 1), -np.inf)
    window = 2 * round(1.5 / c.floor * rate)  # three periods of the lowest pitch
    padded = np.pad(x, window)
    peak = max(float(np.quantile(np.abs(x), 0.999)), 1e-9)
    for first in range(0, count, BLOCK):
        centre = (np.arange(first, min(first + BLOCK, count)) * hop + hop // 2) + window
        frames = padded[centre[:, None] + np.arange(-(window // 2), window // 2)].astype(np.float64)
        _candidates(frames, rate, peak, c, pitch[first:], strength[first:])
    return _path(pitch, strength, c)


def _candidates(frames: Float, rate: int, peak: float, c: PitchConfig, pitch: Float, strength: Float) -> None:
    """Fill the first rows of ``pitch`` and ``strength``, column 0 unvoiced, from ``frames`` [n, window]."""
    n, size = frames.shape
    frames = frames - frames.mean(axis=1, keepdims=True)
    window = np.hanning(size)
    low, high = int(rate / c.ceiling), min(int(rate / c.floor) + 1, size // 2)
    length = 1 << int(np.ceil(np.log2(1.5 * size)))
    own = np.fft.irfft(np.abs(np.fft.rfft(window, length)) ** 2)
    r = np.fft.irfft(np.abs(np.fft.rfft(frames * window, length)) ** 2)
    r = r[:, : high + 2] / np.maximum(r[:, :1], 1e-30) * (own[0] / own[: high + 2])
    before, at, after = r[:, low - 1 : high], r[:, low : high + 1], r[:, low + 1 : high + 2]
    is_peak = (at > before) & (at >= after) & (at > 0.5 * c.voicing)
    # A parabola through three points gives the peak between samples.
    bend = np.where(is_peak, 2.0 * at - before - after, 1.0)
    shift = np.where(is_peak, 0.5 * (after - before) / np.where(bend > 0.0, bend, 1.0), 0.0)
    lag = np.arange(low, high + 1) + shift
    height = at + 0.25 * (after - before) * shift
    height = np.where(height > 1.0, 1.0 / np.maximum(height, 1e-12), height)
    value = np.where(is_peak, height - c.octave * np.log2(c.floor * lag / rate), -np.inf)
    best = np.argsort(-value, axis=1, kind="stable")[:, : c.candidates]
    row = np.arange(n)[:, None]
    width = best.shape[1]
    strength[:n, 1 : 1 + width] = value[row, best]
    pitch[:n, 1 : 1 + width] = np.where(np.isfinite(value[row, best]), rate / lag[row, best], 0.0)
    loud = np.abs(frames).max(axis=1) / peak
    strength[:n, 0] = c.voicing + np.maximum(0.0, 2.0 - loud / (c.silence / (1.0 + c.voicing)))


def _path(pitch: Float, strength: Float, c: PitchConfig) -> Float:
    """The pitch along the path of the highest sum, float64[frames]."""
    count = len(pitch)
    voiced = pitch > 0.0
    octaves = np.log2(np.where(voiced, pitch, 1.0))
    score = strength[0].copy()
    back = np.zeros(pitch.shape, dtype=np.int64)
    for t in range(1, count):
        both = voiced[t - 1][:, None] & voiced[t][None]
        either = voiced[t - 1][:, None] != voiced[t][None]
        moved = np.abs(octaves[t - 1][:, None] - octaves[t][None])
        total = score[:, None] - np.where(both, c.jump * moved, np.where(either, c.change, 0.0))
        back[t] = total.argmax(axis=0)
        score = total.max(axis=0) + strength[t]
    at, out = int(score.argmax()), np.zeros(count)
    for t in range(count - 1, -1, -1):
        out[t] = pitch[t, at]
        at = int(back[t, at])
    return out

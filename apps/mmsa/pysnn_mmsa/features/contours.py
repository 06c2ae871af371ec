"""Statistics of pitch and loudness contours."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

import pysnn as snn

Float = NDArray[np.float64]

FRAME = 0.01  # s between two values of a contour
_SHAPE = ("mean", "std", "low", "high", "range", "slope", "change")
VOICE_FEATURES = (
    *(f"pitch_{name}" for name in _SHAPE),
    *(f"loudness_{name}" for name in _SHAPE),
    "voiced_share",
    "voiced_rate",
)


_MORE = ("q05", "q20", "q50", "q80", "q95", "most", "least", "step", "steps", "rise", "fall")
LONG_FEATURES = (
    *VOICE_FEATURES,
    *(f"pitch_{name}" for name in _MORE),
    *(f"loudness_{name}" for name in _MORE),
    "sound_mean",
    "sound_std",
    "voiced_time",
    "time",
)
HEARD = 25.0  # dB under the loudest frame: quieter ones are no sound of the utterance


def contour_statistics(
    pitch: ArrayLike, loudness: ArrayLike, pitch_at_rest: float, loudness_at_rest: float
) -> Float:
    """Features of one utterance, float64[16], in the order of ``VOICE_FEATURES``.

    pitch: Hz every 10 ms, 0 where unvoiced; turned into semitones above ``pitch_at_rest`` [> 0 Hz].
    loudness: dB every 10 ms; relative to ``loudness_at_rest`` [dB], of voiced frames.

    Of each contour: mean, standard deviation, 10th and 90th percentile, their distance, slope of the
    regression line [per s], mean absolute change from frame to frame. voiced_share: of all frames;
    voiced_rate: voiced stretches a second.

    Raises ParameterError where the contours differ in length or nothing is voiced.
    """
    f0, level = np.asarray(pitch, dtype=np.float64), np.asarray(loudness, dtype=np.float64)
    if f0.ndim != 1 or f0.shape != level.shape:
        raise snn.ParameterError(
            f"contour_statistics: expected two contours of one length (got {f0.shape} and {level.shape})"
        )
    voiced = f0 > 0.0
    if not voiced.any():
        raise snn.ParameterError("contour_statistics: expected a voiced frame (got none)")
    t: Float = np.flatnonzero(voiced).astype(np.float64) * FRAME
    semitones: Float = 12.0 * np.log2(f0[voiced] / pitch_at_rest)
    begins = int(np.count_nonzero(np.diff(voiced.astype(np.int8), prepend=0) == 1))
    return np.concatenate(
        [
            _shape(t, semitones),
            _shape(t, level[voiced] - loudness_at_rest),
            [voiced.mean(), begins / (len(f0) * FRAME)],
        ]
    )


def voice_levels(pitch: Sequence[Float], loudness: Sequence[Float]) -> Float:
    """Medians over the voiced frames of each utterance, float64[n, 2]: log2 of pitch [Hz], loudness [dB].

    Rows of NaN where nothing is voiced.
    """
    levels = np.full((len(pitch), 2), np.nan)
    for k, (f0, level) in enumerate(zip(pitch, loudness, strict=True)):
        voiced = f0 > 0.0
        if voiced.any():
            levels[k] = np.log2(np.median(f0[voiced])), np.median(level[voiced])
    return levels


def voice_table(pitch: Sequence[Float], loudness: Sequence[Float], rest: Float) -> Float:
    """Statistics of each utterance, float64[n, 16], relative to its ``rest`` (as ``voice_levels``, [n, 2]).

    Rows of NaN where nothing is voiced.
    """
    table = np.full((len(pitch), len(VOICE_FEATURES)), np.nan)
    for k, (f0, level) in enumerate(zip(pitch, loudness, strict=True)):
        if (f0 > 0.0).any():
            table[k] = contour_statistics(f0, level, float(2.0 ** rest[k, 0]), float(rest[k, 1]))
    return table


def long_table(pitch: Sequence[Float], loudness: Sequence[Float], rest: Float) -> Float:
    """``voice_table`` and 26 more, float64[n, 42], in the order of ``LONG_FEATURES``.

    Of pitch in voiced frames and of loudness in frames that are heard: 5 quantiles, the largest and the
    least; of their changes from frame to frame mean, standard deviation, and the 90th and 10th percentile.
    Mean and deviation of loudness; time voiced and in all [s].
    """
    more = np.full((len(pitch), len(LONG_FEATURES) - len(VOICE_FEATURES)), np.nan)
    for k, (f0, level) in enumerate(zip(pitch, loudness, strict=True)):
        voiced = f0 > 0.0
        if voiced.any():
            tone = 12.0 * (np.log2(f0[voiced]) - rest[k, 0])
            heard = level[level > level.max() - HEARD] - rest[k, 1]
            times = [voiced.sum() * FRAME, len(f0) * FRAME]
            more[k] = [*_more(tone), *_more(heard), heard.mean(), heard.std(), *times]
    return np.concatenate([voice_table(pitch, loudness, rest), more], axis=1)


def _more(x: Float) -> list[float]:
    steps = np.diff(x) if len(x) > 1 else np.zeros(1)
    rise, fall = np.quantile(steps, [0.9, 0.1])
    quantiles = np.quantile(x, [0.05, 0.2, 0.5, 0.8, 0.95])
    return [
        *quantiles.tolist(),
        float(x.max()),
        float(x.min()),
        float(steps.mean()),
        float(steps.std()),
        rise,
        fall,
    ]


def _shape(t: Float, x: Float) -> Float:
    low, high = np.quantile(x, [0.1, 0.9])
    spread = t - t.mean()
    square = float((spread**2).sum())
    slope = float((spread * x).sum()) / square if square > 0.0 else 0.0
    change = float(np.abs(np.diff(x)).mean()) if len(x) > 1 else 0.0
    return np.array([x.mean(), x.std(), low, high, high - low, slope, change])

"""Sound by a filter bank: levels of frequency bands as the inner ear takes them apart."""

from __future__ import annotations

import functools
import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..base.params import Parameters, param
from ..errors import ParameterError
from ._media import numbers_in
from .coder import Float

_REACH = 25.0  # of an impulse response in 1 / (2 pi b); what follows is less than 1e-6 of it
_FRAMES_AT_A_TIME = 64


class Gammatone(Parameters):
    """Samples of sound to values in [0, 1], one a band and frame: the band's level.

    bands    n_bands centre frequencies f from f_low to f_high, evenly spaced in 21.4 log10(1 + 0.00437 f)
    filter   h(t) = 2 c t^3 exp(-2 pi b t) exp(2 pi i f t),   b = 1.019 * 24.7 (1 + 0.00437 f);
             c so that a tone at f of amplitude A has |h * x| = A, one at f + d  A (1 + (d / b)^2)^-2
    level    10 log10 of the mean of |h * x|^2 in a frame [dB]: 0 dB is a tone of amplitude 1
    value    (level - floor) / (ceiling - floor), levels below ``floor`` being that

    As c makes the sum of |h| 2, no level of samples in [-1, 1] is above ceiling = 20 log10(2) dB.

    ``encoder.encode(bank.values(sound), frames * bank.frame)`` makes spikes of them; values off by up to e
    are levels off by up to (ceiling - floor) e dB (``levels``). The filter is causal, and so late by about
    3 / (2 pi b); it ends where less than 1e-6 of it is left. Phases are not kept: no way leads back to sound.

    Patterson, Robinson, Holdsworth et al. (1992), Auditory Physiology and Perception, 429-446; bandwidths
    and scale Glasberg & Moore (1990), Hearing Research 47:103-138.

    Parameters
    ----------
    rate: Hz, > 0: samples a second; a whole number of them in a frame.
    n_bands: >= 1.
    f_low, f_high: Hz, 20 <= f_low < f_high < rate / 2 (with one band f_low is that).
    frame: ms, > 0: how long a row of values lasts.
    floor: dB, < 0: the level that is 0.
    """

    rate: float = param(unit="Hz", above=0.0)
    n_bands: int = param(default=32, low=1.0, high=1e4)
    f_low: float = param(default=80.0, unit="Hz", low=20.0)
    f_high: float = param(default=6000.0, unit="Hz", above=20.0)
    frame: float = param(default=10.0, unit="ms", above=0.0)
    floor: float = param(default=-70.0, below=0.0)

    ceiling = 20.0 * float(np.log10(2.0))
    """The highest level [dB] of samples in [-1, 1]."""

    def check(self) -> None:
        """Hold the frequencies against the rate, and the frame against the samples."""
        if self.f_low >= self.f_high:
            raise ParameterError(
                f"Gammatone.f_high: must be > f_low = {self.f_low:g} Hz (got {self.f_high:g} Hz)"
            )
        if self.f_high >= 0.5 * self.rate:
            raise ParameterError(
                f"Gammatone.f_high: must be < rate / 2 = {0.5 * self.rate:g} Hz (got {self.f_high:g} Hz)"
            )
        samples = self.rate * self.frame * 1e-3
        if round(samples) < 1 or abs(samples - round(samples)) > 1e-6:
            raise ParameterError(
                f"Gammatone.frame: must hold a whole number of samples at {self.rate:g} Hz "
                f"(got {self.frame:g} ms: {samples:g} samples)"
            )

    @property
    def centres(self) -> Float:
        """Centre frequencies of the bands [Hz], ascending."""
        ends = [21.4 * math.log10(1.0 + 0.00437 * f) for f in (self.f_low, self.f_high)]
        return np.asarray((10.0 ** (np.linspace(ends[0], ends[1], self.n_bands) / 21.4) - 1.0) / 0.00437)

    @property
    def bandwidths(self) -> Float:
        """b of the bands [Hz]."""
        return np.asarray(1.019 * 24.7 * (1.0 + 0.00437 * self.centres))

    @property
    def samples(self) -> int:
        """Samples in a frame."""
        return round(self.rate * self.frame * 1e-3)

    def values(self, sound: ArrayLike) -> Float:
        """Values (frames, n_bands) of samples (n,) in [-1, 1]; a last frame that is not full ends in silence.

        Raises ParameterError for another shape, no samples, or one that is no number or outside [-1, 1].
        """
        stream = self.stream()
        return np.concatenate([stream.push(sound), stream.finish()])

    def stream(self) -> FrameStream:
        """Sound as it comes: the frames of all pieces together are those of the whole, to the last bit."""
        return FrameStream(self)

    def levels(self, values: ArrayLike) -> Float:
        """Levels [dB] of values in [0, 1], in their shape."""
        array = numbers_in(values, 0.0, 1.0, "Gammatone.levels: values")
        return np.asarray(self.floor + array * (self.ceiling - self.floor))


class FrameStream:
    """The values of frames of sound, piece by piece; made by ``Gammatone.stream``."""

    def __init__(self, bank: Gammatone) -> None:
        self._bank = bank
        self._spectra, self._taps = _responses(bank)
        self._before = np.zeros(self._taps - 1)  # silence
        self._waiting = np.empty(0)
        self._came = 0
        self._finished = False

    def push(self, sound: ArrayLike) -> Float:
        """Values (k, n_bands) of the k frames that samples (n,) complete, k >= 0.

        Raises ParameterError for samples that do not fit, or after ``finish``.
        """
        self._alive("push")
        hint = "; divide whole numbers of 16 bits by 32768"
        array = numbers_in(sound, -1.0, 1.0, "Gammatone: sound", hint)
        if array.ndim != 1 or array.size == 0:
            raise ParameterError(
                f"Gammatone: sound: expected shape (n,), not empty (got shape {array.shape})"
            )
        self._came += len(array)
        self._waiting = np.concatenate([self._waiting, array])
        return self._frames(len(self._waiting) // self._bank.samples)

    def finish(self) -> Float:
        """Values of the last frame, filled with silence: (0 or 1, n_bands).

        Raises ParameterError if nothing came, or if called twice.
        """
        self._alive("finish")
        if not self._came:
            raise ParameterError("Gammatone: sound: expected samples before finish (got none)")
        self._finished = True
        rest = -len(self._waiting) % self._bank.samples
        self._waiting = np.concatenate([self._waiting, np.zeros(rest)])
        return self._frames(len(self._waiting) // self._bank.samples)

    def _alive(self, method: str) -> None:
        if self._finished:
            raise ParameterError(f"Gammatone: {method}: the stream is finished; bank.stream() begins another")

    def _frames(self, count: int) -> Float:
        """Values of the first ``count`` frames that wait."""
        parts = [np.empty((0, self._bank.n_bands))]
        for begin in range(0, count, _FRAMES_AT_A_TIME):
            parts.append(self._some(min(_FRAMES_AT_A_TIME, count - begin)))
        return np.concatenate(parts)

    def _some(self, count: int) -> Float:
        # Each frame has a transform of its own, with all samples that its filter can hear: overlap-save.
        bank, size = self._bank, self._bank.samples
        known = np.concatenate([self._before, self._waiting[: count * size]])
        heard = np.lib.stride_tricks.sliding_window_view(known, self._taps - 1 + size)[::size]
        spectra = np.fft.fft(heard, self._spectra.shape[1], axis=1)
        power = np.empty((count, bank.n_bands))
        for band, response in enumerate(self._spectra):
            filtered = np.fft.ifft(spectra * response, axis=1)[:, self._taps - 1 : self._taps - 1 + size]
            power[:, band] = (filtered.real**2 + filtered.imag**2).sum(axis=1) / size
        self._before = known[len(known) - self._taps + 1 :]
        self._waiting = self._waiting[count * size :]
        level = 10.0 * np.log10(np.maximum(power, 10.0 ** (0.1 * bank.floor)))
        return np.asarray(np.clip((level - bank.floor) / (bank.ceiling - bank.floor), 0.0, 1.0))


@functools.lru_cache(maxsize=8)
def _responses(bank: Gammatone) -> tuple[NDArray[np.complex128], int]:
    """Spectra of all impulse responses, and how many samples the longest lasts."""
    b, f = bank.bandwidths[:, None], bank.centres[:, None]
    taps = int(np.ceil(_REACH / (2.0 * np.pi * b.min()) * bank.rate)) + 1
    t = np.arange(taps) / bank.rate
    envelope = t**3 * np.exp(-2.0 * np.pi * b * t)
    envelope *= 2.0 / envelope.sum(axis=1, keepdims=True)
    length = 1 << (taps + bank.samples - 2).bit_length()
    return np.fft.fft(envelope * np.exp(2.0j * np.pi * f * t), length, axis=1), taps

"""Encoder: real values to spike trains and back, with a stated error.

Values are float64 of shape (n,) -- n channels that stand still -- or (n_times, n): contours, whose
row r is at r * step and, for every encoder that does not say otherwise, holds in (r * step, (r + 1) * step],
where step = duration / n_times. As everywhere in pysnn nothing fires at time 0, and a window holds its end.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..base.params import Parameters, ParamInfo, check_number, magnitude, param, shown
from ..base.registry import Registry
from ..errors import ParameterError
from .trains import SpikeTrains

Float = NDArray[np.float64]
Seed = int | np.random.Generator | None


class Encoder(Parameters):
    """Base of all encoders; a subclass that can encode registers itself under its name.

    Parameters
    ----------
    low, high: the range of the values, low < high; numbers, or float64[n] with a range a channel.
    resolution: ms, > 0, or None. Spike times are rounded to its multiples, so that they lie on the
        grid of a fixed-step engine; None keeps them real. Every stated error contains it.
    """

    low: Any = param(default=0.0, array=True)
    high: Any = param(default=1.0, array=True)
    resolution: float | None = param(default=None, unit="ms", above=0.0)

    registry: ClassVar[Registry[Encoder]] = Registry("encoder")
    trains_per_value: ClassVar[str | int] = 1
    """Trains a channel takes: a number, or the name of the parameter that says so."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "_encode" in vars(cls):
            Encoder.registry.add(cls)

    def check(self) -> None:
        """Hold low against high."""
        name = type(self).__name__
        low, high = np.atleast_1d(self.low), np.atleast_1d(self.high)
        if len(low) != len(high) and 1 not in (len(low), len(high)):
            raise ParameterError(
                f"{name}: low and high must be of the same length (got {len(low)} and {len(high)})"
            )
        low, high = np.broadcast_arrays(low, high)
        if len(low) == 0:
            raise ParameterError(f"{name}.low: expected at least one channel (got an empty array)")
        bad = np.flatnonzero(low >= high)
        if len(bad):
            at = f"[{bad[0]}]" if len(low) > 1 else ""
            raise ParameterError(f"{name}.high{at}: must be > low = {low[bad[0]]:g} (got {high[bad[0]]:g})")

    @property
    def trains(self) -> int:
        """Number of spike trains a channel is encoded in."""
        per = self.trains_per_value
        return int(getattr(self, per)) if isinstance(per, str) else per

    def encode(self, values: ArrayLike, duration: float, seed: Seed = None) -> SpikeTrains:
        """Spike trains that carry ``values`` within ``duration`` ms; channel c owns trains
        c * trains to (c + 1) * trains - 1.

        ``seed`` (an integer >= 0 or a numpy Generator) is needed by the encoders that draw at random;
        the others take none of it.

        Raises ParameterError for a value that is no number or outside [low, high]: scale or clip
        where you know what that means, an encoder does not.
        """
        owner = f"{type(self).__name__}.encode"
        length = check_number(duration, ParamInfo(unit="ms", above=0.0), f"{owner}: duration")
        contours = self._contours(values, owner)
        if len(contours) > 1:
            self._on_grid(length / len(contours), f"{owner}: duration / n_times")
        times, indices = self._encode(contours, length, seed)
        # k * resolution can lie above duration by a rounding error: 3 * 0.1 > 0.3.
        return SpikeTrains(np.minimum(times, length), indices, contours.shape[1] * self.trains, length)

    def decode(self, spikes: SpikeTrains, n_times: int | None = None) -> Float:
        """Values carried by ``spikes``: (n,), or with ``n_times`` (n_times, n).

        Given what ``encode`` returned, they are within ``max_error`` of the encoded values. Where a
        channel has no spike that carries its value, NaN.
        """
        owner = f"{type(self).__name__}.decode"
        if not isinstance(spikes, SpikeTrains):
            raise ParameterError(f"{owner}: expected SpikeTrains (got {type(spikes).__name__})")
        if spikes.n % self.trains:
            raise ParameterError(f"{owner}: expected a multiple of {self.trains} trains (got {spikes.n})")
        channels = spikes.n // self.trains
        self._check_channels(channels, owner)
        values = self._decode(spikes, _rows(n_times, owner), channels)
        return values[0] if n_times is None else values

    def max_error(self, duration: float, n_times: int | None = None) -> Any:
        """Bound of |decode(encode(values, duration), n_times) - values| over all values in range.

        A number, or float64[n] where low or high is an array; infinite if there is no bound.
        """
        raise NotImplementedError

    def _encode(self, values: Float, duration: float, seed: Seed) -> tuple[Float, NDArray[np.int64]]:
        """Times and train indices of checked ``values`` (n_times, n), in any order."""
        raise NotImplementedError

    def _decode(self, spikes: SpikeTrains, n_times: int, channels: int) -> Float:
        """Values (n_times, channels)."""
        raise NotImplementedError

    def _contours(self, values: ArrayLike, owner: str) -> Float:
        """``values`` as (n_times, n) inside [low, high]."""
        plain = magnitude(values, "", owner)
        try:
            array = np.asarray(plain, dtype=np.float64)
        except (TypeError, ValueError) as err:
            raise ParameterError(f"{owner}: expected an array of numbers (got {shown(plain)})") from err
        if array.ndim not in (1, 2) or array.size == 0:
            raise ParameterError(
                f"{owner}: values must be of shape (n,) or (n_times, n), not empty (got shape {array.shape})"
            )
        rows = np.atleast_2d(array)
        self._check_channels(rows.shape[1], owner)
        bad = np.argwhere(~((rows >= self.low) & (rows <= self.high)))
        if len(bad):
            row, channel = bad[0]
            low, high = self._range(rows.shape[1])
            at = f"{channel}" if array.ndim == 1 else f"{row}, {channel}"
            raise ParameterError(
                f"{owner}: values[{at}] must be >= low = {low[channel]:g} and <= high = {high[channel]:g} "
                f"(got {rows[row, channel]!r}; {len(bad)} of {rows.size} values are outside)"
            )
        return rows

    def _check_channels(self, channels: int, owner: str) -> None:
        wanted = max(np.size(self.low), np.size(self.high))
        if wanted not in (1, channels):
            raise ParameterError(f"{owner}: low and high are of {wanted} channels (got {channels} channels)")

    def _range(self, channels: int) -> tuple[Float, Float]:
        """low and high as float64[channels]."""
        return np.broadcast_to(self.low, channels), np.broadcast_to(self.high, channels)

    def _span(self) -> Any:
        """high - low, a number or float64[n]."""
        return self.high - self.low

    def _rounded(self, times: Float) -> Float:
        """``times`` at the nearest point of the grid of ``resolution``, if there is one."""
        if self.resolution is None:
            return times
        return np.asarray(np.rint(times / self.resolution) * self.resolution)

    def _on_grid(self, time: float, what: str) -> None:
        """Raise ParameterError unless ``time`` is a multiple of ``resolution`` (if there is one)."""
        if self.resolution is not None:
            steps = time / self.resolution
            if round(steps) < 1 or abs(steps - round(steps)) > 1e-6:
                raise ParameterError(
                    f"{what}: must be a multiple of resolution = {self.resolution:g} ms (got {time:g} ms)"
                )

    def _check_grid(self, t_min: float, t_max: float) -> None:
        """Raise ParameterError where rounding could move a spike in [t_min, t_max] out of its row."""
        name = type(self).__name__
        self._on_grid(t_max, f"{name}.t_max")
        if self.resolution is not None and t_min <= 0.5 * self.resolution:
            raise ParameterError(
                f"{name}.t_min: must be > resolution / 2 = {0.5 * self.resolution:g} ms (got {t_min:g} ms)"
            )

    def _borders(self, n_times: int, duration: float) -> Float:
        """Begin of every row and the end of the last [ms], float64[n_times + 1].

        Rounded by the same expression as the spikes, so that a spike on a border is on it exactly.
        """
        borders = np.linspace(0.0, duration, n_times + 1)
        return self._rounded(borders) if n_times > 1 else borders

    def _row_of(self, times: Float, n_times: int, duration: float) -> NDArray[np.int64]:
        """Row that holds at each time; a spike on a border is the last of the row that ends there."""
        inner = self._borders(n_times, duration)[1:-1]
        return np.searchsorted(inner, times, side="left").astype(np.int64)

    def _first_spikes(self, spikes: SpikeTrains, n_times: int) -> Float:
        """First spike of each train in each row, from the row's begin [ms]; NaN if there is none."""
        first = np.full((n_times, spikes.n), np.inf)
        row = self._row_of(spikes.times, n_times, spikes.duration)
        np.minimum.at(first, (row, spikes.indices), spikes.times)
        first -= self._borders(n_times, spikes.duration)[:-1, None]
        return np.where(np.isfinite(first), first, np.nan)

    def _time_error(self, duration: float) -> float:
        """Bound of the error of a spike time: half the resolution, and float64's rounding."""
        return 0.5 * (self.resolution or 0.0) + 8.0 * float(np.finfo(np.float64).eps) * duration

    def _value_rounding(self) -> Any:
        """What float64 arithmetic on values of this size can lose."""
        return 16.0 * np.finfo(np.float64).eps * np.maximum(np.abs(self.low), np.abs(self.high))


def get(name: str) -> type[Encoder]:
    """The encoder class called ``name``; UnknownNameError with the nearest name otherwise."""
    return Encoder.registry.get(name, "pysnn.encoders")


def generator(seed: Seed, owner: str) -> np.random.Generator:
    """A numpy Generator (Philox) from ``seed``; ParameterError if there is none."""
    if isinstance(seed, np.random.Generator):
        return seed
    if seed is None:
        raise ParameterError(
            f"{owner}: draws at random; expected seed=, an integer or a numpy Generator (got None)"
        )
    number = check_number(seed, ParamInfo(low=0.0), f"{owner}: seed")
    if number != int(number):
        raise ParameterError(f"{owner}: seed: expected a whole number (got {seed!r})")
    return np.random.Generator(np.random.Philox(int(seed)))


def _rows(n_times: int | None, owner: str) -> int:
    if n_times is None:
        return 1
    number = check_number(n_times, ParamInfo(low=1.0), f"{owner}: n_times")
    if number != int(number):
        raise ParameterError(f"{owner}: n_times: expected a whole number (got {n_times!r})")
    return int(number)


def rows_and_step(duration: float, n_times: int | None, owner: str) -> tuple[int, float]:
    """Checked number of rows and the length of one [ms]."""
    length = check_number(duration, ParamInfo(unit="ms", above=0.0), f"{owner}: duration")
    rows = _rows(n_times, owner)
    return rows, length / rows

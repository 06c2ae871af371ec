"""Encoder: real values to spike trains and back, with a stated error.

Values are float64 of shape (n,) -- n channels that stand still -- or (n_times, n): contours, whose
row r is at r * step and, for every encoder that does not say otherwise, holds in (r * step, (r + 1) * step],
where step = duration / n_times. As everywhere in pysnn nothing fires at time 0, and a window holds its end.

A contour can be encoded whole (``encode``), piece by piece as it comes (``stream``) or as one of many samples
(``encode_samples``): the spikes are the same.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..base.params import Parameters, ParamInfo, check_number, check_whole, param
from ..base.registry import Registry
from ..base.timebase import later, multiples
from ..errors import ParameterError
from .coder import Coder, Float, Lanes, Spikes
from .given import LENGTH, Seed, numbers, row_count, seed_number, words
from .stream import Stream
from .trains import SpikeTrains
from .trial_spikes import TrialSpikes

_PAUSE = ParamInfo(unit="ms", low=0.0)
_LEAST_SPAN = 1e-290  # shares of less would be rounded away


class Encoder(Parameters):
    """Base of all encoders; a subclass that can encode registers itself under its name.

    Parameters
    ----------
    low, high: the range of the values, low < high; numbers, or float64[n] with a range a channel. Where they
        are close to each other for their size, float64 has few numbers between them; errors contain that.
    resolution: ms, > 0, or None. Spike times are rounded to its multiples, so that they lie on the
        grid of a fixed-step engine; None keeps them real. Every stated error contains it.
    """

    low: Any = param(default=0.0, array=True)
    high: Any = param(default=1.0, array=True)
    resolution: float | None = param(default=None, unit="ms", above=0.0)

    registry: ClassVar[Registry[Encoder]] = Registry("encoder")
    trains_per_value: ClassVar[str | int] = 1
    """Trains a channel takes: a number, or the name of the parameter that says so."""

    draws: ClassVar[bool] = False
    """Does it draw at random? Then it needs a seed."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "_encode_rows" in vars(cls) or "_coder" in vars(cls):
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
        with np.errstate(over="ignore"):
            span = high - low
        bad = np.flatnonzero(~((span >= _LEAST_SPAN) & np.isfinite(span)))
        if len(bad):
            at = f"[{bad[0]}]" if len(low) > 1 else ""
            raise ParameterError(
                f"{name}.high{at}: high - low must be a finite number >= {_LEAST_SPAN:g} "
                f"(got low = {float(low[bad[0]])!r}, high = {float(high[bad[0]])!r})"
            )

    @property
    def trains(self) -> int:
        """Number of spike trains a channel is encoded in."""
        per = self.trains_per_value
        return int(getattr(self, per)) if isinstance(per, str) else per

    def encode(
        self, values: ArrayLike, duration: float, seed: Seed = None, *, sample: int = 0
    ) -> SpikeTrains:
        """Spike trains that carry ``values`` within ``duration`` ms; channel c owns trains
        c * trains to (c + 1) * trains - 1.

        ``seed`` (an integer >= 0 or a numpy Generator) is needed by the encoders that draw at random;
        the others take none of it. Draws are keyed by (seed, ``sample``, channel): the same sample of a data
        set gets the same spikes wherever it comes in a run.

        Raises ParameterError for a value that is no number or outside [low, high]: scale or clip
        where you know what that means, an encoder does not.
        """
        owner = f"{type(self).__name__}.encode"
        length = check_number(duration, LENGTH, f"{owner}: duration")
        contours = self._contours(values, owner)
        lanes = Lanes(contours.shape[1], words([sample], f"{owner}: sample"), self._seed(seed, owner))
        times, indices = self._spikes(contours, length, lanes)
        return SpikeTrains(times, indices, lanes.n * self.trains, length)

    def encode_samples(
        self,
        values: ArrayLike,
        duration: float,
        seed: Seed = None,
        *,
        samples: ArrayLike | None = None,
        pause: float = 0.0,
    ) -> SpikeTrains:
        """Samples one after the other on the same trains: sample k lasts ``duration`` ms from
        k (duration + pause) on, and has the spikes that ``encode(values[k], sample=samples[k])`` gives.

        Parameters
        ----------
        values: (m, n), or (m, n_times, n) for contours.
        duration: ms, > 0, of a sample.
        seed: as for ``encode``.
        samples: m whole numbers >= 0, the samples' numbers in their data set; 0 to m - 1 by default.
        pause: ms, >= 0, after each sample but the last. With ``resolution``, duration + pause must be a
            multiple of it.

        Raises ParameterError as ``encode`` does.
        """
        owner = f"{type(self).__name__}.encode_samples"
        length = check_number(duration, LENGTH, f"{owner}: duration")
        every = float(later(length, check_number(pause, _PAUSE, f"{owner}: pause")))
        array = self._samples(values, owner)
        many, channels = len(array), array.shape[-1]
        if many > 1:
            self._on_grid(every, f"{owner}: duration + pause")
        times, sample, train = self._spikes_of_samples(array, length, seed, samples, owner)
        starts = self._rounded(multiples(every, np.arange(many)))
        end = float(later(length, starts[-1]))
        return SpikeTrains(
            np.minimum(later(times, starts[sample]), end),
            train,
            channels * self.trains,
            end,
        )

    def encode_trials(
        self, values: ArrayLike, duration: float, seed: Seed = None, *, samples: ArrayLike | None = None
    ) -> TrialSpikes:
        """Samples as trials, each on a clock of its own: trial k has the spikes that ``encode(values[k],
        sample=samples[k])`` gives. Parameters and errors are those of ``encode_samples``.
        """
        owner = f"{type(self).__name__}.encode_trials"
        length = check_number(duration, LENGTH, f"{owner}: duration")
        array = self._samples(values, owner)
        times, sample, train = self._spikes_of_samples(array, length, seed, samples, owner)
        order = np.argsort(sample, kind="stable")
        offsets = np.searchsorted(sample[order], np.arange(len(array) + 1))
        return TrialSpikes(times[order], train[order], offsets, array.shape[-1] * self.trains, length)

    def stream(self, channels: int, step: float, seed: Seed = None, *, sample: int = 0) -> Stream:
        """Encode a contour of ``channels`` channels, whose rows last ``step`` ms, as it comes.

        All pieces together give the spikes of ``encode`` with duration / n_times = ``step``, bit for bit (but
        that ``encode`` keeps the last inside its duration). Memory is that of a piece.

        Raises ParameterError where ``step`` is no multiple of ``resolution``.
        """
        owner = f"{type(self).__name__}.stream"
        length = check_number(step, LENGTH, f"{owner}: step")
        self._on_grid(length, f"{owner}: step")
        width = check_whole(channels, ParamInfo(low=1.0), f"{owner}: channels")
        self._check_channels(width, owner)
        lanes = Lanes(width, words([sample], f"{owner}: sample"), self._seed(seed, owner))

        def checked(values: ArrayLike) -> Float:
            rows = self._contours(values, f"{type(self).__name__}.stream: push", contour=True)
            if rows.shape[1] != width:
                raise ParameterError(f"{owner}: push: expected {width} channels (got {rows.shape[1]})")
            return rows

        coder = self._coder(lanes, length)
        return Stream(
            coder, checked, length, lambda row: self._rounded(multiples(length, row)), width * self.trains
        )

    def decode(self, spikes: SpikeTrains, n_times: int | None = None) -> Float:
        """Values carried by ``spikes``: (n,), or with ``n_times`` (n_times, n).

        Given what ``encode`` returned, they are within ``max_error`` of the encoded values. Where a
        channel has no spike that carries its value, NaN.
        """
        owner = f"{type(self).__name__}.decode"
        channels = self._channels_of(spikes, owner)
        lanes = Lanes(channels, np.zeros(1, np.uint64))
        values = self._decode(spikes, row_count(n_times, owner), lanes)
        return values[0] if n_times is None else values

    def decode_samples(
        self, spikes: SpikeTrains, samples: int, n_times: int | None = None, *, pause: float = 0.0
    ) -> Float:
        """Values of what ``encode_samples`` gave for ``samples`` samples: (m, n), or (m, n_times, n).

        Each is within ``max_error`` and what float64 loses on times of the whole run. Spikes in a pause
        belong to no sample.
        """
        owner = f"{type(self).__name__}.decode_samples"
        channels, rows = self._channels_of(spikes, owner), row_count(n_times, owner)
        many = check_whole(samples, ParamInfo(low=1.0), f"{owner}: samples")
        rest = check_number(pause, _PAUSE, f"{owner}: pause")
        whole = float(later(spikes.duration, rest))
        length = float(later(multiples(whole, 1, many), -rest))
        if length <= 0.0:
            raise ParameterError(
                f"{owner}: pause: must leave time for {many} samples in {spikes.duration:g} ms "
                f"(got {rest:g} ms)"
            )
        # Where rows begin, by the expression that placed their spikes: what was on a border stays on it.
        borders = self._borders(rows, length)
        starts = self._rounded(multiples(whole, np.arange(many), many))
        edges = np.append(later(starts[:, None], borders[:-1]).ravel(), np.inf)
        cell = np.searchsorted(edges, spikes.times, side="left") - 1
        sample, row = np.divmod(cell, rows)
        local = np.clip(spikes.times - starts[sample], np.nextafter(borders[row], np.inf), None)
        local = np.where(row < rows - 1, np.minimum(local, borders[row + 1]), local)
        local = np.maximum(self._rounded(local), np.nextafter(0.0, 1.0))
        inside = local <= length * (1.0 + 1e-9)
        lane = sample * spikes.n + spikes.indices.astype(np.int64)
        folded = SpikeTrains(np.minimum(local, length)[inside], lane[inside], many * spikes.n, length)
        lanes = Lanes(channels, np.zeros(many, np.uint64))
        values = self._beside(many)._decode(folded, rows, lanes).reshape(rows, many, channels)
        return np.asarray(values[0] if n_times is None else values.swapaxes(0, 1))

    def max_error(self, duration: float, n_times: int | None = None) -> Any:
        """Bound of |decode(encode(values, duration), n_times) - values| over all values in range.

        A number, or float64[n] where low or high is an array; infinite if there is no bound.
        """
        raise NotImplementedError

    def _coder(self, lanes: Lanes, step: float) -> Coder:
        """What encodes rows of ``step`` ms; an encoder whose rows know of each other overrides it."""
        return _RowByRow(self, lanes)

    def _encode_rows(self, values: Float, borders: Float, lanes: Lanes) -> Spikes:
        """Spikes of checked ``values`` (n_times, lanes), row r in (borders[r], borders[r + 1]]."""
        raise NotImplementedError

    def _decode(self, spikes: SpikeTrains, n_times: int, lanes: Lanes) -> Float:
        """Values (n_times, lanes)."""
        raise NotImplementedError

    def _spikes(self, rows: Float, length: float, lanes: Lanes) -> Spikes:
        """All spikes of checked values (n_times, lanes) in (0, length]."""
        if len(rows) > 1:
            owner = f"{type(self).__name__}.encode"
            self._on_grid(length / len(rows), f"{owner}: duration / n_times")
        elif self.resolution is not None and length < self.resolution:
            raise ParameterError(
                f"{type(self).__name__}.encode: duration must be >= resolution = {self.resolution:g} ms "
                f"(got {length:g} ms)"
            )
        coder = self._coder(lanes, length / len(rows))
        borders = self._borders(len(rows), length)
        parts = coder.push(rows, borders), coder.finish(float(borders[-1]))
        # k * resolution can lie above duration by a rounding error: 3 * 0.1 > 0.3.
        times, indices = (np.concatenate(part) for part in zip(*parts, strict=True))
        return np.minimum(times, length), indices

    def _samples(self, values: ArrayLike, owner: str) -> Float:
        """``values`` as (m, n) or (m, n_times, n) inside [low, high]."""
        array = numbers(values, owner)
        if array.ndim not in (2, 3) or array.size == 0:
            raise ParameterError(
                f"{owner}: values must be of shape (m, n) or (m, n_times, n), not empty "
                f"(got shape {array.shape})"
            )
        self._check_channels(array.shape[-1], owner)
        self._check_range(array, owner)
        return array

    def _spikes_of_samples(
        self, array: Float, length: float, seed: Seed, samples: ArrayLike | None, owner: str
    ) -> tuple[Float, NDArray[np.int64], NDArray[np.int64]]:
        """Times since the begin of the sample, samples and trains of all spikes, in any order."""
        many, channels = len(array), array.shape[-1]
        numbers = words(np.arange(many) if samples is None else samples, f"{owner}: samples")
        if len(numbers) != many:
            raise ParameterError(
                f"{owner}: samples: expected {many} numbers, one a sample (got {len(numbers)})"
            )
        rows = array.reshape(many, -1, channels).swapaxes(0, 1).reshape(-1, many * channels)
        lanes = Lanes(channels, numbers, self._seed(seed, owner))
        times, indices = self._beside(many)._spikes(rows, length, lanes)
        sample, train = np.divmod(indices, channels * self.trains)
        return times, sample, train

    def _beside(self, samples: int) -> Encoder:
        """The same encoder for ``samples`` samples side by side."""
        if samples == 1 or np.ndim(self.low) == np.ndim(self.high) == 0:
            return self
        low, high = np.broadcast_arrays(self.low, self.high)
        return self.replace(low=np.tile(low, samples), high=np.tile(high, samples))

    def _seed(self, seed: Seed, owner: str) -> int | None:
        return seed_number(seed, owner) if self.draws else None

    def _channels_of(self, spikes: SpikeTrains, owner: str) -> int:
        if not isinstance(spikes, SpikeTrains):
            raise ParameterError(f"{owner}: expected SpikeTrains (got {type(spikes).__name__})")
        if spikes.n % self.trains:
            raise ParameterError(f"{owner}: expected a multiple of {self.trains} trains (got {spikes.n})")
        channels = spikes.n // self.trains
        self._check_channels(channels, owner)
        return channels

    def _contours(self, values: ArrayLike, owner: str, contour: bool = False) -> Float:
        """``values`` as (n_times, n) inside [low, high]."""
        array = numbers(values, owner)
        shapes = "(n_times, n)" if contour else "(n,) or (n_times, n)"
        if array.ndim not in ((2,) if contour else (1, 2)) or array.size == 0:
            raise ParameterError(
                f"{owner}: values must be of shape {shapes}, not empty (got shape {array.shape})"
            )
        self._check_channels(array.shape[-1], owner)
        self._check_range(array, owner)
        return np.atleast_2d(array)

    def _check_range(self, array: Float, owner: str) -> None:
        outside = ~((array >= self.low) & (array <= self.high))
        if outside.any():
            at = tuple(np.argwhere(outside)[0].tolist())
            low, high = self._range(array.shape[-1])
            raise ParameterError(
                f"{owner}: values[{', '.join(map(str, at))}] must be >= low = {low[at[-1]]:g} and "
                f"<= high = {high[at[-1]]:g} "
                f"(got {float(array[at])!r}; {int(outside.sum())} of {array.size} values are outside)"
            )

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
        return multiples(self.resolution, np.rint(times / self.resolution))

    def _rounded_up(self, times: Float, begin: Float, end: Float) -> Float:
        """``times`` at the next point of the grid, each still in its row (begin, end].

        Rounding to the nearest could leave a spike at its row's begin, which belongs to the row before.
        """
        if self.resolution is None:
            return np.clip(times, np.nextafter(begin, np.inf), end)
        # A last row may end off the grid.
        first, last = (np.floor(border / self.resolution + 1e-6) for border in (begin, end))
        steps = np.clip(np.ceil(times / self.resolution - 1e-6), first + 1, last)
        return multiples(self.resolution, steps)

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
        if n_times == 1:
            return np.array([0.0, duration])
        return self._rounded(multiples(duration, np.arange(n_times + 1), n_times))

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


class _RowByRow(Coder):
    """For the encoders whose rows know nothing of each other."""

    def __init__(self, encoder: Encoder, lanes: Lanes) -> None:
        self._encoder = encoder
        self._lanes = lanes

    def push(self, values: Float, borders: Float) -> Spikes:
        return self._encoder._encode_rows(values, borders, self._lanes)

"""Statistics of spikes: ``SpikeData``, or flat arrays of times ``t`` [ms] and indices ``i`` of ``n`` neurons.

Every function takes either: ``synchrony(fired, bin=5.0)`` or ``synchrony(t, i, n, start, stop, bin)``. Of
SpikeData the neurons are those of ``fired.indices``, in that order, and the window is by default the whole
recording; arrays have none, and want ``stop``. Windows and bins hold their end and not their begin,
(start, stop], as a spike of a step bears the time of its end; a time within 1e-9 bins of an edge is on it.
A window that is no whole number of bins is an error: half a bin would look like half the rate.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, cast, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .base.params import ParamInfo, as_numpy, check_array, check_number, check_whole
from .data import SpikeData
from .errors import ParameterError

P = ParamSpec("P")
R = TypeVar("R", covariant=True)
Float = NDArray[np.float64]
Index = NDArray[np.int64]

_MS = ParamInfo(unit="ms")


class _OfSpikes(Protocol[P, R]):
    @overload
    def __call__(self, spikes: SpikeData, /, *args: P.args, **kwargs: P.kwargs) -> R: ...
    @overload
    def __call__(self, t: ArrayLike, i: ArrayLike, n: int, *args: P.args, **kwargs: P.kwargs) -> R: ...


class _OfTimes(Protocol[P, R]):
    @overload
    def __call__(self, spikes: SpikeData, /, *args: P.args, **kwargs: P.kwargs) -> R: ...
    @overload
    def __call__(self, t: ArrayLike, n: int, *args: P.args, **kwargs: P.kwargs) -> R: ...


def _of_spikes(measure: Callable[Concatenate[ArrayLike, ArrayLike, int, P], R]) -> _OfSpikes[P, R]:
    """Let a function of (t, i, n, ...) take SpikeData in place of the three."""
    return cast(_OfSpikes[P, R], _either(measure, lambda data: (data.t, data.rows, len(data.indices))))


def _of_times(measure: Callable[Concatenate[ArrayLike, int, P], R]) -> _OfTimes[P, R]:
    """The same for (t, n, ...)."""
    return cast(_OfTimes[P, R], _either(measure, lambda data: (data.t, len(data.indices))))


def _either(measure: Callable[..., Any], taken: Callable[[SpikeData], tuple[Any, ...]]) -> Callable[..., Any]:
    windowed = "stop" in inspect.signature(measure).parameters

    @functools.wraps(measure)
    def of_either(*args: Any, **kwargs: Any) -> Any:
        if not args or not isinstance(args[0], SpikeData):
            return measure(*args, **kwargs)
        data, *rest = args
        if windowed and len(rest) < 2 and kwargs.get("stop") is None:
            if data.duration <= data.begin:
                raise ParameterError(
                    f"{measure.__name__}: {data!r}: nothing ran yet: sim.run(duration) first"
                )
            kwargs["stop"] = data.duration
            if not rest and kwargs.get("start") is None:
                kwargs["start"] = data.begin
        return measure(*taken(data), *rest, **kwargs)

    return of_either


@_of_spikes
def rates(t: ArrayLike, i: ArrayLike, n: int, start: float = 0.0, stop: float | None = None) -> Float:
    """Firing rate of each neuron over (start, stop] ms, float64[n], Hz."""
    times, who, size = _spikes(t, i, n, "rates")
    begin, end = _window(start, stop, "rates")
    counts = np.bincount(who[(times > begin) & (times <= end)], minlength=size)
    return np.asarray(counts / (end - begin) * 1e3)


@_of_times
def population_rate(
    t: ArrayLike, n: int, start: float = 0.0, stop: float | None = None, bin: float | None = None
) -> tuple[Float, Float]:
    """Mean rate of ``n`` neurons by bins of ``bin`` ms: (centres of the bins [ms], rate [Hz])."""
    times = check_array(t, _MS, "population_rate: t")
    size = _size(n, "population_rate")
    begin, width, bins = _bins(start, stop, bin, "population_rate")
    at = _bin_of(times, begin, width, bins)
    counts = np.bincount(at[at >= 0], minlength=bins)
    centres = begin + (np.arange(bins, dtype=np.float64) + 0.5) * width
    return centres, counts / (size * width) * 1e3


@_of_spikes
def intervals(t: ArrayLike, i: ArrayLike, n: int) -> tuple[Float, Index]:
    """Interspike intervals: (float64[m] ms, int64[m] the neuron of each), by neuron, then by time."""
    times, who, _ = _spikes(t, i, n, "intervals")
    order = np.lexsort((times, who))
    times, who = times[order], who[order]
    same = who[1:] == who[:-1]
    return np.diff(times)[same], who[1:][same]


@_of_spikes
def cv(t: ArrayLike, i: ArrayLike, n: int, least: int = 2) -> Float:
    """Coefficient of variation of each neuron's intervals, float64[n]: std / mean.

    1 for a Poisson process (in the limit of many), 0 for a clock. The deviation is the population's
    (divided by the number of intervals). NaN for neurons with fewer than ``least`` (>= 1) intervals.
    """
    gaps, who = intervals(t, i, n)
    size = _size(n, "cv")
    enough = check_whole(least, ParamInfo(low=1.0), "cv: least")
    count = np.bincount(who, minlength=size)
    mean = _ratio(np.bincount(who, gaps, size), count)
    variance = _ratio(np.bincount(who, (gaps - mean[who]) ** 2, size), count)
    return np.where(count >= enough, _ratio(np.sqrt(variance), mean), np.nan)


@_of_spikes
def local_variation(t: ArrayLike, i: ArrayLike, n: int, least: int = 2) -> Float:
    """LV of each neuron, float64[n]: 3 / (m - 1) sum ((I_k - I_k+1) / (I_k + I_k+1))^2 over m intervals.

    1 for a Poisson process and 0 for a clock, like ``cv``, but blind to slow changes of rate. NaN for
    neurons with fewer than ``least`` (>= 2) intervals. Shinomoto, Shima & Tanji (2003), Neural Comput.
    15:2823-2842.
    """
    gaps, who = intervals(t, i, n)
    size = _size(n, "local_variation")
    enough = check_whole(least, ParamInfo(low=2.0), "local_variation: least")
    same = who[1:] == who[:-1]
    both = (gaps[1:] + gaps[:-1])[same]
    term = _ratio(np.diff(gaps)[same], both) ** 2
    count = np.bincount(who, minlength=size)
    return np.where(count >= enough, 3.0 * _ratio(np.bincount(who[1:][same], term, size), count - 1), np.nan)


@_of_spikes
def fano_factor(
    t: ArrayLike,
    i: ArrayLike,
    n: int,
    start: float = 0.0,
    stop: float | None = None,
    window: float | None = None,
) -> Float:
    """Variance over mean of each neuron's counts in windows of ``window`` ms, float64[n].

    1 for a Poisson process of constant rate, for any window. The variance is the unbiased one, over at
    least two windows. NaN for silent neurons. Fano (1947), Phys. Rev. 72:26-29.
    """
    times, who, size = _spikes(t, i, n, "fano_factor")
    begin, width, bins = _bins(start, stop, window, "fano_factor")
    if bins < 2:
        raise ParameterError(f"fano_factor: window: expected at least two in (start, stop] (got {bins})")
    total, squares = _moments(times, who, size, begin, width, bins)
    variance = (squares - total**2 / bins) / (bins - 1)
    return _ratio(variance, total / bins)


@_of_spikes
def binned_counts(
    t: ArrayLike,
    i: ArrayLike,
    n: int,
    start: float = 0.0,
    stop: float | None = None,
    bin: float | None = None,
) -> NDArray[np.int64]:
    """Spikes by neuron and bin, int64[n, bins]."""
    times, who, size = _spikes(t, i, n, "binned_counts")
    begin, width, bins = _bins(start, stop, bin, "binned_counts")
    at = _bin_of(times, begin, width, bins)
    inside = at >= 0
    return np.bincount(who[inside] * bins + at[inside], minlength=size * bins).reshape(size, bins)


@_of_spikes
def correlations(
    t: ArrayLike,
    i: ArrayLike,
    n: int,
    start: float = 0.0,
    stop: float | None = None,
    bin: float | None = None,
) -> Float:
    """Pearson correlation of the binned counts of every pair of neurons, float64[n, n].

    1 on the diagonal; NaN in the rows and columns of neurons whose count never varies. Holds n x bins and
    n x n numbers: take a sample of a large population. Perkel, Gerstein & Moore (1967), Biophys. J.
    7:419-440.
    """
    counts = binned_counts(t, i, n, start, stop, bin).astype(np.float64)
    counts -= counts.mean(axis=1, keepdims=True)
    norm = np.sqrt((counts**2).sum(axis=1))
    unit = _ratio(counts, norm[:, None])
    matrix = np.clip(unit @ unit.T, -1.0, 1.0)
    varies = norm > 0.0
    matrix[varies, varies] = 1.0
    return np.asarray(matrix)


@_of_spikes
def mean_correlation(
    t: ArrayLike,
    i: ArrayLike,
    n: int,
    start: float = 0.0,
    stop: float | None = None,
    bin: float | None = None,
) -> float:
    """Mean of ``correlations`` over all pairs of different neurons that both vary; NaN without a pair."""
    matrix = correlations(t, i, n, start, stop, bin)
    pairs = matrix[np.triu_indices(len(matrix), k=1)]
    pairs = pairs[~np.isnan(pairs)]
    return float(pairs.mean()) if len(pairs) else np.nan


@_of_spikes
def synchrony(
    t: ArrayLike,
    i: ArrayLike,
    n: int,
    start: float = 0.0,
    stop: float | None = None,
    bin: float | None = None,
) -> float:
    """chi of the population, 0 to 1, on counts c_i in bins of ``bin`` ms.

    chi^2 = Var(mean over i of c_i) / mean over i of Var(c_i), variances over bins. 1 if all neurons fire
    alike, about 1 / sqrt(n) if each fires on its own. NaN if no count varies. Golomb & Rinzel (1994),
    Physica D 72:259-282; Golomb & Hansel (2000), Neural Comput. 12:1095-1139.
    """
    times, who, size = _spikes(t, i, n, "synchrony")
    begin, width, bins = _bins(start, stop, bin, "synchrony")
    total, squares = _moments(times, who, size, begin, width, bins)
    single = float(np.mean(squares / bins - (total / bins) ** 2))
    at = _bin_of(times, begin, width, bins)
    together = float(np.var(np.bincount(at[at >= 0], minlength=bins) / size))
    return float(np.sqrt(together / single)) if single > 0.0 else np.nan


# ---- what they share ------------------------------------------------------------------------------


def _spikes(t: ArrayLike, i: ArrayLike, n: int, owner: str) -> tuple[Float, Index, int]:
    times = check_array(t, _MS, f"{owner}: t")
    size = _size(n, owner)
    who: NDArray[Any] = np.asarray(as_numpy(i, f"{owner}: i"))
    if who.ndim != 1 or (who.size and who.dtype.kind not in "iu"):
        raise ParameterError(
            f"{owner}: i: expected a 1-D array of whole numbers (got {who.dtype}, {who.ndim}-D)"
        )
    if who.shape != times.shape:
        raise ParameterError(f"{owner}: t and i must be of the same length (got {len(times)} and {len(who)})")
    bad = np.flatnonzero((who < 0) | (who >= size))
    if len(bad):
        raise ParameterError(f"{owner}: i[{bad[0]}]: must be >= 0 and < n = {size} (got {who[bad[0]]})")
    return times, who.astype(np.int64), size


def _size(n: int, owner: str) -> int:
    return check_whole(n, ParamInfo(low=1.0), f"{owner}: n")


def _window(start: float, stop: float | None, owner: str) -> tuple[float, float]:
    begin, end = (check_number(x, _MS, f"{owner}: {name}") for x, name in ((start, "start"), (stop, "stop")))
    if begin >= end:
        raise ParameterError(f"{owner}: stop: must be > start = {begin:g} ms (got {end:g} ms)")
    return begin, end


def _bins(start: float, stop: float | None, bin: float | None, owner: str) -> tuple[float, float, int]:
    """Begin, width and number of the bins."""
    begin, end = _window(start, stop, owner)
    width = check_number(bin, ParamInfo(unit="ms", above=0.0), f"{owner}: bin")
    bins = (end - begin) / width
    if round(bins) < 1 or abs(bins - round(bins)) > 1e-6:
        raise ParameterError(
            f"{owner}: bin: expected a whole number of bins in {end - begin:g} ms "
            f"(got {bins:g} of {width:g} ms)"
        )
    return begin, width, round(bins)


def _bin_of(times: Float, begin: float, width: float, bins: int) -> Index:
    """Bin of each spike, -1 outside."""
    at = np.ceil((times - begin) / width - 1e-9) - 1.0
    return np.where((at >= 0) & (at < bins), at, -1).astype(np.int64)


def _moments(times: Float, who: Index, n: int, begin: float, width: float, bins: int) -> tuple[Float, Float]:
    """Sum of counts and of their squares over bins, by neuron, without a dense n x bins array."""
    at = _bin_of(times, begin, width, bins)
    inside = at >= 0
    cells, counts = np.unique(who[inside] * bins + at[inside], return_counts=True)
    neuron, number = cells // bins, counts.astype(np.float64)
    # bincount of nothing forgets its weights' type.
    total, squares = np.bincount(neuron, number, n), np.bincount(neuron, number**2, n)
    return total.astype(np.float64), squares.astype(np.float64)


def _ratio(above: ArrayLike, below: ArrayLike) -> Float:
    """above / below, NaN where below is 0."""
    numerator, denominator = np.broadcast_arrays(np.asarray(above, float), np.asarray(below, float))
    out = np.full(numerator.shape, np.nan)
    np.divide(numerator, denominator, out=out, where=denominator != 0.0)
    return out

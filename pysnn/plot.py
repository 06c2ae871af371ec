"""Figures of spikes, states, weights and connections. Needs matplotlib (the extra ``plot``).

Every function takes the data objects that a simulation or ``load`` returns, draws into ``ax`` or a new
figure, and returns its Axes: ``raster(fired).figure.savefig("raster.png")``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .analysis import population_rate
from .base.params import ParamInfo, as_numpy, check_array, check_number, check_whole_array, shown
from .data import SpikeData, StateData, WeightData
from .errors import ParameterError

try:
    from matplotlib import pyplot
    from matplotlib.axes import Axes
    from matplotlib.colors import Normalize, TwoSlopeNorm
    from matplotlib.ticker import MaxNLocator
    from matplotlib.transforms import Bbox, TransformedBbox
except ImportError as err:
    raise ImportError(
        "pysnn.plot needs matplotlib, which is not installed: pip install 'pysnn-sim[plot]'", name=err.name
    ) from err

__all__ = ["COLOURS", "connectivity_matrix", "raster", "traces", "weight_histogram"]

# Okabe & Ito (2008), Color Universal Design: told apart with any colour vision. Yellow is left out, too
# pale for dots on white.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_GREY = "0.35"
_RATE_BINS = 100  # about, in a rate that was given no bin
_LEGEND = 8  # more traces than this are told apart by their order alone
_CELLS = 400  # rows and columns of a matrix that can still be seen one by one

Spikes = SpikeData | Mapping[str, SpikeData]


def raster(
    spikes: Spikes,
    *,
    start: float = 0.0,
    stop: float | None = None,
    bin: float | None = None,
    ax: Axes | None = None,
    rate_ax: Axes | None = None,
) -> Axes:
    """Spikes as dots, one row a neuron, and below them the mean rate of each group.

    Parameters
    ----------
    spikes: of one group, or name -> spikes of several (a Recording is such a mapping): groups are stacked
        in their order from the bottom, in colours of their own.
    start, stop: ms, the window (start, stop] drawn; by default all.
    bin: ms, of the rate; by default about a hundredth of the window. It is adjusted to divide the window.
    ax, rate_ax: where to draw; with ``ax`` alone there is no rate.

    Returns the Axes of the dots. Raises ParameterError for an empty window or nothing to draw.
    """
    groups = _groups(spikes, "raster")
    longest = max(data.duration for data in groups.values())
    if longest <= 0.0:
        raise ParameterError("raster: spikes: nothing ran yet: run the simulation first, sim.run(duration)")
    begin, end = _window(start, stop, longest, "raster")
    if ax is None:
        _, (ax, rate_ax) = pyplot.subplots(
            2, 1, sharex=True, height_ratios=(3, 1), figsize=(7.0, 4.6), layout="constrained"
        )
    rows = sum(len(data.indices) for data in groups.values())
    size = _dot(ax, rows)
    below = 0
    for (name, data), colour in zip(groups.items(), _colours(len(groups)), strict=True):
        inside = (data.t > begin) & (data.t <= end)
        row = data.rows[inside] + below
        # As an image inside a vector file: a million dots would make it useless.
        ax.plot(
            data.t[inside], row, ".", color=colour, markersize=size, markeredgewidth=0, rasterized=True,
            label=name,
        )  # fmt: skip
        if len(groups) > 1:
            ax.axhline(below - 0.5, color="0.85", linewidth=0.8, zorder=0)
        below += len(data.indices)
    ax.set(xlim=(begin, end), ylim=(-0.5, rows - 0.5))
    if len(groups) > 1:
        middles = np.cumsum([0, *(len(data.indices) for data in groups.values())])
        ax.set_yticks((middles[1:] + middles[:-1]) / 2 - 0.5, list(groups))
        for label, colour in zip(ax.get_yticklabels(), _colours(len(groups)), strict=True):
            label.set_color(colour)
        ax.tick_params(axis="y", length=0)
    else:
        _number_rows(ax, next(iter(groups.values())).indices)
        ax.set_ylabel("neuron")
    _clean(ax)
    if rate_ax is None:
        ax.set_xlabel("time [ms]")
    else:
        _rates(rate_ax, groups, begin, end, bin)
    return ax


def traces(
    states: StateData,
    *,
    neurons: Sequence[int] | None = None,
    spikes: SpikeData | None = None,
    ax: Axes | None = None,
) -> Axes:
    """A state variable over time, one line a neuron.

    Parameters
    ----------
    states: samples, as a state probe gives them.
    neurons: indices in the group; by default all that were recorded.
    spikes: of the same group: each spike of a drawn neuron as a tick above, in its colour.
    ax: where to draw; limits and a title that it has been given stay.

    Returns the Axes. Raises ParameterError where there is nothing to draw yet, OutOfRangeError for a neuron
    that was not recorded.
    """
    _expect(states, StateData, "traces: states")
    drawn = [int(k) for k in states.i] if neurons is None else [int(k) for k in neurons]
    if not drawn:
        raise ParameterError("traces: neurons: expected at least one (got none)")
    if len(states) == 0:
        raise ParameterError("traces: states: nothing ran yet: run the simulation first, sim.run(duration)")
    if spikes is not None:
        _expect(spikes, SpikeData, "traces: spikes")
    ours = ax is None
    ax = _axes(ax, (7.0, 3.0))
    # Ticks of spikes stand above the axes, but not beside them, whatever part of the time is shown.
    above = TransformedBbox(Bbox([[0.0, 0.0], [1.0, 2.0]]), ax.transAxes)
    few = len(drawn) <= _LEGEND
    viridis = pyplot.colormaps["viridis"](np.linspace(0.0, 0.9, len(drawn)))
    shades = _colours(len(drawn)) if few else list(viridis)
    for k, neuron in enumerate(drawn):
        line = states.trace(neuron)
        ax.plot(
            states.t, line, color=shades[k], linewidth=1.1 if few else 0.6, alpha=1.0 if few else 0.7,
            label=f"neuron {neuron}",
        )  # fmt: skip
        if spikes is not None:
            at = spikes.train(neuron)
            at = at[(at >= states.t[0]) & (at <= states.t[-1])]
            height = 1.03 + 0.035 * (k if few else 0)
            (ticks,) = ax.plot(
                at, np.full(len(at), height), "|", color=shades[k], markersize=5,
                transform=ax.get_xaxis_transform(),
            )  # fmt: skip
            ticks.set_clip_path(None)
            ticks.set_clip_box(above)
    # Tight where nobody has set the limits, and theirs where somebody has.
    ax.margins(x=0.0)
    name = states.name or "state"
    ax.set(xlabel="time [ms]", ylabel=f"{name} [{states.unit}]" if states.unit else name)
    title = ax.get_title()
    if few and len(drawn) > 1:
        # Beside axes of the user's there may be others.
        beside = {"loc": "center left", "bbox_to_anchor": (1.0, 0.5)} if ours else {"loc": "best"}
        ax.legend(frameon=False, **beside)
    elif not few:
        title = title or f"{len(drawn)} neurons, {drawn[0]} (dark) to {drawn[-1]} (light)"
    else:
        title = title or f"neuron {drawn[0]}"
    if title:
        ax.set_title(title, fontsize="medium", pad=12)
    _clean(ax)
    return ax


def weight_histogram(
    weights: ArrayLike | WeightData | Mapping[str, ArrayLike],
    *,
    bins: int = 50,
    unit: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Distribution of synaptic weights.

    Parameters
    ----------
    weights: an array; label -> array, to compare; or a weight probe's data, whose first and last samples
        are compared.
    bins: >= 1, common to all.
    unit: of the weights, for the axis.
    ax: where to draw.
    """
    if isinstance(weights, WeightData):
        _some(len(weights.t), "weight_histogram: weights")
        ends = [0, -1] if len(weights.t) > 1 else [0]
        sets: dict[str, ArrayLike] = {f"at {weights.t[k]:g} ms": weights.values[k] for k in ends}
    elif isinstance(weights, Mapping):
        sets = dict(weights)
    else:
        sets = {"": weights}
    arrays = {label: _flat(values, "weight_histogram: weights") for label, values in sets.items()}
    _some(min((len(array) for array in arrays.values()), default=0), "weight_histogram: weights")
    number = int(check_number(bins, ParamInfo(low=1.0), "weight_histogram: bins"))
    edges = np.histogram_bin_edges(np.concatenate(list(arrays.values())), number)
    ax = _axes(ax, (5.0, 3.2))
    for (label, array), colour in zip(arrays.items(), _colours(len(arrays)), strict=True):
        counts, _ = np.histogram(array, edges)
        ax.stairs(counts, edges, fill=True, color=colour, alpha=0.25)
        ax.stairs(counts, edges, color=colour, linewidth=1.2, label=f"{label}, {len(array):,} synapses")
    ax.set(xlabel=f"weight [{unit}]" if unit else "weight", ylabel="synapses", xlim=(edges[0], edges[-1]))
    ax.set_ylim(bottom=0)
    if len(arrays) > 1:
        ax.legend(frameon=False, loc="lower left", bbox_to_anchor=(0.0, 1.0), borderaxespad=0.0)
    else:
        mean, std = (f(next(iter(arrays.values()))) for f in (np.mean, np.std))
        ax.set_title(f"mean {mean:.4g}, standard deviation {std:.4g}", fontsize="medium")
    _clean(ax)
    return ax


def connectivity_matrix(
    i: ArrayLike,
    j: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    shape: tuple[int, int] | None = None,
    unit: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Who connects to whom: synapses of each pair, or their summed weight.

    Sources are rows, from the top, and targets columns. Beyond 400 of either, each cell is the mean over a
    block of pairs, so that no synapse falls between pixels.

    Parameters
    ----------
    i, j: source and target of each synapse; ``sim.synapses(projection)`` has them as .i and .j. Several
        synapses of a pair add up.
    weights: of each synapse, in the same order; the colour is then the summed weight, with white at 0.
    shape: numbers of sources and targets; by default up to the largest that has a synapse.
    unit: of the weights, for the scale.
    ax: where to draw.
    """
    rows = check_whole_array(i, ParamInfo(low=0.0), "connectivity_matrix: i")
    columns = check_whole_array(j, ParamInfo(low=0.0), "connectivity_matrix: j")
    _some(len(rows), "connectivity_matrix: i")
    values = np.ones(len(rows)) if weights is None else _flat(weights, "connectivity_matrix: weights")
    lengths = (len(rows), len(columns), len(values))
    if len(set(lengths)) > 1:
        got = ", ".join(map(str, lengths))
        raise ParameterError(f"connectivity_matrix: i, j and weights must be of one length (got {got})")
    size = (int(rows.max()) + 1, int(columns.max()) + 1) if shape is None else (int(shape[0]), int(shape[1]))
    for name, index, n in (("i", rows, size[0]), ("j", columns, size[1])):
        if index.max() >= n:
            raise ParameterError(f"connectivity_matrix: {name}: must be < {n}, the shape (got {index.max()})")
    matrix = _blocks(rows, columns, values, size)
    ax = _axes(ax, (5.4, 4.4))
    signed = weights is not None
    # A few strong pairs would leave the rest white: the scale ends at the 99th percentile, with an arrow.
    strength = np.abs(matrix[matrix != 0.0])
    whole = not signed and matrix.shape == size
    largest = float(strength.max() if whole else np.percentile(strength, 99.0)) if len(strength) else 1.0
    scale = TwoSlopeNorm(0.0, -largest, largest) if signed else Normalize(0.0, largest)
    beyond = "both" if signed else "max"
    image = ax.imshow(
        matrix, cmap="RdBu_r" if signed else "Blues", norm=scale, aspect="auto", interpolation="nearest",
        extent=(-0.5, size[1] - 0.5, size[0] - 0.5, -0.5),
    )  # fmt: skip
    mean = "mean " if matrix.shape != size else ""
    what = f"summed weight{f' [{unit}]' if unit else ''}" if signed else "synapses"
    bar = ax.figure.colorbar(
        image, ax=ax, label=f"{mean}{what} of a pair", extend="neither" if whole else beyond
    )
    if whole:
        bar.locator = MaxNLocator(integer=True)
        bar.update_ticks()
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    ax.set(xlabel="target", ylabel="source", title=f"{len(rows):,} synapses")
    ax.title.set_fontsize("medium")
    return ax


# ---- what they share ------------------------------------------------------------------------------


def _rates(ax: Axes, groups: Mapping[str, SpikeData], begin: float, end: float, bin: float | None) -> None:
    width = (end - begin) / _RATE_BINS if bin is None else check_number(bin, _MS_ABOVE, "raster: bin")
    # A step's spikes bear its end: bins of no whole number of steps would beat with them.
    width = (end - begin) / max(round((end - begin) / (_nice(width) if bin is None else width)), 1)
    for (name, data), colour in zip(groups.items(), _colours(len(groups)), strict=True):
        centres, rate = population_rate(data, begin, end, width)
        edges = np.append(centres - width / 2, end)
        ax.stairs(rate, edges, fill=True, color=colour, alpha=0.25)
        ax.stairs(rate, edges, color=colour, linewidth=1.0, label=name)
    ax.set(xlabel="time [ms]", ylabel="rate [Hz]", xlim=(begin, end))
    if any(data.count for data in groups.values()):
        ax.set_ylim(bottom=0)
    ax.yaxis.set_major_locator(MaxNLocator(nbins=3))
    _clean(ax)


_MS_ABOVE = ParamInfo(unit="ms", above=0.0)


def _nice(value: float) -> float:
    """The nearest of 1, 2, 5 x 10^k below or at ``value``."""
    power = 10.0 ** np.floor(np.log10(value))
    return float(max(step for step in (1.0, 2.0, 5.0) if step * power <= value * (1 + 1e-9)) * power)


def _blocks(
    rows: NDArray[np.int64], columns: NDArray[np.int64], values: NDArray[np.float64], size: tuple[int, int]
) -> NDArray[np.float64]:
    """Sum of ``values`` by pair, as a matrix; where it is larger than _CELLS, means over blocks of pairs."""
    blocks = [-(-n // _CELLS) for n in size]
    cells = [-(-n // block) for n, block in zip(size, blocks, strict=True)]
    total = np.bincount(rows // blocks[0] * cells[1] + columns // blocks[1], values, cells[0] * cells[1])
    # The last block of a side may be smaller.
    sides = [
        np.minimum(block, n - np.arange(m) * block) for n, m, block in zip(size, cells, blocks, strict=True)
    ]
    return np.asarray(total.reshape(cells) / np.outer(*sides))


def _groups(spikes: Spikes, owner: str) -> dict[str, SpikeData]:
    groups = dict(spikes) if isinstance(spikes, Mapping) else {getattr(spikes, "name", ""): spikes}
    _some(len(groups), f"{owner}: spikes")
    for data in groups.values():
        _expect(data, SpikeData, f"{owner}: spikes")
    return groups


def _window(start: float, stop: float | None, longest: float, owner: str) -> tuple[float, float]:
    begin = check_number(start, ParamInfo(unit="ms"), f"{owner}: start")
    end = longest if stop is None else check_number(stop, ParamInfo(unit="ms"), f"{owner}: stop")
    if begin >= end:
        raise ParameterError(f"{owner}: stop: must be > start = {begin:g} ms (got {end:g} ms)")
    return begin, end


def _expect(value: object, kind: type, owner: str) -> None:
    if not isinstance(value, kind):
        raise ParameterError(f"{owner}: expected {kind.__name__} (got {shown(value)})")


def _flat(values: ArrayLike, owner: str) -> NDArray[np.float64]:
    return check_array(np.ravel(as_numpy(values, owner)), ParamInfo(), owner)


def _some(number: int, owner: str) -> None:
    if number == 0:
        raise ParameterError(f"{owner}: expected something to draw (got nothing; has the simulation run?)")


def _colours(number: int) -> list[str]:
    """``number`` colours, again from the first where they do not suffice."""
    return [COLOURS[k % len(COLOURS)] for k in range(number)]


def _dot(ax: Axes, rows: int) -> float:
    """Diameter of a dot [points]: the height of a row, within what can be seen and told apart."""
    height = ax.get_window_extent().height / ax.figure.dpi * 72.0
    return float(np.clip(1.2 * height / rows, 1.2, 5.0))


def _number_rows(ax: Axes, indices: NDArray[np.uint32]) -> None:
    """Label rows by the neurons' own indices, which are not the rows' where a part was recorded."""
    first = int(indices[0])
    if (np.diff(indices.astype(np.int64)) == 1).all():
        ax.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
        if first:
            ax.yaxis.set_major_formatter(lambda row, _: f"{row + first:.0f}")
        return
    ticks = np.unique(np.linspace(0, len(indices) - 1, min(len(indices), 6)).astype(int))
    ax.set_yticks(ticks, [str(indices[k]) for k in ticks])


def _axes(ax: Axes | None, figsize: tuple[float, float]) -> Axes:
    return pyplot.subplots(figsize=figsize, layout="constrained")[1] if ax is None else ax


def _clean(ax: Axes) -> None:
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color(_GREY)
    ax.tick_params(color=_GREY)

"""Figures show what the data hold: positions, heights and colours are read back from the artists."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pysnn.data import SpikeData, StateData, WeightData
from pysnn.errors import OutOfRangeError, ParameterError

matplotlib = pytest.importorskip(
    "matplotlib", reason="matplotlib is not installed (pip install 'pysnn-sim[plot]')"
)
matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402

from pysnn import plot  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]

A = SpikeData(np.array([5.0, 10.0, 40.0, 100.0]), np.array([0, 2, 2, 1], np.uint32), 3, 100.0, name="a")
B = SpikeData(np.array([20.0, 30.0]), np.array([1, 0], np.uint32), 2, 100.0, name="b")
STATES = StateData(np.arange(4.0), np.arange(8.0).reshape(4, 2), np.array([3, 7], np.uint32), "v", "mV")


@pytest.fixture(autouse=True)
def _close_figures() -> Iterator[None]:
    yield
    pyplot.close("all")


def dots(line: Any) -> list[tuple[float, float]]:
    return sorted(zip(line.get_xdata().tolist(), line.get_ydata().tolist(), strict=True))


def test_a_raster_has_a_dot_for_each_spike_and_the_rate_below() -> None:
    ax = plot.raster(A, bin=50.0)
    assert dots(ax.lines[0]) == [(5.0, 0), (10.0, 2), (40.0, 2), (100.0, 1)]
    rate = ax.figure.axes[1]
    values = rate.patches[0].get_data()
    np.testing.assert_allclose(values.edges, [0.0, 50.0, 100.0])
    np.testing.assert_allclose(values.values, [3 / 3 / 0.05, 1 / 3 / 0.05])  # Hz
    assert ax.get_xlim() == rate.get_xlim() == (0.0, 100.0)


def test_a_raster_of_several_groups_stacks_them_by_name() -> None:
    ax = plot.raster({"a": A, "b": B})
    first, second = (line for line in ax.lines if line.get_marker() == ".")
    assert dots(first)[0] == (5.0, 0)
    assert dots(second) == [(20.0, 4), (30.0, 3)]
    assert first.get_color() != second.get_color()
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b"]


def test_a_raster_of_a_window_leaves_out_what_is_before_and_after() -> None:
    ax = plot.raster(A, start=5.0, stop=40.0)
    assert dots(ax.lines[0]) == [(10.0, 2), (40.0, 2)]


def test_a_raster_of_recorded_neurons_alone_is_labelled_by_their_indices() -> None:
    indices = np.array([4, 90, 700], np.uint32)
    some = SpikeData(np.array([1.0, 2.0]), np.array([700, 4], np.uint32), 3, 10.0, indices)
    ax = plot.raster(some)
    assert dots(ax.lines[0]) == [(1.0, 2), (2.0, 0)]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["4", "90", "700"]
    shifted = SpikeData(
        np.array([1.0]), np.array([51], np.uint32), 3, 10.0, np.arange(50, 53, dtype=np.uint32)
    )
    ax = plot.raster(shifted)
    assert dots(ax.lines[0]) == [(1.0, 1)]
    assert ax.yaxis.get_major_formatter()(1.0) == "51"


def test_a_raster_can_be_drawn_into_given_axes() -> None:
    figure, (above, below) = pyplot.subplots(2)
    assert plot.raster(A, ax=above) is above
    assert not below.lines
    assert len(figure.axes) == 2


@pytest.mark.parametrize("name", ["figure.png", "figure.pdf", "figure.svg"])
def test_a_raster_is_saved_by_its_figure(tmp_path: Path, name: str) -> None:
    plot.raster({"a": A, "b": B}).figure.savefig(tmp_path / name)
    assert (tmp_path / name).stat().st_size > 5_000


def test_traces_are_the_samples_with_spikes_as_ticks() -> None:
    spikes = SpikeData(np.array([1.5, 2.5, 9.0]), np.array([7, 3, 7], np.uint32), 10, 20.0)
    ax = plot.traces(STATES, spikes=spikes)
    lines = {line.get_label(): line for line in ax.lines if line.get_marker() == "None"}
    np.testing.assert_array_equal(lines["neuron 7"].get_ydata(), [1.0, 3.0, 5.0, 7.0])
    ticks = [line for line in ax.lines if line.get_marker() == "|"]
    assert [line.get_xdata().tolist() for line in ticks] == [[2.5], [1.5]]
    assert ticks[1].get_color() == lines["neuron 7"].get_color()
    assert ax.get_ylabel() == "v [mV]"


def test_ticks_of_spikes_end_where_the_time_shown_does() -> None:
    spikes = SpikeData(np.array([0.5, 1.5, 2.5]), np.array([7, 7, 7], np.uint32), 10, 20.0)
    ax = plot.traces(STATES, neurons=[7], spikes=spikes)
    ax.set_xlim(1.0, 2.0)
    figure = ax.figure
    figure.canvas.draw()
    (ticks,) = (line for line in ax.lines if line.get_marker() == "|")
    box, area = ticks.get_clip_box(), ax.get_window_extent()
    assert ticks.get_clip_on()
    assert (box.x0, box.x1) == pytest.approx((area.x0, area.x1))  # nothing beside the axes
    assert box.y1 > area.y1 + 0.1 * area.height  # the ticks themselves, above the axes, are drawn
    pixels = np.asarray(figure.canvas.buffer_rgba())[..., :3]
    blue = np.array([0x00, 0x72, 0xB2])
    rows = slice(0, int(pixels.shape[0] - area.y1) - 2)
    columns = np.flatnonzero((np.abs(pixels[rows].astype(int) - blue).sum(axis=2) < 90).any(axis=0))
    (expected,) = ax.transData.transform([(1.5, 0.0)])[:, 0]
    assert len(columns) > 0
    assert np.abs(columns - expected).max() <= 3


def test_traces_leave_limits_titles_and_neighbours_of_given_axes_alone() -> None:
    _, (left, right) = pyplot.subplots(1, 2)
    left.set_xlim(0.5, 1.5)
    left.set_title("mine")
    assert plot.traces(STATES, ax=left) is left
    assert left.get_xlim() == (0.5, 1.5)
    assert left.get_title() == "mine"
    assert left.get_legend().get_window_extent().x1 <= left.get_window_extent().x1
    assert not right.lines
    plot.traces(STATES, neurons=[7], ax=right)
    later = StateData(STATES.t + 100.0, STATES.values, STATES.i, "v", "mV")
    plot.traces(later, neurons=[7], ax=right)  # into the same axes: both are shown
    assert right.get_xlim() == (STATES.t[0], later.t[-1])


def test_rows_are_the_neurons_of_a_view_in_its_own_order() -> None:
    view = SpikeData(
        np.array([1.0, 2.0]), np.array([7, 4], np.uint32), 3, 10.0, np.array([5, 9, 4, 7], np.uint32)
    )
    ax = plot.raster(view)
    assert dots(ax.lines[0]) == [(1.0, 3), (2.0, 2)]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["5", "9", "4", "7"]


@pytest.mark.filterwarnings("error")
def test_silence_and_one_neuron_are_drawn() -> None:
    silent = SpikeData(np.empty(0), np.empty(0, np.uint32), 1, 10.0)
    for data in (silent, {"a": silent, "b": B}):
        plot.raster(data).figure.canvas.draw()
    alone = StateData(np.array([0.0]), np.array([[1.0]]), np.array([0], np.uint32), "v", "mV")
    plot.traces(alone, spikes=silent).figure.canvas.draw()


def test_many_traces_are_all_drawn() -> None:
    many = StateData(np.arange(3.0), np.zeros((3, 40)), np.arange(40, dtype=np.uint32), "v", "mV")
    assert len(plot.traces(many).lines) == 40
    assert len(plot.traces(many, neurons=[5]).lines) == 1


def test_a_weight_histogram_counts_every_synapse() -> None:
    data = WeightData(np.array([0.0, 500.0]), np.array([[1.0, 1.0, 2.0], [0.0, 3.0, 3.0]]))
    ax = plot.weight_histogram(data, bins=3, unit="pA")
    first, last = (patch.get_data() for patch in ax.patches[1::2])
    np.testing.assert_array_equal(first.values, [0, 2, 1])
    np.testing.assert_array_equal(last.values, [1, 0, 2])
    np.testing.assert_allclose(first.edges, [0.0, 1.0, 2.0, 3.0])
    assert [text.get_text() for text in ax.get_legend().texts] == [
        "at 0 ms, 3 synapses",
        "at 500 ms, 3 synapses",
    ]


def test_a_weight_histogram_of_equal_weights_is_drawn() -> None:
    assert plot.weight_histogram(np.full(7, 12.0)).patches[0].get_data().values.sum() == 7


def test_a_connectivity_matrix_counts_the_synapses_of_a_pair() -> None:
    ax = plot.connectivity_matrix([0, 0, 2], [1, 1, 3], shape=(3, 5))
    expected = np.zeros((3, 5))
    expected[0, 1], expected[2, 3] = 2, 1
    np.testing.assert_array_equal(ax.images[0].get_array(), expected)


def test_a_connectivity_matrix_of_weights_sums_them_around_0() -> None:
    ax = plot.connectivity_matrix([0, 0, 1], [1, 1, 0], weights=[2.0, 1.5, -4.0], unit="pA")
    np.testing.assert_allclose(ax.images[0].get_array(), [[0.0, 3.5], [-4.0, 0.0]])
    norm = ax.images[0].norm
    assert norm(0.0) == 0.5


def test_a_large_connectivity_matrix_shows_means_of_blocks_and_loses_no_synapse() -> None:
    """1,001 x 3 in blocks of 3 x 1, the last of 2 x 1: each cell is the synapses over the pairs."""
    i, j = np.arange(1001), np.zeros(1001, int)
    image = np.asarray(plot.connectivity_matrix(i, j, shape=(1001, 3)).images[0].get_array())
    assert image.shape == (334, 3)
    np.testing.assert_allclose(image[:, 0], 1.0)
    np.testing.assert_allclose(image[:, 1:], 0.0)


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda: plot.raster({}), ParameterError, "raster: spikes: expected something to draw"),
        (lambda: plot.raster([1.0]), ParameterError, r"expected SpikeData \(got \[1\.0\]\)"),
        (lambda: plot.raster(A, start=50.0, stop=50.0), ParameterError, "stop: must be > start"),
        (
            lambda: plot.raster(SpikeData(np.empty(0), np.empty(0, np.uint32), 3, 0.0)),
            ParameterError,
            "nothing ran yet",
        ),
        (
            lambda: plot.traces(StateData(np.empty(0), np.empty((0, 1)), np.array([0], np.uint32))),
            ParameterError,
            "nothing ran yet",
        ),
        (lambda: plot.traces(STATES, spikes=[1.0]), ParameterError, "expected SpikeData"),
        (
            lambda: plot.weight_histogram(WeightData(np.empty(0), np.empty((0, 3)))),
            ParameterError,
            "has the simulation run",
        ),
        (lambda: plot.raster(A, bin=0.0), ParameterError, "raster: bin: must be > 0"),
        (lambda: plot.traces(A), ParameterError, "expected StateData"),
        (lambda: plot.traces(STATES, neurons=[4]), OutOfRangeError, "neuron 4 is not among the 2"),
        (lambda: plot.traces(STATES, neurons=[]), ParameterError, "at least one"),
        (lambda: plot.weight_histogram([]), ParameterError, "something to draw"),
        (lambda: plot.weight_histogram([1.0, np.nan]), ParameterError, r"weights\[1\]"),
        (lambda: plot.connectivity_matrix([0], [1, 2]), ParameterError, r"one length \(got 1, 2, 1\)"),
        (lambda: plot.connectivity_matrix([0], [5], shape=(2, 5)), ParameterError, "j: must be < 5"),
        (lambda: plot.connectivity_matrix([-1], [5]), ParameterError, r"i\[0\]: must be >= 0"),
    ],
)
def test_what_cannot_be_drawn_is_named(act: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        act()


def test_without_matplotlib_the_error_says_how_to_get_it() -> None:
    code = "import sys; sys.modules['matplotlib'] = None; sys.path.insert(0, sys.argv[1]); import pysnn.plot"
    done = subprocess.run([sys.executable, "-c", code, str(ROOT)], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "ImportError: pysnn.plot needs matplotlib, which is not installed: pip install 'pysnn-sim[plot]'"
    )

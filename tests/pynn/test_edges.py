"""Samples, synapses and initial values at the edges: as PyNN's texts have them, or refused."""

import numpy as np
import pytest

pytest.importorskip("pyNN", reason="needs PyNN: pip install PyNN")
pytest.importorskip("sympy", reason="needs the extra equations")
import pynn_pysnn as sim
from pyNN.errors import ConnectionError


@pytest.fixture(params=["clock", "event"])
def backend(request):
    sim.setup(timestep=0.1, min_delay=0.1, backend=request.param, threads=1)
    yield request.param
    sim.end()


def decaying(n):
    """Cells whose v is -60 - 10 exp(-t) mV."""
    cells = sim.Population(n, sim.IF_curr_delta(tau_m=1.0, v_rest=-60.0), initial_values={"v": -70.0})
    return cells, lambda t: -60.0 - 10.0 * np.exp(-t)


def signal_of(cells, **how):
    (signal,) = cells.get_data("v", **how).segments[-1].analogsignals
    return signal.times.rescale("ms").magnitude, signal.magnitude


def test_samples_have_the_times_at_which_they_were_taken(backend):
    cells, law = decaying(2)
    sim.run(1.0)
    cells[:1].record("v", sampling_interval=0.3)  # the first is at 1.2 ms
    sim.run(1.0)
    times, values = signal_of(cells)
    np.testing.assert_allclose(times, [1.2, 1.5, 1.8], rtol=1e-12)
    np.testing.assert_allclose(values[:, 0], law(times), rtol=1e-6)
    signal_of(cells, clear=True)  # at 2 ms, between samples
    sim.run(1.0)
    times, values = signal_of(cells)
    np.testing.assert_allclose(times, [1.8, 2.1, 2.4, 2.7, 3.0], rtol=1e-12)
    np.testing.assert_allclose(values[:, 0], law(times), rtol=1e-6)


@pytest.mark.parametrize("interval", [0.0, -0.1, float("nan"), float("inf")])
def test_an_interval_between_samples_that_is_none_is_refused(backend, interval):
    cells, _ = decaying(1)
    with pytest.raises(ValueError, match="sampling_interval: expected a multiple of the timestep"):
        cells.record("v", sampling_interval=interval)


def test_between_the_steps_no_samples_are_taken_where_there_are_steps(backend):
    cells, law = decaying(1)
    if backend == "clock":
        with pytest.raises(ValueError, match=r"expected a multiple of the timestep, 0.1 ms \(got 0.15\)"):
            cells.record("v", sampling_interval=0.15)
        return
    cells.record("v", sampling_interval=0.15)
    sim.run(1.0)
    times, values = signal_of(cells)
    np.testing.assert_allclose(times, 0.15 * np.arange(7), rtol=1e-12)
    np.testing.assert_allclose(values[:, 0], law(times), rtol=1e-6)


def pair():
    return (
        sim.Population(2, sim.SpikeSourceArray(spike_times=[1.0])),
        sim.Population(3, sim.IF_curr_delta()),
    )


@pytest.mark.parametrize(
    ("several", "expected"), [("first", 1.0), ("last", 5.0), ("sum", 9.0), ("min", 1.0), ("max", 5.0)]
)
def test_of_several_synapses_of_a_pair_the_matrix_has_what_is_asked_for(backend, several, expected):
    listed = [(0, 0, 1.0, 1.0), (1, 2, 2.0, 0.5), (0, 0, 3.0, 2.0), (0, 0, 5.0, 3.0)]
    projection = sim.Projection(*pair(), sim.FromListConnector(listed))
    weights = projection.get("weight", format="array", multiple_synapses=several)
    nan = np.nan
    np.testing.assert_array_equal(weights, [[expected, nan, nan], [nan, nan, 2.0]])


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ((0, 3), "from 0 to 3: expected a target of 0 to 2"),
        ((0, -1), "from 0 to -1: expected a target of 0 to 2"),
        ((2, 0), "from 2 to 0: expected a source of 0 to 1"),
        ((-1, 0), "from -1 to 0: expected a source of 0 to 1"),
        ((0.5, 0), r"from 0\.5 to 0: expected a source of 0 to 1"),
    ],
)
def test_listed_synapses_of_cells_that_are_not_there_are_refused(backend, entry, message, tmp_path):
    listed = [(1, 1, 1.0, 1.0), (*entry, 1.0, 1.0)]
    with pytest.raises(ConnectionError, match="FromListConnector: " + message):
        sim.Projection(*pair(), sim.FromListConnector(listed))
    np.savetxt(tmp_path / "list.txt", listed)
    # (Of a file PyNN itself refuses sources beyond the last.)
    with pytest.raises(ConnectionError, match=r"expected a (source|target) of 0|source index out of range"):
        sim.Projection(*pair(), sim.FromFileConnector(str(tmp_path / "list.txt")))


@pytest.mark.parametrize("kind", [bool, int, float])
def test_arrays_of_connections_may_be_of_zeros_and_ones(backend, kind):
    there = np.array([[0, 1, 0], [1, 0, 0]], dtype=kind)
    projection = sim.Projection(*pair(), sim.ArrayConnector(there), sim.StaticSynapse(weight=1.0))
    np.testing.assert_array_equal(np.nan_to_num(projection.get("weight", format="array")), there)
    with pytest.raises(ValueError, match="expected True and False, or 0 and 1"):
        sim.ArrayConnector(2 * there.astype(float))
    with pytest.raises(ValueError, match="stdev: expected >= 0 nA"):
        sim.NoisyCurrentSource(stdev=-1.0)


@pytest.mark.parametrize("wrong", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers_are_refused_by_name(backend, wrong):
    expected = "both: weight: expected a finite number .*from cell 1 to cell 2"
    listed = [(0, 0, 1.0, 1.0), (1, 2, wrong, 1.0)]
    with pytest.raises(ConnectionError, match=expected):
        sim.Projection(*pair(), sim.FromListConnector(listed), label="both").get("weight", format="list")
    projection = sim.Projection(*pair(), sim.FromListConnector([(1, 2, 1.0, 1.0)]), label="both")
    with pytest.raises(ConnectionError, match=expected):
        projection.set(weight=wrong)
    with pytest.raises(ValueError, match="finite time"):
        sim.run(wrong)


def test_views_take_initial_values(backend):
    cells = sim.Population(4, sim.IF_curr_delta(tau_m=1e9), initial_values={"v": lambda i: -60.0 - i})
    cells.record("v")
    cells[2:].initialize(v=lambda i: -50.5 - i)
    assert [cell.get_initial_value("v") for cell in cells] == [-60.0, -61.0, -50.5, -51.5]
    sim.run(0.1)
    np.testing.assert_allclose(signal_of(cells)[1][0], [-60.0, -61.0, -50.5, -51.5])
    cells[[3, 0]].initialize(v=-70.0)
    sim.run(0.1)
    np.testing.assert_allclose(signal_of(cells)[1][-1], [-70.0, -61.0, -50.5, -70.0], rtol=1e-7)


def test_what_is_no_network_is_refused_where_it_is_written(backend):
    cells, source = (
        sim.Population(2, sim.IF_curr_exp(), label="cells"),
        sim.Population(2, sim.SpikeSourceArray()),
    )
    for group in (cells, cells[1:]):
        with pytest.raises(AttributeError, match=r"tau_m cannot be assigned: set\(tau_m=9.0\) sets it"):
            group.tau_m = 9.0
    assert cells.get("tau_m") == 20.0
    with pytest.raises(ConnectionError, match="spike sources have no receptors"):
        sim.Projection(cells, source, sim.AllToAllConnector(), sim.StaticSynapse(weight=1.0))
    for size in (0, -1, (3, 0)):
        with pytest.raises(ValueError, match="size: expected at least one cell"):
            sim.Population(size, sim.IF_curr_exp())
    for timestep in (0.0, -0.1, float("nan")):
        with pytest.raises(ValueError, match="setup: timestep: expected > 0 ms"):
            sim.setup(timestep=timestep, min_delay="auto", backend=backend)

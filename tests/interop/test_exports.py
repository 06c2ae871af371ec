"""Recordings as Neo's and pandas' objects, and synapses as SciPy's and NetworkX's."""

import builtins

import numpy as np
import pytest

import pysnn as snn


@pytest.fixture(scope="module")
def recorded():
    net = snn.Network(seed=3)
    cells = net.population("cells", 6, snn.CubaLIF(i_e=snn.Uniform(450.0, 600.0)))
    fan = net.projection(
        cells, cells, snn.FixedIndegree(3), weight=snn.Uniform(1.0, 2.0), delay=[0.5, 1.5], name="fan"
    )
    spikes = net.probe(cells[[5, 1, 2]], "spikes")
    v = net.probe(cells[[4, 0]], "v", every=0.5)
    with snn.Simulation(net, threads=1) as sim:
        sim.run(200.0)
        yield sim, fan, sim.data[spikes], sim.data[v]


def test_neo_has_a_train_for_each_neuron_recorded_with_its_spikes(recorded):
    pytest.importorskip("neo", reason="needs neo")
    spikes = recorded[2]
    trains = spikes.to_neo()
    assert len(trains) == 3
    by_channel = {train.annotations["channel_id"]: train for train in trains}
    assert set(by_channel) == {1, 2, 5}
    for i, train in by_channel.items():
        np.testing.assert_array_equal(train.rescale("ms").magnitude, spikes.train(i))
        assert float(train.t_stop.rescale("ms")) == 200.0
        assert len(train) > 5


def test_neo_has_the_samples_with_their_unit_and_times(recorded):
    pytest.importorskip("neo", reason="needs neo")
    v = recorded[3]
    signal = v.to_neo()
    np.testing.assert_array_equal(signal.magnitude, v.values)
    np.testing.assert_allclose(signal.times.rescale("ms").magnitude, v.t, atol=1e-9)
    assert signal.units.dimensionality.string == "mV"
    assert signal.array_annotations["channel_index"].tolist() == [4, 0]


def test_pandas_has_the_spikes_and_the_traces(recorded):
    pytest.importorskip("pandas", reason="needs pandas")
    _, _, spikes, v = recorded
    frame = spikes.to_pandas()
    np.testing.assert_array_equal(
        frame.groupby("i")["t"].count(), spikes.counts()[np.argsort(spikes.indices)]
    )
    traces = v.to_pandas()
    assert traces.index.name == "t"
    np.testing.assert_array_equal(traces[4], v.trace(4))


def test_scipy_has_every_synapse_and_adds_nothing_up(recorded):
    sparse = pytest.importorskip("scipy.sparse", reason="needs SciPy")
    sim, fan, _, _ = recorded
    matrix = snn.interop.to_scipy(sim, fan)
    assert matrix.nnz == 6 * 3 * 2  # two synapses a pair, kept apart
    assert matrix.shape == (6, 6)
    np.testing.assert_array_equal(matrix.data, sim.weights(fan))
    # One matrix a pair is the sum: each row of targets has the weights of its synapses.
    sums = np.zeros((6, 6))
    table = sim.synapses(fan)
    np.add.at(sums, (table.i, table.j), sim.weights(fan))
    np.testing.assert_allclose(sparse.csr_array(matrix).toarray(), sums)
    np.testing.assert_array_equal(np.unique(snn.interop.to_scipy(sim, fan, "delay").data), [0.5, 1.5])


def test_networkx_goes_out_and_comes_back_synapse_for_synapse(recorded):
    pytest.importorskip("networkx", reason="needs NetworkX")
    sim, fan, _, _ = recorded
    graph = snn.interop.to_networkx(sim)
    assert graph.number_of_nodes() == 6
    assert graph.number_of_edges() == 36
    net = snn.Network(seed=9)
    cells = net.population("cells", 6, snn.CubaLIF())
    nodes = [("cells", i) for i in range(6)]
    back = net.projection(cells, cells, snn.FromMultiDiGraph(graph, "weight", "delay", nodes))
    with snn.Simulation(net, threads=1) as other:
        np.testing.assert_array_equal(other.weights(back), sim.weights(fan))
        np.testing.assert_array_equal(other.synapses(back), sim.synapses(fan))


def test_what_is_missing_is_named_with_the_way_to_get_it(recorded, monkeypatch):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.partition(".")[0] == "pandas":
            raise ModuleNotFoundError("No module named 'pandas'", name="pandas")
        return real(name, *args, **kwargs)

    monkeypatch.setattr("importlib.import_module", without)
    with pytest.raises(ModuleNotFoundError, match=r"to_pandas needs pandas.*pysnn-sim\[interop\]"):
        recorded[2].to_pandas()


EVENTS = np.array(
    [(3, 1, 1000, 1), (0, 0, 1250, 0), (3, 1, 4000, 0)],
    dtype=[("x", "u2"), ("y", "u2"), ("t", "i8"), ("p", "u1")],
)


def test_events_become_spikes_of_their_pixel_and_polarity():
    source = snn.SpikeArray.from_events(EVENTS, shape=(2, 4), origin=0.0)
    # (p height + y) width + x
    assert sorted(zip(source.times.tolist(), source.indices.tolist(), strict=True)) == [
        (1.0, (2 + 1) * 4 + 3), (1.25, 0), (4.0, 1 * 4 + 3),
    ]  # fmt: skip
    assert source.trains == 16
    net = snn.Network(seed=1)
    group = net.source("camera", 16, source)
    spikes = net.probe(group, "spikes")
    with snn.Simulation(net, backend="event") as sim:
        sim.run(5.0)
        assert sim.data[spikes].t.tolist() == [1.0, 1.25, 4.0]


def test_a_table_of_events_is_as_its_columns():
    pandas = pytest.importorskip("pandas", reason="needs pandas")
    expected = snn.SpikeArray.from_events(EVENTS, shape=(2, 4))
    table = pandas.DataFrame(EVENTS)
    for frame in (table, table.convert_dtypes(), table[["t", "p", "y", "x"]]):
        source = snn.SpikeArray.from_events(frame, shape=(2, 4))
        assert np.array_equal(source.times, expected.times)
        assert np.array_equal(source.indices, expected.indices)
    with pytest.raises(snn.ParameterError, match=r"expected the fields x, y, t \(got x, y, when, p\)"):
        snn.SpikeArray.from_events(table.rename(columns={"t": "when"}), shape=(2, 4))


def test_events_start_after_0_and_may_be_brought_to_a_grid():
    first = snn.SpikeArray.from_events(EVENTS["x"], EVENTS["y"], EVENTS["t"], shape=(2, 4))
    assert sorted(first.times.tolist()) == [1.0, 1.25, 4.0]
    assert first.trains == 8  # no polarities
    coarse = snn.SpikeArray.from_events(EVENTS, shape=(2, 4), origin=1000.0, grid=0.5)
    assert sorted(coarse.times.tolist()) == [0.5, 0.5, 3.0]  # 0 and 0.25 ms are in the first step
    signed = snn.SpikeArray.from_events([1], [0], [5.0], [-1], shape=(1, 2), unit="ms", origin=0.0)
    assert (signed.times[0], signed.indices[0]) == (5.0, 1)


@pytest.mark.parametrize(
    ("arguments", "options", "says"),
    [
        (([4], [0], [1.0]), {}, r"x\[0\] = 4 is out of range: the sensor has 4 in x"),
        (([0], [0], [1.0], [2]), {}, "expected 0 and 1"),
        (([0], [0, 1], [1.0]), {}, "one length"),
        (([0], [0], [1.0]), {"unit": "min"}, "unit"),
        (([0], [0], [1.0]), {"origin": 2.0}, "before origin"),
        (([0], [0], [2.0]), {"origin": 2.0}, "at 0 ms"),
        ((np.zeros(3),), {}, "structured array"),
        ((np.array([1.0 + 2.0j]), [0], [1.0]), {}, "x: expected an array of numbers"),
        ((np.array([1j], object), [0], [1.0]), {}, "x: expected an array of numbers"),
        ((["1"], [0], [1.0]), {}, "x: expected an array of numbers"),
    ],
)
def test_events_that_do_not_fit_are_refused(arguments, options, says):
    with pytest.raises(snn.PysnnError, match=says):
        snn.SpikeArray.from_events(*arguments, shape=(2, 4), **options)


def test_nanoseconds_since_1970_keep_every_one_of_them():
    """1.6e18 is beyond 2^53: as doubles stamps would lie 256 ns apart."""
    first = 1_600_000_000_000_000_001
    for kind in (np.int64, np.uint64):
        t = np.array([first, first + 99, first + 1_000_000], dtype=kind)
        events = (np.zeros(3), np.zeros(3), t, None)
        for origin in (None, first - 1):
            spikes = snn.SpikeArray.from_events(*events, shape=(1, 1), unit="ns", origin=origin)
            ahead = 1.0 if origin is None else 1e-6
            np.testing.assert_allclose(spikes.times, ahead + np.array([0.0, 99e-6, 1.0]), rtol=0, atol=1e-12)


def test_one_projection_makes_a_graph_and_what_is_no_simulation_is_named(recorded):
    sim = recorded[0]
    name = sim.spec.projections[0].name
    edges = snn.interop.to_networkx(sim, name).number_of_edges()
    assert edges == len(sim.weights(name)) > 0
    for call in (snn.interop.to_networkx, lambda other: snn.interop.to_scipy(other, name)):
        with pytest.raises(snn.ParameterError, match=r"expected a Simulation \(got 3\)"):
            call(3)

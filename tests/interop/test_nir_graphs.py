"""Graphs as other frameworks export them, against NIR's equations stepped in NumPy (nir_steps.py)."""

import itertools

import numpy as np
import pytest

import pysnn as snn

nir = pytest.importorskip("nir", reason="needs nir: pip install 'pysnn-sim[interop]'")
pytest.importorskip("scipy", reason="needs SciPy")

from .nir_steps import Steps  # noqa: E402 (it imports SciPy, without which these are skipped)

H = 1e-3  # s, a step
RNG = np.random.default_rng


def given(*shape):
    return nir.Input({"input": np.array(shape)})


def out(*shape):
    return nir.Output({"output": np.array(shape)})


def full(shape, *values):
    return [np.full(shape, value, dtype=float) for value in values]


def spread(shape, low, high, seed=7):
    return RNG(seed).uniform(low, high, shape)


def in_a_row(nodes, *more):
    return nodes, [*itertools.pairwise(nodes), *more]


def norse():
    """Parameters without dimensions, convolutions before them, a readout that leaks; some read no shape."""
    rng = RNG(1)
    nodes = {
        "input": given(1, 7, 6),
        "conv": nir.Conv2d(None, rng.normal(0.4, 0.5, (3, 1, 3, 2)), 1, 0, 1, 1, rng.normal(0, 0.1, 3)),
        "lif": nir.LIF(*full((), 0.02, 30.0, 0.0, 1.0)),
        "pool": nir.SumPool2d(np.array([2, 2]), np.array([2, 2]), np.array([0, 0])),
        "flat": nir.Flatten(None, 0, -1),
        "fc": nir.Affine(rng.normal(0.3, 0.5, (5, 12)), rng.normal(0, 0.3, 5)),
        "lif2": nir.LIF(*full((1,), 0.01, 20.0, 0.1, 0.7, -0.2)),
        "out": nir.Linear(rng.normal(size=(2, 5))),
        "li": nir.LI(*full((), 0.05, 10.0, 0.0)),
        "output": out(2),
    }
    shapes = {"input": (1, 7, 6), "lif": (3, 5, 5), "lif2": (5,), "li": (2,)}
    return *in_a_row(nodes), shapes


def snntorch():
    """A row of parameters of each, and recurrent weights around the neurons that they reach."""
    rng = RNG(2)
    nodes = {
        "input": given(12),
        "fc": nir.Linear(rng.normal(0.6, 0.6, (8, 12))),
        "lif": nir.CubaLIF(
            spread(8, 2e-3, 9e-3), spread(8, 8e-3, 3e-2), spread(8, 10.0, 40.0), spread(8, -0.1, 0.1),
            spread(8, 0.4, 0.8), spread(8, -0.3, 0.0), spread(8, 0.5, 2.0),
        ),
        "w_rec": nir.Affine(rng.normal(-0.3, 0.4, (8, 8)), rng.normal(0, 0.1, 8)),
        "fc2": nir.Linear(rng.normal(0.5, 0.5, (3, 8))),
        "lif2": nir.CubaLIF(*full(3, 0.01, 0.01, 20.0, 0.0, 0.5)),
        "output": out(3),
    }  # fmt: skip
    row = ["input", "fc", "lif", "fc2", "lif2", "output"]
    edges = [*itertools.pairwise(row), ("lif", "w_rec"), ("w_rec", "lif")]
    return nodes, edges, {"input": (12,), "lif": (8,), "lif2": (3,)}


def lava(tells_apart=False):
    """Delays of each neuron, scales, inputs that are summed, resistances below 0.

    ``tells_apart`` : some take no time, and others as much as connections without a Delay may have to.
    """
    rng = RNG(3)
    none = 0 if tells_apart else 4
    nodes = {
        "left": given(6),
        "right": given(6),
        "scale": nir.Scale(spread(6, 0.5, 2.0)),
        "delay": nir.Delay(np.array([none, 2 + none, 2, 5, 1 + none, 3 + none]) * H),
        "fc": nir.Linear(rng.normal(0.5, 0.5, (6, 6))),
        "one": nir.Delay(np.array(4 * H, dtype=np.float32)),
        "cuba": nir.CubaLIF(
            *full(6, 5e-3, 2e-2), spread(6, -30.0, 40.0), spread(6, -0.2, 0.2), *full(6, 0.4, 0.0)
        ),
        "half": nir.Scale(np.array(0.5)),
        "if": nir.IF(spread(6, 200.0, 900.0), spread(6, 0.6, 1.4)),
        "i": nir.I(*full(6, 1e3)),
        "output": out(6),
        "output2": out(6),
    }
    edges = [
        ("left", "scale"), ("right", "scale"), ("scale", "delay"), ("delay", "fc"), ("fc", "cuba"),
        ("right", "one"), ("one", "half"), ("half", "cuba"), ("cuba", "if"), ("right", "if"), ("cuba", "i"),
        ("if", "output"), ("i", "output2"),
    ]  # fmt: skip
    return nodes, edges, dict.fromkeys(("left", "right", "cuba", "if", "i"), (6,))


def sinabs():
    """Convolutions with everything that they may have, pools with padding, channels that share parameters."""
    rng = RNG(4)
    nodes = {
        "input": given(2, 6, 9),
        "conv": nir.Conv2d(
            (6, 9), rng.normal(0.3, 0.4, (4, 1, 2, 3)), (1, 2), (1, 0), (2, 1), 2, np.zeros(4)
        ),
        "if": nir.IF(*full((4, 1, 1), 900.0, 0.8)),
        "same": nir.Conv2d((6, 4), rng.normal(0.3, 0.3, (3, 4, 2, 3)), 1, "same", (1, 2), 1, np.zeros(3)),
        "if2": nir.IF(spread((3, 1, 1), 500.0, 900.0), spread((3, 1, 1), 0.5, 1.5)),
        "avg": nir.AvgPool2d(np.array([3, 2]), np.array([2, 1]), np.array([1, 0])),
        "flat": nir.Flatten({"input": np.array([3, 3, 3])}, 0, -1),
        "fc": nir.Linear(rng.normal(0.5, 0.5, (4, 27))),
        "if3": nir.IF(*full(4, 1e3, 0.6)),
        "output": out(4),
    }
    shapes = {"input": (2, 6, 9), "if": (4, 6, 4), "if2": (3, 6, 4), "if3": (4,)}
    return *in_a_row(nodes), shapes


def sequence():
    """Convolutions of one dimension, and a matrix for each of several parts."""
    rng = RNG(5)
    nodes = {
        "input": given(4, 11),
        "conv": nir.Conv1d(11, rng.normal(0.5, 0.5, (6, 2, 3)), 2, 1, 2, 2, rng.normal(0.05, 0.1, 6)),
        "lif": nir.LIF(*full((6, 5), 0.02, 30.0, 0.0, 0.8)),
        "valid": nir.Conv1d(5, rng.normal(0.5, 0.5, (2, 6, 2)), 1, "valid", 1, 1, np.zeros(2)),
        "parts": nir.Affine(rng.normal(0.5, 0.5, (2, 3, 4)), rng.normal(0, 0.2, (2, 3))),
        "lif2": nir.LIF(*full((2, 3), 0.01, 15.0, 0.0, 0.6)),
        "output": out(2, 3),
    }
    return *in_a_row(nodes), {"input": (4, 11), "lif": (6, 5), "lif2": (2, 3)}


KINDS = (norse, snntorch, lava, sinabs, sequence)
STEPS = 120


def inputs_of(nodes, seed=11):
    rng = RNG(seed)
    return {
        name: (rng.random((STEPS, *node.input_type["input"])) < 0.15).astype(float)
        for name, node in nodes.items()
        if isinstance(node, nir.Input)
    }


def sources(inputs):
    made = {}
    for name, spikes in inputs.items():
        step, neuron = np.nonzero(spikes.reshape(STEPS, -1))
        made[name] = snn.SpikeArray(np.round((step + 1) * H * 1e3, 9), neuron)
    return made


def simulated(graph, inputs, dt=H, **options):
    """Spikes by population as (steps, neurons), potentials likewise, and the network as a graph again."""
    made = snn.interop.from_nir(graph, dt=dt, sources=sources(inputs), **options)
    probes = {name: made.network.probe(group, "spikes") for name, group in made.populations.items()}
    states = {name: made.network.probe(group, "v", every=1.0) for name, group in made.populations.items()}
    with snn.Simulation(made.network, dt=1.0, threads=1) as sim:
        sim.run(float(STEPS))
        again = snn.interop.to_nir(sim, dt=dt)
        fired = {}
        for name, probe in probes.items():
            fired[name] = np.zeros((STEPS, made.populations[name].n))
            fired[name][np.round(sim.data[probe].t).astype(int) - 1, sim.data[probe].i] = 1.0
        return fired, {name: sim.data[probe].values[1:] for name, probe in states.items()}, again, made


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize(("lag", "dt"), [(0, H), (1, H), (3, 2 * H)])
def test_a_graph_obeys_nirs_equations(kind, lag, dt):
    nodes, edges, shapes = kind(tells_apart=lag == 0) if kind is lava else kind()
    inputs = inputs_of(nodes)
    expected, potentials = Steps(nodes, edges, shapes, H, dt, lag).run(inputs, STEPS)
    graph = nir.NIRGraph(nodes, edges, type_check=False)
    fired, v, _, made = simulated(graph, inputs, dt, delay=float(lag))
    for name in fired:
        assert made.shapes[name] == shapes[name]
        np.testing.assert_array_equal(fired[name], expected[name].reshape(STEPS, -1))
        np.testing.assert_allclose(v[name], potentials[name], rtol=1e-9, atol=1e-11)
    spiking = [name for name in fired if hasattr(nodes[name], "v_threshold")]
    assert min(fired[name].sum() for name in spiking) > 10


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_graph_goes_through_a_file_and_out_and_in_again(kind, tmp_path):
    nodes, edges, _ = kind()
    inputs = inputs_of(nodes)
    for node in nodes.values():  # a file has no place for shapes that are not there
        if isinstance(node, nir.Conv2d) and node.input_shape is None:
            node.input_shape = (7, 6)
        if isinstance(node, nir.Flatten) and node.input_type["input"] is None:
            node.input_type = {"input": np.array([3, 2, 2])}
    # (nir compresses no arrays without dimensions.)
    nir.write(tmp_path / "graph.nir", nir.NIRGraph(nodes, edges, type_check=False), compression=None)
    first, v, again, _ = simulated(tmp_path / "graph.nir", inputs)
    nir.write(tmp_path / "again.nir", again)
    second, w, _, _ = simulated(tmp_path / "again.nir", inputs)
    assert set(first) == set(second)
    for name in first:
        np.testing.assert_array_equal(first[name], second[name])
        np.testing.assert_allclose(v[name], w[name], rtol=1e-9, atol=1e-9)


def test_delays_that_would_be_alike_are_refused_by_their_place():
    nodes, edges, _ = lava(tells_apart=True)
    graph = nir.NIRGraph(nodes, edges, type_check=False)
    with pytest.raises(
        snn.ParameterError,
        match=r"from 'left' to 'cuba' some .* take no time in NIR and some 1 ms.*: delay=0\.0 keeps them",
    ):
        snn.interop.from_nir(graph, dt=H)
    assert snn.interop.from_nir(graph, dt=H, delay=0.5).network.projections


def test_delays_of_none_go_out_and_in_again():
    nodes, edges, _ = lava(tells_apart=True)
    inputs = inputs_of(nodes)
    first, v, again, _ = simulated(nir.NIRGraph(nodes, edges, type_check=False), inputs, delay=0.0)
    second, w, _, _ = simulated(again, inputs, delay=0.0)
    for name in first:
        np.testing.assert_array_equal(first[name], second[name])
        np.testing.assert_allclose(v[name], w[name], rtol=1e-9, atol=1e-9)


def test_recurrent_weights_in_a_subgraph_are_those_of_a_flat_graph():
    nodes, edges, shapes = snntorch()
    inputs = inputs_of(nodes)
    expected, _ = Steps(nodes, edges, shapes, H, H, 1).run(inputs, STEPS)
    inner = nir.NIRGraph(
        {"input": given(8), "lif": nodes["lif"], "w_rec": nodes["w_rec"], "output": out(8)},
        [("input", "lif"), ("lif", "w_rec"), ("w_rec", "lif"), ("lif", "output")],
    )
    outer = {name: node for name, node in nodes.items() if name != "w_rec"} | {"lif": inner}
    row = ["input", "fc", "lif", "fc2", "lif2", "output"]
    fired, _, _, made = simulated(nir.NIRGraph(outer, list(itertools.pairwise(row))), inputs)
    assert list(made.populations) == ["lif.lif", "lif2"]
    np.testing.assert_array_equal(fired["lif.lif"], expected["lif"])
    np.testing.assert_array_equal(fired["lif2"], expected["lif2"])


def test_a_threshold_of_0_is_not_reached_by_0():
    """v > v_threshold: also where v and the threshold are both 0."""
    nodes, edges = in_a_row(
        {"input": given(2), "fc": nir.Linear(np.diag([0.1, -0.1])),
         "if": nir.IF(np.array([1e3, 1e3]), np.zeros(2), np.full(2, -1.0)), "output": out(2)}
    )  # fmt: skip
    inputs = {"input": np.zeros((STEPS, 2))}
    inputs["input"][3] = 1.0
    fired, _, _, _ = simulated(nir.NIRGraph(nodes, edges), inputs)
    assert np.argwhere(fired["if"]).tolist() == [[4, 0]]


def test_what_nothing_reaches_and_what_reaches_nothing_come_back():
    net = snn.Network(seed=1)
    net.source("in", 2, snn.Input())
    bare = {"e_l": 0.0, "v_reset": 0.0, "t_ref": 0.0}
    net.population("alone", 3, snn.LIF(v_th=1.0, **bare))
    quiet = net.population("quiet", 2, snn.LIF(v_th=np.inf, **bare))
    heard = net.population("heard", 2, snn.LIF(v_th=np.inf, **bare))
    net.projection(quiet, heard, snn.OneToOne(), weight=1.0, delay=1.0)
    with snn.Simulation(net, threads=1) as sim:
        graph = snn.interop.to_nir(sim)
    # An LI sends its potential, and what never fires sends nothing.
    assert type(graph.nodes["quiet"]).__name__ == "LIF"
    assert type(graph.nodes["heard"]).__name__ == "LI"
    made = snn.interop.from_nir(graph)
    assert {name: group.n for name, group in made.populations.items()} == {"alone": 3, "quiet": 2, "heard": 2}
    assert {name: group.n for name, group in made.inputs.items()} == {"in": 2}
    assert list(made.projections) == [("quiet", "heard")]


LIF3 = nir.LIF(*full(3, 0.02, 1.0, 0.0, 1.0))
CONV = {"input_shape": (4, 4), "weight": np.ones((1, 1, 2, 2)), "stride": 1, "padding": 0, "dilation": 1,
        "groups": 1, "bias": np.zeros(1)}  # fmt: skip


def conv(**changed):
    nodes = {"in": given(1, 4, 4), "conv": nir.Conv2d(**CONV)}
    for name, value in changed.items():
        setattr(nodes["conv"], name, value)
    return in_a_row({**nodes, "lif": nir.LIF(*full((1, 3, 3), 0.02, 1.0, 0.0, 1.0)), "out": out(1, 3, 3)})


def row(**middle):
    return in_a_row({"in": given(3), **middle, "out": out(3)})


REFUSED = [
    (row(li=nir.LI(*full(3, 0.02, 1.0, 0.0)), lif=LIF3), "'li': LI sends its potential on, to 'lif'"),
    (row(i=nir.I(np.ones(3)), fc=nir.Linear(np.eye(3)), lif=LIF3), "'i': I sends its potential on, to 'fc'"),
    (row(lif=LIF3, z=nir.Threshold(*full(3, 1.0))), "node 'z': pysnn has no Threshold"),
    (row(scale=nir.Scale(np.ones(2)), lif=LIF3), r"'scale': scale: expected shape \(3,\), or one value"),
    (row(late=nir.Delay(np.ones(2)), lif=LIF3), r"'late': delay: expected shape \(3,\), or one value"),
    (row(late=nir.Delay(-np.ones(3)), lif=LIF3), r"'late': expected delays >= 0 s \(got -1"),
    (row(lif=nir.LIF(*full(2, 0.02, 1.0, 0.0, 1.0))), r"'lif': expected 2 inputs \(got shape \(3,\)\)"),
    (row(fc=nir.Linear(np.ones((3, 2))), lif=LIF3), r"'fc': expected 2 inputs \(got shape \(3,\)\)"),
    (row(lif=nir.LIF(*full(3, 0.02, 1.0, 0.0, -1.0))), "'lif': LIF.v_reset: must be < v_th"),
    (row(lif=nir.CubaLIF(*full(3, 0.0, 0.02, 1.0, 0.0, 1.0))), "'lif': tau_syn: expected time constants > 0"),
    ((row(lif=LIF3)[0] | {"out": out(4)}, row(lif=LIF3)[1]), "'out': expected 3 values, those of 'lif'"),
    (({"in": nir.Input(None), "lif": LIF3, "out": out(3)}, row(lif=LIF3)[1]), "'in': expected a shape"),
    ((row(lif=LIF3)[0], [*row(lif=LIF3)[1], ("in", "lif")]), "two edges from 'in' to 'lif'"),
    (
        (row(a=nir.Scale(np.ones(3)), b=nir.Scale(np.ones(3)), lif=LIF3)[0],
         [("in", "a"), ("a", "b"), ("b", "a"), ("b", "lif"), ("lif", "out")]),
        "'a' leads back to itself without neurons: a -> b -> a",
    ),
    (row(lif=nir.IF(np.array(["a"] * 3), np.ones(3))), "'lif': r: expected finite numbers"),
    (
        in_a_row({"in": given(16), "conv": nir.Conv2d(**CONV), "lif": LIF3, "out": out(3)}),
        r"'conv': expected an input of channels in 2 dimension\(s\) \(got shape \(16,\)\)",
    ),
    (conv(stride=0), r"'conv': stride: expected 2 whole numbers >= 1 \(got 0\)"),
    (conv(dilation=(1, 0)), "'conv': dilation: expected 2 whole numbers >= 1"),
    (conv(padding=-1), "'conv': padding: expected 2 whole numbers >= 0"),
    (conv(padding="full"), "'conv': padding: expected 'same', 'valid' or numbers"),
    (conv(groups=0), "'conv': groups: expected a whole number >= 1"),
    (conv(bias=np.zeros(2)), r"'conv': bias: expected 1 values \(got 2\)"),
    (conv(input_shape=(5, 5)), r"'conv': input_shape: expected that of its input, \(4, 4\)"),
    (conv(weight=np.ones((1, 1, 5, 5))), "'conv': a kernel of .* does not fit"),
]  # fmt: skip


@pytest.mark.parametrize(("graph", "says"), REFUSED, ids=[says for _, says in REFUSED])
def test_what_cannot_be_held_is_named(graph, says):
    with pytest.raises(snn.PysnnError, match=f"from_nir: {says}|from_nir: there are {says}"):
        snn.interop.from_nir(nir.NIRGraph(*graph, type_check=False))


def test_nodes_of_subgraphs_have_names_of_their_own():
    inner = nir.NIRGraph(*in_a_row({"input": given(3), "lif": LIF3, "output": out(3)}))
    nodes, edges = row(**{"sub": inner, "sub.lif": LIF3})
    with pytest.raises(snn.ParameterError, match=r"there are two nodes 'sub\.lif'"):
        snn.interop.from_nir(nir.NIRGraph(nodes, edges))


def test_files_that_are_no_graphs_of_nir_are_named(tmp_path):
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["data"] = [1.0]
    with pytest.raises(snn.ParameterError, match=r"other.h5: no graph that nir reads"):
        snn.interop.from_nir(tmp_path / "other.h5")
    nir.write(tmp_path / "new.nir", nir.NIRGraph(*row(lif=LIF3)))
    with h5py.File(tmp_path / "new.nir", "r+") as file:
        del file["node/nodes/lif/type"]
        file["node/nodes/lif/type"] = "Resonate"
    with pytest.raises(snn.ParameterError, match=r"new\.nir: no graph that nir reads \(a node of a kind"):
        snn.interop.from_nir(tmp_path / "new.nir")

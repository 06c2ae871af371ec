"""NIR: neurons against their equations solved by hand, linear nodes against their definitions, both ways."""

import itertools

import numpy as np
import pytest

import pysnn as snn

nir = pytest.importorskip("nir", reason="needs nir: pip install 'pysnn-sim[interop]'")
pytest.importorskip("scipy", reason="needs SciPy")

DT, MS = 1e-3, 1e-3  # s


def chain(*nodes):
    return nir.NIRGraph.from_list(*nodes)


def full(*values):
    return [np.array([value], dtype=float) for value in values]


def trace(graph, spikes, duration=30.0, delay=1.0, backend="event", state="v"):
    """Times and a state of the one neuron that the graph has, for spikes at the one input."""
    made = snn.interop.from_nir(graph, dt=DT, delay=delay, sources={"input": snn.SpikeArray([spikes])})
    (population,) = made.outputs.values()
    v = made.network.probe(population, state, every=0.5)
    fired = made.network.probe(population, "spikes")
    with snn.Simulation(made.network, backend=backend, dt=0.5, threads=1) as sim:
        sim.run(duration)
        return sim.data[v].t, sim.data[v].values[:, 0], sim.data[fired].t


@pytest.mark.parametrize("backend", ["event", "clock"])
def test_an_lif_moves_by_r_w_dt_over_tau_and_leaks(backend):
    tau, r, w, leak = 20 * MS, 3.0, 2.0, 0.5
    t, v, _ = trace(
        chain(nir.Linear(np.array([[w]])), nir.LIF(*full(tau, r, leak, 10.0))), [4.0], backend=backend
    )
    expected = leak * (1 - np.exp(-t / 20.0))
    expected += np.where(t >= 5.0, r * w * DT / tau * np.exp(-(t - 5.0) / 20.0), 0.0)
    apart = t != 5.0
    np.testing.assert_allclose(v[apart], expected[apart], rtol=1e-12, atol=1e-14)


def test_a_cuba_lif_is_the_difference_of_two_exponentials():
    ts, tm, r, w, w_in = 5 * MS, 20 * MS, 3.0, 2.0, 4.0
    graph = chain(
        nir.Linear(np.array([[w]])), nir.CubaLIF(*full(ts, tm, r, 0.0, 10.0), w_in=np.array([w_in]))
    )
    t, v, _ = trace(graph, [4.0])
    jump, h = r * w_in * w * DT / ts, np.maximum(t - 5.0, 0.0)
    # tau_m dv/dt = -v + jump exp(-h / tau_s)
    expected = jump * 5.0 / (20.0 - 5.0) * (np.exp(-h / 20.0) - np.exp(-h / 5.0))
    np.testing.assert_allclose(v, expected, rtol=1e-9, atol=1e-12)


def test_biases_are_constant_inputs_also_through_the_synapse():
    tau, r, b = 20 * MS, 3.0, 0.4
    graph = chain(nir.Affine(np.array([[0.0]]), np.array([b])), nir.LI(*full(tau, r, 0.0)))
    t, v, _ = trace(graph, [1.0])
    np.testing.assert_allclose(v, r * b * (1 - np.exp(-t / 20.0)), rtol=1e-12)
    graph = chain(nir.Affine(np.array([[0.0]]), np.array([b])), nir.CubaLI(*full(5 * MS, tau, r, 0.0)))
    t, v, _ = trace(graph, [1.0])
    # tau_m dv/dt = -v + r b (1 - exp(-t / tau_s))
    expected = r * b * (1 - (20.0 * np.exp(-t / 20.0) - 5.0 * np.exp(-t / 5.0)) / 15.0)
    np.testing.assert_allclose(v, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("backend", ["event", "clock"])
def test_an_if_counts_and_fires_above_its_threshold_not_at_it(backend):
    graph = chain(nir.Linear(np.array([[1.0]])), nir.IF(*full(1.0 / DT, 3.0)))
    _, _, fired = trace(graph, [2.0, 4.0, 6.0, 8.0], backend=backend)
    assert fired.tolist() == [9.0]  # 1, 2, 3 (not > 3), 4


def test_an_integrator_and_scales_and_delays():
    graph = chain(nir.Scale(np.array([0.5])), nir.Delay(np.array([3 * MS])), nir.I(np.array([2.0 / DT])))
    t, v, _ = trace(graph, [4.0])
    np.testing.assert_allclose(v[t != 7.0], (t > 7.0)[t != 7.0] * 1.0)


def naive(x, weight, stride, padding, dilation, groups):
    """The definition of a 2-D convolution (PyTorch's), entry by entry."""
    x = np.pad(x, [(0, 0), (padding[0],) * 2, (padding[1],) * 2])
    c_out, c_in, kh, kw = weight.shape
    height = (x.shape[1] - dilation[0] * (kh - 1) - 1) // stride[0] + 1
    width = (x.shape[2] - dilation[1] * (kw - 1) - 1) // stride[1] + 1
    y = np.zeros((c_out, height, width))
    for o, a, b, c, k, m in itertools.product(*map(range, (c_out, height, width, c_in, kh, kw))):
        channel = o // (c_out // groups) * c_in + c
        at = a * stride[0] + k * dilation[0], b * stride[1] + m * dilation[1]
        y[o, a, b] += weight[o, c, k, m] * x[(channel, *at)]
    return y


@pytest.mark.parametrize(
    ("stride", "padding", "dilation", "groups"),
    [((1, 1), (0, 0), (1, 1), 1), ((2, 1), (1, 2), (1, 2), 1), ((1, 2), (1, 0), (2, 1), 2)],
)
def test_convolutions_are_what_their_definition_says(stride, padding, dilation, groups):
    rng = np.random.default_rng(1)
    weight = rng.normal(size=(4, 4 // groups, 3, 2))
    x = rng.normal(size=(4, 7, 6))
    matrix, shape = snn.interop.linear.convolution(weight, x.shape, stride, padding, dilation, groups, "test")
    expected = naive(x, weight, stride, padding, dilation, groups)
    assert shape == expected.shape
    np.testing.assert_allclose((matrix @ x.ravel()).reshape(shape), expected, atol=1e-12)


@pytest.mark.parametrize("size", [3, 4])
def test_padding_same_keeps_the_length_as_numpy_has_it(size):
    rng = np.random.default_rng(2)
    x, kernel = rng.normal(size=9), rng.normal(size=size)
    matrix, shape = snn.interop.linear.convolution(kernel[None, None], (1, 9), [1], "same", [1], 1, "test")
    assert shape == (1, 9)
    # NumPy's "same" centres alike but for even kernels, where PyTorch pads less before.
    whole = np.convolve(x, kernel[::-1], "full")
    before = (size - 1) // 2
    np.testing.assert_allclose(matrix @ x, whole[size - 1 - before : size - 1 - before + 9], atol=1e-12)


def test_a_convolutional_network_with_pooling_has_the_synapses_of_its_kernels():
    rng = np.random.default_rng(3)
    kernel = rng.normal(size=(2, 1, 3, 3))
    shape = np.array([2, 4, 4])
    lif = nir.LIF(*(np.full(shape, value) for value in (0.02, 1.0, 0.0, 1.0)))
    out = nir.LIF(*(np.full(3, value) for value in (0.02, 1.0, 0.0, 1.0)))
    graph = nir.NIRGraph(
        {
            "input": nir.Input({"input": np.array([1, 6, 6])}),
            "conv": nir.Conv2d((6, 6), kernel, 1, 0, 1, 1, np.zeros(2)),
            "lif": lif,
            "pool": nir.SumPool2d(np.array([2, 2]), np.array([2, 2]), np.array([0, 0])),
            "flat": nir.Flatten({"input": np.array([2, 2, 2])}, 0),
            "fc": nir.Linear(rng.normal(size=(3, 8))),
            "out": out,
            "output": nir.Output({"output": np.array([3])}),
        },
        list(itertools.pairwise(["input", "conv", "lif", "pool", "flat", "fc", "out", "output"])),
        type_check=False,
    )  # fmt: skip
    made = snn.interop.from_nir(graph, dt=DT)
    assert (made.inputs["input"].n, made.populations["lif"].n, made.outputs["output"].n) == (36, 32, 3)
    with snn.Simulation(made.network, threads=1) as sim:
        (conv,), (pooled,) = made.projections["input", "lif"], made.projections["lif", "out"]
        x = rng.normal(size=(1, 6, 6))
        matrix = snn.interop.to_scipy(sim, conv)
        assert matrix.nnz == 32 * 9
        drive = np.zeros(32)
        np.add.at(drive, matrix.col, matrix.data * x.ravel()[matrix.row])
        expected = naive(x, kernel, (1, 1), (0, 0), (1, 1), 1) * DT / 0.02
        np.testing.assert_allclose(drive, expected.ravel(), atol=1e-12)
        # Each neuron of lif reaches each of out with the weight of its patch.
        weights = snn.interop.to_scipy(sim, pooled).toarray().reshape(2, 4, 4, 3)
        fc = graph.nodes["fc"].weight.reshape(3, 2, 2, 2) * DT / 0.02
        np.testing.assert_allclose(
            weights, np.moveaxis(np.repeat(np.repeat(fc, 2, 2), 2, 3), 0, -1), atol=1e-12
        )


def recurrent(seed=1):
    net = snn.Network(seed=seed)
    bounds = {"e_l": 0.0, "v_reset": 0.0, "t_ref": 0.0}
    model = snn.CubaLIF(tau_m=20.0, tau_syn_exc=5.0, tau_syn_inh=5.0, c_m=200.0, v_th=15.0, **bounds)
    cells = net.population("cells", 20, model)
    counts = net.population("counts", 4, snn.LIF(tau_m=30.0, v_th=3.0, **bounds))
    noise = net.source("noise", 20, snn.Poisson(400.0))
    net.projection(noise, cells, snn.OneToOne(), weight=300.0, delay=1.0)
    net.projection(cells, cells, snn.FixedProbability(0.3), weight=snn.Uniform(-90.0, 90.0), delay=[1.5, 4.0])
    net.projection(cells, counts, snn.AllToAll(), weight=snn.Uniform(0.0, 1.0), delay=2.0)
    return net


@pytest.mark.parametrize("backend", ["event", "clock"])
def test_a_recurrent_network_comes_back_spike_for_spike(backend, tmp_path):
    net = recurrent()
    probes = [net.probe(net.populations[name], "spikes") for name in ("cells", "counts")]
    inputs = net.probe(net.sources["noise"], "spikes")
    with snn.Simulation(net, backend=backend, dt=0.1, threads=1) as sim:
        graph = snn.interop.to_nir(sim)
        sim.run(300.0)
        first = [sim.data[probe] for probe in probes]
        spikes = sim.data[inputs]
    nir.write(tmp_path / "net.nir", graph)
    made = snn.interop.from_nir(tmp_path / "net.nir", sources={"noise": snn.SpikeArray(spikes.t, spikes.i)})
    again = [made.network.probe(made.populations[name], "spikes") for name in ("cells", "counts")]
    with snn.Simulation(made.network, backend=backend, dt=0.1, threads=1) as sim:
        sim.run(300.0)
        second = [sim.data[probe] for probe in again]
    assert [len(data) > 100 for data in first] == [True, True]
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one.i, other.i)
        np.testing.assert_allclose(one.t, other.t, atol=1e-9, rtol=0)


def test_subgraphs_are_gone_through():
    inner = nir.NIRGraph(
        {
            "input": nir.Input({"input": np.array([1])}),
            "lif": nir.LIF(*full(20 * MS, 1.0, 0.0, 10.0)),
            "w_rec": nir.Linear(np.array([[-1.0]])),
            "output": nir.Output({"output": np.array([1])}),
        },
        [("input", "lif"), ("lif", "w_rec"), ("w_rec", "lif"), ("lif", "output")],
    )
    graph = chain(nir.Linear(np.array([[2.0]])), inner)
    made = snn.interop.from_nir(graph, dt=DT)
    assert set(made.populations) == {"nirgraph.lif"}
    assert set(made.projections) == {("input", "nirgraph.lif"), ("nirgraph.lif", "nirgraph.lif")}
    assert made.outputs["output"] is made.populations["nirgraph.lif"]


def test_what_neither_side_can_hold_is_refused_by_name():
    with pytest.raises(snn.BackendUnsupported, match="'threshold': pysnn has no Threshold"):
        snn.interop.from_nir(chain(nir.Linear(np.eye(1)), nir.Threshold(np.array([1.0]))))
    with pytest.raises(snn.BackendUnsupported, match="output 'output': expected one node of neurons"):
        snn.interop.from_nir(chain(nir.LIF(*full(0.02, 1.0, 0.0, 1.0)), nir.Linear(np.eye(1))))
    with pytest.raises(snn.ParameterError, match="NIRGraph or a path"):
        snn.interop.from_nir(3)

    def out(**options):
        net = snn.Network()
        if options.pop("fed", True):
            net.source("fed", 2, snn.Input())
        cells = net.population("cells", 2, options.pop("model", snn.LIF(t_ref=0.0)))
        net.projection(cells, cells, snn.OneToOne(), weight=1.0, delay=1.0, **options)
        with snn.Simulation(net, threads=1) as sim:
            return snn.interop.to_nir(sim)

    for options, says in (
        ({"fed": False}, "has no source"),
        ({"model": snn.Izhikevich()}, "NIR has no Izhikevich"),
        ({"model": snn.LIF()}, "no refractory time"),
        ({"model": snn.LIF(t_ref=0.0, reset="subtract")}, "no reset 'subtract'"),
        ({"plasticity": snn.PairSTDP(w_max=2.0)}, "no plasticity"),
        ({"dynamics": snn.TsodyksMarkram()}, "no short-term plasticity"),
    ):
        with pytest.raises(snn.BackendUnsupported, match=says):
            out(**options)


def graph_of(**changed):
    """An input, a full matrix, three neurons, an output; some of the values changed."""
    ones = np.ones(3)
    values = {"weight": np.eye(3), "bias": 0 * ones, "tau": ones, "r": ones, "v_leak": 0 * ones,
              "v_threshold": ones, "v_reset": 0 * ones, **changed}  # fmt: skip
    nodes = {
        "in": nir.Input(input_type=np.array([3])),
        "wires": nir.Affine(weight=values.pop("weight"), bias=values.pop("bias")),
        "cells": nir.LIF(**values),
        "out": nir.Output(output_type=np.array([3])),
    }
    return nir.NIRGraph(nodes, [("in", "wires"), ("wires", "cells"), ("cells", "out")])


@pytest.mark.parametrize("what", ["weight", "bias", "r", "v_leak", "v_threshold", "v_reset"])
def test_what_is_no_number_is_named_by_its_node(what):
    shape = (3, 3) if what == "weight" else 3
    node = "wires" if what in ("weight", "bias") else "cells"
    with pytest.raises(snn.ParameterError, match=f"from_nir: '{node}': {what}: expected .*numbers"):
        snn.interop.from_nir(graph_of(**{what: np.full(shape, np.nan)}))


def test_files_sources_and_biases_that_do_not_fit_are_named(tmp_path):
    with pytest.raises(snn.ParameterError, match=r"nowhere.nir: cannot be read \(No such file"):
        snn.interop.from_nir(tmp_path / "nowhere.nir")
    (tmp_path / "other.nir").write_text("no HDF5 at all" * 100)
    with pytest.raises(snn.ParameterError, match=r"other.nir: cannot be read \(no HDF5\)"):
        snn.interop.from_nir(tmp_path / "other.nir")
    with pytest.raises(snn.ParameterError, match=r"'inn' is no Input node; did you mean 'in'\?"):
        snn.interop.from_nir(graph_of(), sources={"inn": snn.Poisson(1.0)})
    with pytest.raises(snn.ParameterError, match="sources: expected Sources by Input node"):
        snn.interop.from_nir(graph_of(), sources="in")
    with pytest.raises(snn.ParameterError, match=r"'wires': bias: expected 3 values \(got 2\)"):
        snn.interop.from_nir(graph_of(bias=np.zeros(2)))


def test_nodes_have_names_of_their_own_where_a_projection_is_called_as_a_population():
    net = snn.Network(seed=1)
    source, weights = net.source("in", 2, snn.Input()), snn.FromDense([[1.0, 2.0], [3.0, 4.0]])
    cells = net.population("cells", 2, snn.LIF(t_ref=0.0))
    net.population("cells.out", 2, snn.LIF(t_ref=0.0))
    for name in ("cells", "in", "cells.out", "w#2"):
        net.projection(source, cells, weights, delay=1.0, name=name)
    net.projection(source, cells, snn.AllToAll(), weight=1.0, delay=[1.0, 2.0], name="w")
    with snn.Simulation(net, threads=1) as sim:
        nodes = snn.interop.to_nir(sim).nodes
    kinds = [type(node).__name__ for node in nodes.values()]
    assert (kinds.count("LIF"), kinds.count("Linear"), kinds.count("Output")) == (2, 6, 2)
    assert type(nodes["in"]).__name__ == "Input"
    assert type(nodes["cells"]).__name__ == "LIF"


def test_matrices_beyond_the_memory_are_refused_before_they_are_made():
    net = snn.Network(seed=1)
    source, cells = net.source("in", 20_000, snn.Input()), net.population("cells", 20_000, snn.LIF(t_ref=0.0))
    net.projection(source, cells, snn.FixedIndegree(1), weight=1.0, delay=snn.Uniform(1.0, 2.0))
    with (
        snn.Simulation(net, backend="event", threads=1) as sim,
        pytest.raises(MemoryError, match=r"a matrix of all pairs a delay, here \d+ of 20000 x 20000"),
    ):
        snn.interop.to_nir(sim)


def test_complex_weights_are_no_numbers_of_a_network() -> None:
    """NIR holds them; their imaginary part would be lost."""
    nodes = {
        "input": nir.Input(input_type={"input": np.array([3])}),
        "w": nir.Linear(weight=np.full((2, 3), 1.0 + 0.5j)),
        "lif": nir.LIF(np.full(2, 0.01), np.ones(2), np.zeros(2), np.ones(2), np.zeros(2)),
        "output": nir.Output(output_type={"output": np.array([2])}),
    }
    graph = nir.NIRGraph(nodes, [("input", "w"), ("w", "lif"), ("lif", "output")])
    with pytest.raises(snn.ParameterError, match="'w': weight: expected finite numbers"):
        snn.interop.from_nir(graph)

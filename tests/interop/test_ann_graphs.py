"""Networks of rectified linear units that come as NIR graphs, against NumPy and SciPy."""

import itertools

import numpy as np
import pytest

import pysnn as snn

nir = pytest.importorskip("nir", reason="needs nir")
signal = pytest.importorskip("scipy.signal", reason="needs SciPy")
rng = np.random.default_rng(3)
KERNEL, ABOVE = rng.normal(0.0, 0.4, (2, 1, 3, 3)), rng.normal(0.0, 0.1, 2)
MATRIX, BIAS = rng.normal(0.0, 0.4, (3, 8)), rng.normal(0.0, 0.1, 3)
SCALE = rng.uniform(0.5, 2.0, 8)


def unit(n):
    """What stands for rectified linear units; its numbers count for nothing."""
    return nir.IF(r=np.full(n, 7.0), v_threshold=np.full(n, 3.0))


def images():
    """Convolved, rectified, pooled, flattened, scaled, and weighed: a subgraph among them."""
    weigh = nir.NIRGraph(
        {
            "input": nir.Input(input_type={"input": np.array([8])}),
            "scale": nir.Scale(SCALE),
            "out": nir.Affine(MATRIX, BIAS),
            "output": nir.Output(output_type={"output": np.array([3])}),
        },
        [("input", "scale"), ("scale", "out"), ("out", "output")],
    )
    nodes = {
        "input": nir.Input(input_type={"input": np.array([1, 6, 6])}),
        "conv": nir.Conv2d((6, 6), KERNEL, 1, 0, 1, 1, ABOVE),
        "relu": unit((2, 4, 4)),
        "pool": nir.AvgPool2d(np.array([2, 2]), np.array([2, 2]), np.array([0, 0])),
        "flat": nir.Flatten({"input": np.array([2, 2, 2])}, 0, -1),
        "weigh": weigh,
        "output": nir.Output(output_type={"output": np.array([3])}),
    }
    names = list(nodes)
    return nir.NIRGraph(nodes, list(itertools.pairwise(names)))


def expected(x):
    """The same of samples (samples, 36), by correlations as deep learning has them."""
    rows = []
    for image in x.reshape(-1, 6, 6):
        maps = [signal.correlate(image, k[0], mode="valid") + b for k, b in zip(KERNEL, ABOVE, strict=True)]
        rectified = np.maximum(np.array(maps), 0.0)
        pooled = rectified.reshape(2, 2, 2, 2, 2).mean(axis=(2, 4))
        rows.append(MATRIX @ (SCALE * pooled.ravel()) + BIAS)
    return np.array(rows)


@pytest.mark.parametrize("from_file", [False, True])
def test_images_come_to_what_the_network_makes_of_them(tmp_path, from_file):
    graph = images()
    if from_file:
        nir.write(tmp_path / "network.nir", graph)
        graph = tmp_path / "network.nir"
    x = rng.uniform(size=(4, 36))
    spiking = snn.interop.from_ann(graph, samples=rng.uniform(size=(200, 36)), percentile=100.0)
    assert [layer.n for layer in spiking.layers] == [32, 3]
    found = spiking.outputs(x, 4000.0, threads=1)
    # A count of 2,000 misses at most a spike or so at each of 36 inputs and 32 neurons.
    np.testing.assert_allclose(found, expected(x), atol=0.02 * np.abs(expected(x)).max())


def chain(**nodes):
    ends = {
        "input": nir.Input(input_type={"input": np.array([2])}),
        **nodes,
        "output": nir.Output(output_type={"output": np.array([2])}),
    }
    names = list(ends)
    return nir.NIRGraph(ends, list(itertools.pairwise(names)), type_check=False)


def test_linear_nodes_without_a_unit_between_them_are_one_layer():
    a, b, c = rng.normal(size=(3, 2)), rng.normal(size=(2, 3)), rng.normal(size=(2, 2))
    graph = chain(a=nir.Linear(a), b=nir.Affine(b, BIAS[:2]), relu=unit(2), c=nir.Linear(c))
    given = snn.interop.from_ann(graph, samples=[[0.3, 0.9]])
    made = snn.interop.from_ann(
        [(b @ a).T, c.T], [BIAS[:2], np.zeros(2)], samples=[[0.3, 0.9]]
    )  # by their product
    x = [[0.2, 0.8], [1.0, 0.5]]
    np.testing.assert_allclose(given.outputs(x, 50.0, threads=1), made.outputs(x, 50.0, threads=1), rtol=1e-9)


def branching():
    graph = chain(a=nir.Linear(np.eye(2)), b=nir.Linear(np.eye(2)))
    return nir.NIRGraph(graph.nodes, [*graph.edges, ("input", "b")], type_check=False)


@pytest.mark.parametrize(
    ("graph", "error", "says"),
    [
        (
            lambda: chain(a=nir.Delay(np.zeros(2))),
            snn.BackendUnsupported,
            r"'a': expected linear nodes.*got Delay",
        ),
        (
            lambda: chain(a=nir.LIF(*np.ones((4, 2)))),
            snn.BackendUnsupported,
            r"'a': expected linear nodes, and IF for each rectified linear unit \(got LIF\)",
        ),
        (branching, snn.BackendUnsupported, r"'input': expected one node after another.*leads to 'a', 'b'"),
        (lambda: chain(a=nir.Linear(np.ones((2, 3)))), snn.ParameterError, r"'a': expected 3 inputs"),
        (
            lambda: chain(a=nir.Linear(np.full((2, 2), np.nan))),
            snn.ParameterError,
            r"'a': weight: expected finite",
        ),
        (lambda: chain(), snn.ParameterError, "expected one matrix a layer"),
        (lambda: "no such.nir", snn.ParameterError, "no such.nir: cannot be read"),
    ],
)
def test_what_is_no_chain_of_layers_is_named(graph, error, says):
    with pytest.raises(error, match=f"from_ann: .*{says}"):
        snn.interop.from_ann(graph(), samples=[[0.5, 0.5]])


def test_biases_beside_a_graph_are_refused():
    with pytest.raises(snn.ParameterError, match="biases: expected none beside a graph"):
        snn.interop.from_ann(chain(a=nir.Linear(np.eye(2))), [np.zeros(2)], samples=[[0.5, 0.5]])

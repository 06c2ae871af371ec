"""Networks of rectified linear units as spiking ones: activations, and digits told apart."""

import numpy as np
import pytest

import pysnn as snn


def relu_network(weights, biases, x):
    for number, (w, b) in enumerate(zip(weights, biases, strict=True)):
        x = x @ w + b
        if number < len(weights) - 1:
            x = np.maximum(x, 0.0)
    return x


@pytest.mark.parametrize("backend", ["clock", "event"])
def test_outputs_come_to_those_of_the_network_the_longer_the_closer(backend):
    rng = np.random.default_rng(1)
    weights = [rng.normal(0.0, 0.5, (6, 10)), rng.normal(0.0, 0.5, (10, 4))]
    biases = [rng.normal(0.0, 0.2, 10), rng.normal(0.0, 0.2, 4)]
    x = rng.uniform(size=(5, 6))
    expected = relu_network(weights, biases, x)
    spiking = snn.interop.from_ann(weights, biases, samples=rng.uniform(size=(200, 6)), percentile=100.0)
    errors = [
        np.abs(spiking.outputs(x, duration, backend=backend, threads=1) - expected).max()
        for duration in (100.0, 2000.0)
    ]
    # A count misses at most a spike or so of rate * duration = 1,000, at each of 16 inputs and neurons.
    assert errors[1] < 0.03 * np.abs(expected).max()
    assert errors[1] < errors[0] / 3


def test_digits_stay_within_a_point_of_the_network_s_own_accuracy():
    datasets = pytest.importorskip("sklearn.datasets", reason="needs scikit-learn")
    from sklearn.neural_network import MLPClassifier

    data = datasets.load_digits()
    x, y = data.data / 16.0, data.target
    train, test = np.arange(1297), np.arange(1297, 1797)
    network = MLPClassifier((40,), max_iter=60, random_state=1, tol=0.0, n_iter_no_change=60)
    with pytest.warns(match="Maximum iterations"):
        network.fit(x[train], y[train])
    own = network.score(x[test], y[test])
    assert own > 0.85
    spiking = snn.interop.from_ann(network.coefs_, network.intercepts_, samples=x[train])
    accuracy = float(np.mean(spiking.predict(x[test], 200.0, threads=1) == y[test]))
    assert accuracy >= own - 0.01


def test_what_does_not_fit_is_named():
    w = [np.ones((3, 2)), np.ones((3, 1))]
    with pytest.raises(snn.ParameterError, match=r"weights\[1\]: expected 2 rows"):
        snn.interop.from_ann(w, samples=np.zeros((1, 3)))
    with pytest.raises(snn.ParameterError, match=r"biases\[0\]: expected 2 numbers"):
        snn.interop.from_ann(w[:1], [np.zeros(3)], samples=np.zeros((1, 3)))
    with pytest.raises(snn.ParameterError, match=r"samples: expected values in \[0, 1\]"):
        snn.interop.from_ann(w[:1], samples=np.full((1, 3), 2.0))
    with pytest.raises(snn.ParameterError, match=r"samples: expected shape \(samples, 3\)"):
        snn.interop.from_ann(w[:1], samples=np.zeros((1, 4)))


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"weights": [[["a"]]]}, r"weights\[0\]: expected an array of numbers"),
        ({"weights": [[[1.0, 2.0], [3.0]]]}, r"weights\[0\]: expected an array of numbers"),
        ({"weights": [[[np.nan]]]}, r"weights\[0\]: expected finite numbers"),
        ({"weights": [[[1.0 + 0.5j]]]}, r"weights\[0\]: expected an array of numbers"),
        ({"weights": [np.zeros((1, 0))]}, r"weights\[0\]: expected a matrix"),
        ({"weights": None}, "weights: expected an array a layer"),
        ({"biases": ["a"]}, r"biases\[0\]: expected an array of numbers"),
        ({"biases": [[np.inf]]}, r"biases\[0\]: expected finite numbers"),
        ({"biases": 3.0}, "biases: expected an array a layer"),
        ({"samples": "x"}, "samples: expected an array of numbers"),
        ({"weights": [[[1e200]], [[1e200]]]}, "the activations of layer 2 are beyond all numbers"),
    ],
)
def test_arrays_that_are_none_are_named(changed, says):
    with pytest.raises(snn.ParameterError, match=f"from_ann: {says}"):
        snn.interop.from_ann(**{"weights": [[[1.0]]], "samples": [[1.0]], **changed})


def test_rates_that_steps_cannot_have_are_refused():
    spiking = snn.interop.from_ann([[[1.0]], [[1.0]]], samples=[[1.0]], rate=20_000.0)
    with pytest.raises(snn.ParameterError, match="rate = 20000 Hz is more than a spike in each step"):
        spiking.outputs([[0.5]], 10.0, threads=1)
    outputs = spiking.outputs([[0.5]], 10.0, threads=1, dt=0.05)
    assert outputs[0, 0] == pytest.approx(0.5, abs=0.02)  # half a threshold, and three steps on the way

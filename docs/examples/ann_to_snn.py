"""A trained network of rectified linear units as a spiking one: how long must it look at a digit?

    python docs/examples/ann_to_snn.py [--quick]

scikit-learn trains a perceptron on its digits of 8 by 8 pixels. ``snn.interop.from_ann`` balances
thresholds to the activations on the training part, and every digit of the test part is shown for 25 to 200
ms, pixels as evenly spaced spikes of up to 500 Hz. A spike takes the threshold from its neuron's potential
and leaves what was above it, so that errors of rates fall as one over the time; under the control, neurons
that go to v_reset (``LIF(reset="to_v_reset")``), that is lost and an error stays however long one looks.
Prints one line of JSON: the network's own accuracy, and for each time that of the spikes, how many of their
answers are those of the network, and the root mean square error of the outputs, by their root mean square;
the latter also of the control.

Diehl et al. (2015), IJCNN; Rueckauer et al. (2017), Front. Neurosci. 11:682.
"""

from __future__ import annotations

import argparse
import copy
import json
import warnings
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier

import pysnn as snn

TRAINING = 1297  # images; the last 500 are the test part


def forgetful(spiking: snn.interop.SpikingANN) -> snn.interop.SpikingANN:
    """The same with neurons that a spike sets to v_reset."""
    other = copy.copy(spiking)
    spec = spiking.network.spec()
    populations = tuple(replace(p, model=p.model.replace(reset="to_v_reset")) for p in spec.populations)
    other.network = snn.Network.from_spec(replace(spec, populations=populations))
    other.layers = [other.network.populations[layer.name] for layer in spiking.layers]
    return other


def error(found: NDArray[np.float64], true: NDArray[np.float64]) -> float:
    """Root mean square of what is wrong, by that of what is true."""
    return round(float(np.sqrt(np.mean((found - true) ** 2) / np.mean(true**2))), 4)


def main() -> None:
    """Train, convert, and look for ever longer."""
    parser = argparse.ArgumentParser(description="A trained network as a spiking one.")
    parser.add_argument("--quick", action="store_true", help="100 images of the test part, and two times")
    quick = parser.parse_args().quick
    data = load_digits()
    x, y = data.data / 16.0, data.target
    network = MLPClassifier((40,), max_iter=60, random_state=1, tol=0.0, n_iter_no_change=60)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # 60 passes are enough here
        network.fit(x[:TRAINING], y[:TRAINING])
    test = slice(TRAINING, TRAINING + 100 if quick else None)
    own = network.predict(x[test])
    hidden = np.maximum(x[test] @ network.coefs_[0] + network.intercepts_[0], 0.0)
    outputs = hidden @ network.coefs_[1] + network.intercepts_[1]
    spiking = snn.interop.from_ann(network.coefs_, network.intercepts_, samples=x[:TRAINING])
    figures: dict[str, object] = {"own_accuracy": float(np.mean(own == y[test]))}
    for duration in (25.0, 100.0) if quick else (25.0, 50.0, 100.0, 200.0):
        found = spiking.outputs(x[test], duration)
        answers, control = found.argmax(axis=1), forgetful(spiking).outputs(x[test], duration)
        figures[f"{duration:g} ms"] = {
            "accuracy": float(np.mean(answers == y[test])),
            "as_the_network": float(np.mean(answers == own)),
            "error": error(found, outputs),
            "error, to_v_reset (control)": error(control, outputs),
        }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()

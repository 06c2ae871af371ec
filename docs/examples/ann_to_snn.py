"""A trained network of rectified linear units as a spiking one: how long must it look at a digit?

    python docs/examples/ann_to_snn.py [--quick]

scikit-learn trains a perceptron on its digits of 8 by 8 pixels. ``snn.interop.from_ann`` balances
thresholds to the activations on the training part, and every digit of the test part is shown for 25 to
200 ms, pixels as evenly spaced spikes of up to 500 Hz. Prints one line of JSON: the network's own
accuracy, and for each time that of the spikes, and how many of their answers are those of the network.

Diehl et al. (2015), IJCNN; Rueckauer et al. (2017), Front. Neurosci. 11:682.
"""

from __future__ import annotations

import argparse
import json
import warnings

import numpy as np
from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier

import pysnn as snn

TRAINING = 1297  # images; the last 500 are the test part


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
    spiking = snn.interop.from_ann(network.coefs_, network.intercepts_, samples=x[:TRAINING])
    figures: dict[str, object] = {"own_accuracy": float(np.mean(own == y[test]))}
    for duration in (25.0, 100.0) if quick else (25.0, 50.0, 100.0, 200.0):
        answers = spiking.predict(x[test], duration)
        figures[f"{duration:g} ms"] = {
            "accuracy": float(np.mean(answers == y[test])),
            "as_the_network": float(np.mean(answers == own)),
        }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()

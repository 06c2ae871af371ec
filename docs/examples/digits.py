"""A classifier of spiking neurons that scikit-learn takes for one of its own, on its handwritten digits.

    python docs/examples/digits.py [--quick]

prints a line of JSON: the share of digits that are named right, beside logistic regression on the same parts
(1,797 digits of 8 x 8 pixels, 5 folds; --quick: one fold). Each value is a number of regular spikes, a hidden
population of LIF neurons with random weights counts what it hears of them, and a linear readout (ridge
regression on the counts) is all that is fitted: an extreme learning machine (Huang et al. 2006). All samples
are trials of one call.
"""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

import pysnn as snn

Float = NDArray[np.float64]


class SpikingClassifier(ClassifierMixin, BaseEstimator):
    """Random hidden LIF neurons, a linear readout of their spike counts.

    Parameters
    ----------
    hidden : number of hidden neurons, >= 1.
    duration : ms of a trial, > 0.
    rate : Hz of an input whose value is the largest that was fitted, > 0.
    gain : mV, > 0, by which the inputs of a sample move a neuron, taken all at once (standard deviation).
    ridge : penalty of the readout's weights, > 0.
    backend : of the simulation.
    random_state : whole number >= 0, seed of the hidden weights.

    Values are scaled to [0, 1] by the smallest and largest of each feature that were fitted, and clipped.
    """

    def __init__(
        self,
        hidden: int = 800,
        duration: float = 50.0,
        rate: float = 200.0,
        gain: float = 60.0,
        ridge: float = 3.0,
        backend: str = "clock",
        random_state: int = 0,
    ) -> None:
        self.hidden = hidden
        self.duration = duration
        self.rate = rate
        self.gain = gain
        self.ridge = ridge
        self.backend = backend
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: ArrayLike) -> SpikingClassifier:
        """Draw the hidden weights and fit the readout."""
        values, labels = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(labels)
        self.classes_, named = np.unique(labels, return_inverse=True)
        self.low_, self.high_ = values.min(axis=0), values.max(axis=0)
        counts = self._counts(values)
        self.mean_, self.scale_ = counts.mean(axis=0), np.maximum(counts.std(axis=0), 1.0)
        features = self._features(counts)
        targets = np.eye(len(self.classes_))[named]
        square = features.T @ features + self.ridge * np.eye(features.shape[1])
        self.readout_ = np.linalg.solve(square, features.T @ targets)
        return self

    def _counts(self, values: Float) -> Float:
        """Spikes of each hidden neuron in the trial of each sample, [samples, hidden]."""
        span = np.where(self.high_ > self.low_, self.high_ - self.low_, 1.0)
        scaled = np.clip((values - self.low_) / span, 0.0, 1.0)
        net = snn.Network(seed=self.random_state)
        inputs = net.source("inputs", values.shape[1], snn.Input())
        cells = net.population("cells", self.hidden, snn.LIF(tau_m=50.0, t_ref=1.0))
        # Regular spikes have no more than this many in a trial; a third of the largest value is typical.
        most = 1e-3 * self.rate * self.duration
        spread = self.gain / (most * np.sqrt(0.2 * values.shape[1]))
        net.projection(inputs, cells, snn.AllToAll(), weight=snn.Normal(0.0, spread), delay=1.0)
        encoder = snn.encoders.RegularRate(rate_high=self.rate, resolution=1.0)
        with snn.Simulation(net, backend=self.backend, dt=1.0) as sim:
            return sim.run_trials((encoder, scaled), self.duration).counts(cells).astype(np.float64)

    def decision_function(self, X: ArrayLike) -> Float:
        """How much speaks for each class; of two, for the second."""
        check_is_fitted(self)
        values = validate_data(self, X, dtype=np.float64, reset=False)
        scores = self._features(self._counts(values)) @ self.readout_
        return scores[:, 1] - scores[:, 0] if len(self.classes_) == 2 else scores

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """The class that most speaks for."""
        scores = self.decision_function(X)
        best = (scores > 0).astype(int) if scores.ndim == 1 else scores.argmax(axis=1)
        return np.asarray(self.classes_[best])

    def _features(self, counts: Float) -> Float:
        standard = (counts - self.mean_) / self.scale_
        return np.column_stack([standard, np.ones(len(standard))])


def main(argv: list[str] | None = None) -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one fold, 200 hidden neurons")
    quick = parser.parse_args(argv).quick
    digits = load_digits()
    folds = list(StratifiedKFold(5, shuffle=True, random_state=0).split(digits.data, digits.target))
    folds = folds[:1] if quick else folds
    spiking = make_pipeline(MinMaxScaler(), SpikingClassifier(hidden=200 if quick else 800))
    floor = make_pipeline(MinMaxScaler(), LogisticRegression(max_iter=1000))
    begun = time.perf_counter()
    accuracy = cross_val_score(spiking, digits.data, digits.target, cv=folds)
    took = time.perf_counter() - begun
    of_floor = cross_val_score(floor, digits.data, digits.target, cv=folds)
    figures = {
        "accuracy": round(float(accuracy.mean()), 4),
        "logistic_regression": round(float(of_floor.mean()), 4),
        "folds": len(folds),
        "trials": len(folds) * len(digits.data),
        "seconds": round(took, 2),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()

"""What is taught on the engine has the weights of the delta rule written out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from pysnn_mmsa import taught
from pysnn_mmsa.taught import Heard, Weights
from scipy.sparse import csr_array

N, OUTPUTS, EPOCHS, SEED = 60, 3, 2, 5
SCALE = np.array([8.0, 8.0, 2.0, 2.0, 2.0, np.inf])


def by_hand(counts: np.ndarray, target: np.ndarray, soft: bool, rate: float, begin: Weights) -> Weights:
    w, bias, draws, step = begin.weight.copy(), begin.bias.copy(), np.random.default_rng([SEED, 2]), 0
    for _ in range(EPOCHS):
        for k in draws.permutation(N):
            o = w @ counts[k] + bias
            said = np.exp(o) / np.exp(o).sum() if soft else o
            wrong = (said - target[k]) * rate * (1.0 - step / (EPOCHS * N))
            w -= np.outer(wrong, counts[k] / SCALE**2)
            bias -= 0.1 * wrong
            step += 1
    return Weights(w, bias)


@pytest.mark.parametrize("soft", [True, False])
@pytest.mark.parametrize("goes_on", [True, False])
def test_each_group_of_readouts_learns_by_its_rate(soft: bool, goes_on: bool) -> None:
    rng = np.random.default_rng(0)
    counts = rng.poisson(1.5, (N, len(SCALE))).astype(np.float64)
    target = np.eye(OUTPUTS)[rng.integers(0, OUTPUTS, N)]
    begin = Weights(np.zeros((OUTPUTS, len(SCALE))), np.zeros(OUTPUTS))
    if goes_on:
        begin = Weights(rng.normal(size=begin.weight.shape) * np.isfinite(SCALE), rng.normal(size=OUTPUTS))
    heard = Heard(csr_array(counts), SCALE)
    rates = [0.1, 0.3]
    found = taught.learn(heard, target, soft, rates, EPOCHS, SEED, begin if goes_on else None)
    for got, rate in zip(found, rates, strict=True):
        wanted = by_hand(counts, target, soft, rate, begin)
        np.testing.assert_allclose(got.weight, wanted.weight, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(got.bias, wanted.bias, rtol=1e-9, atol=1e-12)
    assert np.abs(found[1].weight - begin.weight).max() > 0.05  # it learnt something


def test_how_utterances_are_shown_in_blocks_makes_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    heard = Heard(csr_array(rng.poisson(1.0, (N, 4))), np.ones(4))
    target = rng.normal(size=(N, 1))
    (whole,) = taught.learn(heard, target, False, [0.01], EPOCHS, SEED)
    monkeypatch.setattr(taught, "BLOCK", 7)
    (parts,) = taught.learn(heard, target, False, [0.01], EPOCHS, SEED)
    np.testing.assert_array_equal(whole.weight, parts.weight)

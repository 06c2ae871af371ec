from __future__ import annotations

import numpy as np
import pytest
from pysnn_mmsa.readout import learn
from pysnn_mmsa.settings import ReadoutConfig

import pysnn as snn


def test_two_utterances_of_one_epoch_give_the_delta_rule_by_hand() -> None:
    """Counts 0 and 2 are x = -1 and 1. Weights 0, p = (1/2, 1/2): the first step gives dw = eta (y - 1/2) x,
    dw = +-eta/2; steps are averaged over the second half, here the second step alone.
    """
    eta = 0.2
    readout = learn(np.array([[0], [2]]), np.array([0, 1]), 2, ReadoutConfig(eta=eta, epochs=1), seed=0)
    # Whichever comes first: after it w = (-eta/2, eta/2); b = +-(eta/20) for its own class.
    w, b = eta / 2, eta / 20
    # The second sees o_own - o_other = 2 w - 2 b (its own class is favoured by w, the other by b).
    p_own = 1.0 / (1.0 + np.exp(-(2 * w - 2 * b)))
    step = eta * (1.0 - p_own)
    np.testing.assert_allclose(readout.weight[:, 0], [-(w + step), w + step])
    np.testing.assert_allclose(np.sort(readout.bias), np.sort([b - step / 10, -(b - step / 10)]))


def test_it_learns_what_counts_separate() -> None:
    rng = np.random.default_rng(0)
    label = rng.integers(0, 3, 300)
    counts = rng.poisson(np.eye(3)[label] @ rng.uniform(0, 12, (3, 20)))
    readout = learn(counts[:200], label[:200], 3, ReadoutConfig(), seed=1)
    # Poisson counts of means up to 12 in 20 neurons leave three classes hardly any overlap.
    assert (readout.scores(counts[200:]).argmax(axis=1) == label[200:]).mean() > 0.95


def test_a_neuron_that_never_changes_has_no_weight() -> None:
    counts = np.array([[0, 4], [1, 4], [3, 4], [5, 4]])
    readout = learn(counts, np.array([0, 0, 1, 1]), 2, ReadoutConfig(), seed=0)
    assert (readout.weight[:, 1] == 0.0).all()
    assert (readout.weight[:, 0] != 0.0).all()


def test_the_same_seed_gives_the_same_bits() -> None:
    rng = np.random.default_rng(3)
    counts, label = rng.poisson(3.0, (50, 8)), rng.integers(0, 2, 50)
    a, b, c = (learn(counts, label, 2, ReadoutConfig(), seed=s).weight for s in (1, 1, 2))
    np.testing.assert_array_equal(a, b)
    assert not np.array_equal(a, c)


def test_numbers_are_learnt_within_the_range_that_was_seen() -> None:
    """Counts 0 to 9 for labels -3 to 3: a line, whose ends are the least and the largest label."""
    counts = np.tile(np.arange(10), 30)[:, None]
    labels = -3.0 + 6.0 * counts[:, 0] / 9.0
    readout = learn(counts, labels, 0, ReadoutConfig(epochs=20), seed=0)
    got = readout.numbers(np.array([[0], [9], [3], [90]]))[:, 0]
    np.testing.assert_allclose(got, [-3.0, 3.0, -1.0, 3.0], atol=0.15)


def test_a_rate_at_which_learning_diverges_is_refused() -> None:
    counts = np.arange(40)[:, None] % 7
    with pytest.raises(snn.ParameterError, match="learning at 1000 diverges"), np.errstate(all="ignore"):
        learn(counts, counts[:, 0] * 1.0, 0, ReadoutConfig(eta=1000.0, epochs=300), seed=0)


def test_nothing_to_learn_from_is_refused() -> None:
    with pytest.raises(snn.ParameterError, match="no utterance"):
        learn(np.empty((0, 3), np.int64), np.empty(0, np.int64), 2, ReadoutConfig(), seed=0)

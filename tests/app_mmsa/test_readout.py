from __future__ import annotations

import numpy as np
import pytest
from pysnn_mmsa import delta_rule
from pysnn_mmsa.delta_rule import Inputs, Strength
from pysnn_mmsa.fusion import log_softmax
from pysnn_mmsa.readout import Arriving, learn
from pysnn_mmsa.settings import ReadoutConfig
from pysnn_mmsa.strength import Held
from scipy.sparse import csr_array

import pysnn as snn

FIXED = ReadoutConfig(strength="fixed")


def arriving(counts: object, grams: object = None) -> Arriving:
    return Arriving(np.asarray(counts), None if grams is None else csr_array(np.asarray(grams, dtype=float)))


def test_neurons_and_lines_weigh_by_the_octave_of_their_spread_and_as_much_as_n_grams() -> None:
    """Deviations 2, 5 and 0: octaves 2 and 4, and none; of three lines. N-grams: rows of length 5 and 5."""
    got = arriving([[1, 0, 3], [5, 10, 3]], [[3.0, 4.0], [0.0, 5.0]]).scales
    np.testing.assert_allclose(got, [2.0 * 3**0.5, 4.0 * 3**0.5, np.inf, 5.0, 5.0])


def test_each_kind_of_n_grams_weighs_by_its_own_mean_length() -> None:
    """Rows of the first kind are 3 and 5 long, of the second 4 and 0; the third is silent. By hand."""
    grams = csr_array(np.array([[3.0, 0.0, 4.0, 0.0], [3.0, 4.0, 0.0, 0.0]]))
    heard = Arriving(np.zeros((2, 0), dtype=np.int64), grams, kinds=(2, 1, 1))
    want = [17.0**0.5, 17.0**0.5, 8.0**0.5, 1.0]
    np.testing.assert_allclose(heard.scales, want)
    np.testing.assert_allclose(heard.of(np.array([0, 1])).scales, want)


def test_lines_of_n_grams_learn_as_if_they_were_dense_and_decay_with_the_others() -> None:
    """The rule written out with plain arrays: every weight decays with every utterance, also those of lines
    that are silent.
    """
    rng = np.random.default_rng(4)
    dense, sparse = rng.normal(size=(40, 3)), rng.poisson(0.3, (40, 6)).astype(float)
    target = np.eye(3)[rng.integers(0, 3, 40)]
    got = delta_rule.learn(
        Inputs(dense, csr_array(sparse)), target, True, Strength(eta=0.3, decay=0.8, epochs=4), seed=9
    )
    x = np.concatenate([dense, sparse], axis=1)
    w, bias, draws, step = np.zeros((3, 9)), np.zeros(3), np.random.default_rng([9, 2]), 0
    for _ in range(4):
        for k in draws.permutation(40):
            eta = 0.3 * (1 - step / 160)
            p = np.exp(w @ x[k] + bias)
            error = target[k] - p / p.sum()
            w = (1 - eta * 0.8) * w + eta * np.outer(error, x[k])
            bias += 0.1 * eta * error
            step += 1
    np.testing.assert_allclose(got.dense, w[:, :3], rtol=1e-9)
    np.testing.assert_allclose(got.sparse, w[:, 3:], rtol=1e-9)
    np.testing.assert_allclose(got.bias, bias, rtol=1e-9)


def test_with_many_features_and_few_utterances_a_strength_held_out_is_less_sure_of_what_is_noise() -> None:
    """100 features of which 3 tell two classes apart, labels of 60 utterances with a quarter turned round:
    new ones are told with a smaller -ln p of the label than by the fixed rate, which believes the noise.
    """
    rng = np.random.default_rng(0)
    label = rng.integers(0, 2, 360)
    counts = rng.normal(size=(360, 100)) * 4 + 40
    counts[:, :3] += 4.0 * label[:, None]
    said = np.where(rng.random(360) < 0.25, 1 - label, label).astype(float)
    before, after = arriving(np.rint(counts[:60])), arriving(np.rint(counts[60:]))
    held = Held([str(k) for k in range(60)], np.zeros(60, dtype=bool))
    loss = {}
    for strength in ("valid", "fixed"):
        config = ReadoutConfig(eta=1.0, epochs=10, strength=strength)
        scores = log_softmax(learn(before, said[:60], 2, config, 0, held).scores(after))
        loss[strength] = -scores[np.arange(300), said[60:].astype(int)].mean()
    # Knowing nothing gives ln 2 = .69; of a quarter turned round, everything .56.
    assert loss["valid"] < loss["fixed"]
    assert loss["valid"] < 0.8


def test_utterances_of_the_validation_part_choose_and_are_not_learnt_from() -> None:
    rng = np.random.default_rng(2)
    counts, label = rng.poisson(5.0, (60, 4)), rng.integers(0, 2, 60).astype(float)
    valid = np.arange(60) >= 40
    speakers = [str(k) for k in range(60)]
    a = learn(arriving(counts), label, 2, FIXED, 0, Held(speakers, valid))
    b = learn(arriving(counts[:40]), label[:40], 2, FIXED, 0)
    np.testing.assert_array_equal(a.weight, b.weight)


def test_it_learns_what_counts_separate() -> None:
    rng = np.random.default_rng(0)
    label = rng.integers(0, 3, 300)
    counts = rng.poisson(np.eye(3)[label] @ rng.uniform(0, 12, (3, 20)))
    readout = learn(arriving(counts[:200]), label[:200].astype(float), 3, FIXED, seed=1)
    # Poisson counts of means up to 12 in 20 neurons leave three classes hardly any overlap.
    assert (readout.scores(arriving(counts[200:])).argmax(axis=1) == label[200:]).mean() > 0.95


def test_a_neuron_that_never_changes_has_no_weight() -> None:
    counts = np.array([[0, 4], [1, 4], [3, 4], [5, 4]])
    readout = learn(arriving(counts), np.array([0.0, 0.0, 1.0, 1.0]), 2, FIXED, seed=0)
    assert (readout.weight[:, 1] == 0.0).all()
    assert (readout.weight[:, 0] != 0.0).all()


def test_the_same_seed_gives_the_same_bits() -> None:
    rng = np.random.default_rng(3)
    counts, label = rng.poisson(3.0, (50, 8)), rng.integers(0, 2, 50).astype(float)
    a, b, c = (learn(arriving(counts), label, 2, FIXED, seed=s).weight for s in (1, 1, 2))
    np.testing.assert_array_equal(a, b)
    assert not np.array_equal(a, c)


def test_numbers_are_learnt_within_the_range_that_was_seen() -> None:
    """Counts 0 to 9 for labels -3 to 3: a line, whose ends are the least and the largest label."""
    counts = np.tile(np.arange(10), 30)[:, None]
    labels = -3.0 + 6.0 * counts[:, 0] / 9.0
    readout = learn(arriving(counts), labels, 0, ReadoutConfig(epochs=20), seed=0)
    got = readout.numbers(arriving([[0], [9], [3], [90]]))[:, 0]
    np.testing.assert_allclose(got, [-3.0, 3.0, -1.0, 3.0], atol=0.15)


def test_a_rate_at_which_learning_diverges_is_refused() -> None:
    counts = np.arange(40)[:, None] % 7
    with pytest.raises(snn.ParameterError, match="learning at 1e\\+06 diverges"), np.errstate(all="ignore"):
        learn(arriving(counts), counts[:, 0] * 1.0, 0, ReadoutConfig(eta=1e6, epochs=1), seed=0)


def test_nothing_to_learn_from_is_refused() -> None:
    with pytest.raises(snn.ParameterError, match="no utterance"):
        learn(arriving(np.empty((0, 3), np.int64)), np.empty(0), 2, FIXED, seed=0)


def test_hidden_neurons_beside_lines_learn_at_a_rate_of_their_own() -> None:
    """The rate of a synapse is eta / scale^2."""
    counts = np.random.default_rng(0).integers(0, 9, (40, 5))
    plain = Arriving(counts).scales
    slower = Arriving(counts, neurons=3, hidden=0.0625)
    np.testing.assert_allclose((plain / slower.scales) ** 2, [0.0625] * 3 + [1.0] * 2)
    np.testing.assert_array_equal(slower.of(np.arange(40)).scales, slower.scales)

from __future__ import annotations

import numpy as np
import pytest
from pysnn_mmsa.fusion import combine, in_context, log_softmax, pathways
from pysnn_mmsa.settings import ContextConfig, NetworkConfig

P = np.array([[0.5, 0.5], [0.9, 0.1]])
Q = np.array([[0.2, 0.8], [0.6, 0.4]])
BOTH = np.array([True, True])


def test_the_mean_rule_averages_probabilities() -> None:
    np.testing.assert_allclose(np.exp(combine([np.log(P), np.log(Q)], [BOTH, BOTH], "mean")), (P + Q) / 2)


def test_the_product_rule_multiplies_them() -> None:
    product = P * Q / (P * Q).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(np.exp(combine([np.log(P), np.log(Q)], [BOTH, BOTH], "product")), product)


@pytest.mark.parametrize("rule", ["mean", "product"])
def test_a_missing_modality_has_no_vote_and_none_at_all_gives_even_odds(rule: str) -> None:
    there = [np.array([True, False]), np.array([False, False])]
    got = np.exp(combine([np.log(P), np.log(Q)], there, rule))
    np.testing.assert_allclose(got, [[0.5, 0.5], [0.5, 0.5]])
    got = np.exp(combine([np.log(P), np.log(Q)], [np.array([False, True]), BOTH], rule))
    np.testing.assert_allclose(got[0], Q[0])


def test_early_fusion_is_one_population_and_late_one_for_each() -> None:
    early = pathways(["text", "face"], NetworkConfig(fusion="early", neurons=100))
    late = pathways(["text", "face"], NetworkConfig(fusion="late", neurons=100))
    assert [(p.modalities, p.neurons) for p in early] == [(("text", "face"), 100)]
    assert [(p.modalities, p.neurons) for p in late] == [(("text",), 50), (("face",), 50)]


def test_context_adds_neighbours_votes_with_decay() -> None:
    """Log-odds 2, -1, 4 in one video with gain 1/2, decay 1/2: 2 - 1/2 * 1/2... as written out below."""
    odds = np.array([2.0, -1.0, 4.0, 10.0])
    votes = log_softmax(np.stack([np.zeros(4), odds], axis=1))
    config = ContextConfig(gain=0.5, decay=0.5)
    out = in_context(votes, ["v", "v", "v", "w"], np.array([0, 5, 9, 0]), config)
    expected = [
        2.0 + 0.5 * (0.5 * -1.0 + 0.25 * 4.0),
        -1.0 + 0.5 * (0.5 * 2.0 + 0.5 * 4.0),
        4.0 + 0.5 * (0.25 * 2.0 + 0.5 * -1.0),
        10.0,
    ]
    np.testing.assert_allclose(out[:, 1] - out[:, 0], expected)
    causal = in_context(
        votes, ["v", "v", "v", "w"], np.array([0, 5, 9, 0]), ContextConfig(0.5, 0.5, causal=True)
    )
    expected = [2.0, -1.0 + 0.5 * 0.5 * 2.0, 4.0 + 0.5 * (0.25 * 2.0 + 0.5 * -1.0), 10.0]
    np.testing.assert_allclose(causal[:, 1] - causal[:, 0], expected)


def test_context_follows_the_position_not_the_order_given() -> None:
    rng = np.random.default_rng(0)
    votes = log_softmax(rng.normal(size=(6, 3)))
    position, order = np.arange(6), rng.permutation(6)
    config = ContextConfig(gain=0.3, decay=0.6, causal=True)
    straight = in_context(votes, ["v"] * 6, position, config)
    mixed = in_context(votes[order], ["v"] * 6, position[order], config)
    np.testing.assert_allclose(mixed, straight[order])


def test_no_gain_changes_nothing() -> None:
    votes = log_softmax(np.random.default_rng(1).normal(size=(4, 3)))
    np.testing.assert_array_equal(in_context(votes, ["v"] * 4, np.arange(4), ContextConfig(gain=0.0)), votes)

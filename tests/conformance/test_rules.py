"""One-hot patterns through every connection rule: what arrives tells the connectivity exactly."""

from __future__ import annotations

import networkx
import numpy as np
import pytest

import pysnn as snn

from .onehot import decode

N_PRE, N_POST = 6, 5


def test_all_to_all(backend: str) -> None:
    assert (decode(backend, N_PRE, N_POST, snn.AllToAll()).sum(axis=2) == 1).all()


def test_all_to_all_recurrent_with_and_without_autapses(backend: str) -> None:
    assert (decode(backend, 5, None, snn.AllToAll(autapses=True)).sum(axis=2) == 1).all()
    found = decode(backend, 5, None, snn.AllToAll(autapses=False)).sum(axis=2)
    assert np.array_equal(found, 1 - np.eye(5))


def test_autapses_false_means_nothing_between_two_populations(backend: str) -> None:
    assert (decode(backend, 5, 5, snn.AllToAll(autapses=False)).sum(axis=2) == 1).all()


def test_one_to_one(backend: str) -> None:
    assert np.array_equal(decode(backend, 5, 5, snn.OneToOne()).sum(axis=2), np.eye(5))
    assert np.array_equal(decode(backend, 5, None, snn.OneToOne()).sum(axis=2), np.eye(5))


@pytest.mark.parametrize(("p", "count"), [(0.0, 0), (1.0, 1)])
def test_probability_zero_and_one_are_certain(backend: str, p: float, count: int) -> None:
    assert (decode(backend, N_PRE, N_POST, snn.FixedProbability(p)).sum(axis=2) == count).all()


def test_fixed_probability_never_repeats_a_pair_nor_makes_autapses(backend: str) -> None:
    found = decode(backend, 12, None, snn.FixedProbability(0.5, autapses=False)).sum(axis=2)
    assert found.max() == 1
    assert found.trace() == 0
    assert 30 < found.sum() < 102  # 132 pairs: 66 +- 36, beyond six standard deviations


@pytest.mark.parametrize("n", [0, 1, 4, [0, 1, 2, 3, 4]])
def test_fixed_indegree_is_exact(backend: str, n: int | list[int]) -> None:
    found = decode(backend, N_PRE, N_POST, snn.FixedIndegree(n)).sum(axis=2)
    assert np.array_equal(found.sum(axis=0), np.broadcast_to(n, N_POST))


@pytest.mark.parametrize("n", [0, 1, 4, [0, 1, 2, 3, 4, 5]])
def test_fixed_outdegree_is_exact(backend: str, n: int | list[int]) -> None:
    found = decode(backend, N_PRE, N_POST, snn.FixedOutdegree(n)).sum(axis=2)
    assert np.array_equal(found.sum(axis=1), np.broadcast_to(n, N_PRE))


@pytest.mark.parametrize("n", [0, 1, 17, 60])
def test_fixed_total_number_is_exact(backend: str, n: int) -> None:
    assert decode(backend, N_PRE, N_POST, snn.FixedTotalNumber(n)).sum() == n


RULES = {
    "indegree": lambda **kw: snn.FixedIndegree(7, **kw),
    "outdegree": lambda **kw: snn.FixedOutdegree(7, **kw),
    "total": lambda **kw: snn.FixedTotalNumber(56, **kw),
}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES.keys())
def test_no_autapses_no_multapses(backend: str, rule) -> None:
    # 8 neurons, 7 others each: with both switches off only the full graph without diagonal is left
    found = decode(backend, 8, None, rule(autapses=False, multapses=False)).sum(axis=2)
    assert np.array_equal(found, 1 - np.eye(8))


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES.keys())
def test_multapses_repeat_pairs_and_autapses_happen(backend: str, rule) -> None:
    # 56 draws among 64 pairs: no repetition has probability 64!/(8! 64^56) < 1e-20; no autapse in two
    # networks 0.875^112 < 1e-6
    found = np.array([decode(backend, 8, None, rule(), seed=s).sum(axis=2) for s in (1, 2)])
    assert found.sum() == 112
    assert found.max() > 1
    assert found.trace(axis1=1, axis2=2).sum() > 0


def test_listed_synapses_keep_duplicates_in_any_order(backend: str) -> None:
    i, j = np.array([4, 0, 4, 4, 2]), np.array([1, 3, 1, 0, 2])
    found = decode(backend, N_PRE, N_POST, snn.FromCOO(i, j)).sum(axis=2)
    expected = np.zeros((N_PRE, N_POST))
    np.add.at(expected, (i, j), 1)
    assert expected.max() == 2
    assert np.array_equal(found, expected)


def test_listed_synapses_have_their_own_weights_and_delays(backend: str) -> None:
    i, j = np.array([4, 0, 4, 4]), np.array([1, 3, 1, 0])
    weight, delay = np.array([2.0, 3.0, 5.0, 7.0]), np.array([3.0, 1.0, 1.0, 2.0])
    found = decode(
        backend, N_PRE, N_POST, snn.FromCOO(i, j), weight=snn.Array(weight), delay=snn.Array(delay)
    )
    expected = np.zeros((N_PRE, N_POST, 4))
    expected[i, j, delay.astype(int)] = weight
    assert np.array_equal(found, expected[:, :, 1:])


def test_raw_csr_keeps_duplicates(backend: str) -> None:
    indptr, indices = np.array([0, 2, 2, 5]), np.array([1, 1, 0, 4, 2])
    found = decode(backend, 3, N_POST, snn.FromCSR(indptr, indices)).sum(axis=2)
    assert found.tolist() == [[0, 2, 0, 0, 0], [0, 0, 0, 0, 0], [1, 0, 1, 0, 1]]


def test_multigraph_keeps_parallel_edges(backend: str) -> None:
    graph = networkx.MultiDiGraph()
    graph.add_nodes_from(range(4))
    graph.add_edges_from([(0, 1), (0, 1), (0, 1), (2, 3), (3, 3)])
    found = decode(backend, 4, None, snn.FromMultiDiGraph(graph)).sum(axis=2)
    expected = np.zeros((4, 4))
    expected[0, 1], expected[2, 3], expected[3, 3] = 3, 1, 1
    assert np.array_equal(found, expected)


def test_fan_makes_one_synapse_a_delay_with_its_own_weight(backend: str) -> None:
    found = decode(backend, 3, 3, snn.OneToOne(), weight=[2.0, 3.0, 5.0], delay=[3.0, 1.0, 2.0])
    expected = np.einsum("ij,d->ijd", np.eye(3), [3.0, 5.0, 2.0])
    assert np.array_equal(found, expected)


def test_synapses_per_pair_draws_each_copy_apart(backend: str) -> None:
    delays = snn.Uniform(1.0, 3.0, step=1.0)
    found = decode(backend, 6, 6, snn.OneToOne(), delay=delays, synapses_per_pair=8)
    assert np.array_equal(found.sum(axis=2), 8 * np.eye(6))
    # 48 draws, probabilities 1/4, 1/2, 1/4: each count of a delay is beyond 4.9 sigma of 0
    assert (found.sum(axis=(0, 1)) > 0).all()


def test_views_connect_a_part_to_a_part(backend: str) -> None:
    found = decode(backend, N_PRE, N_POST, snn.AllToAll(), pre=slice(1, 3), post=slice(2, 5)).sum(axis=2)
    expected = np.zeros((N_PRE, N_POST))
    expected[1:3, 2:5] = 1
    assert np.array_equal(found, expected)

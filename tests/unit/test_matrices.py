"""Connections given as matrices, dense and sparse, and arrays of other libraries taken as they are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pysnn as snn

W = np.array([[0.0, 2.0, 0.0, -1.0], [3.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 7.0]])
TRIPLES = [(0, 1, 2.0), (0, 3, -1.0), (1, 0, 3.0), (2, 3, 7.0)]  # of W, written out


class Column:
    """What a column of a table is: no array, but it can be had as one."""

    def __init__(self, values: Any) -> None:
        self.values = np.asarray(values)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return self.values

    def __len__(self) -> int:
        return len(self.values)


def pair(n_pre: int = 3, n_post: int = 4) -> tuple[snn.Network, snn.Population, snn.Population]:
    net = snn.Network(seed=1)
    return net, net.population("a", n_pre, snn.CubaLIF()), net.population("b", n_post, snn.CubaLIF())


def built(
    rule: snn.ConnectionRule, weight: Any = None, delay: Any = 1.0, **more: Any
) -> list[tuple[Any, ...]]:
    """(i, j, weight, delay) of every synapse, as a simulation lists them."""
    net, pre, post = pair()
    projection = net.projection(pre, post, rule, weight=weight, delay=delay, **more)
    with snn.Simulation(net) as sim:
        table = sim.synapses(projection)
        return list(zip(table.i, table.j, sim.weights(projection), table.delay, strict=True))


def test_a_dense_matrix_connects_where_it_is_not_0() -> None:
    assert built(snn.FromDense(W)) == [(*t, 1.0) for t in TRIPLES]
    assert built(snn.FromDense(W.tolist())) == [(*t, 1.0) for t in TRIPLES]
    assert len(snn.FromDense(W)) == 4
    assert built(snn.FromDense(W, delays=10.0 + W), delay=None) == [(*t, 10.0 + t[2]) for t in TRIPLES]
    assert snn.FromDense(W) == snn.FromDense(W.copy())
    assert snn.FromDense(W) != snn.FromDense(2 * W)


def test_a_matrix_of_booleans_says_which_pairs_connect_alone() -> None:
    assert built(snn.FromDense(W != 0), weight=5.0) == [(i, j, 5.0, 1.0) for i, j, _ in TRIPLES]
    with pytest.raises(snn.ParameterError, match=r"weight: expected a weight in pA \(got none\)"):
        built(snn.FromDense(W != 0))


def test_a_mask_makes_synapses_of_weight_0_and_hides_the_rest() -> None:
    weights, mask = W.copy(), W != 0
    mask[2, 0] = True
    weights[~mask] = np.nan
    delays = np.where(mask, 2.0, -1.0)
    expected = sorted([*((*t, 2.0) for t in TRIPLES), (2, 0, 0.0, 2.0)])
    assert built(snn.FromDense(weights, delays=delays, mask=mask), delay=None) == expected


def test_a_dense_matrix_of_nothing_makes_no_synapse() -> None:
    assert built(snn.FromDense(np.zeros((3, 4)))) == []


def test_a_dense_matrix_is_copied() -> None:
    weights = W.copy()
    rule = snn.FromDense(weights)
    weights[:] = 1.0
    assert built(rule) == [(*t, 1.0) for t in TRIPLES]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: snn.FromDense([1.0, 2.0]), r"FromDense\.weights: expected a 2-D array.*got shape \(2,\)"),
        (lambda: snn.FromDense([[1.0], [2.0, 3.0]]), r"FromDense\.weights: expected"),
        (lambda: snn.FromDense([["a"]]), r"FromDense\.weights: expected an array of numbers"),
        (lambda: snn.FromDense([[0.0, np.nan]]), r"FromDense\.weights\[0, 1\]: must be a finite number"),
        (lambda: snn.FromDense(W, delays=W), r"FromDense\.delays\[0, 3\]: must be >= 0 ms"),
        (
            lambda: snn.FromDense(W, delays=[[1.0]]),
            r"FromDense\.delays: expected the shape of weights, \(3, 4\)",
        ),
        (lambda: snn.FromDense(W, mask=W), r"FromDense\.mask: expected booleans"),
        (lambda: snn.FromSparse(W), r"FromSparse\.matrix: expected a SciPy sparse.*FromDense"),
        (lambda: built(snn.FromDense(W.T)), r"FromDense\.weights: expected the shape \(3, 4\).*transpose"),
        (lambda: built(snn.FromDense(W[:2])), r"expected the shape \(3, 4\).*\(got \(2, 4\)\)"),
        (lambda: built(snn.FromDense(W), weight=1.0), "the rule brings its own weights"),
        (lambda: built(snn.FixedProbability(0.5), weight=W), r"weight: a matrix goes with AllToAll\(\)"),
        (lambda: built(snn.OneToOne(), weight=1.0, delay=W + 9), r"delay: a matrix goes with AllToAll\(\)"),
        (lambda: built(snn.AllToAll(), weight=W[:2]), r"weight: expected the shape \(3, 4\)"),
        (lambda: built(snn.AllToAll(), weight=W * np.nan), r"weight\[0, 0\]: must be a finite number"),
        (lambda: built(snn.AllToAll(), weight=1.0, delay=W), r"delay\[0, 3\]: must be >= 0 ms"),
    ],
)
def test_what_is_no_fitting_matrix_is_refused(make: Any, message: str) -> None:
    with pytest.raises(snn.ParameterError, match=message):
        make()


def test_all_to_all_takes_matrices_zeros_included() -> None:
    expected = [(i, j, W[i, j], 1.0) for i in range(3) for j in range(4)]
    assert built(snn.AllToAll(), weight=W) == expected
    assert built(snn.AllToAll(), weight=W.tolist()) == expected
    assert built(snn.AllToAll(), weight=2.0, delay=W + 5.0) == [
        (i, j, 2.0, W[i, j] + 5.0) for i in range(3) for j in range(4)
    ]


@pytest.mark.parametrize("which", [slice(1, 4), [4, 1, 2]])
def test_all_to_all_without_autapses_leaves_out_their_entries(which: Any) -> None:
    net = snn.Network(seed=1)
    group = net.population("a", 5, snn.CubaLIF())
    chosen = np.arange(5)[which]
    weights = np.arange(15.0).reshape(3, 5)
    weights[np.arange(3), chosen] = np.nan  # not read
    projection = net.projection(group[which], group, snn.AllToAll(autapses=False), weight=weights, delay=1.0)
    with snn.Simulation(net) as sim:
        table = sim.synapses(projection)
        found = dict(zip(zip(table.i, table.j, strict=True), sim.weights(projection), strict=True))
    assert found == {(chosen[a], j): weights[a, j] for a in range(3) for j in range(5) if chosen[a] != j}


@pytest.mark.parametrize("form", ["coo", "csr", "csc", "lil", "dok", "bsr"])
@pytest.mark.parametrize("kind", ["array", "matrix"])
def test_scipy_matrices_of_every_form(form: str, kind: str) -> None:
    sparse = pytest.importorskip("scipy.sparse")
    matrix = getattr(sparse, f"{form}_{kind}")(W)
    if form == "bsr":  # stores whole blocks, zeros too
        matrix.eliminate_zeros()
    found = [t for t in built(snn.FromSparse(matrix)) if t[2] != 0.0 or form != "bsr"]
    assert found == [(*t, 1.0) for t in TRIPLES]


def test_what_a_sparse_matrix_stores_is_a_synapse_twice_and_0_too() -> None:
    sparse = pytest.importorskip("scipy.sparse")
    matrix = sparse.coo_array(([5.0, 6.0, 0.0, 4.0], ([1, 1, 2, 0], [3, 3, 0, 1])), shape=(3, 4))
    rule = snn.FromSparse(matrix)
    expected = [(0, 1, 4.0, 1.0), (1, 3, 5.0, 1.0), (1, 3, 6.0, 1.0), (2, 0, 0.0, 1.0)]
    assert built(rule) == expected
    matrix.data[:] = 1.0
    assert built(rule) == expected  # it was copied
    delays = built(rule, delay=snn.Array([1.0, 2.0, 3.0, 4.0]))  # in the order of the entries
    assert [d for *_, d in delays] == [4.0, 1.0, 2.0, 3.0]
    assert rule == snn.FromSparse(rule.matrix)
    assert rule != snn.FromSparse(matrix)
    assert built(snn.FromSparse(matrix.astype(bool)), weight=9.0)[0] == (0, 1, 9.0, 1.0)
    assert built(snn.FromSparse(sparse.coo_array((3, 4)))) == []


def test_sparse_matrices_that_do_not_fit_are_refused() -> None:
    sparse = pytest.importorskip("scipy.sparse")
    with pytest.raises(
        snn.ParameterError, match=r"FromSparse\.matrix: expected the shape \(3, 4\).*transpose"
    ):
        built(snn.FromSparse(sparse.csr_array(W.T)))
    with pytest.raises(snn.ParameterError, match=r"must be a finite number \(got nan\)"):
        snn.FromSparse(sparse.csr_array([[np.nan]]))
    with pytest.raises(snn.ParameterError, match=r"FromSparse\.matrix\[0\]: must be a finite number"):
        snn.FromSparse(sparse.csr_array([[np.inf]]))
    for place in (snn.AllToAll(), snn.FixedProbability(0.5)):
        with pytest.raises(snn.ParameterError, match=r"FromSparse\(matrix\)"):
            built(place, weight=sparse.csr_array(W))
    with pytest.raises(snn.ParameterError, match=r"FromSparse\(matrix\)"):
        snn.FromDense(sparse.csr_array(W))


def columns() -> list[Any]:
    made: list[Any] = [Column]
    try:
        import pandas
    except ImportError:
        return made
    return [*made, pandas.Series, lambda values: pandas.Series(values).convert_dtypes()]


@pytest.mark.parametrize("column", columns())
def test_columns_are_taken_wherever_arrays_are(column: Any) -> None:
    i, j, w = (column(list(values)) for values in zip(*TRIPLES, strict=True))
    delay = column([1.0, 2.0, 3.0, 4.0])
    rows = [(*t, d) for t, d in zip(TRIPLES, [1.0, 2.0, 3.0, 4.0], strict=True)]
    assert built(snn.FromCOO(i, j), weight=w, delay=snn.Array(delay)) == rows
    fan = built(snn.AllToAll(), weight=column([1.5, 2.5]), delay=column([1.0, 2.0]))
    assert [t[2:] for t in fan[:2]] == [(1.5, 1.0), (2.5, 2.0)]
    assert len(built(snn.FixedIndegree(column([1, 0, 2, 1])), weight=1.0)) == 4

    net = snn.Network(seed=1)
    cells = net.population("a", 3, snn.CubaLIF(), init={"v": column([-60.5, -61.0, -62.5])})
    source = net.source("s", 3, snn.SpikeArray(column([1.0, 2.0]), indices=column([2, 0])))
    net.current(cells, snn.StepCurrent(column([1.0, 2.0]), column([5.0, 0.5])))
    wires = net.projection(source, cells, snn.OneToOne(), weight=1.0, delay=1.0)
    assert np.asarray(cells[column([2, 0])].indices).tolist() == [2, 0]
    spikes = net.probe(source, "spikes")
    with snn.Simulation(net) as sim:
        assert sim.state(cells, "v").tolist() == [-60.5, -61.0, -62.5]
        sim.set_weights(wires, column([1.5, 2.5, 3.5]))
        assert sim.weights(wires).tolist() == [1.5, 2.5, 3.5]
        sim.set_state(cells, "v", column([-60.5, -61.0, -63.5]))
        assert sim.state(cells, "v").tolist() == [-60.5, -61.0, -63.5]
        sim.run(3.0)
        assert list(zip(sim.data[spikes].t, sim.data[spikes].i, strict=True)) == [(1.0, 2), (2.0, 0)]


def test_a_column_of_text_is_refused_with_its_name() -> None:
    with pytest.raises(snn.ParameterError, match=r"FromCOO\.i: expected an array of numbers"):
        snn.FromCOO(Column(["a"]), [0])


def test_a_simulation_names_what_it_was_built_from() -> None:
    net = pair()[0]
    with snn.Simulation(net) as sim:
        assert sim.network is net
        with pytest.raises(snn.ReadOnlyError):
            sim.network = net  # type: ignore[misc]
    with snn.Simulation(net.spec()) as sim:
        assert sim.network is sim.spec

"""Invariants of the connection rules for any sizes, seeds and numbers of threads."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

import pysnn as snn

SIZES = st.integers(1, 70)
SEEDS = st.integers(0, 2**40)
MANY = settings(max_examples=60)


def built(
    n_pre: int, n_post: int | None, rule: snn.ConnectionRule, seed: int, threads: int = 1, **options: Any
) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """Synapses and weights of one projection, recurrent without ``n_post``."""
    net = snn.Network(seed=seed)
    pre = net.population("pre", n_pre, snn.LIF())
    post = pre if n_post is None else net.population("post", n_post, snn.LIF())
    options = {"weight": 1.0, "delay": 1.0} | options
    projection = net.projection(pre, post, rule, **options)
    with snn.Simulation(net, backend="clock", dt=0.1, threads=threads) as sim:
        return sim.synapses(projection), sim.weights(projection)


def matrix(table: NDArray[Any], n_pre: int, n_post: int) -> NDArray[np.int64]:
    counts = np.zeros((n_pre, n_post), dtype=np.int64)
    np.add.at(counts, (table["i"], table["j"]), 1)
    return counts


@st.composite
def rules(draw: st.DrawFn) -> tuple[int, int | None, str, int, bool, bool]:
    """(n_pre, n_post or None, rule, number, autapses, multapses) that can be satisfied."""
    n_pre = draw(SIZES)
    n_post = draw(st.none() | SIZES)
    autapses, multapses = draw(st.booleans()), draw(st.booleans())
    kind = draw(st.sampled_from(["in", "out", "total"]))
    targets = n_pre if n_post is None else n_post
    lost = 1 if n_post is None and not autapses else 0
    room = {"in": n_pre - lost, "out": targets - lost, "total": n_pre * targets - lost * n_pre}[kind]
    limit = 2 * room if multapses else room
    return n_pre, n_post, kind, draw(st.integers(0, max(limit, 0))), autapses, multapses


@MANY
@given(drawn=rules(), seed=SEEDS)
def test_fixed_numbers_are_exact_and_switches_hold(
    drawn: tuple[int, int | None, str, int, bool, bool], seed: int
) -> None:
    n_pre, n_post, kind, number, autapses, multapses = drawn
    rule = {"in": snn.FixedIndegree, "out": snn.FixedOutdegree, "total": snn.FixedTotalNumber}[kind]
    table, _ = built(n_pre, n_post, rule(number, autapses=autapses, multapses=multapses), seed)
    counts = matrix(table, n_pre, n_pre if n_post is None else n_post)
    if kind == "total":
        assert counts.sum() == number
    else:
        assert (counts.sum(axis=0 if kind == "in" else 1) == number).all()
    if not multapses:
        assert counts.max(initial=0) <= 1
    if n_post is None and not autapses:
        assert np.trace(counts) == 0


def test_targets_of_many_draws_are_independent_and_uniform() -> None:
    """A multinomial law: Pearson's chi-squared, means and variances of parts of a row, within 4 sd."""
    n, drawn = 60, 700  # so many that a row divides them among halves of its targets before it draws any
    table, _ = built(n, None, snn.FixedOutdegree(drawn, autapses=False), seed=3)
    counts = matrix(table, n, n)
    assert (counts.sum(axis=1) == drawn).all()
    assert np.trace(counts) == 0
    allowed = counts[~np.eye(n, dtype=bool)]
    expected = drawn / (n - 1)
    chi_squared, freedom = ((allowed - expected) ** 2 / expected).sum(), n * (n - 2)
    assert abs(chi_squared - freedom) < 4 * np.sqrt(2 * freedom)
    for begin, end in [(0, 20), (10, 50), (31, 60)]:
        among = np.array([np.delete(row, i)[begin:end].sum() for i, row in enumerate(counts)])
        p = np.minimum(end, n - 1) - begin
        law = stats.binom(drawn, p / (n - 1))
        assert abs(among.mean() - law.mean()) < 4 * law.std() / np.sqrt(n)
        assert abs(among.var(ddof=1) / law.var() - 1) < 4 * np.sqrt(2 / (n - 1))
    for threads in (2, 7):
        again, _ = built(n, None, snn.FixedOutdegree(drawn, autapses=False), seed=3, threads=threads)
        assert np.array_equal(np.sort(again, order=["i", "j"]), np.sort(table, order=["i", "j"]))


def test_distinct_targets_of_many_draws_follow_the_hypergeometric_law() -> None:
    """Means and variances of parts of a row within 4 sd of scipy's law, and every target as often as any."""
    n, drawn = 1200, 600  # so many that a row divides them among halves of its targets before it draws any
    table, _ = built(n, None, snn.FixedOutdegree(drawn, autapses=False, multapses=False), seed=3)
    counts = matrix(table, n, n)
    assert (counts.sum(axis=1) == drawn).all()
    assert counts.max() == 1
    assert np.trace(counts) == 0
    for begin, end in [(0, 600), (590, 610), (100, 1000), (700, 1200)]:
        among = np.array([np.delete(row, i)[begin:end].sum() for i, row in enumerate(counts)])
        p = np.minimum(end, n - 1) - begin
        law = stats.hypergeom(n - 1, p, drawn)
        assert abs(among.mean() - law.mean()) < 4 * law.std() / np.sqrt(n)
        assert abs(among.var(ddof=1) / law.var() - 1) < 4 * np.sqrt(2 / (n - 1))
    indegree, p = counts.sum(axis=0), drawn / (n - 1)
    chi_squared = ((indegree - drawn) ** 2).sum() / ((n - 1) * p * (1 - p))
    assert abs(chi_squared - n) < 4 * np.sqrt(2 * n)
    for threads in (2, 7):
        again, _ = built(
            n, None, snn.FixedOutdegree(drawn, autapses=False, multapses=False), seed=3, threads=threads
        )
        assert np.array_equal(np.sort(again, order=["i", "j"]), np.sort(table, order=["i", "j"]))


@pytest.mark.parametrize("left_out", [1, 40, 700])
def test_nearly_all_targets_are_drawn_once_whatever_the_number_of_threads(left_out: int) -> None:
    n_pre, n_post = 3, 9000
    rule = snn.FixedOutdegree(n_post - left_out, multapses=False)
    table, _ = built(n_pre, n_post, rule, seed=1)
    counts = matrix(table, n_pre, n_post)
    assert counts.max() == 1
    assert (counts.sum(axis=1) == n_post - left_out).all()
    again, _ = built(n_pre, n_post, rule, seed=1, threads=5)
    assert np.array_equal(np.sort(again, order=["i", "j"]), np.sort(table, order=["i", "j"]))


@st.composite
def views(draw: st.DrawFn) -> tuple[int, slice, slice]:
    """A population and two views of it: apart, overlapping in part, one in the other, or the same."""
    n = draw(st.integers(1, 40))
    sides = []
    for _ in range(2):
        begin = draw(st.integers(0, n - 1))
        sides.append(slice(begin, draw(st.integers(begin + 1, n))))
    return n, sides[0], sides[1]


def largest_number(kind: str, pre: slice, post: slice) -> NDArray[np.int64]:
    """How many distinct partners each drawer has, itself left out: counted pair by pair."""
    allowed = np.array([[i != j for j in range(post.start, post.stop)] for i in range(pre.start, pre.stop)])
    if kind == "total":
        return np.asarray(allowed.sum())
    return np.asarray(allowed.sum(axis=0 if kind == "in" else 1))


NUMBER_RULES: dict[str, Any] = {
    "in": snn.FixedIndegree,
    "out": snn.FixedOutdegree,
    "total": snn.FixedTotalNumber,
}


@MANY
@given(sides=views(), kind=st.sampled_from([*NUMBER_RULES]), seed=SEEDS)
def test_without_autapses_each_neuron_of_a_view_can_draw_all_others_of_the_other_view(
    sides: tuple[int, slice, slice], kind: str, seed: int
) -> None:
    n, pre, post = sides
    net = snn.Network(seed=seed)
    cells = net.population("cells", n, snn.LIF())
    most = largest_number(kind, pre, post)
    all_of_them = NUMBER_RULES[kind](most, autapses=False, multapses=False)
    projection = net.projection(cells[pre], cells[post], all_of_them, weight=1.0, delay=1.0)
    with snn.Simulation(net, threads=2) as sim:
        found = matrix(sim.synapses(projection), n, n)
    expected = np.zeros((n, n), dtype=np.int64)
    expected[pre, post] = 1
    np.fill_diagonal(expected, 0)
    assert np.array_equal(found, expected)


@MANY
@given(sides=views(), kind=st.sampled_from([*NUMBER_RULES]), data=st.data())
def test_one_partner_more_than_there_are_is_refused_where_it_is_declared(
    sides: tuple[int, slice, slice], kind: str, data: st.DataObject
) -> None:
    n, pre, post = sides
    net = snn.Network(seed=1)
    cells = net.population("cells", n, snn.LIF())
    number = np.array(largest_number(kind, pre, post))
    if number.ndim:
        number[data.draw(st.integers(0, number.size - 1))] += 1
    else:
        number = number + 1
    rule = NUMBER_RULES[kind](number, autapses=False, multapses=False)
    with pytest.raises(snn.ParameterError, match=r"without multapses must be|there is no"):
        net.projection(cells[pre], cells[post], rule, weight=1.0, delay=1.0)


@MANY
@given(sides=views(), kind=st.sampled_from([*NUMBER_RULES]), number=st.integers(1, 90), seed=SEEDS)
def test_with_multapses_a_view_never_draws_itself(
    sides: tuple[int, slice, slice], kind: str, number: int, seed: int
) -> None:
    n, pre, post = sides
    net = snn.Network(seed=seed)
    cells = net.population("cells", n, snn.LIF())
    rule = NUMBER_RULES[kind](number, autapses=False)
    if largest_number(kind, pre, post).min() == 0:
        with pytest.raises(snn.ParameterError, match="there is no"):
            net.projection(cells[pre], cells[post], rule, weight=1.0, delay=1.0)
        return
    projection = net.projection(cells[pre], cells[post], rule, weight=1.0, delay=1.0)
    with snn.Simulation(net, threads=1) as sim:
        found = matrix(sim.synapses(projection), n, n)
    assert np.trace(found) == 0
    degrees = {"in": found.sum(axis=0)[post], "out": found.sum(axis=1)[pre], "total": found.sum()}[kind]
    assert (degrees == number).all()


@MANY
@given(n_pre=st.integers(5, 70), n_post=st.integers(5, 70), p=st.floats(0.0, 1.0), seed=SEEDS)
def test_fixed_probability_stays_within_binomial_bounds(n_pre: int, n_post: int, p: float, seed: int) -> None:
    table, _ = built(n_pre, n_post, snn.FixedProbability(p), seed)
    counts = matrix(table, n_pre, n_post)
    assert counts.max(initial=0) <= 1
    assert stats.binom.cdf(counts.sum(), n_pre * n_post, p) > 1e-9
    assert stats.binom.sf(counts.sum() - 1, n_pre * n_post, p) > 1e-9


@MANY
@given(drawn=rules(), seed=SEEDS, threads=st.integers(2, 7))
def test_a_network_does_not_depend_on_threads(
    drawn: tuple[int, int | None, str, int, bool, bool], seed: int, threads: int
) -> None:
    n_pre, n_post, kind, number, autapses, multapses = drawn
    rule = {"in": snn.FixedIndegree, "out": snn.FixedOutdegree, "total": snn.FixedTotalNumber}[kind]
    options = {
        "weight": snn.Normal(5.0, 2.0, min=0.0),
        "delay": snn.LogNormal(0.5, 0.5, min=0.1, max=20.0, step=0.1),
    }
    chosen = rule(number, autapses=autapses, multapses=multapses)
    one = built(n_pre, n_post, chosen, seed, **options)
    more = built(n_pre, n_post, chosen, seed, threads=threads, **options)
    assert np.array_equal(one[0], more[0])
    assert np.array_equal(one[1], more[1])


@MANY
@given(n_pre=SIZES, n_post=SIZES, m=st.integers(1, 300), seed=SEEDS, threads=st.integers(1, 4))
def test_listed_synapses_are_all_there_in_ijk_order(
    n_pre: int, n_post: int, m: int, seed: int, threads: int
) -> None:
    rng = np.random.default_rng(seed)
    i, j = rng.integers(0, n_pre, m), rng.integers(0, n_post, m)
    weight, delay = rng.normal(size=m), np.round(0.1 * rng.integers(1, 30, m), 9)
    arrays = {"weight": snn.Array(weight), "delay": snn.Array(delay)}
    table, weights = built(n_pre, n_post, snn.FromCOO(i, j), 1, threads=threads, **arrays)
    order = np.lexsort((delay, j, i))  # stable: equal delays in the order given
    assert np.array_equal(table["i"], i[order])
    assert np.array_equal(table["j"], j[order])
    assert np.allclose(table["delay"], delay[order], rtol=0, atol=1e-12)
    assert np.array_equal(weights, weight[order])


@settings(max_examples=20)
@given(seed=SEEDS)
def test_distributions_have_their_shape_and_bounds(seed: int) -> None:
    n = 60
    drawn = {
        "uniform": (snn.Uniform(-2.0, 3.0), stats.uniform(-2.0, 5.0)),
        "normal": (snn.Normal(1.0, 2.0), stats.norm(1.0, 2.0)),
        "truncated": (snn.Normal(1.0, 2.0, min=0.0, max=2.0), stats.truncnorm(-0.5, 0.5, 1.0, 2.0)),
        "lognormal": (snn.LogNormal(0.3, 0.7), stats.lognorm(0.7, scale=np.exp(0.3))),
    }
    for name, (ours, theirs) in drawn.items():
        _, weights = built(n, n, snn.AllToAll(), seed, weight=ours)
        # 80 draws of a seed in all: a right generator fails with probability 80e-7
        assert stats.kstest(weights, theirs.cdf).pvalue > 1e-7, name
        assert len(np.unique(weights)) == weights.size


@settings(max_examples=20)
@given(seed=SEEDS)
def test_fixed_indegree_draws_every_source_alike(seed: int) -> None:
    for multapses in (True, False):
        table, _ = built(20, 400, snn.FixedIndegree(5, multapses=multapses), seed)
        observed = np.bincount(table["i"], minlength=20)
        # without repetition the counts spread less than chi-square expects: only the upper tail tells
        assert stats.chisquare(observed).pvalue > 1e-7


def indegrees_of_the_first_target(
    n_pre: int, n_post: int, number: int, autapses: bool, repeats: int
) -> NDArray[np.int64]:
    """One draw a network: of ``repeats`` projections, each with a seed of its own by its name."""
    net = snn.Network(seed=11)
    cells = net.population("cells", max(n_pre, n_post), snn.LIF())
    rule = snn.FixedTotalNumber(number, autapses=autapses, multapses=False)
    for k in range(repeats):
        net.projection(cells[:n_pre], cells[:n_post], rule, weight=1.0, delay=1.0, name=f"p{k}")
    with snn.Simulation(net, threads=1) as sim:
        return np.array([(sim.synapses(f"p{k}")["j"] == 0).sum() for k in range(repeats)])


@pytest.mark.parametrize("autapses", [True, False])
@pytest.mark.parametrize(
    ("n_pre", "n_post", "number"),
    [(6, 5, 3), (6, 5, 12), (6, 5, 24), (3, 200, 40), (40, 3, 60), (30, 30, 450)],
)
def test_distinct_pairs_in_all_fall_to_a_target_by_the_hypergeometric_law(
    n_pre: int, n_post: int, number: int, autapses: bool
) -> None:
    got = indegrees_of_the_first_target(n_pre, n_post, number, autapses, repeats=1000)
    lost = 0 if autapses else min(n_pre, n_post)
    room = n_pre - (lost > 0)
    law = stats.hypergeom(n_pre * n_post - lost, room, number)
    # Neighbouring outcomes are joined until 10 are expected in each bin, as the chi-square test asks for.
    values = np.arange(room + 1)
    expected, observed = 1000 * law.pmf(values), np.bincount(got, minlength=room + 1)
    bins: list[list[float]] = []
    assert observed[expected == 0].sum() == 0
    for count, seen in zip(expected, observed, strict=True):
        if bins and bins[-1][0] < 10:
            bins[-1][0] += count
            bins[-1][1] += seen
        else:
            bins.append([count, seen])
    if len(bins) > 1 and bins[-1][0] < 10:
        last = bins.pop()
        bins[-1] = [bins[-1][0] + last[0], bins[-1][1] + last[1]]
    if len(bins) > 1:
        f_exp, f_obs = np.array(bins).T
        assert stats.chisquare(f_obs, f_exp * f_obs.sum() / f_exp.sum()).pvalue > 1e-5


def test_distinct_pairs_in_all_are_each_subset_alike() -> None:
    """All 20 subsets of 3 of 6 pairs, 4,000 draws: 200 each."""
    net = snn.Network(seed=5)
    pre, post = net.population("pre", 2, snn.LIF()), net.population("post", 3, snn.LIF())
    rule = snn.FixedTotalNumber(3, multapses=False)
    repeats = 4000
    for k in range(repeats):
        net.projection(pre, post, rule, weight=1.0, delay=1.0, name=f"p{k}")
    seen: dict[tuple[int, ...], int] = {}
    with snn.Simulation(net, threads=1) as sim:
        for k in range(repeats):
            table = sim.synapses(f"p{k}")
            subset = tuple(sorted((3 * table["i"] + table["j"]).tolist()))
            seen[subset] = seen.get(subset, 0) + 1
    assert len(seen) == 20
    assert stats.chisquare(list(seen.values())).pvalue > 1e-5


def test_indegrees_of_many_distinct_pairs_in_all_spread_as_hypergeometric_ones() -> None:
    """A population so large that each draw is far from the others: mean and variance of scipy's law."""
    n, number = 3000, 600_000
    table, _ = built(n, None, snn.FixedTotalNumber(number, multapses=False), seed=3)
    indegree = np.bincount(table["j"], minlength=n)
    law = stats.hypergeom(n * n, n, number)
    assert indegree.mean() == number / n
    # The variance of 3,000 nearly normal numbers is known to sqrt(2 / 3000) = 2.6 %.
    assert abs(indegree.var() / law.var() - 1.0) < 5 * np.sqrt(2 / n)
    assert (
        stats.kstest(indegree + np.random.default_rng(1).uniform(-0.5, 0.5, n), _smoothed(law)).pvalue > 1e-4
    )
    assert len(np.unique(table["i"].astype(np.int64) * n + table["j"])) == number


def _smoothed(law: Any) -> Any:
    """Distribution function of a whole number plus a uniform one of +- 1/2: linear between the halves."""
    return lambda x: law.cdf(np.floor(x - 0.5)) + (x - 0.5 - np.floor(x - 0.5)) * law.pmf(np.floor(x + 0.5))


@settings(max_examples=20)
@given(seed=SEEDS, n=st.integers(2, 40))
def test_another_name_or_seed_is_another_draw(seed: int, n: int) -> None:
    rule = snn.AllToAll()
    first = built(n, n, rule, seed, weight=snn.Normal(0.0, 1.0), name="a")[1]
    assert np.array_equal(first, built(n, n, rule, seed, weight=snn.Normal(0.0, 1.0), name="a")[1])
    assert not np.isin(built(n, n, rule, seed, weight=snn.Normal(0.0, 1.0), name="b")[1], first).any()
    assert not np.isin(built(n, n, rule, seed + 1, weight=snn.Normal(0.0, 1.0), name="a")[1], first).any()

"""Views of scattered neurons, in any order, as sources and targets of projections and currents.

What is expected comes from the pairs written out: by NumPy where the rule leaves no choice, else from the
same rule between contiguous neurons, whose i-th source and j-th target are then the view's.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pysnn as snn

ENGINES = ["clock", "event", "auto", pytest.param("opencl", marks=pytest.mark.opencl)]
N = 120
RNG = np.random.default_rng(11)
PRE = RNG.permutation(N)[:37]  # in no order
POST = np.sort(RNG.permutation(N)[:29])

RULES: dict[str, snn.ConnectionRule] = {
    "all": snn.AllToAll(),
    "probability": snn.FixedProbability(0.3),
    "indegree": snn.FixedIndegree(9),
    "indegree, once": snn.FixedIndegree(9, multapses=False),
    "outdegree": snn.FixedOutdegree(9),
    "outdegree, once": snn.FixedOutdegree(9, multapses=False),
    "total": snn.FixedTotalNumber(200),
    "total, once": snn.FixedTotalNumber(200, multapses=False),
    "coo": snn.FromCOO([3, 3, 0, 5], [1, 1, 28, 0]),
}


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def cells(net: snn.Network, n: int = N, **params: float) -> snn.Population:
    return net.population(
        "cells", n, snn.CubaLIF(**{"i_e": 420.0, **params}), init={"v": snn.Uniform(-70.0, -55.0)}
    )


def listing(
    sim: snn.Simulation, projection: snn.Projection
) -> dict[tuple[int, int, int], tuple[float, float]]:
    """(delay, weight) by (i, j, k)."""
    table = sim.synapses(projection)
    triples = zip(table.i.tolist(), table.j.tolist(), table.k.tolist(), strict=True)
    values = zip(table.delay.tolist(), sim.weights(projection).tolist(), strict=True)
    return dict(zip(triples, values, strict=True))


@pytest.mark.parametrize("posts", ["in order", "falling", "in no order"])
@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_rule_draws_what_it_draws_between_contiguous_neurons(rule: snn.ConnectionRule, posts: str) -> None:
    post = {
        "in order": POST,
        "falling": POST[::-1],
        "in no order": np.random.default_rng(3).permutation(POST),
    }[posts]
    draws: dict[str, Any] = {
        "weight": snn.Normal(30.0, 10.0), "delay": snn.Uniform(1.0, 3.0, step=0.1), "name": "p"
    }  # fmt: skip
    found = []
    for sources, targets, threads in ((slice(0, 37), slice(0, 29), 1), (PRE, post, 1), (PRE, post, 5)):
        net = snn.Network(seed=4)
        group, onto = cells(net), net.population("onto", N, snn.CubaLIF())
        projection = net.projection(group[sources], onto[targets], rule, **draws)
        with snn.Simulation(net, threads=threads) as sim:
            found.append(listing(sim, projection))
    contiguous, scattered, on_threads = found
    assert scattered == {(int(PRE[i]), int(post[j]), k): value for (i, j, k), value in contiguous.items()}
    assert list(scattered) == sorted(scattered)  # listed by i, j, k of the whole groups
    assert on_threads == scattered


@pytest.mark.parametrize("packs", [True, False])
def test_one_to_one_and_all_to_all_are_the_pairs_that_numpy_names(engine: str, packs: bool) -> None:
    weight = 20.0 if packs else snn.Uniform(10.0, 30.0)  # of one weight: bitmaps, where they pay
    net = snn.Network(seed=1)
    group, source = cells(net), net.source("s", N, snn.Poisson(20.0))
    ones = net.projection(source[::-3], group[PRE], snn.AllToAll(), weight=weight, delay=1.0)
    pairs = net.projection(source[PRE], group[PRE], snn.OneToOne(), weight=weight, delay=1.0)
    with snn.Simulation(net, engine) as sim:
        table = sim.synapses(ones)
        assert set(zip(table.i, table.j, strict=True)) == {(i, j) for i in range(N - 1, -1, -3) for j in PRE}
        table = sim.synapses(pairs)
        assert list(zip(table.i, table.j, strict=True)) == [(i, i) for i in np.sort(PRE)]


def network(listed: Any, learns: bool) -> tuple[snn.Network, list[snn.Projection], list[Any]]:
    """A recurrent, driven network over scattered views; or of the pairs that were ``listed`` of it."""
    net = snn.Network(seed=9)
    group = cells(net)
    source = net.source("s", 60, snn.Poisson(60.0))
    rules: list[tuple[str, Any, Any, Any, dict[str, Any]]] = [
        (
            "drive", source[[5, 3, 50, 7]], group[[100, 2, 40, 41]], snn.OneToOne(),
            {"weight": 300.0, "delay": 1.5},
        ),
        (
            "wires", group[PRE], group[POST[::-1]], snn.FixedProbability(0.4),
            {"weight": snn.Uniform(10.0, 60.0), "delay": snn.Uniform(1.0, 4.0, step=0.1)},
        ),
        ("dense", group[1::2], group[::2], snn.FixedIndegree(30), {"weight": 4.0, "delay": 2.0}),
    ]  # fmt: skip
    projections = []
    for at, (name, pre, post, rule, values) in enumerate(rules):
        if listed is not None:
            i, j, values = listed[at]
            pre, post, rule = pre.group, post.group, snn.FromCOO(i, j)
        plasticity = snn.PairSTDP(w_max=80.0) if learns and name == "wires" else None
        projections.append(net.projection(pre, post, rule, plasticity=plasticity, name=name, **values))
    return net, projections, [net.probe(group, "spikes"), net.probe(group, "v", every=5.0)]


@pytest.mark.parametrize("learns", [False, True])
@pytest.mark.parametrize("threads", [1, 3])
def test_results_are_those_of_the_same_pairs_written_out(engine: str, threads: int, learns: bool) -> None:
    net, projections, probes = network(None, learns)
    with snn.Simulation(net, engine, threads=threads) as sim:
        listed = []
        for projection in projections:
            table, weight = sim.synapses(projection), sim.weights(projection)
            values: dict[str, Any] = {"weight": snn.Array(weight), "delay": snn.Array(table.delay)}
            if np.unique(weight).size == 1 and projection.spec.plasticity is None:
                values = {"weight": float(weight[0]), "delay": float(table.delay[0])}
            listed.append((table.i.copy(), table.j.copy(), values))
        sim.run(200.0)
        fired, v = sim.data[probes[0]], sim.data[probes[1]].values
        weights = [sim.weights(projection) for projection in projections]
    assert fired.t.size > 500
    net, projections, probes = network(listed, learns)
    with snn.Simulation(net, engine) as sim:
        sim.run(200.0)
        again = sim.data[probes[0]]
        assert np.array_equal(fired.t, again.t)
        assert np.array_equal(fired.i, again.i)
        assert np.array_equal(v, sim.data[probes[1]].values)
        for one, projection in zip(weights, projections, strict=True):
            assert np.array_equal(one, sim.weights(projection))


AUTAPSES = {
    "all": snn.AllToAll(autapses=False),
    "indegree": snn.FixedIndegree([3, 4, 3, 4], autapses=False, multapses=False),
    "outdegree": snn.FixedOutdegree([3, 3, 4, 4], autapses=False, multapses=False),
    "total": snn.FixedTotalNumber(14, autapses=False, multapses=False),
    "probability": snn.FixedProbability(1.0, autapses=False),
}


@pytest.mark.parametrize("rule", AUTAPSES.values(), ids=AUTAPSES)
def test_neurons_on_both_sides_of_scattered_views_do_not_meet_themselves(engine: str, rule: Any) -> None:
    # 9 and 4 are on both sides: source 0 is target 2, source 1 is target 0. All but these two of 16 pairs.
    pre, post = [9, 4, 30, 31], [4, 7, 9, 8]
    net = snn.Network(seed=1)
    group = cells(net)
    projection = net.projection(group[pre], group[post], rule, weight=1.0, delay=1.0)
    with snn.Simulation(net, engine) as sim:
        table = sim.synapses(projection)
    expected = sorted((i, j) for i in pre for j in post if i != j)
    assert list(zip(table.i.tolist(), table.j.tolist(), strict=True)) == expected


def test_degrees_that_only_autapses_would_fill_are_refused() -> None:
    net = snn.Network(seed=1)
    group = cells(net)
    for rule in (
        snn.FixedIndegree(4, autapses=False, multapses=False),
        snn.FixedOutdegree([4, 3, 4, 4], autapses=False, multapses=False),
        snn.FixedTotalNumber(15, autapses=False, multapses=False),
    ):
        with pytest.raises(snn.ParameterError, match=r"without multapses must be <= (3|14)"):
            net.projection(group[[9, 4, 30, 31]], group[[4, 7, 9, 8]], rule, weight=1.0, delay=1.0)


def test_a_random_rule_makes_no_autapse_between_scattered_views() -> None:
    net = snn.Network(seed=1)
    group = cells(net)
    some = group[PRE]
    wires = [
        net.projection(some, some[::-1], rule, weight=1.0, delay=1.0)
        for rule in (
            snn.FixedProbability(0.5, autapses=False),
            snn.FixedIndegree(30, autapses=False),
            snn.FixedOutdegree(30, autapses=False),
            snn.FixedTotalNumber(3000, autapses=False),
        )
    ]
    with snn.Simulation(net, threads=3) as sim:
        counts = [len(sim.synapses(p)) for p in wires]
        assert all((sim.synapses(p).i != sim.synapses(p).j).all() for p in wires)
    assert counts[1:] == [30 * 37, 30 * 37, 3000]
    assert abs(counts[0] - 37 * 36 / 2) < 6 * math.sqrt(37 * 36 / 4)


@pytest.mark.parametrize("threads", [1, 3])
def test_a_current_flows_into_the_neurons_of_a_view_alone(engine: str, threads: int) -> None:
    # v = v_rest + R I (1 - exp(-t / tau)), of R = tau / c_m; steps at 0 and 10 ms.
    net = snn.Network(seed=1)
    group = net.population("cells", 80, snn.CubaLIF(tau_m=20.0, c_m=200.0, v_th=1e4))
    rest = snn.CubaLIF().e_l
    net.current(group[[70, 3, 41]], snn.ConstantCurrent(100.0))
    net.current(group[::-7], snn.StepCurrent([10.0], [50.0]))
    net.current(group[group.n - 1], snn.ConstantCurrent(10.0))
    probe = net.probe(group, "v", every=30.0)
    with snn.Simulation(net, engine, threads=threads) as sim:
        sim.run(30.0)
        v = sim.data[probe].values[-1]
    expected = np.full(80, rest)
    expected[[70, 3, 41]] += 0.1 * 100.0 * (1.0 - math.exp(-30.0 / 20.0))
    expected[::-7] += 0.1 * 50.0 * (1.0 - math.exp(-20.0 / 20.0))
    expected[79] += 0.1 * 10.0 * (1.0 - math.exp(-30.0 / 20.0))
    assert v == pytest.approx(expected, abs=1e-10)
    idle = np.setdiff1d(np.arange(80), np.concatenate([[70, 3, 41], np.arange(80)[::-7]]))
    assert (v[idle] == rest).all()


@pytest.mark.parametrize("engine", ["clock", "event", "auto"])
def test_noise_into_scattered_neurons_is_their_own_and_that_of_any_threads(engine: str) -> None:
    runs = []
    for threads in (1, 4):
        net = snn.Network(seed=1)
        group = net.population("cells", 80, snn.CubaLIF(v_th=1e4))
        net.current(group[[70, 3, 41]], snn.NoiseCurrent(mean=0.0, std=50.0, interval=1.0))
        probe = net.probe(group, "v", every=1.0)
        with snn.Simulation(net, engine, threads=threads) as sim:
            sim.run(50.0)
            runs.append(sim.data[probe].values)
    assert np.array_equal(*runs)
    moved = np.flatnonzero((runs[0] != runs[0][0]).any(axis=0))
    assert moved.tolist() == [3, 41, 70]
    assert np.unique(runs[0][-1, moved]).size == 3


def test_files_and_copies_hold_scattered_neurons(tmp_path: Path) -> None:
    net = network(None, True)[0]
    net.current(net.populations["cells"][[70, 3, 41]], snn.ConstantCurrent(100.0))
    spec = net.spec()
    for name in ("net.json", "net.h5"):
        spec.save(tmp_path / name)
        read = snn.NetworkSpec.load(tmp_path / name)
        assert read == spec
        assert hash(read) == hash(spec)
        wires = next(p for p in read.projections if p.name == "wires")
        assert np.asarray(wires.source_range).tolist() == PRE.tolist()
    assert snn.Network.from_spec(spec).spec() == spec
    other = snn.Network.from_spec(spec)
    other.current(other.populations["cells"][[70, 41, 3]], snn.ConstantCurrent(100.0))
    assert other.spec() != spec


def test_indices_that_are_contiguous_are_a_range() -> None:
    net = snn.Network(seed=1)
    group = cells(net)
    mask = np.zeros(N, bool)
    mask[10:20] = True
    for view in (group[mask], group[list(range(10, 20))], group[10:20:1], group[np.arange(10, 20)]):
        assert net.projection(view, view, snn.AllToAll(), weight=1.0, delay=1.0).spec.source_range == (10, 20)
    assert isinstance(
        net.projection(group[::2], group, snn.AllToAll(), weight=1.0, delay=1.0).spec.source_range, np.ndarray
    )

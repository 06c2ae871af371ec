"""Rows that projections share, bitmaps of dense rows and narrow weights store and deliver what was described.

The event engine stores every projection by itself and synapse by synapse: it is what the clock engine's
packed rows are held against, beside sums that are known in advance.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import pysnn as snn

FAN = [0.5, 2.0, 2.0, 7.5]
SLOW = {"tau_syn_exc": 1e12, "tau_syn_inh": 1e12, "v_th": 1e9}  # currents count what has arrived


def branching(weight: Any, delay: Any, rule: snn.ConnectionRule | None = None, n: int = 60) -> snn.Network:
    """One source group, each of its neurons firing once, onto three populations and two receptors."""
    net = snn.Network(seed=5)
    source = net.source("source", n, snn.SpikeArray([[1.0 + i] for i in range(n)]))
    for name, size in (("a", 700), ("b", 90), ("c", 33)):
        cells = net.population(name, size, snn.CubaLIF(**SLOW))
        for receptor in ("exc", "inh"):
            net.projection(
                source,
                cells,
                rule or snn.FixedProbability(0.3),
                weight=weight,
                delay=delay,
                receptor=receptor,
                name=f"{name}.{receptor}",
            )
    return net


CASES = {
    "drawn weights, one delay": (snn.Normal(1.0, 0.2), 1.5),
    "drawn weights, a fan": (snn.Normal(1.0, 0.2), FAN),
    "drawn weights and delays": (snn.Uniform(0.5, 1.5), snn.Uniform(0.1, 9.0, step=0.1)),
    "one weight, one delay": (0.75, 1.5),
    "one weight, a fan": (0.75, FAN),
    "one weight, drawn delays": (0.75, snn.Uniform(0.1, 9.0, step=0.1)),
}
RULES = {
    "probability": snn.FixedProbability(0.3),
    "indegree": snn.FixedIndegree(40),  # of 60, with multapses: pairs of several synapses
    "total": snn.FixedTotalNumber(5000),
}


def arrived(sim: snn.Simulation, projection: str) -> NDArray[np.float64]:
    """Sum of the weights by target, from the list of synapses."""
    name = projection.split(".")[0]
    n = next(p.n for p in sim.spec.populations if p.name == name)
    synapses, weights = sim.synapses(projection), sim.weights(projection).astype(np.float64)
    if weights.size == 1:
        weights = np.full(len(synapses), weights[0])
    return np.bincount(synapses.j, weights, n)


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("case", CASES)
def test_packed_rows_hold_and_deliver_what_lists_do(case: str, rule: str, threads: int) -> None:
    net = branching(*CASES[case], RULES[rule])
    with (
        snn.Simulation(net, backend="clock", threads=threads) as clock,
        snn.Simulation(net, backend="event", threads=1) as event,
    ):
        clock.run(100.0)
        for p in net.projections:
            np.testing.assert_array_equal(clock.synapses(p), event.synapses(p))
            np.testing.assert_array_equal(clock.weights(p), event.weights(p))
            shown = [
                row
                for block in clock.weights_view(p)
                for row in zip(
                    block.i().tolist(),
                    block.j().tolist(),
                    np.round(block.delay(), 9).tolist(),
                    np.broadcast_to(block.weight, len(block)).tolist(),
                    strict=True,
                )
            ]
            listed = clock.synapses(p)
            stored = np.broadcast_to(clock.weights(p), len(listed)).tolist()
            given = zip(listed.i.tolist(), listed.j.tolist(), listed.delay.tolist(), stored, strict=True)
            assert sorted(shown) == sorted(given)
            name, receptor = p.split(".")
            # a sum of some hundred weights, decayed with a time constant of 1e12 ms over 100 ms
            np.testing.assert_allclose(clock.state(name, f"i_{receptor}"), arrived(event, p), rtol=1e-9)
            assert clock.delivered()[p] == len(listed)


@pytest.mark.parametrize("case", ["drawn weights, a fan", "one weight, one delay", "one weight, a fan"])
def test_setting_the_weights_of_one_projection_leaves_those_that_share_its_rows(case: str) -> None:
    net = branching(*CASES[case])
    with snn.Simulation(net, backend="clock", threads=2) as sim:
        sim.run(20.0)  # with rows on their way
        before = {p: arrived(sim, p) for p in net.projections}
        others = {p: sim.weights(p) for p in net.projections if p != "b.exc"}
        assert len(sim.synapses("b.exc"))
        half = sim.state("b", "i_exc")
        sim.set_weights("b.exc", np.arange(float(len(sim.synapses("b.exc")))))
        sim.run(80.0)
        for p, weights in others.items():
            np.testing.assert_array_equal(sim.weights(p), weights)
            name, receptor = p.split(".")
            np.testing.assert_allclose(sim.state(name, f"i_{receptor}"), before[p], rtol=1e-9)
        assert np.all(sim.state("b", "i_exc") > half)
        assert sim.weights("b.exc").tolist() == list(range(len(sim.synapses("b.exc"))))


def test_the_rows_of_dense_networks_of_one_weight_take_a_bit_for_each_pair() -> None:
    net = snn.Network(seed=1)
    cells = net.population("cells", 2048, snn.LIF())
    net.projection(cells, cells, snn.FixedProbability(0.5), weight=0.1, delay=1.0)
    with snn.Simulation(net, backend="clock", threads=1) as sim:
        # a bit for each of two pairs, and for each of 2,048 rows two bounds, a place and a delay of 14 bytes
        assert sim.memory()["synapse_bytes"] < 2048 * 2048 / 8 + 2048 * 16 + 64


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_more_arrivals_than_sixteen_bits_count(dtype: str) -> None:
    """70,000 spikes of one weight at one neuron and step: 2^16 is 65,536."""
    n = 70_000
    net = snn.Network(seed=1)
    source = net.source("source", n, snn.SpikeArray([[1.0]] * n))
    cells = net.population("cells", 3, snn.CubaLIF(**SLOW))
    net.projection(source, cells, snn.AllToAll(), weight=0.5, delay=1.0)
    with snn.Simulation(net, backend="clock", dtype=dtype, threads=1) as sim:
        sim.run(2.0)
        assert sim.state(cells, "i_exc").tolist() == [0.5 * n] * 3


def test_narrow_weights_are_numpys() -> None:
    given = np.concatenate([
        np.random.default_rng(7).normal(0.0, 100.0, 4000),
        [0.0, -0.0, 65503.0, -65503.0, 6e-8, 1e-9, -3e-5, 6.1e-5, 1.0 + 2.0**-11, 1.0 + 3 * 2.0**-11],
    ])  # fmt: skip
    net = snn.Network(seed=1)
    source = net.source("source", 1, snn.SpikeArray([[1.0]]))
    cells = net.population("cells", given.size, snn.CubaLIF(**SLOW))
    i, j = np.zeros(given.size, np.uint32), np.arange(given.size, dtype=np.uint32)
    p = net.projection(source, cells, snn.FromCOO(i, j), weight=given, delay=1.0)
    expected = given.astype(np.float32).astype(np.float16)
    with snn.Simulation(net, backend="clock", weight_dtype="float16") as sim:
        assert sim.weights(p).dtype == np.float16
        np.testing.assert_array_equal(sim.weights(p), expected)
        sim.run(2.0)
        # float64 states: what arrives is the rounded weight
        np.testing.assert_allclose(sim.state(cells, "i_exc"), expected.astype(np.float64), rtol=1e-9)
        sim.set_weights(p, given[::-1])
        np.testing.assert_array_equal(sim.weights(p), expected[::-1])
        with pytest.raises(snn.ParameterError, match=r"float16 reaches to 65504"):
            sim.set_weights(p, 1e5)


def test_weights_beyond_a_narrow_type_are_an_error() -> None:
    with pytest.raises(snn.ParameterError, match=r"weight: float16 reaches to 65504 .got 1e\+?05.*float32"):
        snn.Simulation(branching(1e5, 1.0), backend="clock", weight_dtype="float16")


def test_learning_weights_keep_the_precision_of_the_states() -> None:
    net = snn.Network(seed=1)
    cells = net.population("cells", 10, snn.LIF())
    rule = snn.PairSTDP(w_max=1.0)
    p = net.projection(cells, cells, snn.AllToAll(), weight=snn.Uniform(0.1, 0.2), delay=1.0, plasticity=rule)
    with snn.Simulation(net, backend="clock", dtype="float32", weight_dtype="float16") as sim:
        assert sim.weights(p).dtype == np.float32


@pytest.mark.parametrize("backend", ["event"])
def test_other_engines_refuse_weights_of_another_type(backend: str) -> None:
    with pytest.raises(snn.BackendUnsupported, match=r"'event'.*weight_dtype='float64' \(got 'float16'"):
        snn.Simulation(branching(1.0, 1.0), backend=backend, weight_dtype="float16")


def test_an_unknown_weight_type_is_an_error() -> None:
    with pytest.raises(snn.UnknownNameError, match=r"weight_dtype.*float16"):
        snn.Simulation(branching(1.0, 1.0), weight_dtype="float61")

"""Neurons of their own parameters: divided populations, threads, and a NumPy simulator of one line a step."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import pysnn as snn
from pysnn.neurons.base import NeuronModel

from .strategies import FEW, THREADED, THREADS

Floats = NDArray[np.float64]
MODELS = ["LIF", "CubaLIF", "AlphaLIF", "ALIF", "CobaLIF"]


def values(name: str, n: int, rng: np.random.Generator) -> dict[str, Floats]:
    """Some of a model's numbers, each neuron's own."""
    of = {
        "tau_m": rng.uniform(5.0, 30.0, n),
        "v_th": rng.uniform(-58.0, -50.0, n),
        "v_reset": rng.uniform(-75.0, -62.0, n),
        "t_ref": np.round(rng.uniform(0.0, 4.0, n), 1),
        "i_e": rng.uniform(0.0, 400.0, n),
        "tau_syn_exc": rng.choice([1.0, 2.0, 5.0, 10.0], n),
        "beta": rng.uniform(0.0, 4.0, n),
        "g_l": rng.uniform(8.0, 15.0, n),
    }
    known = NeuronModel.registry.get(name, "test").number_names()
    return {parameter: column for parameter, column in of.items() if parameter in known}


def wired(name: str, n: int, seed: int, cuts: tuple[int, ...]) -> snn.Network:
    """``n`` neurons in as many populations as ``cuts`` makes; weights are multiples of 1/4, sums exact."""
    rng = np.random.default_rng(seed)
    kind = NeuronModel.registry.get(name, "test")
    columns = values(name, n, rng)
    pairs = 6 * n
    i, j = rng.integers(0, n, pairs), rng.integers(0, n, pairs)
    unit = {"mV": 0.25, "pA": 10.0, "nS": 0.25}[kind.weight_unit]
    weight, delay = unit * rng.integers(1, 8, pairs), rng.integers(5, 30, pairs) / 10
    trains = [np.unique(rng.integers(1, 300, 10)) / 10 for _ in range(n)]
    net = snn.Network(seed=3)
    bounds = [0, *cuts, n]
    parts = []
    for a, b in itertools.pairwise(bounds):
        model: Any = kind(**{p: column[a:b] for p, column in columns.items()})
        parts.append((a, b, net.population(f"p{a}", b - a, model)))
    for a, b, cells in parts:
        source = net.source(f"s{a}", b - a, snn.SpikeArray(trains[a:b]))
        net.projection(source, cells, snn.OneToOne(), weight=8.0 * unit, delay=1.0)
        net.probe(cells, "spikes", name=f"spikes{a}")
    for a, b, pre in parts:
        for c, d, post in parts:
            here = (i >= a) & (i < b) & (j >= c) & (j < d)
            if here.any():
                rule = snn.FromCOO(i[here] - a, j[here] - c)
                weights, delays = snn.Array(weight[here]), snn.Array(delay[here])
                net.projection(pre, post, rule, weight=weights, delay=delays)
    return net


def spikes(net: snn.Network, backend: str, **options: Any) -> tuple[Floats, NDArray[np.int64]]:
    with snn.Simulation(net, backend=backend, **options) as sim:
        sim.run(40.0)
        found = []
        for name in net.populations:
            first = int(name[1:])
            data = sim.data[f"spikes{first}"]
            found.append(np.array([data.t, np.asarray(data.i) + first]))
    t, i = np.concatenate(found, axis=1)
    order = np.lexsort((i, t))
    return t[order], i[order].astype(np.int64)


@pytest.mark.parametrize("backend", ["clock", "event"])
@given(st.sampled_from(MODELS), st.integers(12, 40), st.integers(0, 2**20), st.data())
@FEW
def test_parts_of_a_population_are_the_whole(
    backend: str, name: str, n: int, seed: int, data: st.DataObject
) -> None:
    cut = data.draw(st.integers(1, n - 1))
    whole = spikes(wired(name, n, seed, ()), backend)
    parts = spikes(wired(name, n, seed, (cut,)), backend)
    np.testing.assert_array_equal(whole[1], parts[1])
    np.testing.assert_array_equal(whole[0], parts[0])


@pytest.mark.parametrize("backend", ["clock", "event", "auto"])
@given(st.sampled_from(MODELS), st.integers(70, 200), st.integers(0, 2**20), THREADS)
@THREADED
def test_threads_change_no_bit(backend: str, name: str, n: int, seed: int, threads: int) -> None:
    one = spikes(wired(name, n, seed, ()), backend, threads=1)
    several = spikes(wired(name, n, seed, ()), backend, threads=threads)
    np.testing.assert_array_equal(one[0], several[0])
    np.testing.assert_array_equal(one[1], several[1])


@given(st.integers(2, 40), st.integers(0, 2**20))
@FEW
def test_as_a_simulator_in_numpy(n: int, seed: int) -> None:
    """LIF on the grid of 0.1 ms: exact decay, arrivals at the end of a step, then the threshold."""
    rng = np.random.default_rng(seed)
    p = values("LIF", n, rng) | {"c_m": rng.uniform(200.0, 300.0, n), "e_l": rng.uniform(-72.0, -68.0, n)}
    steps, weight = 400, 4.0
    arrives = rng.random((steps + 1, n)) < 0.05
    arrives[:8] = False
    net = snn.Network(seed=1)
    cells = net.population("cells", n, snn.LIF(**p))  # type: ignore[arg-type]
    trains = [np.flatnonzero(arrives[:, k]) / 10 - 0.5 for k in range(n)]
    source = net.source("source", n, snn.SpikeArray(trains))
    net.projection(source, cells, snn.OneToOne(), weight=weight, delay=0.5)
    net.probe(cells, "spikes", name="spikes")
    with snn.Simulation(net, backend="clock", dt=0.1) as sim:
        sim.run(steps / 10)
        got_t, got_i = np.asarray(sim.data["spikes"].t), np.asarray(sim.data["spikes"].i)

    decay = np.exp(-0.1 / p["tau_m"])
    drive = p["tau_m"] / p["c_m"] * (1.0 - decay) * p["i_e"]
    held = np.round(p["t_ref"] / 0.1)
    v, left = p["e_l"].copy(), np.zeros(n)
    expected = []
    for step in range(1, steps + 1):
        free = left <= 0
        v = np.where(free, p["e_l"] + (v - p["e_l"]) * decay + drive + weight * arrives[step], v)
        left = np.maximum(left - 1, 0)
        fires = free & (v >= p["v_th"])
        v[fires], left[fires] = p["v_reset"][fires], held[fires]
        expected += [(step / 10, k) for k in np.flatnonzero(fires)]
    assert len(expected) == len(got_t)
    np.testing.assert_allclose(got_t, [t for t, _ in expected])
    np.testing.assert_array_equal(got_i, [k for _, k in expected])

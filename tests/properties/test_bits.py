"""Results are the same bits however a run is divided, watched, threaded or written down."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import Case, Result
from oracle.compare import assert_same_bits
from oracle.pysnn_runner import Built, collect, declare, run_pysnn

import pysnn as snn

from .strategies import BACKENDS, FEW, FOR_THREADS, THREADED, THREADS, cases


def grid(backend: str) -> dict[str, float]:
    return {} if backend == "event" else {"dt": 0.1}


@pytest.mark.parametrize("backend", BACKENDS)
@FEW
@given(case=cases(), cuts=st.lists(st.integers(0, 600), max_size=5))
def test_divided_runs(backend: str, case: Case, cuts: list[int]) -> None:
    steps = round(case.t_stop / 0.1)
    edges = [0, *sorted(min(c, steps) for c in cuts), steps]
    parts = [round(0.1 * b, 9) for b in np.diff(edges)]
    whole = run_pysnn(case, backend, sample_every=0.5)
    assert_same_bits(run_pysnn(case, backend, parts=parts, sample_every=0.5), whole)


@pytest.mark.parametrize("backend", BACKENDS)
@FEW
@given(case=cases(), cuts=st.lists(st.integers(1, 100), min_size=1, max_size=5))
def test_reading_between_runs_changes_nothing(backend: str, case: Case, cuts: list[int]) -> None:
    whole = run_pysnn(case, backend)
    built = declare(case)
    with snn.Simulation(built.net, backend=backend, threads=1, **grid(backend)) as sim:
        for cut in cuts:
            until = min(cut * case.t_stop / 100, case.t_stop)
            sim.run(round(max(until - sim.time, 0.0), 1))
            look(sim, built)
        sim.run(case.t_stop - sim.time if backend == "event" else round(case.t_stop - sim.time, 1))
        assert_same_bits(collect(case, built, sim), whole)


def look(sim: snn.Simulation, built: Built) -> None:
    """Read everything there is to read."""
    for projection in built.projections.values():
        sim.weights(projection)
        sim.weights_view(projection)
        sim.synapses(projection)
    for probe in (*built.spikes.values(), *built.changes.values()):
        len(sim.data[probe].t)
    for name, group in built.groups.items():
        if name in built.net.populations:
            sim.state(group, "v")
    sim.delivered()
    sim.profile()


@pytest.mark.parametrize("backend", BACKENDS)
@THREADED
@given(case=cases(sizes=FOR_THREADS), threads=THREADS)
def test_threads(backend: str, case: Case, threads: int) -> None:
    one = run_pysnn(case, backend, threads=1, sample_every=0.5)
    assert_same_bits(run_pysnn(case, backend, threads=threads, sample_every=0.5), one)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@THREADED
@given(case=cases(sizes=FOR_THREADS), threads=THREADS)
def test_threads_in_both_precisions_in_parts(dtype: str, case: Case, threads: int) -> None:
    steps = round(case.t_stop / 0.1)
    parts = [round(0.1 * b, 9) for b in np.diff([0, steps // 3, steps])]
    one = run_pysnn(case, "clock", threads=1, dtype=dtype)
    assert_same_bits(run_pysnn(case, "clock", threads=threads, dtype=dtype, parts=parts), one)


def drawn(seed: int, n: int, plastic: bool) -> snn.Network:
    """A network whose connectivity, weights, delays and input are all drawn by pysnn."""
    net = snn.Network(seed=seed)
    model = snn.LIF(tau_m=20.0, e_l=0.0, v_th=20.0, v_reset=10.0)
    cells = net.population("cells", n, model, init={"v": snn.Uniform(0.0, 19.0)})
    noise = net.source("noise", 2 * n, snn.Poisson(rate=300.0))
    inputs = min(10, n)
    net.projection(noise, cells, snn.FixedIndegree(inputs, multapses=False), weight=2.0, delay=1.0, name="in")
    net.projection(
        cells,
        cells,
        snn.FixedProbability(0.3),
        weight=snn.Normal(1.0, 0.5, min=0.0, max=4.0),
        delay=snn.Uniform(0.1, 5.0, step=0.1),
        plasticity=snn.PairSTDP(w_max=4.0, mu_plus=0.2, mu_minus=0.2) if plastic else None,
        name="rec",
    )
    net.projection(cells[: n // 2], cells, snn.FixedOutdegree(3), weight=-4.0, delay=[0.3, 2.0], name="fan")
    net.probe(cells, "spikes", name="spikes")
    net.probe(noise, "spikes", name="noise spikes")
    return net


def outcome(
    net: snn.Network | snn.NetworkSpec, backend: str, parts: list[float], **options: Any
) -> list[np.ndarray]:
    with snn.Simulation(net, backend=backend, **grid(backend), **options) as sim:
        for part in parts:
            sim.run(part)
        spikes, noise = sim.data["spikes"], sim.data["noise spikes"]
        lists = [sim.synapses(name) for name in ("in", "rec", "fan")]
        weights = [sim.weights(name) for name in ("in", "rec", "fan")]
        return [spikes.t, spikes.i, noise.t, noise.i, *lists, *weights]


def assert_equal(a: list[np.ndarray], b: list[np.ndarray]) -> None:
    for mine, other in zip(a, b, strict=True):
        assert np.array_equal(mine, other)


@pytest.mark.parametrize("backend", BACKENDS)
@THREADED
@given(
    seed=st.integers(0, 2**32),
    n=st.integers(2, 5) | st.integers(*FOR_THREADS),
    plastic=st.booleans(),
    threads=THREADS,
    cut=st.integers(0, 200),
)
def test_drawn_networks_and_poisson(
    backend: str, seed: int, n: int, plastic: bool, threads: int, cut: int
) -> None:
    net = drawn(seed, n, plastic)
    reference = outcome(net, backend, [20.0], threads=1)
    parts = [round(0.1 * cut, 9), round(20.0 - 0.1 * cut, 9)]
    assert_equal(outcome(net, backend, parts, threads=threads), reference)
    again = snn.NetworkSpec.from_json(net.spec().to_json())
    assert_equal(outcome(again, backend, [20.0], threads=1), reference)


@pytest.mark.parametrize("backend", BACKENDS)
@FEW
@given(case=cases())
def test_spec_through_json(backend: str, case: Case) -> None:
    built = declare(case)
    text = built.net.spec().to_json()
    spec = snn.NetworkSpec.from_json(text)
    assert spec.to_json() == text
    results: list[Result] = []
    for net in (built.net, spec):
        with snn.Simulation(net, backend=backend, threads=1, **grid(backend)) as sim:
            sim.run(case.t_stop)
            results.append(collect(case, built, sim))
    assert_same_bits(*results)


@pytest.mark.filterwarnings("ignore:Generating overly large repr")  # cases may hold thousands of spikes
@pytest.mark.parametrize("backend", BACKENDS)
@THREADED
@given(case=cases(sizes=FOR_THREADS))
def test_unrelated_objects_and_their_order_do_not_matter(backend: str, case: Case) -> None:
    plain = declare(case, seed=3)
    crowded = declare(case, seed=3)
    # strangers before nothing of the case can be declared: a network of their own in front and behind
    net = snn.Network(seed=3)
    stranger = net.population("stranger", 7, snn.CubaLIF(i_e=600.0))
    noise = net.source("stranger noise", 7, snn.Poisson(200.0))
    net.projection(noise, stranger, snn.AllToAll(), weight=50.0, delay=0.1)
    mixed = snn.NetworkSpec(
        seed=3,
        populations=(*net.spec().populations, *crowded.net.spec().populations),
        sources=(*net.spec().sources, *crowded.net.spec().sources),
        projections=(*net.spec().projections, *crowded.net.spec().projections),
        currents=crowded.net.spec().currents,
        probes=crowded.net.spec().probes,
    )
    results = []
    for network in (plain.net.spec(), mixed):
        with snn.Simulation(network, backend=backend, threads=5, **grid(backend)) as sim:
            sim.run(case.t_stop)
            results.append(collect(case, plain, sim))
    assert_same_bits(*results)

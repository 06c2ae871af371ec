"""Seconds of learning networks: many short runs beside a long one, an event, a target that fires often."""

from __future__ import annotations

import time

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

import pysnn as snn
from pysnn import networks

ROUNDS = 3


def a_million_plastic_synapses(rate: float, rule: snn.PlasticityRule | None = None) -> snn.Network:
    """1,000 sources of ``rate`` Hz onto 1,000 neurons that a background fires at some Hz."""
    net = snn.Network(seed=1)
    source, noise = (
        net.source("source", 1000, snn.Poisson(rate)),
        net.source("noise", 1000, snn.Poisson(1000.0)),
    )
    cells = net.population("cells", 1000, snn.LIF(), init={"v": snn.Uniform(-70.0, -55.0)})
    net.projection(noise, cells, snn.OneToOne(), weight=2.0, delay=1.0)
    net.projection(
        source,
        cells,
        snn.AllToAll(),
        weight=snn.Uniform(0.0, 0.01),
        delay=1.0,
        plasticity=rule or snn.PairSTDP(w_max=0.02),
        modulator=net.modulator("reward") if isinstance(rule, snn.RewardSTDP) else None,
    )
    return net


@pytest.mark.parametrize("runs", [1, 1000])
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("backend", ["clock", "event"])
def test_a_second_in_many_runs(benchmark: BenchmarkFixture, backend: str, threads: int, runs: int) -> None:
    """1,000 runs of 1 ms shall take at most twice one run of a second."""
    benchmark.group = f"a second with a million plastic synapses, {backend}, {threads} threads"
    with snn.Simulation(a_million_plastic_synapses(10.0), backend=backend, threads=threads) as sim:
        sim.run(10.0)

        def second() -> None:
            for _ in range(runs):
                sim.run(1000.0 / runs)
            sim.weights("source->cells")

        benchmark.pedantic(second, rounds=ROUNDS, iterations=1)


RULES = {
    "pair": snn.PairSTDP(w_max=0.02),
    "triplet": snn.TripletSTDP(w_max=0.02),
    "vogels": snn.VogelsSTDP(w_max=0.02),
    "instar": snn.InstarSTDP(c=0.01),
    "triplet_bcm": snn.TripletBCM(w_max=0.02),
    "clopath": snn.ClopathSTDP(w_max=0.02),
    "scaling": snn.SynapticScaling(a_plus=1e-4, a_minus=0.01, w_max=0.02),
    "bcm": snn.BCM(w_max=0.02),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("rule", RULES)
def test_a_rule(benchmark: BenchmarkFixture, rule: str, dtype: str) -> None:
    """Triplets shall take at most one and a half times what pairs take."""
    benchmark.group = f"300 ms of a million synapses that learn, {dtype}, 1 thread"
    with snn.Simulation(a_million_plastic_synapses(10.0, RULES[rule]), threads=1, dtype=dtype) as sim:
        sim.run(100.0)
        benchmark.pedantic(sim.run, args=(300.0,), rounds=ROUNDS, iterations=1)


OTHERS = {
    "hebb": snn.Hebb(),
    "oja": snn.Oja(),
    "diehl_cook": snn.DiehlCookSTDP(),
    "power_law": snn.PowerLawSTDP(w_0=0.01),
    "powers": snn.PairSTDP(mu_plus=0.3, mu_minus=0.3, w_max=0.02),
    "reward": snn.RewardSTDP(w_max=0.02),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_rules_beside_pairs(dtype: str) -> None:
    """Printed: processor time of the same 300 ms, least of three in turn, over that of PairSTDP."""
    rules = RULES | OTHERS
    sims, took = {}, dict.fromkeys(rules, float("inf"))
    for name, rule in rules.items():
        sims[name] = snn.Simulation(a_million_plastic_synapses(10.0, rule), threads=1, dtype=dtype)
        sims[name].run(100.0)
    for _ in range(3):
        for name, sim in sims.items():
            begun = time.process_time()
            sim.run(300.0)
            took[name] = min(took[name], time.process_time() - begun)
    print(f"\n{dtype}: " + ", ".join(f"{name} {took[name] / took['pair']:.2f}" for name in rules))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ["brunel", "brunel_stdp"])
def test_a_synaptic_event(benchmark: BenchmarkFixture, name: str, dtype: str) -> None:
    """``extra_info`` has ns an event of the 10 million synapses that learn in one of the two networks."""
    benchmark.group = f"100 ms of brunel, static and learning, {dtype}, 1 thread"
    with snn.Simulation(networks.find(name)(), threads=1, dtype=dtype) as sim:
        sim.run(100.0)
        before = sim.delivered()["exc->exc"]
        benchmark.pedantic(sim.run, args=(100.0,), rounds=ROUNDS, iterations=1)
        events = (sim.delivered()["exc->exc"] - before) / ROUNDS
        benchmark.extra_info["ns_an_event"] = benchmark.stats.stats.min / events * 1e9


@pytest.mark.parametrize("current", [1e7, 4e7], ids=["n", "4n"])
def test_a_spike_of_a_fast_target(benchmark: BenchmarkFixture, current: float) -> None:
    """``extra_info`` has us a spike, which shall not depend on how many there are in a window."""
    benchmark.group = "20 ms of one neuron that fires without end"

    def simulation() -> tuple[tuple[snn.Simulation], dict[str, object]]:
        net = snn.Network(seed=1)
        source = net.source("source", 1, snn.Poisson(1.0))
        cell = net.population("cell", 1, snn.LIF(t_ref=0.0))
        rule = snn.PairSTDP(w_max=1.0)
        net.projection(source, cell, snn.AllToAll(), weight=0.5, delay=20.0, plasticity=rule)
        net.current(cell, snn.StepCurrent([1.0], [current]))
        return (snn.Simulation(net, backend="event", threads=1),), {}

    spikes = []

    def run(sim: snn.Simulation) -> None:
        sim.run(20.0)
        spikes.append(sim.spike_counts()["cell"])

    benchmark.pedantic(run, setup=simulation, rounds=ROUNDS, iterations=1)
    benchmark.extra_info["us_a_spike"] = benchmark.stats.stats.min / spikes[0] * 1e6

"""What choosing costs, and whether it pays: ``auto`` beside both engines, building and running.

``extra_info`` (with --benchmark-json) names the engines that were chosen. auto should run no slower than the
faster of the two, and build a large network in at most 1.3 times what the chosen engine takes.
"""

from __future__ import annotations

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

import pysnn as snn
from pysnn import networks

STRETCH = {"readme": 500.0, "mixed": 500.0, "cuba": 1000.0, "sparse": 200.0}  # ms of a round
BUILT = ["readme", "cuba", "sparse", "brunel", "microcircuit"]
ROUNDS = 3
ENGINES = ["clock", "event", "auto"]


def readme() -> snn.Network:
    """Some thousand neurons that learn, as the README has them."""
    net = snn.Network(seed=42)
    lif = snn.CubaLIF(tau_m=20.0, tau_syn_exc=5.0, tau_syn_inh=10.0, e_l=-60.0, v_th=-50.0, v_reset=-60.0)
    exc = net.population("exc", 3200, lif, init={"v": snn.Uniform(-60.0, -50.0)})
    inh = net.population("inh", 800, lif, init={"v": snn.Uniform(-60.0, -50.0)})
    noise = net.source("noise", 4000, snn.Poisson(8.0))
    pairs, fan = snn.FixedProbability(0.02), [0.5, 2.0, 5.0, 10.0]
    net.projection(noise, exc, snn.FixedIndegree(80), weight=60.0, delay=1.0)
    net.projection(exc, inh, pairs, weight=12.0, delay=fan)
    net.projection(inh, exc, pairs, receptor="inh", weight=-180.0, delay=0.8)
    rule = snn.PairSTDP(a_plus=0.010, a_minus=0.0105, w_max=40.0)
    net.projection(exc, exc, pairs, weight=snn.Normal(12.0, 3.0, min=0.0), delay=fan, plasticity=rule)
    return net


def mixed() -> snn.Network:
    """4,000 neurons that are busy by themselves, and 20,000 that hear little of them."""
    net = snn.Network(seed=3)
    busy = net.population("busy", 4000, snn.CubaLIF(i_e=400.0), init={"v": snn.Uniform(-70.0, -56.0)})
    quiet = net.population("quiet", 20_000, snn.CubaLIF())
    net.projection(busy, busy, snn.FixedIndegree(90), weight=snn.Uniform(0.0, 1.5), delay=[1.0, 2.5])
    net.projection(busy, quiet, snn.FixedIndegree(2), weight=snn.Uniform(0.0, 30.0), delay=1.5)
    return net


def described(name: str) -> snn.Network:
    own = {"readme": readme, "mixed": mixed}
    if name in own:
        return own[name]()
    return networks.microcircuit(scale=0.2) if name == "microcircuit" else networks.find(name)()


@pytest.mark.parametrize("backend", ENGINES)
@pytest.mark.parametrize("name", STRETCH)
def test_run(benchmark: BenchmarkFixture, name: str, backend: str) -> None:
    benchmark.group = f"auto, {name}: {STRETCH[name]:g} ms of model time"
    with snn.Simulation(described(name), backend=backend, threads=1) as sim:
        sim.run(50.0)
        benchmark.pedantic(sim.run, args=(STRETCH[name],), rounds=ROUNDS, iterations=1)
        benchmark.extra_info["engines"] = {group: choice.engine for group, choice in sim.engines.items()}
        assert sum(sim.spike_counts().values()) > 0


@pytest.mark.parametrize("backend", ENGINES)
@pytest.mark.parametrize("name", BUILT)
def test_build(benchmark: BenchmarkFixture, name: str, backend: str) -> None:
    benchmark.group = f"auto, {name}: building"
    net = described(name)

    def build() -> float:
        with snn.Simulation(net, backend=backend, threads=1) as sim:
            return sim.memory()["synapses"]

    assert benchmark.pedantic(build, rounds=ROUNDS, iterations=1) > 0

"""What OpenCL takes between runs, trials and checkpoints: the clock engine's bits in all of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pysnn as snn

from .test_opencl import RULES, assert_same_bits, network, outcome

pytestmark = pytest.mark.opencl

PARTS = (30.0, 20.0, 30.0)


def parameters(sim: Any) -> None:
    """Some become each neuron's own; spikes may come more often than before; sources change."""
    if sim.time < 31.0:
        sim.set_parameters("exc", v_th=np.linspace(-53.0, -49.0, 131), t_ref=0.2)
        sim.set_parameters("counts", rate=2000.0)
    else:
        sim.set_parameters("inh", tau_m=12.0)
        sim.set_parameters("exc", v_th=-51.0)
        sim.set_parameters("waits", rate=np.linspace(10.0, 90.0, 50))


def currents(sim: Any) -> None:
    if sim.time < 31.0:
        sim.inject("exc", snn.NoiseCurrent(30.0, 60.0, interval=0.5))
        sim.inject("inh", snn.SineCurrent(50.0, 40.0))
    elif sim.time < 51.0:
        sim.injections[-1].replace(snn.StepCurrent([60.0], [90.0]))
    else:
        sim.injections[-1].stop()


def learning(sim: Any) -> None:
    sim.set_learning("learns", sim.time > 45.0)


def reset(sim: Any) -> None:
    """Time goes on; then from the beginning, but for a state."""
    if sim.time < 51.0:
        sim.reset(keep=("weights", "exc.i_exc"), from_zero=sim.time > 31.0)


@pytest.mark.parametrize("act", [parameters, currents, learning, reset], ids=lambda act: act.__name__)
def test_what_changes_between_runs(act: Callable[[Any], None]) -> None:
    net = network(RULES["additive"], 0.5)
    assert_same_bits(outcome(net, "opencl", PARTS, act), outcome(net, "clock", PARTS, act))


def test_a_checkpoint_goes_on_as_if_nothing_had_been(tmp_path: Path) -> None:
    net = network(RULES["multiplicative"], 0.5)

    def end(sim: snn.Simulation) -> dict[str, Any]:
        sim.run(35.0)
        shown = {name: sim.weights(name) for name in ("learns", "bursts", "drive")}
        shown |= {state: sim.state("exc", state) for state in ("v", "i_exc", "i_inh")}
        return shown | {
            "t": sim.data["exc spikes"].t,
            "v probe": sim.data["v"].values,
            "all": sim.delivered(),
        }

    with snn.Simulation(net, backend="opencl") as sim:
        sim.run(30.3)
        sim.set_parameters("exc", v_th=np.linspace(-53.0, -49.0, 131))
        sim.set_parameters("counts", rate=2500.0)
        sim.set_weights("given", 40.0)
        sim.inject("exc", snn.NoiseCurrent(30.0, 60.0, interval=0.5))
        sim.set_learning("bursts", False)
        sim.run(5.0)
        sim.save(tmp_path / "there")
        whole = end(sim)
    with snn.resume(tmp_path / "there") as sim:
        assert_same_bits(end(sim), whole)


def trial_network(rule: snn.PlasticityRule | None) -> snn.Network:
    net = snn.Network(seed=3)
    cells = net.population("cells", 20, snn.ALIF(beta=1.0), init={"v": snn.Uniform(-70.0, -60.0)})
    eye, noise = net.source("eye", 10, snn.Input()), net.source("noise", 20, snn.Poisson(800.0))
    net.projection(eye, cells, snn.FixedProbability(0.5), weight=snn.Uniform(0.0, 4.0), delay=[1.0, 2.0],
                   plasticity=rule, name="in")  # fmt: skip
    net.projection(noise, cells, snn.OneToOne(), weight=2.0, delay=1.0)
    net.current(cells, snn.NoiseCurrent(20.0, 80.0, interval=1.0))
    return net


@pytest.mark.parametrize(
    "rule", [None, snn.PairSTDP(a_plus=0.05, a_minus=0.04, w_max=5.0)], ids=["fixed", "learns"]
)
def test_trials(rule: snn.PlasticityRule | None) -> None:
    rng = np.random.default_rng(2)
    inputs = [
        snn.SpikeTrains(
            np.sort(np.round(rng.integers(1, 290, 40) * 0.1, 9)), rng.integers(0, 10, 40), 10, 30.0
        )
        for _ in range(4)
    ]
    seen = []
    for backend in ("clock", "opencl"):
        with snn.Simulation(trial_network(rule), backend=backend) as sim:
            sim.run(3.0)
            sim.set_parameters("cells", v_th=-56.0)
            results = sim.run_trials(
                inputs, 30.0, keys=[0, 5, 6, 7], spikes="cells", carry="cells.b", states="cells.v"
            )
            sim.run(3.0)
            shown = {"counts": results.counts("cells"), "v": results.states("cells", "v")}
            shown |= {"b": sim.state("cells", "b"), "weights": sim.weights("in")}
            for trial, spikes in enumerate(results.spikes("cells")):
                shown |= {f"t {trial}": spikes.times, f"i {trial}": spikes.indices}
            seen.append(shown)
    assert_same_bits(*seen)
    assert seen[0]["counts"].sum() > 40


@pytest.mark.filterwarnings("error")
def test_a_current_beyond_single_precision_is_infinite_as_on_clock() -> None:
    def fired(engine: str) -> object:
        net = snn.Network(seed=1)
        cells = net.population("cells", 2, snn.LIF())
        net.current(cells[:1], snn.ConstantCurrent(1e300))
        spikes = net.probe(cells, "spikes")
        with snn.Simulation(net, backend=engine, dt=0.1, dtype="float32") as sim:
            sim.run(10.0)
            return sim.data[spikes].t.tolist(), sim.data[spikes].i.tolist()

    assert fired("opencl") == fired("clock")

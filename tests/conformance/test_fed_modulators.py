"""Modulators whose moments are spikes, against the same moments set one by one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pysnn as snn

GAIN, DELAY = -0.3, 1.5
RULES: dict[str, snn.PlasticityRule] = {
    "reward": snn.RewardSTDP(a_plus=3e-3, a_minus=2e-3, tau_c=150.0, tau_n=60.0, b=0.05, w_max=6.0),
    "three_factor": snn.ThreeFactorSTDP(eta=0.5, tau_e=40.0),
    "delta": snn.DeltaRule(eta=0.2, tau_x=30.0),
    "batches": snn.ThreeFactorSTDP(eta=0.5, tau_e=40.0, batch=1),
}


def network(rule: snn.PlasticityRule, fed_by: str | None, **options: Any) -> snn.Network:
    """Cells that hear a modulator which spikes of dopamine neurons, or of a source, feed, or nobody."""
    net = snn.Network(seed=9)
    noise = net.source("noise", 40, snn.Poisson(50.0))
    bursts = net.source("bursts", 3, snn.Poisson(80.0))
    cells = net.population("cells", 25, snn.LIF(t_ref=1.0))
    dopamine = net.population("dopamine", 4, snn.LIF(t_ref=2.0))
    by = {None: None, "dopamine": dopamine, "bursts": bursts}[fed_by]
    fed: dict[str, Any] = {} if by is None else {"by": by, "weight": GAIN, "delay": DELAY}
    reward = net.modulator("reward", **fed)
    net.projection(
        noise, cells, snn.FixedProbability(0.6), weight=snn.Uniform(1.0, 3.0), delay=[1.0, 3.0],
        plasticity=rule, modulator=reward, dendritic_fraction=0.5, name="w", **options,
    )  # fmt: skip
    net.projection(noise, dopamine, snn.FixedProbability(0.3), weight=4.0, delay=1.0)
    net.projection(cells, dopamine, snn.FixedProbability(0.5), weight=1.0, delay=2.0, name="loop")
    for group in (bursts, dopamine):
        net.probe(group, "spikes", name=group.name)
    return net


def run(
    net: snn.Network, backend: str, parts: tuple[float, ...] = (200.0,), told: Any = (), **options: Any
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    with snn.Simulation(net, backend=backend, **options) as sim:
        for t in told:
            sim.modulate("reward", GAIN, at=t)
        for length in parts:
            sim.run(length)
            sim.weights("w")
        return np.array(sim.weights("w")), {name: sim.data[name].t for name in ("bursts", "dopamine")}


@pytest.mark.parametrize("fed_by", ["dopamine", "bursts"])
@pytest.mark.parametrize("name", RULES)
def test_spikes_are_moments_one_delay_later(backend: str, name: str, fed_by: str) -> None:
    found, spikes = run(network(RULES[name], fed_by), backend)
    moments = [round(t + DELAY, 12) for t in spikes[fed_by].tolist() if t + DELAY <= 200.0]
    assert len(moments) > 20
    told, again = run(network(RULES[name], None), backend, told=moments)
    for group in spikes:
        assert np.array_equal(spikes[group], again[group])
    assert np.array_equal(found, told)
    if name != "batches":
        assert np.abs(found - run(network(RULES[name], None), backend)[0]).max() > 1e-3


@pytest.mark.parametrize("fed_by", ["dopamine", "bursts"])
@pytest.mark.parametrize("name", ["reward", "three_factor"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_threads_reading_and_the_division_of_runs_change_no_bit(
    cpu_backend: str, name: str, fed_by: str, dtype: str
) -> None:
    net = network(RULES[name], fed_by)
    whole, spikes = run(net, cpu_backend, dtype=dtype, threads=1)
    assert spikes[fed_by].size > 20
    for parts, threads in (((0.1, 10.0, 89.9, 100.0), 3), ((70.0, 0.4, 129.6), 2)):
        found, _ = run(net, cpu_backend, parts, dtype=dtype, threads=threads)
        assert np.array_equal(found, whole)


@pytest.mark.parametrize("at", [99.7, 100.0])
@pytest.mark.parametrize("fed_by", ["dopamine", "bursts"])
def test_what_is_under_way_survives_a_checkpoint(
    cpu_backend: str, fed_by: str, at: float, tmp_path: Path
) -> None:
    net = network(RULES["reward"], fed_by)
    whole, _ = run(net, cpu_backend)
    with snn.Simulation(net, backend=cpu_backend, threads=2) as sim:
        sim.run(at)
        sim.save(tmp_path / "at.h5")
    with snn.resume(tmp_path / "at.h5", threads=1) as sim:
        sim.run(200.0 - at)
        assert np.array_equal(np.array(sim.weights("w")), whole)


def test_with_short_term_plasticity_too(cpu_backend: str) -> None:
    law = snn.TsodyksMarkram(U=0.6, tau_rec=200.0)
    found, spikes = run(network(RULES["reward"], "bursts", dynamics=law), cpu_backend)
    moments = [round(t + DELAY, 12) for t in spikes["bursts"].tolist() if t + DELAY <= 200.0]
    told, _ = run(network(RULES["reward"], None, dynamics=law), cpu_backend, told=moments)
    assert np.array_equal(found, told)


def test_a_reset_forgets_what_is_under_way(cpu_backend: str) -> None:
    """The second of two runs is then the first of its noise and its weights."""
    net = network(RULES["three_factor"], "bursts")
    with snn.Simulation(net, backend=cpu_backend) as sim:
        start = np.array(sim.weights("w"))
        sim.run(100.0)
        first = np.array(sim.weights("w"))
        sim.reset()
        sim.set_weights("w", start)
        sim.run(100.0)
        assert np.array_equal(np.array(sim.weights("w")), first)


def test_a_description_keeps_it(tmp_path: Path) -> None:
    spec = network(RULES["reward"], "dopamine").spec()
    for name in ("net.json", "net.h5"):
        spec.save(tmp_path / name)
        assert snn.NetworkSpec.load(tmp_path / name) == spec
    assert snn.Network.from_spec(spec).spec() == spec
    # a file that was written before modulators could be fed
    text = network(RULES["reward"], None).spec().to_json()
    older = re.sub(r',\s*"by": null,\s*"weight": 1.0,\s*"delay": 1.0', "", text, count=1)
    assert older != text
    assert snn.NetworkSpec.from_json(older) == network(RULES["reward"], None).spec()


def test_what_cannot_feed_one_is_refused() -> None:
    net = network(RULES["reward"], None)
    cells, dopamine = net.populations["cells"], net.populations["dopamine"]
    for given, said in (
        ({"by": dopamine, "of": cells}, "a spike is one number for all"),
        ({"by": dopamine, "weight": np.inf}, "modulator 'other': weight"),
        ({"by": dopamine, "delay": 0.0}, "modulator 'other': delay"),
        ({"by": snn.Network().population("cells", 3, snn.LIF())}, "belongs to another network"),
        ({"by": "dopamine"}, "(got its name)"),
    ):
        with pytest.raises(snn.ParameterError, match=re.escape(said)):
            net.modulator("other", **given)
    fed = net.modulator("fed", by=dopamine)
    with pytest.raises(snn.ParameterError, match="EProp goes by steps and takes no spikes for moments"):
        net.projection(
            dopamine, cells, snn.AllToAll(), weight=1.0, delay=1.0, plasticity=snn.EProp(), modulator=fed
        )
    off_grid = snn.Network(seed=1)
    off_grid.modulator("r", by=off_grid.source("s", 1, snn.Poisson(1.0)), delay=0.25)
    with pytest.raises(snn.OffGridError, match="modulator 'r': delay"):
        snn.Simulation(off_grid, backend="clock", dt=0.1)

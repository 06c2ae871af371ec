"""Modulators as they are declared and set: what is refused, what a file keeps, what waits in the queue."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import pysnn as snn


def declared() -> tuple[snn.Network, snn.Population, snn.SourceGroup]:
    net = snn.Network(seed=1)
    return net, net.population("cells", 3, snn.LIF()), net.source("pre", 2, snn.SpikeArray([[1.0], [2.0]]))


def test_what_a_rule_and_a_target_do_not_take_is_refused() -> None:
    net, cells, pre = declared()
    other = net.population("other", 3, snn.LIF())
    reward, each = net.modulator("reward"), net.modulator("each", of=cells)

    def connect(**given: Any) -> None:
        net.projection(pre, cells, snn.AllToAll(), weight=0.1, delay=1.0, **given)

    for given, said in (
        ({"plasticity": snn.RewardSTDP()}, "RewardSTDP learns by one and has none: expected modulator="),
        ({"plasticity": snn.PairSTDP(), "modulator": reward}, "PairSTDP listens to none (got 'reward')"),
        ({"modulator": reward}, "static weights listen to none"),
        ({"plasticity": snn.RewardSTDP(), "modulator": each}, "listens to one number for all (got 'each'"),
        ({"plasticity": snn.RewardSTDP(), "modulator": "reward"}, "got its name"),
        ({"plasticity": snn.RewardSTDP(), "modulator": other}, "expected a Modulator"),
        (
            {"plasticity": snn.RewardSTDP(), "modulator": snn.Network().modulator("reward")},
            "belongs to another network",
        ),
    ):
        with pytest.raises(snn.ParameterError, match=re.escape(said)):
            connect(**given)
    assert not net.projections
    with pytest.raises(snn.ParameterError, match="there is a modulator named 'reward' already"):
        net.modulator("reward")
    with pytest.raises(snn.ParameterError, match=r"of: expected a Population"):
        net.modulator("third", of=pre)  # type: ignore[arg-type]  # a source
    with pytest.raises(snn.ReadOnlyError, match=r"sim\.modulate\(reward, 1\.0\)"):
        reward.value = 1.0  # type: ignore[attr-defined]  # refused


def test_what_is_no_value_is_refused(cpu_backend: str) -> None:
    net, cells, _ = declared()
    reward, each = net.modulator("reward"), net.modulator("each", of=cells)
    with snn.Simulation(net, backend=cpu_backend) as sim:
        sim.modulate(reward, 1.0)
        sim.modulate("each", [1.0, 2.0, 3.0])
        sim.modulate(each, 2.0, at=5.0)
        assert [(c.call, c.target, c.time) for c in sim.pending] == [("modulate", "each", 5.0)]
        for modulator, value, said in (
            (reward, np.nan, "1e+100 (got nan)"),
            (reward, "much", "modulate: 'reward'"),
            (reward, [1.0], "one number for all (got an array of 1)"),
            (each, [1.0, 2.0], "expected 3 values, one a neuron of 'cells' (got 2)"),
            (each, [1.0, np.inf, 2.0], "modulate: 'each'"),
        ):
            with pytest.raises(snn.ParameterError, match=re.escape(said)):
                sim.modulate(modulator, value)
        with pytest.raises(snn.UnknownNameError, match="did you mean 'reward'"):
            sim.modulate("rewards", 1.0)
        with pytest.raises(snn.ParameterError, match="belongs to another network"):
            sim.modulate(snn.Network(seed=2).modulator("each"), 1.0)  # that of ours is of cells
        sim.run(10.0)
        with pytest.raises(snn.ParameterError, match=r"at: must be >= 10 ms, which is now"):
            sim.modulate(reward, 1.0, at=9.0)
    late = net.modulator("late")
    with snn.Simulation(net.spec(), backend=cpu_backend) as sim:
        sim.modulate(late, 0.0)


def test_a_description_keeps_them(tmp_path: Any) -> None:
    net, cells, pre = declared()
    net.modulator("each", of=cells)
    reward = net.modulator("reward")
    net.projection(
        pre, cells, snn.AllToAll(), weight=0.1, delay=1.0, plasticity=snn.RewardSTDP(), modulator=reward
    )
    spec = net.spec()
    for name in ("net.json", "net.h5"):
        spec.save(tmp_path / name)
        assert snn.NetworkSpec.load(tmp_path / name) == spec
    again = snn.Network.from_spec(spec)
    assert again.spec() == spec
    assert list(again.modulators) == ["each", "reward"]
    # a file of the version before has neither modulators nor projections that listen
    text = snn.Network(seed=3).spec().to_json().replace('"version": 5', '"version": 4')
    older = re.sub(r',\s*"(modulators|errors|feedbacks)": \[\]', "", text)
    assert older != text
    assert snn.NetworkSpec.from_json(older) == snn.Network(seed=3).spec()


def test_a_network_that_was_added_to_says_so(cpu_backend: str) -> None:
    net, _, _ = declared()
    with snn.Simulation(net, backend=cpu_backend) as sim:
        net.modulator("late")
        with pytest.raises(snn.ParameterError, match="modulator 'late'"):
            sim.run(1.0)

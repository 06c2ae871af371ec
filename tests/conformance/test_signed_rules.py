"""Rules whose weights may cross zero, three-factor STDP and the delta rule, against an oracle by synapse."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest
from oracle import Case, Delta, ThreeFactorStdp, cuba_lif, lif
from oracle.cases import plastic_pair, random_net
from oracle.compare import assert_same_bits, assert_same_spikes
from oracle.pysnn_runner import run_pysnn

import pysnn as snn

from .conftest import simulate
from .test_learning_switch import TURNS, switched
from .test_plasticity import trains

RULES = {
    "cleared": ThreeFactorStdp(eta=0.2),
    "kept": ThreeFactorStdp(eta=0.2, after="kept"),
    "decays": ThreeFactorStdp(eta=0.2, tau_x=15.0, tau_e=60.0),
    "decays and is kept": ThreeFactorStdp(eta=0.2, tau_e=60.0, after="kept", w_min=-2.0, w_max=1.0),
    "counts": ThreeFactorStdp(eta=0.02, tau_x=math.inf),
    "delta": Delta(eta=0.1),
    "delta of a trace": Delta(eta=0.3, tau_x=25.0, w_min=-0.5, w_max=1.0),
}
MOMENTS = ((40.0, 0.5), (95.3, 1.0), (95.3, -0.25), (180.0, 1.5), (240.0, -0.7), (297.0, 1.0))


def taught(case: Case, *moments: Any) -> Case:
    groups = [dataclasses.replace(g, moments=moments) if g.rule else g for g in case.synapses]
    return dataclasses.replace(case, synapses=tuple(groups))


@pytest.mark.parametrize("turns", [(), TURNS], ids=["on", "switched"])
@pytest.mark.parametrize("fraction", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("rule", RULES.values(), ids=RULES.keys())
def test_one_synapse(
    cpu_backend: str,
    rule: ThreeFactorStdp | Delta,
    fraction: float,
    turns: tuple[tuple[float, bool], ...],
) -> None:
    plain = plastic_pair(rule, *trains(21, n=40), delay=2.0, dendritic_fraction=fraction)
    case = switched(taught(plain, *MOMENTS), *turns)
    ours, oracle = run_pysnn(case, cpu_backend), simulate(case, cpu_backend)
    assert_same_spikes(ours, oracle, atol=1e-9, least=60)
    assert ours.weights[0] == pytest.approx(oracle.weights[0], abs=1e-12)
    assert len(ours.changes[0]) == len(oracle.changes[0]) > 1
    for (t, m, w), (t_oracle, m_oracle, w_oracle) in zip(ours.changes[0], oracle.changes[0], strict=True):
        assert (t, m) == (pytest.approx(t_oracle, abs=1e-9), m_oracle)
        assert w == pytest.approx(w_oracle, abs=1e-12)
    if not turns and rule.w_min < -1.0:
        assert min(w for _, _, w in ours.changes[0]) < 0.0 < 0.5


def net_case(rule: ThreeFactorStdp | Delta, fraction: float, model: str) -> Case:
    rng = np.random.default_rng(3)
    if model == "exp":
        plain = random_net(
            cuba_lif(t_ref=2.0), seed=5, n=20, t_stop=50.0, w_exc=60.0, w_inh=-200.0, w_ext=150.0, p=0.3,
            rate=600.0, rule=dataclasses.replace(rule, eta=20.0, w_min=-150.0, w_max=200.0),
            dendritic_fraction=fraction,
        )  # fmt: skip
        n = 16
    else:
        plain = random_net(
            lif(t_ref=1.0), seed=8, n=30, t_stop=50.0, w_exc=1.5, w_inh=-5.0, w_ext=3.0, p=0.3, rate=800.0,
            rule=dataclasses.replace(rule, eta=1.5, w_min=-2.0, w_max=2.5), dendritic_fraction=fraction,
        )  # fmt: skip
        n = 24
    moments = [(t, rng.normal(0.0, 1.0, n).tolist()) for t in (9.9, 20.0, 20.0, 31.4, 40.0, 49.9)]
    return taught(plain, *moments)


@pytest.mark.parametrize("model", ["exp", "delta"])
@pytest.mark.parametrize("fraction", [0.0, 1.0])
@pytest.mark.parametrize("rule", RULES.values(), ids=RULES.keys())
def test_a_network_learns_by_a_signal_of_each_neuron_as_the_oracle(
    cpu_backend: str, rule: ThreeFactorStdp | Delta, fraction: float, model: str
) -> None:
    case = net_case(rule, fraction, model)
    ours, oracle = run_pysnn(case, cpu_backend), simulate(case, cpu_backend)
    assert_same_spikes(ours, oracle, atol=1e-7, least=20)
    for mine, theirs in zip(ours.weights, oracle.weights, strict=True):
        assert mine == pytest.approx(theirs, abs=1e-7)
    (plastic,) = [w for w, g in zip(ours.weights, case.synapses, strict=True) if g.rule]
    assert (plastic < 0.0).sum() > 3
    assert (plastic > 0.0).sum() > 3


@pytest.mark.parametrize("fraction", [0.0, 1.0])
@pytest.mark.parametrize("name", ["cleared", "decays and is kept", "delta of a trace"])
def test_threads_and_the_division_of_runs_change_no_bit(cpu_backend: str, name: str, fraction: float) -> None:
    case = switched(net_case(RULES[name], fraction, "delta"), (12.0, False), (16.0, True))
    whole = run_pysnn(case, cpu_backend)
    for threads, parts in ((3, [9.9, 0.1, 10.0, 0.1, 0.1, 29.8]), (2, [20.0, 30.0])):
        assert_same_bits(run_pysnn(case, cpu_backend, threads=threads, parts=parts), whole)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("tau_e", "every"), [(math.inf, 1), (40.0, 1), (math.inf, 110)])
def test_reading_and_many_moments_change_no_bit(
    cpu_backend: str, tau_e: float, every: int, dtype: str
) -> None:
    """More moments than are kept before all synapses are brought up to date; read between them.

    Or so few that more arrivals of a source wait for one than are kept.
    """

    def run(read: bool, threads: int) -> tuple[np.ndarray, ...]:
        net = snn.Network(seed=3)
        rate = 40.0 if every == 1 else snn.Array(np.where(np.arange(60) < 3, 500.0, 30.0))
        noise = net.source("noise", 60, snn.Poisson(rate))
        cells = net.population("cells", 50, snn.LIF(t_ref=1.0))
        signal = net.modulator("signal", of=cells)
        wires = net.projection(
            noise, cells, snn.FixedProbability(0.5), weight=snn.Normal(1.5, 1.0), delay=[1.0, 3.0],
            plasticity=snn.ThreeFactorSTDP(eta=0.05, tau_e=tau_e), modulator=signal, dendritic_fraction=0.5,
        )  # fmt: skip
        delta = net.projection(
            noise, cells, snn.FixedProbability(0.2), weight=snn.Normal(1.5, 1.0), delay=0.7,
            plasticity=snn.DeltaRule(eta=0.02, tau_x=30.0), modulator=signal,
        )  # fmt: skip
        spikes = net.probe(cells, "spikes")
        rng = np.random.default_rng(4)
        with snn.Simulation(net, backend=cpu_backend, threads=threads, dtype=dtype) as sim:
            for k in range(300):
                sim.run(1.0)
                if read and rng.random() < 0.3:
                    sim.weights(wires)
                if k % every == every - 1:
                    sim.modulate(signal, np.sin(np.arange(50.0) + k))
                if read and rng.random() < 0.3:
                    sim.weights(wires)
                if k == 150:  # at the same instant as a moment
                    sim.set_weights(wires, sim.weights(wires) * 0.9)
                    sim.modulate(signal, 0.5)
            return sim.weights(wires), sim.weights(delta), sim.data[spikes].t

    plain = run(False, 1)
    assert len(plain[-1]) > 300
    for other in (run(True, 1), run(True, 3)):
        for a, b in zip(other, plain, strict=True):
            np.testing.assert_array_equal(a, b)


def small(rule: snn.PlasticityRule) -> tuple[snn.Network, Any, Any]:
    net = snn.Network(seed=1)
    fed = net.source("fed", 3, snn.Input())
    cells = net.population("cells", 2, snn.LIF(v_th=20.0, e_l=0.0, v_reset=0.0))
    signal = net.modulator("signal", of=cells)
    wires = net.projection(fed, cells, snn.AllToAll(), 30.0, 1.0, plasticity=rule, modulator=signal)
    return net, wires, signal


def test_a_reset_forgets_the_eligibility_and_keeps_the_weights(cpu_backend: str) -> None:
    """Each spike of source 0 fires both cells: e is 1 at once, as a trigger counts as cause."""
    net, wires, signal = small(snn.ThreeFactorSTDP(eta=1.0))
    with snn.Simulation(net, backend=cpu_backend) as sim:
        sim.feed("fed", ([5.0], [0]))
        sim.run(20.0)
        sim.modulate(signal, [1.0, -2.0])  # done before the reset
        sim.reset()
        assert sim.weights(wires).tolist() == [29.0, 32.0, 30.0, 30.0, 30.0, 30.0]
        sim.run(1.0)
        sim.modulate(signal, 1.0)
        sim.run(20.0)
        assert sim.weights(wires).tolist() == [29.0, 32.0, 30.0, 30.0, 30.0, 30.0]
        sim.feed("fed", ([25.0], [1]))
        sim.run(20.0)
        sim.modulate(signal, 1.0)
        assert sim.weights(wires).tolist() == [29.0, 32.0, 29.0, 29.0, 30.0, 30.0]
        assert sim.memory()["synapse_bytes"] > 6 * 8 * 2


def test_learning_that_is_off_gathers_nothing(cpu_backend: str) -> None:
    net, wires, signal = small(snn.ThreeFactorSTDP(eta=1.0))
    with snn.Simulation(net, backend=cpu_backend) as sim:
        sim.feed("fed", ([5.0, 25.0, 45.0], [0, 1, 2]))
        sim.run(10.0)
        sim.set_learning(wires, False)
        sim.run(20.0)
        sim.modulate(signal, 1.0)  # at which nothing changes, and what was gathered is cleared
        sim.run(10.0)
        sim.set_learning(wires, True)
        sim.run(10.0)
        sim.modulate(signal, 1.0)
        # the spikes at 46 meet the traces of 6 and 26, which went on
        gathered = np.repeat([np.exp(-2.0), np.exp(-1.0), 1.0], 2)
        assert sim.weights(wires) == pytest.approx(30.0 - gathered, rel=1e-12)


def test_a_copy_and_a_checkpoint_go_on_with_the_eligibility(cpu_backend: str, tmp_path: Any) -> None:
    net, wires, signal = small(snn.ThreeFactorSTDP(eta=1.0))
    with snn.Simulation(net, backend=cpu_backend) as sim:
        sim.feed("fed", ([5.0], [0]))
        sim.run(10.0)
        sim.save(tmp_path / "at.h5")
        for other in (sim.copy(threads=2), snn.resume(tmp_path / "at.h5")):
            with other:
                other.modulate("signal", 1.0)
                assert other.weights("fed->cells").tolist() == [29.0, 29.0, 30.0, 30.0, 30.0, 30.0]
        assert (sim.weights(wires) == 30.0).all()
        sim.modulate(signal, -1.0)
        assert sim.weights(wires).tolist() == [31.0, 31.0, 30.0, 30.0, 30.0, 30.0]


def test_a_weight_that_leaves_all_bounds_is_an_error_that_names_the_projection(cpu_backend: str) -> None:
    for rule in (snn.ThreeFactorSTDP(eta=1e90), snn.DeltaRule(eta=1e90)):
        net, _, signal = small(rule)
        with snn.Simulation(net, backend=cpu_backend) as sim:
            sim.feed("fed", ([5.0, 15.0, 25.0], [0, 0, 0]))
            sim.run(10.0)
            sim.modulate(signal, 1e50)
            with pytest.raises(snn.ParameterError, match=r"projection 'fed->cells': a weight has grown"):
                sim.run(30.0)


def test_weights_of_two_signs_are_refused_where_the_receptor_has_one() -> None:
    net = snn.Network(seed=1)
    pre = net.source("pre", 2, snn.Poisson(10.0))
    coba = net.population("coba", 2, snn.CobaLIF())
    signal = net.modulator("signal")

    def connect(weight: Any, **rule: float) -> None:
        net.projection(
            pre, coba, snn.AllToAll(), weight, 1.0, plasticity=snn.DeltaRule(**rule), modulator=signal
        )

    with pytest.raises(snn.ParameterError, match=r"DeltaRule may cross zero.*CobaLIF.*expected w_min >= 0"):
        connect(1.0)
    with pytest.raises(snn.ParameterError, match=r"must be within w_min = 0 and w_max = 2 of DeltaRule"):
        connect(3.0, w_min=0.0, w_max=2.0)
    with pytest.raises(snn.ParameterError, match=r"DeltaRule.w_min: must be <= w_max = 1"):
        connect(1.0, w_min=2.0, w_max=1.0)
    connect(1.0, w_min=0.0)
    cells = net.population("cells", 2, snn.LIF())
    wires = net.projection(
        pre, cells, snn.AllToAll(), snn.Normal(0.0, 5.0), 1.0, plasticity=snn.DeltaRule(w_min=-1.0),
        modulator=signal,
    )  # fmt: skip
    with pytest.raises(snn.ParameterError, match=r"drew -.*beyond w_min = -1 .*of DeltaRule"):
        snn.Simulation(net)
    with snn.Simulation(snn.Network.from_spec(_with_constant(net)), dt=0.1) as sim:
        sim.set_weights(wires.name, -1.0)
        with pytest.raises(snn.ParameterError, match=r"set_weights: .*must be >= -1 "):
            sim.set_weights(wires.name, -1.5)


def _with_constant(net: snn.Network) -> snn.NetworkSpec:
    spec = net.spec()
    changed = dataclasses.replace(spec.projections[-1], weight=snn.Constant(0.5))
    return dataclasses.replace(spec, projections=(*spec.projections[:-1], changed))

"""Learning that is switched off and on, against an oracle that keeps both traces of every synapse."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest
from oracle import Bcm, Case, PairStdp, PowerLawStdp, cuba_lif, lif
from oracle.cases import PAIR_RULES, plastic_pair, random_net
from oracle.compare import assert_same_bits, assert_same_spikes, assert_same_weights
from oracle.pysnn_runner import run_pysnn

import pysnn as snn

from .conftest import simulate
from .test_plasticity import BCM_RULE, trains


def switched(case: Case, *switches: tuple[float, bool]) -> Case:
    """Its plastic synapses, switched at these times [ms]."""
    groups = [dataclasses.replace(g, switches=switches) if g.rule else g for g in case.synapses]
    return dataclasses.replace(case, synapses=tuple(groups))


# Of power_law_strong the weight is 0 before anything is switched.
LEARNS = {**{name: rule for name, rule in PAIR_RULES.items() if name != "power_law_strong"}, "bcm": BCM_RULE}
BIG_BCM = dataclasses.replace(BCM_RULE, w_max=300.0, eta=1e-4)
TURNS = ((60.0, False), (95.3, True), (130.0, False), (130.1, True), (200.0, False), (260.0, True))


@pytest.mark.parametrize("kind", ["delta", "exp"])
@pytest.mark.parametrize("fraction", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("rule", LEARNS.values(), ids=LEARNS.keys())
def test_one_synapse_learns_from_what_reaches_it_while_learning_is_on(
    cpu_backend: str, rule: PairStdp | PowerLawStdp | Bcm, fraction: float, kind: str
) -> None:
    plain = plastic_pair(rule, *trains(21, n=60), delay=2.0, dendritic_fraction=fraction, kind=kind)
    case = switched(plain, *TURNS)
    ours, oracle = run_pysnn(case, cpu_backend), simulate(case, cpu_backend)
    assert_same_spikes(ours, oracle, atol=1e-9, least=60)
    if isinstance(rule, Bcm):  # the oracle logs its settling at the end too
        assert ours.weights[0] == pytest.approx(oracle.weights[0], abs=1e-9)
    else:
        assert_same_weights(ours, oracle, atol=1e-12)
    assert 10 < len(ours.changes[0]) < len(simulate(plain, cpu_backend).changes[0]) - 5


@pytest.mark.parametrize("at", [10.0, 11.0, 11.9, 12.0, 12.1, 13.0, 14.0, 14.1, 30.0])
@pytest.mark.parametrize("fraction", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("on", [False, True])
def test_the_moment_itself_counts_as_before_it(
    cpu_backend: str, at: float, fraction: float, on: bool
) -> None:
    """Spikes at 10 (pre, 12 at the membrane) and 12 (post), switched around each of their arrivals."""
    rule = PairStdp(a_plus=0.1, a_minus=0.2)
    plain = plastic_pair(rule, [10.0, 20.0], [12.0], delay=2.0, dendritic_fraction=fraction, t_stop=40.0)
    case = switched(plain, (at, False)) if not on else switched(plain, (0.0, False), (at, True))
    assert_same_weights(run_pysnn(case, cpu_backend), simulate(case, cpu_backend), atol=1e-12)


@pytest.mark.parametrize(
    "rule", [PairStdp(a_plus=0.1, a_minus=0.11, w_max=300.0), PowerLawStdp(a_plus=0.2), BIG_BCM]
)
@pytest.mark.parametrize("fraction", [0.0, 1.0])
def test_a_network_learns_as_the_oracle_when_it_is_switched(
    cpu_backend: str, rule: PairStdp | PowerLawStdp | Bcm, fraction: float
) -> None:
    plain = random_net(
        cuba_lif(t_ref=2.0), seed=5, n=20, t_stop=50.0, w_exc=60.0, w_inh=-200.0, w_ext=150.0, p=0.3,
        rate=600.0, rule=rule, dendritic_fraction=fraction,
    )  # fmt: skip
    case = switched(plain, (12.0, False), (25.0, True), (33.3, False), (40.0, True))
    ours, oracle = run_pysnn(case, cpu_backend), simulate(case, cpu_backend)
    assert_same_spikes(ours, oracle, atol=1e-7, least=20)
    for mine, theirs in zip(ours.weights, oracle.weights, strict=True):
        assert mine == pytest.approx(theirs, abs=1e-7)
    assert any(len(changes) > 20 for changes in ours.changes)


def test_many_spikes_while_it_is_off_are_forgotten_and_teach_nothing(cpu_backend: str) -> None:
    """More of them than histories keep before they bring all synapses up to date."""
    net = snn.Network(seed=1)
    noise = net.source("noise", 20, snn.Poisson(50.0))
    teacher = net.source("teacher", 60, snn.Poisson(300.0))
    cells = net.population("cells", 60, snn.LIF(t_ref=1.0))
    wires = net.projection(
        noise,
        cells,
        snn.AllToAll(),
        weight=0.5,
        delay=1.5,
        plasticity=snn.PairSTDP(w_max=1.0, a_plus=0.005, a_minus=0.006),
    )
    net.projection(teacher, cells, snn.OneToOne(), weight=1000.0, delay=1.0)
    with snn.Simulation(net, backend=cpu_backend) as sim:
        sim.run(200.0)
        sim.set_learning(wires, False)
        before = sim.weights(wires)
        assert np.ptp(before) > 0.02
        for _ in range(4):
            sim.run(500.0)
            assert np.array_equal(sim.weights(wires), before)
        assert sim.spike_counts()["cells"] > 20_000
        sim.set_learning(wires, True)
        sim.run(200.0)
        assert (sim.weights(wires) != before).mean() > 0.9


@pytest.mark.parametrize("rule", [PairStdp(a_plus=0.1, w_max=300.0), BIG_BCM], ids=["pair", "bcm"])
def test_reading_weights_around_a_switch_changes_no_bit(cpu_backend: str, rule: PairStdp | Bcm) -> None:
    case = random_net(
        lif(t_ref=1.0), seed=8, n=30, t_stop=40.0, w_exc=1.5, w_inh=-5.0, w_ext=3.0, p=0.3, rate=800.0,
        rule=rule, dendritic_fraction=1.0,
    )  # fmt: skip
    case = switched(case, (10.0, False), (20.0, True))
    whole = run_pysnn(case, cpu_backend)
    # the run is divided, and changes are recorded, which reads all weights at the end of each part
    parts = run_pysnn(case, cpu_backend, parts=[9.9, 0.1, 0.1, 9.9, 0.1, 19.9], threads=3)
    assert_same_bits(parts, whole)


def test_switching_twice_at_one_moment_is_the_second(cpu_backend: str) -> None:
    plain = plastic_pair(PairStdp(), *trains(3), delay=2.0)
    results = []
    for switches in ([], [(50.0, False), (50.0, True)], [(50.0, True)]):
        results.append(run_pysnn(switched(plain, *switches), cpu_backend))
    for a, b in itertools.pairwise(results):
        assert_same_bits(a, b)


def test_what_a_comparison_of_arrays_gives_is_true_or_false(cpu_backend: str) -> None:
    net = snn.Network(seed=1)
    cells = net.population("cells", 4, snn.LIF(i_e=600.0))
    learns = net.projection(
        cells, cells, snn.AllToAll(), weight=1.0, delay=1.0, plasticity=snn.PairSTDP(w_max=2.0, a_plus=0.1)
    )
    with snn.Simulation(net, backend=cpu_backend) as sim:
        sim.set_learning(learns, np.mean([1.0]) > 2.0)
        sim.run(50.0)
        assert (sim.weights(learns) == 1.0).all()
        sim.set_learning(learns, np.bool_(True))
        sim.run(50.0)
        assert (sim.weights(learns) != 1.0).any()


def test_what_cannot_be_switched_is_refused() -> None:
    net = snn.Network(seed=1)
    cells = net.population("cells", 4, snn.LIF())
    fixed = net.projection(cells, cells, snn.OneToOne(), weight=1.0, delay=1.0, name="fixed")
    learns = net.projection(
        cells, cells, snn.OneToOne(), weight=1.0, delay=1.0, name="learns", plasticity=snn.PairSTDP(w_max=2.0)
    )
    sim = snn.Simulation(net)
    sim.run(5.0)
    with pytest.raises(snn.ParameterError, match="'fixed' are static"):
        sim.set_learning(fixed, False)
    with pytest.raises(snn.ParameterError, match="expected True or False"):
        sim.set_learning(learns, 0)  # type: ignore[arg-type]
    with pytest.raises(snn.ParameterError, match=r"at: must be >= 5 ms, which is now .got 4 ms"):
        sim.set_learning(learns, False, at=4.0)
    with pytest.raises(snn.OffGridError):
        sim.set_learning(learns, False, at=6.05)
    with pytest.raises(snn.UnknownNameError, match="did you mean 'learns'"):
        sim.set_learning("learn", False)
    sim.close()
    with pytest.raises(snn.ClosedError):
        sim.set_learning(learns, False)


@pytest.mark.parametrize("backend", ["clock", "event", "auto"])
@pytest.mark.parametrize("rule", [snn.PairSTDP(w_max=4.0, a_plus=0.1), snn.BCM(w_max=4.0, eta=1e-3)])
def test_trials_without_learning_go_side_by_side_and_leave_the_weights(
    backend: str, rule: snn.PlasticityRule
) -> None:
    """Each is the same alone, in another order and on another number of threads; static ones fire as they."""
    learns, static = (_for_trials(chosen) for chosen in (rule, None))
    rng = np.random.default_rng(1)
    trials = snn.TrialSpikes.of(
        [snn.SpikeTrains(rng.integers(1, 200, 60) / 10.0, rng.integers(0, 8, 60), 8, 20.0) for _ in range(12)]
    )
    found = []
    for threads in (1, 3):
        with snn.Simulation(learns, backend=backend, threads=threads) as sim:
            sim.feed("in", snn.Poisson(200.0))
            sim.run(50.0)
            sim.set_learning("w", False)
            weights = sim.weights("w")
            found.append(sim.run_trials(trials).counts("cells"))
            backwards = sim.run_trials(trials[np.arange(12)[::-1]], keys=np.arange(12)[::-1])
            assert np.array_equal(backwards.counts("cells")[::-1], found[0])
            assert np.array_equal(sim.weights("w"), weights)
    assert np.array_equal(found[0], found[1])
    assert found[0].sum() > 100
    with snn.Simulation(static, backend=backend) as sim:
        sim.set_weights("w", weights)
        assert np.array_equal(sim.run_trials(trials).counts("cells"), found[0])


def _for_trials(rule: snn.PlasticityRule | None) -> snn.Network:
    net = snn.Network(seed=2)
    source = net.source("in", 8, snn.Input())
    cells = net.population("cells", 40, snn.LIF(t_ref=1.0), init={"v": snn.Uniform(-70.0, -56.0)})
    net.projection(
        source,
        cells,
        snn.AllToAll(),
        weight=2.0,
        delay=1.5,
        name="w",
        plasticity=rule,
        dendritic_fraction=1.0,
    )
    return net

"""Delays of synapses that learn, set after they have heard spikes: what counts is when each spike arrives."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from oracle import Bcm, Case, Delta, RewardStdp, Scaling, ThreeFactorStdp, lif
from oracle.cases import PAIR_RULES, random_net
from oracle.compare import assert_same_bits, assert_same_spikes, assert_same_weights
from oracle.pysnn_runner import run_pysnn
from oracle.rules import TRIGGERED

import pysnn as snn

from .conftest import simulate
from .test_plasticity import DELTA
from .test_set_delays import options, same
from .test_triggered_rules import roomy

MOMENTS = ((20.0, 0.5), (33.3, 1.0), (33.3, -0.25), (58.0, 1.5), (77.0, -0.7))
RULES: dict[str, Any] = {
    **TRIGGERED,
    **PAIR_RULES,
    "bcm": Bcm(eta=3e-4, tau_x=25.0, tau_r=40.0, tau_theta=300.0, r_0=20.0),
    "reward": RewardStdp(a_plus=3e-3, a_minus=2e-3, tau_c=150.0, tau_n=60.0, b=0.05),
    "scaling": Scaling(f_target=40.0, tau_rate=50.0, tau_scaling=80.0, a_plus=0.05, a_minus=0.05, w_max=2.5),
    "three factors": ThreeFactorStdp(eta=0.02, tau_x=15.0, tau_e=60.0, after="kept"),
    "cleared": ThreeFactorStdp(eta=0.02, tau_x=15.0),
    "delta": Delta(eta=0.02, tau_x=25.0, w_min=-0.5, w_max=2.5),
}


def case_of(rule: Any, grid: float | None = 0.1, t_stop: float = 90.0) -> Case:
    """A recurrent network that learns, whose delays are set five times, twice within the longest of them."""
    if hasattr(rule, "w_max"):
        rule = roomy(rule, 2.5)
    plain = random_net(lif(), seed=25, n=30, t_stop=t_stop, rule=rule, grid=grid, p=0.15, **DELTA)
    draw = np.random.default_rng(9)
    groups = []
    for group in plain.synapses:
        if group.rule:
            n = len(group.i)
            set_at = [(t, np.round(draw.integers(5, most, n) * 0.1, 9)) for t, most in SETS]
            set_at.append((66.0, np.full(n, 1.3)))
            moments = MOMENTS if hasattr(group.rule.synapse(), "moment") and listens(group.rule) else ()
            group = dataclasses.replace(group, delays_set=tuple(set_at), moments=moments)
        groups.append(group)
    return dataclasses.replace(plain, synapses=tuple(groups))


SETS = ((15.0, 80), (31.0, 8), (32.5, 60), (33.0, 30), (50.0, 120))  # ms, and up to how many steps


def listens(rule: Any) -> bool:
    return isinstance(rule, (RewardStdp, ThreeFactorStdp, Delta))


def plastic(case: Case) -> int:
    return next(g for g, group in enumerate(case.synapses) if group.rule)


# What an engine does differs by how rows keep their synapses, not from rule to rule.
ONE_OF_A_KIND = (
    "gutig",
    "restricted_no_ties",
    "pre_centred",
    "triplet",
    "scaling",
    "reward",
    "three factors",
)


@pytest.mark.parametrize(
    ("name", "backend"), [(n, "clock") for n in RULES] + [(n, "event") for n in ONE_OF_A_KIND]
)
def test_weights_are_those_of_every_spikes_own_delay(name: str, backend: str) -> None:
    """The oracle keeps all spikes of either side of each synapse, by when they arrived there."""
    rule = RULES[name]
    case = case_of(rule)
    ours, oracle = run_pysnn(case, backend, threads=2), simulate(case, backend)
    assert_same_spikes(ours, oracle, atol=1e-9, least=100)
    g = plastic(case)
    if isinstance(rule, (Bcm, RewardStdp, Scaling, ThreeFactorStdp, Delta)):  # changes are told as of events
        assert ours.weights[g] == pytest.approx(
            oracle.weights[g], abs=1e-8 if isinstance(rule, Bcm) else 1e-10
        )
    else:
        assert_same_weights(ours, oracle, atol=1e-10)
    moved = np.abs(ours.weights[g] - np.asarray(case.synapses[g].weight))
    assert (moved > 1e-4).mean() > 0.5
    as_declared = [dataclasses.replace(group, delays_set=()) for group in case.synapses]
    other = simulate(dataclasses.replace(case, synapses=tuple(as_declared)), backend)
    assert not np.allclose(other.weights[g], oracle.weights[g], atol=1e-4)


@pytest.mark.parametrize("rule", ["gutig", "pre_centred", "triplet", "scaling", "reward"])
def test_in_continuous_time(rule: str) -> None:
    case = case_of(RULES[rule], grid=None)
    ours, oracle = run_pysnn(case, "event"), simulate(case, "event")
    assert_same_spikes(ours, oracle, atol=1e-9, least=100)
    g = plastic(case)
    assert ours.weights[g] == pytest.approx(oracle.weights[g], abs=1e-9)


@pytest.mark.parametrize(
    "rule", ["additive", "restricted", "pre_centred", "scaling", "reward", "three factors"]
)
def test_threads_and_parts_change_no_bit(cpu_backend: str, rule: str) -> None:
    case = case_of(RULES[rule], t_stop=60.0)
    whole = run_pysnn(case, cpu_backend, threads=1)
    parts = (14.9, 0.1, 0.1, 15.9, 1.6, 0.3, 0.2, 17.0, 9.9)
    assert_same_bits(run_pysnn(case, cpu_backend, threads=3, parts=parts), whole)


# ---- rules of which the oracle knows nothing: a spike by another delay is one sent at another time ---------


class Written(snn.RuleEquations):
    """Pairs, and an eligibility that a signal reads."""

    tau = snn.param(default=20.0, unit="ms", above=0.0)

    pre = "dx/dt = -x / tau : 1"
    post = "dy/dt = -y / tau : 1"
    synapse = "dc/dt = -c / tau : 1"
    on_pre = "w -= 0.02 * y; c -= 0.1 * y; x += 1"
    on_post = "w += 0.02 * x; c += 0.1 * x; y += 1"
    on_modulator = "w += 0.1 * signal * c"


N = 24


def relayed(rule: Any, model: Any, times: Any, who: Any, delays: Any, more: dict[str, Any]) -> Any:
    """Source k onto cell k, which noise makes fire."""
    net = snn.Network(seed=3)
    eye = net.source("eye", N, snn.Input())
    noise = net.source("noise", 40, snn.Poisson(150.0))
    cells = net.population("cells", N, model)
    net.population("others", 1, snn.LIF())
    signal = net.modulator("signal", of=cells) if rule is not None and rule.modulator else None
    k = np.arange(N)
    net.projection(
        eye, cells, snn.FromCOO(k, k), weight=snn.Uniform(0.3, 0.7), delay=snn.Array(delays), name="wires",
        plasticity=rule, modulator=signal, **more,
    )  # fmt: skip
    net.projection(noise, cells, snn.FixedProbability(0.5), weight=1.5, delay=0.5, name="noise_in")
    net.probe(cells, "spikes", name="spikes")
    return net, eye


CELLS = snn.LIF(e_l=-70.6, v_reset=-70.6, v_th=-55.0, tau_m=20.0, t_ref=2.0)
OTHERS: dict[str, tuple[Any, dict[str, Any]]] = {
    "clopath": (snn.ClopathSTDP(a_ltd=2e-3, a_ltp=1e-3), {}),
    "equations": (Written, {}),
    "eprop": (snn.EProp(eta=1e-2, tau_out=10.0, read="last", c_reg=1e-3), {}),
    "eprop, sums": (snn.EProp(eta=1e-2, read="sum"), {}),
    "eprop, batches": (snn.EProp(eta=1e-2, tau_out=10.0, read="held", batch=1), {}),
    "delta, batches": (snn.DeltaRule(eta=0.02, tau_x=25.0, batch=1), {}),
    "pairs": (snn.PairSTDP(a_plus=0.05, a_minus=0.06), {}),
}


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("backend", ["clock", "event", "steps"])
def test_a_spike_by_another_delay_is_one_sent_at_another_time(backend: str, name: str) -> None:
    rule, more = OTHERS[name]
    if backend == "event" and name.startswith(("clopath", "eprop")):
        pytest.skip("its targets go in steps")
    rule = rule() if isinstance(rule, type) else rule
    draw = np.random.default_rng(2)
    steps, who = np.nonzero(draw.random((600, N)) < 0.02)
    times = np.round(0.1 * (steps + 100), 9)
    first = np.round(0.1 * draw.integers(10, 90, N), 9)
    sets = [(t, np.round(0.1 * draw.integers(10, 90, N), 9)) for t in (25.0, 27.0, 48.0)]
    delay = first[who]
    for at, delays in sets:
        delay = np.where(times > at, delays[who], delay)

    def run(sets: Any, times: Any, who: Any, delays: Any) -> Any:
        net, eye = relayed(rule, CELLS, times, who, delays, more)
        with snn.Simulation(net, dt=0.1, threads=2, **options(backend)) as sim:
            sim.feed(eye, (times, who))
            for at, values in sets:
                sim.set_delays("wires", values, at=at)
            for t in np.arange(10.0, 90.0, 10.0) if "signal" in {m.name for m in sim.spec.modulators} else ():
                sim.modulate("signal", draw_of(t), at=t)
            sim.run(90.0)
            spikes = sim.data["spikes"]
            drawn = snn.Simulation(net, dt=0.1, **options(backend)).weights("wires")
            sim.reset(keep=["weights"])  # so that batches are over
            return [spikes.t, spikes.i, sim.weights("wires")], drawn

    def draw_of(t: float) -> Any:
        return np.random.default_rng(int(t)).normal(size=N)

    found, drawn = run(sets, times, who, first)
    sent = np.round(times + delay - 9.0, 9)  # all arrive when they would, 9 ms later
    order = np.lexsort((who, sent))
    expected, _ = run((), sent[order], who[order], np.full(N, 9.0))
    assert found[0].size > 50
    assert np.abs(found[2] - drawn).max() > 1e-3
    assert same(found, expected)


# ---- short-term plasticity ---------------------------------------------------------------------------------


@pytest.mark.parametrize("learns", [False, True])
def test_a_release_travels_with_its_spike(cpu_backend: str, learns: bool) -> None:
    """By the recursion of Markram, Wang & Tsodyks (1998) over spikes as they set out; arrivals add up."""
    u, tau_rec, tau_fac = 0.2, 100.0, 50.0
    net = snn.Network(seed=1)
    eye = net.source("eye", 3, snn.Input())
    cells = net.population("cells", 3, snn.LIF(tau_m=np.inf, v_th=np.inf, e_l=0.0, v_reset=0.0))
    wires = net.projection(
        eye, cells, snn.OneToOne(), weight=1.0, delay=[1.0, 4.0], name="wires",
        dynamics=snn.TsodyksMarkram(U=u, tau_rec=tau_rec, tau_fac=tau_fac),
        plasticity=snn.PairSTDP(w_max=2.0) if learns else None,
    )  # fmt: skip
    net.probe(cells, "v", every=0.5, name="v")
    draw = np.random.default_rng(6)
    times = np.sort(draw.choice(np.arange(1, 120), 40, replace=False)) * 0.5
    who = draw.integers(0, 3, 40)
    sets = [
        (15.0, np.array([9.0, 1.0, 5.0, 2.0, 3.0, 3.0])),
        (16.5, np.full(6, 2.0)),
        (40.0, np.full(6, 7.0)),
    ]
    with snn.Simulation(net, backend=cpu_backend, threads=2) as sim:
        sim.feed(eye, (times, who))
        for at, values in sets:
            sim.set_delays(wires, values, at=at)
        sim.run(80.0)
        v = sim.data["v"]
    arrives: list[tuple[float, int, float]] = []
    for i in range(3):
        x, used, last = 1.0, 0.0, -np.inf
        for t in times[who == i]:
            gap = t - last
            x = 1.0 - (1.0 - x) * np.exp(-gap / tau_rec)
            used = used * np.exp(-gap / tau_fac)
            used += u * (1.0 - used)
            delays = np.array([1.0, 4.0])
            for at, values in sets:
                if t > at:
                    delays = values[2 * i : 2 * i + 2]
            arrives += [(t + d, i, used * x) for d in delays]
            x, last = x * (1.0 - used), t
    for t, row in zip(v.t, v.values, strict=True):
        expected = [sum(w for due, i, w in arrives if i == k and due <= t + 1e-9) for k in range(3)]
        assert np.allclose(row, expected, rtol=1e-12)


# ---- bits --------------------------------------------------------------------------------------------------


KINDS: dict[str, dict[str, Any]] = {
    "pairs": {"plasticity": snn.PairSTDP(w_max=1.0, a_plus=0.05, a_minus=0.06)},
    "no ties": {"plasticity": snn.PairSTDP(w_max=1.0, a_plus=0.05, a_minus=0.06, tie="none")},
    "drifts": {"plasticity": snn.SynapticScaling(f_target=40.0, tau_rate=50.0, tau_scaling=80.0)},
    "reward": {"plasticity": snn.RewardSTDP(w_max=1.0, a_plus=3e-3, a_minus=2e-3, tau_c=150.0)},
    "equations": {"plasticity": Written()},
    "eprop": {"plasticity": snn.EProp(eta=1e-2, tau_out=10.0, read="last", c_reg=1e-3)},
    "clopath": {"plasticity": snn.ClopathSTDP(a_ltd=2e-3, a_ltp=1e-3)},
    "releases": {"dynamics": snn.TsodyksMarkram(stochastic=True)},
    "both": {
        "plasticity": snn.PairSTDP(w_max=1.0, a_plus=0.05, a_minus=0.06),
        "dynamics": snn.TsodyksMarkram(stochastic=True),
    },
}
FITS = [
    (kind, backend)
    for kind in KINDS
    for backend in ("clock", "event", "steps")
    if backend != "event" or kind not in ("eprop", "clopath")
]


def learning_network(kind: str) -> snn.Network:
    """Recurrent, with several synapses of a pair that are all but alike."""
    net = snn.Network(seed=7)
    noise = net.source("noise", 60, snn.Poisson(400.0))
    cells = net.population("cells", 90, snn.LIF(t_ref=1.0), init={"v": snn.Uniform(-70.0, -55.0)})
    others = net.population("others", 30, snn.LIF(t_ref=1.0), init={"v": snn.Uniform(-70.0, -55.0)})
    net.projection(noise, cells, snn.FixedProbability(0.3), weight=2.0, delay=1.5, name="in")
    net.projection(cells, others, snn.FixedProbability(0.3), weight=0.5, delay=2.0, name="out")
    rule = KINDS[kind].get("plasticity")
    signal = net.modulator("signal") if rule is not None and rule.modulator else None
    i, j = np.nonzero(np.random.default_rng(1).random((90, 90)) < 0.06)
    i, j = np.concatenate([i, i[::3]]), np.concatenate([j, j[::3]])
    net.projection(
        cells, cells, snn.FromCOO(i, j), weight=snn.Uniform(0.1, 0.4), name="wires", modulator=signal,
        delay=snn.Uniform(1.0, 4.0, step=0.1), **KINDS[kind],
    )  # fmt: skip
    net.projection(
        others, cells, snn.FixedProbability(0.2), weight=0.3, delay=[1.0, 2.5], name="back", modulator=signal,
        **KINDS[kind],
    )  # fmt: skip
    net.probe(cells, "spikes", name="spikes")
    net.probe(cells[:9], "v", every=0.7, name="v")
    return net


def seen(sim: snn.Simulation) -> list[Any]:
    data, names = sim.data, ("wires", "back")
    return [
        data["spikes"].t, data["spikes"].i, data["v"].values, *(sim.weights(name) for name in names),
        *(sim.synapses(name) for name in names), *sim.delivered().values(),
    ]  # fmt: skip


def events(sim: snn.Simulation, off: float) -> None:
    draw = np.random.default_rng(5)
    for at, name in [(5.3, "wires"), (6.1, "back"), (6.4, "wires"), (9.0, "wires"), (20.2, "back")]:
        delays = np.round(draw.uniform(1.0, 8.0, len(sim.synapses(name))), 1)
        if at == 9.0:
            delays[::2] = 2.0  # synapses of a pair by delays that differed
        sim.set_delays(name, delays, at=at + off)
    for modulator in sim.spec.modulators:
        for t in (8.0, 14.0, 25.0, 33.0):
            sim.modulate(modulator.name, 0.2 * np.sin(t), at=t)
    if any(p.name == "wires" and p.plasticity is not None for p in sim.spec.projections):
        sim.set_learning("wires", False, at=11.0)
        sim.set_learning("wires", True, at=13.5)
        sim.set_weights("wires", 0.25, at=7.0)  # also of what is under way


@pytest.mark.parametrize(("kind", "backend"), FITS)
def test_no_bit_depends_on_threads_runs_or_checkpoints(kind: str, backend: str, tmp_path: Path) -> None:
    net = learning_network(kind)
    off = 0.05 if backend in ("event", "steps") else 0.0
    with snn.Simulation(net, threads=1, **options(backend)) as sim:
        events(sim, off)
        sim.run(40.0)
        whole = seen(sim)
    assert whole[0].size > 100
    with snn.Simulation(net, threads=3, **options(backend)) as sim:
        events(sim, off)
        for part in (5.3, 1.0, 0.1, 0.7, 2.4, 10.7 + off, 0.2 - off, 19.6):
            sim.run(part)
            sim.weights("wires")
        assert same(seen(sim), whole)
    sim = snn.Simulation(net, threads=2, **options(backend))
    events(sim, off)
    for threads, part in enumerate((5.3 + off, 0.9, 0.2, 0.1, 1.0, 1.5, 11.4, 19.6 - off)):
        sim.run(part)
        sim.save(tmp_path / "at.h5")
        sim.close()
        sim = snn.resume(tmp_path / "at.h5", threads=1 + threads % 3)
    with sim.copy() as other:
        assert same(seen(sim), whole)
        sim.run(5.0)
        other.run(5.0)
        assert same(seen(sim), seen(other))
    sim.close()


@pytest.mark.parametrize(("kind", "backend"), FITS)
def test_the_same_again_and_there_and_back_change_no_bit(kind: str, backend: str) -> None:
    """Nothing has been sent meanwhile, so that each spike arrives as it would have."""
    net = learning_network(kind)
    off = 0.05 if backend in ("event", "steps") else 0.0
    with snn.Simulation(net, threads=2, **options(backend)) as sim:
        sim.run(30.0)
        untouched = seen(sim)
    with snn.Simulation(net, **options(backend)) as sim:
        for part in (7.1, 0.2, 4.1 + off, 18.6 - off):
            sim.run(part)
            for name in ("wires", "back"):
                table = sim.synapses(name)
                sim.set_delays(name, table.delay)
                sim.set_delays(name, table.delay + 0.1 * ((table.i + 3 * table.j) % 5))  # of a pair alike
                sim.set_delays(name, table.delay)
        assert same(seen(sim), untouched)


@pytest.mark.parametrize(("kind", "backend"), [("pairs", "clock"), ("both", "event")])
def test_after_a_reset_it_is_as_if_delays_had_been_declared_so(kind: str, backend: str) -> None:
    """What a row shares is whole again; weights are asked for before and after, by places that have moved."""
    net = learning_network(kind)
    with snn.Simulation(net, threads=2, **options(backend)) as sim:
        table = sim.synapses("wires")
        delays = np.round(table.delay + 0.1 * ((table.i + 3 * table.j) % 5), 1)  # of a pair alike
        sim.set_delays("wires", delays)
        sim.run(25.0)
        fresh = seen(sim)
    with snn.Simulation(net, threads=2, **options(backend)) as sim:
        drawn = sim.weights("wires")
        sim.run(11.0)
        sim.set_delays("wires", delays)
        sim.run(9.0)
        assert not np.array_equal(sim.weights("wires"), drawn) or kind == "both"
        sim.reset(keep=())
        assert np.array_equal(sim.weights("wires"), drawn)
        sim.run(25.0)
        assert same(seen(sim)[:5], fresh[:5])


def test_changes_before_the_moment_are_told_by_the_places_of_before(cpu_backend: str) -> None:
    """The last of each synapse before it is the weight that a run ending there has, place by place."""
    net = snn.Network(seed=2)
    pre = net.source("pre", 6, snn.Poisson(60.0))
    cells = net.population("cells", 6, snn.LIF(i_e=400.0))
    rule = snn.SynapticScaling(f_target=40.0, tau_rate=30.0, tau_scaling=300.0)
    net.projection(pre, cells, snn.AllToAll(), snn.Uniform(0.1, 0.5), [3.0, 9.0], plasticity=rule, name="p")
    net.probe(net.projections["p"], "weight", changes=True, name="changes")
    seen = []
    for pieces in ([80.0], [0.5] * 160):
        with snn.Simulation(net, backend=cpu_backend) as sim:
            delays = np.where(sim.delays("p") == 3.0, 12.0, 9.0)  # the two of each pair change places
            sim.set_delays("p", delays, at=47.0)
            for piece in pieces:
                sim.run(piece)
            seen.append(sim.data["changes"])
    whole, parts = seen
    for name in ("t", "i", "j", "k", "w"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(parts, name))
    with snn.Simulation(net, backend=cpu_backend) as sim:
        sim.run(47.0)
        table, there = sim.synapses("p"), sim.data["changes"]
        before = whole.t <= 47.0
        assert before.sum() == len(there.t) > 300
        last = {
            (i, j, k): w
            for i, j, k, w in zip(*(getattr(whole, c)[before] for c in "ijkw"), strict=True)
        }  # fmt: skip
        known = {(i, j, k): w for i, j, k, w in zip(there.i, there.j, there.k, there.w, strict=True)}
        assert last == known
        assert len(last) == len(table) == 72

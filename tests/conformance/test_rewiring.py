"""Synapses that are pruned and grow elsewhere: which, when, and what of it a network learns by."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pysnn as snn

ENGINES = ["clock", "event", "auto", "steps", pytest.param("opencl", marks=pytest.mark.opencl)]


def options(backend: str) -> dict[str, Any]:
    """ "steps": both axes, neurons that step within continuous time."""
    if backend == "steps":
        return {"backend": "auto", "engines": {"cells": "clock"}}
    return {"backend": backend}


def noisy() -> snn.Network:
    """60 sources onto 40 cells and those among each other, by weights of which some are small."""
    net = snn.Network(seed=3)
    eye = net.source("eye", 60, snn.Poisson(80.0))
    cells = net.population("cells", 40, snn.LIF(tau_m=10.0, t_ref=2.0, v_th=-55.0))
    weights, delays = snn.Uniform(0.0, 4.0), snn.Uniform(2.0, 8.0, step=0.1)
    net.projection(eye, cells, snn.FixedProbability(0.3), weights, delays, name="seen")
    net.projection(cells, cells, snn.FixedProbability(0.2), weights, delays, name="among")
    net.probe(cells, "spikes", name="out")
    return net


def list_of(sim: snn.Simulation, name: str) -> list[tuple[Any, ...]]:
    s, w = sim.synapses(name), sim.weights(name)
    return list(zip(s.i.tolist(), s.j.tolist(), s.k.tolist(), s.delay.tolist(), w.tolist(), strict=True))


def everything(sim: snn.Simulation) -> list[Any]:
    out = sim.data["out"]
    return [out.t.tolist(), out.i.tolist(), list_of(sim, "seen"), list_of(sim, "among")]


@pytest.mark.parametrize("backend", ENGINES)
@pytest.mark.parametrize("name", ["seen", "among"])
def test_small_weights_leave_and_as_many_grow_onto_the_same_targets(backend: str, name: str) -> None:
    with snn.Simulation(noisy(), dt=0.1, **options(backend)) as sim:
        before = list_of(sim, name)
        sim.run(10.0)
        sim.rewire(name, 1.25, below=1.0)
        after = list_of(sim, name)
        stayed = sorted(synapse for synapse in before if synapse[4] > 1.0)
        grown = [synapse for synapse in after if synapse[4] == 1.25]
        assert 0 < len(grown) == len(before) - len(stayed)
        assert sorted(synapse for synapse in after if synapse[4] != 1.25) == stayed
        assert after == sorted(after)  # (i, j, k) order
        for j in range(40):
            mine = sorted(s[0] for s in after if s[1] == j)
            assert len(mine) == sum(s[1] == j for s in before)
            assert len(set(mine)) == len(mine)
            heard = {s[0] for s in before if s[1] == j}
            new = {s[0] for s in grown if s[1] == j}
            assert not new & heard
            assert name == "seen" or j not in new
            assert sorted(s[3] for s in after if s[1] == j) == sorted(s[3] for s in before if s[1] == j)
        # Each source that is not heard is as likely: the mean of so many is within four of its sigmas.
        n = 60 if name == "seen" else 40
        spread = 4.0 * n / np.sqrt(12.0 * len(grown))
        assert np.mean([s[0] for s in grown]) == pytest.approx((n - 1) / 2, abs=spread)


@pytest.mark.parametrize("backend", ENGINES)
def test_same_bits_for_threads_divisions_and_checkpoints(backend: str, tmp_path: Path) -> None:
    def run(threads: int, pieces: list[float], saves: bool = False) -> list[Any]:
        with snn.Simulation(noisy(), dt=0.1, threads=threads, **options(backend)) as sim:
            sim.rewire("seen", 2.5, below=0.5, at=12.0)
            sim.rewire("among", 1.5, below=2.0, at=20.3)
            sim.rewire("among", 1.5, below=1.5, at=20.3)  # those of before again, to other places
            for piece in pieces:
                sim.run(piece)
            if not saves:
                return everything(sim)
            sim.save(tmp_path / "half.h5")
        with snn.Simulation.resume(tmp_path / "half.h5", threads=2) as sim:
            sim.run(60.0 - sum(pieces))
            return everything(sim)

    expected = run(1, [60.0])
    assert expected[0]
    assert run(3, [60.0]) == expected
    assert run(2, [5.0, 7.0, 8.3, 0.1, 39.6]) == expected
    assert run(3, [20.4], saves=True) == expected
    assert run(1, [15.0], saves=True) == expected


@pytest.mark.parametrize("backend", ENGINES)
def test_spikes_under_way_keep_their_synapses_but_for_those_of_pruned_ones(backend: str) -> None:
    net = snn.Network(seed=1)
    eye = net.source("eye", 3, snn.Input())
    cells = net.population("cells", 2, snn.LIF(t_ref=0.1, v_th=-50.0))
    net.projection(
        eye, cells, snn.FromCOO([0, 1], [0, 1]), weight=snn.Array([1000.0, 500.0]), delay=5.0, name="wires"
    )
    net.probe(cells, "spikes", name="out")
    with snn.Simulation(net, dt=0.1, **options(backend)) as sim:
        sim.feed("eye", ([1.0, 1.0, 4.0, 4.0, 4.0], [0, 1, 0, 1, 2]))
        sim.rewire("wires", 800.0, below=600.0, at=3.0)
        sim.run(20.0)
        new = sim.synapses("wires")
        assert new.j.tolist() == [0, 1] if new.i[0] == 0 else [1, 0]
        (source,) = new.i[new.j == 1]
        assert source in (0, 2)
        out = sim.data["out"]
        fired = {(int(i), round(t, 3)) for t, i in zip(out.t, out.i, strict=True)}
        assert fired == {(0, 6.0), (0, 9.0), (1, 9.0)}  # the spike of 1 at 1.0 was lost with its synapse
        assert sim.delivered()["wires"] == len(fired)


def test_a_rewiring_of_nothing_changes_no_bit(cpu_backend: str) -> None:
    found = []
    for rewires in (False, True):
        with snn.Simulation(noisy(), dt=0.1, backend=cpu_backend) as sim:
            for _ in range(4):
                sim.run(11.0)
                if rewires:
                    sim.rewire("seen", 1.0)
                    sim.rewire("among", 1.0)
            found.append(everything(sim))
    assert found[0] == found[1]


def test_what_cannot_be_rewired_is_refused(cpu_backend: str) -> None:
    net = noisy()
    cells, rule = net.populations["cells"], snn.PairSTDP(w_max=2.0)
    learns = net.projection(cells, cells, snn.FixedProbability(0.1), 1.0, 2.0, name="learns", plasticity=rule)
    with snn.Simulation(net, dt=0.1, backend=cpu_backend) as sim:
        with pytest.raises(snn.ParameterError, match=r"rewire: 'learns'.*<= 2"):
            sim.rewire(learns, 3.0)
        with pytest.raises(snn.ParameterError, match="below"):
            sim.rewire("seen", 3.0, below=-1.0)
        sim.rewire(learns, 0.5, below=1.0)
        assert set(sim.weights(learns)) == {0.5}
        sim.run(30.0)
        with pytest.raises(snn.ParameterError, match="between two calls of run_trials"):
            sim.rewire(learns, 0.5, below=1.0)
        sim.reset()
        sim.rewire(learns, 0.7, below=2.0)
        assert set(sim.weights(learns)) == {0.7}


def test_what_is_drawn_straight_into_its_targets_is_refused() -> None:
    net = snn.Network(seed=1)
    noise = net.source("noise", 5, snn.Poisson(8000.0))
    cells = net.population("cells", 5, snn.LIF())
    net.projection(noise, cells, snn.OneToOne(), 1.0, 1.0, name="wires")
    with (
        snn.Simulation(net, dt=0.1, backend="clock") as sim,
        pytest.raises(snn.ParameterError, match="draws straight into its targets"),
    ):
        sim.rewire("wires", 0.5, below=2.0)


def averaged(changes: str, threads: int = 1, backend: str = "clock") -> list[Any]:
    """Weights that EProp has learnt by Adam, in batches that end within calls of run_trials."""
    net = snn.Network(seed=5)
    eye = net.source("eye", 20, snn.Input())
    hidden = net.population("hidden", 6, snn.LIF(tau_m=10.0, t_ref=0.0, v_th=-64.0, v_reset=-65.0, e_l=-65.0))
    out = net.population("out", 2, snn.Readout(tau_m=np.inf), init={"v": 0.0})
    error = net.error("error", out, loss="softmax")
    delta = snn.DeltaRule(eta=0.1)
    own = net.projection(
        hidden, out, snn.AllToAll(), snn.Normal(0.0, 0.5), 1.0, plasticity=delta, modulator=error
    )
    signal = net.feedback("signal", error, hidden, weights=own)
    net.projection(
        eye, hidden, snn.FixedProbability(0.5), snn.Normal(0.3, 0.3), snn.Uniform(1.0, 4.0, step=1.0),
        name="wires", plasticity=snn.EProp(eta=0.05, optimiser="adam", batch=3), modulator=signal,
    )  # fmt: skip
    rng = np.random.default_rng(1)
    with snn.Simulation(net, dt=1.0, backend=backend, threads=threads) as sim:
        for _ in range(4):
            trial, t, i = np.nonzero(rng.random((7, 20, 20)) < 0.2)
            begins = np.searchsorted(trial, np.arange(8))
            spikes = snn.encoders.TrialSpikes(1.0 + t.astype(np.float64), i, begins, 20, 25.0)
            sim.run_trials(spikes, counts=(), teach={"error": rng.integers(0, 2, 7)})
            if changes == "nothing":
                sim.rewire("wires", 0.3)
                sim.set_delays("wires", sim.synapses("wires").delay)
            elif changes == "some":
                sim.rewire("wires", 0.3, below=0.1)
        return list_of(sim, "wires")


def test_what_a_rule_keeps_of_synapses_goes_with_them() -> None:
    """Averages of Adam and half a batch, from one call of run_trials to the next."""
    plain = averaged("")
    assert averaged("nothing") == plain
    moved = averaged("some")
    assert moved != plain
    assert averaged("some", threads=3) == moved


# ---- what is learnt by it --------------------------------------------------------------------------------

SOURCES, TELLING, TRIALS = 120, 12, 60


def shown(seed: int) -> tuple[snn.encoders.TrialSpikes, np.ndarray[Any, Any]]:
    """Of the first 12 sources six fire in trials of class 0, six in those of class 1; others by chance."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, TRIALS)
    fires = rng.random((TRIALS, SOURCES)) < 0.5
    fires[:, :TELLING] = (np.arange(TELLING) % 2) == labels[:, None]
    trial, source = np.nonzero(fires)
    begins = np.searchsorted(trial, np.arange(TRIALS + 1))
    return snn.encoders.TrialSpikes(np.ones(trial.size), source, begins, SOURCES, 4.0), labels


def named_right(rewires: bool, threads: int = 1) -> tuple[float, list[int], list[float]]:
    """Share of trials named right by two readouts of five synapses each, none from a telling source."""
    net = snn.Network(seed=2)
    eye = net.source("eye", SOURCES, snn.Input())
    out = net.population("out", 2, snn.Readout(tau_m=np.inf), init={"v": 0.0})
    error = net.error("error", out, loss="softmax")
    first = np.random.default_rng(1).permutation(np.arange(TELLING, SOURCES))[:10]
    net.projection(
        eye, out, snn.FromCOO(first, np.repeat([0, 1], 5)), 0.01, 1.0, name="wires",
        plasticity=snn.DeltaRule(eta=0.02), modulator=error,
    )  # fmt: skip
    with snn.Simulation(net, dt=1.0, threads=threads) as sim:
        for round_ in range(40):
            spikes, labels = shown(round_)
            sim.run_trials(spikes, counts=(), teach={"error": labels})
            if rewires:
                sim.rewire("wires", 0.01, below=0.1)
        sim.set_learning("wires", False)
        spikes, labels = shown(1000)
        values = sim.run_trials(spikes, counts=(), states="out.v").states("out", "v")
        return (
            float(np.mean(values.argmax(axis=1) == labels)),
            sim.synapses("wires").i.tolist(),
            sim.weights("wires").tolist(),
        )


def test_a_readout_of_few_synapses_finds_the_sources_that_tell() -> None:
    """Ten synapses of which none hears what matters name no better than chance; they come to find it."""
    right, sources, weights = named_right(rewires=True)
    assert right == 1.0
    assert sum(source < TELLING for source in sources) >= 2
    assert named_right(rewires=True, threads=2) == (right, sources, weights)
    assert named_right(rewires=False)[0] < 0.75


@pytest.mark.parametrize("kept", [True, False])
def test_changes_of_weights_are_told_by_the_synapse_that_it_was_then(
    backend: str, kept: bool, tmp_path: Path
) -> None:
    """From the weights at the beginning, change by change, to those at the end; no pair has two synapses."""
    net = snn.Network(seed=3)
    cells = net.population("cells", 30, snn.LIF())
    noise = net.source("noise", 30, snn.Poisson(rate=2000.0))
    net.projection(noise, cells, snn.OneToOne(), weight=5.0, delay=0.5)
    few = snn.FixedIndegree(5, autapses=False, multapses=False)
    rule = snn.PairSTDP(w_max=2.0)
    net.projection(cells, cells, few, weight=snn.Uniform(0.0, 1.0), delay=2.0, plasticity=rule, name="learns")
    net.probe(net.projections["learns"], "weight", changes=True, name="changes")

    def weights(sim: snn.Simulation) -> dict[tuple[int, int], float]:
        pairs = sim.synapses("learns")
        return dict(
            zip(zip(pairs.i.tolist(), pairs.j.tolist(), strict=True), sim.weights("learns"), strict=True)
        )

    def followed(
        begun: dict[tuple[int, int], float], changes: snn.WeightChanges, since: float
    ) -> dict[tuple[int, int], float]:
        now = dict(begun)
        for i, j, w in zip(
            *(values[changes.t > since] for values in (changes.i, changes.j, changes.w)), strict=True
        ):
            assert (i, j) in begun
            now[i, j] = w
        return now

    with snn.Simulation(net, backend=backend, threads=1) as sim:
        sim.run(30.0)
        first = sim.data["changes"]
        before = weights(sim)
        sim.reset(keep=("weights", "recordings") if kept else ("weights",), from_zero=not kept)
        sim.rewire("learns", 0.3, below=0.5)
        begun, since = weights(sim), sim.time
        assert len(begun.keys() - before.keys()) > 10
        sim.run(30.0)
        assert followed(begun, sim.data["changes"], since) == weights(sim)
        sim.save(tmp_path / "saved.h5")
        resumed = snn.resume(tmp_path / "saved.h5")
        changes = resumed.data["changes"]
        for name in ("t", "i", "j", "k", "w"):
            assert np.array_equal(getattr(changes, name), getattr(sim.data["changes"], name))
            if kept:
                assert np.array_equal(getattr(changes, name)[: first.t.size], getattr(first, name))
        assert changes.t.size > (first.t.size if kept else 0)
        resumed.run(5.0)
        assert followed(begun, resumed.data["changes"], since) == weights(resumed)


@pytest.mark.parametrize(
    ("kind", "said"), [({"changes": True}, "changes of its weights"), ({"every": 0.5}, "its weights")]
)
def test_what_goes_to_a_log_knows_one_list_of_synapses(
    kind: dict[str, Any], said: str, tmp_path: Path
) -> None:
    net = snn.Network(seed=3)
    cells = net.population("cells", 30, snn.LIF())
    few = snn.FixedIndegree(5, autapses=False, multapses=False)
    net.projection(cells, cells, few, weight=0.2, delay=2.0, plasticity=snn.PairSTDP(), name="learns")
    net.probe(net.projections["learns"], "weight", **kind, to_log=True, name="logged")
    message = f"probe 'logged' writes {said} to the log"
    with snn.Simulation(net, log=tmp_path / "log.h5") as sim:
        with pytest.raises(snn.ParameterError, match=message):
            sim.rewire("learns", 0.3, below=0.5)
        sim.run(1.0)


@pytest.mark.parametrize(
    ("dtype", "weight_dtype", "beyond"), [("float64", "float16", 1e5), ("float32", None, 1e31)]
)
def test_a_weight_that_cannot_be_stored_moves_no_synapse(
    dtype: str, weight_dtype: str | None, beyond: float
) -> None:
    with snn.Simulation(noisy(), "clock", dtype=dtype, weight_dtype=weight_dtype) as sim:
        before = list_of(sim, "seen")
        with pytest.raises(snn.ParameterError, match="reaches to"):
            sim.rewire("seen", beyond, below=1.0)
        assert list_of(sim, "seen") == before
        sim.run(1.0)

"""run_trials: each trial is the run of a new simulation, whatever goes on beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import pysnn as snn
from pysnn.errors import (
    ParameterError,
    UnknownNameError,
)

ENGINES = ["clock", "event", "auto"]
D = 20.0  # ms


def network(
    source: snn.Source | None = None, plastic: bool = False, noisy: bool = True, n: int = 30
) -> snn.Network:
    """Inputs onto cells that also hear noise and each other."""
    net = snn.Network(seed=7)
    cells = net.population("cells", n, snn.CubaLIF(i_e=300.0), init={"v": snn.Uniform(-70.0, -60.0)})
    draws = net.population("draws", 5, snn.SRM0())
    fed = net.source("fed", 8, source or snn.Input())
    rule = snn.PairSTDP(a_plus=0.05, a_minus=0.03, w_max=300.0) if plastic else None
    net.projection(
        fed, cells, snn.AllToAll(), weight=snn.Normal(100.0, 40.0, min=0.0, max=300.0), delay=[0.5, 3.0],
        plasticity=rule, name="w",
    )  # fmt: skip
    net.projection(fed, draws, snn.AllToAll(), weight=4.0, delay=1.0)
    net.projection(cells, cells, snn.FixedProbability(0.2), weight=20.0, delay=1.5)
    if noisy:
        noise = net.source("noise", n, snn.Poisson(rate=500.0))
        net.projection(noise, cells, snn.OneToOne(), weight=40.0, delay=1.0)
        net.current(cells[:5], snn.NoiseCurrent(mean=5.0, std=60.0, interval=1.0))
    return net


def trains(trials: int, seed: int = 1, n: int = 8) -> snn.TrialSpikes:
    """About 12 spikes a trial, on multiples of 0.1 ms."""
    rng = np.random.default_rng(seed)
    sizes = rng.poisson(12, trials)
    times = rng.integers(1, int(D * 10) + 1, sizes.sum()) / 10.0
    offsets = np.concatenate(([0], np.cumsum(sizes)))
    return snn.TrialSpikes(times, rng.integers(0, n, sizes.sum()), offsets, n, D)


def alone(trial: snn.SpikeTrains, backend: str, **options: Any) -> dict[str, tuple[NDArray[Any], ...]]:
    """Spikes of a new simulation whose source has these for its own."""
    net = network(snn.SpikeArray(trial.times, trial.indices), **options)
    for name in ("cells", "draws"):
        net.probe(net.populations[name], "spikes", name=name)
    with snn.Simulation(net, backend=backend, threads=1) as sim:
        sim.run(D)
        return {name: (sim.data[name].t, sim.data[name].i) for name in ("cells", "draws")}


def test_spikes_by_trial_are_kept_sorted_and_given_back() -> None:
    given = snn.TrialSpikes([5.0, 1.0, 1.0, 2.0], [0, 1, 0, 2], [0, 3, 3, 4], 3, 6.0)
    assert len(given) == 3
    np.testing.assert_array_equal(given.times, [1.0, 1.0, 5.0, 2.0])
    np.testing.assert_array_equal(given.indices, [0, 1, 0, 2])
    np.testing.assert_array_equal(given.counts(), [[2, 1, 0], [0, 0, 0], [0, 0, 1]])
    assert given[0] == snn.SpikeTrains([1.0, 1.0, 5.0], [0, 1, 0], 3, 6.0)
    assert snn.TrialSpikes.of(list(given)) == given
    assert given[[2, 0]] == snn.TrialSpikes.of([given[2], given[0]])
    assert given[1:] == snn.TrialSpikes.of([given[1], given[2]])
    together = given.one_after_another()
    np.testing.assert_array_equal(together.times, [1.0, 1.0, 5.0, 14.0])
    assert together.duration == 18.0
    with pytest.raises(snn.OutOfRangeError, match="there are 3 trials"):
        given[3]


@pytest.mark.parametrize(
    ("offsets", "times", "message"),
    [
        ([0, 1], [1.0, 2.0], "ascend from 0 to 2"),
        ([0, 2, 1, 2], [1.0, 2.0], "ascend"),
        ([1, 2], [1.0, 2.0], "ascend"),
        ([0, 2], [1.0, 7.0], "<= 6"),
        ([0, 2], [0.0, 1.0], "> 0"),
        ([0, 1], [1.0], "same length"),
    ],
)
def test_arrays_that_are_no_trials_are_refused(offsets: Any, times: Any, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        snn.TrialSpikes(times, [0, 1], offsets, 3, 6.0)


# ---- a trial is a new simulation ----------------------------------------------------------------------


@pytest.mark.parametrize("backend", ENGINES)
def test_a_trial_of_key_0_is_the_run_of_a_new_simulation(backend: str) -> None:
    """Its noise too: key 0 is what the network was built with."""
    given = trains(4)
    with snn.Simulation(network(), backend=backend, threads=2) as sim:
        results = sim.run_trials(given, keys=[0, 0, 0, 0], spikes=["cells", "draws"])
    for k in range(4):
        expected = alone(given[k], backend)
        assert len(expected["cells"][0]) > 10
        for name, (times, indices) in expected.items():
            got = results.spikes(name)[k]
            np.testing.assert_array_equal(got.times, times)
            np.testing.assert_array_equal(got.indices, indices)


@pytest.mark.parametrize("backend", ENGINES)
def test_counts_are_those_of_the_spikes(backend: str) -> None:
    with snn.Simulation(network(), backend=backend) as sim:
        results = sim.run_trials(trials := trains(9), spikes="cells")
        assert (len(results), results.duration) == (9, D)
        np.testing.assert_array_equal(results.counts("cells"), results.spikes("cells").counts())
        assert results.counts("cells").dtype == np.uint32
        assert results.counts("cells").shape == (9, 30)
        np.testing.assert_array_equal(results.rates("cells"), results.counts("cells") * 50.0)
        np.testing.assert_array_equal(results.keys, np.arange(9))
        only = sim.run_trials(trials, counts=sim.network.populations["draws"])
        np.testing.assert_array_equal(only.counts("draws"), results.counts("draws"))
        with pytest.raises(UnknownNameError, match="counts="):
            only.counts("cells")
        with pytest.raises(UnknownNameError, match="spikes="):
            only.spikes("draws")


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("backend", ENGINES)
def test_a_trial_is_the_same_bits_alone_together_in_another_order_and_by_any_threads(
    backend: str, dtype: str
) -> None:
    given = trains(12)
    keys = np.arange(100, 112)
    with snn.Simulation(network(), backend=backend, threads=3, dtype=dtype) as sim:
        together = sim.run_trials(given, keys=keys, spikes=["cells", "draws"])
        order = np.random.default_rng(2).permutation(12)
        shuffled = sim.run_trials(given[order], keys=keys[order], spikes=["cells", "draws"])
        single = sim.run_trials(given[4:5], keys=keys[4:5], spikes=["cells", "draws"])
    with snn.Simulation(network(), backend=backend, threads=1, dtype=dtype) as sim:
        on_one = sim.run_trials(given, keys=keys, spikes=["cells", "draws"])
    for name in ("cells", "draws"):
        assert together.spikes(name) == on_one.spikes(name)
        assert together.spikes(name)[order] == shuffled.spikes(name)
        assert together.spikes(name)[4:5] == single.spikes(name)
        np.testing.assert_array_equal(together.counts(name)[order], shuffled.counts(name))


def of_every_kind_of_row() -> snn.Network:
    """Rows that are packed, lists, bitmaps, shared by populations, scattered, dynamic and plastic."""
    net = network()
    cells, fed = net.populations["cells"], net.sources["fed"]
    race = net.population("race", 20, snn.CubaLIF(i_e=200.0), winner_takes_all=1.0)
    many = net.population("many", 70, snn.CubaLIF(), init={"v": snn.Uniform(-70.0, -60.0)})
    drawn = snn.Normal(90.0, 30.0, min=0.0)
    for target in (race, many):
        net.projection(
            fed, target, snn.FixedProbability(0.5), weight=drawn, delay=snn.Uniform(0.5, 3.0, step=0.1)
        )
    net.projection(
        cells[::2], many[[60, 3, 31, 32, 33]], snn.AllToAll(), weight=drawn, delay=1.0, name="some"
    )
    net.projection(fed, many, snn.FixedIndegree(12, multapses=True), weight=40.0, delay=2.0)
    dynamic = snn.TsodyksMarkram(U=0.4, tau_rec=50.0)
    net.projection(many, race, snn.FixedProbability(0.3), weight=drawn, delay=1.5, dynamics=dynamic)
    pairs = snn.FromCOO(np.arange(60) % 8, np.arange(60) % 20)
    net.projection(
        fed, race, pairs, weight=30.0, delay=2.0, dendritic_fraction=np.arange(60) % 5 / 4,
        plasticity=snn.PairSTDP(a_plus=0.05, a_minus=0.03, w_max=300.0), name="learns",
    )  # fmt: skip
    return net


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("backend", ENGINES)
def test_many_trials_are_the_same_bits_however_many_parts_the_network_has(backend: str, dtype: str) -> None:
    """Before so many of them parts are put together; few go through the parts as they are."""
    given = trains(120)
    names = ["cells", "draws", "race", "many"]

    def asked(sim: snn.Simulation, trials: snn.TrialSpikes, keys: NDArray[Any]) -> snn.TrialResults:
        return sim.run_trials(trials, keys=keys, spikes=names, states="many.v")

    found = []
    for threads in (1, 3):
        with snn.Simulation(of_every_kind_of_row(), backend=backend, threads=threads, dtype=dtype) as sim:
            sim.set_weights("w", sim.weights("w") * 1.25)
            sim.set_delays("some", np.resize([1.0, 1.5, 2.5], len(sim.synapses("some"))))
            sim.set_learning("learns", False)
            keys = np.arange(len(given))
            found += [asked(sim, given, keys), asked(sim, given[:50], keys[:50])]
    one, first = found[0], slice(0, 50)
    assert all(np.count_nonzero(one.counts(name)) > 0 for name in names)
    for other, part in zip(found[1:], (first, slice(None), first), strict=True):
        for name in names:
            assert other.spikes(name) == one.spikes(name)[part]
        np.testing.assert_array_equal(other.states("many", "v"), one.states("many", "v")[part])


@pytest.mark.parametrize("backend", ENGINES)
def test_noise_follows_the_key_and_nothing_else(backend: str) -> None:
    given = trains(1)
    same = snn.TrialSpikes.of([given[0]] * 4)
    with snn.Simulation(network(), backend=backend) as sim:
        results = sim.run_trials(same, keys=[5, 6, 5, 2**63], spikes=["cells", "draws"])
        for name in ("cells", "draws"):
            spikes = results.spikes(name)
            assert spikes[0] == spikes[2]
            assert spikes[0] != spikes[1]
            assert spikes[3] not in (spikes[0], spikes[1])
    with snn.Simulation(network(noisy=False), backend=backend) as sim:
        spikes = sim.run_trials(same, keys=[5, 6, 5, 7], spikes="cells").spikes("cells")
        assert all(trial == spikes[0] for trial in spikes)


@pytest.mark.parametrize("backend", ENGINES)
def test_trials_without_an_input_are_as_many_as_keys(backend: str) -> None:
    with snn.Simulation(network(), backend=backend) as sim:
        results = sim.run_trials(duration=100.0, keys=range(6))
        assert results.counts("cells").sum() > 0
        assert len({row.tobytes() for row in results.counts("cells")}) > 1


@pytest.mark.parametrize("backend", ENGINES)
def test_trials_leave_the_simulation_where_it_is(backend: str) -> None:
    """In the middle of a run too, with spikes under way."""
    net = network()
    net.probe(net.populations["cells"], "spikes", name="cells")
    with snn.Simulation(net, backend=backend, threads=2) as sim:
        sim.feed("fed", ([3.0, 7.3, 7.5], [0, 1, 2]))
        sim.run(20.0)
        undisturbed = sim.data["cells"]
    with snn.Simulation(net, backend=backend, threads=2) as sim:
        sim.feed("fed", ([3.0, 7.3, 7.5], [0, 1, 2]))
        sim.run(7.6)
        first = sim.run_trials(trains(5)).counts("cells")
        assert sim.time == 7.6
        np.testing.assert_array_equal(sim.run_trials(trains(5)).counts("cells"), first)
        sim.run(12.4)
        np.testing.assert_array_equal(sim.data["cells"].t, undisturbed.t)
        np.testing.assert_array_equal(sim.data["cells"].i, undisturbed.i)
        assert sim.spike_counts()["cells"] == len(undisturbed.t)


@pytest.mark.parametrize("backend", ENGINES)
def test_weights_that_were_set_count_in_trials(backend: str) -> None:
    with snn.Simulation(network(noisy=False), backend=backend, threads=2) as sim:
        before = sim.run_trials(trains(3)).counts("cells").sum()
        sim.set_weights("w", 0.0)
        assert sim.run_trials(trains(3)).counts("cells").sum() < before


@pytest.mark.parametrize("backend", ENGINES)
def test_what_an_encoder_gives_are_the_spikes_of_its_samples(backend: str) -> None:
    rng = np.random.default_rng(4)
    values = rng.uniform(0.0, 1.0, (7, 8))
    encoder = snn.encoders.PoissonRate(rate_high=400.0, resolution=0.1)
    keys = [3, 1, 4, 15, 9, 2, 6]
    by_hand = snn.TrialSpikes.of(
        [encoder.encode(row, D, seed=11, sample=key) for row, key in zip(values, keys, strict=True)]
    )
    assert encoder.encode_trials(values, D, 11, samples=keys) == by_hand
    with snn.Simulation(network(), backend=backend, threads=2) as sim:
        results = sim.run_trials((encoder, values), D, keys=keys, seed=11)
        expected = sim.run_trials({"fed": by_hand}, keys=keys)
        np.testing.assert_array_equal(results.counts("cells"), expected.counts("cells"))
        listed = sim.run_trials({sim.network.sources["fed"]: list(by_hand)}, keys=keys)
        np.testing.assert_array_equal(listed.counts("cells"), expected.counts("cells"))


# ---- learning, and states that are kept or carried ----------------------------------------------------


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("backend", ENGINES)
def test_where_synapses_learn_trials_are_runs_with_resets_between(backend: str, threads: int) -> None:
    given = trains(6)
    with snn.Simulation(network(plastic=True, noisy=False), backend=backend, threads=threads) as sim:
        before = sim.weights("w")
        results = sim.run_trials(given[:4], spikes="cells")
        sim.run_trials(given[4:])
        learnt = sim.weights("w")
    assert not np.array_equal(before, learnt)
    with snn.Simulation(network(plastic=True, noisy=False), backend=backend, threads=1) as sim:
        for k in range(6):
            sim.feed("fed", (given[k].times, given[k].indices))
            sim.run(D)
            if k < 4:
                assert sim.spike_counts()["cells"] == results.counts("cells")[k].sum()
            sim.reset()
        np.testing.assert_array_equal(sim.weights("w"), learnt)


@pytest.mark.parametrize("backend", ENGINES)
def test_what_trials_have_learnt_is_what_the_simulation_goes_on_with(backend: str) -> None:
    """A run under way, with traces: its own weights as of now, then those of the trials."""
    with snn.Simulation(network(plastic=True), backend=backend, threads=2) as sim:
        sim.run(5.0)
        sim.run_trials(trains(3))
        weights = sim.weights("w")
        sim.run(0.0)
        np.testing.assert_array_equal(sim.weights("w"), weights)
        sim.run(10.0)
        assert np.all(sim.weights("w") <= 300.0)


def adapting() -> snn.Network:
    net = snn.Network(seed=7)
    cells = net.population("cells", 4, snn.ALIF())
    fed = net.source("fed", 8, snn.Input())
    net.projection(fed, cells, snn.AllToAll(), weight=snn.Uniform(3.0, 12.0), delay=1.0)
    return net


@pytest.mark.parametrize("backend", ENGINES)
def test_a_state_that_is_kept_begins_each_trial_and_one_that_is_carried_the_next(backend: str) -> None:
    """ALIF's b rises with each spike and falls slowly: carried, later trials of it have fewer spikes."""
    same = snn.TrialSpikes.of([trains(1, seed=3)[0]] * 6)
    with snn.Simulation(adapting(), backend=backend, threads=2) as sim:
        fresh = sim.run_trials(same).counts("cells")
        assert np.all(fresh == fresh[0])
        assert fresh.sum() > 12
        np.testing.assert_array_equal(sim.state("cells", "b"), 0.0)
        carried = sim.run_trials(same, carry="b").counts("cells")
        np.testing.assert_array_equal(carried[0], fresh[0])
        assert carried[5].sum() < carried[0].sum()
        left = sim.state("cells", "b")
        assert np.all(left[carried[5] > 0] > 0.0)
        kept = sim.run_trials(same, keep=["cells.b"]).counts("cells")
        assert np.all(kept == kept[0])
        assert kept[0].sum() < fresh[0].sum()
        np.testing.assert_array_equal(sim.state("cells", "b"), left)
        sim.run_trials(same[:2], carry="b")
        halves = sim.state("cells", "b")
    with snn.Simulation(adapting(), backend=backend, threads=1) as sim:
        sim.run_trials(same[:3], carry="b")
        sim.run_trials(snn.TrialSpikes.of([same[0]] * 5), carry="b")
        np.testing.assert_allclose(sim.state("cells", "b"), halves, rtol=1e-13)


@pytest.mark.parametrize("backend", ENGINES)
def test_where_learning_is_off_trials_are_those_of_the_weights_of_now(backend: str) -> None:
    """So the order does not matter, nor the threads, and no weight changes."""
    given = trains(8)
    order = [5, 2, 7, 0, 1, 3, 6, 4]
    with snn.Simulation(network(plastic=True), backend=backend, threads=2) as sim:
        sim.run_trials(given)
        learnt = sim.weights("w")
        sim.set_learning("w", False)
        read = sim.run_trials(given, keys=np.arange(8)).counts("cells")
        other = sim.run_trials(given[order], keys=order).counts("cells")
        np.testing.assert_array_equal(other, read[order])
        np.testing.assert_array_equal(sim.weights("w"), learnt)
        sim.run(5.0)
        np.testing.assert_array_equal(sim.weights("w"), learnt)
        sim.set_learning("w", True)
        sim.run_trials(given)
        assert np.any(sim.weights("w") != learnt)
    with snn.Simulation(network(), backend=backend, threads=1) as sim:
        sim.set_weights("w", learnt)
        np.testing.assert_array_equal(sim.run_trials(given).counts("cells"), read)


@pytest.mark.parametrize("backend", ENGINES)
def test_what_was_injected_has_no_part_in_trials_and_what_was_declared_has(backend: str) -> None:
    net = snn.Network(seed=3)
    cells = net.population("cells", 3, snn.LIF())
    net.current(cells[2:3], snn.ConstantCurrent(2000.0, start=5.0))
    with snn.Simulation(net, backend=backend) as sim:
        sim.inject(cells[1:2], snn.ConstantCurrent(2000.0))
        sim.run(2.0)
        results = sim.run_trials(duration=20.0, keys=[0, 1], spikes=cells)
        sim.run(2.0)
        assert sim.spike_counts()["cells"] == 1  # as the current flows on here
    # 2,000 pA on 250 pF take v of LIF 80 mV up with 10 ms: to 15 mV in 10 ln(80 / 65) = 2.076 ms.
    late = 0.1 if backend != "event" else 1e-9
    for trial in results.spikes(cells):
        assert set(trial.indices) == {2}
        assert trial.train(2)[0] == pytest.approx(7.0764, abs=late + 1e-4)


@pytest.mark.parametrize("backend", ENGINES)
def test_parameters_that_were_set_hold_in_trials_and_after_a_reset(backend: str) -> None:
    """As in a network that was described with them: of neurons, one for each, and of a source."""
    currents = np.linspace(250.0, 450.0, 30)
    given = trains(4)
    described = network()
    described.population("others", 3, snn.LIF(i_e=500.0))
    with snn.Simulation(described, backend=backend, threads=2) as sim:
        sim.run(3.0)
        sim.set_parameters("cells", i_e=currents, v_th=-52.0)
        sim.set_parameters("noise", rate=800.0)
        got = sim.run_trials(given, spikes=["cells", "others"])
        sim.reset()
        sim.run(100.0)
        after = sim.spike_counts()["cells"]
    net = snn.Network(seed=7)
    cells = net.population(
        "cells", 30, snn.CubaLIF(i_e=snn.Array(currents), v_th=-52.0), init={"v": snn.Uniform(-70.0, -60.0)}
    )
    draws = net.population("draws", 5, snn.SRM0())
    fed = net.source("fed", 8, snn.Input())
    weight = snn.Normal(100.0, 40.0, min=0.0, max=300.0)
    net.projection(fed, cells, snn.AllToAll(), weight=weight, delay=[0.5, 3.0], name="w")
    net.projection(fed, draws, snn.AllToAll(), weight=4.0, delay=1.0)
    net.projection(cells, cells, snn.FixedProbability(0.2), weight=20.0, delay=1.5)
    noise = net.source("noise", 30, snn.Poisson(rate=800.0))
    net.projection(noise, cells, snn.OneToOne(), weight=40.0, delay=1.0)
    net.current(cells[:5], snn.NoiseCurrent(mean=5.0, std=60.0, interval=1.0))
    net.population("others", 3, snn.LIF(i_e=500.0))
    engines = {"engines": {name: choice.engine for name, choice in sim.engines.items()}}
    with snn.Simulation(net, backend=backend, **(engines if backend == "auto" else {})) as sim:
        expected = sim.run_trials(given, spikes=["cells", "others"])
        for name in ("cells", "others"):
            assert got.spikes(name) == expected.spikes(name)
        sim.run(100.0)
        assert sim.spike_counts()["cells"] == after > 0


# ---- several spikes of one input at one time ------------------------------------------------------------


@pytest.mark.parametrize("backend", ENGINES)
@pytest.mark.parametrize("k", [1, 3])
def test_spikes_of_one_input_at_one_time_are_delivered_each(k: int, backend: str) -> None:
    """Currents add up: k w / C tau_m tau_s / (tau_m - tau_s) (exp(-s / tau_m) - exp(-s / tau_s)), s later."""
    tau_m, tau_s, c_m, e_l, w, s = 20.0, 5.0, 250.0, -70.0, 20.0, 7.0
    net = snn.Network(seed=1)
    fed = net.source("fed", 2, snn.Input())
    model = snn.CubaLIF(tau_m=tau_m, tau_syn_exc=tau_s, c_m=c_m, e_l=e_l, v_reset=e_l)
    net.projection(fed, net.population("cells", 1, model), snn.AllToAll(), weight=w, delay=1.0)
    shown = snn.TrialSpikes(np.full(k, 2.0), np.zeros(k, int), [0, k], 2, 3.0 + s)
    with snn.Simulation(net, backend=backend) as sim:
        v = sim.run_trials(shown, 3.0 + s, states="v").states("cells", "v")
    one = w / c_m * tau_m * tau_s / (tau_m - tau_s) * (np.exp(-s / tau_m) - np.exp(-s / tau_s))
    np.testing.assert_allclose(v, [[e_l + k * one]], rtol=1e-12)


@pytest.mark.parametrize("k", [1, 3])
def test_each_of_them_is_learnt_from(k: int) -> None:
    """The delta rule: output k w, error k w - y, so that w changes by -eta (k w - y) k."""
    w, eta, y = 0.5, 0.01, 4.0
    net = snn.Network(seed=1)
    fed = net.source("fed", 2, snn.Input())
    out = net.population("out", 1, snn.Readout(tau_m=np.inf))
    error = net.error("error", out, loss="squared")
    rule = snn.DeltaRule(eta=eta, w_min=-9.0, w_max=9.0)
    net.projection(fed, out, snn.AllToAll(), weight=w, delay=1.0, plasticity=rule, modulator=error, name="w")
    shown = snn.TrialSpikes(np.ones(k), np.zeros(k, int), [0, k], 2, 2.0)
    with snn.Simulation(net, backend="clock", dt=1.0) as sim:
        sim.run_trials(shown, 2.0, teach={error: np.array([[y]])})
        np.testing.assert_allclose(sim.weights("w"), [w - eta * (k * w - y) * k, w], rtol=1e-12)


# ---- the log ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", ENGINES)
def test_a_log_has_the_trials_one_after_the_other(backend: str, tmp_path: Path) -> None:
    given = trains(5)
    with snn.Simulation(network(), backend=backend, log=tmp_path / "log.h5") as sim:
        first = sim.run_trials(given[:3], spikes="cells").spikes("cells")
        second = sim.run_trials(given[3:], keys=[3, 4], spikes="cells").spikes("cells")
        with pytest.raises(ParameterError, match="holds trials"):
            sim.run(1.0)
    expected = snn.TrialSpikes.of([*first, *second]).one_after_another()
    logged = snn.load(tmp_path / "log.h5")
    assert logged.until == 5 * D
    np.testing.assert_array_equal(logged["cells"].i, expected.indices)
    np.testing.assert_allclose(logged["cells"].t, expected.times, rtol=1e-15)


def test_a_log_of_a_run_takes_no_trials(tmp_path: Path) -> None:
    with snn.Simulation(network(), log=tmp_path / "log.h5") as sim:
        sim.run(1.0)
        with pytest.raises(ParameterError, match="has not run"):
            sim.run_trials(trains(2))
        sim.run(1.0)


def test_progress_counts_trials(capsys: pytest.CaptureFixture[str]) -> None:
    with snn.Simulation(network()) as sim:
        sim.run_trials(trains(7), progress=True)
    assert "7/7 trials" in capsys.readouterr().err

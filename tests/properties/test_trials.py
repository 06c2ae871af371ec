"""What a trial does depends on its input and its key alone; what trials learn, on their order alone."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import pysnn as snn

from .strategies import FEW

BACKENDS = st.sampled_from(["clock", "event", "auto"])
# Model, and the weight of a synapse that some tens of inputs in 20 ms make it fire by.
MODELS: list[tuple[snn.NeuronModel, float]] = [
    (snn.LIF(), 4.0),
    (snn.CubaLIF(), 120.0),
    (snn.AlphaLIF(), 120.0),
    (snn.ALIF(), 4.0),
    (snn.SRM0(), 3.0),
    (snn.CobaLIF(), 4.0),
    (snn.Izhikevich(), 5.0),
    (snn.AdEx(), 6.0),
]
RULES: list[snn.PlasticityRule] = [
    snn.PairSTDP(a_plus=0.1, a_minus=0.05, w_max=1000.0),
    snn.BCM(eta=1e-3, w_max=1000.0),
    snn.PowerLawSTDP(),
]


@dataclasses.dataclass(frozen=True)
class Drawn:
    model: snn.NeuronModel
    weight: float
    n: int
    inputs: int
    seed: int
    delays: list[float]
    noisy: bool
    duration: float
    dtype: str
    sizes: tuple[int, ...]

    def network(self, source: snn.Source, rule: snn.PlasticityRule | None = None) -> snn.Network:
        net = snn.Network(seed=self.seed)
        cells = net.population("cells", self.n, self.model)
        fed = net.source("fed", self.inputs, source)
        weight = snn.Uniform(0.2 * self.weight, 1.8 * self.weight)
        options: dict[str, Any] = {"dendritic_fraction": 1.0} if rule is not None and self.seed % 2 else {}
        net.projection(
            fed,
            cells,
            snn.FixedProbability(0.6),
            weight=weight,
            delay=self.delays,
            plasticity=rule,
            name="w",
            **options,
        )
        net.projection(cells, cells, snn.FixedProbability(0.2), weight=0.3 * self.weight, delay=[1.0, 6.0])
        if self.noisy:
            noise = net.source("noise", self.n, snn.Poisson(300.0))
            net.projection(noise, cells, snn.OneToOne(), weight=self.weight, delay=0.5)
            net.current(cells, snn.NoiseCurrent(mean=0.0, std=20.0, interval=2.0))
        net.probe(cells, "spikes", name="cells")
        return net

    def trials(self) -> snn.TrialSpikes:
        rng = np.random.default_rng(self.seed)
        many = sum(self.sizes)
        times = rng.integers(1, round(self.duration * 10) + 1, many) / 10.0
        offsets = np.concatenate(([0], np.cumsum(self.sizes))).astype(int)
        return snn.TrialSpikes(times, rng.integers(0, self.inputs, many), offsets, self.inputs, self.duration)


@st.composite
def drawn(draw: st.DrawFn) -> Drawn:
    model, weight = draw(st.sampled_from(MODELS))
    return Drawn(
        model=model,
        weight=weight,
        n=draw(st.sampled_from([1, 7, 40, 150])),
        inputs=draw(st.integers(1, 40)),
        seed=draw(st.integers(0, 2**20)),
        delays=draw(st.sampled_from([[1.0], [0.1], [0.5, 4.0], [30.0]])),
        noisy=draw(st.booleans()),
        duration=draw(st.sampled_from([0.1, 5.0, 20.0])),
        dtype=draw(st.sampled_from(["float64", "float32"])),
        sizes=tuple(draw(st.lists(st.integers(0, 80), min_size=1, max_size=6))),
    )


@FEW
@given(drawn(), BACKENDS, st.sampled_from([2, 3]), st.randoms(use_true_random=False))
def test_alone_together_in_any_order_and_by_any_threads(
    case: Drawn, backend: str, threads: int, random: Any
) -> None:
    given_ = case.trials()
    keys = np.array([random.getrandbits(64) for _ in case.sizes], np.uint64)
    order = list(range(len(keys)))
    random.shuffle(order)
    alone = random.choice(order)
    with snn.Simulation(case.network(snn.Input()), backend=backend, threads=1, dtype=case.dtype) as sim:
        together = sim.run_trials(given_, keys=keys, spikes="cells").spikes("cells")
        single = sim.run_trials(given_[[alone]], keys=keys[[alone]], spikes="cells").spikes("cells")
    with snn.Simulation(case.network(snn.Input()), backend=backend, threads=threads, dtype=case.dtype) as sim:
        sim.run(1.3)
        permuted = sim.run_trials(given_[order], keys=keys[order], spikes="cells").spikes("cells")
    assert permuted == together[order]
    assert single == together[[alone]]


@FEW
@given(drawn(), BACKENDS)
def test_a_trial_of_key_0_is_the_run_of_a_simulation_with_these_spikes_for_its_own(
    case: Drawn, backend: str
) -> None:
    given_ = case.trials()
    with snn.Simulation(case.network(snn.Input()), backend=backend, threads=2, dtype=case.dtype) as sim:
        results = sim.run_trials(given_, keys=np.zeros(len(given_), int), spikes="cells").spikes("cells")
        engines = {name: choice.engine for name, choice in sim.engines.items()}
    for trial, got in zip(given_, results, strict=True):
        played = case.network(snn.SpikeArray(trial.times, trial.indices))
        # (Of what is fed auto knows nothing: it may choose otherwise where it sees the spikes.)
        chosen: dict[str, Any] = {"engines": engines} if backend == "auto" else {}
        with snn.Simulation(played, backend=backend, threads=1, dtype=case.dtype, **chosen) as sim:
            sim.run(case.duration)
            np.testing.assert_array_equal(got.times, sim.data["cells"].t)
            np.testing.assert_array_equal(got.indices, sim.data["cells"].i)


@FEW
@given(drawn(), BACKENDS, st.sampled_from(RULES), st.integers(0, 6))
def test_what_is_learnt_depends_on_the_order_and_not_on_how_calls_divide_it(
    case: Drawn, backend: str, rule: snn.PlasticityRule, cut: int
) -> None:
    """And is what runs with resets between them learn."""
    given_ = case.trials()
    learnt = []
    for parts in ([given_], [given_[:cut], given_[cut:]]):
        net = case.network(snn.Input(), rule)
        with snn.Simulation(net, backend=backend, threads=len(parts), dtype=case.dtype) as sim:
            for part in parts:
                if len(part):
                    sim.run_trials(part, keys=np.zeros(len(part), int))
            learnt.append(sim.weights("w"))
    with snn.Simulation(case.network(snn.Input(), rule), backend=backend, threads=1, dtype=case.dtype) as sim:
        for trial in given_:
            sim.feed("fed", trial)
            sim.run(case.duration)
            sim.reset()
        learnt.append(sim.weights("w"))
    np.testing.assert_array_equal(learnt[0], learnt[1])
    np.testing.assert_array_equal(learnt[0], learnt[2])

"""The engines against NEST on recurrent random networks, and NEST's STDP with delays aligned."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from oracle import Case, Neurons, PairStdp, PowerLawStdp, Source, Synapses, alpha_lif, cuba_lif, lif
from oracle.cases import (
    PAIR_RULES,
    TIELESS,
    TIELESS_ALPHA,
    random_net,
    tieless_alpha_net,
    tieless_net,
)
from oracle.compare import assert_same_spikes
from oracle.model import Model
from oracle.nest_runner import PRECISE, run_nest
from oracle.pysnn_runner import run_pysnn

pytestmark = pytest.mark.nest

DELTA = {"w_exc": 0.5, "w_inh": -2.5, "w_ext": 1.5, "n": 150, "rate": 900.0}
EXP = {"w_exc": 25.0, "w_inh": -90.0, "w_ext": 90.0, "n": 150, "rate": 500.0}


@pytest.mark.parametrize("seed", [71, 72])
def test_clock_fires_as_iaf_psc_delta(seed: int) -> None:
    case = random_net(lif(), seed=seed, t_stop=300.0, **DELTA)
    assert_same_spikes(run_pysnn(case, "clock"), run_nest(case), atol=1e-9, least=500)


@pytest.mark.parametrize("seed", [73, 74])
def test_clock_fires_as_iaf_psc_exp(seed: int) -> None:
    case = random_net(cuba_lif(), seed=seed, t_stop=300.0, **EXP)
    assert_same_spikes(run_pysnn(case, "clock"), run_nest(case), atol=1e-9, least=500)


@pytest.mark.parametrize("tau_exc", [2.0, 20.0])  # 20 is tau_m
@pytest.mark.parametrize("seed", [81, 82])
def test_clock_fires_as_iaf_psc_alpha(seed: int, tau_exc: float) -> None:
    weights = EXP if tau_exc == 2.0 else {**EXP, "w_exc": 3.0, "w_ext": 12.0}
    case = random_net(alpha_lif(tau_exc=tau_exc), seed=seed, t_stop=300.0, **weights)
    assert_same_spikes(run_pysnn(case, "clock"), run_nest(case), atol=1e-9, least=500)


@pytest.mark.parametrize("model", [cuba_lif(), alpha_lif()], ids=["iaf_psc_exp", "iaf_psc_alpha"])
def test_clock_potentials_are_those_of_nest(model: Model) -> None:
    case = random_net(model, seed=75, t_stop=60.0, **EXP)
    ours, nest = run_pysnn(case, "clock", sample_every=0.1), run_nest(case, sample=True)
    steps = len(nest.sample_times)  # NEST has no sample at 0 and stops one step short
    for name in case.populations:
        assert np.abs(ours.states[name]["v"][1 : steps + 1] - nest.states[name]["v"]).max() < 1e-10


@pytest.mark.parametrize("seed", [76, 77])
def test_event_fires_as_iaf_psc_exp_ps(seed: int) -> None:
    # perturbations of 1e-14 ms grow by about e a few ms: compare before they reach 1e-8
    case = random_net(cuba_lif(), seed=seed, t_stop=100.0, grid=None, **EXP)
    assert_same_spikes(run_pysnn(case, "event"), run_nest(case, PRECISE), atol=1e-8, least=150)


@pytest.mark.parametrize("seed", [83, 84])
def test_event_fires_as_iaf_psc_alpha_ps(seed: int) -> None:
    case = random_net(alpha_lif(), seed=seed, t_stop=100.0, grid=None, **EXP)
    assert_same_spikes(run_pysnn(case, "event"), run_nest(case, PRECISE), atol=1e-8, least=150)


def test_event_fires_as_iaf_psc_exp_ps_lossless() -> None:
    # that model wants equal synaptic time constants, and catches every crossing inside a step
    names = PRECISE | {"exp": "iaf_psc_exp_ps_lossless"}
    case = random_net(cuba_lif(tau_exc=5.0, tau_inh=5.0), seed=78, t_stop=100.0, grid=None, **EXP)
    assert_same_spikes(run_pysnn(case, "event"), run_nest(case, names), atol=1e-8, least=150)


def test_event_fires_as_iaf_psc_delta_ps() -> None:
    case = random_net(lif(i_e=240.0), seed=79, t_stop=100.0, grid=None, **DELTA)
    assert_same_spikes(run_pysnn(case, "event"), run_nest(case, PRECISE), atol=1e-8, least=150)


def taught(rule: PairStdp | PowerLawStdp, seed: int) -> Case:
    """15 sources on 8 neurons that fire when a teacher says so; never a pre and a post spike at a tie.

    Presynaptic spikes and dendritic delays lie on even, postsynaptic spikes on odd tenths of a ms. The
    last spikes are presynaptic: NEST's weights are as of those. So are the first: NEST's nearest-neighbour
    synapse takes 0 for a presynaptic spike that there was not.
    """
    rng = np.random.default_rng(seed)
    n_pre, n_post = 15, 8
    pre = [
        sorted({2.0, 299.0, *np.round(0.2 * rng.integers(20, 1300, 25), 9).tolist()}) for _ in range(n_pre)
    ]
    post = [sorted({round(0.2 * int(k) + 0.1, 9) for k in rng.integers(10, 1300, 25)}) for _ in range(n_post)]
    i, j = (a.ravel() for a in np.meshgrid(range(n_pre), range(n_post), indexing="ij"))
    delay = np.round(0.2 * rng.integers(2, 20, i.size), 9)
    one = np.arange(n_post)
    plastic = Synapses("pre", "post", i, j, rng.uniform(0.2, 0.8, i.size), delay, "exc", rule, 1.0)
    teacher = Synapses("teacher", "post", one, one, [1e6] * n_post, [1.0] * n_post)
    model = Model(tau_m=10.0, c_m=250.0, v_rest=0.0, v_th=1000.0, v_reset=0.0, t_ref=0.0)
    sources = {"pre": Source(pre), "teacher": Source([[round(t - 1.0, 9) for t in train] for train in post])}
    return Case({"post": Neurons(n_post, model)}, 305.0, sources, (plastic, teacher))


@pytest.mark.parametrize("backend", ["clock", "event"])
@pytest.mark.parametrize("rule", PAIR_RULES.values(), ids=PAIR_RULES.keys())
def test_weights_are_those_of_nest(rule: PairStdp | PowerLawStdp, backend: str) -> None:
    case = taught(rule, seed=80)
    ours, nest = run_pysnn(case, backend), run_nest(case)
    assert_same_spikes(ours, nest, atol=1e-9, least=300)
    assert np.abs(ours.weights[0] - np.asarray(case.synapses[0].weight)).min() > 1e-6
    assert np.abs(ours.weights[0] - nest.weights[0]).max() < 1e-12


def one_pair(post_late: float) -> Case:
    """A synapse of 0.5 that sees a presynaptic spike at 10 ms and a postsynaptic one ``post_late`` after.

    A second presynaptic spike, when all is forgotten, makes NEST look at the first pair.
    """
    rule = PairStdp(tau_plus=20.0, tau_minus=20.0, a_plus=0.01, a_minus=0.0105, w_max=1.0)
    plastic = Synapses("pre", "post", [0], [0], [0.5], [1.0], "exc", rule, 1.0)
    teacher = Synapses("teacher", "post", [0], [0], [1e6], [1.0])
    model = Model(tau_m=10.0, c_m=250.0, v_rest=0.0, v_th=1000.0, v_reset=0.0, t_ref=0.0)
    sources = {"pre": Source([[10.0, 900.0]]), "teacher": Source([[round(8.0 + post_late, 9)]])}
    return Case({"post": Neurons(1, model)}, 905.0, sources, (plastic, teacher))


@pytest.mark.parametrize("backend", ["clock", "event"])
@pytest.mark.parametrize(
    ("post_late", "ours", "theirs"),
    [
        (-0.1, 0.5 - 0.0105 * np.exp(-0.1 / 20.0), 0.5 - 0.0105 * np.exp(-0.1 / 20.0)),
        (0.0, 0.51, 0.5),
        (0.1, 0.5 + 0.01 * np.exp(-0.1 / 20.0), 0.5 + 0.01 * np.exp(-0.1 / 20.0)),
    ],
)
def test_a_pair_at_one_instant_counts_and_in_nest_does_not(
    backend: str, post_late: float, ours: float, theirs: float
) -> None:
    """The figures of docs/exactness.md."""
    case = one_pair(post_late)
    assert run_pysnn(case, backend).weights[0] == pytest.approx([ours], abs=1e-12)
    assert run_nest(case).weights[0] == pytest.approx([theirs], abs=1e-12)


@pytest.mark.parametrize(
    "case",
    [*map(tieless_net, TIELESS), *map(tieless_alpha_net, TIELESS_ALPHA)],
    ids=[*(f"pair{seed}" for seed in TIELESS), *(f"power_law{seed}" for seed in TIELESS_ALPHA)],
)
def test_plastic_recurrent_network_fires_as_nest(case: Case) -> None:
    ours, nest = run_pysnn(case, "clock"), run_nest(case)
    assert_same_spikes(ours, nest, atol=1e-9, least=150)
    static = tuple(dataclasses.replace(group, rule=None) for group in case.synapses)
    fixed = run_pysnn(dataclasses.replace(case, synapses=static), "clock")
    assert not np.array_equal(ours.spikes["exc"][0], fixed.spikes["exc"][0])  # so learning mattered

"""Tsodyks & Markram's synapses against their differential equations, and against NEST's of the same names."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

import pysnn as snn

ENGINES = ["clock", "event", pytest.param("opencl", marks=pytest.mark.opencl)]
TRAIN = np.array([1.0, 9.0, 17.5, 18.5, 60.0, 61.0, 150.0, 400.3])
LAWS = {
    "depressing": snn.TsodyksMarkram(U=0.67, tau_rec=450.0),
    "facilitating": snn.TsodyksMarkram(U=0.15, tau_rec=50.0, tau_fac=600.0),
    "both": snn.TsodyksMarkram(U=0.4, tau_rec=300.0, tau_fac=300.0),
    "active for a while": snn.TsodyksMarkram(U=0.4, tau_rec=300.0, tau_fac=300.0, tau_psc=3.0),
    "active for long": snn.TsodyksMarkram(U=0.15, tau_rec=50.0, tau_fac=600.0, tau_psc=80.0),
    "active as long": snn.TsodyksMarkram(U=0.4, tau_rec=50.0, tau_psc=50.0),
    "active nearly as long": snn.TsodyksMarkram(U=0.4, tau_rec=50.0, tau_psc=50.004),
    "active just not as long": snn.TsodyksMarkram(U=0.4, tau_rec=50.0, tau_psc=49.99),
}


def sent(law: snn.TsodyksMarkram, times: NDArray[np.float64]) -> NDArray[np.float64]:
    """What each spike sends: at one du = U (1 - u), then u x goes from x to y, or z where nothing is active.

    Between spikes u relaxes, y passes into z, and z into x, which is 1 - y - z.
    """
    u, y, z, before, shares = 0.0, 0.0, 0.0, None, []
    forgetting, recovery = (1.0 / tau if tau > 0.0 else 1e3 for tau in (law.tau_fac, law.tau_rec))
    passing = 1.0 / law.tau_psc if law.tau_psc > 0.0 else 0.0
    for t in times:
        if before is not None:
            u, y, z = solve_ivp(
                lambda _, s: [-s[0] * forgetting, -s[1] * passing, s[1] * passing - s[2] * recovery],
                (before, t), [u, y, z], method="LSODA", rtol=1e-11, atol=1e-13,
            ).y[:, -1]  # fmt: skip
        u += law.U * (1.0 - u)
        used = u * (1.0 - y - z)
        shares.append(used)
        if law.tau_psc > 0.0:
            y += used
        else:
            z += used
        before = t
    return np.array(shares)


def steps(
    backend: str,
    law: snn.Dynamics | None,
    delay: float = 1.5,
    times: NDArray[np.float64] = TRAIN,
    copies: int = 1,
) -> NDArray[np.float64]:
    """How far v of a neuron that forgets nothing rises at each arrival of a spike, weight 2 mV."""
    net = snn.Network(seed=3)
    source = net.source("source", 1, snn.SpikeArray([times.tolist()]))
    cell = net.population(
        "cell", 1, snn.LIF(tau_m=np.inf, v_th=np.inf, e_l=0.0, v_reset=0.0), init={"v": 0.0}
    )
    net.projection(source, cell, snn.AllToAll(), 2.0, delay, dynamics=law, synapses_per_pair=copies)
    levels = [0.0]
    with snn.Simulation(net, dt=0.1, backend=backend) as sim:
        for t in times:
            sim.run(t + delay + 0.1 - sim.time)
            levels.append(float(sim.state(cell, "v")[0]))
    return np.diff(levels)


@pytest.mark.parametrize("backend", ENGINES)
@pytest.mark.parametrize("law", LAWS)
def test_each_spike_sends_what_the_equations_say(backend: str, law: str) -> None:
    assert steps(backend, LAWS[law]) == pytest.approx(2.0 * sent(LAWS[law], TRAIN), rel=2e-9)


@pytest.mark.parametrize(
    ("name", "model", "more"),
    [
        ("both", "tsodyks2_synapse", {"u": 0.4}),
        ("active for a while", "tsodyks_synapse", {"tau_psc": 3.0}),
        ("active for long", "tsodyks_synapse", {"tau_psc": 80.0}),
    ],
)
def test_each_spike_sends_what_nest_sends(name: str, model: str, more: dict[str, float]) -> None:
    nest = pytest.importorskip("nest")
    nest.ResetKernel()
    nest.verbosity = nest.VerbosityLevel.ERROR
    nest.resolution = 0.1
    law = LAWS[name]
    generator = nest.Create("spike_generator", {"spike_times": np.round(TRAIN - 0.1, 6)})
    parrot = nest.Create("parrot_neuron")
    cell = nest.Create("iaf_psc_delta", {"tau_m": 1e12, "V_th": 1e9, "E_L": 0.0, "V_m": 0.0, "t_ref": 0.1})
    nest.Connect(generator, parrot, syn_spec={"delay": 0.1})
    nest.Connect(
        parrot, cell,
        syn_spec={"synapse_model": model, "weight": 2.0, "delay": 1.5, "U": law.U,
                  "tau_rec": law.tau_rec, "tau_fac": law.tau_fac, **more},
    )  # fmt: skip
    levels = [0.0]
    for t in TRAIN:
        nest.Simulate(round(t + 1.7 - nest.biological_time, 6))
        levels.append(cell.V_m)
    assert steps("clock", law) == pytest.approx(np.diff(levels), rel=1e-8)


@pytest.mark.parametrize("backend", ENGINES)
def test_parallel_synapses_of_any_delay_send_the_same_share(backend: str) -> None:
    """The state is that of the source: also where the delay is longer than the time between spikes."""
    law = LAWS["both"]
    assert steps(backend, law, delay=95.0, times=np.array([1.0, 100.0, 200.0]), copies=3) == (
        pytest.approx(6.0 * sent(law, np.array([1.0, 100.0, 200.0])), rel=2e-9)
    )


def learning(
    backend: str, law: snn.Dynamics | None, dtype: str = "float64"
) -> tuple[NDArray[np.float64], NDArray[np.uint32]]:
    """Weights that learn, and v of a cell that takes them without firing."""
    net = snn.Network(seed=5)
    drive = net.source("drive", 40, snn.Poisson(60.0))
    fires = net.population("fires", 20, snn.LIF(tau_m=20.0))
    net.projection(net.source("strong", 20, snn.Poisson(30.0)), fires, snn.OneToOne(), weight=30.0, delay=0.5)
    rule = snn.PairSTDP(a_plus=0.05, a_minus=0.04, w_max=1e-6)
    net.projection(
        drive,
        fires,
        snn.AllToAll(),
        weight=5e-7,
        delay=[0.3, 4.1],
        plasticity=rule,
        dynamics=law,
        name="both",
    )
    with snn.Simulation(net, dt=0.1, backend=backend, dtype=dtype) as sim:
        sim.run(300.0)
        return sim.weights("both"), sim.spike_counts()["fires"]


@pytest.mark.parametrize("backend", ENGINES)
def test_a_long_term_rule_sees_spikes_and_not_what_they_send(backend: str) -> None:
    """With weights too small to make a target fire they are the same bits with dynamics and without."""
    without, fired = learning(backend, None)
    assert fired > 100
    assert np.unique(without).size > 100
    assert np.array_equal(learning(backend, LAWS["both"])[0], without)


@pytest.mark.parametrize("backend", ENGINES)
def test_synapses_send_all_or_nothing_with_the_probability_that_the_equations_say(backend: str) -> None:
    """5,000 synapses: each share within five standard deviations of a binomial draw, all independent."""
    law = snn.TsodyksMarkram(U=0.4, tau_rec=300.0, tau_fac=300.0, stochastic=True)
    n = 5000
    net = snn.Network(seed=7)
    source = net.source("source", 1, snn.SpikeArray([TRAIN.tolist()]))
    cells = net.population(
        "cells", n, snn.LIF(tau_m=np.inf, v_th=np.inf, e_l=0.0, v_reset=0.0), init={"v": 0.0}
    )
    net.projection(source, cells, snn.AllToAll(), weight=1.0, delay=1.5, dynamics=law)
    levels = [np.zeros(n)]
    with snn.Simulation(net, dt=0.1, backend=backend, threads=3) as sim:
        for t in TRAIN:
            sim.run(t + 1.6 - sim.time)
            levels.append(sim.state(cells, "v"))
    jumps = np.diff(levels, axis=0)
    p = sent(law, TRAIN)
    assert set(np.unique(jumps.round(9))) == {0.0, 1.0}
    assert np.all(np.abs(jumps.mean(axis=1) - p) < 5.0 * np.sqrt(p * (1.0 - p) / n))
    assert np.abs(np.corrcoef(jumps)[~np.eye(len(p), dtype=bool)]).max() < 5.0 / np.sqrt(n)


def test_what_is_drawn_depends_on_the_trial_s_key_alone() -> None:
    net = snn.Network(seed=7)
    source = net.source("in", 20, snn.Input())
    cells = net.population("cells", 50, snn.LIF(v_th=5.0, e_l=0.0, v_reset=0.0), init={"v": 0.0})
    law = snn.TsodyksMarkram(stochastic=True)
    net.projection(source, cells, snn.AllToAll(), weight=1.0, delay=1.5, dynamics=law)
    trains = snn.SpikeTrains(np.tile(np.arange(1.0, 6.0), 20), np.repeat(np.arange(20), 5), 20, 10.0)
    with snn.Simulation(net, dt=0.1) as sim:
        first = sim.run_trials([trains] * 4, keys=[1, 2, 3, 1]).counts(cells)
        second = sim.run_trials([trains] * 2, keys=[3, 2]).counts(cells)
    assert np.array_equal(first[0], first[3])
    assert not np.array_equal(first[0], first[1])
    assert np.array_equal(first[[2, 1]], second)


def test_it_is_dynamics_or_an_error_that_says_so() -> None:
    net = snn.Network()
    source = net.source("in", 2, snn.Poisson(10.0))
    cells = net.population("cells", 2, snn.LIF())
    with pytest.raises(snn.ParameterError, match=r"dynamics: expected a Dynamics.*TsodyksMarkram"):
        net.projection(source, cells, snn.AllToAll(), 1.0, 1.0, dynamics=snn.PairSTDP())
    with pytest.raises(snn.ParameterError, match=r"TsodyksMarkram\.U: must be >= 0 and <= 1"):
        snn.TsodyksMarkram(U=1.5)
    net.projection(source, cells, snn.AllToAll(), 1.0, 1.0, dynamics=snn.TsodyksMarkram(), name="p")
    again = snn.NetworkSpec.from_json(net.spec().to_json())
    assert again.projections[0].dynamics == snn.TsodyksMarkram()

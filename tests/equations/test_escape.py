"""Spikes that come by chance, at the rate that equations give."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import pysnn as snn


class Constant(snn.Equations):
    """A rate that stays what it is."""

    rate = snn.param(default=40.0, unit="Hz", low=0.0)
    equations = "dv/dt = -v / (10 * ms) : mV"
    arrival = {"delta": "v += weight"}
    escape = "rate"


class Escaping(snn.Equations):
    """SRM0 (Gerstner & Kistler 2002) but for its v, which is here the potential h that input makes."""

    tau_m = snn.param(default=10.0, unit="ms", above=0.0)
    c_m = snn.param(default=250.0, unit="pF", above=0.0)
    e_l = snn.param(default=-70.0, unit="mV")
    v_th = snn.param(default=-55.0, unit="mV")
    delta_u = snn.param(default=2.0, unit="mV", above=0.0)
    rho_0 = snn.param(default=100.0, unit="Hz", above=0.0)
    eta_0 = snn.param(default=15.0, unit="mV")
    tau_eta = snn.param(default=10.0, unit="ms", above=0.0)
    t_ref = snn.param(default=2.0, unit="ms", low=0.0)
    i_e = snn.param(default=0.0, unit="pA")
    equations = """
        dh/dt = -(h - e_l) / tau_m + (i_e + I) / c_m : mV
        deta/dt = -eta / tau_eta : mV
    """
    initial = "h = e_l"
    arrival = {"delta": "h += weight"}
    escape = "rho_0 * exp((h + eta - v_th) / delta_u)"
    reset = "eta = -eta_0"
    refractory = "t_ref"
    held = ""


def spikes_of(
    model: snn.neurons.NeuronModel, ms: float = 200.0, n: int = 150, **options: object
) -> snn.SpikeData:
    net = snn.Network(seed=3)
    cells = net.population("cells", n, model)
    drive = net.source("drive", n, snn.Poisson(600.0))
    net.projection(drive, cells, snn.OneToOne(), weight=2.5, delay=0.5)
    net.current(cells[: n // 2], snn.StepCurrent([20.0, 120.0], [150.0, 0.0]))
    spikes = net.probe(cells, "spikes")
    with snn.Simulation(net, **options) as sim:
        sim.run(ms)
        return sim.data[spikes]


def test_steps_between_spikes_are_geometric() -> None:
    """In a step there is a spike with p = 1 - e^(-rate dt), whatever came before: chi-squared, 20 classes."""
    dt, rate = 0.5, 300.0
    net = snn.Network(seed=5)
    probe = net.probe(net.population("cells", 400, Constant(rate=rate)), "spikes")
    with snn.Simulation(net, dt=dt) as sim:
        sim.run(500.0)
        fired = sim.data[probe]
    gaps = np.concatenate([np.diff(np.round(fired.train(k) / dt)) for k in range(400)]).astype(int)
    p = 1.0 - np.exp(-rate * 1e-3 * dt)
    seen = np.bincount(np.minimum(gaps, 20), minlength=21)[1:]
    expected = stats.geom(p).pmf(np.arange(1, 20))
    expected = np.append(expected, 1.0 - expected.sum()) * gaps.size
    assert gaps.size > 40_000
    assert stats.chisquare(seen, expected, sum_check=False).pvalue > 1e-4


def test_small_rates_lose_nothing_in_single_precision() -> None:
    """A rate of 1e-5 a step: 1 - e^-x in floats would be of steps of 6e-8, half a percent and more."""
    net = snn.Network(seed=5)
    probe = net.probe(net.population("cells", 100_000, Constant(rate=0.1)), "spikes")
    with snn.Simulation(net, dt=0.1, dtype="float32") as sim:
        sim.run(200.0)
        n = sim.data[probe].count
    assert abs(n - 2000) < 4.0 * np.sqrt(2000)  # Poisson, but once in 16,000 seeds


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_srm0_fires_spike_for_spike_as_the_built_in_one(dtype: str) -> None:
    """The draws have the same key, and steps are exact in both."""
    built_in, own = (spikes_of(kind(i_e=80.0), dtype=dtype) for kind in (snn.SRM0, Escaping))
    assert own.count > 1000
    if dtype == "float64":
        assert np.array_equal(own.t, built_in.t)
        assert np.array_equal(own.i, built_in.i)
    else:  # rates are worked out in double precision there
        assert abs(own.count - built_in.count) <= 0.02 * built_in.count


def test_threads_runs_and_the_number_of_neurons_at_once_change_no_draw() -> None:
    """Also of neurons of which each has its own parameters, past the 512 that are taken at once."""
    model = Escaping(i_e=snn.Uniform(0.0, 200.0))
    one = spikes_of(model, 40.0, 1200, threads=1)
    three = spikes_of(model, 40.0, 1200, threads=3)
    assert one.count > 500
    assert np.array_equal(one.t, three.t)
    assert np.array_equal(one.i, three.i)


def test_a_saved_simulation_draws_on(tmp_path: Path) -> None:
    net = snn.Network(seed=3)
    cells = net.population("cells", 100, Escaping(i_e=500.0))
    probe = net.probe(cells, "spikes")
    with snn.Simulation(net) as sim:
        sim.run(30.0)
        sim.save(tmp_path / "file.h5")
        sim.run(30.0)
        resumed = snn.resume(tmp_path / "file.h5")
        resumed.run(30.0)
        assert np.array_equal(resumed.data[probe.name].t, sim.data[probe].t)
        assert np.array_equal(resumed.data[probe.name].i, sim.data[probe].i)
        assert sim.data[probe].count > 100


def test_trials_draw_by_their_keys() -> None:
    net = snn.Network(seed=3)
    fed = net.source("fed", 1, snn.Input())
    cells = net.population("cells", 50, Escaping(i_e=500.0))
    net.projection(fed, cells, snn.AllToAll(), weight=0.0, delay=1.0)
    quiet = snn.SpikeTrains([], [], 1, 30.0)
    with snn.Simulation(net) as sim:
        counts = sim.run_trials([quiet] * 4, keys=[0, 1, 0, 1]).counts("cells")
    assert np.array_equal(counts[0], counts[2])
    assert np.array_equal(counts[1], counts[3])
    assert not np.array_equal(counts[0], counts[1])


@pytest.mark.opencl
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_opencl_draws_the_same(dtype: str) -> None:
    on_clock, on_device = (spikes_of(Escaping(i_e=80.0), dtype=dtype, backend=b) for b in ("clock", "opencl"))
    assert np.array_equal(on_clock.t, on_device.t)
    assert np.array_equal(on_clock.i, on_device.i)


def test_in_continuous_time_it_is_refused_by_name() -> None:
    with pytest.raises(snn.BackendUnsupported, match=r"Escaping.*by chance \(escape\)"):
        spikes_of(Escaping(), backend="event")
    assert spikes_of(Escaping(i_e=500.0), 10.0, backend="auto").count > 0


def test_a_description_file_holds_it(tmp_path: Path) -> None:
    net = snn.Network(seed=3)
    net.population("cells", 10, Escaping())
    net.spec().save(tmp_path / "net.json")
    assert snn.NetworkSpec.load(tmp_path / "net.json").populations[0].model == Escaping()


@pytest.mark.parametrize(
    ("escape", "threshold", "message"),
    [
        ("v", "", "the rate of spikes is in 1/ms"),
        ("rate + I / (1 * pA * ms)", "", "the injected current I jumps"),
        ("rates", "", "did you mean 'rate'"),
        ("rate", "v >= 1 * mV", "there is a threshold too"),
    ],
)
def test_what_is_wrong_with_a_rate_is_said_at_its_place(escape: str, threshold: str, message: str) -> None:
    with pytest.raises(snn.EquationError, match=message) as caught:
        type("Wrong", (Constant,), {"escape": escape, "threshold": threshold})
    assert "^" in str(caught.value)

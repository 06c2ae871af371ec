"""White noise in equations: laws of stochastic processes in closed form, and draws that nothing changes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from scipy.integrate import quad

import pysnn as snn

TAU, SIGMA, TAU_M = 5.0, 3.0, 10.0
Z = 4.5  # a normal draw is beyond it once in 150,000


class Quiet(snn.Equations):
    """What a subclass adds noise to: it never fires."""

    equations = "dx/dt = -x / (5 * ms) : 1"
    arrival = {"delta": "x += weight"}
    threshold = "x >= 1e9"


class Filtered(Quiet):
    """An Ornstein-Uhlenbeck process and what follows it with a time constant of its own."""

    tau = snn.param(default=TAU, unit="ms", above=0.0)
    sigma = snn.param(default=SIGMA)
    equations = f"""
        dx/dt = -x / tau + sigma * sqrt(2 / tau) * xi : 1
        dv/dt = (x - v) / ({TAU_M} * ms) : 1
    """


class RungeKutta(Filtered):
    scheme = "runge_kutta"


class Relaxed(Filtered):
    """The same by relaxation: w is not linear, so that x counts by its mean over the step."""

    equations = (
        Filtered.equations
        + f"""
        dw/dt = (x - w) / ({TAU_M} * ms * (1 + 1e-12 * abs(v))) : 1
    """
    )


class Well(Quiet):
    equations = "dx/dt = -x**3 / ms + sqrt(1 / ms) * xi : 1"


def states(
    model: snn.Equations,
    what: str,
    ms: float,
    n: int = 2000,
    every: float = 20.0,
    seed: int = 7,
    **options: object,
) -> NDArray[np.float64]:
    """Of n neurons at 0, every, 2 every ...: [moment, neuron]."""
    net = snn.Network(seed=seed)
    probe = net.probe(net.population("cells", n, model), what, every=every)
    with snn.Simulation(net, **options) as sim:
        sim.run(ms)
        return np.asarray(sim.data[probe].values, dtype=np.float64)


def is_variance(x: NDArray[np.float64], expected: float, more: float = 0.0) -> bool:
    """Of independent normal numbers with mean 0, to Z standard errors and a share ``more``."""
    return bool(abs(np.mean(x**2) / expected - 1.0) < Z * np.sqrt(2.0 / x.size) + more)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("dt", [0.1, 1.0, 10.0])
def test_an_ornstein_uhlenbeck_process_has_its_law_whatever_dt_is(dt: float, dtype: str) -> None:
    """Standard deviation sigma (tau / 2 times the noise's intensity), correlation e^(-t / tau), normal."""
    x = states(Filtered(), "x", 220.0, every=10.0, dt=dt, dtype=dtype)[8:]
    assert is_variance(x[::4], SIGMA**2)
    r = np.mean(x[1:] * x[:-1]) / SIGMA**2
    assert abs(r - np.exp(-10.0 / TAU)) < Z / np.sqrt(x[1:].size)
    assert stats.kstest(x[-1] / SIGMA, "norm").pvalue > 1e-4
    assert abs(np.corrcoef(x[:, 0::2].ravel(), x[:, 1::2].ravel())[0, 1]) < 1.3 * Z / np.sqrt(x.size / 2)


def test_it_spreads_from_where_it_began_as_in_closed_form() -> None:
    """Var x(t) = sigma^2 (1 - e^(-2 t / tau)) from x = 0 on."""
    x = states(Filtered(), "x", 4.0, n=20_000, every=1.0, dt=0.5)
    assert np.all(x[0] == 0.0)
    for t in (1.0, 2.0, 4.0):
        assert is_variance(x[int(t)], SIGMA**2 * -np.expm1(-2.0 * t / TAU))


@pytest.mark.parametrize("model", [Filtered, RungeKutta])
@pytest.mark.parametrize("dt", [0.1, 1.0])
def test_what_follows_it_has_its_variance_to_second_order(model: type[Filtered], dt: float) -> None:
    """Of a filter of tau_m behind the process: sigma^2 tau / (tau + tau_m)."""
    v = states(model(), "v", 800.0, n=1500, every=50.0, dt=dt)[3:]
    assert is_variance(v, SIGMA**2 * TAU / (TAU + TAU_M), more=(dt / TAU) ** 2)


def test_by_relaxation_it_is_the_same_filter() -> None:
    assert Relaxed.chosen_scheme.kind == "exponential"
    v, w = (states(Relaxed(), name, 100.0, n=300, dt=0.5) for name in ("v", "w"))
    assert np.std(v[-1]) > 0.5
    # The mean of x over a step stands for x in it: off by some dt^2 / 12 of its slope.
    assert np.abs(w - v).max() < 0.02 * np.abs(v).max()


def test_where_nothing_is_linear_the_density_is_that_of_the_potential() -> None:
    """dx = -U' dt + s dW has the density e^(-2 U / s^2): here U = x^4 / 4."""

    def moment(k: int) -> float:
        return quad(lambda x: x**k * np.exp(-(x**4) / 2.0), -8.0, 8.0)[0]

    x = states(Well(), "x", 200.0, every=10.0, dt=0.05)[2:]
    for k, tolerance in ((2, 0.01), (4, 0.02)):
        expected, spread = moment(k) / moment(0), np.std(x**k) / np.sqrt(x.size)
        assert abs(np.mean(x**k) - expected) < Z * spread + tolerance * expected


def test_noise_that_states_multiply_is_stratonovichs() -> None:
    """dx = a x dt + b x dW: the mean of log x grows by a, where it would by a - b^2 / 2 in Ito's reading."""

    class Growing(Quiet):
        equations = "dx/dt = (0.01 / ms + 0.1 * sqrt(1 / ms) * xi) * x : 1"
        initial = "x = 1"
        threshold = "x >= 1e30"

    x = states(Growing(), "x", 100.0, dt=0.1)
    grown = np.log(x[-1])
    assert abs(np.mean(grown) - 0.01 * 100.0) < Z * np.std(grown) / np.sqrt(grown.size)
    assert abs(np.var(grown) / (0.1**2 * 100.0) - 1.0) < Z * np.sqrt(2.0 / grown.size)


def test_one_noise_is_the_same_in_all_equations_and_two_are_independent() -> None:
    class Pair(Quiet):
        equations = """
            shaken = sqrt(1 / ms) * xi_a : 1/ms  # stands for a value that the next two share
            dx/dt = -x / (5 * ms) + shaken : 1
            dy/dt = -y / (5 * ms) - shaken : 1
            dz/dt = -z / (5 * ms) + sqrt(1 / ms) * xi_b : 1
        """

    x, y, z = (states(Pair(), name, 200.0, dt=1.0)[2:] for name in "xyz")
    assert np.array_equal(x, -y)
    assert abs(np.corrcoef(x.ravel(), z.ravel())[0, 1]) < Z / np.sqrt(x.size)


def test_threads_and_runs_change_no_draw() -> None:
    """Of neurons of which each has its own parameters, past the 512 that are taken at once."""
    model = Filtered(tau=snn.Uniform(2.0, 20.0))
    one = states(model, "v", 30.0, 1201, every=1.0, threads=1)
    assert np.array_equal(one, states(model, "v", 30.0, 1201, every=1.0, threads=3))
    net = snn.Network(seed=7)
    probe = net.probe(net.population("cells", 1201, model), "v", every=1.0)
    with snn.Simulation(net, threads=2) as sim:
        for ms in (0.1, 7.3, 22.6):
            sim.run(ms)
        assert np.array_equal(one, sim.data[probe].values)
    assert not np.array_equal(one, states(model, "v", 30.0, 1201, every=1.0, seed=8))


def test_a_parameter_may_change_while_it_runs() -> None:
    net = snn.Network(seed=7)
    cells = net.population("cells", 4000, Filtered())
    probe = net.probe(cells, "x", every=10.0)
    with snn.Simulation(net, dt=1.0) as sim:
        sim.run(60.0)
        sim.set_parameters(cells, sigma=2 * SIGMA)
        sim.run(60.0)
        x = np.asarray(sim.data[probe].values)
    assert is_variance(x[6], SIGMA**2)
    assert is_variance(x[12], 4.0 * SIGMA**2)


def test_a_saved_simulation_draws_on_and_trials_draw_by_their_keys(tmp_path: Path) -> None:
    net = snn.Network(seed=3)
    probe = net.probe(net.population("cells", 20, Filtered()), "x", every=1.0)
    with snn.Simulation(net) as sim:
        sim.run(10.0)
        sim.save(tmp_path / "file.h5")
        sim.run(10.0)
        with snn.resume(tmp_path / "file.h5") as resumed:
            resumed.run(10.0)
            assert np.array_equal(resumed.data[probe.name].values, sim.data[probe].values)


def test_spikes_that_come_by_chance_keep_their_draws_beside_noise() -> None:
    class Chance(Quiet):
        threshold = ""
        escape = "0.05 / ms"

    class Both(Chance):
        equations = "dx/dt = -x / (5 * ms) + sqrt(1 / ms) * xi : 1"

    def spikes(model: snn.Equations) -> snn.SpikeData:
        net = snn.Network(seed=3)
        probe = net.probe(net.population("cells", 100, model), "spikes")
        with snn.Simulation(net) as sim:
            sim.run(100.0)
            return sim.data[probe]

    quiet, noisy = spikes(Chance()), spikes(Both())
    assert quiet.count > 300
    assert np.array_equal(quiet.t, noisy.t)
    assert np.array_equal(quiet.i, noisy.i)


@pytest.mark.parametrize("backend", ["event", pytest.param("opencl", marks=pytest.mark.opencl)])
def test_engines_that_do_not_draw_it_refuse_it_by_name(backend: str) -> None:
    with pytest.raises(
        snn.BackendUnsupported, match=r"Filtered.*noise.*xi|noise in equations, xi of Filtered"
    ):
        states(Filtered(), "x", 1.0, 1, every=1.0, backend=backend)
    assert states(Filtered(), "x", 1.0, 1, every=1.0, backend="auto").shape == (2, 1)


@pytest.mark.parametrize(
    ("part", "text", "message"),
    [
        ("equations", "dx/dt = -x / (5 * ms) + xi : 1", r"adds 1/ms and ms\*\*-0.5"),
        ("threshold", "x + xi * sqrt(ms) >= 1", "noise is a part of the equations of neurons"),
        ("threshold", "x + shaken * ms >= 1", "the noise xi_a is no number at any moment"),
        ("reset", "x = shaken * ms", "the noise xi_a is no number at any moment"),
        ("initial", "x = shaken * ms", "the noise xi_a is no number at any moment"),
        ("refractory", "ms + shaken * ms * ms", "a refractory time depends on parameters alone"),
        ("arrival", {"delta": "x += weight * xi * sqrt(ms)"}, "noise is a part of the equations of neurons"),
    ],
)
def test_noise_elsewhere_is_refused_at_its_place(part: str, text: object, message: str) -> None:
    equations = "shaken = sqrt(1 / ms) * xi_a : 1/ms\ndx/dt = -x / (5 * ms) + shaken : 1"
    with pytest.raises(snn.EquationError, match=message) as caught:
        type("Wrong", (Quiet,), {"equations": equations, part: text})
    assert "^" in str(caught.value)


def test_a_summary_tells_of_it() -> None:
    summary = Filtered.summary()
    assert "noise, held for a step: xi" in summary
    assert "event: not at all: its equations have noise (xi)" in summary

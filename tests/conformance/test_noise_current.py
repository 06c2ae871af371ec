"""Sampled and held white noise: its draws, and what it makes of a membrane, against closed forms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

import pysnn as snn

P_MIN = 1e-6  # a right generator fails a fixed seed with this probability, once and for all
TAU, C = 10.0, 250.0
PASSIVE = snn.LIF(tau_m=TAU, c_m=C, e_l=0.0, v_th=1e9, v_reset=0.0)


def potentials(
    backend: str,
    n: int,
    currents: list[snn.Current],
    t_stop: float,
    every: float,
    *,
    model: snn.NeuronModel = PASSIVE,
    seed: int = 3,
    **options: Any,
) -> NDArray[np.float64]:
    """V of all neurons at 0, every, 2 every, ..."""
    net = snn.Network(seed=seed)
    cells = net.population("cells", n, model, init={"v": 0.0})
    for current in currents:
        net.current(cells, current)
    probe = net.probe(cells, "v", every=every)
    grid = {} if backend == "event" else {"dt": options.pop("dt", 0.1)}
    with snn.Simulation(net, backend=backend, **grid, **options) as sim:
        sim.run(t_stop)
        return np.asarray(sim.data[probe].values)


def draws(v: NDArray[np.float64], interval: float) -> NDArray[np.float64]:
    """The current of each interval [pA], from V at its ends: V(t + h) = q V(t) + (1 - q) I tau / C."""
    q = np.exp(-interval / TAU)
    return np.asarray((v[1:] - q * v[:-1]) / (1.0 - q) * C / TAU)


def test_draws_are_normal_and_independent_in_time_and_between_neurons(backend: str) -> None:
    n, m = 60, 400
    xi = (draws(potentials(backend, n, [snn.NoiseCurrent(30.0, 50.0)], float(m), 1.0), 1.0) - 30.0) / 50.0
    assert xi.shape == (m, n)
    assert stats.kstest(xi.ravel(), "norm").pvalue > P_MIN
    z = stats.norm.isf(P_MIN / 2)
    assert abs(xi.mean()) < z / np.sqrt(n * m)
    assert abs(xi.var() - 1.0) < 1.1 * z * np.sqrt(2.0 / (n * m))
    for lag in (1, 2, 3, 10):
        assert abs((xi[lag:] * xi[:-lag]).mean()) < 1.1 * z / np.sqrt(n * (m - lag))
    r = np.corrcoef(xi.T)[np.triu_indices(n, 1)]
    assert stats.kstest(r * np.sqrt(m - 1), "norm").pvalue > P_MIN


@pytest.mark.parametrize("interval", [0.1, 1.0, 7.0])
def test_the_membrane_varies_as_nests_documentation_has_it(backend: str, interval: float) -> None:
    # noise_generator: Sigma = std tau_m / C_m sqrt((1 - x) / (1 + x)), x = exp(-dt / tau_m), at the times of
    # draws; a share a = exp(-s / tau) later it is a^2 of that variance and (1 - a)^2 of the draw's own
    n, mean, std = 4000, 20.0, 80.0
    end = 30 * 7.0
    v = potentials(
        backend, n, [snn.NoiseCurrent(mean, std, interval)], end + interval / 2 + 0.05, end, dt=0.05
    )[-1]
    x = np.exp(-interval / TAU)
    sigma = std * TAU / C * np.sqrt((1 - x) / (1 + x))
    # transients have faded to e^-21; the sum of squares of n normals is chi-square
    assert stats.kstest((v - mean * TAU / C) / sigma, "norm").pvalue > P_MIN
    ratio = ((v - mean * TAU / C) ** 2).sum() / sigma**2
    assert min(stats.chi2.cdf(ratio, n), stats.chi2.sf(ratio, n)) > P_MIN / 2


def test_between_draws_the_membrane_varies_less(backend: str) -> None:
    n, interval, std = 4000, 10.0, 80.0
    v = potentials(backend, n, [snn.NoiseCurrent(0.0, std, interval)], 205.0, 205.0)[-1]
    q, a = np.exp(-interval / TAU), np.exp(-5.0 / TAU)
    variance = (std * TAU / C) ** 2 * (a * a * (1 - q) / (1 + q) + (1 - a) ** 2)
    ratio = (v**2).sum() / variance
    assert min(stats.chi2.cdf(ratio, n), stats.chi2.sf(ratio, n)) > P_MIN / 2


def test_all_engines_inject_the_same_noise(backend: str) -> None:
    currents = [
        snn.NoiseCurrent(5.0, 50.0, interval=2.0),
        snn.NoiseCurrent(0.0, 30.0, interval=0.5, start=11.0, stop=60.2),
        snn.ConstantCurrent(40.0, start=20.0, stop=33.0),
    ]
    ours, event = (potentials(b, 40, currents, 80.0, 1.0) for b in (backend, "event"))
    assert ours.std() > 0.5
    assert np.abs(ours - event).max() < 1e-10


def test_it_flows_from_start_to_stop_and_the_last_interval_is_cut(backend: str) -> None:
    v = potentials(backend, 5, [snn.NoiseCurrent(0.0, 50.0, interval=4.0, start=3.0, stop=9.0)], 20.0, 1.0)
    assert (v[:4] == 0.0).all()
    levels = draws(v, 1.0)
    assert levels[3:7] == pytest.approx(np.tile(levels[3], (4, 1)), abs=1e-9)
    assert levels[7:9] == pytest.approx(np.tile(levels[7], (2, 1)), abs=1e-9)
    assert np.abs(levels[7] - levels[3]).min() > 1e-3
    assert np.abs(levels[9:]).max() < 1e-9


def test_currents_of_one_declaration_draw_apart(backend: str) -> None:
    noise = snn.NoiseCurrent(0.0, 50.0)
    one = draws(potentials(backend, 50, [noise], 100.0, 1.0), 1.0)
    two = draws(potentials(backend, 50, [noise, noise], 100.0, 1.0), 1.0) - one
    assert stats.kstest(two.ravel() / 50.0, "norm").pvalue > P_MIN
    assert abs((one * two).mean()) / 2500.0 < stats.norm.isf(P_MIN / 2) / np.sqrt(one.size)


def test_draws_follow_the_seed_and_the_neurons_not_the_order_of_declaration(backend: str) -> None:
    def run(order: list[str], seed: int = 1) -> NDArray[np.float64]:
        net = snn.Network(seed=seed)
        for name in order:
            net.current(net.population(name, 5, PASSIVE, init={"v": 0.0}), snn.NoiseCurrent(0.0, 50.0))
        probe = net.probe(net.populations["a"], "v", every=10.0)
        with snn.Simulation(net, backend=backend) as sim:
            sim.run(10.0)
            return np.asarray(sim.data[probe].values)

    assert np.array_equal(run(["a", "b"]), run(["b", "a"]))
    assert np.array_equal(run(["a", "b"]), run(["a"]))
    assert not np.array_equal(run(["a"]), run(["a"], seed=2))


def test_an_interval_off_the_grid_is_an_error_on_steps_unless_rounding_is_asked_for() -> None:
    noise = snn.NoiseCurrent(0.0, 50.0, interval=0.25)
    with pytest.raises(
        snn.OffGridError, match=r"current into 'cells': NoiseCurrent\.interval: 0\.25 ms is no m"
    ):
        potentials("clock", 1, [noise], 1.0, 1.0)
    potentials("clock", 1, [noise], 1.0, 1.0, off_grid="round")
    with pytest.raises(snn.ParameterError, match=r"NoiseCurrent\.interval: must be at least 1 ms here"):
        potentials("clock", 1, [noise], 1.0, 1.0, dt=1.0, off_grid="round")


@pytest.mark.opencl
def test_the_opencl_engine_has_the_clocks() -> None:
    noise = [snn.NoiseCurrent(20.0, 50.0, interval=0.3), snn.NoiseCurrent(0.0, 30.0)]
    for opencl, clock in zip(
        *(potentials(backend, 1, noise, 5.0, 1.0, model=snn.CubaLIF()) for backend in ("opencl", "clock")),
        strict=True,
    ):
        np.testing.assert_array_equal(opencl, clock)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: snn.NoiseCurrent(0.0, -1.0), r"NoiseCurrent\.std: must be >= 0 pA \(got -1\.0\)"),
        (lambda: snn.NoiseCurrent(0.0, 1.0, 0.0), r"NoiseCurrent\.interval: must be >= 1e-06 ms"),
        (lambda: snn.NoiseCurrent(0.0, 1.0, start=2.0, stop=2.0), r"NoiseCurrent\.stop: must be > start = 2"),
    ],
)
def test_impossible_noise_is_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(snn.ParameterError, match=message):
        make()

"""Poisson and given spike trains. Seeds are fixed: a test passes or fails for good."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

import pysnn as snn

P_MIN = 1e-3  # a right generator fails a fixed seed with this probability, once and for all


def record(
    backend: str, n: int, source: snn.Source, t_stop: float, seed: int = 5, **options: Any
) -> snn.SpikeData:
    net = snn.Network(seed=seed)
    probe = net.probe(net.source("s", n, source), "spikes")
    grid = {} if backend == "event" else {"dt": options.pop("dt", 0.1)}
    with snn.Simulation(net, backend=backend, **grid, **options) as sim:
        sim.run(t_stop)
        return sim.data[probe]


@pytest.mark.parametrize("rate", [0.5, 20.0, 700.0])
def test_poisson_counts_are_poissonian(backend: str, rate: float) -> None:
    n, t_stop = 2000, 500.0
    spikes = record(backend, n, snn.Poisson(rate), t_stop)
    counts = np.bincount(spikes.i, minlength=n)
    mean = rate * t_stop / 1000.0
    # the total, and the dispersion of the counts
    assert stats.poisson.cdf(spikes.count, n * mean) > P_MIN / 2
    assert stats.poisson.sf(spikes.count - 1, n * mean) > P_MIN / 2
    # sum of (count - mean)^2 / mean: mean n, variance n (2 + 1/mean), near normal for so many
    dispersion = ((counts - mean) ** 2).sum() / mean
    assert abs(dispersion - n) / np.sqrt(n * (2.0 + 1.0 / mean)) < stats.norm.isf(P_MIN / 2)
    # the shape: classes of an expected frequency of at least 5
    edges = np.arange(stats.poisson.ppf(5.0 / n, mean), stats.poisson.ppf(1 - 5.0 / n, mean) + 1)
    cdf = np.concatenate(([0.0], stats.poisson.cdf(edges, mean), [1.0]))
    observed = np.histogram(counts, np.concatenate(([-1.0], edges, [np.inf])) + 0.5)[0]
    assert stats.chisquare(observed, n * np.diff(cdf)).pvalue > P_MIN


def test_poisson_intervals_are_exponential() -> None:
    n, rate = 200, 50.0
    spikes = record("event", n, snn.Poisson(rate), 4000.0)
    intervals = np.concatenate([np.diff(train) for train in spikes.trains()])
    # of the intervals that begin in the first half those that end in time are all but e^-100
    early = np.concatenate([np.diff(train)[train[:-1] < 2000.0] for train in spikes.trains()])
    assert stats.kstest(early, "expon", args=(0.0, 1000.0 / rate)).pvalue > P_MIN
    assert intervals.min() > 0.0
    firsts = np.array([train[0] for train in spikes.trains()])
    assert stats.kstest(firsts, "expon", args=(0.0, 1000.0 / rate)).pvalue > P_MIN


def test_poisson_steps_are_uniform_and_may_hold_several_spikes(backend: str) -> None:
    # 2 kHz at 0.1 ms: 0.2 a step
    spikes = record(backend, 500, snn.Poisson(2000.0), 100.0)
    if backend == "event":
        assert stats.kstest(spikes.t, "uniform", args=(0.0, 100.0)).pvalue > P_MIN
        return
    step = np.round(np.asarray(spikes.t) / 0.1).astype(int)
    assert np.asarray(spikes.t) == pytest.approx(step * 0.1, abs=1e-9)
    assert stats.chisquare(np.bincount(step, minlength=1001)[1:]).pvalue > P_MIN
    per_step = np.zeros((500, 1001), dtype=int)
    np.add.at(per_step, (spikes.i, step), 1)
    observed = np.bincount(per_step[:, 1:].ravel(), minlength=5)
    expected = stats.poisson.pmf(np.arange(4), 0.2) * per_step[:, 1:].size
    assert observed[:4] == pytest.approx(expected, abs=5 * np.sqrt(expected).max())


def test_poisson_sources_are_independent(backend: str) -> None:
    n = 60
    spikes = record(backend, n, snn.Poisson(100.0), 2000.0)
    binned = np.zeros((n, 400))
    np.add.at(binned, (spikes.i, np.minimum((spikes.t / 5.0).astype(int), 399)), 1)
    r = np.corrcoef(binned)[np.triu_indices(n, 1)]
    # 1770 coefficients of 400 bins: normal with deviation 1/20
    assert stats.kstest(r * np.sqrt(399), "norm").pvalue > P_MIN


def test_poisson_rates_by_source(backend: str) -> None:
    rates = np.array([0.0, 5.0, 50.0, 500.0])
    spikes = record(backend, 4, snn.Poisson(rates), 20_000.0)
    counts = np.bincount(spikes.i, minlength=4)
    assert counts[0] == 0
    assert np.abs(counts - 20 * rates).max() <= 5 * np.sqrt(20 * 500.0)
    assert (np.abs(counts - 20 * rates)[1:] <= 5 * np.sqrt(20 * rates[1:])).all()


def test_another_seed_gives_other_spikes_and_the_same_one_the_same(backend: str) -> None:
    a, again, b = (record(backend, 20, snn.Poisson(50.0), 200.0, seed=s) for s in (1, 1, 2))
    assert np.array_equal(a.t, again.t)
    assert np.array_equal(a.i, again.i)
    assert not np.array_equal(a.t, b.t)


def test_spike_array_fires_when_told(backend: str) -> None:
    spikes = record(backend, 4, snn.SpikeArray([[3.0, 0.5], [], [0.5, 7.7, 10.0], [10.1]]), 10.0)
    assert list(spikes.t) == pytest.approx([0.5, 0.5, 3.0, 7.7, 10.0], abs=1e-12)
    assert list(spikes.i) == [0, 2, 0, 2, 2]


def test_spike_array_off_the_grid_is_an_error_on_steps_unless_rounding_is_asked_for() -> None:
    with pytest.raises(snn.OffGridError, match="no multiple"):
        record("clock", 1, snn.SpikeArray([[1.234]]), 5.0)
    rounded = record("clock", 1, snn.SpikeArray([[1.234]]), 5.0, off_grid="round")
    assert list(rounded.t) == pytest.approx([1.2], abs=1e-12)
    assert list(record("event", 1, snn.SpikeArray([[1.234]]), 5.0).t) == [1.234]


def test_poisson_drive_moves_the_membrane_by_campbells_theorem(backend: str) -> None:
    # shot noise of rate nu and weight w on a leaky membrane: mean nu w tau, variance nu w^2 tau / 2
    net = snn.Network(seed=9)
    n, rate, w, tau = 4000, 2000.0, 0.1, 10.0
    model = snn.CubaLIF(tau_m=tau, tau_syn_exc=0.01, c_m=1.0, e_l=0.0, v_th=1e6, v_reset=0.0)
    if backend != "opencl":
        model = snn.LIF(tau_m=tau, e_l=0.0, v_th=1e6, v_reset=0.0)
    weight = w if backend != "opencl" else w / 0.01
    cells = net.population("c", n, model)
    net.projection(net.source("s", n, snn.Poisson(rate)), cells, snn.OneToOne(), weight=weight, delay=1.0)
    probe = net.probe(cells, "v", every=101.0)
    grid = {} if backend == "event" else {"dt": 0.1}
    with snn.Simulation(net, backend=backend, **grid) as sim:
        sim.run(101.0)
        v = np.asarray(sim.data[probe].values)[-1]
    mean, variance = rate / 1000 * w * tau, rate / 1000 * w * w * tau / 2
    # on a grid the decay falls between arrivals: h/(1 - e^-h) and its like, below h/tau = 1 %
    assert v.mean() == pytest.approx(mean, rel=0.011, abs=0)
    assert v.var() == pytest.approx(variance, rel=0.01 + 5 * np.sqrt(2 / n))


def test_what_an_encoder_returns_is_a_source(backend: str) -> None:
    trains = snn.encoders.Latency(0.0, 1.0).encode(np.array([0.1, 0.5, 0.9]), 50.0)
    assert len(trains) > 0
    spikes = record(backend, trains.n, trains, 50.0, **({} if backend == "event" else {"off_grid": "round"}))
    tolerance = 1e-9 if backend == "event" else 0.05 + 1e-9
    assert np.asarray(spikes.i).tolist() == trains.indices.tolist()
    assert np.asarray(spikes.t) == pytest.approx(trains.times, abs=tolerance)


def test_trains_are_as_many_as_the_sources() -> None:
    trains = snn.SpikeTrains(np.array([1.0, 2.0]), np.array([0, 2]), 5, 10.0)
    net = snn.Network(seed=1)
    with pytest.raises(snn.ParameterError, match=r"^source 'in': SpikeTrains of 5 trains for 4 sources"):
        net.source("in", 4, trains)
    assert net.source("in", 5, trains).spec.model == snn.SpikeArray([[1.0], [], [2.0], [], []])
    with pytest.raises(snn.ParameterError, match=r"expected a Source"):
        # mypy sees it too: the error is for whoever does not use it
        net.source("odd", 5, [1.0, 2.0])  # type: ignore[arg-type]


@pytest.mark.parametrize("n", [1, 40])
@pytest.mark.parametrize(
    "drawn",
    [
        {"rate": snn.Uniform(200.0, 900.0)},
        {"rate": 500.0, "start": snn.Uniform(0.0, 20.0, step=0.1)},
        {"rate": 500.0, "stop": snn.Uniform(5.0, 20.0, step=0.1)},
        {"rate": 500.0, "dead_time": snn.Uniform(1.0, 2.0)},
    ],
    ids=["rate", "start", "stop", "dead time"],
)
def test_what_is_drawn_from_a_distribution_is_as_if_it_were_listed(
    backend: str, drawn: dict[str, Any], n: int
) -> None:
    """Where a source drives its targets one to one, which engines do by ways of their own."""

    def run(poisson: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        net = snn.Network(seed=3)
        source = net.source("source", n, snn.Poisson(**poisson))
        cells = net.population("cells", n, snn.LIF(tau_m=50.0, v_th=np.inf))
        net.projection(source, cells, snn.OneToOne(), weight=1.0, delay=1.0)
        with snn.Simulation(net, backend=backend, dt=0.1, dtype="float64") as sim:
            sim.run(30.0)
            return sim.state(cells, "v"), {name: sim.parameter(source, name) for name in poisson}

    v, values = run(drawn)
    assert len(np.unique(v)) > 1 or n == 1
    np.testing.assert_array_equal(v, run(values)[0])

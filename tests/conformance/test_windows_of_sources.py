"""Sources emit from start to stop: beside whole trains, laws and what is known by hand, on every engine."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

import pysnn as snn

from .test_sources import record

P_MIN = 1e-6  # a right generator fails a fixed seed with this probability, once and for all
START, STOP, UNTIL = 20.0, 60.0, 100.0
N = 400


def per_ms(spikes: snn.SpikeData, until: float = UNTIL) -> NDArray[np.int64]:
    """Spikes of all sources in ]k, k + 1] ms."""
    return np.bincount(np.ceil(np.round(np.asarray(spikes.t), 9)).astype(int) - 1, minlength=int(until))


# In each kind of draw: by the step (from 0.02 spikes a step on, at 0.1 ms) and by intervals.
RANDOM: dict[str, Callable[..., snn.Source]] = {
    "counts": lambda **window: snn.Poisson(500.0, **window),
    "intervals": lambda **window: snn.Poisson(np.linspace(499.0, 501.0, N), **window),
    "dead time": lambda **window: snn.Poisson(500.0, 1.5, **window),
    "pieces": lambda **window: snn.PiecewisePoisson([0.0, 10.0, 90.0], [50.0, 500.0, 50.0], **window),
    "gamma": lambda **window: snn.Gamma(500.0, 5.0, **window),
    "gamma with a dead time": lambda **window: snn.Gamma(500.0, 0.5, 1.0, **window),
}


@pytest.mark.parametrize("kind", RANDOM)
def test_the_rate_is_right_from_start_to_stop_and_nothing_comes_elsewhere(backend: str, kind: str) -> None:
    spikes = record(backend, N, RANDOM[kind](start=START, stop=STOP), UNTIL)
    counts = per_ms(spikes)
    assert counts[: int(START)].sum() == 0
    assert counts[int(STOP) :].sum() == 0
    # 500 Hz, 400 sources: 200 spikes a ms, from the first one on; all these have a Fano factor of 2 at most
    inside = counts[int(START) : int(STOP)]
    assert np.abs(inside - 200.0).max() < stats.norm.isf(P_MIN) * np.sqrt(2 * 200.0)
    assert inside.sum() == pytest.approx(8000, abs=stats.norm.isf(P_MIN) * np.sqrt(2 * 8000.0))


@pytest.mark.parametrize(
    "whole",
    [
        snn.SpikeArray([[5.0, 20.0, 20.1, 60.0], [60.1, 99.0], [], [40.0, 40.0, 20.1]]),
        snn.PWM([0.0, 0.3, 0.7, 1.0], period=7.0, phase=[0.0, 0.5, 0.1, 0.0]),
        snn.Poisson(2000.0),
    ],
    ids=["given", "pwm", "counts"],
)
def test_what_counts_from_time_0_is_cut_out_of_the_whole(cpu_backend: str, whole: snn.Source) -> None:
    if cpu_backend == "event" and isinstance(whole, snn.Poisson):
        pytest.skip("no steps there to draw by: intervals begin at start")
    spikes = record(cpu_backend, 4, whole, UNTIL)
    cut = record(cpu_backend, 4, whole.replace(start=START, stop=STOP), UNTIL)
    kept = (spikes.t > START + 1e-9) & (spikes.t < STOP + 1e-9)
    assert 0 < kept.sum() < kept.size
    assert np.array_equal(cut.t, np.asarray(spikes.t)[kept])
    assert np.array_equal(cut.i, np.asarray(spikes.i)[kept])


def test_given_times_on_the_edges_by_hand(backend: str) -> None:
    # (1, 2]: open where it starts, closed where it stops
    spikes = record(backend, 2, snn.SpikeArray([[0.9, 1.0, 1.1], [2.0, 2.1]], start=1.0, stop=2.0), 5.0)
    assert list(spikes.t) == pytest.approx([1.1, 2.0], abs=1e-12)
    assert list(spikes.i) == [0, 1]


def test_trains_of_intervals_begin_at_start_as_they_would_at_0(backend: str) -> None:
    # whose draws go by (source, how many before)
    for source in (snn.Gamma(100.0, 3.0), snn.Poisson([50.0, 60.0, 70.0]), snn.Poisson(90.0, 5.0)):
        early = record(backend, 3, source, 200.0)
        late = record(backend, 3, source.replace(start=1000.0), 1200.0)
        assert early.count > 10
        assert np.asarray(late.t) == pytest.approx(np.asarray(early.t) + 1000.0, abs=1e-9)
        assert np.array_equal(late.i, early.i)


def drive_sums(backend: str, source: snn.Source, n: int, **options: Any) -> tuple[NDArray[np.float64], int]:
    """What arrives at perfect integrators, and the spikes that were recorded."""
    net = snn.Network(seed=2)
    # a membrane that forgets e^-1e-6 of what it is given
    model = snn.LIF(tau_m=1e8, e_l=0.0, v_th=1e9, v_reset=0.0)
    cells = net.population("cells", n, model, init={"v": 0.0})
    group = net.source("s", n, source)
    net.projection(group, cells, snn.OneToOne(), weight=1.0, delay=1.0)
    fired = net.probe(group, "spikes") if options.pop("recorded", True) else None
    v = net.probe(cells, "v", every=UNTIL)
    grid = {} if backend == "event" else {"dt": 0.1}
    with snn.Simulation(net, backend=backend, **grid, **options) as sim:
        sim.run(UNTIL)
        count = 0 if fired is None else sim.data[fired].count
        return np.asarray(sim.data[v].values)[-1], count


@pytest.mark.parametrize("recorded", [True, False])
@pytest.mark.parametrize("engine", ["clock", "event", "auto", "stepped"])
def test_targets_driven_straight_get_what_falls_inside(engine: str, recorded: bool) -> None:
    options: dict[str, Any] = {"recorded": recorded}
    if engine == "stepped":
        engine, options["engines"] = "auto", {"cells": "clock"}
    source = snn.Poisson(2000.0, start=START, stop=STOP)
    v, count = drive_sums(engine, source, N, **options)
    # 80 a source: a Poisson number
    assert v.sum() == pytest.approx(80 * N, abs=stats.norm.isf(P_MIN) * np.sqrt(80 * N))
    assert v.var() == pytest.approx(80.0, rel=stats.norm.isf(P_MIN) * np.sqrt(2 / N))
    if recorded:
        assert v.sum() == pytest.approx(count, abs=1e-3 * count)


def test_a_window_between_steps_is_kept_where_targets_step() -> None:
    # the source then goes by continuous time
    source = snn.Poisson(2000.0, start=START + 0.05, stop=STOP + 0.05)
    v, count = drive_sums("auto", source, N, engines={"cells": "clock"})
    assert v.sum() == pytest.approx(80 * N, abs=stats.norm.isf(P_MIN) * np.sqrt(80 * N))
    assert v.sum() == pytest.approx(count, abs=1e-3 * count)


@pytest.mark.opencl
def test_the_opencl_engine_drives_as_the_clock_engine_does() -> None:
    def v(backend: str) -> NDArray[np.float64]:
        net = snn.Network(seed=2)
        cells = net.population("cells", 50, snn.CubaLIF())
        for name, source in {
            "driven": snn.Poisson(9000.0, start=5.0, stop=25.0),
            "sent": snn.Poisson(9000.0, 0.05, start=5.0, stop=25.0),
        }.items():
            net.projection(net.source(name, 50, source), cells, snn.OneToOne(), weight=20.0, delay=1.0)
        probe = net.probe(cells, "v", every=1.0)
        with snn.Simulation(net, backend=backend, dt=0.1) as sim:
            sim.run(40.0)
            return np.asarray(sim.data[probe].values)

    clock = v("clock")
    assert clock.std() > 0.1
    assert np.array_equal(v("opencl"), clock)


def test_windows_far_ahead_of_each_other_and_of_the_epoch() -> None:
    # The event engine's times are relative to an epoch that moves after 2e6 ms.
    net = snn.Network(seed=4)
    window = {"start": 4_000_000.0, "stop": 4_300_000.0}
    sources = {
        "given": snn.SpikeArray([[4_000_000.0, 4_100_000.0, 4_300_000.0, 4_300_050.0]], **window),
        "pwm": snn.PWM(0.5, period=100_000.0, **window),
        "poisson": snn.Poisson(0.05, **window),
        "gamma": snn.Gamma(0.05, 2.0, **window),
        "pieces": snn.PiecewisePoisson([0.0, 4_200_000.0], [0.05, 0.2], **window),
        "never there": snn.Poisson(1000.0, start=1e15),
    }
    probes = {name: net.probe(net.source(name, 1, source), "spikes") for name, source in sources.items()}
    found = {}
    for backend, dt in (("event", None), ("clock", 50.0)):
        with snn.Simulation(net, backend=backend, **({} if dt is None else {"dt": dt})) as sim:
            sim.run(4_500_000.0)
            found[backend] = {name: np.asarray(sim.data[probe].t) for name, probe in probes.items()}
    for times in found.values():
        assert times["given"].tolist() == [4_100_000.0, 4_300_000.0]
        assert times["pwm"] == pytest.approx([4_050_000.0, 4_150_000.0, 4_250_000.0], abs=1e-6)
        assert times["never there"].size == 0
        for name in ("poisson", "gamma", "pieces"):
            assert 3 < times[name].size < 80
            assert times[name].min() > 4_000_000.0
            assert times[name].max() <= 4_300_000.0
    for name in ("poisson", "gamma", "pieces"):
        assert np.array_equal(np.ceil(found["event"][name] / 50.0), np.round(found["clock"][name] / 50.0))


@pytest.mark.parametrize(("until", "threads"), [([30.0, 60.0], 1), ([7.3, 13.1, 41.1, 60.0], 3)])
def test_threads_and_divisions_of_a_run_change_no_bit(
    cpu_backend: str, until: list[float], threads: int
) -> None:
    def run(until: list[float], threads: int) -> list[NDArray[np.float64]]:
        net = snn.Network(seed=8)
        cells = net.population("cells", N, snn.LIF(), init={"v": -70.0})
        for name, make in RANDOM.items():
            group = net.source(name, N, make(start=13.0, stop=41.5))
            net.projection(group, cells, snn.OneToOne(), weight=1.0, delay=1.5)
        probes = [net.probe(group, "spikes") for group in (*net.sources.values(), cells)]
        with snn.Simulation(net, backend=cpu_backend, threads=threads) as sim:
            for begin, end in itertools.pairwise([0.0, *until]):
                sim.run(end - begin)
            return [np.stack([np.asarray(sim.data[p].t), np.asarray(sim.data[p].i)]) for p in probes]

    whole, other = run([60.0], 1), run(until, threads)
    assert all(spikes.shape[1] > 100 for spikes in whole)
    assert all(np.array_equal(a, b) for a, b in zip(whole, other, strict=True))


@pytest.mark.parametrize("suffix", [".json", ".h5"])
def test_a_file_keeps_start_stop_and_dead_time(tmp_path: Path, suffix: str) -> None:
    net = snn.Network(seed=1)
    for name, make in RANDOM.items():
        net.source(name, N, make(start=1.0, stop=7.0))
    net.source("for ever", 2, snn.Poisson([1.0, 2.0], dead_time=[0.0, 3.0]))
    net.source("given", 2, snn.SpikeTrains(np.array([1.0, 2.0]), np.array([1, 0]), 2, 5.0))
    net.spec().save(tmp_path / f"net{suffix}")
    again = snn.NetworkSpec.load(tmp_path / f"net{suffix}")
    assert again == net.spec()
    assert again.sources[0].model.stop == 7.0
    assert np.array_equal(again.sources[-2].model.dead_time, [0.0, 3.0])


def test_a_file_without_them_means_always() -> None:
    text = (
        snn.Network(seed=1)
        .spec()
        .to_json()
        .replace(
            '"sources": []',
            '"sources": [{"name": "s", "n": 1, "model": {"class": "Poisson", "params": {"rate": 5.0}}}]',
        )
    )
    assert snn.NetworkSpec.from_json(text).sources[0].model == snn.Poisson(5.0, start=0.0, stop=np.inf)


def test_the_rate_of_what_stops_is_not_known() -> None:
    # auto counts on what arrives at all times; a source that ends is seen in its trial
    assert snn.Poisson(8.0, start=5.0).mean_rate() == 8.0
    assert snn.Poisson(8.0, 20.0).mean_rate() == 8.0
    assert np.isnan(snn.Poisson(8.0, stop=5.0).mean_rate())
    assert np.isnan(snn.SpikeArray([[1.0]]).mean_rate())


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: snn.Poisson(1.0, start=-1.0), r"Poisson\.start: must be >= 0 ms \(got -1\.0\)"),
        (lambda: snn.Gamma(1.0, 1.0, start=3.0, stop=3.0), r"Gamma\.stop: must be > start = 3 ms \(got 3\)"),
        (lambda: snn.SpikeArray([[1.0]], stop=0.0), r"SpikeArray\.stop: must be > start = 0 ms"),
        (lambda: snn.PiecewisePoisson([0.0], [1.0], stop=np.nan), r"PiecewisePoisson\.stop: must be"),
        (lambda: snn.PWM(0.5, start=np.inf), r"PWM\.start: must be >= 0 ms and finite \(got inf\)"),
        (lambda: snn.Poisson(1.0, 0.0, 5.0), r"Poisson: takes at most 2 values, start=, stop= \(got 3\)"),
        (lambda: snn.Poisson(1.0, begin=5.0), r"Poisson: unknown parameter 'begin'"),
    ],
)
def test_impossible_windows_are_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises((snn.ParameterError, snn.UnknownParameterError), match=message):
        make()


def test_a_window_off_the_grid_is_an_error_on_steps_unless_rounding_is_asked_for() -> None:
    source = snn.Poisson(100.0, start=0.25)
    with pytest.raises(snn.OffGridError, match=r"source 's': Poisson\.start: 0\.25 ms is no m"):
        record("clock", 1, source, 5.0)
    record("clock", 1, source, 5.0, off_grid="round")
    record("event", 1, source, 5.0)

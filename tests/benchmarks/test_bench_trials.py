"""What trials cost beside one run of the same length and input, and what threads gain.

784 inputs onto 400 neurons, 1,000 trials of 50 ms, about 300 spikes each (a handwritten digit). Aim: at most
1.2 times one run, and 1.8 times faster again on two cores where nothing learns. ``ratio`` (in ``extra_info``,
and printed with -s) is processor time over that of the run, both the least of some rounds taken in turn;
``gain`` is that of wall time by two threads, ``spent`` their processor time over that of one, ``most_gain``
what the gain can be on cores that nobody else uses: all but the time that the caller works alone is shared.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

import pysnn as snn

TRIALS, D, PIXELS, CELLS = 1000, 50.0, 784, 400
ROUNDS = 3


def network(source: snn.Source, plastic: bool) -> snn.Network:
    net = snn.Network(seed=1)
    cells = net.population("cells", CELLS, snn.CubaLIF(tau_m=20.0))
    pixels = net.source("pixels", PIXELS, source)
    rule = snn.PairSTDP(a_plus=1e-3, a_minus=1e-3, w_max=60.0) if plastic else None
    weights = snn.Normal(25.0, 10.0, min=0.0, max=60.0)
    net.projection(pixels, cells, snn.AllToAll(), weight=weights, delay=1.0, plasticity=rule)
    return net


def digits(on_grid: bool) -> snn.TrialSpikes:
    """100 pixels of each are lit, by 3 spikes on average."""
    rng = np.random.default_rng(0)
    lit = np.concatenate([rng.choice(PIXELS, 100, replace=False) for _ in range(TRIALS)])
    many = rng.poisson(3.0, len(lit))
    sizes = many.reshape(TRIALS, 100).sum(axis=1)
    times = rng.integers(1, int(D), many.sum()).astype(float)
    if not on_grid:
        times = np.round(times - rng.uniform(0.0, 1.0, len(times)), 6)
    offsets = np.concatenate(([0], np.cumsum(sizes)))
    return snn.TrialSpikes(times, np.repeat(lit, many), offsets, PIXELS, D)


def took(work: Callable[[], object], *clocks: Callable[[], float]) -> tuple[float, ...]:
    begun = [clock() for clock in clocks]
    work()
    return tuple(clock() - since for clock, since in zip(clocks, begun, strict=True))


@pytest.mark.parametrize(
    ("backend", "dt", "plastic"),
    [
        ("clock", 1.0, False),
        ("clock", 1.0, True),
        ("clock", 0.1, False),
        ("clock", 0.1, True),
        ("event", 0.1, False),
    ],
)
def test_trials_beside_one_run(benchmark: BenchmarkFixture, backend: str, dt: float, plastic: bool) -> None:
    given = digits(on_grid=backend == "clock")
    together = given.one_after_another()
    played = snn.SpikeArray(together.times, together.indices)
    name = f"{backend}, dt {dt:g}, {'stdp' if plastic else 'static'}"
    benchmark.group = f"1,000 trials of 50 ms, {name}"

    def simulation(source: snn.Source, threads: int) -> snn.Simulation:
        return snn.Simulation(network(source, plastic), backend=backend, dt=dt, threads=threads)

    with simulation(played, 1) as run, simulation(snn.Input(), 1) as one, simulation(snn.Input(), 2) as two:
        runs, ones, twos = [], [], []
        for _ in range(ROUNDS):
            run.reset(keep=())
            runs.append(took(lambda: run.run(TRIALS * D), time.process_time)[0])
            for sim, rounds in ((one, ones), (two, twos)):
                sim.reset(keep=())
                clocks = time.perf_counter, time.process_time, time.thread_time
                rounds.append(took(lambda sim=sim: sim.run_trials(given), *clocks))
        wall, work, alone = (min(column) for column in zip(*ones, strict=True))
        ratio, gain = work / min(runs), wall / min(t[0] for t in twos)
        shared = min(t[1] for t in twos)
        most_gain = work / (alone + (shared - alone) / 2)
        benchmark.extra_info.update(ratio=ratio, gain=gain, spent=shared / work, most_gain=most_gain)
        print(
            f"\n{name}: one run {min(runs):.3f} s, trials {work:.3f} s, ratio {ratio:.2f}; two threads "
            f"{gain:.2f} x, at most {most_gain:.2f} x, in {shared / work:.2f} of the processor time"
        )
        benchmark.pedantic(one.run_trials, args=(given,), rounds=1, iterations=1)


def test_a_loop_of_runs_and_resets_in_python(benchmark: BenchmarkFixture) -> None:
    """What trials spare: the same by feed, run and reset."""
    given = digits(on_grid=True)
    benchmark.group = "1,000 trials of 50 ms, clock, dt 1, static"
    with snn.Simulation(network(snn.Input(), plastic=False), dt=1.0, threads=1) as sim:

        def loop() -> None:
            for trial in given:
                sim.feed("pixels", trial)
                sim.run(D)
                sim.reset()

        benchmark.pedantic(loop, rounds=ROUNDS, iterations=1)

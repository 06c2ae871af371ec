"""Sources whose parameters were changed while they ran go on in a resumed simulation as in the saved one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pysnn as snn
from pysnn.sources import Source

from .test_checkpoints import ENGINES, SOURCES, N, example, names, network, options, shortest, shown

# What of each source changes, and when: of all, of some, of the same again, to each its own.
ALL = slice(None)
OWN: dict[str, dict[str, Any]] = {
    "Poisson": {"rate": 300.0},
    "Gamma": {"rate": 300.0, "shape": 2.0},
    "PWM": {"duty": 0.4},
}
WINDOW = {"start": 0.0, "stop": 31.0}


def changes(name: str) -> list[tuple[float, Callable[[Any], dict[str, Any]], slice]]:
    own = OWN.get(name, WINDOW)
    each = next(iter(own))
    drawn = np.random.default_rng(1).integers(5, 11, N) / 10
    return [
        (3.2, lambda _: own, slice(10, 100)),
        (7.3, lambda _: {"stop": 33.0}, slice(0, 40)),
        (9.0, lambda k: {each: np.round((own[each] or 5.0) * drawn[k], 6)}, slice(40, 140, 3)),
        (9.0, lambda _: own, slice(60, 90)),
        (21.1, lambda k: {each: np.round((own[each] or 5.0) * drawn[k][::-1], 6)}, ALL),
        (22.0, lambda _: own, slice(100, 150)),
    ]


def run(sim: snn.Simulation, source: Any, name: str, until: float) -> None:
    """Up to ``until`` ms, and what is changed on the way after now."""
    for at, values, part in changes(name):
        if sim.time <= at < until and at >= sim.time:
            if at > sim.time:
                sim.run(round(at - sim.time, 6))
            view = source[part]
            sim.set_parameters(view, **values(np.arange(N)[part]))
    if until > sim.time:
        sim.run(round(until - sim.time, 6))


@pytest.mark.parametrize("backend", ENGINES)
@pytest.mark.parametrize("name", [name for name in names(Source.registry) if name != "Input"])
def test_every_source(name: str, backend: str, tmp_path: Path) -> None:
    """All but ``Input``, which keeps its parameters."""
    net = network(source=example(SOURCES, Source.registry, name), shortest=shortest(backend))
    source = net.sources["noise"]
    with snn.Simulation(net, threads=1, **options(backend)) as sim:
        run(sim, source, name, 40.0)
        expected = shown(sim)
    path = tmp_path / "at.h5"
    sim = snn.Simulation(net, threads=2, **options(backend))
    for threads, until in enumerate((3.2, 5.0, 9.0, 15.3, 22.0, 22.1, 40.0)):
        run(sim, source, name, until)
        sim.save(path)
        sim.close()
        sim = snn.resume(path, threads=1 + threads % 3)
    found = shown(sim)
    sim.close()
    for what, values in expected.items():
        assert np.array_equal(found[what], values), what


@pytest.mark.parametrize("backend", ENGINES)
def test_one_that_draws_straight_into_its_targets(backend: str, tmp_path: Path) -> None:
    net = network(shortest=shortest(backend))
    drive = net.sources["drive"]

    def course(sim: snn.Simulation, parts: list[float], save: bool) -> dict[str, Any]:
        path = tmp_path / "at.h5"
        done = 0.0
        for number, until in enumerate(parts):
            sim.run(round(until - done, 6))
            done = until
            if save:
                sim.save(path)
                sim.close()
                sim = snn.resume(path, threads=1 + number % 3)
            if number < 6:
                some = drive[(20 * number) % 100 : (20 * number) % 100 + 50]
                sim.set_parameters(some, rate=np.linspace(1000.0, 6000.0, len(some)) + number)
        got = shown(sim)
        sim.close()
        return got

    parts = [0.3, 0.4, 5.0, 11.1, 11.4, 20.0, 35.0]
    expected = course(snn.Simulation(net, threads=1, **options(backend)), parts, save=False)
    found = course(snn.Simulation(net, threads=2, **options(backend)), parts, save=True)
    for what, values in expected.items():
        assert np.array_equal(found[what], values), what


def test_after_time_has_begun_again_and_again_changed(cpu_backend: str, tmp_path: Path) -> None:
    net = network()
    noise = net.sources["noise"]

    def course(sim: snn.Simulation, save: bool) -> dict[str, Any]:
        sim.run(5.0)
        sim.set_parameters(noise[:70], rate=100.0)
        sim.run(5.0)
        sim.reset()
        for part, rate in ((4.0, 100.0), (6.0, 900.0)):
            if save:
                sim.save(tmp_path / "at.h5")
                sim.close()
                sim = snn.resume(tmp_path / "at.h5", threads=3)
            assert sim.parameter(noise, "rate")[69] == rate
            sim.run(part)
            sim.set_parameters(noise[60:80], rate=900.0)
        sim.run(10.0)
        got = shown(sim)
        sim.close()
        return got

    expected = course(snn.Simulation(net, backend=cpu_backend), save=False)
    found = course(snn.Simulation(net, backend=cpu_backend), save=True)
    for what, values in expected.items():
        assert np.array_equal(found[what], values), what


@pytest.mark.parametrize("source", [snn.Poisson(0.02), snn.Gamma(0.02, 2.0), snn.PWM(0.5, period=500_000.0)])
def test_late_in_a_long_run(source: Source, tmp_path: Path) -> None:
    """Changed beyond 9,223 s, where 64 bits of 1e-12 ms end, and saved some epochs of 2,000 s later."""
    net = snn.Network(seed=1)
    slow = net.source("slow", 20, source)
    cells = net.population("cells", 20, snn.LIF())
    net.projection(slow, cells, snn.OneToOne(), weight=1.0, delay=1.0)
    net.probe(slow, "spikes", name="sent")
    values: dict[str, Any] = {"duty": 0.7} if isinstance(source, snn.PWM) else {"rate": 0.05}

    def course(threads: int, save: bool) -> Any:
        sim = snn.Simulation(net, backend="event", threads=threads)
        for part in (3_000_000.0, 6_300_000.0, 5_000_000.5):
            sim.run(part)
            sim.set_parameters(slow[:10], **values)
            sim.set_parameters(slow[5:8], stop=16_000_000.0)
            if save:
                sim.save(tmp_path / "at.h5")
                sim.close()
                sim = snn.resume(tmp_path / "at.h5", threads=3)
        sim.run(4_000_000.0)
        sent = sim.data["sent"]
        sim.close()
        return sent

    expected, found = course(1, save=False), course(2, save=True)
    assert expected.t.size > 50
    assert np.array_equal(found.t, expected.t)
    assert np.array_equal(found.i, expected.i)

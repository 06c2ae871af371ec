"""Sources and noise: the same bits for any threads and division of a run, also far ahead; kept by files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import pysnn as snn

MODEL = snn.LIF(tau_m=10.0, c_m=250.0, e_l=0.0, v_th=15.0, v_reset=0.0)


def network(n: int = 150) -> snn.Network:
    """Every source of rates and the noise current, into neurons that fire."""
    net = snn.Network(seed=8)
    cells = net.population("cells", n, MODEL, init={"v": 0.0})
    rows = np.linspace(100.0, 900.0, 3 * n).reshape(n, 3)
    for name, source in {
        "pieces": snn.PiecewisePoisson([0.0, 13.0, 40.0], rows),
        "gamma": snn.Gamma(300.0, np.linspace(0.2, 9.0, n)),
        "pwm": snn.PWM(np.linspace(0.0, 1.0, n), period=4.0),
    }.items():
        net.projection(net.source(name, n, source), cells, snn.OneToOne(), weight=1.0, delay=1.5)
    net.current(cells, snn.NoiseCurrent(200.0, 300.0, interval=0.5, start=2.0))
    net.current(cells[: n // 3], snn.NoiseCurrent(0.0, 100.0, interval=3.0))
    net.current(cells[n // 2 :], snn.StepCurrent([5.0, 30.0], [50.0, -50.0]))
    net.current(cells[3:], snn.StepCurrent([4.0, 31.0], np.linspace(-20.0, 20.0, 2 * n - 6).reshape(2, -1)))
    net.current(cells, snn.SineCurrent(50.0, 30.0, interval=0.5, start=1.0, stop=57.2))
    for group in (*net.sources.values(), cells):
        net.probe(group, "spikes", name=f"{group.name} spikes")
    net.probe(cells, "v", every=1.0, name="v")
    return net


def outcome(
    spec: snn.NetworkSpec, backend: str, until: list[float], threads: int
) -> dict[str, NDArray[np.float64]]:
    with snn.Simulation(spec, backend=backend, threads=threads) as sim:
        done = 0.0
        for end in until:
            sim.run(end - done)
            done = end
        found = {}
        for probe in spec.probes:
            data = sim.data[probe.name]
            if probe.what == "v":
                found["v"] = np.asarray(data.values)
            else:
                found[probe.name] = np.stack([np.asarray(data.t), np.asarray(data.i)])
        return found


@pytest.mark.parametrize(("until", "threads"), [([30.0, 60.0], 1), ([60.0], 2), ([7.3, 13.0, 41.1, 60.0], 3)])
def test_threads_and_divisions_of_a_run_change_no_bit(
    cpu_backend: str, until: list[float], threads: int
) -> None:
    spec = network().spec()
    whole, other = outcome(spec, cpu_backend, [60.0], 1), outcome(spec, cpu_backend, until, threads)
    assert whole["cells spikes"].shape[1] > 300
    for name, values in whole.items():
        assert np.array_equal(values, other[name]), name


@pytest.mark.parametrize("suffix", [".json", ".h5"])
def test_a_file_keeps_sources_and_noise(cpu_backend: str, tmp_path: Path, suffix: str) -> None:
    spec = network(10).spec()
    spec.save(tmp_path / f"net{suffix}")
    again = snn.NetworkSpec.load(tmp_path / f"net{suffix}")
    assert again == spec
    before, after = outcome(spec, cpu_backend, [20.0], 1), outcome(again, cpu_backend, [20.0], 1)
    assert all(np.array_equal(before[name], after[name]) for name in before)


def test_sources_and_noise_go_on_when_the_event_engine_moves_its_epoch() -> None:
    # The event engine's times are relative to an epoch that moves after 2e6 ms; the clock engine's steps are
    # not. At a step of 50 ms both see the same draws, and a passive membrane is exact on both.
    net = snn.Network(seed=8)
    passive = snn.LIF(tau_m=100.0, c_m=250.0, e_l=0.0, v_th=1e9, v_reset=0.0, t_ref=0.0)
    cells = net.population("cells", 3, passive, init={"v": 0.0})
    net.current(cells, snn.NoiseCurrent(0.0, 100.0, interval=5000.0, start=1000.0, stop=4_400_000.0))
    net.current(cells, snn.StepCurrent([50.0, 2_100_000.0, 4_450_000.0], [5.0, 7.0, 0.0]))
    times, rates = [0.0, 1_999_950.0, 4_100_000.0], [0.0, 0.02, 0.05]
    sources = {
        "pieces": snn.PiecewisePoisson(times, rates),
        "gamma": snn.Gamma(0.01, 3.0),
        "pwm": snn.PWM([0.0, 0.4, 1.0], period=70_000.0),
    }
    probes = {name: net.probe(net.source(name, 3, source), "spikes") for name, source in sources.items()}
    v = net.probe(cells, "v", every=25_000.0)
    found = {}
    for backend, dt in (("event", None), ("clock", 50.0)):
        with snn.Simulation(net, backend=backend, **({} if dt is None else {"dt": dt})) as sim:
            sim.run(4_500_000.0)
            found[backend] = {name: sim.data[probe].trains() for name, probe in probes.items()}
            found[backend]["v"] = np.asarray(sim.data[v].values)
    event, clock = found["event"], found["clock"]
    assert np.abs(event["v"] - clock["v"]).max() < 1e-9
    assert np.abs(np.diff(event["v"][-20:-6], axis=0)).min() > 1e-6  # it has not stopped drawing
    for name in ("pieces", "gamma"):
        for continuous, steps in zip(event[name], clock[name], strict=True):
            assert len(steps) > 20
            assert steps[-1] > 4_200_000.0
            assert np.array_equal(np.ceil(continuous / 50.0), np.round(steps / 50.0))
    assert min(train[0] for train in event["pieces"]) > 1_999_950.0
    m = np.arange(64)
    for train, duty in zip(event["pwm"], (0.0, 0.4, 1.0), strict=True):
        assert train[:64] == pytest.approx((m + (duty + 0.05) / 1.1) * 70_000.0, abs=1e-6)

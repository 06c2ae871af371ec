"""Parameters that an engine is given between two runs: states go on from where they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import pysnn as snn

from .test_models import MODELS
from .test_parameters_of_each import described, differing

Floats = NDArray[np.float64]


def change(sim: snn.Simulation, group: int, indices: list[int] | NDArray[Any], **values: Any) -> None:
    """What sim.set_parameters comes down to."""
    given = {name: np.atleast_1d(np.asarray(value, np.float64)) for name, value in values.items()}
    sim._engine.set_parameters(group, given, np.asarray(indices, np.uint32))


def lone(model: snn.NeuronModel, n: int = 2, every: float = 0.5) -> snn.Network:
    net = snn.Network(seed=2)
    cells = net.population("cells", n, model)
    net.probe(cells, "spikes", name="spikes")
    net.probe(cells, "v", every=every, name="v")
    return net


def test_v_goes_on_from_where_it_is(cpu_backend: str) -> None:
    """Closed form: below threshold v relaxes to e_l + tau_m i_e / c_m, with what holds then."""
    net = lone(snn.LIF(v_th=0.0, i_e=100.0))
    with snn.Simulation(net, backend=cpu_backend) as sim:
        sim.run(7.0)
        change(sim, 0, [1], i_e=-50.0, tau_m=5.0, e_l=-60.0)
        sim.run(8.0)
        t, v = sim.data["v"].t, sim.data["v"].values
    before = -66.0 - 4.0 * np.exp(-t / 10.0)
    np.testing.assert_allclose(v[:, 0], before, atol=1e-9)
    at_7 = -66.0 - 4.0 * np.exp(-0.7)
    rest = -60.0 - 50.0 * 5.0 / 250.0
    after = rest + (at_7 - rest) * np.exp(-(t - 7.0) / 5.0)
    np.testing.assert_allclose(v[:, 1], np.where(t <= 7.0, before, after), atol=1e-9)


def test_a_new_threshold_holds_at_once_and_a_new_t_ref_from_the_next_spike(cpu_backend: str) -> None:
    """dt = 0.1: a neuron above its new threshold fires at the end of the next step, or 1e-12 ms later."""
    net = lone(snn.LIF(i_e=250.0, t_ref=4.0))  # v_inf = -60: silent
    with snn.Simulation(net, backend=cpu_backend) as sim:
        sim.run(30.0)
        change(sim, 0, [0], v_th=-65.0)
        sim.run(1.0)  # in its refractory time
        change(sim, 0, [0], t_ref=1.0)
        sim.run(40.0)
        t = np.asarray(sim.data["spikes"].t)
        assert set(np.asarray(sim.data["spikes"].i)) == {0}
    step = 0.1 if cpu_backend == "clock" else 1e-12
    assert t[0] == pytest.approx(30.0 + step, abs=1e-9)
    # From -70 to -65 on the way to -60 takes tau_m ln 2, on steps the next multiple of dt.
    rise = 10.0 * np.log(2.0)
    rise = np.ceil(rise / 0.1) * 0.1 if cpu_backend == "clock" else rise
    np.testing.assert_allclose(np.diff(t), [4.0 + rise] + [1.0 + rise] * (len(t) - 2), atol=1e-9)
    assert len(t) > 4


@pytest.mark.parametrize("name", MODELS)
def test_the_others_and_what_is_the_same_go_on_untouched(cpu_backend: str, name: str) -> None:
    def run(changes: bool, pieces: int = 1, **options: Any) -> dict[str, Any]:
        net = described(name, {})
        with snn.Simulation(net, backend=cpu_backend, **options) as sim:
            for _ in range(pieces):
                sim.run(15.0 / pieces)
            if changes:
                new = differing(name)
                which = [1, 4, 7]
                change(sim, 0, which, **{p: v[which] for p, v in new.items()})
                for p in new:
                    np.testing.assert_array_equal(sim.parameter("cells", p)[which], new[p][which])
                change(sim, 0, [0, 2], **{p: sim.parameter("cells", p)[[0, 2]] for p in new})  # nothing new
            for _ in range(pieces):
                sim.run(25.0 / pieces)
            spikes = sim.data["spikes"]
            states = {s: sim.data[s].values for s in net.populations["cells"].model.states}
            return {"spikes": np.array([spikes.t, spikes.i]), **states}

    plain, changed = run(False), run(True)
    others = [k for k in range(12) if k not in (1, 4, 7)]
    for state in set(plain) - {"spikes"}:
        np.testing.assert_array_equal(plain[state][:, others], changed[state][:, others])
        assert np.isfinite(changed[state]).all()
    assert not np.array_equal(plain["v"], changed["v"])
    for other in (run(True, pieces=5), run(True, threads=3)):
        for what, values in changed.items():
            np.testing.assert_array_equal(values, other[what], err_msg=what)


@pytest.mark.parametrize("name", MODELS)
def test_a_change_at_the_begin_is_a_declaration(cpu_backend: str, name: str) -> None:
    """Of all neurons: what then follows is what was declared so, from the same states."""
    if name == "SRM0" and cpu_backend == "event":
        pytest.skip("it draws by its events, and to be changed is one")
    new = differing(name)
    with snn.Simulation(described(name, {}), backend=cpu_backend) as sim:
        change(sim, 0, np.arange(12), **new)
        sim.run(40.0)
        got = {s: sim.data[s].values for s in sim.spec.populations[0].model.states}
    kind = type(described(name, {}).populations["cells"].model)
    declared = described(name, new)
    rest = {s: np.empty(12) for s in kind.states}
    with snn.Simulation(described(name, {}), backend=cpu_backend) as sim:
        rest = {s: sim.state("cells", s) for s in kind.states}
    with snn.Simulation(declared, backend=cpu_backend) as sim:
        for state, values in rest.items():
            sim.set_state("cells", state, values)
        sim.run(40.0)
        for state in kind.states:
            # Set one after another or all at once: the same to rounding.
            np.testing.assert_allclose(got[state], sim.data[state].values, atol=1e-6, rtol=1e-9)


def test_what_cannot_be_changes_nothing() -> None:
    net = lone(snn.LIF(i_e=100.0), n=3)
    with snn.Simulation(net, backend="clock") as sim:
        sim.run(5.0)
        with pytest.raises(snn.OffGridError, match="neuron 2: t_ref"):
            change(sim, 0, [0, 2], t_ref=[1.0, 1.05], i_e=0.0)
        np.testing.assert_array_equal(sim.parameter("cells", "t_ref"), [2.0] * 3)
        np.testing.assert_array_equal(sim.parameter("cells", "i_e"), [100.0] * 3)
        sim.run(10.0)
        v = sim.data["v"]
    np.testing.assert_allclose(v.values[:, 0], -66.0 - 4.0 * np.exp(-v.t / 10.0), atol=1e-9)


def fed(source: snn.Source, n: int = 40, delay: float = 2.0, **weights: Any) -> snn.Network:
    """LIF neurons that count what arrives at them: nothing leaks to speak of, and none fires."""
    net = snn.Network(seed=6)
    cells = net.population("cells", n, snn.LIF(tau_m=1e9, v_th=1e9))
    group = net.source("source", n, source)
    net.projection(group, cells, snn.OneToOne(), weight=1.0, delay=delay)
    net.probe(group, "spikes", name="spikes")
    net.probe(cells, "v", every=10.0, name="v")
    return net


SOURCES = [
    pytest.param(snn.Poisson(2000.0), {"rate": 500.0}, id="counts"),
    pytest.param(snn.Poisson(50.0), {"rate": 400.0}, id="intervals"),
    pytest.param(snn.Poisson(50.0, dead_time=2.0), {"dead_time": 10.0, "rate": 90.0}, id="dead time"),
    pytest.param(snn.Gamma(100.0, 4.0), {"rate": 300.0}, id="gamma"),
    pytest.param(snn.PWM(0.3), {"duty": 0.6}, id="pwm"),
    pytest.param(snn.Poisson(300.0), {"stop": 250.0}, id="stop"),
]


def trains(
    source: snn.Source, backend: str, new: dict[str, float], which: Any, pieces: int = 1, **options: Any
) -> tuple[Floats, NDArray[np.int64], Floats]:
    net = fed(source)
    with snn.Simulation(net, backend=backend, **options) as sim:
        for _ in range(pieces):
            sim.run(200.0 / pieces)
        if new:
            change(sim, 1, which, **new)
        for _ in range(pieces):
            sim.run(400.0 / pieces)
        spikes = sim.data["spikes"]
        return np.asarray(spikes.t), np.asarray(spikes.i), sim.data["v"].values[-1] + 70.0


@pytest.mark.parametrize(("source", "new"), SOURCES)
def test_sources_that_change_leave_the_others_and_the_past(
    cpu_backend: str, source: snn.Source, new: dict[str, float]
) -> None:
    which = np.r_[3:20, 25]
    t, i, _ = trains(source, cpu_backend, {}, which)
    t2, i2, arrived = trains(source, cpu_backend, new, which)
    for keep, keep2 in ((t <= 200.0, t2 <= 200.0), (~np.isin(i, which), ~np.isin(i2, which))):
        np.testing.assert_array_equal(t[keep], t2[keep2])
        np.testing.assert_array_equal(i[keep], i2[keep2])
    assert not np.array_equal(t, t2)
    # All that was emitted, before and after, has arrived 2 ms later.
    np.testing.assert_allclose(arrived, np.bincount(i2[t2 <= 598.0 + 1e-9], minlength=40), atol=1e-3)
    for other in (
        trains(source, cpu_backend, new, which, pieces=4),
        trains(source, cpu_backend, new, which, threads=3),
    ):
        np.testing.assert_array_equal(t2, other[0])
        np.testing.assert_array_equal(i2, other[1])


@pytest.mark.parametrize("rate", [2000.0, 60.0])
def test_a_new_rate_is_kept(cpu_backend: str, rate: float) -> None:
    """Poisson: counts of 40 sources in 400 ms, within five standard deviations; and silence at 0 Hz."""
    t, _, _ = trains(snn.Poisson(rate), cpu_backend, {"rate": 0.25 * rate}, np.arange(40))
    expected = 40 * 0.4 * 0.25 * rate
    assert abs((t > 200.0).sum() - expected) < 5.0 * np.sqrt(expected)
    t, _, _ = trains(snn.Poisson(rate), cpu_backend, {"rate": 0.0}, np.arange(40))
    assert (t > 200.0).sum() == 0
    assert (t <= 200.0).sum() > 100


def test_no_spike_train_is_drawn_twice(cpu_backend: str) -> None:
    """The same law again, in the same source: its intervals are not those that it began with."""
    net = fed(snn.Gamma(100.0, 2.0), n=5)
    with snn.Simulation(net, backend=cpu_backend) as sim:
        sim.run(200.0)
        change(sim, 1, np.arange(5), rate=50.0)
        change(sim, 1, np.arange(5), rate=100.0)
        sim.run(200.0)
        t, i = np.asarray(sim.data["spikes"].t), np.asarray(sim.data["spikes"].i)
    for k in range(5):
        early, late = np.diff(t[(i == k) & (t <= 200.0)])[:5], np.diff(t[(i == k) & (t > 200.0)])[:5]
        assert not np.allclose(early, late, atol=0.15)


def test_set_parameters_as_a_user_calls_it(cpu_backend: str) -> None:
    net = fed(snn.Poisson(100.0), n=4)
    cells, source = net.populations["cells"], net.sources["source"]
    with snn.Simulation(net, backend=cpu_backend) as sim:
        sim.run(10.0)
        sim.set_parameters(cells[[3, 1]], tau_m=[5.0, 6.0], i_e=1.0)
        sim.set_parameters(source[:2], rate=0.0)
        sim.set_parameters(cells, at=20.0, e_l=-65.0)
        assert [change.call for change in sim.pending] == ["set_parameters"]
        np.testing.assert_array_equal(sim.parameter(cells, "tau_m"), [1e9, 6.0, 1e9, 5.0])
        np.testing.assert_array_equal(sim.parameter(source, "rate"), [0.0, 0.0, 100.0, 100.0])
        sim.run(15.0)
        np.testing.assert_array_equal(sim.parameter(cells, "e_l"), [-65.0] * 4)
        for given, message in (
            ({"tau": 5.0}, "did you mean 'tau_m'"),
            ({"reset": 1.0}, "unknown number among the parameters of LIF"),
            ({"tau_m": -1.0}, r"set_parameters: 'cells'.tau_m: must be >= 1e-12 ms \(got -1"),
            ({"tau_m": [1.0, 2.0]}, r"set_parameters: 'cells'.tau_m: expected 4 values \(got 2\)"),
            ({"v_th": [1.0, 1.0, -80.0, 1.0]}, "entry 2: LIF.v_reset: must be < v_th = -80 mV"),
            ({"tau_m": snn.Normal(20.0, 1.0)}, "nothing is drawn while a network runs"),
            ({}, "expected name=values of one parameter at least"),
        ):
            with pytest.raises(snn.PysnnError, match=message):
                sim.set_parameters(cells, **given)
        with pytest.raises(snn.ParameterError, match="at: must be >= 25 ms"):
            sim.set_parameters(cells, at=1.0, i_e=3.0)
    with pytest.raises(snn.ClosedError):
        sim.set_parameters(cells, i_e=3.0)


def test_what_is_set_at_a_time_must_fit_what_neurons_have_by_then(cpu_backend: str) -> None:
    """Not what they had when it was asked for: v_reset = -70 and v_th = -55 mV."""
    net = snn.Network(seed=6)
    net.population("cells", 4, snn.LIF())
    with snn.Simulation(net, backend=cpu_backend) as sim:
        with pytest.raises(snn.ParameterError, match=r"entry 0: LIF.v_reset: must be < v_th = -55"):
            sim.set_parameters("cells", v_reset=-50.0, at=5.0)
        sim.set_parameters("cells", v_reset=-56.0, at=5.0)
        sim.set_parameters("cells", v_th=-60.0)
        with pytest.raises(snn.ParameterError, match=r"v_reset: must be < v_th = -60 mV") as caught:
            sim.run(10.0)
        assert "Change at 5 ms: set_parameters of 'cells'" in "".join(caught.value.__notes__)
        assert sim.time == 5.0
        assert (sim.parameter("cells", "v_reset") == -70.0).all()
        sim.set_parameters("cells", v_reset=-90.0, at=6.0)
        sim.set_parameters("cells", v_th=-80.0, at=7.0)  # fits what the one before will have set
        sim.run(5.0)
        assert (sim.parameter("cells", "v_th") == -80.0).all()
        sim.run(5.0)


def test_a_checkpoint_has_the_parameters_of_now(cpu_backend: str, tmp_path: Path) -> None:
    """Saved and resumed with other threads, or run on: the same bits."""

    def changed(threads: int) -> snn.Simulation:
        net = snn.Network(seed=3)
        cells = net.population("cells", 150, snn.CubaLIF(tau_m=snn.Normal(20.0, 2.0, min=5.0), i_e=300.0))
        net.projection(cells, cells, snn.FixedProbability(0.05), weight=20.0, delay=1.5)
        net.probe(cells, "v", every=1.0, name="v")
        sim = snn.Simulation(net, backend=cpu_backend, threads=threads)
        sim.run(50.0)
        sim.set_parameters(cells, v_th=np.linspace(-56.0, -50.0, 150))
        sim.set_parameters(cells, tau_m=15.0)
        return sim

    with changed(2) as sim:
        sim.run(100.0)
        whole = sim.data["v"].values
    with changed(1) as sim:
        sim.run(30.0)
        sim.save(tmp_path / "at.h5")
    with snn.resume(tmp_path / "at.h5", threads=3) as sim:
        np.testing.assert_array_equal(sim.parameter("cells", "tau_m"), [15.0] * 150)
        sim.run(70.0)
        np.testing.assert_array_equal(sim.data["v"].values, whole)

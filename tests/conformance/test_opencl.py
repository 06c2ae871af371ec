"""The OpenCL engine against the clock engine, which it must equal to the last bit, and what is its own."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pysnn as snn

pytestmark = pytest.mark.opencl

# The clock engine's shards hold 16 bits of targets, and runs of delays 16 bits of steps.
BEYOND = 1 << 16

CELL = snn.CubaLIF(
    tau_m=15.0, tau_syn_exc=4.0, tau_syn_inh=9.0, c_m=200.0, e_l=-60.0, v_th=-50.0, v_reset=-62.0, t_ref=1.5
)
ADDITIVE = {"a_plus": 0.03, "a_minus": 0.032, "w_max": 60.0}
MULTIPLICATIVE = ADDITIVE | {"mu_plus": 1.0, "mu_minus": 1.0, "tau_minus": 33.0}
RULES = {
    "additive": snn.PairSTDP(**ADDITIVE),
    "multiplicative": snn.PairSTDP(**MULTIPLICATIVE),
    "nearest": snn.PairSTDP(**MULTIPLICATIVE, pairing="nearest"),
    "gutig": snn.PairSTDP(**ADDITIVE, mu_plus=0.4, mu_minus=0.2),
    # a table of the decay has no end here, the simulation gives it one
    "slow": snn.PairSTDP(**ADDITIVE, tau_plus=1e6, tau_minus=2e6),
}


def network(rule: snn.PlasticityRule | None = None, fraction: float = 0.0, seed: int = 4) -> snn.Network:
    """Two recurrent populations with every kind of drive; delays of 0.2 to 6 ms, several a pair."""
    net = snn.Network(seed=seed)
    exc = net.population("exc", 131, CELL, init={"v": snn.Uniform(-60.0, -50.0)})
    inh = net.population("inh", 37, CELL, init={"v": snn.Uniform(-60.0, -50.0)})
    counts, waits = net.source("counts", 131, snn.Poisson(3000.0)), net.source("waits", 50, snn.Poisson(60.0))
    rng = np.random.default_rng(seed)
    trains = [np.unique(rng.integers(1, 3000, 20)) * 0.1 for _ in range(20)]
    given = net.source("given", 20, snn.SpikeArray([np.round(t, 9) for t in trains]))
    sparse = snn.FixedProbability(0.1)
    spread = {"weight": snn.Normal(30.0, 8.0, min=0.0), "delay": snn.Uniform(0.2, 6.0, step=0.2)}
    plastic = {"plasticity": rule, "dendritic_fraction": fraction}
    net.projection(exc, exc, sparse, **spread, **plastic, synapses_per_pair=2, name="learns")
    net.projection(counts[:60], exc[40:100], snn.OneToOne(), weight=44.7, delay=0.4, name="drive")
    net.projection(counts, inh, sparse, weight=snn.Uniform(1.0, 9.0), delay=1.2, **plastic, name="bursts")
    net.projection(waits, exc, sparse, weight=155.0, delay=[0.8, 2.4], name="fan")
    net.projection(exc, inh, sparse, weight=21.3, delay=0.8)
    net.projection(inh, exc, sparse, weight=snn.Uniform(-60.0, -20.0), delay=0.6, receptor="inh")
    net.projection(given, exc[10:], sparse, **spread, name="given")
    net.current(exc[5:50], snn.StepCurrent([0.0, 33.3, 150.0], [40.1, 170.3, -20.7]))
    net.current(exc, snn.ConstantCurrent(61.9, start=12.5, stop=200.0))
    for group in (exc, inh, counts, waits, given):
        net.probe(group, "spikes", name=f"{group.name} spikes")
    for state, every in (("v", 0.7), ("i_exc", 5.0), ("i_inh", 0.1)):
        net.probe(exc[3:17], state, every=every, name=state)
    return net


def outcome(
    net: snn.Network,
    backend: str,
    parts: tuple[float, ...] = (160.0,),
    between: Callable[[Any], None] = lambda sim: None,
    **options: Any,
) -> dict[str, Any]:
    """Everything a simulation shows, by name."""
    with snn.Simulation(net, backend=backend, **options) as sim:
        for part in parts:
            sim.run(part)
            between(sim)
        shown: dict[str, Any] = {"delivered": sim.delivered()}
        for name in sim.data:
            data = sim.data[name]
            fields = ("t", "i", "j", "k", "w", "values")
            shown |= {f"{name} {field}": getattr(data, field) for field in fields if hasattr(data, field)}
        shown |= {f"weights {p.name}": sim.weights(p.name) for p in sim.spec.projections}
        for population in sim.spec.populations:
            shown |= {f"{population.name} {s}": sim.state(population.name, s) for s in CELL.states}
    return shown


def assert_same_bits(ours: dict[str, Any], other: dict[str, Any]) -> None:
    assert ours.keys() == other.keys()
    different = [name for name in ours if not np.array_equal(ours[name], other[name])]
    assert different == []


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_network_without_plasticity_gives_the_clocks_bits(dtype: str) -> None:
    net = network()
    ours = outcome(net, "opencl", dtype=dtype)
    assert_same_bits(ours, outcome(net, "clock", dtype=dtype, threads=2))
    assert len(ours["exc spikes t"]) > 1000
    assert min(ours["delivered"].values()) > 0


@pytest.mark.parametrize(
    ("rule", "fraction", "dtype"),
    [
        *((rule, 0.0, "float64") for rule in RULES),
        *((rule, 0.5, "float64") for rule in ("additive", "nearest", "slow")),
        ("gutig", 1.0, "float64"),
        ("nearest", 0.5, "float32"),
    ],
)
def test_pair_stdp_gives_the_clocks_bits(rule: str, fraction: float, dtype: str) -> None:
    net = network(RULES[rule], fraction)
    for name in ("learns", "bursts"):
        net.probe(net.projections[name], "weight", changes=True, name=f"{name} changes")
        net.probe(net.projections[name], "weight", every=20.0, name=f"{name} weights")
    ours = outcome(net, "opencl", dtype=dtype)
    assert_same_bits(ours, outcome(net, "clock", dtype=dtype, threads=2))
    assert len(ours["learns changes t"]) > 10_000
    assert len(ours["exc spikes t"]) > 1000


# How work is cut: for a graphics processor (an item a neuron and target, groups of 64 and more), and oddly.
CUTS: dict[str, dict[str, int | None]] = {
    "as for a graphics processor": {
        "strip": 0, "lanes": 128, "_chunks": 1 << 30, "strided": 4096, "strided_local": 64,
        "owners_local": None,
    },
    "oddly": {
        "strip": 7, "lanes": 3, "_chunks": 5, "strided": 6, "strided_local": 2, "owners_local": None,
    },
}  # fmt: skip


def cut_work(cut: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let machines cut work so from now on."""
    from pysnn.backends._opencl.machine import Machine

    begin = Machine.__init__

    def begin_cut(self: Any, *given: Any) -> None:
        begin(self, *given)
        for name, number in CUTS[cut].items():
            assert hasattr(self, name)
            setattr(self, name, number)

    monkeypatch.setattr(Machine, "__init__", begin_cut)


@pytest.mark.parametrize("cut", CUTS)
def test_no_bit_depends_on_how_work_is_cut(cut: str, monkeypatch: pytest.MonkeyPatch) -> None:
    net = network(RULES["multiplicative"], 0.5)
    usual = outcome(net, "opencl", (60.0,))
    cut_work(cut, monkeypatch)
    assert_same_bits(outcome(net, "opencl", (60.0,)), usual)


@pytest.mark.parametrize("fraction", [0.0, 0.5])
def test_runs_may_be_divided_and_weights_read(fraction: float) -> None:
    net = network(RULES["additive"], fraction)
    read = lambda sim: sim.weights("learns")  # noqa: E731
    parts = (0.1, 6.5, 93.3, 60.1)
    assert_same_bits(outcome(net, "opencl", parts, read), outcome(net, "opencl"))


def test_histories_and_tables_that_are_outgrown_change_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Little room for weight changes, spikes of a target and the decay: each is extended often."""
    from pysnn.backends._opencl import change_log, decay, plastic

    net = network(RULES["slow"], 0.5)
    net.probe(net.projections["learns"], "weight", changes=True, name="changes")
    at_ease = outcome(net, "opencl")
    monkeypatch.setattr(change_log, "ROOM", 4)
    monkeypatch.setattr(plastic, "HISTORY", 1)
    monkeypatch.setattr(decay, "LONGEST", 16)
    assert_same_bits(outcome(net, "opencl"), at_ease)


def test_what_is_set_between_runs_counts_as_on_the_clock() -> None:
    net = network(RULES["additive"], 0.5)

    def disturb(sim: Any) -> None:
        for name in ("learns", "given", "fan"):
            sim.set_weights(name, np.linspace(1.0, 50.0, len(sim.weights(name))))
        sim.set_state("exc", "v", np.linspace(-61.0, -45.0, 131))
        sim.set_state("inh", "i_exc", 77.0)

    parts = (60.0, 7.7, 80.0)
    assert_same_bits(outcome(net, "opencl", parts, disturb), outcome(net, "clock", parts, disturb))


def test_weights_of_a_drive_may_be_set_as_on_the_clock() -> None:
    def reweigh(sim: Any) -> None:
        sim.set_weights("drive", np.linspace(30.0, 60.0, 60))

    net, parts = network(), (60.0, 50.0)
    assert_same_bits(outcome(net, "opencl", parts, reweigh), outcome(net, "clock", parts, reweigh))


def test_numbers_beyond_float32_are_refused_not_infinite() -> None:
    net = network()
    with snn.Simulation(net, backend="opencl", dtype="float32") as sim:
        before = sim.weights("given")
        with pytest.raises(snn.ParameterError, match=r"set_weights: 'given': float32 reaches to 3.4e\+38"):
            sim.set_weights("given", 1e300)
        assert np.array_equal(sim.weights("given"), before)
        with pytest.raises(snn.ParameterError, match=r"set_state: 'exc'\.v: must be >= -3\.40282e\+38"):
            sim.set_state("exc", "v", -1e300)
    net.population("far", 1, CELL.replace(i_e=-1e300))
    with pytest.raises(snn.ParameterError, match=r"population 'far': .* is beyond what float32 holds"):
        snn.Simulation(net, backend="opencl", dtype="float32")


FORKED = """
import os, signal
import pysnn as snn
def simulation():
    net = snn.Network()
    net.population("a", 5, snn.CubaLIF())
    return snn.Simulation(net, backend="opencl")
sim = simulation()
sim.run(5.0)
for touch in (lambda: sim.run(5.0), lambda: sim.state("a", "v"), simulation):
    child = os.fork()
    if child == 0:
        signal.alarm(60)
        try:
            touch()
        except snn.BackendUnsupported as error:
            os._exit(3 if "spawn" in str(error) else 4)
        os._exit(5)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
sim.run(5.0)
assert sim.time == 10.0
"""


def test_a_forked_child_is_told_that_the_device_stays_behind() -> None:
    """It would wait for ever for a thread of the driver that is not there."""
    subprocess.run([sys.executable, "-c", FORKED], check=True, timeout=300)


def test_the_stored_blocks_show_the_present_weights() -> None:
    net = network(RULES["multiplicative"], 1.0)
    with snn.Simulation(net, backend="opencl") as sim:
        blocks = sim.weights_view("learns")
        before = np.sort(blocks[0].weight)
        sim.run(100.0)
        assert np.array_equal(np.sort(blocks[0].weight), np.sort(sim.weights("learns")))
        assert not np.array_equal(np.sort(blocks[0].weight), before)


def test_everything_that_has_no_kernel_is_refused_in_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    from pysnn.backends._opencl import supported

    monkeypatch.setattr(supported, "has_kernel", lambda stem: stem not in ("eprop", "readout"))
    net = snn.Network(seed=1)
    net.population("out", 3, snn.Readout())
    cells = net.population("cells", 3, snn.LIF())
    signal = net.modulator("signal")
    for name in ("theta", "tau"):
        net.projection(
            cells, cells, snn.AllToAll(), weight=0.5, delay=1.0, plasticity=snn.EProp(),
            modulator=signal, name=name,
        )  # fmt: skip
    with pytest.raises(
        snn.BackendUnsupported,
        match=r"the neuron model Readout \(population 'out'\), "
        r"the rule EProp \(projection 'theta'\), the rule EProp \(projection 'tau'\)",
    ):
        snn.Simulation(net, backend="opencl")


@pytest.mark.parametrize(
    ("model", "options", "named"),
    [
        (snn.CubaLIF(t_ref=1.23), {}, "t_ref"),
        (snn.CubaLIF(), {"dendritic_fraction": 0.3}, "dendritic_fraction"),
    ],
)
def test_times_off_the_grid_are_errors_unless_rounding_is_asked_for(
    model: snn.CubaLIF, options: dict[str, float], named: str
) -> None:
    net = snn.Network(seed=1)
    cells = net.population("cells", 3, model)
    rule = snn.PairSTDP()
    net.projection(cells, cells, snn.AllToAll(), weight=0.5, delay=0.5, plasticity=rule, **options)
    with pytest.raises(snn.OffGridError, match=named):
        snn.Simulation(net, backend="opencl")
    snn.Simulation(net, backend="opencl", off_grid="round").close()


def test_only_this_backend_imports_pyopencl() -> None:
    code = (
        "import sys, pysnn as snn; from pysnn import backends\n"
        "net = snn.Network(seed=1); net.population('a', 2, snn.CubaLIF())\n"
        "for name in ('clock', 'event'): backends.find(name)\n"
        "snn.Simulation(net, backend='clock').run(1.0)\n"
        "assert 'pyopencl' not in sys.modules\n"
        "backends.find('opencl'); assert 'pyopencl' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


class Broken:
    """A device that is listed and fails every use."""

    def __init__(self, name: str) -> None:
        import pyopencl

        self.name = name
        self.type = pyopencl.device_type.CPU
        self.platform = self


def test_a_device_that_builds_nothing_is_passed_over_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import pyopencl

    from pysnn.backends._opencl import device

    listed = device._devices([])

    def context(devices: list[Any]) -> Any:
        if isinstance(devices[0], Broken):
            raise RuntimeError("clBuildProgram failed: BUILD_PROGRAM_FAILURE\nmore")
        return real(devices)

    real = pyopencl.Context
    monkeypatch.setattr(pyopencl, "Context", context)
    broken: list[Any] = [Broken("useless"), Broken("Oclgrind simulator")]
    monkeypatch.setattr(device, "_devices", lambda tried: [*broken, *listed])
    assert device.choose().devices[0] in listed
    monkeypatch.setattr(device, "_devices", lambda tried: broken)
    with pytest.raises(snn.BackendUnsupported, match=r"useless \(clBuildProgram failed.*Oclgrind.*skipped"):
        device.choose()


# ---- Which device ---------------------------------------------------------------------------------


def small() -> snn.Network:
    net = snn.Network(seed=1)
    net.population("cells", 3, snn.LIF())
    return net


def test_a_device_is_chosen_by_number_or_name(monkeypatch: pytest.MonkeyPatch) -> None:
    from pysnn.backends._opencl import device

    first = device.listed()[0][0]
    for chosen in (0, first.name.strip()[2:9].upper(), first.platform.name.strip()):
        with snn.Simulation(small(), backend="opencl", device=chosen) as sim:
            sim.run(1.0)
            sim.copy().run(1.0)
    monkeypatch.setenv(device.CHOICE, "0")
    assert device.choose().devices == [first]
    monkeypatch.setenv(device.CHOICE, "no such thing")  # a simulation's own choice comes first
    assert device.choose(0).devices == [first]
    with pytest.raises(snn.ParameterError, match="PYSNN_OPENCL_DEVICE: there is no OpenCL device 'no such"):
        device.choose()


def test_a_device_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    from pysnn.backends._opencl import device

    here = re.escape(f"(here are 0: {device.name_of(device.listed()[0][0])}")
    for wrong in (999, "no such thing"):
        with pytest.raises(
            snn.ParameterError, match=f"Simulation.device: there is no OpenCL device {wrong!r} {here}"
        ):
            snn.Simulation(small(), backend="opencl", device=wrong)
    for wrong, said in ((True, "the number of a device or a part of its name"), ("", "(got '')")):
        with pytest.raises(snn.ParameterError, match=re.escape(said)):
            snn.Simulation(small(), backend="opencl", device=wrong)
    with pytest.raises(snn.ParameterError, match=r"is for backend='opencl' \(got backend='clock'\)"):
        snn.Simulation(small(), device=0)


# ---- More than 16 bits hold -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("steps", "dt"),
    [
        ((BEYOND - 1,), 0.1),
        ((BEYOND,), 0.1),
        ((BEYOND + 1, 64), 1.0),
        ((1000, 2 * BEYOND), 1.0),
        ((64, 101, 70_001), 0.1),
        ((100_000, 200_000), 0.1),
    ],
    ids=str,
)
def test_delays_of_more_steps_than_16_bits_arrive_on_time(steps: tuple[int, ...], dt: float) -> None:
    """One spike at 1 ms fires the neuron after each delay, within 5 ms."""
    net = snn.Network(seed=1)
    cell = net.population("cell", 1, snn.CubaLIF(t_ref=1.0))
    source = net.source("source", 1, snn.SpikeArray([[1.0]]))
    net.projection(source, cell, snn.AllToAll(), weight=4000.0, delay=[dt * k for k in sorted(steps)])
    probe = net.probe(cell, "spikes")
    with snn.Simulation(net, backend="opencl", dt=dt) as sim:
        sim.run(dt * (max(steps) + 100))
        t = np.rint(sim.data[probe].t / dt).astype(int)
        assert sim.delivered()["source->cell"] == len(steps)
        np.testing.assert_allclose(np.unique(sim.synapses("source->cell").delay), np.sort(steps) * dt)
    with snn.Simulation(net, backend="clock", dt=dt) as clock:
        clock.run(dt * (max(steps) + 100))
        np.testing.assert_array_equal(np.rint(clock.data[probe].t / dt).astype(int), t)
    arrivals = round(1.0 / dt) + np.sort(steps)
    assert t[0] >= arrivals[0]
    for arrival in arrivals:
        assert np.any((t >= arrival) & (t <= arrival + round(5.0 / dt)))


def large(rule: snn.PlasticityRule | None) -> snn.Network:
    """70,001 neurons: two shards, with every kind of synapse onto both and from both."""
    n = BEYOND + 4465
    net = snn.Network(seed=2)
    cells = net.population("cells", n, CELL, init={"v": snn.Uniform(-60.0, -50.0)})
    noise = net.source("noise", n, snn.Poisson(900.0))
    given = net.source(
        "given", 20, snn.SpikeArray([np.arange(1, 5) * 0.7 + 0.1 * (k % 3) for k in range(20)])
    )
    net.projection(noise, cells, snn.OneToOne(), weight=40.0, delay=0.5, name="drive")
    net.projection(given, cells, snn.FixedIndegree(2), weight=300.0, delay=[0.4, 1.1], name="constant")
    spread = {"weight": snn.Uniform(5.0, 55.0), "delay": snn.Uniform(0.2, 2.0, step=0.2)}
    net.projection(cells, cells, snn.FixedIndegree(3), **spread, plasticity=rule, name="learns")
    net.projection(cells[60_000:], cells[10:], snn.FixedOutdegree(2), weight=-90.0, delay=0.6, receptor="inh")
    net.current(cells[65_000:66_000], snn.ConstantCurrent(60.0))
    net.probe(cells, "spikes", name="spikes")
    net.probe(cells[BEYOND - 2 : BEYOND + 2], "v", every=0.5, name="v")
    return net


@pytest.mark.parametrize("rule", [None, RULES["multiplicative"]], ids=["static", "plastic"])
def test_a_population_of_more_neurons_than_16_bits_is_the_clock_engine_bit_by_bit(
    rule: snn.PlasticityRule | None,
) -> None:
    results = []
    for backend in ("clock", "opencl"):
        net = large(rule)
        with snn.Simulation(net, backend=backend) as sim:
            sim.run(3.0)
            synapses = sim.synapses("learns")
            learned = sim.weights("learns")
            sim.set_weights("learns", learned[::-1].copy())
            sim.run(2.0)
            spikes = sim.data["spikes"]
            results.append(
                (
                    spikes.t, spikes.i, sim.data["v"].values, sim.state("cells", "i_inh"), learned,
                    sim.weights("learns"), synapses.i, synapses.j, synapses.delay,
                    list(sim.delivered().values()),
                )
            )  # fmt: skip
    assert results[0][1].max() > BEYOND
    assert len(results[0][0]) > 10_000
    for one, other in zip(*results, strict=True):
        np.testing.assert_array_equal(one, other)


def test_changes_of_weights_beyond_16_bits_of_targets_bear_their_synapses() -> None:
    results = []
    for backend in ("clock", "opencl"):
        net = large(RULES["multiplicative"])
        probe = net.probe(net.projections["learns"], "weight", changes=True)
        with snn.Simulation(net, backend=backend) as sim:
            sim.run(5.0)
            changes = sim.data[probe]
            results.append((changes.t, changes.i, changes.j, changes.k, changes.w))
    assert len(results[0][0]) > 1000
    assert results[0][2].max() > BEYOND
    for one, other in zip(*results, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_history_that_no_device_holds_is_refused_with_both_figures() -> None:
    net = snn.Network(seed=1)
    cells = net.population("cells", 60_000, CELL)
    net.projection(cells, cells, snn.OneToOne(), weight=1.0, delay=3e6)
    with pytest.raises(MemoryError, match=r"GiB"):
        snn.Simulation(net, backend="opencl")


def test_delays_beyond_32_bits_of_steps_are_refused_by_name() -> None:
    net = snn.Network(seed=1)
    cells = net.population("cells", 1, CELL)
    net.projection(cells, cells, snn.OneToOne(), weight=1.0, delay=3e8)
    with pytest.raises(snn.BackendUnsupported, match=r"2,147,483,648 steps .*'cells->cells'.* 3,000,000,000"):
        snn.Simulation(net, backend="opencl")

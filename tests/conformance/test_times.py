"""Times are the decimals they are written as, at any size: of sources, currents, probes and runs.

The truth is Python's decimal module, or times written down in whole tenths.
"""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import pysnn as snn

ENGINES = ["clock", "event", "auto"]
P_MIN = 1e-3


def simulation(net: snn.Network, backend: str, **options: Any) -> snn.Simulation:
    return snn.Simulation(net, backend=backend, **({"dt": 0.1} | options))


def cancelling(at: int, first: int, second: int) -> snn.Network:
    """+20 and -20 mV that meet at ``at`` tenths of a ms, after delays of ``first`` and ``second``."""
    net = snn.Network()
    cell = net.population("n", 1, snn.LIF())
    for name, delay, weight in (("e", first, 20.0), ("i", second, -20.0)):
        source = net.source(name, 1, snn.SpikeArray([[(at - delay) / 10]]))
        net.projection(source, cell, snn.AllToAll(), weight=weight, delay=delay / 10)
    net.probe(cell, "spikes", name="spikes")
    return net


@pytest.mark.parametrize("backend", ENGINES)
@pytest.mark.parametrize("at", [81936, 85007, 89999, 90071])
def test_inputs_that_cancel_at_one_decimal_time_do_not_fire(backend: str, at: int) -> None:
    """In doubles 8192.3 * 1e12 + 1.3e12 is a tick less than 8192.6 * 1e12 + 1e12."""
    with simulation(cancelling(at, 13, 10), backend) as sim:
        sim.run(at / 10 + 1.0)
        assert sim.data["spikes"].count == 0


@settings(max_examples=60, deadline=None)
@given(at=st.integers(100, 10**9), first=st.integers(1, 60), second=st.integers(1, 60))
def test_inputs_that_cancel_at_any_size_do_not_fire(at: int, first: int, second: int) -> None:
    with simulation(cancelling(at, first, second), "event", threads=1) as sim:
        sim.run((at - 1) / 10)
        sim.run(0.2)
        assert sim.data["spikes"].count == 0
        assert sim.time == (at + 1) / 10


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_given_spike_times_come_back_as_they_were_written(data: st.DataObject) -> None:
    """A decimal of up to 12 places is its tick, and a tick prints as its decimal."""
    places = st.integers(0, 12)
    decimals = st.builds(
        lambda digits, n: Decimal(digits).scaleb(-n), st.integers(1, 10**13 - 1), places
    ).filter(lambda d: d < 10**8)
    times = sorted({float(d) for d in data.draw(st.lists(decimals, min_size=1, max_size=8))})
    net = snn.Network()
    probe = net.probe(net.source("s", 1, snn.SpikeArray([times])), "spikes")
    with snn.Simulation(net, backend="event", threads=1) as sim:
        sim.run(times[-1])
        assert sim.data[probe].t.tolist() == times
        assert sim.time == times[-1]


@pytest.mark.parametrize("backend", ENGINES)
def test_ten_thousand_runs_of_a_tenth_end_at_a_thousand_and_miss_no_sample(backend: str) -> None:
    net = snn.Network()
    cells = net.population("n", 1, snn.LIF())
    source = net.source("s", 1, snn.SpikeArray([[5.0]]))
    learning = net.projection(
        source, cells, snn.AllToAll(), weight=1.0, delay=1.0, plasticity=snn.PairSTDP(w_max=2.0)
    )
    v = net.probe(cells, "v", every=0.1)
    w = net.probe(learning, "weight", every=0.3)
    with simulation(net, backend, threads=1) as sim:
        for _ in range(10_000):
            sim.run(0.1)
        assert sim.time == 1000.0
        assert sim.data[v].t.tolist() == [k / 10 for k in range(10_001)]
        assert sim.data[w].t.tolist() == [3 * k / 10 for k in range(3334)]


def test_runs_add_beyond_what_a_double_holds_in_ticks() -> None:
    net = snn.Network()
    cells = net.population("n", 1, snn.LIF())
    v = net.probe(cells, "v", every=0.3)
    with simulation(net, "event", threads=1) as sim:
        sim.run(9000.3)
        sim.run(0.3)
        assert sim.time == 9000.6
        assert sim.data[v].t.tolist() == [3 * k / 10 for k in range(30_003)]


def test_runs_add_over_many_epochs_of_the_event_engine() -> None:
    net = snn.Network()
    cells = net.population("n", 1, snn.LIF())
    far = net.probe(cells, "v", every=20_000_000.1)
    with simulation(net, "event", threads=1) as sim:
        sim.run(9000.3)
        sim.run(39_990_999.5)
        sim.run(0.3)
        assert sim.time == 40_000_000.1
        assert sim.data[far].t.tolist() == [0.0, 20_000_000.1]


def test_spikes_that_a_source_emits_ahead_are_recorded_in_time_where_an_epoch_ends() -> None:
    """Where their delays are shorter than those of neurons sources emit ahead, up to the end of an epoch."""
    times = [(19_999_950 + k) / 10 for k in range(100)]
    net = snn.Network()
    cells = net.population("n", 1, snn.LIF(v_th=1e6))
    source = net.source("s", 1, snn.SpikeArray([times]))
    net.projection(source, cells, snn.AllToAll(), weight=1.0, delay=0.3)
    net.projection(cells, cells, snn.AllToAll(), weight=1.0, delay=5.0)
    spikes = net.probe(source, "spikes")
    with simulation(net, "event", threads=1) as sim:
        sim.run(2_000_010.0)
        assert sim.data[spikes].t.tolist() == times


@pytest.mark.parametrize("backend", ["clock", "event"])
def test_a_run_for_ever_is_refused(backend: str) -> None:
    net = snn.Network()
    net.population("n", 1, snn.LIF())
    with simulation(net, backend) as sim:
        with pytest.raises(snn.ParameterError, match=r"run: duration: must be"):
            sim.run(math.inf)
        with pytest.raises(snn.ParameterError, match=r"run: duration: 1e\+300 ms is beyond the range"):
            sim.run(1e300)


@pytest.mark.parametrize("backend", ENGINES)
def test_what_is_to_come_at_infinity_never_comes(backend: str) -> None:
    net = snn.Network(seed=1)
    cells = net.population("n", 1, snn.LIF(tau_m=10.0))
    sources = [
        net.source("pieces", 5, snn.PiecewisePoisson([0.0, 50.0, math.inf], [0.0, 0.0, 1e6])),
        net.source("none", 5, snn.Poisson(0.0)),
    ]
    net.current(cells, snn.StepCurrent([0.0, math.inf], [1.0, 1e9]))
    spikes = [net.probe(source, "spikes") for source in [*sources, cells]]
    assert snn.NetworkSpec.from_json(net.spec().to_json()) == net.spec()
    with simulation(net, backend) as sim:
        sim.run(200.0)
        assert [sim.data[probe].count for probe in spikes] == [0, 0, 0]


@pytest.mark.parametrize("make", [
    lambda t: snn.SpikeArray([[-t]]),
    lambda t: snn.StepCurrent([-t], [1.0]),
    lambda t: snn.PiecewisePoisson([-t], [1.0]),
])  # fmt: skip
def test_minus_infinity_is_no_time(make: Any) -> None:
    with pytest.raises(snn.ParameterError, match=r"times(\[0\])+: must be >=? 0 ms"):
        make(math.inf)


def test_sources_and_currents_of_the_event_engine_reach_beyond_9000_s() -> None:
    """2^63 ticks are 9,223 s; all but one time here lie beyond."""
    late = 12_345_678.9
    net = snn.Network(seed=2)
    cells = net.population("n", 2, snn.LIF(tau_m=10.0))
    given = net.source("given", 1, snn.SpikeArray([[5.0, late, 1e9 + 0.1]]))
    pieces = net.source("pieces", 1, snn.PiecewisePoisson([late, late + 10.0], [1e5, 0.0]))
    wide = net.source("wide", 1, snn.PWM(duty=0.5, period=1e7))
    net.projection(given, cells[:1], snn.AllToAll(), weight=100.0, delay=0.1)
    net.current(cells[1:], snn.StepCurrent([late, late + 1.0], [1e5, 0.0]))
    probes = [net.probe(group, "spikes") for group in (given, pieces, wide, cells)]
    with snn.Simulation(net, backend="event", threads=1) as sim:
        sim.run(1e9 + 1.0)
        from_given, from_pieces, from_wide, fired = (sim.data[probe] for probe in probes)
    assert from_given.t.tolist() == [5.0, late, 1e9 + 0.1]
    assert from_pieces.t.min() >= late
    assert from_pieces.t.max() <= late + 10.0
    assert 850 < from_pieces.count < 1150  # 1,000 expected: five deviations
    assert from_wide.t.tolist() == [5e6 + 1e7 * k for k in range(100)]
    assert fired.train(0).tolist() == [5.1, late + 0.1, 1e9 + 0.2]
    assert fired.train(1).min() >= late
    assert fired.train(1).max() <= late + 1.0


@pytest.mark.parametrize("seconds", [400.0, 5000.0])
@pytest.mark.parametrize(
    "model", [snn.Poisson, lambda r: snn.Gamma(r, 1.0), lambda r: snn.PiecewisePoisson([0.0], [r])]
)
def test_the_rate_holds_however_long_the_intervals_are(model: Any, seconds: float) -> None:
    """Intervals of a mean of ``seconds``: after the first a source must go on."""
    n, intervals = 300, 8.0
    net = snn.Network(seed=3)
    source = net.source("s", n, model(1.0 / seconds))
    probe = net.probe(source, "spikes")
    with snn.Simulation(net, backend="event", threads=1) as sim:
        sim.run(intervals * seconds * 1000.0)
        spikes = sim.data[probe]
    mean = n * intervals
    assert stats.poisson.cdf(spikes.count, mean) > P_MIN / 2
    assert stats.poisson.sf(spikes.count - 1, mean) > P_MIN / 2
    assert stats.kstest(spikes.t, "uniform", args=(0.0, spikes.duration)).pvalue > P_MIN


@pytest.mark.parametrize("backend", ENGINES)
@pytest.mark.parametrize("at", [0.3, 8192.6, 8999.9])
def test_currents_that_change_at_one_decimal_time_change_together(backend: str, at: float) -> None:
    """Computed in floats or written down: opposite currents leave the potential where it was, to the bit."""
    computed = at if at > 1.0 else 3 * 0.1  # 0.30000000000000004
    net = snn.Network()
    cells = net.population("n", 1, snn.LIF(tau_m=10.0, e_l=-70.0), init={"v": -70.0})
    net.current(cells, snn.StepCurrent([computed], [512.0]))
    net.current(cells, snn.StepCurrent([at], [-512.0]))
    v = net.probe(cells, "v", every=0.1)
    with simulation(net, backend) as sim:
        sim.run(round(at + 2.0, 1))
        assert set(sim.data[v].values.ravel().tolist()) == {-70.0}


@pytest.mark.parametrize("backend", ["clock", "auto"])
@pytest.mark.parametrize("t", [12_345_678.95, 100_000_000.04, 1e12 + 0.05, 1e13 + 0.05])
def test_times_off_the_grid_are_refused_at_any_size(backend: str, t: float) -> None:
    things = {
        "source 's': spike times": lambda net, _: net.source("s", 1, snn.SpikeArray([[t]])),
        "times": lambda net, cells: net.current(cells, snn.StepCurrent([t], [1.0])),
        "NoiseCurrent.start": lambda net, cells: net.current(cells, snn.NoiseCurrent(1.0, 1.0, start=t)),
        "PiecewisePoisson.times": lambda net, _: net.source("s", 1, snn.PiecewisePoisson([t], [1.0])),
    }
    for what, add in things.items():
        net = snn.Network()
        add(net, net.population("n", 1, snn.LIF()))
        if backend == "auto":  # in continuous time there is no grid to be off
            simulation(net, backend, engines={"n": "clock"}).close()
            continue
        with pytest.raises(
            snn.OffGridError, match=rf"{what}: {t!r} ms is no multiple of dt = 0\.1 ms".replace("+", r"\+")
        ):
            simulation(net, backend).close()


@pytest.mark.parametrize("dt", [0.1, 0.025, 1 / 3, 1 / 8192, 0.3])
def test_multiples_computed_in_floats_are_on_the_grid(dt: float) -> None:
    steps = np.unique(np.random.default_rng(4).integers(1, 3000, 400))
    net = snn.Network()
    probe = net.probe(net.source("s", 1, snn.SpikeArray([steps * dt])), "spikes")
    with snn.Simulation(net, backend="clock", dt=dt) as sim:
        sim.run(3000 * dt)
        assert np.rint(sim.data[probe].t / dt).astype(int).tolist() == steps.tolist()


def test_rounding_takes_times_to_the_nearest_step_and_intervals_to_one_at_least() -> None:
    net = snn.Network()
    cells = net.population("n", 1, snn.LIF())
    source = net.source("s", 1, snn.SpikeArray([[1.04, 1.06, 2.25, 2.35]]))
    p = net.projection(
        source, cells, snn.AllToAll(), weight=1.0, delay=0.01, plasticity=snn.PairSTDP(w_max=2.0)
    )
    probes = [
        net.probe(source, "spikes"),
        net.probe(p, "weight", every=0.04),
        net.probe(cells, "v", every=0.04),
    ]
    with simulation(net, "clock", off_grid="round") as sim:
        sim.run(2.44)
        spikes, weights, v = (sim.data[probe] for probe in probes)
        assert spikes.t.tolist() == [1.0, 1.1, 2.2, 2.4]  # of two as near to the even step
        assert sim.time == 2.4
        assert weights.t.tolist() == v.t.tolist() == [k / 10 for k in range(25)]
        assert sim.synapses(p).delay.tolist() == [0.1]


def test_a_current_that_changes_inside_a_step_flows_from_the_next_one_on() -> None:
    """On auto, where a population steps by 1 ms: v = R I (1 - exp(-(n - 3) / tau)) after step n > 3."""
    tau, c_m, amplitude = 10.0, 100.0, 50.0
    net = snn.Network()
    model = snn.CubaLIF(tau_m=tau, c_m=c_m, e_l=0.0, v_th=1e6, v_reset=0.0)
    cells = net.population("n", 1, model, init={"v": 0.0})
    net.current(cells, snn.StepCurrent([2.5, 6.25], [amplitude, 0.0]))
    v = net.probe(cells, "v", every=1.0)
    with snn.Simulation(net, backend="auto", dt=1.0, engines={"n": "clock"}) as sim:
        assert not sim._time_base.grid
        sim.run(9.0)
        n, values = sim.data[v].t, sim.data[v].values[:, 0]
    final = amplitude * tau / c_m
    risen = final * (1.0 - np.exp(-(np.minimum(n, 7.0) - 3.0) / tau))
    expected = np.where(n <= 3.0, 0.0, risen * np.exp(-np.maximum(n - 7.0, 0.0) / tau))
    np.testing.assert_allclose(values, expected, rtol=1e-12, atol=1e-15)


def test_a_driven_population_hears_its_source_from_the_first_step_on() -> None:
    """A source that counts by step within continuous time: potentials follow from its recorded spikes."""
    n, tau, w = 50, 10.0, 0.5
    net = snn.Network(seed=8)
    cells = net.population("n", n, snn.LIF(tau_m=tau, e_l=0.0, v_th=1e6, v_reset=0.0), init={"v": 0.0})
    net.population("silent", 1, snn.LIF())
    source = net.source("s", n, snn.Poisson(8000.0))
    net.projection(source, cells, snn.OneToOne(), weight=w, delay=0.1)
    spikes, v = net.probe(source, "spikes"), net.probe(cells, "v", every=0.1)
    engines = {"n": "clock", "silent": "event"}
    with simulation(net, "auto", engines=engines) as sim:
        sim.run(3.0)
        recorded, values = sim.data[spikes], sim.data[v].values
    counts = np.zeros((31, n))
    np.add.at(counts, (np.rint(recorded.t * 10).astype(int), recorded.i), 1)
    assert counts[1].sum() > 10
    expected = np.zeros((31, n))
    for step in range(1, 31):
        expected[step] = expected[step - 1] * np.exp(-0.1 / tau) + w * counts[step - 1]
    np.testing.assert_allclose(values, expected, rtol=1e-12)


def test_rows_on_their_way_arrive_in_time_where_the_epoch_ends() -> None:
    """Every 2e18 ticks, 2,000 s, times of the event engine begin anew; long rows are under way then."""
    fired_at, delays = 1_999_999.5, np.arange(10, 34) / 20
    net = snn.Network()
    cells = net.population("n", len(delays), snn.LIF())
    source = net.source("s", 1, snn.SpikeArray([[fired_at]]))
    pairs = np.arange(len(delays))
    net.projection(
        source, cells, snn.FromCOO(np.zeros_like(pairs), pairs), weight=100.0, delay=snn.Array(delays)
    )
    probe = net.probe(cells, "spikes")
    with snn.Simulation(net, backend="event", threads=1) as sim:
        sim.run(2_000_002.0)
        spikes = sim.data[probe]
    assert spikes.i.tolist() == pairs.tolist()
    assert spikes.t.tolist() == [float(Decimal(str(fired_at)) + Decimal(str(d))) for d in delays]


@pytest.mark.parametrize("backend", ENGINES)
@pytest.mark.parametrize("kind", [np.float32, np.float16])
def test_times_in_few_digits_are_the_decimals_that_they_print_as(backend: str, kind: Any) -> None:
    """The float32 of 0.3 is 1.2e-8 above it: off every grid, and in continuous time a tick of its own."""
    written = [1.3, 9.7, 47.1]
    net = snn.Network()
    source = net.source("s", 1, snn.SpikeArray([np.array(written, kind)]))
    cell = net.population("n", 2, snn.LIF(t_ref=kind(0.7)))
    net.projection(source, cell, snn.AllToAll(), weight=1.0, delay=kind(0.3))
    net.projection(source, cell[:1], snn.OneToOne(), weight=1.0, delay=np.array([0.3, 0.7], kind))
    net.current(cell, snn.StepCurrent(np.array([0.3, 1.7], kind), [10.0, 20.0]))
    given, sampled = net.probe(source, "spikes"), net.probe(cell, "v", every=kind(0.3))
    with simulation(net, backend, dt=kind(0.1)) as sim:
        for _ in range(3):
            sim.run(kind(16.1))
        assert sim.time == 48.3
        assert sim.data[given].t.tolist() == written
        assert sim.data[sampled].t.tolist() == [k * 3 / 10 for k in range(162)]
        assert sim.synapses("s->n").delay.tolist() == [0.3, 0.3]
        assert sim.synapses("s->n#2").delay.tolist() == [0.3, 0.7]


@settings(max_examples=200, deadline=None)
@given(digits=st.integers(1, 999_999), places=st.integers(0, 6))
def test_a_float32_of_up_to_six_digits_is_its_decimal(digits: int, places: int) -> None:
    """FLT_DIG of IEEE 754: any decimal of 6 digits survives float32."""
    decimal = Decimal(digits).scaleb(-places)
    source = snn.SpikeArray([np.array([float(decimal)], np.float32)])
    assert source.times[0] == float(decimal)

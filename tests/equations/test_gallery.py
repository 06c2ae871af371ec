"""The neurons of the gallery that are written as equations: GLIF, GIF, receptors, alpha conductances.

Against SciPy's DOP853 on equations written a second time here, closed forms, and NEST's models.
"""

from __future__ import annotations

import functools
import importlib.util
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from oracle.nest_runner import quiet
from scipy.integrate import solve_ivp

import pysnn as snn

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"
Floats = NDArray[np.float64]


@functools.cache
def example(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def figures(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    def run(name: str, *options: str) -> Any:
        monkeypatch.setattr(sys, "argv", [f"{name}.py", "--quick", *options])
        example(name).main()
        return json.loads(capsys.readouterr().out)

    return run


def solved(
    slope: Callable[[Floats, bool], list[float]],
    above: Callable[[Floats], float],
    reset: Callable[[Floats], Floats],
    start: list[float],
    t_ref: float,
    duration: float,
    arrivals: dict[float, Floats],
) -> tuple[Floats, Floats]:
    """When it fires, and the last state: steps of DOP853 from event to event."""

    def crossing(_: float, x: Floats) -> float:
        return above(x)

    crossing.terminal, crossing.direction = True, 1.0  # type: ignore[attr-defined]  # as SciPy asks
    x, t, free = np.array(start), 0.0, -1.0
    fired: list[float] = []
    for stop in [*sorted(arrivals), duration]:
        while t < stop:
            held = t < free
            way = solve_ivp(
                lambda _, y, held=held: slope(y, held), (t, min(stop, free) if held else stop), x,
                method="DOP853", rtol=1e-12, atol=1e-12, events=None if held else crossing,
            )  # fmt: skip
            x, t = way.y[:, -1].copy(), float(way.t[-1])
            if way.status == 1:
                fired.append(t)
                x, free = reset(x), t + t_ref
        x = x + arrivals.get(stop, 0.0)
    return np.array(fired), x


def run(
    model: snn.NeuronModel, receptors: dict[str, tuple[float, list[float]]], duration: float,
    backend: str, current: float = 0.0, dt: float = 0.1,
) -> tuple[Floats, dict[str, float]]:  # fmt: skip
    """When one neuron fires under a current and spikes of (weight, arrivals) by receptor; its last states."""
    net = snn.Network(seed=1)
    cell = net.population("cell", 1, model)
    net.current(cell, snn.ConstantCurrent(current))
    for receptor, (weight, arrivals) in receptors.items():
        source = net.source(receptor, 1, snn.SpikeArray([[t - 1.0 for t in arrivals]]))
        net.projection(source, cell, snn.OneToOne(), weight=weight, delay=1.0, receptor=receptor)
    probe = net.probe(cell, "spikes")
    with snn.Simulation(net, backend=backend, dt=dt) as sim:
        sim.run(duration)
        return sim.data[probe].t, {name: float(sim.state(cell, name)[0]) for name in model.states}


# ---- GLIF ------------------------------------------------------------------------------------------------

LEVELS = ("GLIF1", "GLIF2", "GLIF3", "GLIF4", "GLIF5")
PULSES = [12.0, 30.5, 31.0, 75.0, 110.0]
DRIVE = 220.0  # pA


def glif_by_hand(level: int) -> tuple[Floats, Floats]:
    """Teeter et al. (2018), methods, with the parameters of the example; (v, i, rise, asc, th_s, th_v)."""
    resets, flows, follows = level in (2, 4, 5), level >= 3, level == 5
    c, g, e_l, th, t_ref, tau = 60.0, 4.0, -78.0, -52.0, 3.0, 2.0
    k = np.array([0.1, 0.005])

    def slope(x: Floats, held: bool) -> list[float]:
        v, i, rise, *asc, th_s, th_v = x
        d = [(g * (e_l - v) + i + sum(asc) + DRIVE) / c, (rise - i) / tau, -rise / tau, *(-k * asc)]
        d += [-0.02 * th_s, (0.005 * (v - e_l) - 0.02 * th_v) if follows else 0.0]
        return [0.0, d[1], d[2], 0.0, 0.0, 0.0, 0.0] if held else d

    def reset(x: Floats) -> Floats:
        v, i, rise, *asc, th_s, th_v = x
        v = e_l + 0.2 * (v - e_l) + 6.0 if resets else e_l
        if flows:
            asc = list(np.array(asc) * np.exp(-k * t_ref) + [-20.0, -8.0])
        if resets:
            th_s = th_s * np.exp(-0.02 * t_ref) + 2.0
        return np.array([v, i, rise, *asc, th_s, th_v])

    arrival = np.array([0.0, 0.0, np.e * 30.0, 0.0, 0.0, 0.0, 0.0])
    return solved(
        slope, lambda x: x[0] - th - x[5] - x[6], reset, [e_l, 0, 0, 0, 0, 0, 0], t_ref, 200.0,
        dict.fromkeys(PULSES, arrival),
    )  # fmt: skip


@pytest.mark.parametrize("level", range(1, 6))
def test_glif_fires_as_its_equations_on_event(level: int) -> None:
    model = getattr(example("glif"), f"GLIF{level}")()
    fired, last = run(model, {"exc": (30.0, PULSES)}, 200.0, "event", DRIVE)
    expected, x = glif_by_hand(level)
    assert len(expected) >= 8
    assert fired == pytest.approx(expected, abs=1e-7)
    names = ["v", "i", "rise", "asc_1", "asc_2", "th_s", "th_v"]
    assert last == pytest.approx({name: x[names.index(name)] for name in last}, abs=1e-6)


def test_the_first_spike_of_glif1_has_its_closed_form(figures: Callable[..., Any]) -> None:
    """tau ln(I / (I - g (th - E_L))); intervals stay where nothing adapts, and grow where something does."""
    found = figures("glif")
    first = 15.0 * np.log(250.0 / (250.0 - 4.0 * 26.0))
    for name in LEVELS[:4]:
        assert found[name]["first_ms"] == pytest.approx(first, abs=1e-3)
    growth = [found[name]["last_interval_by_first"] for name in LEVELS]
    assert growth[0] == 1.0
    assert growth[1] > 1.1
    assert growth[2] > 1.2
    assert growth[4] > growth[3] > growth[2]


@pytest.mark.nest
@pytest.mark.parametrize("level", range(1, 6))
def test_glif_fires_as_nests_glif_psc(level: int) -> None:
    """NEST holds after-spike currents through a step at their mean, and resets from where the step began."""
    nest = quiet()
    nest.resolution = 0.01
    # A current that is injected acts a delay later than its generator says.
    cell = nest.Create(
        "glif_psc",
        params={
            "spike_dependent_threshold": level in (2, 4, 5),
            "after_spike_currents": level >= 3,
            "adapting_threshold": level == 5,
            "C_m": 60.0, "g": 4.0, "E_L": -78.0, "V_th": -52.0, "V_reset": -78.0, "V_m": -78.0, "t_ref": 3.0,
            "asc_init": [0.0, 0.0], "asc_decay": [0.1, 0.005], "asc_amps": [-20.0, -8.0], "asc_r": [1.0, 1.0],
            "th_spike_add": 2.0, "th_spike_decay": 0.02,
            "voltage_reset_fraction": 0.2, "voltage_reset_add": 6.0,
            "th_voltage_index": 0.005, "th_voltage_decay": 0.02,
        },
    )  # fmt: skip
    generator = nest.Create("dc_generator", params={"amplitude": DRIVE})
    recorder = nest.Create("spike_recorder")
    nest.Connect(generator, cell, syn_spec={"delay": 0.01})
    nest.Connect(cell, recorder)
    nest.Simulate(300.0)
    theirs = np.sort(recorder.events["times"])
    ours, _ = run(getattr(example("glif"), f"GLIF{level}")(), {}, 300.0, "clock", DRIVE, dt=0.01)
    n = min(len(ours), len(theirs))
    assert n >= 10
    assert abs(len(ours) - len(theirs)) <= 1
    assert ours[0] == pytest.approx(theirs[0], abs=0.03)
    assert np.diff(ours[:n]) == pytest.approx(np.diff(theirs[:n]), abs=0.05)


# ---- GIF -------------------------------------------------------------------------------------------------


def test_gif_fires_as_its_equations_on_event() -> None:
    """Mensi et al. (2012), equations 1 to 4 without the noise; (v, eta 1 and 2, gamma 1 and 2)."""
    tau = np.array([30.0, 300.0, 10.0, 200.0])
    adds = np.array([15.0, 3.0, 4.0, 1.0])

    def slope(x: Floats, held: bool) -> list[float]:
        dv = 0.0 if held else (5.0 * (-70.0 - x[0]) - x[1] - x[2] + 250.0) / 100.0
        return [dv, *(-x[1:] / tau)]

    expected, _ = solved(
        slope, lambda x: x[0] + 48.0 - x[3] - x[4], lambda x: np.array([-55.0, *(x[1:] + adds)]),
        [-70.0, 0, 0, 0, 0], 4.0, 400.0, {},
    )  # fmt: skip
    fired, _ = run(example("gif").GIF(), {}, 400.0, "event", 250.0)
    assert len(expected) > 10
    assert fired == pytest.approx(expected, abs=1e-7)


def test_gif_adapts_and_its_control_does_not(figures: Callable[..., Any]) -> None:
    found = figures("gif")
    for first, last in zip(found["gif"]["first_hz"], found["gif"]["last_hz"], strict=True):
        assert last < 0.8 * first
    control = found["no adaptation (control)"]
    assert control["first_hz"] == pytest.approx(control["last_hz"], rel=1e-6)


# ---- receptors -------------------------------------------------------------------------------------------


def double(t: Floats, rise: float, decay: float) -> Floats:
    """1 at its peak; Roth & van Rossum (2009), equation 6.4."""
    peak = decay * rise / (decay - rise) * np.log(decay / rise)
    shape = np.exp(-t / decay) - np.exp(-t / rise)
    return np.where(t > 0.0, shape / (np.exp(-peak / decay) - np.exp(-peak / rise)), 0.0)


HEARD = {
    "ampa": (3.0, [10.0, 20.0, 20.4, 48.0], (0.5, 2.5)),
    "nmda": (4.0, [12.0, 30.0, 50.0], (4.0, 80.0)),
    "gaba": (2.0, [15.0, 40.0], (0.6, 9.0)),
}


@pytest.mark.parametrize(("backend", "bound"), [("event", 1e-5), ("clock", 2e-3)])
def test_receptors_are_conductances_with_kinetics_of_their_own(backend: str, bound: float) -> None:
    """The potential 70 ms on; conductances as functions of time. Clock: second order in dt."""

    def slope(t: float, v: Floats) -> Floats:
        g = {
            name: weight * sum(double(np.array(t - at), *kinetics) for at in times)
            for name, (weight, times, kinetics) in HEARD.items()
        }
        block = 1.0 / (1.0 + np.exp(-0.062 * v) / 3.57)
        inward = (g["ampa"] + g["nmda"] * block) * (0.0 - v) + g["gaba"] * (-75.0 - v)
        return (10.0 * (-70.0 - v) + inward) / 200.0

    x, t = np.array([-70.0]), 0.0
    for stop in [*sorted({at for _, times, _ in HEARD.values() for at in times}), 70.0]:
        x = solve_ivp(slope, (t, stop), x, method="DOP853", rtol=1e-12, atol=1e-12).y[:, -1]
        t = stop
    fired, last = run(
        example("receptors").Receptors(v_th=np.inf),
        {name: (weight, times) for name, (weight, times, _) in HEARD.items()}, 70.0, backend,
    )  # fmt: skip
    assert len(fired) == 0
    assert abs(float(x[0]) + 70.0) > 1.0
    assert last["v"] == pytest.approx(float(x[0]), abs=bound)


def test_magnesium_blocks_and_the_block_goes_with_the_potential(figures: Callable[..., Any]) -> None:
    """One spike of 1 nS at a potential held: -v / (1 + [Mg] / 3.57 e^(-0.062 v)) pA (Jahr & Stevens 1990)."""
    found = figures("receptors")
    v = np.array(found["mV"])
    assert found["without"] == pytest.approx(-v, abs=0.02)
    assert found["with_magnesium"] == pytest.approx(-v / (1.0 + np.exp(-0.062 * v) / 3.57), abs=0.02)


def test_a_receptor_that_decays_before_it_rises_is_refused() -> None:
    with pytest.raises(snn.ParameterError, match="rise_gaba: expected less than decay_gaba"):
        example("receptors").Receptors(rise_gaba=9.0)


# ---- alpha conductances ----------------------------------------------------------------------------------

EXC = (12.0, [10.0, 11.3, 12.1, 30.0, 30.3, 30.9, 31.4])
INH = (5.0, [25.0, 33.0])


def test_alpha_conductances_fire_as_their_equations_on_event() -> None:
    def slope(x: Floats, held: bool) -> list[float]:
        v, g, h, dg, dh = x
        dv = (16.6667 * (-70.0 - v) + g * (0.0 - v) + h * (-85.0 - v)) / 250.0
        return [0.0 if held else dv, (dg - g) / 2.0, (dh - h) / 2.0, -dg / 2.0, -dh / 2.0]

    arrivals: dict[float, Floats] = {}
    for place, (weight, times) in ((3, EXC), (4, INH)):
        for t in times:
            arrivals[t] = np.eye(5)[place] * np.e * weight
    expected, x = solved(
        slope,
        lambda y: y[0] + 55.0,
        lambda y: np.array([-60.0, *y[1:]]),
        [-70.0, 0, 0, 0, 0],
        2.0,
        50.0,
        arrivals,
    )
    fired, last = run(
        example("alpha_conductances").AlphaConductances(tau_syn_exc=2.0),
        {"exc": EXC, "inh": INH},
        50.0,
        "event",
    )
    assert len(expected) >= 2
    assert fired == pytest.approx(expected, abs=1e-5)
    assert last["v"] == pytest.approx(float(x[0]), abs=1e-4)


@pytest.mark.nest
def test_alpha_conductances_have_the_potential_of_nests_iaf_cond_alpha() -> None:
    nest = quiet()
    nest.resolution = 0.01
    cell = nest.Create(
        "iaf_cond_alpha",
        params={
            "C_m": 250.0, "g_L": 16.6667, "E_L": -70.0, "V_m": -70.0, "V_th": 1000.0,
            "E_ex": 0.0, "E_in": -85.0, "tau_syn_ex": 2.0, "tau_syn_in": 2.0,
        },
    )  # fmt: skip
    for sign, (weight, times) in ((1.0, EXC), (-1.0, INH)):
        source = nest.Create("spike_generator", params={"spike_times": [t - 1.0 for t in times]})
        nest.Connect(source, cell, syn_spec={"weight": sign * weight, "delay": 1.0})
    meter = nest.Create("voltmeter", params={"interval": 50.0})
    nest.Connect(meter, cell)
    nest.Simulate(51.0)
    _, last = run(
        example("alpha_conductances").AlphaConductances(tau_syn_exc=2.0, v_th=np.inf),
        {"exc": EXC, "inh": INH}, 50.0, "clock", dt=0.01,
    )  # fmt: skip
    assert last["v"] == pytest.approx(meter.events["V_m"][0], abs=1e-4)


def test_alpha_conductances_hear_volleys_that_are_together(figures: Callable[..., Any]) -> None:
    """Charge of the same size over a longer time: what scatters is heard less often than by jumps."""
    found = figures("alpha_conductances")
    assert found["alpha"][0] == found["jump"][0] == 1.0
    assert sum(found["alpha"]) < sum(found["jump"]) - 0.2
    assert found["out of reach (control)"] == [0.0] * 5

"""Every neuron model on OpenCL against its C++ step, on parameters and inputs drawn at random.

Steps are made of + - * / and of our own polynomials alone: the same bits in double precision, and in single
precision where the device divides as IEEE says.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pysnn as snn

pytestmark = pytest.mark.opencl

N = 90
DT = 0.05


def between(low: float, high: float) -> snn.Distribution:
    return snn.Uniform(low, high)


LEAKY = {
    "tau_m": between(2.0, 30.0), "c_m": between(50.0, 400.0), "e_l": between(-75.0, -60.0),
    "v_th": between(-55.0, -48.0), "v_reset": between(-80.0, -60.0), "i_e": between(-50.0, 200.0),
}  # fmt: skip
SYNAPTIC = {"tau_syn_exc": between(0.5, 6.0), "tau_syn_inh": between(0.5, 9.0)}
CONDUCTING = {"e_rev_exc": between(-5.0, 5.0), "e_rev_inh": between(-90.0, -75.0), **SYNAPTIC}

# The model with parameters of each neuron's own, and the weights that make it fire now and then.
MODELS: dict[str, tuple[snn.NeuronModel, float]] = {
    "LIF": (snn.LIF(**LEAKY, t_ref=1.5), 4.0),
    "LIF subtract": (snn.LIF(**LEAKY, t_ref=0.0, reset="subtract"), 4.0),
    "CubaLIF": (snn.CubaLIF(**LEAKY, **SYNAPTIC, t_ref=1.5), 150.0),
    "CubaLIF subtract": (snn.CubaLIF(**LEAKY, **SYNAPTIC, reset="subtract"), 150.0),
    "AlphaLIF": (snn.AlphaLIF(**LEAKY, **SYNAPTIC, t_ref=0.05), 120.0),
    "ALIF": (snn.ALIF(**LEAKY, tau_adapt=between(20.0, 200.0), beta=between(-1.0, 3.0)), 4.0),
    "CobaLIF": (
        snn.CobaLIF(c_m=between(100.0, 300.0), g_l=between(5.0, 20.0), i_e=between(0.0, 80.0), **CONDUCTING),
        8.0,
    ),
    "AdEx": (
        snn.AdEx(a=between(0.0, 6.0), b=between(0.0, 90.0), delta_t=between(1.0, 3.0), **CONDUCTING), 20.0,
    ),
    # Far stronger conductances: steps that stray are taken again in pieces.
    "AdEx in pieces": (snn.AdEx(**CONDUCTING), 4000.0),
    "Izhikevich": (
        snn.Izhikevich(a=between(0.02, 0.1), b=between(0.2, 0.25), d=between(2.0, 8.0), i_e=12.0),
        6.0,
    ),
    "Izhikevich published": (snn.Izhikevich(c=between(-65.0, -50.0), scheme="published"), 6.0),
    "Izhikevich in pieces": (snn.Izhikevich(i_e=12.0), -900.0),
    "HodgkinHuxley": (snn.HodgkinHuxley(g_k=between(5000.0, 7000.0), **CONDUCTING), 15.0),
    "HodgkinHuxley in pieces": (snn.HodgkinHuxley(), 30_000.0),
    "SRM0": (snn.SRM0(delta_u=between(1.0, 4.0), rho_0=between(50.0, 500.0), eta_0=between(5.0, 20.0)), 4.0),
    "Readout": (snn.Readout(tau_m=between(5.0, 50.0), i_e=between(-20.0, 20.0)), 4.0),
}  # fmt: skip


def outcome(model: snn.NeuronModel, weight: float, backend: str, dt: float, **options: Any) -> dict[str, Any]:
    """Spikes, samples and last states of neurons that hear random spikes, some at once, and noise."""
    net = snn.Network(seed=11)
    init = {"v": snn.Uniform(-70.0, -52.0)}
    cells = net.population("cells", N, model, init=init)
    rng = np.random.default_rng(3)
    trains = [np.unique(rng.integers(1, 400, 30)) * 0.1 for _ in range(20)]
    source = net.source("source", 20, snn.SpikeArray([np.round(t, 9) for t in trains]))
    receptors = list(model.receptors)
    signs = [abs(weight) if len(receptors) > 1 else weight, -0.3 * weight]
    if "LIF" not in type(model).__name__ or type(model) is snn.CobaLIF:
        signs[1] = abs(signs[1])
    for receptor, sign in zip(receptors, signs, strict=False):
        net.projection(
            source, cells, snn.FixedIndegree(5), weight=snn.Uniform(min(sign, 0.0), max(sign, 0.0)),
            delay=snn.Uniform(0.2, 3.0, step=0.2), receptor=receptor, name=receptor,
        )  # fmt: skip
    net.current(cells[10:], snn.NoiseCurrent(mean=5.0, std=40.0, interval=0.4))
    spikes = net.probe(cells, "spikes")
    probes = {state: net.probe(cells[:7], state, every=0.4) for state in model.states}
    with snn.Simulation(net, backend=backend, dt=dt, **options) as sim:
        sim.run(40.0)
        shown = {"t": sim.data[spikes].t, "i": sim.data[spikes].i}
        shown |= {f"probe of {state}": sim.data[probe].values for state, probe in probes.items()}
        return shown | {state: sim.state("cells", state) for state in model.states}


def assert_same_bits(ours: dict[str, Any], other: dict[str, Any]) -> None:
    assert [name for name in ours if not np.array_equal(ours[name], other[name], equal_nan=True)] == []


@pytest.mark.parametrize("name", MODELS)
def test_a_model_is_its_c_plus_plus_step_bit_by_bit(name: str) -> None:
    model, weight = MODELS[name]
    ours = outcome(model, weight, "opencl", DT)
    assert_same_bits(ours, outcome(model, weight, "clock", DT, threads=2))
    assert all(np.isfinite(ours[state]).all() for state in model.states)
    if name != "Readout":
        assert len(ours["t"]) > 30


@pytest.mark.parametrize("dt", [DT, 0.002], ids=["single", "pairs"])
@pytest.mark.parametrize("name", ["LIF", "CubaLIF", "CobaLIF", "AdEx", "SRM0", "Readout"])
def test_in_single_precision_too(name: str, dt: float) -> None:
    """At 0.002 ms steps are reckoned in double precision, and states are pairs of floats (but for AdEx)."""
    model, weight = MODELS[name]
    if dt < DT:
        model = type(model)()  # parameters alike
    ours = outcome(model, weight, "opencl", dt, dtype="float32")
    assert_same_bits(ours, outcome(model, weight, "clock", dt, dtype="float32"))


def test_every_model_that_clock_has_is_in_these_tests() -> None:
    assert {type(model).__name__ for model, _ in MODELS.values()} == set(snn.NeuronModel.registry)

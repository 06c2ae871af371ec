"""Thresholds that follow how often neurons fire, and winners that take all, on OpenCL: the clock's bits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pysnn as snn

from .test_opencl import assert_same_bits

pytestmark = pytest.mark.opencl

MODELS: dict[str, snn.NeuronModel] = {
    "LIF": snn.LIF(tau_m=15.0),
    "LIF that subtracts": snn.LIF(tau_m=15.0, reset="subtract"),
    "CubaLIF of each": snn.CubaLIF(tau_m=snn.Uniform(10.0, 20.0), v_th=snn.Uniform(-56.0, -54.0)),
    "ALIF": snn.ALIF(tau_m=15.0),
    "SRM0": snn.SRM0(tau_m=15.0),
}
LAWS = {
    "shared": snn.Homeostasis(delta=0.3, share=0.7, every=0.5),
    "target": snn.Homeostasis(delta=0.2, share=0.0, target=20.0, tau=80.0, low=-1.0),
}


def network(model: snn.NeuronModel, law: snn.Homeostasis) -> snn.Network:
    net = snn.Network(seed=3)
    cells = net.population("cells", 70, model, homeostasis=law, init={"theta": snn.Uniform(0.0, 1.0)})
    noise = net.source("noise", 70, snn.Poisson(3000.0))
    weight = 60.0 if model.weight_unit == "pA" else 1.2
    net.projection(noise, cells, snn.OneToOne(), weight=weight, delay=0.6)
    net.projection(cells, cells, snn.FixedProbability(0.1), weight=weight, delay=[0.7, 3.0])
    net.probe(cells, "spikes", name="spikes")
    net.probe(cells[5:9], "theta", every=0.5, name="theta")
    net.probe(cells[5:9], "v", every=0.3, name="v")
    return net


def shown(net: snn.Network, backend: str, **options: Any) -> dict[str, Any]:
    with snn.Simulation(net, backend=backend, **options) as sim:
        sim.run(30.3)
        sim.set_homeostasis("cells", delta=0.1)
        sim.run(10.0)
        sim.set_parameters("cells", v_th=-54.0)
        sim.run(10.1)
        sim.set_homeostasis("cells", on=False)
        sim.run(5.0)
        with sim.copy() as other:
            other.set_homeostasis("cells", on=True)
            other.run(8.0)
            copied = other.state("cells", "theta")
        sim.set_state("cells", "theta", np.linspace(0.0, 2.0, 70))
        seen = {
            "spikes": sim.data["spikes"].i, "t": sim.data["spikes"].t, "theta": sim.data["theta"].values,
            "v": sim.data["v"].values, "copied": copied,
        }  # fmt: skip
        sim.reset()
        sim.run(9.9)
        return {**seen, "after a reset": sim.state("cells", "v"), "its theta": sim.state("cells", "theta")}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("model", MODELS)
def test_thresholds_move_as_on_the_clock(model: str, law: str, dtype: str) -> None:
    net = network(MODELS[model], LAWS[law])
    ours = shown(net, "opencl", dtype=dtype)
    assert_same_bits(ours, shown(net, "clock", dtype=dtype))
    assert len(ours["t"]) > 100
    assert np.ptp(ours["theta"]) > 0.5


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("takes", [3.0, np.inf])
@pytest.mark.parametrize("model", ["LIF that subtracts", "CubaLIF of each"])
def test_the_winner_of_a_step_takes_all_as_on_the_clock(model: str, takes: float, dtype: str) -> None:
    def won(backend: str) -> dict[str, Any]:
        net = snn.Network(seed=3)
        law = LAWS["shared"] if takes > 3.0 else None
        cells = net.population(
            "cells",
            70,
            MODELS[model],
            homeostasis=law,
            winner_takes_all=takes,
            init={"v": snn.Uniform(-70, -56)},
        )
        noise = net.source("noise", 70, snn.Poisson(6000.0))
        weight = 60.0 if MODELS[model].weight_unit == "pA" else 1.2
        net.projection(noise, cells, snn.OneToOne(), weight=weight, delay=0.6)
        net.probe(cells, "spikes", name="spikes")
        net.probe(cells[5:9], "v", every=0.1, name="v")
        with snn.Simulation(net, backend=backend, dtype=dtype) as sim:
            sim.run(40.0)
            sim.set_winner_takes_all("cells", 1.0)
            sim.run(10.0)
            with sim.copy() as other:
                other.run(8.0)
                copied = other.state("cells", "v")
            return {
                "i": sim.data["spikes"].i, "t": sim.data["spikes"].t, "v": sim.data["v"].values,
                "copied": copied,
            }  # fmt: skip

    ours = won("opencl")
    assert_same_bits(ours, won("clock"))
    assert len(ours["t"]) > 20
    assert len(np.unique(ours["t"])) == len(ours["t"])


def test_trials_go_on_with_the_thresholds_of_the_one_before() -> None:
    net = network(MODELS["LIF"], LAWS["shared"])
    counts = []
    for backend in ("opencl", "clock"):
        with snn.Simulation(net, backend=backend) as sim:
            result = sim.run_trials(duration=12.0, keys=[1, 2, 3], counts="cells")
            counts.append(np.concatenate([result.counts("cells").ravel(), sim.state("cells", "theta")]))
    np.testing.assert_array_equal(*counts)


def test_a_threshold_that_cannot_move_is_refused_by_name() -> None:
    net = snn.Network(seed=1)
    net.population("cells", 3, snn.HodgkinHuxley(), homeostasis=snn.Homeostasis())
    with pytest.raises(snn.BackendUnsupported, match="the threshold of HodgkinHuxley cannot be moved"):
        snn.Simulation(net, backend="opencl", dt=0.025)

"""Threshold crossings in continuous time, against the oracle's isolation of every root.

Bounds that spare searches are the place where a crossing could be lost: so time constants, currents and
inputs are drawn widely, inhibition meets excitation, and many potentials only just cross.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import Case, Current, Neurons, Source, Synapses, alif, alpha_lif, cuba_lif, lif, simulate_exact
from oracle.compare import assert_same_spikes
from oracle.model import Model
from oracle.pysnn_runner import run_pysnn

import pysnn as snn

from .strategies import FEW

# Ratios of 1, of all but 1, and of orders of magnitude.
TIMES = st.sampled_from([0.05, 0.5, 2.0, 2.02, 5.0, 10.0, 10.1, 20.0, 100.0, 3000.0])
# Near a resonance of alpha-shaped currents the oracle cancels; the C++ tests have those in long double.
APART = st.sampled_from([0.05, 0.5, 2.0, 5.0, 10.0, 20.0, 100.0, 3000.0])
N = 12


def barrage(model: Model, seed: int, strength: float, inhibition: float, rate: float, steps: int) -> Case:
    """N neurons, each with its own excitation and inhibition off any grid, and step currents."""
    rng = np.random.default_rng(seed)
    t_stop = 60.0
    span = model.v_th - model.v_rest
    # the weight whose potential alone would reach `strength` of the way to the threshold
    unit = span if model.delta else span * model.c_m / min(model.tau_exc, model.tau_m)
    groups, sources = [], {}
    for name, sign in (("exc", strength), ("inh", -inhibition * strength)):
        trains = [np.sort(np.round(rng.uniform(1.0, t_stop, rng.poisson(rate)), 9)) for _ in range(N)]
        sources[name] = Source([train.tolist() for train in trains])
        weight = sign * unit * rng.uniform(0.3, 1.7, N)
        delay = np.round(rng.uniform(0.1, 3.0, N), 9)
        receptor = "exc" if model.delta else name
        groups.append(Synapses(name, "cells", range(N), range(N), weight, delay, receptor))
    start = model.v_rest + span * rng.uniform(-0.5, 0.95, N)
    currents = []
    if steps:
        times = np.sort(np.round(rng.uniform(0.5, t_stop, steps), 6))
        rheobase = span * model.c_m / model.tau_m
        currents = [Current("cells", [j], times, rheobase * rng.uniform(-0.5, 1.3, steps)) for j in range(N)]
    return Case({"cells": Neurons(N, model, start)}, t_stop, sources, tuple(groups), tuple(currents))


def driven(factory: Any, tau_m: float, tau_exc: float, tau_inh: float, drive: float, t_ref: float) -> Model:
    """A current-based neuron whose constant current alone would bring it ``drive`` of the way."""
    c_m, v_rest, v_th = 150.0, -65.0, -52.0
    model: Model = factory(
        tau_m=tau_m,
        tau_exc=tau_exc,
        tau_inh=tau_inh,
        c_m=c_m,
        v_rest=v_rest,
        v_th=v_th,
        v_reset=-68.0,
        t_ref=max(t_ref, 0.7),
        i_e=drive * (v_th - v_rest) * c_m / tau_m,
    )
    return model


INPUTS: dict[str, Any] = {
    "seed": st.integers(0, 2**32),
    "strength": st.sampled_from([0.1, 0.5, 1.0, 3.0]),
    "inhibition": st.sampled_from([0.0, 0.3, 1.0, 2.0]),
    "rate": st.sampled_from([3.0, 15.0]),
    "steps": st.sampled_from([0, 4]),
    "t_ref": st.sampled_from([0.0, 0.7, 3.0]),
    "drive": st.sampled_from([0.0, 0.9, 1.001, 1.2]),
}


@settings(FEW, max_examples=40)
@given(tau_m=TIMES.filter(lambda t: t >= 0.5), tau_exc=TIMES, tau_inh=TIMES, **INPUTS)
def test_exponential_neurons_fire_when_the_oracle_does(
    tau_m: float, tau_exc: float, tau_inh: float, drive: float, t_ref: float, **inputs: Any
) -> None:
    case = barrage(driven(cuba_lif, tau_m, tau_exc, tau_inh, drive, t_ref), **inputs)
    ours, oracle = run_pysnn(case, "event"), simulate_exact(case)
    assert_same_spikes(ours, oracle, atol=1e-8, names=["cells"], least=0)


@settings(FEW, max_examples=40)
@given(tau_m=APART.filter(lambda t: t >= 0.5), tau_exc=APART, tau_inh=APART, **INPUTS)
def test_alpha_neurons_fire_when_the_oracle_does(
    tau_m: float, tau_exc: float, tau_inh: float, drive: float, t_ref: float, **inputs: Any
) -> None:
    case = barrage(driven(alpha_lif, tau_m, tau_exc, tau_inh, drive, t_ref), **inputs)
    ours, oracle = run_pysnn(case, "event"), simulate_exact(case)
    assert_same_spikes(ours, oracle, atol=1e-8, names=["cells"], least=0)


@settings(FEW, max_examples=25)
@given(
    tau_m=TIMES,
    seed=st.integers(0, 2**32),
    strength=st.sampled_from([0.1, 0.5, 1.5]),
    inhibition=st.sampled_from([0.0, 0.5, 1.0]),
    rate=st.sampled_from([3.0, 30.0]),
    steps=st.sampled_from([0, 4]),
    t_ref=st.sampled_from([0.0, 0.7, 3.0]),
    drive=st.sampled_from([0.0, 0.9, 1.001, 1.2]),
)
def test_delta_neurons_fire_when_the_oracle_does(
    tau_m: float, t_ref: float, drive: float, **inputs: Any
) -> None:
    current = drive * 20.0 * 250.0 / tau_m
    model = lif(tau_m=tau_m, t_ref=max(t_ref, 0.7), v_reset=2.0, i_e=current)
    case = barrage(model, **inputs)
    ours, oracle = run_pysnn(case, "event"), simulate_exact(case)
    assert_same_spikes(ours, oracle, atol=1e-8, names=["cells"], least=0)


@settings(FEW, max_examples=25)
@given(
    tau_m=TIMES,
    tau_adapt=TIMES,
    beta=st.sampled_from([0.5, 4.0, 30.0]),
    seed=st.integers(0, 2**32),
    strength=st.sampled_from([0.1, 0.5, 1.5]),
    inhibition=st.sampled_from([0.0, 0.5, 1.0]),
    rate=st.sampled_from([3.0, 30.0]),
    steps=st.sampled_from([0, 4]),
    t_ref=st.sampled_from([0.0, 0.7, 3.0]),
    drive=st.sampled_from([0.0, 0.9, 1.001, 1.2, 4.0]),
)
def test_adaptive_neurons_fire_when_the_oracle_does(
    tau_m: float, tau_adapt: float, beta: float, t_ref: float, drive: float, **inputs: Any
) -> None:
    current = drive * 20.0 * 250.0 / tau_m
    model = alif(tau_m=tau_m, t_ref=max(t_ref, 0.7), v_reset=2.0, i_e=current, tau_adapt=tau_adapt, beta=beta)
    case = barrage(model, **inputs)
    ours, oracle = run_pysnn(case, "event"), simulate_exact(case)
    assert_same_spikes(ours, oracle, atol=1e-8, names=["cells"], least=0)


@pytest.mark.parametrize("tau_m", [10.0, 10.001])
def test_a_potential_a_last_bit_below_the_threshold_crosses_at_once(tau_m: float) -> None:
    """Also where tau_m = 2 tau_syn, whose closed form has the root z = e^{-h/tau_m}, next to 1."""
    net = snn.Network(seed=1)
    model = snn.CubaLIF(tau_m=tau_m, tau_syn_exc=5.0, tau_syn_inh=5.0, e_l=0.0, v_th=10.0, v_reset=0.0)
    cell = net.population("cell", 1, model)
    source = net.source("source", 1, snn.SpikeArray([[0.5]]))
    net.projection(source, cell, snn.OneToOne(), weight=20_000.0, delay=0.5)
    spikes = net.probe(cell, "spikes")
    with snn.Simulation(net, backend="event") as sim:
        sim.run(1.0)
        sim.set_state(cell, "v", np.nextafter(10.0, 0.0))
        sim.run(1.0)
        np.testing.assert_allclose(sim.data[spikes].t, [1.0], atol=1e-9)

"""Synapses of one pair and delay each draw their own release, in however many runs of their row they lie."""

from __future__ import annotations

import numpy as np

import pysnn as snn

N = 2000  # targets, with two synapses each
P = 0.5


def check(sent: np.ndarray) -> None:
    """Of two that release with probability P each: none, one or both, by the binomial law within 5 sd."""
    assert set(np.unique(sent.round(9))) == {0.0, 1.0, 2.0}
    for released, expected in enumerate([(1 - P) ** 2, 2 * P * (1 - P), P**2]):
        share = np.mean(sent.round(9) == released)
        assert abs(share - expected) < 5 * np.sqrt(expected * (1 - expected) / N)


def pairs(**projection: object) -> snn.Network:
    """One source of spikes at 1 and 50 ms; potentials that add up what arrives."""
    net = snn.Network(seed=7)
    source = net.source("source", 1, snn.SpikeArray([[1.0, 50.0]]))
    cells = net.population(
        "cells", N, snn.LIF(tau_m=np.inf, v_th=np.inf, e_l=0.0, v_reset=0.0), init={"v": 0.0}
    )
    law = snn.TsodyksMarkram(U=P, tau_rec=1e-3, stochastic=True)
    rule = snn.PairSTDP(a_plus=0.0, a_minus=0.0, w_max=2.0)
    wiring = snn.FromCOO(np.zeros(2 * N, int), np.repeat(np.arange(N), 2))
    net.projection(
        source, cells, wiring, weight=1.0, name="pairs", dynamics=law, plasticity=rule, **projection
    )
    return net


def test_with_other_dendritic_delays(backend: str) -> None:
    with snn.Simulation(
        pairs(delay=snn.Array(np.full(2 * N, 2.0)), dendritic_fraction=snn.Array(np.tile([0.0, 0.5], N))),
        backend=backend,
        dt=0.1,
    ) as sim:
        sim.run(10.0)
        check(sim.state("cells", "v"))


def test_whose_delays_were_set_alike(cpu_backend: str) -> None:
    with snn.Simulation(pairs(delay=snn.Array(np.tile([1.0, 2.0], N))), backend=cpu_backend, dt=0.1) as sim:
        sim.run(10.0)
        before = sim.state("cells", "v")
        sim.set_delays("pairs", 1.5)
        sim.run(50.0)
        check(before)
        check(sim.state("cells", "v") - before)

"""The rule of the application's readout is the engine's DeltaRule, a softmax's error its modulator."""

from __future__ import annotations

import numpy as np
import pytest
from pysnn_mmsa import delta_rule
from pysnn_mmsa.delta_rule import Inputs, Strength

import pysnn as snn

N, LINES, CLASSES, ETA = 24, 6, 3, 0.05


@pytest.mark.parametrize("backend", ["clock", "event"])
def test_one_epoch_gives_the_weights_that_the_engine_learns_from_the_spikes(backend: str) -> None:
    """Utterance by utterance its spikes are fed and counted by the synapses (tau_x = inf), the error of an
    output comes as a modulator; the bias, which the engine has no synapse for here, is kept beside.
    """
    rng = np.random.default_rng(0)
    counts = rng.integers(0, 6, (N, LINES))
    target = np.eye(CLASSES)[rng.integers(0, CLASSES, N)]

    net = snn.Network(seed=1)
    lines = net.source("lines", LINES, snn.Input())
    outputs = net.population("outputs", CLASSES, snn.LIF(v_th=np.inf))
    error = net.modulator("error", of=outputs)
    synapses = net.projection(
        lines,
        outputs,
        snn.AllToAll(),
        weight=0.0,
        delay=1.0,
        plasticity=snn.DeltaRule(eta=ETA),
        modulator=error,
    )
    bias = np.zeros(CLASSES)
    order = np.random.default_rng([7, 2]).permutation(N)
    with snn.Simulation(net, backend=backend, **({"dt": 1.0} if backend == "clock" else {})) as sim:
        for step, k in enumerate(order):
            sim.reset()
            times, which = zip(
                *((1.0 + s, i) for i in range(LINES) for s in range(counts[k, i])), strict=True
            )
            sim.feed(lines, (list(times), list(which)))
            sim.run(10.0)
            weight = np.asarray(sim.weights(synapses)).reshape(LINES, CLASSES).T
            p = np.exp(weight @ counts[k] + bias)
            falling = 1.0 - step / N
            wrong = p / p.sum() - target[k]
            sim.modulate(error, falling * wrong)
            bias -= 0.1 * ETA * falling * wrong
        sim.run(1.0)
        learnt = np.asarray(sim.weights(synapses)).reshape(LINES, CLASSES).T

    ours = delta_rule.learn(
        Inputs(counts.astype(np.float64)), target, True, Strength(eta=ETA, decay=0.0, epochs=1), seed=7
    )
    np.testing.assert_allclose(learnt, ours.dense, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(bias, ours.bias, rtol=1e-9, atol=1e-12)
    assert np.abs(ours.dense).max() > 0.05  # it learnt something

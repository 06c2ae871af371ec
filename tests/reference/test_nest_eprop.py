"""E-prop against NEST's eprop_synapse_bsshslm_2020 onto its LIF and ALIF neurons.

Three intervals (trials) of a recurrent network, with weights that move after each. NEST's readout makes the
errors; here they are worked out from our own spikes, which are NEST's. Not compared: rate regularisation,
for which NEST takes the rate of an interval and ``EProp`` a running one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from oracle.nest_runner import quiet

import pysnn as snn

pytestmark = pytest.mark.nest

Floats = NDArray[np.float64]
STEPS, TRIALS, INPUTS, N, READOUTS = 60, 3, 6, 5, 2
TAU_M, TAU_ADAPT, TAU_OUT, V_TH, GAMMA, WIDTH = 20.0, 100.0, 15.0, 0.6, 0.3, 1.2
AFTER = 7.0  # ms into the next interval, when NEST's learning signals of the last have all arrived


class Setting:
    """Weights, and the spikes of the inputs: none at the end of a trial, so that nothing is under way then.

    Weights are so weak that no membrane is above threshold even after a spike: it would fire again in the
    next step in any case, in NEST only if it still is above then.
    """

    def __init__(self) -> None:
        rng = np.random.default_rng(8)
        self.w_in = rng.normal(0.12, 0.1, (INPUTS, N))
        self.w_rec = rng.normal(0.0, 0.1, (N, N))
        self.w_out = rng.normal(0.0, 0.5, (N, READOUTS))
        self.back = rng.normal(0.0, 1.0, (N, READOUTS))
        self.arrives = rng.random((TRIALS, STEPS, INPUTS)) < 0.25  # in the step
        self.arrives[:, : int(AFTER)] = False
        self.arrives[:, -20:] = False


def nest_weights(at: Setting, beta: float, optimiser: str, eta: float) -> tuple[Floats, Floats]:
    """Input and recurrent weights after the last update, which a synapse makes at its next spike."""
    nest = quiet()
    nest.set(
        resolution=1.0,
        eprop_update_interval=float(STEPS),
        eprop_learning_window=float(STEPS),
        eprop_reset_neurons_on_update=True,
    )
    neuron = {
        "C_m": 1.0, "E_L": 0.0, "V_m": 0.0, "V_th": V_TH, "t_ref": 0.0, "tau_m": TAU_M,
        "surrogate_gradient_height": GAMMA, "surrogate_gradient_width": WIDTH, "regular_spike_arrival": True,
    }  # fmt: skip
    if beta:
        adaptation = {"adapt_tau": TAU_ADAPT, "adapt_beta": beta}
        cells = nest.Create("eprop_iaf_adapt_bsshslm_2020", N, neuron | adaptation)
    else:
        cells = nest.Create("eprop_iaf_bsshslm_2020", N, neuron)
    readout = {"C_m": 1.0, "E_L": 0.0, "tau_m": TAU_OUT, "regular_spike_arrival": False}
    out = nest.Create("eprop_readout_bsshslm_2020", READOUTS, readout)  # its target is 0
    generators, parrots = nest.Create("spike_generator", INPUTS), nest.Create("parrot_neuron", INPUTS)
    steps = at.arrives.reshape(-1, INPUTS)
    for generator, fired in zip(generators, steps.T, strict=True):
        generator.spike_times = [*(np.flatnonzero(fired) + 1.0), TRIALS * STEPS + AFTER]
    nest.Connect(generators, parrots, "one_to_one", {"delay": 1.0})
    last = nest.Create("spike_generator", params={"spike_times": [TRIALS * STEPS + AFTER]})
    nest.Connect(last, cells, "all_to_all", {"weight": 10.0, "delay": 1.0})  # all fire once more
    rule = {"type": optimiser, "batch_size": 1, "eta": eta, "optimize_each_step": False}
    if optimiser == "adam":
        rule |= {"beta_1": 0.8, "beta_2": 0.9, "epsilon": 1e-14}
    nest.SetDefaults("eprop_synapse_bsshslm_2020", {"average_gradient": False, "optimizer": rule})

    def connect(source: Any, target: Any, weights: Floats, **more: Any) -> None:
        spec = {"synapse_model": "eprop_synapse_bsshslm_2020", "weight": weights.T.copy(), "delay": 1.0}
        nest.Connect(source, target, {"rule": "all_to_all", "allow_autapses": True}, spec | more)

    connect(parrots, cells, at.w_in, tau_m_readout=TAU_OUT)
    connect(cells, cells, at.w_rec, tau_m_readout=TAU_OUT)
    connect(cells, out, at.w_out, synapse_model="static_synapse")
    connect(out, cells, at.back.T, synapse_model="eprop_learning_signal_connection_bsshslm_2020")
    nest.Simulate(TRIALS * STEPS + 20.0)

    def weights(source: Any, shape: tuple[int, int]) -> Floats:
        found = nest.GetConnections(source, cells, synapse_model="eprop_synapse_bsshslm_2020")
        table = np.zeros(shape)
        i = np.asarray(found.source) - source.tolist()[0]
        table[i, np.asarray(found.target) - cells.tolist()[0]] = found.weight
        return table

    return weights(parrots, at.w_in.shape), weights(cells, at.w_rec.shape)


def own_weights(at: Setting, beta: float, optimiser: str, eta: float) -> tuple[Floats, Floats]:
    """The same from ``EProp``.

    NEST takes v_th from a membrane, and adds to its adaptation, a step after the spike, when ours has decayed
    for one; its psi is of absolute height and width.
    """
    later, kept = np.exp(1.0 / TAU_M), np.exp(1.0 / TAU_ADAPT)
    common = {"tau_m": TAU_M, "e_l": 0.0, "v_th": V_TH, "v_reset": V_TH - V_TH * later, "t_ref": 0.0}
    model = (
        snn.ALIF(**common, reset="subtract", tau_adapt=TAU_ADAPT, beta=beta * kept)
        if beta
        else snn.LIF(**common, reset="subtract")
    )
    net = snn.Network(seed=1)
    inputs = net.source("inputs", INPUTS, snn.Input())
    cells = net.population("cells", N, model, init={"v": 0.0})
    signal = net.modulator("signal", of=cells)
    adam: dict[str, Any] = {"beta_1": 0.8, "beta_2": 0.9, "epsilon": 1e-14} if optimiser == "adam" else {}
    rule = snn.EProp(
        eta=eta, tau_out=TAU_OUT, gamma=GAMMA * V_TH, width=WIDTH / V_TH, read="last", batch=1,
        optimiser="adam" if adam else "sgd", **adam,
    )  # fmt: skip
    for name, source, weights in (("in", inputs, at.w_in), ("rec", cells, at.w_rec)):
        i, j = (index.ravel() for index in np.indices(weights.shape))
        net.projection(
            source, cells, snn.FromCOO(i, j), weight=snn.Array(weights.ravel()), delay=1.0, plasticity=rule,
            modulator=signal, name=name,
        )  # fmt: skip
    probe = net.probe(cells, "spikes")
    kappa = np.exp(-1.0 / TAU_OUT)
    with snn.Simulation(net, backend="clock", dt=1.0, dtype="float64") as sim:
        for arrives in at.arrives:
            step, line = np.nonzero(arrives)
            sim.feed(
                inputs, (sim.time + step, line)
            )  # in step s, which ends at s + 1, arrives what was sent at s
            y, counts = np.zeros(READOUTS), np.zeros(N)
            for _ in range(STEPS):
                sim.run(1.0)
                fired = np.bincount(sim.take(probe).i, minlength=N)
                y = kappa * y + (1.0 - kappa) * (fired @ at.w_out)
                sim.modulate(signal, at.back @ y)
                counts += fired
            assert counts.all()  # NEST's Adam skips an interval without a spike
            assert not fired.any()
            sim.reset()
        return sim.weights("in").reshape(INPUTS, N), sim.weights("rec").reshape(N, N)


@pytest.mark.parametrize("optimiser", ["gradient_descent", "adam"])
@pytest.mark.parametrize("beta", [0.0, 0.15])
def test_three_trials_move_weights_as_nests(beta: float, optimiser: str) -> None:
    at = Setting()
    eta = 1e-2 if optimiser == "adam" else 3e-3
    nests, own = (weights(at, beta, optimiser, eta) for weights in (nest_weights, own_weights))
    for nest, ours, first in zip(nests, own, (at.w_in, at.w_rec), strict=True):
        assert np.abs(nest - first).max() > 0.02
        np.testing.assert_allclose(ours, nest, rtol=0, atol=1e-12)

"""Reward-modulated STDP against NEST's stdp_dopamine_synapse."""

from __future__ import annotations

import pytest
from oracle.nest_runner import quiet

import pysnn as snn

pytestmark = pytest.mark.nest

PRE = [10.0, 25.3, 60.1, 90.0, 130.2, 180.0, 250.0]
POST = [14.2, 40.0, 62.0, 93.3, 120.0, 190.5]
DOPAMINE = [70.0, 71.5, 150.0]
TAU_N = 40.0


def nest_weight() -> float:
    """As of the last presynaptic spike. Spikes of generators come by parrots, one delay of 1 ms later."""
    nest = quiet()
    nest.resolution = 0.1
    made = nest.Create
    cells = {}
    for name, times in (("pre", PRE), ("teacher", [round(t - 2.0, 9) for t in POST]), ("dopamine", DOPAMINE)):
        generator = made("spike_generator", params={"spike_times": times})
        cells[name] = made("parrot_neuron")
        nest.Connect(generator, cells[name], syn_spec={"delay": 1.0})
    post = made("parrot_neuron", params={"tau_minus": 30.0})
    transmitter = made("volume_transmitter", params={"deliver_interval": 10_000})
    nest.Connect(cells["teacher"], post, syn_spec={"delay": 1.0})
    nest.Connect(cells["dopamine"], transmitter, syn_spec={"delay": 1.0})
    nest.CopyModel(
        "stdp_dopamine_synapse",
        "dopamine",
        {
            "volume_transmitter": transmitter, "A_plus": 0.02, "A_minus": 0.015, "tau_plus": 15.0,
            "tau_c": 100.0, "tau_n": TAU_N, "b": 0.001, "Wmin": 0.0, "Wmax": 5.0,
        },
    )  # fmt: skip
    # a parrot repeats nothing that comes to its port 1
    nest.Connect(
        cells["pre"],
        post,
        syn_spec={"synapse_model": "dopamine", "weight": 1.0, "delay": 2.0, "receptor_type": 1},
    )
    nest.Simulate(300.0)
    return float(nest.GetConnections(cells["pre"], post).get("weight"))


@pytest.mark.parametrize("backend", ["clock", "event"])
def test_a_synapse_learns_as_nests(backend: str) -> None:
    """All of NEST's delay is dendritic; its n jumps by 1 / tau_n; amplitudes are in the weight's unit."""
    net = snn.Network(seed=1)
    pre = net.source("pre", 1, snn.SpikeArray([[t + 1.0 for t in PRE]]))
    teacher = net.source("teacher", 1, snn.SpikeArray([[t - 1.0 for t in POST]]))
    cell = net.population("cell", 1, snn.LIF(v_th=1000.0, t_ref=0.0))
    dopamine = net.modulator("dopamine")
    rule = snn.RewardSTDP(
        a_plus=0.02 / 5.0, a_minus=0.015 / 5.0, tau_plus=15.0, tau_minus=30.0, tau_c=100.0, tau_n=TAU_N,
        b=0.001, w_max=5.0,
    )  # fmt: skip
    learns = net.projection(
        pre, cell, snn.AllToAll(), 1.0, 2.0, plasticity=rule, dendritic_fraction=1.0, modulator=dopamine
    )
    net.projection(teacher, cell, snn.AllToAll(), 1e6, 1.0)
    with snn.Simulation(net, backend=backend) as sim:
        for t in DOPAMINE:
            sim.modulate(dopamine, 1.0 / TAU_N, at=t + 2.0)
        sim.run(PRE[-1] + 1.0)
        weight = float(sim.weights(learns)[0])
    assert weight == pytest.approx(nest_weight(), abs=1e-12)
    assert weight == pytest.approx(1.0208, abs=1e-4)

"""A large network in which little happens."""

from __future__ import annotations

import pysnn as snn
from pysnn.errors import unknown

from ._scale import scaled

# Of each neuron model: parameters, recurrent weight, and a weight that makes a neuron at rest fire.
MODELS: dict[str, tuple[snn.NeuronModel, float, float]] = {
    "cuba_lif": (
        snn.CubaLIF(
            tau_m=20.0,
            tau_syn_exc=5.0,
            tau_syn_inh=5.0,
            c_m=200.0,
            e_l=0.0,
            v_th=15.0,
            v_reset=0.0,
            t_ref=2.0,
        ),
        2.0,  # pA, 0.03 mV at the peak
        1200.0,  # pA, 18.9 mV at the peak
    ),
    "lif_delta": (
        snn.LIF(tau_m=20.0, c_m=200.0, e_l=0.0, v_th=15.0, v_reset=0.0, t_ref=2.0),
        0.03,  # mV
        20.0,  # mV
    ),
}


def sparse(seed: int = 1, scale: float = 1.0, model: str = "cuba_lif", rate: float = 0.5) -> snn.Network:
    """100,000 neurons with 100 synapses each, delays 1 to 20 ms, that fire at ``rate`` and are else silent.

    1,000 Poisson sources drive the neurons, each neuron one source by one strong synapse, so that a
    neuron fires once for each spike of its source; recurrent input is weak (0.03 mV). At 0.5 Hz a
    neuron gets 50 spikes a second, which is where following events should beat stepping.

    Parameters
    ----------
    seed : of every random draw.
    scale : > 0, multiplies the numbers of neurons and sources; each neuron keeps its 100 synapses.
    model : "cuba_lif" (exponential currents) or "lif_delta".
    rate : of the sources, >= 0 Hz.
    """
    if model not in MODELS:
        raise unknown("sparse", "model", str(model), MODELS)
    neuron, weight, drive = MODELS[model]
    delay = snn.Uniform(1.0, 20.0, step=0.1)

    net = snn.Network(seed)
    cells = net.population("cells", scaled(100_000, scale), neuron)
    source = net.source("source", scaled(1_000, scale), snn.Poisson(rate))
    net.projection(cells, cells, snn.FixedOutdegree(100), weight=weight, delay=delay)
    net.projection(source, cells, snn.FixedIndegree(1), weight=drive, delay=delay)
    return net

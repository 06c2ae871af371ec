"""Brunel's network of delta synapses under strong external noise."""

from __future__ import annotations

import pysnn as snn

from ._scale import scaled


def brunel(seed: int = 1, scale: float = 1.0, plasticity: snn.PlasticityRule | None = None) -> snn.Network:
    """12,500 neurons and 15.6 million synapses, each neuron driven by Poisson input; about 38 Hz.

    10,000 excitatory and 2,500 inhibitory LIF neurons with delta synapses, each with 1,000 and 250
    inputs, weights 0.1 and -0.5 mV, delays 1.5 ms, and a Poisson process of 20 kHz of its own (twice
    what reaches the threshold on average). Brunel (2000), J. Comput. Neurosci. 8:183, model A, with
    g = 5, nu_ext / nu_thr = 2: the asynchronous irregular state.

    Parameters
    ----------
    seed : of every random draw.
    scale : > 0, multiplies the numbers of neurons; a neuron keeps its number of inputs, so that a
        small network has several synapses for many pairs and fires more synchronously.
    plasticity : rule of the excitatory-excitatory synapses, or None.
    """
    weight, g, delay = 0.1, 5.0, 1.5  # mV, 1, ms
    model = snn.LIF(tau_m=20.0, c_m=1.0, e_l=0.0, v_th=20.0, v_reset=10.0, t_ref=2.0)
    from_exc, from_inh = snn.FixedIndegree(1000, autapses=False), snn.FixedIndegree(250, autapses=False)

    net = snn.Network(seed)
    start = {"v": snn.Uniform(0.0, 20.0)}
    exc = net.population("exc", scaled(10_000, scale), model, init=start)
    inh = net.population("inh", scaled(2_500, scale), model, init=start)
    for target in (exc, inh):
        noise = net.source(f"noise_{target.name}", len(target), snn.Poisson(20_000.0))
        net.projection(noise, target, snn.OneToOne(), weight=weight, delay=delay)
    net.projection(exc, exc, from_exc, weight=weight, delay=delay, plasticity=plasticity)
    net.projection(exc, inh, from_exc, weight=weight, delay=delay)
    for target in (exc, inh):
        net.projection(inh, target, from_inh, weight=-g * weight, delay=delay)
    return net

"""The COBA network of Vogels & Abbott."""

from __future__ import annotations

import pysnn as snn

from ._scale import scaled


def coba(seed: int = 1, scale: float = 1.0) -> snn.Network:
    """4,000 neurons with exponential conductance synapses, firing irregularly at about 15 Hz.

    3,200 excitatory and 800 inhibitory CobaLIF neurons, each with 64 and 16 inputs drawn at random,
    weights 0.4 and 5.1 times the leak conductance, one delay of 0.8 ms, driven by a constant current
    of 200 pA, which alone would bring them to -40 mV. Vogels & Abbott (2005), J. Neurosci. 25:10786, as
    benchmark 1 of Brette et al. (2007), J. Comput. Neurosci. 23:349, in the variant that the simulator
    Auryn ships (Zenke & Gerstner 2014, Front. Neuroinform. 8:76): there with connections of
    probability 0.02, which is 80 inputs on average.

    Parameters
    ----------
    seed : of every random draw.
    scale : > 0, multiplies the numbers of neurons; a neuron keeps its number of inputs.
    """
    n_exc, n_inh = scaled(3200, scale), scaled(800, scale)
    model = snn.CobaLIF(
        c_m=200.0,
        g_l=10.0,
        e_l=-60.0,
        v_th=-50.0,
        v_reset=-60.0,
        t_ref=5.0,
        e_rev_exc=0.0,
        e_rev_inh=-80.0,
        tau_syn_exc=5.0,
        tau_syn_inh=10.0,
        i_e=200.0,
    )
    from_exc, from_inh = snn.FixedIndegree(64, autapses=False), snn.FixedIndegree(16, autapses=False)

    net = snn.Network(seed)
    start = {"v": snn.Uniform(-60.0, -50.0)}
    exc = net.population("exc", n_exc, model, init=start)
    inh = net.population("inh", n_inh, model, init=start)
    for target in (exc, inh):
        net.projection(exc, target, from_exc, weight=0.4 * model.g_l, delay=0.8, receptor="exc")
        net.projection(inh, target, from_inh, weight=5.1 * model.g_l, delay=0.8, receptor="inh")
    return net

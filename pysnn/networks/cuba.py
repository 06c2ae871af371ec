"""The CUBA network of Vogels & Abbott."""

from __future__ import annotations

import pysnn as snn

from ._scale import scaled


def cuba(seed: int = 1, scale: float = 1.0) -> snn.Network:
    """4,000 neurons with exponential current synapses, firing irregularly by themselves at about 5 Hz.

    3,200 excitatory and 800 inhibitory CubaLIF neurons, each with 64 and 16 inputs drawn at random,
    weights 1.62 and -9 mV (times c_m / tau_m, in pA), one delay of 0.1 ms, driven by a rest above
    the threshold. Vogels & Abbott (2005), J. Neurosci. 25:10786, as benchmark 2 of Brette et al.
    (2007), J. Comput. Neurosci. 23:349, there with connections of probability 0.02, which is 80
    inputs on average.

    Parameters
    ----------
    seed : of every random draw.
    scale : > 0, multiplies the numbers of neurons; a neuron keeps its number of inputs.
    """
    n_exc, n_inh = scaled(3200, scale), scaled(800, scale)
    model = snn.CubaLIF(
        tau_m=20.0,
        tau_syn_exc=5.0,
        tau_syn_inh=10.0,
        c_m=200.0,
        e_l=-49.0,
        v_th=-50.0,
        v_reset=-60.0,
        t_ref=5.0,
    )
    per_mv = model.c_m / model.tau_m  # pA
    from_exc, from_inh = snn.FixedIndegree(64, autapses=False), snn.FixedIndegree(16, autapses=False)

    net = snn.Network(seed)
    start = {"v": snn.Uniform(-60.0, -50.0)}
    exc = net.population("exc", n_exc, model, init=start)
    inh = net.population("inh", n_inh, model, init=start)
    for target in (exc, inh):
        net.projection(exc, target, from_exc, weight=1.62 * per_mv, delay=0.1, receptor="exc")
        net.projection(inh, target, from_inh, weight=-9.0 * per_mv, delay=0.1, receptor="inh")
    return net

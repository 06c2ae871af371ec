"""The benchmark network of NEST's developers: 11,250 inputs a neuron, most of them plastic."""

from __future__ import annotations

import math

import pysnn as snn

from ._scale import scaled

TAU_SYN = 0.32582722403722841  # ms, for potentials that peak 1.700759 ms after an arrival
MODEL = snn.AlphaLIF(
    tau_m=10.0,
    tau_syn_exc=TAU_SYN,
    tau_syn_inh=TAU_SYN,
    c_m=250.0,
    e_l=0.0,
    v_th=20.0,
    v_reset=0.0,
    t_ref=0.5,
)
POTENTIAL = 0.14  # mV, peak of an excitatory postsynaptic potential
INHIBITION = -5.0  # inhibitory weights in units of the excitatory ones
INPUTS_EXC, INPUTS_INH = 9000, 2250  # of a neuron
DRIVE = 1.685  # external input in units of that which holds the mean potential at the threshold


def weight() -> float:
    """The excitatory weight, pA, whose potential peaks at ``POTENTIAL``.

    With b = 1/tau_syn - 1/tau_m the potential of 1 pA after h ms is e / (c_m tau_syn b) times
    (e^(-h/tau_m) - e^(-h/tau_syn)) / b - h e^(-h/tau_syn). It peaks where x = b h > 0 solves
    x = log(1 + x tau_m/tau_syn), of which the right side is a contraction near the solution.
    """
    ratio = MODEL.tau_m / TAU_SYN
    b = 1.0 / TAU_SYN - 1.0 / MODEL.tau_m
    x = ratio
    for _ in range(50):
        x = math.log1p(ratio * x)
    h = x / b
    slow, fast = math.exp(-h / MODEL.tau_m), math.exp(-h / TAU_SYN)
    return POTENTIAL * MODEL.c_m * TAU_SYN * b / math.e / ((slow - fast) / b - h * fast)


def hpc_stdp(seed: int = 1, scale: float = 1.0) -> snn.Network:
    """11,250 neurons and 127 million synapses, 81 million of them plastic; about 9 Hz at first.

    9,000 excitatory and 2,250 inhibitory AlphaLIF neurons, each with 9,000 and 2,250 inputs, weights
    45.6 and -228 pA (0.14 and -0.7 mV), one delay of 1.5 ms, and a Poisson process of 20.9 kHz of
    its own. Excitatory-excitatory synapses learn by power-law STDP, their delay all dendritic.
    Kunkel et al. (2014), Front. Neuroinform. 8:78, as NEST's hpc_benchmark; the network and its rule
    are those of Morrison, Aertsen & Diesmann (2007), Neural Comput. 19:1437.

    The rate is that of the first 100 ms (NEST 3.10: 7.3 and 8.8 Hz for two seeds). Weights then drift
    upwards and volleys grow until the neurons fire in synchrony, above 40 Hz, in NEST as here; the
    seed decides whether a quarter of a second or more than 600 ms pass before. Compare rates over
    many seeds or before that. Spikes that meet at a synapse in one step count as causal here and not
    at all in NEST: by 0.1 ms / tau_plus, 0.7 %, potentiation is stronger here.

    Parameters
    ----------
    seed : of every random draw.
    scale : > 0, multiplies the numbers of neurons; a neuron keeps its number of inputs, so that a
        small network has several synapses for many pairs and fires more synchronously.
    """
    strength, delay = weight(), 1.5  # pA, ms
    rule = snn.PowerLawSTDP(tau_plus=15.0, tau_minus=30.0, a_plus=0.1, a_minus=0.0513 * 0.1, mu=0.4, w_0=1.0)
    # Each arrival brings the charge e tau_syn w.
    arrivals = DRIVE * MODEL.v_th * MODEL.c_m / MODEL.tau_m / (math.e * TAU_SYN * strength)  # 1/ms
    from_exc = snn.FixedIndegree(INPUTS_EXC, autapses=False)
    from_inh = snn.FixedIndegree(INPUTS_INH, autapses=False)

    net = snn.Network(seed)
    start = {"v": snn.Normal(5.7, 7.2)}
    exc = net.population("exc", scaled(9000, scale), MODEL, init=start)
    inh = net.population("inh", scaled(2250, scale), MODEL, init=start)
    for target in (exc, inh):
        noise = net.source(f"noise_{target.name}", len(target), snn.Poisson(1000.0 * arrivals))
        net.projection(noise, target, snn.OneToOne(), weight=strength, delay=delay)
    net.projection(exc, exc, from_exc, weight=strength, delay=delay, plasticity=rule, dendritic_fraction=1.0)
    net.projection(exc, inh, from_exc, weight=strength, delay=delay)
    for target in (exc, inh):
        net.projection(inh, target, from_inh, weight=INHIBITION * strength, delay=delay, receptor="inh")
    return net

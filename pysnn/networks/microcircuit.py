"""The cortical microcircuit of Potjans & Diesmann."""

from __future__ import annotations

import math

import numpy as np

import pysnn as snn

from ._scale import checked, scaled

POPULATIONS = ("L23E", "L23I", "L4E", "L4I", "L5E", "L5I", "L6E", "L6I")
SIZES = np.array([20683, 5834, 21915, 5479, 4850, 1065, 14395, 2948])

# Probability that a pair is connected at least once, by target (row) and source (column).
PROBABILITIES = np.array([
    [0.1009, 0.1689, 0.0437, 0.0818, 0.0323, 0.0000, 0.0076, 0.0000],
    [0.1346, 0.1371, 0.0316, 0.0515, 0.0755, 0.0000, 0.0042, 0.0000],
    [0.0077, 0.0059, 0.0497, 0.1350, 0.0067, 0.0003, 0.0453, 0.0000],
    [0.0691, 0.0029, 0.0794, 0.1597, 0.0033, 0.0000, 0.1057, 0.0000],
    [0.1004, 0.0622, 0.0505, 0.0057, 0.0831, 0.3726, 0.0204, 0.0000],
    [0.0548, 0.0269, 0.0257, 0.0022, 0.0600, 0.3158, 0.0086, 0.0000],
    [0.0156, 0.0066, 0.0211, 0.0166, 0.0572, 0.0197, 0.0396, 0.2252],
    [0.0364, 0.0010, 0.0034, 0.0005, 0.0277, 0.0080, 0.0658, 0.1443],
])  # fmt: skip
EXTERNAL_INPUTS = np.array([1600, 1500, 2100, 1900, 2000, 1900, 2900, 2100])
EXTERNAL_RATE = 8.0  # Hz, of each external input

WEIGHT = 87.8  # pA, a potential of 0.15 mV at its peak
INHIBITION = -4.0  # inhibitory weights in units of WEIGHT
DELAY = {"E": (1.5, 0.75), "I": (0.75, 0.375)}  # ms, mean and deviation by source

# Initial potentials near the stationary ones, mV, and the stationary rates, Hz: full scale, with NEST.
START_MEAN = (-68.28, -63.16, -63.33, -63.45, -63.11, -61.66, -66.72, -61.43)
START_STD = (5.36, 4.57, 4.74, 4.94, 4.94, 4.55, 5.46, 4.48)
RATES = np.array([0.971, 2.868, 4.746, 5.396, 8.142, 9.078, 0.991, 7.523])


def weights() -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Mean weights at full scale by target and source, pA; L4E to L23E is twice the others."""
    by_source = np.where([name.endswith("E") for name in POPULATIONS], WEIGHT, INHIBITION * WEIGHT)
    table = np.tile(by_source, (len(POPULATIONS), 1))
    table[POPULATIONS.index("L23E"), POPULATIONS.index("L4E")] *= 2.0
    return table


def synapse_numbers() -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Synapses at full scale by target and source: K = log(1 - p) / log(1 - 1 / (N_post N_pre)).

    So many draws of a pair with replacement connect a given pair at least once with probability p.
    """
    numbers: np.ndarray[tuple[int, int], np.dtype[np.float64]] = np.log1p(-PROBABILITIES) / np.log1p(
        -1.0 / np.outer(SIZES, SIZES)
    )
    return numbers


def microcircuit(seed: int = 1, scale: float = 1.0) -> snn.Network:
    """77,169 neurons and 299 million synapses under 1 mm^2 of cortex: four layers; about 3.2 Hz.

    Eight populations of CubaLIF neurons with normally distributed weights and delays, each neuron
    with a Poisson input of its own. Potjans & Diesmann (2014), Cereb. Cortex 24:785, tables 1 to 5.

    A network of other size has ``scale`` times the neurons and each of them ``scale`` times the
    inputs, recurrent and external. Weights grow by 1 / sqrt(scale) to keep the variance of the
    input, and a constant current replaces what its mean then lacks (van Albada, Helias & Diesmann
    2015, PLoS Comput. Biol. 11:e1004490); rates stay near, correlations do not.

    Parameters
    ----------
    seed : of every random draw.
    scale : > 0, 1 for the published size.
    """
    scale = checked(scale)
    root = math.sqrt(scale)
    strength, numbers = weights(), synapse_numbers()
    model = snn.CubaLIF(
        tau_m=10.0,
        tau_syn_exc=0.5,
        tau_syn_inh=0.5,
        c_m=250.0,
        e_l=-65.0,
        v_th=-50.0,
        v_reset=-65.0,
        t_ref=2.0,
    )
    # An input of rate nu [Hz] and weight w makes a mean current of 0.001 nu w tau_syn.
    inputs = (strength * numbers / SIZES[:, None]) @ RATES + WEIGHT * EXTERNAL_INPUTS * EXTERNAL_RATE
    current = (1.0 - root) * 0.001 * model.tau_syn_exc * inputs

    net = snn.Network(seed)
    groups = []
    for at, name in enumerate(POPULATIONS):
        start = {"v": snn.Normal(START_MEAN[at], START_STD[at])}
        group = net.population(
            name, scaled(int(SIZES[at]), scale), model.replace(i_e=float(current[at])), init=start
        )
        rate = EXTERNAL_INPUTS[at] * EXTERNAL_RATE * scale
        noise = net.source(f"external_{name}", len(group), snn.Poisson(rate))
        net.projection(noise, group, snn.OneToOne(), weight=WEIGHT / root, delay=1.5)
        groups.append(group)

    for post, target in enumerate(groups):
        for pre, source in enumerate(groups):
            number = round(numbers[post, pre] * scale * scale)
            if number == 0:
                continue
            kind = source.name[-1]
            mean = strength[post, pre] / root
            # The deviation is a tenth of the common weight, also where the mean is twice that.
            spread = 0.1 * abs(mean) * (0.5 if (target.name, source.name) == ("L23E", "L4E") else 1.0)
            sign = {"min": 0.0} if kind == "E" else {"max": 0.0}
            net.projection(
                source,
                target,
                snn.FixedTotalNumber(number),
                weight=snn.Normal(mean, spread, **sign),
                delay=snn.Normal(*DELAY[kind], min=0.1, step=0.1),
                receptor="exc" if kind == "E" else "inh",
            )
    return net

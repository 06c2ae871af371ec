"""Izhikevich's network of polychronous groups."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

import pysnn as snn

from ._scale import scaled

TARGETS, DELAYS = 100, 20  # synapses of a neuron; their conduction delays: 1, 2 ... 20 ms
W_MAX = 10.0  # mV
PLASTIC = ("exc->exc", "exc->inh")  # names of the projections that learn


def polychronisation(seed: int = 1, scale: float = 1.0, scheme: str = "converged") -> snn.Network:
    """1,000 Izhikevich neurons with conduction delays: STDP makes groups that fire in time-locked patterns.

    800 excitatory (regular spiking) and 200 inhibitory (fast spiking) neurons with 100 synapses each:
    excitatory ones onto all, five of each delay of 1 to 20 ms, at first 6 mV, inhibitory ones onto
    excitatory neurons, 1 ms, -5 mV. A neuron receives 20 mV once a second, at random. Excitatory
    synapses learn by additive STDP of nearest spikes, 0.1 and -0.12 mV, both traces losing a twentieth
    a ms, seen where the spike arrives. Izhikevich (2006), Neural Comput. 18:245, and its program spnet,
    which changes weights once a second: ``learn`` does so. Rhythms near 3 Hz in the first seconds give
    way to gamma rhythms.

    Parameters
    ----------
    seed : of every random draw.
    scale : > 0, multiplies the numbers of neurons; a neuron has at most 100 targets.
    scheme : of the neurons: "converged", or "published" with ``backend="clock", dt=1.0`` as in spnet.
    """
    n_exc, n_inh = scaled(800, scale), scaled(200, scale)
    n = n_exc + n_inh
    rng = np.random.default_rng(seed)
    start = {"v": snn.Constant(-65.0), "u": snn.Constant(-13.0)}
    trace = -1.0 / np.log(0.95)  # ms
    rule = snn.PairSTDP(
        tau_plus=trace,
        tau_minus=trace,
        a_plus=0.1 / W_MAX,
        a_minus=0.12 / W_MAX,
        w_max=W_MAX,
        pairing="nearest",
    )

    net = snn.Network(seed)
    exc = net.population("exc", n_exc, snn.Izhikevich(a=0.02, d=8.0, scheme=scheme), init=start)
    inh = net.population("inh", n_inh, snn.Izhikevich(a=0.1, d=2.0, scheme=scheme), init=start)

    i, j = _targets(rng, n_exc, n)
    delay = 1.0 + np.arange(i.size) % TARGETS // (TARGETS // DELAYS)
    for target, mine, first in ((exc, j < n_exc, 0), (inh, j >= n_exc, n_exc)):
        pairs, delays = snn.FromCOO(i[mine], j[mine] - first), snn.Array(delay[mine])
        net.projection(exc, target, pairs, weight=6.0, delay=delays, plasticity=rule)
    net.projection(inh, exc, snn.FromCOO(*_targets(rng, n_inh, n_exc)), weight=-5.0, delay=1.0)
    for target in (exc, inh):
        thalamus = net.source(f"thalamus_{target.name}", len(target), snn.Poisson(1.0))
        net.projection(thalamus, target, snn.OneToOne(), weight=20.0, delay=1.0)
    return net


def learn(sim: snn.Simulation, seconds: int) -> None:
    """Run for whole seconds; after each, change weights as spnet does.

    What STDP did within the second is added to a derivative s', which has lost a tenth of itself since
    the last one; weights then are those of the second's begin + s' + 0.01 mV, within [0, 10]. (In spnet
    they stand still within the second; here they move by what STDP does, some hundredths of a mV.)
    """
    derivative: dict[str, NDArray[np.float64] | float] = dict.fromkeys(PLASTIC, 0.0)
    for _ in range(seconds):
        before = {name: sim.weights(name) for name in PLASTIC}
        sim.run(1000.0)
        for name in PLASTIC:
            derivative[name] = 0.9 * (derivative[name] + (sim.weights(name) - before[name]))
            sim.set_weights(name, np.clip(before[name] + 0.01 + derivative[name], 0.0, W_MAX))


def _targets(rng: np.random.Generator, n: int, n_targets: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """``TARGETS`` at random for each of n sources, not itself (where they are the first of the targets)."""
    m = min(TARGETS, n_targets - 1)
    chosen = [
        rng.permutation(np.delete(np.arange(n_targets), [i] if n < n_targets else []))[:m] for i in range(n)
    ]
    return np.repeat(np.arange(n), m), np.concatenate(chosen)

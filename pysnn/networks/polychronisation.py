"""Izhikevich's network of polychronous groups: delays of 1 to 20 ms that learn."""

from __future__ import annotations

import math

import numpy as np

import pysnn as snn

from ._scale import scaled

DT = 1.0  # ms, of the published program
SECOND = 1000.0  # ms, between two changes of the weights
SYNAPSES = 100  # of a neuron onto others
DELAYS = np.repeat(np.arange(1.0, 21.0), SYNAPSES // 20)  # ms, of an excitatory neuron's synapses
LARGEST = 10.0  # mV, weight
DRIFT, KEPT = 0.01, 0.9  # a second: growth of a weight, mV, and what is left of its derivative
LEARNING = ("exc->exc", "exc->inh")

# A derivative s' [mV] is kept as the weight UNIT (MIDDLE + s') of a second projection with the same
# synapses. Such weights reach the neurons too and change no bit: -65.0 + 1e-27 is -65.0.
UNIT, MIDDLE = 1e-30, 1000.0


def rule(scheme: str = "published") -> snn.PairSTDP:
    """Nearest-neighbour pair STDP of a derivative: 0.1 e^(-t / 20) mV and -0.12 e^(-t / 20) mV.

    The program multiplies its traces by 0.95 a step, and depresses before it integrates the step at whose
    end the arrival counts, which is a step less of decay: ``scheme="published"`` has both.
    """
    tau, lead = (20.0, 1.0) if scheme == "converged" else (-1.0 / math.log(0.95), 0.95)
    return snn.PairSTDP(
        tau_plus=tau,
        tau_minus=tau,
        a_plus=0.1 / (2.0 * MIDDLE),
        a_minus=0.12 / (2.0 * MIDDLE * lead),
        w_max=2.0 * MIDDLE * UNIT,
        pairing="nearest",
    )


def polychronisation(seed: int = 1, scale: float = 1.0, scheme: str = "published") -> snn.Network:
    """1,000 Izhikevich neurons, 100 synapses each, with delays of 1 to 20 ms and STDP; a few Hz.

    800 excitatory (regular spiking) neurons, onto all, five synapses of each delay, and 200 inhibitory
    (fast spiking) ones, onto the excitatory, 1 ms; weights 6 and -5 mV at first; a thalamic input of
    20 mV at 1 Hz to each neuron. Izhikevich (2006), Neural Comput. 18:245, with his program spnet.

    The published rule gathers the changes of a second, s', and then sets s to s + 0.01 + s' within
    [0, 10] and s' to 0.9 s': ``run`` does that, and ``sim.run`` alone leaves the weights as they are.

    ``scheme="published"`` is the program's arithmetic on ``clock``, where dt must be 1 ms. What is left of
    differences: thalamic inputs are independent Poisson processes, where it gives one neuron in each ms its
    input; and changes by spikes of a second's last ms count at its end, not a second later.

    ``scheme="converged"`` is what the equations themselves make of it, on any engine: inputs are jumps of
    v instead of currents of a ms, and neurons fire between the steps. The network is then another one:
    inhibitory neurons fire at 32 instead of 17 to 22 Hz in the first seconds, with rhythms of about 7 and
    23 Hz instead of the published one of 2 to 4 Hz.

    Parameters
    ----------
    seed : of every random draw.
    scale : > 0, multiplies the numbers of neurons; a neuron keeps its number of synapses, several
        for a pair where there are too few.
    scheme : of the neurons, as of ``Izhikevich``, and of the decay of the traces: "published" or
        "converged".
    """
    n_exc, n_inh = scaled(800, scale), scaled(200, scale)
    regular = snn.Izhikevich(a=0.02, b=0.2, c=-65.0, d=8.0, scheme=scheme)
    net = snn.Network(seed)
    exc = net.population("exc", n_exc, regular)
    inh = net.population("inh", n_inh, regular.replace(a=0.1, d=2.0))
    for target in (exc, inh):
        thalamus = net.source(f"thalamus_{target.name}", len(target), snn.Poisson(1.0))
        net.projection(thalamus, target, snn.OneToOne(), weight=20.0, delay=1.0)

    rng = np.random.default_rng(seed)
    post = np.stack([targets(rng, source, n_exc + n_inh) for source in range(n_exc)])
    pre, delay = np.repeat(np.arange(n_exc), SYNAPSES), np.tile(DELAYS, n_exc)
    for target, first in ((exc, 0), (inh, n_exc)):
        chosen = np.flatnonzero((post.ravel() >= first) & (post.ravel() < first + len(target)))
        listed = snn.FromCOO(pre[chosen], post.ravel()[chosen] - first)
        delays = snn.Array(delay[chosen])
        net.projection(exc, target, listed, weight=snn.Array(np.full(chosen.size, 6.0)), delay=delays)
        net.projection(
            exc, target, listed, weight=UNIT * MIDDLE, delay=delays, plasticity=rule(scheme),
            name=f"derivative of exc->{target.name}",
        )  # fmt: skip
    onto_exc = snn.FixedOutdegree(SYNAPSES, multapses=n_exc < SYNAPSES)
    net.projection(inh, exc, onto_exc, weight=-5.0, delay=1.0)
    return net


def targets(rng: np.random.Generator, source: int, n: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """``SYNAPSES`` neurons of ``n`` other than ``source``, different ones if there are enough."""
    if n == 1:
        return np.zeros(SYNAPSES, np.int64)
    chosen = rng.choice(n - 1, SYNAPSES, replace=n - 1 < SYNAPSES)
    return np.asarray(chosen + (chosen >= source))


def run(sim: snn.Simulation, duration: float) -> None:
    """Go on for ``duration`` ms, with the published change of the weights at every full second."""
    end = round(sim.time + duration, 9)  # decimals: an end between two steps would never be reached
    while sim.time < end:
        second = SECOND * (math.floor(sim.time / SECOND) + 1)
        sim.run(round(min(second, end) - sim.time, 9))
        if sim.time == second:
            change_weights(sim)


def change_weights(sim: snn.Simulation) -> None:
    """s <- s + 0.01 + s', within [0, 10] mV, and s' <- 0.9 s': what the program does once a second."""
    for name in LEARNING:
        change = derivative(sim, name)
        sim.set_weights(name, np.clip(sim.weights(name) + DRIFT + change, 0.0, LARGEST))
        sim.set_weights(f"derivative of {name}", UNIT * (MIDDLE + KEPT * change))


def derivative(sim: snn.Simulation, name: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """s' of "exc->exc" or "exc->inh" [mV], in the order of the weights."""
    return np.asarray(sim.weights(f"derivative of {name}").astype(np.float64) / UNIT - MIDDLE)

"""Which of a hundred synapses rewards follow is told by a baseline, and by eligibilities that fade.

    python docs/examples/tonic_dopamine.py [--quick] [--picture FILE]

A hundred neurons are fired now and then 5 ms after their one source, each at random. Pairs of one synapse
are followed by a reward after a second. Ten dopamine neurons fire tonically, and a burst is the reward:
their spikes are the moments of a modulator (``net.modulator(by=)``). RewardSTDP with ``b`` at the mean
level strengthens the synapse that is rewarded and no other; with b = 0 tonic dopamine strengthens all that
pair. The second part has a critic instead, who says every 100 ms how it is going (0 but for rewards), and
ThreeFactorSTDP: with an eligibility that is kept and fades (``after="kept"``, ``tau_e``) the same synapse
is found; cleared at each moment it has forgotten when the reward comes, and without fading all pairs there
ever were are rewarded. Prints one line of JSON: for each what the rewarded synapse gains, the mean gain of
the others and its spread (weights are of 0.3 at first), and whether the rewarded one gains the most.

Izhikevich (2007), Cereb. Cortex 17:2443; baseline: Potjans, Morrison & Diesmann (2010), Front. Comput.
Neurosci. 4:141.
"""

from __future__ import annotations

import argparse
import json
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

import pysnn as snn

N, PAIRS, APART = 100, 0.1, 5.0  # synapses, Hz, ms
REWARD_AFTER, STEP = 1000.0, 100.0  # ms; between two words of the critic
CELLS, TONIC, BURST, RELEASE = 10, 5.0, 5, 0.02  # dopamine neurons, Hz, spikes, units a spike
TAU_N = 200.0  # ms
# Tonic spikes, and the bursts that come as often as pairs.
LEVEL = RELEASE * CELLS * 1e-3 * TAU_N * (TONIC + PAIRS * BURST)
FIRST = 0.3

Trains = list[NDArray[np.float64]]
REWARD = snn.RewardSTDP(a_plus=1e-4, a_minus=1e-4, tau_c=1000.0, tau_n=TAU_N)
CREDIT = snn.ThreeFactorSTDP(eta=0.02, tau_x=20.0, tau_e=1000.0, after="kept")
RULES: dict[str, snn.PlasticityRule] = {
    "baseline": REWARD.replace(b=LEVEL),
    "no baseline (control)": REWARD,
    "kept, fading": CREDIT,
    "cleared (control)": CREDIT.replace(after="cleared", tau_e=math.inf),
    "kept for ever (control)": CREDIT.replace(tau_e=math.inf),
}


def pairs_and_rewards(seconds: float) -> tuple[Trains, NDArray[np.float64]]:
    """Times of each source's spikes, and of rewards."""
    rng = np.random.default_rng(1)
    end = 1000.0 * seconds
    pre = [np.sort(rng.uniform(1.0, end - 2000.0, rng.poisson(PAIRS * seconds))) for _ in range(N)]
    return [np.unique(np.round(times)) for times in pre], np.unique(np.round(pre[0])) + REWARD_AFTER


def dopamine(rewards: NDArray[np.float64], seconds: float) -> Trains:
    """Spikes of the dopamine neurons."""
    rng = np.random.default_rng(2)
    trains = []
    for _ in range(CELLS):
        tonic = rng.uniform(1.0, 1000.0 * seconds, rng.poisson(TONIC * seconds))
        bursts = (rewards[:, np.newaxis] + rng.uniform(0.0, 50.0, (rewards.size, BURST))).ravel()
        trains.append(np.unique(np.round(np.concatenate([tonic, bursts]))))
    return trains


def run(rule: snn.PlasticityRule, seconds: float, backend: str) -> NDArray[np.float64]:
    """What each synapse gains."""
    pre, rewards = pairs_and_rewards(seconds)
    net = snn.Network(seed=1)
    # A teacher's spike fires its neuron at once; the learning synapses are far too weak to.
    cells = net.population("cells", N, snn.LIF(e_l=0.0, v_th=1000.0, v_reset=0.0, t_ref=0.0), init={"v": 0.0})
    teacher = net.source("teacher", N, snn.SpikeArray([times + APART for times in pre]))
    net.projection(teacher, cells, snn.OneToOne(), weight=1e6, delay=1.0)
    source = net.source("pre", N, snn.SpikeArray(pre))
    if isinstance(rule, snn.RewardSTDP):
        tells = net.source("dopamine", CELLS, snn.SpikeArray(dopamine(rewards, seconds)))
        signal = net.modulator("signal", by=tells, weight=RELEASE, delay=1.0)
    else:
        signal = net.modulator("signal")
    learning = net.projection(
        source, cells, snn.OneToOne(), weight=FIRST, delay=1.0, plasticity=rule, modulator=signal
    )
    with snn.Simulation(net, backend=backend, dt=1.0) as sim:
        if isinstance(rule, snn.ThreeFactorSTDP):
            words = np.arange(STEP, 1000.0 * seconds, STEP)
            said = np.bincount((rewards / STEP).astype(int), minlength=words.size)
            for at, value in zip(words, said, strict=False):
                sim.modulate(signal, -float(value), at=float(at))
        sim.run(1000.0 * seconds)
        return np.asarray(sim.weights(learning), dtype=np.float64) - FIRST


def figures(gains: NDArray[np.float64]) -> dict[str, Any]:
    """Of the rewarded synapse, which is the first, and of the others."""
    others = gains[1:]
    return {
        "gain": round(float(gains[0]), 3),
        "others": round(float(others.mean()), 3),
        "spread": round(float(others.std()), 3),
        "found": bool(gains[0] > others.max()),
    }


def draw(gains: dict[str, NDArray[np.float64]], path: str) -> None:
    """Gains of all synapses."""
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(1, len(gains), figsize=(2.6 * len(gains), 2.8), layout="constrained")
    for panel, (name, gain) in zip(panels, gains.items(), strict=True):
        panel.hist(gain[1:], 20)
        panel.axvline(gain[0], color="red")
        panel.set(title=name, xlabel="gain")
        panel.title.set_fontsize(9)
    panels[0].set_ylabel("synapses (red: the rewarded one)")
    figure.savefig(path, dpi=150)


def main() -> None:
    """Parse the command line, run each rule, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="400 s rather than 1,000")
    parser.add_argument("--backend", default="event", choices=("clock", "event"))
    parser.add_argument("--picture", metavar="FILE", help="draw all gains there")
    given = parser.parse_args()
    seconds = 400.0 if given.quick else 1000.0
    gains = {name: run(rule, seconds, given.backend) for name, rule in RULES.items()}
    print(json.dumps({"seconds": seconds, **{name: figures(gain) for name, gain in gains.items()}}))
    if given.picture:
        draw(gains, given.picture)


if __name__ == "__main__":
    main()

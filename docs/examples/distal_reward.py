"""Distal reward: a synapse is found among hundreds by a reward that comes seconds after it has worked.

    python docs/examples/distal_reward.py [--quick] [--picture FILE]

A recurrent network fires at random. Whenever neuron B happens to fire within 10 ms after neuron A, a reward
follows 1 to 3 s later: by then every neuron has fired again, several times. Spikes that come in that order
leave an eligibility at their synapse which lasts a second; the reward turns what is left of all
eligibilities into weights. Only the synapse from A to B is always marked when rewards come, so it alone
keeps growing, until A makes B fire. A run ends when it has grown to nine tenths of w_max. Control: as many
rewards at random times, for as long; and no modulator at all, with which no weight moves. Prints one line of
JSON.

When it is found is chance. Seeds 1 to 8 take 350, 1,100, 640, 250, 410, 490, 210 and 850 s (rewards at
random: .19 of w_max on average, as all others, .65 at most). What a reward finds of the pair that it is for
is a few ten-thousandths, as it comes seconds later; a pair of the two the other way round in its last
second is worth more. With seed 2 three of the first seven rewards met such pairs (eligibilities of -.65,
-.78, -1.54 thousandths against .18, .47, .12), which took the synapse to zero by 290 s. From there it came
back, slowly, as A does not make B fire and rewards are as rare as chance has it. For an hour rewards at
random are no control: a synapse that happens to have grown makes its target fire, which any reward then
strengthens (150 take it to .95 of w_max or more with seeds 1 to 3, after 1,360 to 2,560 s).

Izhikevich (2007), Cereb. Cortex 17:2443, figure 1 and 2 (his network has 1,000 neurons and takes an hour).
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import pysnn as snn

EXC, INH = 100, 25
W_MAX, START = 6.0, 0.8  # mV
ENOUGH = 0.9  # of w_max
WITHIN = 10.0  # ms: B fires so soon after A
LATEST, EARLIEST = 3000.0, 1000.0  # ms, of a reward
LOOK = 50.0  # ms between two looks at the spikes


@dataclass
class Course:
    """What one run has shown."""

    times: list[float] = field(default_factory=list)  # s
    chosen: list[float] = field(default_factory=list)  # weight of the synapse from A to B / w_max
    others: list[float] = field(default_factory=list)  # mean of all others / w_max
    rewards: int = 0
    learnt: float | None = None  # s, when it had grown enough
    stronger: int = 0  # other synapses that are stronger at the end
    rate: float = 0.0  # Hz


def network(rewarded: bool, seed: int) -> tuple[snn.Network, int]:
    """Neurons that fire a few times a second, and the number of the synapse from A to B."""
    net = snn.Network(seed=seed)
    cell = snn.LIF(tau_m=20.0, e_l=0.0, v_th=15.0, v_reset=0.0, t_ref=2.0)
    exc, inh = net.population("exc", EXC, cell), net.population("inh", INH, cell)
    noise = net.source("noise", EXC + INH, snn.Poisson(9.0))
    for group, first in ((exc, 0), (inh, EXC)):
        net.projection(noise[first : first + len(group)], group, snn.OneToOne(), weight=12.0, delay=1.0)
    reward = net.modulator("reward")
    rng = np.random.default_rng(seed)
    pairs = [
        (i, j) for i in range(EXC) for j in range(EXC) if i != j and ((i, j) == (0, 1) or rng.random() < 0.1)
    ]
    rule = snn.RewardSTDP(a_plus=3e-3, a_minus=4.5e-3, tau_c=1000.0, tau_n=200.0, w_max=W_MAX)
    learning: dict[str, Any] = {"plasticity": rule, "modulator": reward} if rewarded else {}
    net.projection(
        exc, exc, snn.FromCOO([i for i, _ in pairs], [j for _, j in pairs]),
        weight=snn.Array(np.full(len(pairs), START)), delay=1.0, name="exc", **learning,
    )  # fmt: skip
    net.projection(exc, inh, snn.FixedProbability(0.1), weight=START, delay=1.0)
    net.projection(inh, exc, snn.FixedProbability(0.2), weight=-3.0, delay=1.0)
    net.probe(exc, "spikes", name="spikes")
    return net, sorted(pairs).index((0, 1))


def run(seconds: float, rewards: str | int, seed: int, backend: str) -> Course:
    """``rewards``: "paired" with A before B, so many at random times, or "none" and no modulator."""
    net, chosen = network(rewards != "none", seed)
    rng = np.random.default_rng([seed, 1])
    course = Course()
    at_random = np.sort(rng.uniform(0.0, 1000.0 * seconds, rewards if isinstance(rewards, int) else 0))
    last_a, spikes = -np.inf, 0
    with snn.Simulation(net, backend=backend, dt=1.0 if backend == "clock" else 0.1, threads=1) as sim:
        for at in at_random:
            course.rewards += 1
            sim.modulate("reward", 0.5, at=float(np.ceil(at)))
        while sim.time <= 1000.0 * seconds:
            if len(course.times) <= sim.time / 10_000.0:
                weights = np.asarray(sim.weights("exc"), dtype=np.float64) / W_MAX
                course.times.append(sim.time / 1000.0)
                course.chosen.append(float(weights[chosen]))
                course.others.append(float(np.delete(weights, chosen).mean()))
                course.stronger = int((np.delete(weights, chosen) > weights[chosen]).sum())
                if weights[chosen] >= ENOUGH:
                    course.learnt = sim.time / 1000.0
                    break
            sim.run(LOOK)
            fired = sim.take("spikes")
            spikes += fired.t.size
            for t, i in zip(fired.t[fired.i <= 1], fired.i[fired.i <= 1], strict=True):
                if i == 0:
                    last_a = t
                elif t - last_a <= WITHIN and rewards == "paired":
                    course.rewards += 1
                    at = t + rng.uniform(EARLIEST, LATEST)
                    sim.modulate("reward", 0.5, at=float(np.ceil(max(at, sim.time))))
        course.rate = 1000.0 * spikes / EXC / sim.time
    return course


def draw(courses: dict[str, Course], path: str) -> None:
    """The weights in the course of time."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, len(courses), figsize=(3.5 * len(courses), 3.0), sharey=True)
    for axis, (name, course) in zip(axes, courses.items(), strict=True):
        axis.plot(course.times, course.chosen, color="tab:red", label="A to B")
        axis.plot(course.times, course.others, color="grey", label="all others, mean")
        axis.set(title=name, xlabel="s", ylim=(0.0, 1.02))
    axes[0].set_ylabel("weight / w_max")
    axes[0].legend()
    figure.savefig(path, dpi=150, bbox_inches="tight")


def main() -> None:
    """Parse the command line, run, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="1,000 s at most rather than 3,600")
    parser.add_argument("--backend", default="clock", choices=("clock", "event"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--picture", metavar="FILE", help="draw the weights there")
    given = parser.parse_args()
    seconds = 1000.0 if given.quick else 3600.0
    paired = run(seconds, "paired", given.seed, given.backend)
    courses = {
        "paired": paired,
        "random": run(paired.times[-1], paired.rewards, given.seed, given.backend),
        "none": run(100.0, "none", given.seed, given.backend),  # where no weight moves none is waited for
    }
    figures: dict[str, Any] = {"seconds": seconds}
    for name, course in courses.items():
        figures[name] = {
            "weight": round(course.chosen[-1], 3),
            "others": round(course.others[-1], 3),
            "stronger": course.stronger,
            "learnt_s": course.learnt,
            "rewards": course.rewards,
            "rate": round(course.rate, 2),
        }
    print(json.dumps(figures))
    if given.picture:
        draw(courses, given.picture)


if __name__ == "__main__":
    main()

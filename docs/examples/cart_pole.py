"""A pole balanced on a cart by a network with fixed weights: a closed loop, one call a millisecond.

    python docs/examples/cart_pole.py [--quick] [--picture FILE]

Each millisecond the state of the cart becomes spikes of eight Inputs (position, speed, angle and angular
speed, each to the right and to the left), the network runs, and what its two motor populations fired pushes
the cart. Weights are in the ratio of gains that stabilise the linearised pole. Prints one line of JSON.

Physics: Barto, Sutton & Anderson (1983), IEEE Trans. Syst. Man Cybern. 13:834-846, without friction.
"""

from __future__ import annotations

import argparse
import json
import math
import time

import numpy as np

import pysnn as snn

GRAVITY, CART, POLE, HALF_LENGTH = 9.8, 1.0, 0.1, 0.5  # m/s^2, kg, kg, m
SCALE = np.array([1.0, 1.0, 0.2, 1.0])  # m, m/s, rad, rad/s: what fires an Input at its full rate
GAIN = np.array([1.0, 1.7, 19.0, 3.5])  # N for each of them
FULL_RATE = 10.0  # spikes a ms
MOTORS = 20  # neurons to a side
PUSH = 0.5  # N for each spike a ms that one side fires more than the other
TAU = 10.0  # ms, over which they are averaged


def accelerate(state: np.ndarray, force: float) -> np.ndarray:
    """How position, speed, angle and angular speed change [1/s]."""
    _, speed, angle, turning = state
    sine, cosine = math.sin(angle), math.cos(angle)
    mass = CART + POLE
    pushed = (force + POLE * HALF_LENGTH * turning**2 * sine) / mass
    spin = (GRAVITY * sine - cosine * pushed) / (HALF_LENGTH * (4.0 / 3.0 - POLE * cosine**2 / mass))
    return np.array([speed, pushed - POLE * HALF_LENGTH * spin * cosine / mass, turning, spin])


def network() -> snn.Network:
    """Eight Inputs onto two motor populations, which fire a little even when nothing arrives."""
    net = snn.Network(seed=1)
    senses = net.source("senses", 8, snn.Input())
    # 15 mV from reset to threshold: w mV are w / 15 of a spike of a neuron that is driven all the time
    weights = GAIN * SCALE * 15.0 / (PUSH * MOTORS * FULL_RATE)
    for side, name in enumerate(("right", "left")):
        model = snn.LIF(tau_m=20.0, e_l=-70.0, v_th=-55.0, v_reset=-70.0, t_ref=0.0, c_m=250.0, i_e=200.0)
        motors = net.population(name, MOTORS, model, init={"v": snn.Uniform(-70.0, -55.0)})
        table = np.zeros((8, MOTORS))
        table[4 * side : 4 * side + 4] = weights[:, np.newaxis]
        net.projection(senses, motors, snn.FromDense(table), delay=0.1)
        net.probe(motors, "spikes", name=name)
    return net


class Encoder:
    """As many spikes a millisecond as the state is large; what is left of one waits for the next."""

    def __init__(self) -> None:
        self.left = np.zeros(8)

    def __call__(self, state: np.ndarray, now: float) -> snn.SpikeTrains:
        """The spikes of the millisecond that begins."""
        share = np.clip(np.concatenate([state, -state]) / np.tile(SCALE, 2), 0.0, 1.0)
        self.left += FULL_RATE * share
        count = self.left.astype(int)
        self.left -= count
        which = np.repeat(np.arange(8), count)
        place = np.concatenate([(np.arange(n) * 10) // n for n in count if n]) if which.size else which
        return snn.SpikeTrains((1 + place) / 10, which, n=8, duration=1.0).shifted(now)


def balance(seconds: float, backend: str, course: list[np.ndarray] | None = None) -> dict[str, float]:
    """Balance for so long, or until the pole or the cart has gone too far; figures of it.

    States are added to `course`, one a millisecond.
    """
    state = np.array([0.0, 0.0, 0.05, 0.0])
    encode, firing, largest = Encoder(), 0.0, np.zeros(4)
    with snn.Simulation(network(), backend=backend, threads=1) as sim:
        begun = time.perf_counter()
        steps = 0
        while steps < round(1e3 * seconds) and abs(state[0]) < 2.4 and abs(state[2]) < 0.21:
            sim.feed("senses", encode(state, sim.time))
            sim.run(1.0)
            more = sim.take("right").count - sim.take("left").count
            firing += (more - firing) / TAU
            state = state + 1e-3 * accelerate(state, PUSH * firing)
            largest = np.maximum(largest, np.abs(state))
            if course is not None:
                course.append(state)
            steps += 1
        spent = time.perf_counter() - begun
        spikes = sum(sim.spike_counts()[name] for name in ("right", "left"))
    return {
        "balanced_ms": steps,
        "largest_angle_rad": round(float(largest[2]), 4),
        "largest_position_m": round(float(largest[0]), 4),
        "motor_spikes": spikes,
        "us_a_call": round(1e6 * spent / max(steps, 1), 1),
    }


def draw(course: list[np.ndarray], path: str) -> None:
    """Angle and position by time."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(2, 1, figsize=(6.0, 4.0), sharex=True)
    states = np.array(course)
    t = 1e-3 * np.arange(1, len(states) + 1)
    for axis, values, label in zip(
        axes, (states[:, 2], states[:, 0]), ("angle [rad]", "cart [m]"), strict=True
    ):
        axis.plot(t, values)
        axis.axhline(0.0, color="grey", linewidth=0.5)
        axis.set_ylabel(label)
    axes[1].set_xlabel("t [s]")
    figure.savefig(path, dpi=120, bbox_inches="tight")


def main() -> None:
    """Parse the command line and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="two seconds of balancing rather than thirty")
    parser.add_argument("--backend", default="clock", choices=("clock", "event"))
    parser.add_argument("--picture", metavar="FILE", help="draw angle and position there")
    given = parser.parse_args()
    course: list[np.ndarray] = []
    print(json.dumps(balance(2.0 if given.quick else 30.0, given.backend, course)))
    if given.picture:
        draw(course, given.picture)


if __name__ == "__main__":
    main()

"""An image of 350 ms in a network as Diehl & Cook's (2015, Front. Comput. Neurosci. 9:99), beside others.

    python tests/benchmarks/diehl_cook.py [--rounds 3] [--peer brian2="PYTHON brian2_driver.py"]

784 Poisson sources, of which a fifth fire at 10 to 64 Hz, reach 400 excitatory neurons through weights that
learn by nearest triplets and delays up to 10 ms; each of these excites an inhibitory neuron of its own, which
inhibits all others. Thresholds rise by .05 mV a spike. Steps of .5 ms, one thread. A peer is asked for the
network ``diehlcook`` and prints a line of JSON with ``sim_cpu_s``. Contenders take turns; the least processor
time of each counts.
"""

from __future__ import annotations

import argparse
import json
import shlex
import time

import numpy as np
from side_by_side import run

import pysnn as snn

PIXELS, NEURONS, DT, IMAGE = 784, 400, 0.5, 350.0


def network() -> snn.Network:
    """Conductances are in units of the leak's."""
    net = snn.Network(seed=1)
    rng = np.random.default_rng(42)
    rates = np.where(rng.random(PIXELS) < 0.19, rng.uniform(10.0, 63.75, PIXELS), 0.0)
    image = net.source("image", PIXELS, snn.Poisson(snn.Array(rates)))
    excitatory = net.population(
        "excitatory",
        NEURONS,
        snn.CobaLIF(
            c_m=100.0, g_l=1.0, e_l=-65.0, v_th=-52.0, v_reset=-65.0, t_ref=5.0, e_rev_exc=0.0,
            e_rev_inh=-100.0, tau_syn_exc=1.0, tau_syn_inh=2.0,
        ),
        homeostasis=snn.Homeostasis(delta=0.05, share=0.0, tau=1e7),
    )  # fmt: skip
    inhibitory = net.population(
        "inhibitory",
        NEURONS,
        snn.CobaLIF(
            c_m=10.0, g_l=1.0, e_l=-60.0, v_th=-40.0, v_reset=-45.0, t_ref=2.0, e_rev_exc=0.0,
            e_rev_inh=-85.0, tau_syn_exc=1.0, tau_syn_inh=2.0,
        ),
    )  # fmt: skip
    rule = snn.TripletSTDP(
        tau_plus=20.0, tau_minus=20.0, tau_y=40.0, a2_plus=0.0, a3_plus=1e-2, a2_minus=1e-4, a3_minus=0.0,
        w_max=1.0, pairing="nearest",
    )  # fmt: skip
    delays = snn.Uniform(DT, 10.0, step=DT)
    net.projection(
        image, excitatory, snn.AllToAll(), snn.Uniform(0.0, 0.3), delays, plasticity=rule, name="seen"
    )
    net.projection(excitatory, inhibitory, snn.OneToOne(), 10.4, DT)
    others = ~np.eye(NEURONS, dtype=bool)
    net.projection(inhibitory, excitatory, snn.FromCOO(*np.nonzero(others)), 17.0, DT, receptor="inh")
    return net


class Ours:
    """The same simulation, from image to image."""

    def __init__(self, dtype: str) -> None:
        self.sim = snn.Simulation(network(), dt=DT, threads=1, dtype=dtype)
        self.sim.run(IMAGE)

    def seconds(self, images: int) -> float:
        """Processor time of an image."""
        begun = time.process_time()
        self.sim.run(IMAGE * images)
        return (time.process_time() - begun) / images


def main() -> None:
    """Parse the command line; print milliseconds an image, and how many times as long the peers take."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--images", type=int, default=10, help="of a round")
    parser.add_argument("--peer", action="append", default=[], metavar='NAME="COMMAND"')
    given = parser.parse_args()
    ours = {dtype: Ours(dtype) for dtype in ("float32", "float64")}
    took: dict[str, list[float]] = {}
    for _ in range(given.rounds):
        for dtype, contender in ours.items():
            took.setdefault(f"pysnn {dtype}", []).append(contender.seconds(given.images))
        for peer in given.peer:
            name, _, command = peer.partition("=")
            options = ["--network", "diehlcook", "--threads", "1", "--sim-ms", f"{IMAGE * given.images:g}"]
            figures = run([*shlex.split(command), *options], timeout=600.0)
            if isinstance(figures, str):
                raise SystemExit(f"{name}: {figures}")
            took.setdefault(name, []).append(figures["sim_cpu_s"] / given.images)
    least = {name: 1e3 * min(seconds) for name, seconds in took.items()}
    fired = {name: contender.sim.spike_counts() for name, contender in ours.items()}
    print(json.dumps({"ms_an_image": least, "spikes": fired["float32"]}))
    for name, ms in least.items():
        print(f"{name}: {ms:.2f} ms an image, {ms / least['pysnn float64']:.2f} of float64's")


if __name__ == "__main__":
    main()

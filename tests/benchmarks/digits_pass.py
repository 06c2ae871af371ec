"""A supervised pass over handwritten digits beside the same network with learning switched off.

    PYSNN_DATA=... python tests/benchmarks/digits_pass.py [--images 500] [--rounds 3]

The network, images and rules of docs/examples/digits_labels.py and digits_three_factor.py: 1,000 hidden
neurons, one error an image, one thread, float32. Ways take turns; the least processor time of each counts.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

import pysnn as snn

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "docs" / "examples"))
import digit_patches as digits

RULES = {
    "EProp, clock": snn.EProp(eta=0.03 * digits.DURATION / digits.STEPS, gamma=1.0, read="mean"),
    "ThreeFactorSTDP, clock": snn.ThreeFactorSTDP(eta=0.03 / digits.STEPS, tau_x=digits.TAU),
    "ThreeFactorSTDP, event": snn.ThreeFactorSTDP(eta=0.03 / digits.STEPS, tau_x=digits.TAU),
}


def simulation(name: str, learns: bool) -> snn.Simulation:
    """The network with a rule on an engine."""
    net = digits.network(RULES[name], eta_out=0.05, loss="softmax", hidden=1000, seed=0)
    sim = snn.Simulation(net, backend=name.split()[-1], dt=1.0, dtype="float32", threads=1)
    for projection in ("seen", "own") if not learns else ():
        sim.set_learning(projection, False)
    return sim


def main() -> None:
    """Parse the command line; print microseconds an image and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    images, labels = digits.load(Path(os.environ["PYSNN_DATA"]) / "mnist10k")
    shown, named = digits.trains(images[: given.images]), labels[: given.images]
    for name in RULES:
        sims = {learns: simulation(name, learns) for learns in (True, False)}
        least = dict.fromkeys(sims, float("inf"))
        for _ in range(given.rounds):
            for learns, sim in sims.items():
                begun = time.process_time()
                sim.run_trials(shown, counts=(), teach={"error": named} if learns else None)
                least[learns] = min(least[learns], time.process_time() - begun)
        learning, without = (1e6 * least[learns] / given.images for learns in (True, False))
        times = f"{learning:.0f} us an image, {without:.0f} without learning"
        print(f"{name}: {times}: {learning / without:.2f} times")


if __name__ == "__main__":
    main()

"""Which spikes make a pair decides what rates do to weights: the four pairings of STDP side by side.

    python docs/examples/pairing_schemes.py [--quick] [--picture FILE]

Neurons that fire at random, each at its own rate, are all connected both ways. No spike tells anything of
another, so that weights drift by the rates of both sides alone. With x of the source and y of the target,
an additive rule has dw/dt = x y (A+ / (1/tau+ + a) - A- / (1/tau- + b)), where a and b are the rates at
which a pair is closed to later spikes: 0 and 0 with every pair, x and y with the nearest one of either
side, x + y with both where each spike is in one pair of a kind at most (restricted), y and y where each
presynaptic spike pairs with the postsynaptic ones next to it (pre-centred). So the sign of the drift says

* of all pairs: nothing, it is the same at all rates;
* pre-centred: whether the target fires faster than a threshold, whatever the source does: BCM;
* restricted: whether the two rates add up to more than that, so that two neurons are connected both ways or
  not at all;
* nearest: whether the target is fast for its source, so that one neuron leads to a faster one.

Prints one line of JSON: for each pairing ``bcm``, the share of synapses whose change has the sign of y -
threshold; ``both_ways``, of the pairs of neurons connected at all in the end (the weight has grown), the
share that is so both ways; ``error``, the largest difference to the formula, in parts of the largest drift.

Izhikevich & Desai (2003), Neural Comput. 15:1511, for the pre-centred one; Burkitt, Meffin & Grayden
(2004), Neural Comput. 16:885; names and figure 7 of Morrison, Diesmann & Gerstner (2008), Biol. Cybern.
98:459.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

import pysnn as snn

RATES = np.array([5.0, 20.0, 60.0, 120.0])  # Hz
TAU_PLUS, TAU_MINUS = 15.0, 40.0  # ms
A_MINUS = 4e-6  # so small that no weight comes near a bound
THRESHOLD = 30.0  # Hz, at which A+ / (1/tau+ + threshold) = A- / (1/tau- + threshold):
A_PLUS = A_MINUS * (1000.0 / TAU_PLUS + THRESHOLD) / (1000.0 / TAU_MINUS + THRESHOLD)
START = 0.5  # of w_max
PAIRINGS = {
    "all_to_all": "all_to_all (control)",
    "nearest": "nearest",
    "nearest_restricted": "nearest_restricted",
    "nearest_pre_centred": "nearest_pre_centred",
}


def expected(pairing: str) -> NDArray[np.float64]:
    """Drift by rates of source and target [w_max a second]."""
    x, y = RATES[:, np.newaxis], RATES[np.newaxis, :]
    nothing = 0.0 * (x + y)
    closing = {
        "all_to_all": (nothing, nothing),
        "nearest": (x, y),
        "nearest_restricted": (x + y, x + y),
        "nearest_pre_centred": (y, y),
    }
    a, b = closing[pairing]
    drift = x * y * (A_PLUS / (1000.0 / TAU_PLUS + a) - A_MINUS / (1000.0 / TAU_MINUS + b))
    return np.asarray(drift)


def measured(pairing: str, each: int, seconds: float, backend: str) -> NDArray[np.float64]:
    """The same, as mean over ``each`` neurons of each rate."""
    n = each * RATES.size
    net = snn.Network(seed=1)
    # A teacher's spike fires its neuron at once; the learning synapses are far too weak to.
    cells = net.population("cells", n, snn.LIF(e_l=0.0, v_th=1000.0, v_reset=0.0, t_ref=0.0), init={"v": 0.0})
    teacher = net.source("teacher", n, snn.Poisson(np.repeat(RATES, each)))
    net.projection(teacher, cells, snn.OneToOne(), weight=1e6, delay=1.0)
    rule = snn.PairSTDP(
        tau_plus=TAU_PLUS, tau_minus=TAU_MINUS, a_plus=A_PLUS, a_minus=A_MINUS, w_max=1.0, pairing=pairing
    )
    learning = net.projection(
        cells, cells, snn.AllToAll(autapses=False), weight=START, delay=1.0, plasticity=rule
    )
    with snn.Simulation(net, backend=backend) as sim:
        sim.run(1000.0 * seconds)
        change = np.full((n, n), np.nan)
        change[~np.eye(n, dtype=bool)] = (np.asarray(sim.weights(learning)) - START) / seconds
    blocks = change.reshape(RATES.size, each, RATES.size, each)
    return np.asarray(np.nanmean(blocks, axis=(1, 3)))


def figures(pairing: str, drift: NDArray[np.float64]) -> dict[str, float | None]:
    """What the drifts say of rates, and how far they are from the formula."""
    grows = drift > 0.0
    other = ~np.eye(RATES.size, dtype=bool)
    connected = int(np.count_nonzero((grows | grows.T) & other))
    formula = expected(pairing)
    return {
        "bcm": float((grows == (RATES > THRESHOLD)[np.newaxis, :]).mean()),
        "both_ways": float(np.count_nonzero(grows & grows.T & other) / connected) if connected else None,
        "error": round(float(np.abs(drift - formula).max() / np.abs(formula).max()), 4),
    }


def draw(drifts: dict[str, NDArray[np.float64]], path: str) -> None:
    """Drift by rates, red where weights grow."""
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(1, len(drifts), figsize=(3.2 * len(drifts), 3.2), sharey=True)
    for panel, (name, drift) in zip(panels, drifts.items(), strict=True):
        largest = np.abs(drift).max()
        panel.imshow(np.cbrt(drift.T / largest), origin="lower", cmap="RdBu_r", vmin=-1.0, vmax=1.0)
        ticks = {"ticks": range(RATES.size), "labels": [f"{rate:g}" for rate in RATES]}
        panel.set_xticks(**ticks)
        panel.set_yticks(**ticks)
        panel.set(title=PAIRINGS[name], xlabel="rate of the source [Hz]")
    panels[0].set_ylabel("rate of the target [Hz]")
    figure.savefig(path, dpi=150, bbox_inches="tight")


def main() -> None:
    """Parse the command line, run with each pairing, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--quick", action="store_true", help="60 s of five neurons a rate rather than 400 of ten"
    )
    parser.add_argument("--backend", default="event", choices=("clock", "event"))
    parser.add_argument("--picture", metavar="FILE", help="draw the drifts there")
    given = parser.parse_args()
    each, seconds = (5, 60.0) if given.quick else (10, 400.0)
    drifts = {pairing: measured(pairing, each, seconds, given.backend) for pairing in PAIRINGS}
    found: dict[str, Any] = {PAIRINGS[pairing]: figures(pairing, drift) for pairing, drift in drifts.items()}
    print(json.dumps({"rates_hz": RATES.tolist(), "threshold_hz": THRESHOLD, **found}))
    if given.picture:
        draw(drifts, given.picture)


if __name__ == "__main__":
    main()

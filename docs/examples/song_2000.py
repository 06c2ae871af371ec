"""Competition by STDP: the weights of a neuron part in two, and its firing stays in bounds.

    python docs/examples/song_2000.py [--quick] [--picture FILE]

A thousand Poisson sources excite a neuron through synapses that learn by additive pair STDP, depression being
a little stronger than potentiation; two hundred more inhibit it. Whatever the weights begin with, most end
near one of the two bounds; and the faster the sources fire, the fewer end at the upper one, so that the
neuron's rate depends little on theirs. The controls are the same neuron without the rule, whose weights stay
spread and whose rate follows its input, and the rule with potentiation the stronger, under which nearly all
weights end at the top. Prints one line of JSON: for each rate of the sources the neuron's rate in the last
quarter [Hz] and the shares of weights in the lowest and the highest fifth and in the middle three.

Song, Miller & Abbott (2000), Nat. Neurosci. 3:919, figures 2 and 3, with its parameters: conductances are in
units of the leak's, 10 nS here.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

import numpy as np

import pysnn as snn

EXC, INH, INH_RATE = 1000, 200, 10.0  # sources, Hz
LEAK = 10.0  # nS
W_MAX, W_INH = 0.015 * LEAK, 0.05 * LEAK  # nS
NEURON = snn.CobaLIF(
    c_m=200.0, g_l=LEAK, e_l=-70.0, v_th=-54.0, v_reset=-60.0, t_ref=0.0, e_rev_exc=0.0, e_rev_inh=-70.0,
    tau_syn_exc=5.0, tau_syn_inh=5.0,
)  # fmt: skip


def rule(balance: float) -> snn.PairSTDP:
    """A+ 0.005, A- ``balance`` times as much, 20 ms each."""
    return snn.PairSTDP(tau_plus=20.0, tau_minus=20.0, a_plus=0.005, a_minus=0.005 * balance, w_max=W_MAX)


def run(
    n: int, rate: float, duration: float, plasticity: snn.PlasticityRule | None, backend: str
) -> tuple[dict[str, float], np.ndarray]:
    """Figures of ``n`` neurons, each with sources of its own that fire at ``rate``, and the weights."""
    net = snn.Network(seed=3)
    cells = net.population("cells", n, NEURON, init={"v": snn.Uniform(-70.0, -55.0)})
    exc = net.source("exc", EXC * n, snn.Poisson(rate))
    inh = net.source("inh", INH * n, snn.Poisson(INH_RATE))
    own = [snn.FromCOO(np.arange(each * n), np.arange(each * n) // each) for each in (EXC, INH)]
    learning = net.projection(
        exc, cells, own[0], weight=snn.Uniform(0.0, W_MAX), delay=0.1, plasticity=plasticity
    )
    net.projection(inh, cells, own[1], receptor="inh", weight=W_INH, delay=0.1)
    spikes = net.probe(cells, "spikes")
    with snn.Simulation(net, backend=backend) as sim:
        sim.run(duration)
        weights = np.asarray(sim.weights(learning), dtype=np.float64) / W_MAX
        late = np.count_nonzero(np.asarray(sim.data[spikes].t) > 0.75 * duration)
    low, high = float((weights < 0.2).mean()), float((weights > 0.8).mean())
    return {
        "rate_hz": round(late / n / (0.25e-3 * duration), 2),
        "low": round(low, 3),
        "middle": round(1.0 - low - high, 3),
        "high": round(high, 3),
    }, weights


def draw(weights: dict[str, np.ndarray], path: str) -> None:
    """Histograms of the weights."""
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(1, len(weights), figsize=(3.0 * len(weights), 3.0), sharey=True)
    for panel, (name, w) in zip(panels, weights.items(), strict=True):
        panel.hist(w, np.linspace(0.0, 1.0, 21), weights=np.full(w.size, 1.0 / w.size))
        panel.set(title=name, xlabel="weight / w_max")
    panels[0].set_ylabel("share of synapses")
    figure.savefig(path, dpi=150, bbox_inches="tight")


def main() -> None:
    """Parse the command line, run all of it, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one neuron for 150 s rather than four for 400")
    parser.add_argument("--backend", default="clock", choices=("clock", "event"))
    parser.add_argument("--picture", metavar="FILE", help="draw the weights there")
    given = parser.parse_args()
    n, duration = (1, 150_000.0) if given.quick else (4, 400_000.0)
    figures: dict[str, Any] = {}
    drawn = {}
    for rate in (15.0, 25.0, 40.0):
        name = f"{rate:g} Hz"
        figures[name], drawn[name] = run(n, rate, duration, rule(1.05), given.backend)
        if rate != 25.0:
            figures[f"{name}, no rule"], _ = run(n, rate, duration / 10.0, None, given.backend)
    figures["25 Hz, potentiation stronger"], _ = run(n, 25.0, duration, rule(0.9), given.backend)
    print(json.dumps(figures))
    if given.picture:
        draw(drawn, given.picture)


if __name__ == "__main__":
    main()

"""Conductances that rise and fall as alpha functions: what scatters is heard less than by ones that jump.

    python docs/examples/alpha_conductances.py [--quick] [--backend clock] [--picture FILE]

NEST's `iaf_cond_alpha` as equations. Neurons with alpha conductances and the built-in `CobaLIF`, whose
conductances jump and decay, get the same volleys of spikes, which are ever less together; the weights of
the two are such that one volley that is exactly together moves charge of the same size. Counted is the
share of volleys that makes a neuron fire, by how far the spikes of a volley scatter. The control is a
neuron whose threshold is out of reach. Prints one line of JSON.

Rall (1967), J. Neurophysiol. 30:1138 (the alpha function); Gerstner & Kistler (2002), Spiking Neuron
Models, section 4.1.
"""

from __future__ import annotations

import argparse
import json

import numpy as np

import pysnn as snn


class AlphaConductances(snn.Equations):
    """Leaky integrate-and-fire neuron with alpha-shaped conductances; a weight is their peak."""

    c_m = snn.param(default=250.0, unit="pF", above=0.0)
    g_l = snn.param(default=16.6667, unit="nS", above=0.0)
    e_l = snn.param(default=-70.0, unit="mV")
    v_th = snn.param(default=-55.0, unit="mV", infinite=True)
    v_reset = snn.param(default=-60.0, unit="mV")
    t_ref = snn.param(default=2.0, unit="ms", low=0.0)
    e_rev_exc = snn.param(default=0.0, unit="mV")
    e_rev_inh = snn.param(default=-85.0, unit="mV")
    tau_syn_exc = snn.param(default=0.2, unit="ms", above=0.0)
    tau_syn_inh = snn.param(default=2.0, unit="ms", above=0.0)
    i_e = snn.param(default=0.0, unit="pA")

    equations = """
        dv/dt = (g_l * (e_l - v) + g_exc * (e_rev_exc - v) + g_inh * (e_rev_inh - v) + i_e + I) / c_m : mV
        dg_exc/dt = (rise_exc - g_exc) / tau_syn_exc : nS
        dg_inh/dt = (rise_inh - g_inh) / tau_syn_inh : nS
        drise_exc/dt = -rise_exc / tau_syn_exc : nS
        drise_inh/dt = -rise_inh / tau_syn_inh : nS
    """
    initial = "v = e_l"
    arrival = {"exc": "rise_exc += exp(1) * weight", "inh": "rise_inh += exp(1) * weight"}
    lowest_weight = 0.0
    threshold = "v >= v_th"
    reset = "v = v_reset"
    refractory = "t_ref"


TAU = 2.0  # ms, of either synapse
SCATTER = (0.0, 1.0, 2.0, 4.0, 8.0)  # ms, standard deviation
AFFERENTS, GAP = 40, 100.0  # spikes of a volley; ms from volley to volley
WEIGHT = (
    0.5  # nS at the peak of an alpha function, of integral e tau times that; a decay's is tau times its own
)
CELL = {"c_m": 250.0, "g_l": 16.6667, "e_l": -70.0, "v_reset": -70.0, "t_ref": 50.0, "tau_syn_exc": TAU}
MODELS = {
    "alpha": (AlphaConductances(v_th=-55.0, **CELL), WEIGHT),
    "jump": (snn.CobaLIF(v_th=-55.0, **CELL), np.e * WEIGHT),
    "out of reach (control)": (AlphaConductances(v_th=np.inf, **CELL), WEIGHT),
}


def heard(volleys: int, backend: str) -> dict[str, list[float]]:
    """By model, the share of volleys that it answers (once each), by their scatter."""
    rng = np.random.default_rng(1)
    middles = GAP * (np.arange(volleys) + 0.5)
    net = snn.Network(seed=1)
    cells = {name: net.population(name, len(SCATTER), model) for name, (model, _) in MODELS.items()}
    for k, scatter in enumerate(SCATTER):
        times = middles + scatter * rng.standard_normal((AFFERENTS, volleys))
        trains = np.sort(times, axis=1).round(1).tolist()  # on the grid of the clock
        source = net.source(f"scattered by {scatter:g} ms", AFFERENTS, snn.SpikeArray(trains))
        for name, (_, weight) in MODELS.items():
            net.projection(source, cells[name][k : k + 1], snn.AllToAll(), weight=weight, delay=1.0)
    probes = {name: net.probe(of, "spikes") for name, of in cells.items()}
    with snn.Simulation(net, backend=backend) as sim:
        sim.run(GAP * volleys + GAP)
        counts = {name: np.bincount(sim.data[p].i, minlength=len(SCATTER)) for name, p in probes.items()}
    return {name: (count / volleys).round(3).tolist() for name, count in counts.items()}


def draw(shares: dict[str, list[float]], path: str) -> None:
    """Shares by scatter."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(6.0, 4.0))
    for name, share in shares.items():
        axes.plot(SCATTER, share, "o-", label=name)
    axes.set(xlabel="scatter of a volley [ms]", ylabel="share of volleys that are answered")
    axes.legend()
    figure.savefig(path, dpi=120, bbox_inches="tight")


def main() -> None:
    """Parse the command line, count, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="40 volleys rather than 400")
    parser.add_argument("--backend", default="clock", choices=("clock", "event"))
    parser.add_argument("--picture", metavar="FILE", help="draw the shares there")
    given = parser.parse_args()
    shares = heard(40 if given.quick else 400, given.backend)
    print(json.dumps({"scatter_ms": SCATTER, **shares}))
    if given.picture:
        draw(shares, given.picture)


if __name__ == "__main__":
    main()

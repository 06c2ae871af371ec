"""Random and hand-made cases that several tests share."""

from __future__ import annotations

import dataclasses

import numpy as np

from .model import Case, Model, Neurons, Source, Synapses, alpha_lif, lif
from .plasticity import PairStdp, PowerLawStdp, Rule


def drive(
    rng: np.random.Generator, cells: int, rate: float, t_stop: float, grid: float | None, first: float = 1.0
) -> Source:
    """Poisson-like given trains [Hz] within [first, t_stop], on multiples of ``grid`` ms if given."""
    trains = []
    for _ in range(cells):
        t = np.sort(rng.uniform(first, t_stop, rng.poisson(rate * (t_stop - first) / 1000.0)))
        if grid is not None:
            t = np.unique(np.round(t / grid).astype(int)) * grid
        trains.append([float(round(x, 9)) for x in t])
    return Source(trains)


def random_pairs(
    rng: np.random.Generator, n_source: int, n_target: int, p: float, *, autapses: bool = True
) -> tuple[np.ndarray, np.ndarray]:
    """Each pair connected with probability ``p``, at most once."""
    chosen = rng.random((n_source, n_target)) < p
    if not autapses:
        np.fill_diagonal(chosen, False)
    i, j = np.nonzero(chosen)
    return i.astype(np.int64), j.astype(np.int64)


def random_net(
    model: Model,
    *,
    seed: int,
    n: int = 40,
    t_stop: float = 100.0,
    w_exc: float,
    w_inh: float,
    w_ext: float,
    p: float = 0.1,
    rate: float = 400.0,
    dt: float = 0.1,
    grid: float | None = 0.1,
    delay_steps: tuple[int, int] = (5, 40),
    rule: Rule | None = None,
    dendritic_fraction: float = 0.0,
) -> Case:
    """Excitatory and inhibitory populations (4:1), recurrent, with spread weights and delays."""
    rng = np.random.default_rng(seed)
    n_exc = n * 4 // 5
    sizes = {"exc": n_exc, "inh": n - n_exc}
    spread = 0.8 * (model.v_th - model.v_rest)
    populations = {
        name: Neurons(size, model, model.v_rest + spread * rng.random(size)) for name, size in sizes.items()
    }
    groups = []
    for source, weight in (("exc", w_exc), ("inh", w_inh)):
        for target in sizes:
            i, j = random_pairs(rng, sizes[source], sizes[target], p, autapses=source != target)
            w = weight * rng.uniform(0.5, 1.5, i.size)
            delay = np.round(rng.integers(*delay_steps, i.size) * dt, 9)
            plastic = rule if source == target == "exc" else None
            fraction = dendritic_fraction if plastic else 0.0
            groups.append(Synapses(source, target, i, j, w, delay, source, plastic, fraction))
    trains = {f"drive_{name}": drive(rng, size, rate, t_stop, grid) for name, size in sizes.items()}
    for name, size in sizes.items():
        one = np.arange(size)
        groups.append(Synapses(f"drive_{name}", name, one, one, np.full(size, w_ext), np.full(size, 1.0)))
    return Case(populations, t_stop, trains, tuple(groups), dt=dt)


def plastic_pair(
    rule: Rule,
    pre: list[float],
    post: list[float],
    *,
    delay: float = 1.0,
    dendritic_fraction: float = 0.0,
    weight: float = 0.5,
    t_stop: float = 300.0,
    kind: str = "delta",
) -> Case:
    """One plastic synapse; its neuron fires at ``post`` because a strong second source says so.

    The source "teacher" fires 1 ms before each time of ``post``; the plastic weight is far too small
    to fire the neuron (v_th 1000 mV), the teacher's is far above. An exponential neuron (``kind``
    "exp") fires a little later, by a current that has gone when its refractory time ends.
    """
    model = Model(tau_m=10.0, c_m=250.0, v_rest=0.0, v_th=1000.0, v_reset=0.0, t_ref=0.0)
    if kind == "exp":
        model = dataclasses.replace(model, t_ref=2.0, tau_exc=3.0, tau_inh=0.05)
    return Case(
        {"post": Neurons(1, model)},
        t_stop,
        {"pre": Source([pre]), "teacher": Source([[round(t - 1.0, 9) for t in post]])},
        (
            Synapses("pre", "post", [0], [0], [weight], [delay], "exc", rule, dendritic_fraction),
            Synapses("teacher", "post", [0], [0], [1e6 if kind == "delta" else 1e9], [1.0], "inh"),
        ),
    )


TIELESS = (88, 99, 112)


def tieless_net(seed: int) -> Case:
    """A plastic recurrent network with all-dendritic delays for comparisons with NEST.

    NEST discards pairs of spikes that meet at a synapse at one instant; with the seeds ``TIELESS`` no
    two do in these 80 ms.
    """
    rule = PairStdp(a_plus=0.3, a_minus=0.3, mu_plus=1.0, mu_minus=1.0, w_max=6.0)
    weights = {"w_exc": 2.0, "w_inh": -6.0, "w_ext": 2.8}
    plastic = {"rule": rule, "dendritic_fraction": 1.0}
    return random_net(lif(), seed=seed, t_stop=80.0, n=40, p=0.15, delay_steps=(3, 20), **weights, **plastic)


TIELESS_ALPHA = (100, 116, 158)


def tieless_alpha_net(seed: int) -> Case:
    """The same of alpha-shaped currents and the power-law rule, for the seeds ``TIELESS_ALPHA``."""
    rule = PowerLawStdp(a_plus=2.0, a_minus=0.3)
    weights = {"w_exc": 90.0, "w_inh": -200.0, "w_ext": 150.0}
    plastic = {"rule": rule, "dendritic_fraction": 1.0}
    return random_net(
        alpha_lif(), seed=seed, t_stop=80.0, n=40, p=0.15, delay_steps=(3, 20), **weights, **plastic
    )


PAIR_RULES: dict[str, PairStdp | PowerLawStdp] = {
    "additive": PairStdp(w_max=1.0),
    "multiplicative": PairStdp(mu_plus=1.0, mu_minus=1.0),
    "gutig": PairStdp(mu_plus=0.4, mu_minus=0.4, tau_plus=15.0, tau_minus=30.0),
    "nearest": PairStdp(nearest=True, mu_plus=1.0, mu_minus=1.0, tau_minus=33.0),
    "power_law": PowerLawStdp(),
    "power_law_strong": PowerLawStdp(mu=0.7, a_plus=0.3, a_minus=0.4),
}

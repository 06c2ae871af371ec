"""Networks drawn by hypothesis: sizes, weights, delays, rules; small enough to run in milliseconds."""

from __future__ import annotations

from typing import Any

from hypothesis import Phase, settings
from hypothesis import strategies as st
from oracle import (
    Bcm,
    Case,
    InstarStdp,
    PairStdp,
    PowerLawStdp,
    TripletStdp,
    VogelsStdp,
    alif,
    alpha_lif,
    cuba_lif,
    lif,
)
from oracle.cases import random_net
from oracle.plasticity import Rule

BACKENDS = ["clock", "event"]

# No shrinking: each step of it is a simulation, and a drawn case is small as it is.
FEW = settings(max_examples=15, phases=[Phase.explicit, Phase.reuse, Phase.generate])
# Threads beyond the cores wait for each other at every step.
THREADED = settings(FEW, max_examples=8)
THREADS = st.sampled_from([2, 3, 5])
# Shards hold 64 neurons or more: of fewer in all there are but one or two, whatever the number of threads.
FOR_THREADS = (60, 300)

RULES: list[Rule | None] = [
    None,
    PairStdp(a_plus=0.1, a_minus=0.11, w_max=300.0),
    PairStdp(a_plus=0.1, a_minus=0.11, mu_plus=0.5, mu_minus=1.0, w_max=300.0, nearest=True),
    PowerLawStdp(a_plus=0.2, a_minus=0.1),
    Bcm(eta=1e-4, tau_theta=200.0, w_max=300.0),
    TripletStdp(a3_plus=0.1, a2_minus=0.05, a3_minus=0.05, w_max=300.0),
    VogelsStdp(eta=0.05, rho_0=50.0, w_max=300.0),
    InstarStdp(eta=0.1, c=50.0),
]

KINDS = ("delta", "adaptive", "exp", "alpha")


@st.composite
def cases(
    draw: st.DrawFn,
    *,
    kinds: tuple[str, ...] = ("delta", "adaptive", "exp", "alpha"),
    rules: list[Rule | None] = RULES,
    sizes: tuple[int, int] = (5, 40),
) -> Case:
    """A recurrent network of ``sizes`` neurons with given input on the grid of 0.1 ms."""
    kind = draw(st.sampled_from(kinds))
    n = draw(st.integers(*sizes))
    indegree = draw(st.sampled_from([0.05, 0.2, 0.5])) * min(n, 40)
    common: dict[str, Any] = {
        "seed": draw(st.integers(0, 2**20)),
        "n": n,
        "t_stop": draw(st.integers(10, 60)) * 1.0,
        "p": indegree / n,
        "delay_steps": draw(st.sampled_from([(1, 2), (1, 15), (10, 60), (15, 16)])),
        "rate": draw(st.sampled_from([100.0, 600.0, 2000.0])),
        "rule": draw(st.sampled_from(rules)),
        "dendritic_fraction": draw(st.sampled_from([0.0, 1.0])),
    }
    t_ref = draw(st.sampled_from([0.0, 0.1, 2.0]))
    current = draw(st.sampled_from([0.0, 150.0, 300.0]))
    if kind == "delta":
        model = lif(t_ref=t_ref, i_e=current, v_reset=draw(st.sampled_from([0.0, 10.0])))
        return random_net(model, w_exc=1.5, w_inh=-5.0, w_ext=3.0, **common)
    if kind == "adaptive":
        tau_adapt, beta = draw(st.sampled_from([(5.0, 4.0), (20.0, 2.0), (300.0, 0.5)]))
        model = alif(t_ref=t_ref, i_e=current, tau_adapt=tau_adapt, beta=beta)
        return random_net(model, w_exc=1.5, w_inh=-5.0, w_ext=3.0, **common)
    shaped = cuba_lif if kind == "exp" else alpha_lif
    tau_exc = draw(st.sampled_from([2.0, 5.0, 20.0]))
    if common["rule"] is not None:
        t_ref = max(t_ref, 0.1)  # weights that grow without it make a network that fires without bounds
    model = shaped(t_ref=t_ref, i_e=current, tau_exc=tau_exc)
    # A spike's charge is the same whatever its shape, so that inhibition holds it in bounds.
    return random_net(model, w_exc=300.0 / tau_exc, w_inh=-200.0, w_ext=750.0 / tau_exc, **common)

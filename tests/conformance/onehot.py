"""Decoding of a projection by firing its sources one after the other."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

import pysnn as snn

from .listing import synapses

# Synaptic current that does not decay and a membrane that it does not move: what arrives adds up in
# i_exc. The teacher's receptor "inh" decays at once and fires the neuron, once for its refractory time.
CELL = snn.CubaLIF(
    tau_m=10.0,
    tau_syn_exc=1e12,
    tau_syn_inh=0.05,
    c_m=1e6,
    e_l=0.0,
    v_th=10.0,
    v_reset=0.0,
    t_ref=2.0,
)
TEACH = 1e9  # pA; lifts v by 50 mV
LONGEST = 3  # ms
GAP = 6.0  # ms between the patterns; arrivals come within LONGEST + 1


def decode(
    backend: str,
    n_pre: int,
    n_post: int | None,
    rule: Any,
    *,
    weight: Any = 1.0,
    delay: Any = 1.0,
    pre: slice | None = None,
    post: slice | None = None,
    seed: int = 1,
    **options: Any,
) -> NDArray[np.float64]:
    """Weight that target j received d ms after source i fired, as array [i, j, d - 1], d = 1 ... LONGEST.

    Without ``n_post`` the projection is recurrent and a teacher fires its neurons. What the engine
    lists as its synapses must be the same as what arrived.
    """
    net = snn.Network(seed=seed)
    times = [[1.0 + GAP * k] for k in range(n_pre)]
    source = net.source("source", n_pre, snn.SpikeArray(times))
    post_group = net.population("post", n_pre if n_post is None else n_post, CELL)
    pre_group: Any = source
    if n_post is None:
        net.projection(source, post_group, snn.OneToOne(), receptor="inh", weight=TEACH, delay=1.0)
        pre_group = post_group
    projection = net.projection(
        pre_group[pre] if pre else pre_group,
        post_group[post] if post else post_group,
        rule,
        weight=weight,
        delay=delay,
        **options,
    )
    current = net.probe(post_group, "i_exc", every=0.5)
    fired = net.probe(pre_group, "spikes")
    grid = {} if backend == "event" else {"dt": 0.1}
    with snn.Simulation(net, backend=backend, **grid) as sim:
        sim.run(GAP * n_pre + 2.0)
        assert np.array_equal(sim.data[fired].i, np.arange(n_pre))
        listed = synapses(sim, projection)
        first = np.asarray(sim.data[fired].t)
        samples = np.asarray(sim.data[current].values)
    n_targets = samples.shape[1]
    found = np.zeros((n_pre, n_targets, LONGEST))
    for i, t in enumerate(first):
        # a sample half a ms before and after each whole delay; spikes come up to 0.1 ms after a whole ms
        at = round((np.floor(t + 1e-6) + 0.5) * 2)
        levels = samples[at : at + 2 * LONGEST + 1 : 2]
        found[i] = np.diff(levels, axis=0).T
    assert np.abs(found - np.round(found)).max() < 1e-6
    found = np.round(found)
    again = np.zeros_like(found)
    i0, j0 = (pre.start if pre else 0), (post.start if post else 0)
    np.add.at(again, (listed.i + i0, listed.j + j0, np.round(listed.delay).astype(int) - 1), listed.weight)
    assert np.array_equal(found, again), "the synapses listed are not those that transmit"
    return found

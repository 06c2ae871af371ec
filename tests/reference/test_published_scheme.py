"""``Izhikevich(scheme="published")`` with dt = 1 ms: spike by spike what the programs of 2003 and 2006 do."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from oracle.spnet import Spnet

import pysnn as snn
from pysnn.networks.polychronisation import derivative, polychronisation, run

N_EXC, N_INH, STEPS = 80, 20, 1000


def drawn_2003() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weights [post x pre], all to all, multiples of 2^-10 so that no order of sums matters; currents."""
    rng = np.random.default_rng(3)
    weights = np.hstack([5.0 * rng.random((100, N_EXC)), -10.0 * rng.random((100, N_INH))])
    noise = rng.standard_normal((STEPS, 100)) * np.repeat([5.0, 2.0], [N_EXC, N_INH])
    return np.round(weights * 1024) / 1024, noise


def program_2003(weights: NDArray[np.float64], noise: NDArray[np.float64]) -> list[tuple[float, int]]:
    """The loop of net.m with re = ri = 0: regular spiking and fast spiking neurons."""
    a = np.repeat([0.02, 0.1], [N_EXC, N_INH])
    d = np.repeat([8.0, 2.0], [N_EXC, N_INH])
    v = np.full(100, -65.0)
    u = 0.2 * v
    firings = []
    for t in range(STEPS):
        current = noise[t]
        fired = np.flatnonzero(v >= 30.0)
        firings += [(float(t), int(i)) for i in fired]
        v[fired] = -65.0
        u[fired] += d[fired]
        current = current + weights[:, fired].sum(axis=1)
        v = v + 0.5 * (0.04 * v**2 + 5 * v + 140 - u + current)
        v = v + 0.5 * (0.04 * v**2 + 5 * v + 140 - u + current)
        u = u + a * (0.2 * v - u)
    return firings


def test_the_network_of_2003_fires_spike_for_spike() -> None:
    weights, noise = drawn_2003()
    net = snn.Network()
    rs = snn.Izhikevich(a=0.02, b=0.2, c=-65.0, d=8.0, scheme="published")
    groups = [
        net.population("exc", N_EXC, rs),
        net.population("inh", N_INH, rs.replace(a=0.1, d=2.0)),
    ]
    first = {"exc": 0, "inh": N_EXC}
    for pre in groups:
        for post in groups:
            i, j = (k.ravel() for k in np.meshgrid(np.arange(len(pre)), np.arange(len(post))))
            w = weights[j + first[post.name], i + first[pre.name]]
            net.projection(pre, post, snn.FromCOO(i, j), weight=snn.Array(w), delay=1.0)
    for group in groups:
        for k in range(len(group)):
            current = snn.StepCurrent(np.arange(float(STEPS)), noise[:, first[group.name] + k])
            net.current(group[k : k + 1], current)
        net.probe(group, "spikes", name=group.name)
    with snn.Simulation(net, dt=1.0) as sim:
        sim.run(STEPS - 1.0)
        ours = [
            (float(t), int(i) + first[name])
            for name in first
            for t, i in zip(sim.data[name].t, sim.data[name].i, strict=True)
        ]
    expected = program_2003(weights, noise)
    assert sorted(ours) == sorted(expected)
    assert len(expected) > 500


def test_the_network_of_2006_fires_and_learns_as_spnet_does() -> None:
    """The first second, whose weights are whole numbers, so that no order of sums matters."""
    net = polychronisation(seed=5)
    for group in (*net.populations.values(), *net.sources.values()):
        net.probe(group, "spikes", name=group.name)
    with snn.Simulation(net, dt=1.0) as sim:
        tables = {
            (a, b): sim.synapses(f"{a}->{b}") for a, b in (("exc", "exc"), ("exc", "inh"), ("inh", "exc"))
        }
        sim.run(1000.0)
        spikes = {name: (sim.data[name].t, sim.data[name].i.astype(int)) for name in sim.data}
        change = {b: derivative(sim, f"exc->{b}") for b in ("exc", "inh")}

    first = {"exc": 0, "inh": 800}
    columns = [
        (t.i.astype(int) + first[a], t.j.astype(int) + first[b], np.round(t.delay).astype(int))
        for (a, b), t in tables.items()
    ]
    program = Spnet(*(np.concatenate(c) for c in zip(*columns, strict=True)), n=1000, n_exc=800)
    thalamus = [
        np.concatenate([i[t == step] + first[b] for b in first for t, i in [spikes[f"thalamus_{b}"]]])
        for step in range(1000)
    ]
    expected = []
    for step in range(1001):
        expected += [(float(step), int(i)) for i in program.fire(step)]
        if step < 1000:
            program.integrate(step, thalamus[step])
    ours = [(float(t), int(i) + first[b]) for b in first for t, i in zip(*spikes[b], strict=True)]
    assert sorted(ours) == sorted(expected)
    assert len(expected) > 3000

    sd = np.empty(len(program.sd))
    sd[program.order] = program.sd
    whole = len(change["exc"])
    assert change["exc"] == pytest.approx(sd[:whole], abs=1e-9)
    assert change["inh"] == pytest.approx(sd[whole : whole + len(change["inh"])], abs=1e-9)
    assert change["exc"].std() > 0.1


def test_the_derivatives_synapses_change_no_bit() -> None:
    """Against the same network without them."""
    net = polychronisation(seed=5)
    spec = net.spec()
    kept = tuple(p for p in spec.projections if not p.name.startswith("derivative"))
    bare = snn.Network.from_spec(type(spec)(spec.seed, spec.populations, spec.sources, kept))
    trains = []
    for described in (net, bare):
        probe = described.probe(described.populations["exc"], "spikes")
        with snn.Simulation(described, dt=1.0) as sim:
            sim.run(500.0)
            trains.append((sim.data[probe].t, sim.data[probe].i))
    assert len(trains[0][0]) > 500
    assert all((a == b).all() for a, b in zip(*trains, strict=True))


def test_the_weights_change_by_the_published_rule_once_a_second() -> None:
    """s <- s + 0.01 + s' within [0, 10], s' <- 0.9 s'."""
    net = polychronisation(seed=2)
    with snn.Simulation(net, dt=1.0) as sim, snn.Simulation(net, dt=1.0) as plain:
        run(sim, 1999.0)
        assert sim.time == 1999.0
        plain.run(1000.0)
        change = derivative(plain, "exc->exc")
        after = sim.weights("exc->exc")
        assert after == pytest.approx(np.clip(6.01 + change, 0.0, 10.0), abs=1e-9)
        plain.run(999.0)
        assert (plain.weights("exc->exc") == 6.0).all()
        before = derivative(sim, "exc->exc")
        run(sim, 1.0)
        assert sim.weights("exc->exc") == pytest.approx(
            np.clip(after + 0.01 + before, 0.0, 10.0), abs=0.3
        )  # what spikes of the last ms add is not in `before`
        assert np.median(np.abs(sim.weights("exc->exc") - np.clip(after + 0.01 + before, 0, 10))) < 1e-9

"""E-prop against automatic differentiation, and what it promises of bits, trials and refusals.

The derivative of the truth is made by a tape of a few lines below (reverse mode): of the network that the
docstring of ``EProp`` names, in which spikes have the derivative psi and no gradient goes through resets or
from neuron to neuron.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import pysnn as snn

Floats = NDArray[np.float64]
STEPS, N, INPUTS = 120, 7, 9
TAU_M, TAU_ADAPT, BETA, V_TH, E_L = 20.0, 90.0, 4.0, -55.0, -70.0
SPAN = V_TH - E_L
GAMMA, WIDTH, TAU_OUT = 0.3, 1.3, 15.0


@dataclass
class Node:
    """A value on the tape, what it was made of, and what goes back to each of those."""

    value: Floats
    back: list[tuple[Node, Callable[[Floats], Floats]]] = field(default_factory=list)
    slope: Floats | float = 0.0


@dataclass
class Tape:
    """Reverse-mode automatic differentiation of what the network below needs."""

    nodes: list[Node] = field(default_factory=list)

    def made(self, value: Floats, *back: tuple[Node, Callable[[Floats], Floats]]) -> Node:
        self.nodes.append(Node(value, list(back)))
        return self.nodes[-1]

    def linear(self, constant: Floats | float, *terms: tuple[float, Node]) -> Node:
        value = constant + sum(factor * node.value for factor, node in terms)
        return self.made(np.asarray(value), *[(node, partial(np.multiply, factor)) for factor, node in terms])

    def weighted(self, weights: Floats, terms: Node) -> Node:
        return self.made(np.array([weights @ terms.value]), (terms, lambda s: weights * s))

    def arrivals(self, spikes: Floats, weights: Node) -> Node:
        return self.made(spikes @ weights.value, (weights, lambda s: np.outer(spikes, s)))

    def spike(self, above: Node, held: NDArray[np.bool_]) -> Node:
        fires = (above.value >= 0.0) & ~held
        psi = GAMMA / SPAN * np.maximum(0.0, 1.0 - np.abs(above.value) / (WIDTH * SPAN)) * ~held
        return self.made(fires.astype(float), (above, lambda s: psi * s))

    def differentiate(self, loss: Node) -> None:
        loss.slope = np.ones_like(loss.value)
        for node in reversed(self.nodes):
            for source, back in node.back:
                source.slope = source.slope + back(np.asarray(node.slope))


def truth(
    inputs: Floats, w_in: Floats, w_rec: Floats, signal: Floats, dt: float, beta: float, kappa: float
) -> tuple[Floats, Floats, Floats]:
    """Spikes, and the gradient of sum_t L(t) y(t), y the filtered spikes, by the weights."""
    tape = Tape()
    n = len(w_rec)
    weights, recurrent = tape.made(w_in), tape.made(w_rec)
    alpha, rho = np.exp(-dt / TAU_M), np.exp(-dt / TAU_ADAPT)
    free = np.zeros(n, bool)
    v, b, z, y = (tape.made(np.full(n, start)) for start in (E_L, 0.0, 0.0, 0.0))
    spikes = np.zeros((STEPS, n))
    loss = tape.made(np.zeros(1))
    for t in range(STEPS):
        arrived = tape.arrivals(inputs[t], weights)
        heard = tape.arrivals(spikes[t - 1] if t > 0 else np.zeros(n), recurrent)  # whose spikes are given
        b = tape.linear(0.0, (rho, b), (rho * beta, z))
        # The reset of the step before, without a gradient.
        v = tape.linear(E_L - alpha * E_L - alpha * SPAN * z.value, (alpha, v), (1.0, arrived), (1.0, heard))
        z = tape.spike(tape.linear(-V_TH, (1.0, v), (-1.0, b)), free)
        spikes[t] = z.value
        y = tape.linear(0.0, (kappa, y), (1.0 - kappa, z))
        part = tape.weighted(signal[t], y)
        loss = tape.linear(0.0, (1.0, loss), (1.0, part))
    tape.differentiate(loss)
    return spikes, np.asarray(weights.slope), np.asarray(recurrent.slope)


def neurons(beta: float, t_ref: float = 0.0, reset: str = "subtract") -> snn.NeuronModel:
    common: dict[str, Any] = {
        "tau_m": TAU_M, "v_th": V_TH, "e_l": E_L, "v_reset": E_L, "t_ref": t_ref, "reset": reset,
    }  # fmt: skip
    return snn.ALIF(**common, tau_adapt=TAU_ADAPT, beta=beta) if beta else snn.LIF(**common)


def hidden_network(
    rule: snn.EProp,
    *,
    beta: float = BETA,
    dt: float = 1.0,
    t_ref: float = 0.0,
    reset: str = "subtract",
    **more: Any,
) -> tuple[snn.Network, dict[str, Any]]:
    rng = np.random.default_rng(3)
    net = snn.Network(seed=2)
    hidden = net.population("hidden", N, neurons(beta, t_ref, reset))
    outside = net.source("outside", INPUTS, snn.Input())
    signal = net.modulator("signal", of=hidden)
    w_in, w_rec = rng.normal(1.6, 1.0, (INPUTS, N)), rng.normal(0.0, 1.0, (N, N))

    def connect(source: Any, weights: Floats, name: str) -> Any:
        i, j = (index.ravel() for index in np.indices(weights.shape))
        return net.projection(
            source, hidden, snn.FromCOO(i, j), weight=snn.Array(weights.ravel()), delay=dt, plasticity=rule,
            modulator=signal, name=name, **more,
        )  # fmt: skip

    parts = {
        "in": connect(outside, w_in, "in"), "rec": connect(hidden, w_rec, "rec"), "w_in": w_in,
        "w_rec": w_rec, "signal": signal, "outside": outside, "hidden": hidden,
    }  # fmt: skip
    return net, parts


def course(dt: float = 1.0, steps: int = STEPS) -> tuple[Floats, Floats, Floats, NDArray[Any]]:
    """Input spikes as arrivals by step, the signal of each step, and the same spikes as times and indices."""
    rng = np.random.default_rng(11)
    fired = rng.random((steps, INPUTS)) < 0.15
    fired[-1] = False
    arrivals = np.zeros((steps, INPUTS))
    arrivals[1:] = fired[:-1]
    t, i = np.nonzero(fired)
    return arrivals, rng.normal(0.0, 1.0, (steps, N)), (dt * (t + 1.0)).astype(np.float64), i


@pytest.mark.parametrize("beta", [0.0, BETA])
@pytest.mark.parametrize("tau_out", [0.0, TAU_OUT])
def test_its_gradient_is_that_of_automatic_differentiation(beta: float, tau_out: float) -> None:
    eta = 1e-2
    rule = snn.EProp(eta=eta, tau_out=tau_out, gamma=GAMMA, width=WIDTH, read="last", batch=1)
    net, parts = hidden_network(rule, beta=beta)
    arrivals, signal, times, indices = course()
    kappa = np.exp(-1.0 / tau_out) if tau_out else 0.0
    spikes, by_in, by_rec = truth(arrivals, parts["w_in"], parts["w_rec"], signal, 1.0, beta, kappa)
    probe = net.probe(parts["hidden"], "spikes")
    with snn.Simulation(net, backend="clock", dt=1.0, dtype="float64") as sim:
        sim.feed(parts["outside"], (times, indices))
        for t in range(STEPS):
            sim.run(1.0)
            sim.modulate(parts["signal"], signal[t])
        seen = sim.data[probe]
        counted = np.zeros((STEPS, N))
        counted[np.rint(seen.t).astype(int) - 1, seen.i] = 1.0
        assert spikes.sum() > 50
        np.testing.assert_array_equal(counted, spikes)
        np.testing.assert_array_equal(sim.weights(parts["in"]), parts["w_in"].ravel())
        sim.reset()
        for name, gradient in (("in", by_in), ("rec", by_rec)):
            moved = parts["w_" + name].ravel() - sim.weights(parts[name])
            assert np.abs(gradient).max() > 1e-2
            np.testing.assert_allclose(
                moved / eta, gradient.ravel(), rtol=0, atol=1e-11 * np.abs(gradient).max()
            )


@pytest.mark.parametrize("beta", [0.0, BETA])
def test_its_gradient_is_that_where_sources_reach_a_tenth_of_the_targets(beta: float) -> None:
    """Targets that are no neighbours are gathered. Some pairs have two synapses, of half the weight each."""
    n, each, eta = 70, 7, 1e-2
    rng = np.random.default_rng(5)
    rule = snn.EProp(eta=eta, tau_out=TAU_OUT, gamma=GAMMA, width=WIDTH, read="last", batch=1)
    net = snn.Network(seed=2)
    hidden = net.population("hidden", n, neurons(beta))
    outside = net.source("outside", INPUTS, snn.Input())
    signal = net.modulator("signal", of=hidden)
    tables, parts = {}, {}
    for name, source, size in (("in", outside, INPUTS), ("rec", hidden, n)):
        i = np.repeat(np.arange(size), each)
        j = np.concatenate([rng.choice(n, each, replace=False) for _ in range(size)])
        w = rng.normal(7.0, 2.0, i.size) if name == "in" else rng.normal(0.0, 3.0, i.size)
        tables[name] = np.zeros((size, n))
        tables[name][i, j] = w
        w[::5] /= 2.0
        i, j, w = (np.append(a, a[::5]) for a in (i, j, w))
        parts[name] = net.projection(
            source,
            hidden,
            snn.FromCOO(i, j),
            weight=snn.Array(w),
            delay=1.0,
            plasticity=rule,
            modulator=signal,
        )
    arrivals, _, times, indices = course()
    values = rng.normal(0.0, 1.0, (STEPS, n))
    kappa = np.exp(-1.0 / TAU_OUT)
    spikes, *slopes = truth(arrivals, tables["in"], tables["rec"], values, 1.0, beta, kappa)
    assert spikes.sum() > 50
    probe = net.probe(hidden, "spikes")
    with snn.Simulation(net, backend="clock", dt=1.0, dtype="float64") as sim:
        sim.feed(outside, (times, indices))
        before = {name: sim.weights(part) for name, part in parts.items()}
        for value in values:
            sim.run(1.0)
            sim.modulate(signal, value)
        seen = sim.data[probe]
        counted = np.zeros((STEPS, n))
        counted[np.rint(seen.t).astype(int) - 1, seen.i] = 1.0
        np.testing.assert_array_equal(counted, spikes)
        sim.reset()
        for (name, part), slope in zip(parts.items(), slopes, strict=True):
            pairs = sim.synapses(part)
            assert len(np.unique(np.stack([pairs.i, pairs.j]), axis=1).T) < len(pairs.i)
            expected = slope[pairs.i, pairs.j]
            assert np.abs(expected).max() > 1e-2
            moved = (before[name] - sim.weights(part)) / eta
            np.testing.assert_allclose(moved, expected, rtol=0, atol=1e-11 * np.abs(slope).max())


def varied(**arrays: list[float]) -> snn.LIF:
    return snn.LIF(**{name: snn.Array(values) for name, values in arrays.items()})  # type: ignore[arg-type]


def learn(sim: snn.Simulation, parts: dict[str, Any], pieces: int = 1, steps: int = 600) -> list[Floats]:
    """Run with an error every ten steps, each ten steps in so many pieces."""
    _, signal, times, indices = course(steps=steps)
    sim.feed(parts["outside"], (times, indices))
    for t in range(steps // 10):
        for _ in range(pieces):
            sim.run(10.0 / pieces)
        sim.modulate(parts["signal"], signal[t])
    return [sim.weights(parts["in"]), sim.weights(parts["rec"])]


@pytest.mark.parametrize("read", ["last", "sum", "held"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_neither_threads_nor_divisions_of_runs_nor_reading_change_a_bit(read: str, dtype: str) -> None:
    rule = snn.EProp(eta=1e-2, tau_out=TAU_OUT, read=read, c_reg=1e-3)
    net, parts = hidden_network(rule, t_ref=2.0, reset="to_v_reset")
    first = None
    for threads, pieces in ((1, 1), (2, 5), (3, 2)):
        with snn.Simulation(net, backend="clock", dt=1.0, dtype=dtype, threads=threads) as sim:
            weights = learn(sim, parts, pieces)
        first = weights if first is None else first
        assert np.abs(weights[0] - parts["w_in"].ravel()).max() > 1e-3
        for one, other in zip(weights, first, strict=True):
            np.testing.assert_array_equal(one, other)


def test_stepped_neurons_beside_events_learn_as_those_of_the_clock() -> None:
    rule = snn.EProp(eta=1e-2, tau_out=TAU_OUT, read="last")
    net, parts = hidden_network(rule)
    jumps = net.population("jumps", 3, snn.LIF())
    net.projection(parts["hidden"], jumps, snn.AllToAll(), weight=1.0, delay=1.0)
    with snn.Simulation(net, backend="clock", dt=1.0, dtype="float64") as sim:
        clock = learn(sim, parts)
    with snn.Simulation(net, backend="auto", dt=1.0, dtype="float64", engines={"jumps": "event"}) as sim:
        auto = learn(sim, parts)
    for one, other in zip(auto, clock, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-12)


def test_a_reset_forgets_eligibilities_and_keeps_weights() -> None:
    rule = snn.EProp(eta=1e-2, tau_out=TAU_OUT, read="sum")
    net, parts = hidden_network(rule)
    with snn.Simulation(net, backend="clock", dt=1.0, dtype="float64") as sim:
        weights = learn(sim, parts, steps=200)
        sim.run(5.0)
        sim.reset()
        np.testing.assert_array_equal(sim.weights(parts["in"]), weights[0])
        second = learn(sim, parts, steps=200)
    with snn.Simulation(net, backend="clock", dt=1.0, dtype="float64") as fresh:
        fresh.set_weights(parts["in"], weights[0])
        fresh.set_weights(parts["rec"], weights[1])
        for one, other in zip(learn(fresh, parts, steps=200), second, strict=True):
            np.testing.assert_array_equal(one, other)


def test_batches_go_on_from_call_to_call_of_run_trials() -> None:
    """Six trials in one call, in three calls, and as a loop of resets: two batches of Adam."""
    rule = snn.EProp(
        eta=1e-2, tau_out=TAU_OUT, read="held", c_reg=0.01, f_target=50.0, optimiser="adam", batch=3
    )
    net, parts = hidden_network(rule)
    _, _, times, indices = course()
    found = []
    for calls in (1, 3, 0):
        with snn.Simulation(net, backend="clock", dt=1.0, dtype="float64") as sim:
            for _ in range(calls):
                n = 6 // calls
                spikes = snn.encoders.TrialSpikes(
                    np.tile(times, n), np.tile(indices, n), np.arange(n + 1) * len(times), INPUTS, STEPS * 1.0
                )
                sim.run_trials(spikes, counts=())
            for _ in range(0 if calls else 6):
                sim.feed(parts["outside"], (times, indices))
                sim.run(STEPS * 1.0)
                sim.reset()
            found.append(sim.weights(parts["rec"]))
    assert np.abs(found[0] - parts["w_rec"].ravel()).max() > 0.015
    for other in found[1:]:
        np.testing.assert_array_equal(other, found[0])


def test_where_it_cannot_learn_it_says_what_can() -> None:
    net, parts = hidden_network(snn.EProp())
    with pytest.raises(snn.errors.BackendUnsupported, match=r"engines=\{'hidden': 'clock'\}"):
        snn.Simulation(net, backend="event")
    with (
        snn.Simulation(net, backend="clock", dt=1.0) as sim,
        pytest.raises(snn.errors.BackendUnsupported, match="projection 'rec' learns by EProp"),
    ):
        sim.set_parameters(parts["hidden"], v_th=-50.0)

    def onto(model: snn.NeuronModel) -> snn.Network:
        net = snn.Network()
        cells = net.population("cells", 3, model)
        signal = net.modulator("signal", of=cells)
        net.projection(
            cells,
            cells,
            snn.AllToAll(),
            weight=1.0,
            delay=1.0,
            plasticity=snn.EProp(),
            modulator=signal,
            name="p",
        )
        return net

    with pytest.raises(snn.errors.BackendUnsupported, match="'p': EProp needs v and the threshold"):
        snn.Simulation(onto(snn.CubaLIF()), backend="clock", dt=0.1)
    with pytest.raises(snn.errors.BackendUnsupported, match="one tau_m for all targets"):
        snn.Simulation(onto(varied(tau_m=[10.0, 20.0, 30.0])), backend="clock", dt=0.1)
    with pytest.raises(snn.errors.ParameterError, match="batches of >= 1 trials"):
        snn.EProp(optimiser="adam")


def test_thresholds_that_differ_scale_psi_of_their_own_neuron() -> None:
    """As if each neuron were alone in its network."""
    both = {}
    for model in (
        varied(v_th=[-55.0, -60.0]),
        snn.LIF(v_th=-55.0),
        snn.LIF(v_th=-60.0),
    ):
        net = snn.Network(seed=1)
        cells = net.population("cells", 2, model)
        outside = net.source("outside", 1, snn.Input())
        signal = net.modulator("signal")
        p = net.projection(
            outside,
            cells,
            snn.AllToAll(),
            weight=5.0,
            delay=1.0,
            plasticity=snn.EProp(eta=1.0),
            modulator=signal,
        )
        with snn.Simulation(net, backend="clock", dt=1.0, dtype="float64") as sim:
            sim.feed(outside, ([1.0, 2.0, 5.0], [0, 0, 0]))
            sim.run(8.0)
            sim.modulate(signal, 1.0)
            both[model] = sim.weights(p)
    both_differ, high, low = both.values()
    assert high[0] != low[0]
    np.testing.assert_array_equal(both_differ, [high[0], low[1]])

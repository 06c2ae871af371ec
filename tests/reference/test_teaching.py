"""Errors of readout neurons, feedback and lessons, against the formulas written out in NumPy."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import pysnn as snn

Float = NDArray[np.float64]

N, HIDDEN, OUT = 4, 20, 3
ETA, ETA_OUT = 0.02, 0.1
ENGINES = ["clock", "event", pytest.param("opencl", marks=pytest.mark.opencl)]
# Pixels fire one after the other; each hidden neuron is made to fire by an Input of its own.
PIXELS = snn.SpikeTrains([1.0, 2.0, 3.0, 4.0, 6.0], [0, 1, 2, 3, 0], N, 10.0)
FIRED = [(3.5, 0), (5.5, 0), (5.5, 1), (7.5, 2), (8.0, 19)]  # ms, neuron
FORCE = snn.SpikeTrains([t - 0.5 for t, _ in FIRED], [j for _, j in FIRED], HIDDEN, 10.0)


def weights(seed: int, *shape: int) -> Float:
    return np.random.default_rng(seed).normal(0.0, 0.3, shape)


def network(
    loss: str = "softmax",
    feedback: Any = None,
    state: str = "v",
    scale: float = 0.5,
    decay: float | None = None,
    **optimiser: Any,
) -> snn.Network:
    """Pixels onto hidden neurons that learn by three factors, these onto readouts that learn by error."""
    net = snn.Network(seed=2)
    pixels, force = net.source("pixels", N, snn.Input()), net.source("force", HIDDEN, snn.Input())
    cell = snn.LIF(tau_m=5.0, e_l=0.0, v_th=100.0, v_reset=0.0, t_ref=0.0)
    hidden = net.population("hidden", HIDDEN, cell, init={"v": 0.0})
    out = net.population("out", OUT, snn.Readout(tau_m=math.inf), init={"v": 0.0})
    net.projection(force, hidden, snn.OneToOne(), weight=1000.0, delay=0.5)
    error = net.error("error", out, loss=loss, state=state, scale=scale)
    own = net.projection(
        hidden, out, snn.AllToAll(), weight=weights(1, HIDDEN, OUT), delay=0.5,
        plasticity=snn.DeltaRule(eta=ETA_OUT, **optimiser), modulator=error, name="own",
    )  # fmt: skip
    follows = None if decay is None else own
    signal = net.feedback(
        "signal", error, hidden, own if feedback is None else feedback, follows, decay or 0.0
    )
    net.projection(
        pixels, hidden, snn.AllToAll(), weight=weights(2, N, HIDDEN), delay=0.5,
        plasticity=snn.ThreeFactorSTDP(eta=ETA, tau_x=20.0, **optimiser), modulator=signal, name="seen",
    )  # fmt: skip
    net.probe(hidden, "spikes", name="hidden")
    return net


def simulation(net: snn.Network, backend: str = "clock", **more: Any) -> snn.Simulation:
    return snn.Simulation(net, dt=0.5, backend=backend, **more)


def shown(sim: snn.Simulation) -> None:
    """One presentation of 10 ms."""
    sim.feed("pixels", PIXELS)
    sim.feed("force", FORCE)
    sim.run(10.0)


def counts() -> Float:
    """Spikes of each hidden neuron that have arrived at the readouts."""
    return np.bincount([j for _, j in FIRED], minlength=HIDDEN).astype(np.float64)


def eligible() -> Float:
    """Of each synapse [pixel, hidden]: the presynaptic trace, summed over later spikes of the target."""
    e = np.zeros((N, HIDDEN))
    for t, j in FIRED:
        for s, i in zip(PIXELS.times + 0.5, PIXELS.indices, strict=True):
            if s <= t:
                e[i, j] += math.exp(-(t - s) / 20.0)
    return e


def softmax(y: Float) -> Float:
    p = np.exp(y - y.max())
    return np.asarray(p / p.sum())


def learnt(e: Float, b: Float | None = None) -> tuple[Float, Float]:
    """Weights after one moment of error e, fed back through b (or the readouts' own weights of before)."""
    own, seen = weights(1, HIDDEN, OUT), weights(2, N, HIDDEN)
    signal = (own if b is None else b) @ e
    return own - ETA_OUT * np.outer(counts(), e), seen - ETA * eligible() * signal


def check(sim: snn.Simulation, own: Float, seen: Float) -> None:
    assert sim.weights("own").reshape(HIDDEN, OUT) == pytest.approx(own, abs=1e-12)
    assert sim.weights("seen").reshape(N, HIDDEN) == pytest.approx(seen, abs=1e-12)


def y_of_it() -> Float:
    return counts() @ weights(1, HIDDEN, OUT)


@pytest.mark.parametrize("backend", ENGINES)
def test_softmax_moves_both_layers_down_the_cross_entropy_of_a_label(backend: str) -> None:
    with simulation(network(), backend) as sim:
        shown(sim)
        assert sim.data["hidden"].t.tolist() == [t for t, _ in FIRED]
        assert sim.state("out", "v") == pytest.approx(y_of_it())
        sim.teach("error", 1)
        check(sim, *learnt(softmax(0.5 * y_of_it()) - np.array([0.0, 1.0, 0.0])))


@pytest.mark.parametrize("backend", ENGINES)
def test_squared_and_a_distribution_and_a_gain(backend: str) -> None:
    wanted = np.array([0.5, 0.3, 0.2])
    with simulation(network("squared", scale=1.0), backend) as sim:
        shown(sim)
        sim.teach("error", wanted, gain=0.5)
        check(sim, *learnt(0.5 * (y_of_it() - wanted)))
    with simulation(network(), backend) as sim:
        shown(sim)
        sim.teach("error", wanted)
        check(sim, *learnt(softmax(0.5 * y_of_it()) - wanted))


@pytest.mark.parametrize("backend", ENGINES)
@pytest.mark.parametrize("decay", [0.0, 0.25])
def test_adaptive_feedback_follows_the_readouts_weights(backend: str, decay: float, tmp_path: Path) -> None:
    """Two matrices that get the same changes and both decay (Kolen & Pollack): B - W by (1 - decay)^n."""
    own, seen = weights(1, HIDDEN, OUT), weights(2, N, HIDDEN)
    b = weights(3, HIDDEN, OUT)
    apart = b - own
    sim = simulation(network(feedback=b, decay=decay), backend)
    for moment in range(4):
        shown(sim)
        e = softmax(0.5 * counts() @ own) - np.array([0.0, 1.0, 0.0])
        seen = seen - ETA * eligible() * ((own + apart) @ e)
        own = own - ETA_OUT * np.outer(counts(), e)
        apart = (1.0 - decay) * apart
        sim.teach("error", 1)
        check(sim, own, seen)
        if moment == 1:
            sim.save(tmp_path / "half.h5")
            sim.close()
            sim = snn.Simulation.resume(tmp_path / "half.h5")
        sim.reset()
    sim.close()


def hidden_error(follows: bool, calls: int = 1) -> tuple[float, Float]:
    """What a sum of ten hidden neurons' spikes misses of 40, in the mean of the last ten of 60 trials.

    It is fed back by weights of the wrong sign, and the readout's own, all 1, hardly learn.
    """
    net = snn.Network(seed=1)
    eye = net.source("eye", 5, snn.Input())
    hidden = net.population("hidden", 10, snn.LIF(tau_m=10.0, e_l=0.0, v_th=1.0, v_reset=0.0, t_ref=0.0))
    out = net.population("out", 1, snn.Readout(tau_m=math.inf), init={"v": 0.0})
    error = net.error("error", out, loss="squared")
    own = net.projection(
        hidden, out, snn.AllToAll(), 1.0, 1.0, plasticity=snn.DeltaRule(eta=1e-6), modulator=error
    )
    signal = net.feedback("signal", error, hidden, -np.ones((10, 1)), own if follows else None, 0.2 * follows)
    rule = snn.ThreeFactorSTDP(eta=2e-5, tau_x=10.0)
    net.projection(
        eye, hidden, snn.AllToAll(), snn.Uniform(0.2, 0.3), 1.0,
        name="seen", plasticity=rule, modulator=signal,
    )  # fmt: skip
    times = np.tile(np.arange(1.0, 41.0, 2.0), 5)
    spikes = snn.SpikeTrains(times, np.repeat(np.arange(5), 20), 5, 45.0)
    missed: list[float] = []
    with snn.Simulation(net, dt=1.0) as sim:
        for _ in range(calls):
            n = 60 // calls
            done = sim.run_trials([spikes] * n, counts=(), states="out.v", teach={"error": np.full(n, 40.0)})
            missed += np.abs(done.states("out", "v")[:, 0] - 40.0).tolist()
        return float(np.mean(missed[-10:])), sim.weights("seen")


def test_hidden_neurons_learn_by_adaptive_feedback_what_they_unlearn_by_feedback_of_the_wrong_sign() -> None:
    missed, learnt_by = hidden_error(True)
    assert missed < 8.0
    assert hidden_error(False)[0] > 20.0
    # What sets both apart outlasts a call of run_trials.
    assert np.array_equal(hidden_error(True, calls=3)[1], learnt_by)


@pytest.mark.parametrize("backend", ENGINES)
def test_feedback_of_its_own_is_a_matrix_or_drawn(backend: str) -> None:
    b = weights(3, HIDDEN, OUT)
    e = softmax(0.5 * y_of_it()) - np.array([0.0, 1.0, 0.0])
    with simulation(network(feedback=b), backend) as sim:
        shown(sim)
        sim.teach("error", 1)
        check(sim, *learnt(e, b))
    with simulation(network(feedback=snn.Normal(0.0, 1.0)), backend) as sim:
        shown(sim)
        sim.teach("error", 1)
        moved = (sim.weights("seen").reshape(N, HIDDEN) - weights(2, N, HIDDEN)) / np.maximum(
            eligible(), 1e-9
        )
        signals = moved[0, [0, 1, 2, 19]] / -ETA
        assert np.unique(signals).size == 4
        assert np.all(np.abs(signals) < 5.0 * np.linalg.norm(e))


def test_an_error_that_the_user_has_worked_out_is_fed_back_alike() -> None:
    e = np.array([0.1, -0.3, 0.7])
    with simulation(network()) as sim:
        shown(sim)
        sim.modulate("error", e)
        check(sim, *learnt(e))


def test_reward_is_one_of_the_guesses_each_as_often_as_it_is_likely() -> None:
    """Readouts at 0 in 400 trials, p = 1/3: every guess a third of the time, within five deviations."""
    net = snn.Network(seed=1)
    out = net.population("out", 3, snn.Readout())
    error = net.error("error", out, loss="reward")
    cell = net.population("cell", 1, snn.LIF())
    source = net.source("source", 1, snn.SpikeArray([[0.5]]))
    net.projection(
        source, out, snn.AllToAll(), weight=0.0, delay=1.0,
        plasticity=snn.DeltaRule(eta=1.0), modulator=error, name="p",
    )  # fmt: skip
    net.projection(cell, out, snn.AllToAll(), weight=0.0, delay=1.0)
    seen = []
    with snn.Simulation(net, dt=0.5) as sim:
        for key in range(400):
            sim.set_weights("p", 0.0)
            sim.run_trials(duration=2.0, keys=[key], teach={"error": [0]})
            seen.append(-sim.weights("p"))
    errors = np.array(seen)
    right = np.array([-4.0, 2.0, 2.0]) / 9.0  # a = 0: -(1 - p) ([k = a] - p)
    wrong = [np.array([-1.0, 2.0, -1.0]) / 9.0, np.array([-1.0, -1.0, 2.0]) / 9.0]  # p ([k = a] - p)
    kinds = [np.abs(errors - kind).max(axis=1) < 1e-12 for kind in (right, *wrong)]
    assert np.all(np.sum(kinds, axis=0) == 1)
    assert np.abs(np.mean(kinds, axis=1) - 1 / 3).max() < 5.0 * math.sqrt(2 / 9 / 400)
    assert errors.mean(axis=0)[0] < 0.0


def trained(net: snn.Network, backend: str, threads: int, lesson: Any) -> tuple[Float, Float, Float]:
    trials = snn.encoders.TrialSpikes.of([PIXELS] * 3)
    force = snn.encoders.TrialSpikes.of([FORCE] * 3)
    with simulation(net, backend, threads=threads) as sim:
        result = sim.run_trials({"pixels": trials, "force": force}, teach={"error": lesson}, states="out.v")
        return sim.weights("own"), sim.weights("seen"), result.states("out", "v")


@pytest.mark.parametrize("backend", ENGINES)
def test_trials_are_told_at_their_ends_and_go_on_with_what_was_learnt(backend: str) -> None:
    own, seen = weights(1, HIDDEN, OUT), weights(2, N, HIDDEN)
    states = []
    for label, gain in ((0, 1.0), (2, 0.5)):
        y = counts() @ own
        states.append(y)
        e = gain * (softmax(0.5 * y) - np.eye(OUT)[label])
        signal = own @ e
        own = own - ETA_OUT * np.outer(counts(), e)
        seen = seen - ETA * eligible() * signal
    states.append(counts() @ own)  # of the third trial nothing is wanted
    found = trained(network(), backend, 1, snn.Lesson([0, 2, -1], gain=[1.0, 0.5, 1.0]))
    assert found[0].reshape(HIDDEN, OUT) == pytest.approx(own, abs=1e-12)
    assert found[1].reshape(N, HIDDEN) == pytest.approx(seen, abs=1e-12)
    assert found[2] == pytest.approx(np.array(states), abs=1e-12)
    for one, three in zip(
        found, trained(network(), backend, 3, snn.Lesson([0, 2, -1], gain=[1.0, 0.5, 1.0])), strict=True
    ):
        assert np.array_equal(one, three)


@pytest.mark.parametrize("backend", ENGINES)
def test_moments_within_a_trial_are_those_of_a_run_that_is_told_at_them(backend: str) -> None:
    moments, wanted = [4.0, 6.5, 10.0], np.arange(9.0).reshape(1, 3, 3) / 9.0
    with simulation(network("squared"), backend) as sim:
        sim.feed("pixels", PIXELS)
        sim.feed("force", FORCE)
        for moment, values in zip(moments, wanted[0], strict=True):
            sim.teach("error", values, at=moment)
        sim.run(10.0)
        expected = sim.weights("own"), sim.weights("seen")
    trials = {"pixels": [PIXELS], "force": [FORCE]}
    with simulation(network("squared"), backend) as sim:
        sim.run_trials(trials, teach={"error": snn.Lesson(wanted, moments)})
        found = sim.weights("own"), sim.weights("seen")
    assert np.unique(expected[1]).size > 8
    for one, other in zip(expected, found, strict=True):
        assert np.array_equal(one, other)


@pytest.mark.parametrize("backend", ENGINES)
def test_what_is_told_after_a_checkpoint_moves_weights_to_the_same_bits(backend: str, tmp_path: Path) -> None:
    def tell(sim: snn.Simulation) -> None:
        sim.teach("error", 1)
        sim.run(5.0)
        sim.teach("error", 0)

    with simulation(network("reward"), backend, threads=2) as sim:
        shown(sim)
        sim.save(tmp_path / "at.h5")
        tell(sim)
        expected = sim.weights("own"), sim.weights("seen")
    with snn.resume(tmp_path / "at.h5", threads=1) as sim:
        tell(sim)
        found = sim.weights("own"), sim.weights("seen")
    for one, other in zip(expected, found, strict=True):
        assert np.array_equal(one, other)


def test_descriptions_keep_errors_and_feedback() -> None:
    for feedback in (None, weights(3, HIDDEN, OUT), snn.Normal(0.0, 1.0)):
        spec = network(feedback=feedback).spec()
        again = snn.NetworkSpec.from_json(spec.to_json())
        assert again.errors == spec.errors
        assert again.feedbacks == spec.feedbacks
        net = snn.Network.from_spec(again)
        assert net.spec().feedbacks == spec.feedbacks


def test_misuse_says_where_and_what() -> None:
    net = network()
    out, hidden = net.populations["out"], net.populations["hidden"]
    with pytest.raises(snn.UnknownNameError, match=r"loss.*'softmaks'.*did you mean 'softmax'"):
        net.error("e2", out, loss="softmaks")
    with pytest.raises(snn.UnknownNameError, match="'w'"):
        net.error("e2", out, state="w")
    with pytest.raises(snn.ParameterError, match="there is a modulator named 'error' already"):
        net.error("error", out)
    with pytest.raises(snn.ParameterError, match=r"matrix of shape \(20, 3\).*\(3, 20\)"):
        net.feedback("s2", net.modulators["error"], hidden, np.zeros((3, 20)))
    with pytest.raises(snn.ParameterError, match="expected a projection from 'hidden' to 'out'"):
        net.feedback("s2", net.modulators["error"], hidden, net.projections["seen"])
    with simulation(net) as sim:
        for wanted, message in (
            (3, r"expected labels 0 to 2.*got 3"),
            (-1, r"expected numbers"),
            ([0.1, 0.2], r"shape"),
            (0.5, r"labels are whole numbers|shape"),
        ):
            with pytest.raises(snn.PysnnError, match=message):
                sim.teach("error", wanted)
        with pytest.raises(snn.ParameterError, match="'signal' is no error of readout neurons"):
            sim.teach("signal", 1)
        with pytest.raises(snn.UnknownNameError, match="error"):
            sim.run_trials({"pixels": [PIXELS]}, teach={"eror": [0]})
        with pytest.raises(snn.ParameterError, match="as many trials"):
            sim.run_trials({"pixels": [PIXELS]}, teach={"error": [0, 1]})
        with pytest.raises(snn.OutOfRangeError, match="after the trial's end"):
            sim.run_trials({"pixels": [PIXELS]}, teach={"error": snn.Lesson([0], [11.0])})
        with pytest.raises(snn.ParameterError, match="gain"):
            sim.run_trials({"pixels": [PIXELS]}, teach={"error": snn.Lesson([0], gain=[1.0, 2.0])})

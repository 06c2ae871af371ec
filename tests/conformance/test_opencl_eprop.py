"""E-prop on OpenCL: the clock's bits, whatever is read of it, moved meanwhile or divided."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pysnn as snn

from .test_opencl import CUTS, assert_same_bits, cut_work

pytestmark = pytest.mark.opencl

N, INPUTS = 40, 30
LEAKY: dict[str, Any] = {"tau_m": 12.0, "v_th": -55.0, "e_l": -65.0, "v_reset": -65.0}
MODELS: dict[str, snn.NeuronModel] = {
    "LIF": snn.LIF(**LEAKY, t_ref=1.0),
    "ALIF": snn.ALIF(**LEAKY, t_ref=2.0, tau_adapt=60.0, beta=2.0, reset="subtract"),
    "each its own": snn.ALIF(
        **{**LEAKY, "v_th": snn.Uniform(-57.0, -53.0)}, t_ref=0.0, tau_adapt=40.0, beta=snn.Uniform(0.0, 3.0)
    ),
}  # fmt: skip
RULES: dict[str, snn.EProp] = {
    "last": snn.EProp(eta=0.02, read="last"),
    "last, filtered": snn.EProp(eta=0.02, read="last", tau_out=15.0, w_min=-4.0, w_max=6.0),
    "sum": snn.EProp(eta=2e-3, read="sum", tau_out=15.0, c_reg=0.01),
    "mean": snn.EProp(eta=0.1, read="mean", c_reg=0.01, f_target=20.0, tau_rate=80.0),
    "held": snn.EProp(eta=1e-3, read="held", tau_out=15.0, c_reg=0.01),
    "batches": snn.EProp(eta=0.01, read="last", tau_out=15.0, batch=2),
    "batches of sums": snn.EProp(eta=0.05, read="sum", c_reg=0.01, batch=2, optimiser="adam"),
}


def recurrent(rule: snn.EProp, model: str = "ALIF", **more: Any) -> snn.Network:
    """Noise onto neurons that hear each other, several delays and synapses a pair; all of it learns."""
    net = snn.Network(seed=7)
    cells = net.population("cells", N, MODELS[model], init={"v": snn.Uniform(-65.0, -56.0)})
    noise = net.source("noise", INPUTS, snn.Poisson(60.0))
    signal = net.modulator("signal", of=cells)
    learns: dict[str, Any] = {"plasticity": rule, "modulator": signal, **more}
    spread = snn.Uniform(1.0, 9.0, step=0.5)
    net.projection(noise, cells, snn.FixedProbability(0.5), snn.Normal(2.0, 1.0), spread, name="in", **learns)
    net.projection(
        cells, cells, snn.FixedProbability(0.3), snn.Normal(0.3, 1.0), spread, name="rec",
        synapses_per_pair=2, **learns,
    )  # fmt: skip
    net.probe(cells, "spikes", name="spikes")
    for name in ("in", "rec"):
        net.probe(net.projections[name], "weight", changes=True, name=f"{name} changes")
    return net


def told(sim: Any, steps: int = 40, every: int = 7, pause: Any = lambda sim, k: None) -> None:
    """A signal every few steps, at other times nothing; and something else between."""
    draw = np.random.default_rng(round(sim.time) + 1)
    for k in range(steps):
        sim.run(0.5 * every)
        if k % 5 != 3:
            sim.modulate("signal", draw.normal(0.0, 1.0, N))
        pause(sim, k)


def outcome(
    net: snn.Network, backend: str, pause: Any = lambda sim, k: None, **options: Any
) -> dict[str, Any]:
    """Two trials of more steps than a history holds, by the signals of ``told``, and a part of one."""
    with snn.Simulation(net, backend=backend, dt=0.5, **options) as sim:
        for _ in range(2):
            told(sim, pause=pause)
            sim.reset()
        told(sim, 15)
        shown = {f"{name} {part}": getattr(sim.data[name], part) for name in sim.data for part in ("t", "i")}
        shown |= {f"{name} w": sim.data[f"{name} changes"].w for name in ("in", "rec")}
        shown |= {name: sim.weights(name) for name in ("in", "rec")}
        return shown | {"delivered": sim.delivered(), "v": sim.state("cells", "v")}


def began(net: snn.Network, name: str) -> np.ndarray[Any, Any]:
    with snn.Simulation(net, backend="clock", dt=0.5) as sim:
        return sim.weights(name)


@pytest.mark.parametrize(
    ("rule", "model"),
    [*((rule, "ALIF") for rule in RULES), ("last", "LIF"), ("sum", "LIF"), ("batches", "LIF")],
)
def test_e_prop_gives_the_clocks_bits(rule: str, model: str) -> None:
    net = recurrent(RULES[rule], model)
    ours = outcome(net, "opencl")
    assert_same_bits(ours, outcome(net, "clock", threads=2))
    assert len(ours["spikes t"]) > 200
    for name in ("in", "rec"):
        assert np.abs(ours[name] - began(net, name)).max() > 5e-4
        assert rule.startswith("batches") or len(ours[f"{name} changes t"]) > 300


@pytest.mark.parametrize("rule", ["last", "sum", "batches of sums"])
def test_single_precision_and_neurons_of_their_own_give_the_clocks_bits(rule: str) -> None:
    net = recurrent(RULES[rule], "each its own")
    assert_same_bits(outcome(net, "opencl", dtype="float32"), outcome(net, "clock", dtype="float32"))


@pytest.mark.parametrize("rule", ["last, filtered", "sum", "batches"])
def test_what_is_read_and_changed_meanwhile_counts_as_on_the_clock(rule: str) -> None:
    def pause(sim: Any, k: int) -> None:
        sim.weights("in")
        if k % 20 == 9:  # at the same instant as a moment
            sim.set_weights("rec", 0.9 * sim.weights("rec"))
            sim.modulate("signal", np.linspace(-1.0, 1.0, N))
        if k % 20 == 11:
            sim.set_learning("in", rate=0.5 if k < 20 else 1.0)
            sim.modulate("signal", np.linspace(1.0, -1.0, N))
            sim.set_learning("rec", k > 20)

    net = recurrent(RULES[rule])
    assert_same_bits(outcome(net, "opencl", pause), outcome(net, "clock", pause))


def test_moments_at_every_step_are_the_clocks() -> None:
    """More than are kept, so that all synapses catch up for their sake."""

    def run(backend: str) -> Any:
        with snn.Simulation(recurrent(RULES["sum"]), backend=backend, dt=0.5) as sim:
            told(sim, 150, 1)
            return sim.weights("rec")

    np.testing.assert_array_equal(run("opencl"), run("clock"))


@pytest.mark.parametrize("rule", ["last, filtered", "sum", "batches of sums"])
@pytest.mark.parametrize("cut", CUTS)
def test_no_bit_depends_on_how_work_is_cut(cut: str, rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def run() -> Any:
        with snn.Simulation(recurrent(RULES[rule]), backend="opencl", dt=0.5) as sim:
            told(sim)
            sim.reset()
            told(sim, 5)
            return [sim.weights(name).tolist() for name in ("in", "rec")]

    usual = run()
    cut_work(cut, monkeypatch)
    assert run() == usual


def test_a_log_that_is_outgrown_changes_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    from pysnn.backends._opencl import change_log

    def run() -> Any:
        with snn.Simulation(recurrent(RULES["held"]), backend="opencl", dt=0.5) as sim:
            sim.modulate("signal", np.linspace(-1.0, 1.0, N))
            sim.run(300.0)
            changes = sim.data["rec changes"]
            return changes.t.tolist(), changes.w.tolist(), sim.weights("rec").tolist()

    at_ease = run()
    monkeypatch.setattr(change_log, "ROOM", 4)
    assert run() == at_ease
    assert len(at_ease[0]) > 1000


@pytest.mark.parametrize("rule", ["last", "mean", "batches of sums"])
def test_a_copy_goes_on_as_the_original(rule: str) -> None:
    def after(sim: Any) -> Any:
        told(sim, 30)
        sim.reset()
        told(sim, 10)
        return [sim.weights(name).tolist() for name in ("in", "rec")]

    with snn.Simulation(recurrent(RULES[rule]), backend="opencl", dt=0.5) as sim:
        told(sim)
        sim.reset()
        told(sim, 10)
        with sim.copy() as other:
            theirs = after(other)
        assert after(sim) == theirs


# ---- trials with a readout -------------------------------------------------------------------------------

FEEDBACKS: dict[str, dict[str, Any]] = {
    "symmetric": {},
    "random": {"weights": snn.Normal(0.0, 1.0)},
    "adaptive": {"weights": snn.Normal(0.0, 1.0), "decay": 0.01},
}


@pytest.mark.parametrize("feedback", FEEDBACKS)
@pytest.mark.parametrize("batch", [0, 3])
def test_trials_with_a_readout_that_learns_are_the_clocks(feedback: str, batch: int) -> None:
    """Hidden neurons by e-prop, their readout by the delta rule, whose error is fed back to them."""
    net = snn.Network(seed=5)
    eye = net.source("eye", 20, snn.Input())
    hidden = net.population("hidden", 12, snn.ALIF(**LEAKY, t_ref=1.0, beta=1.0, tau_adapt=30.0))
    out = net.population("out", 2, snn.Readout(tau_m=20.0), init={"v": 0.0})
    error = net.error("error", out, loss="softmax")
    own = net.projection(
        hidden, out, snn.AllToAll(), snn.Normal(0.0, 0.5), 1.0, modulator=error, name="read",
        plasticity=snn.DeltaRule(eta=0.05, batch=batch),
    )  # fmt: skip
    given = dict(FEEDBACKS[feedback])
    if feedback == "symmetric":
        given["weights"] = own
    if feedback == "adaptive":
        given["follows"] = own
    signal = net.feedback("signal", error, hidden, **given)
    rule = snn.EProp(eta=0.05, tau_out=20.0, c_reg=1e-3, batch=batch, optimiser="adam" if batch else "sgd")
    net.projection(
        eye, hidden, snn.FixedProbability(0.6), snn.Normal(4.0, 2.0), snn.Uniform(1.0, 4.0, step=1.0),
        name="see", plasticity=rule, modulator=signal,
    )  # fmt: skip
    rng = np.random.default_rng(1)
    trial, t, i = np.nonzero(rng.random((7, 20, 20)) < 0.2)
    spikes = snn.encoders.TrialSpikes(
        1.0 + t.astype(np.float64), i, np.searchsorted(trial, np.arange(8)), 20, 25.0
    )
    labels = rng.integers(0, 2, 7)
    found = []
    for backend in ("opencl", "clock"):
        with snn.Simulation(net, dt=1.0, backend=backend) as sim:
            for _ in range(2):
                results = sim.run_trials(
                    spikes, counts="hidden", teach={"error": snn.Lesson(labels, [15.0, 20.0, 25.0])},
                )  # fmt: skip
            found.append(
                [results.counts("hidden").tolist(), *(sim.weights(n).tolist() for n in ("see", "read"))]
            )
    assert found[0][0] == found[1][0]
    assert found[0][1:] == found[1][1:]
    assert np.sum(found[0][0]) > 10
    with snn.Simulation(net, dt=1.0, backend="clock") as sim:
        assert np.abs(sim.weights("see") - found[0][1]).max() > 1e-3


# ---- errors ----------------------------------------------------------------------------------------------


def test_what_cannot_be_is_refused_as_on_the_clock() -> None:
    def onto(model: snn.NeuronModel, **more: Any) -> snn.Network:
        net = snn.Network(seed=1)
        cells = net.population("cells", 3, model)
        net.projection(
            cells, cells, snn.AllToAll(), 1.0, 1.0, plasticity=snn.EProp(), name="p",
            modulator=net.modulator("signal", of=cells), **more,
        )  # fmt: skip
        return net

    own_tau = snn.LIF(tau_m=snn.Array([10.0, 20.0, 30.0]))
    below = snn.LIF(v_th=-70.0, v_reset=-80.0, e_l=-70.0)
    nets = [onto(model) for model in (snn.CubaLIF(), snn.Readout(), own_tau, below)]
    for net in (*nets, onto(snn.LIF(), dynamics=snn.TsodyksMarkram())):
        said = []
        for backend in ("opencl", "clock"):
            with pytest.raises((snn.BackendUnsupported, snn.ParameterError)) as error:
                snn.Simulation(net, backend=backend, dt=0.025)
            said.append((type(error.value), str(error.value)))
        assert said[0] == said[1]
    said = []
    for backend in ("opencl", "clock"):
        with (
            snn.Simulation(onto(snn.LIF()), backend=backend) as sim,
            pytest.raises(snn.BackendUnsupported, match="learns by EProp") as error,
        ):
            sim.set_parameters("cells", v_th=-50.0)
        said.append((type(error.value), str(error.value)))
    assert said[0] == said[1]


def test_weights_that_leave_all_bounds_are_an_error_that_names_what_to_check() -> None:
    with snn.Simulation(recurrent(snn.EProp(eta=1e100)), backend="opencl", dt=0.5) as sim:
        sim.run(30.0)
        sim.modulate("signal", np.full(N, 1e9))
        with pytest.raises(snn.ParameterError, match=r"by t = \S+ ms: learning diverged \(check eta"):
            sim.run(60.0)

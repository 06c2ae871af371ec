"""The networks that ship with the package: they are what is published, and the command measures them."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import erfcx, lambertw

import pysnn as snn
from pysnn import networks
from pysnn.networks.__main__ import main
from pysnn.networks._measure import measure
from pysnn.networks.microcircuit import PROBABILITIES, RATES, SIZES

NAMES = [
    "brunel", "brunel_stdp", "coba", "cuba", "firing_patterns", "hpc_stdp", "microcircuit",
    "polychronisation", "sparse",
]  # fmt: skip
CONNECTED = [name for name in NAMES if name != "firing_patterns"]
SMALL = 0.02
KEYS = {
    "network", "backend", "threads", "dtype", "sim_ms", "build_s", "sim_s", "rtf",
    "N", "synapses", "spikes", "rate_hz", "events", "rss_mb", "bytes_per_syn",
}  # fmt: skip

# NEST's iaf_psc_exp (on a grid) and iaf_psc_exp_ps (continuous) with the parameters, numbers of inputs and
# weights of cuba(scale=0.25), twelve seeds.
NEST = json.loads((Path(__file__).parents[1] / "scenarios" / "nest_figures.json").read_text())
NEST_CUBA = {"clock": NEST["cuba_grid"], "event": NEST["cuba_continuous"]}


def run(*arguments: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """The figures of one command; exactly one line is printed."""
    assert main(arguments) == 0
    (line,) = capsys.readouterr().out.splitlines()
    figures: dict[str, Any] = json.loads(line)
    return figures


# ---- descriptions ---------------------------------------------------------------------------------


def test_the_networks_are_found_by_their_files() -> None:
    assert networks.names() == NAMES


@pytest.mark.parametrize("backend", ["clock", "event"])
@pytest.mark.parametrize("name", NAMES)
def test_every_network_builds_small_and_runs(name: str, backend: str) -> None:
    options = {"scheme": "converged"} if (name, backend) == ("polychronisation", "event") else {}
    net = networks.find(name)(seed=3, scale=SMALL, **options)
    with snn.Simulation(net, backend=backend, threads=1, dt=networks.step(name)) as sim:
        networks.runner(name)(sim, 10.0)
        assert (sim.memory()["synapses"] > 0) == (name in CONNECTED)
        assert sim.time == 10.0


@pytest.mark.parametrize("name", CONNECTED)
def test_the_seed_decides_the_draws(name: str) -> None:
    def synapses(seed: int) -> Any:
        net = networks.find(name)(seed=seed, scale=SMALL)
        with snn.Simulation(net, threads=1) as sim:
            recurrent = next(p for p in net.projections.values() if p.spec.source in net.populations)
            return sim.synapses(recurrent)

    assert (synapses(3) == synapses(3)).all()
    other, same = synapses(4), synapses(3)
    assert len(other) != len(same) or (other != same).any()


# Neurons, recurrent synapses and driving synapses of the descriptions' sources: Brette et al. (2007) with
# 80 inputs a neuron; Brunel (2000) with 1,000 and 250 inputs and one noise source a neuron; Kunkel et al.
# (2014) with 11,250 inputs and one noise source a neuron; 100 synapses a neuron and one driving one.
SIZES_PUBLISHED = {
    "cuba": (4000, 4000 * 80, 0),
    "coba": (4000, 4000 * 80, 0),
    "brunel": (12500, 12500 * 1250, 12500),
    "brunel_stdp": (12500, 12500 * 1250, 12500),
    "hpc_stdp": (11250, 11250 * 11250, 11250),
    "sparse": (100_000, 100_000 * 100, 100_000),
}


@pytest.mark.parametrize("name", SIZES_PUBLISHED)
def test_the_full_network_has_the_published_size(name: str) -> None:
    net = networks.find(name)()
    n, recurrent, driving = SIZES_PUBLISHED[name]
    assert sum(len(population) for population in net.populations.values()) == n
    counted = {True: 0, False: 0}
    for projection in net.projections.values():
        rule, target = projection.spec.rule, net.populations[projection.spec.target]
        if isinstance(rule, snn.FixedIndegree):
            count = rule.n * len(target)
        elif isinstance(rule, snn.FixedOutdegree):
            count = rule.n * len(net.populations[projection.spec.source])
        else:
            assert isinstance(rule, snn.OneToOne)
            count = len(target)
        counted[projection.spec.source in net.populations] += count
    assert counted == {True: recurrent, False: driving}


def test_the_microcircuit_has_the_published_size() -> None:
    """77,169 neurons (Potjans & Diesmann 2014) and 298,880,941 synapses among them (NEST's example of it)."""
    net = networks.microcircuit()
    assert sum(len(population) for population in net.populations.values()) == SIZES.sum() == 77169
    recurrent = [p for p in net.projections.values() if p.spec.source in net.populations]
    assert sum(p.spec.rule.n for p in recurrent) == pytest.approx(298_880_941, abs=len(recurrent))
    assert len(recurrent) == np.count_nonzero(PROBABILITIES)


def test_the_weights_and_the_drive_of_hpc_stdp_are_the_published_ones() -> None:
    """A potential of 0.14 mV, whose peak Lambert's W gives, and 1.685 times the input that reaches 20 mV.

    Kunkel et al. (2014), as NEST's script of it computes them; 81 million synapses learn.
    """
    net = networks.hpc_stdp()
    model = net.populations["exc"].spec.model
    assert isinstance(model, snn.AlphaLIF)
    tau_m, tau, c_m = model.tau_m, model.tau_syn_exc, model.c_m
    b = 1.0 / tau - 1.0 / tau_m
    a = tau_m / tau
    h = (-lambertw(-math.exp(-1.0 / a) / a, -1).real - 1.0 / a) / b
    assert h == pytest.approx(1.700759, abs=1e-6)
    slow, fast = math.exp(-h / tau_m), math.exp(-h / tau)
    peak = math.e / (tau * c_m * b) * ((slow - fast) / b - h * fast)
    learning = net.projections["exc->exc"].spec
    strength = learning.weight.value
    assert peak * strength == pytest.approx(0.14, rel=1e-12)
    assert learning.rule.n * len(net.populations["exc"]) == 81_000_000
    assert net.projections["inh->exc"].spec.weight.value == pytest.approx(-5.0 * strength)
    rate = net.sources["noise_exc"].spec.model.rate
    assert 1e-3 * rate * strength * math.e * tau * tau_m / c_m == pytest.approx(1.685 * 20.0, rel=1e-12)


def test_polychronisation_has_the_published_synapses() -> None:
    """100 different ones of each neuron: five of each delay onto all, or 1 ms onto excitatory neurons."""
    net = networks.polychronisation()
    with snn.Simulation(net, dt=networks.step("polychronisation")) as sim:
        to_exc, to_inh, from_inh = (sim.synapses(name) for name in ("exc->exc", "exc->inh", "inh->exc"))
        assert set(sim.weights("exc->exc")) == set(sim.weights("exc->inh")) == {6.0}
        assert set(sim.weights("inh->exc")) == {-5.0}
        for name in ("exc->exc", "exc->inh"):
            assert (sim.synapses(f"derivative of {name}") == sim.synapses(name)).all()
    pre = np.concatenate([to_exc.i, to_inh.i])
    post = np.concatenate([to_exc.j, to_inh.j + 800])
    delay = np.concatenate([to_exc.delay, to_inh.delay])
    assert (np.bincount(pre.astype(int) * 20 + np.round(delay).astype(int) - 1) == 5).all()
    assert len(set(zip(pre.tolist(), post.tolist(), strict=True))) == len(pre) == 80_000
    assert (pre != post).all()
    assert len(set(zip(from_inh.i.tolist(), from_inh.j.tolist(), strict=True))) == len(from_inh) == 20_000
    assert set(from_inh.delay) == {1.0}


def test_a_small_microcircuit_gets_the_mean_input_of_the_full_one() -> None:
    """At the full network's rates: weights x inputs x rates x tau_syn + i_e does not depend on the scale.

    To 0.5 %, as numbers of neurons are whole: 106 for 106.5 inhibitory ones of layer 5.
    """

    def mean_current(scale: float) -> list[float]:
        net = networks.microcircuit(scale=scale)
        rates = dict(zip(net.populations, RATES, strict=True))
        current = {}
        for name, target in net.populations.items():
            model = target.spec.model
            assert isinstance(model, snn.CubaLIF)
            current[name] = model.i_e
        for p in net.projections.values():
            if isinstance(p.spec.rule, snn.FixedTotalNumber):
                n_post = len(net.populations[p.spec.target])
                arrivals = p.spec.rule.n / n_post * rates[p.spec.source]
                weight = p.spec.weight.mean
            else:
                arrivals = net.sources[p.spec.source].spec.model.rate
                weight = p.spec.weight.value
            current[p.spec.target] += 1e-3 * 0.5 * weight * arrivals
        return list(current.values())

    np.testing.assert_allclose(mean_current(0.1), mean_current(1.0), rtol=5e-3)


# ---- activity -------------------------------------------------------------------------------------


def rates(net: snn.Network, start: float, stop: float, backend: str = "clock") -> list[float]:
    """Rate of each population in (start, stop] ms, Hz."""
    probes = [net.probe(population, "spikes") for population in net.populations.values()]
    with snn.Simulation(net, backend=backend, threads=1) as sim:
        sim.run(stop)
        return [sim.data[probe].rate(start, stop) for probe in probes]


@pytest.mark.parametrize("backend", ["clock", "event"])
def test_cuba_fires_as_in_nest(backend: str) -> None:
    """A quarter of the neurons, mean of three seeds, to four standard errors of the difference."""
    nets = [networks.cuba(seed=seed, scale=0.25) for seed in (1, 2, 3)]
    ours = np.array([rates(net, 200.0, 1200.0, backend) for net in nets])
    for column, name in enumerate(("rate_exc", "rate_inh")):
        nest = np.array(NEST_CUBA[backend][name])
        error = nest.std(ddof=1) * math.sqrt(1 / 3 + 1 / len(nest))
        assert abs(ours[:, column].mean() - nest.mean()) < 4.0 * error, name


def stationary_rate(
    mean_drive: float, variance_drive: float, weight: float, c_exc: int, c_inh: int, g: float
) -> float:
    """Rate [Hz] at which a neuron's input makes it fire as fast as its inputs do, without correlations.

    1 / nu = t_ref + tau sqrt(pi) int exp(x^2) (1 + erf x) dx from (v_reset - mu) / sigma to
    (v_th - mu) / sigma, with mu and sigma from nu itself: Brunel (2000), equations 19 to 21.
    """
    tau, t_ref, v_th, v_reset = 0.020, 0.002, 20.0, 10.0  # s, mV

    def excess(nu: float) -> float:
        mu = mean_drive + weight * tau * nu * (c_exc - g * c_inh)
        sigma = math.sqrt(variance_drive + weight**2 * tau * nu * (c_exc + g**2 * c_inh))
        x = np.linspace((v_reset - mu) / sigma, (v_th - mu) / sigma, 4001)
        return float(1.0 / (t_ref + tau * math.sqrt(math.pi) * np.trapezoid(erfcx(-x), x)) - nu)

    return float(brentq(excess, 1.0, 200.0))


def test_brunel_fires_at_the_stationary_rate_of_the_mean_field() -> None:
    """To 3 %: the theory takes jumps of 0.1 mV for diffusion, and no correlations (here: 37.9 Hz)."""
    drive = 20_000.0
    expected = stationary_rate(0.1 * 0.020 * drive, 0.1**2 * 0.020 * drive, 0.1, 1000, 250, 5.0)
    assert rates(networks.brunel(), 100.0, 400.0) == pytest.approx([expected, expected], rel=0.03)


def test_in_the_learning_brunel_weights_go_to_their_fixed_point() -> None:
    """At independent firing du/dt = nu^2 tau (a_plus (1 - u) - a_minus u), from both sides of u = 0.488.

    Guetig et al. (2003), equation 3, for mu = 1; to 25 %, as the neurons do not fire independently.
    """
    net = networks.brunel_stdp(scale=0.1)
    probe = net.probe(net.populations["exc"], "spikes")
    with snn.Simulation(net, threads=1) as sim:
        sim.run(100.0)
        strong = np.arange(len(sim.weights("exc->exc"))) % 2 == 0
        sim.set_weights("exc->exc", np.where(strong, 0.18, 0.02))
        sim.run(300.0)
        u, nu = sim.weights("exc->exc") / 0.2, sim.data[probe].rate(100.0, 400.0)
    grown = 1.0 - math.exp(-(0.01 + 0.0105) * nu**2 * 0.020 * 0.3)
    fixed_point = 0.01 / (0.01 + 0.0105)
    assert u[strong].mean() - 0.9 == pytest.approx((fixed_point - 0.9) * grown, rel=0.25)
    assert u[~strong].mean() - 0.1 == pytest.approx((fixed_point - 0.1) * grown, rel=0.25)


@pytest.mark.parametrize("backend", ["clock", "event"])
@pytest.mark.parametrize("model", ["cuba_lif", "lif_delta"])
def test_in_the_sparse_network_a_neuron_fires_once_for_each_spike_of_its_source(
    model: str, backend: str
) -> None:
    """All but a few: a second spike of the source within a refractory time, recurrent input to the brim."""
    net = networks.sparse(scale=0.05, model=model)
    cells, source = net.probe(net.populations["cells"], "spikes"), net.probe(net.sources["source"], "spikes")
    with snn.Simulation(net, backend=backend, threads=1) as sim:
        sim.run(2000.0)
        drive = sim.synapses(net.projections["source->cells"])
        source_of, delay = np.empty(len(drive), int), np.empty(len(drive))
        source_of[drive.j], delay[drive.j] = drive.i, drive.delay
        trains, driven = sim.data[source].trains(), sim.data[cells].trains()
    expected = fired = 0
    for neuron, train in enumerate(driven):
        arrivals = trains[source_of[neuron]] + delay[neuron]
        arrivals = arrivals[arrivals < 1990.0]
        expected += len(arrivals)
        # The peak of 1,200 pA is 9 ms after its arrival; a spike at once with delta synapses.
        fired += sum(bool(((train >= t - 1e-9) & (train <= t + 9.5)).any()) for t in arrivals)
    assert expected > 3000
    assert fired > 0.99 * expected


def test_the_small_microcircuit_fires_as_in_nest() -> None:
    """At scale 0.1 NEST 3.10 gives 3.324, 3.318 and 3.329 Hz in the second after 100 ms (seeds 1 to 3)."""
    figures = measure(networks.microcircuit(scale=0.1), sim_ms=1000.0, presim_ms=100.0)
    assert figures["rate_hz"] == pytest.approx(3.324, rel=0.04)
    assert figures["synapses"] - figures["N"] == 2_996_524 - 7717  # as NEST counts them


def test_the_small_hpc_network_begins_to_fire_as_in_nest() -> None:
    """At scale 0.1 from 20 to 60 ms, twelve seeds of NEST 3.10, to four standard errors of the difference.

    Later such a small network synchronises, in NEST as here (290 Hz from 100 to 400 ms).
    """
    nest = np.array([23.0, 23.9, 28.8, 33.3, 19.4, 28.4, 24.5, 25.4, 23.8, 24.6, 15.6, 23.7])
    seeds = (1, 2, 3, 4, 5, 6)
    ours = [
        measure(networks.hpc_stdp(seed=seed, scale=0.1), sim_ms=40.0, presim_ms=20.0)["rate_hz"]
        for seed in seeds
    ]
    error = nest.std(ddof=1) * math.sqrt(1 / len(seeds) + 1 / len(nest))
    assert abs(np.mean(ours) - nest.mean()) < 4.0 * error


# ---- the command ----------------------------------------------------------------------------------


def test_the_command_prints_one_line_with_the_figures(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("cuba", "--scale", "0.25", "--sim-ms", "200", "--presim-ms", "50", "--threads", "2")
    figures = run(*arguments, "--dtype", "float32", "--seed", "9", capsys=capsys)
    assert figures.keys() >= KEYS
    expected = {
        "network": "cuba",
        "backend": "clock",
        "threads": 2,
        "sim_ms": 200.0,
        "dtype": "float32",
        "N": 1000,
    }
    assert {key: figures[key] for key in expected} == expected
    assert figures["synapses"] == 80_000
    assert figures["rate_hz"] == pytest.approx(figures["spikes"] / 1000 / 0.2, abs=1e-3)
    assert figures["rtf"] == pytest.approx(figures["sim_s"] / 0.2, abs=1e-3)
    assert figures["rss_mb"] > 10.0
    assert "phases" not in figures


def test_spikes_and_events_are_those_of_the_measured_part(capsys: pytest.CaptureFixture[str]) -> None:
    """Counted by hand: each spike delivers over its neuron's synapses, 0.1 ms later."""
    figures = run("cuba", "--scale", "0.25", "--sim-ms", "100", "--presim-ms", "60", capsys=capsys)
    net = networks.cuba(scale=0.25)
    probes = [net.probe(population, "spikes") for population in net.populations.values()]
    spikes = events = 0
    with snn.Simulation(net, threads=1) as sim:
        sim.run(160.0)
        for probe in probes:
            fired = sim.data[probe]
            targets = np.zeros(len(fired.indices), int)
            for p in net.projections.values():
                if p.spec.source == fired.name:
                    targets += np.bincount(sim.synapses(p).i, minlength=len(targets))
            t = fired.t + 1e-6
            spikes += int(((t > 60.1) & (t <= 160.1)).sum())
            events += int(targets[fired.i[(t > 60.0) & (t <= 160.0)]].sum())
    assert figures["spikes"] == spikes > 0
    assert figures["events"] == events > 0


def test_the_external_drive_is_no_event(capsys: pytest.CaptureFixture[str]) -> None:
    """In 1 ms no spike has crossed the recurrent delay of 1.5 ms, while 2,500 driving ones have come."""
    figures = run("brunel", "--scale", "0.02", "--presim-ms", "0", "--sim-ms", "1.5", capsys=capsys)
    assert figures["events"] == 0
    assert figures["synapses"] == 250 * 1250 + 250


def test_profile_adds_the_phases(capsys: pytest.CaptureFixture[str]) -> None:
    figures = run("cuba", "--scale", "0.05", "--sim-ms", "20", "--profile", capsys=capsys)
    assert figures["phases"].keys() >= {"deliver", "update", "exchange"}
    assert sum(figures["phases"].values()) > 0.0


def test_the_sparse_network_takes_its_model_and_rate(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("sparse", "--scale", "0.02", "--sim-ms", "1000", "--presim-ms", "0")
    figures = run(*arguments, "--model", "lif_delta", "--rate", "20", capsys=capsys)
    assert (figures["model"], figures["rate"]) == ("lif_delta", 20.0)
    # 20 sources for a second: 400 +- 20 spikes, each of which fires some 100 neurons.
    assert figures["rate_hz"] == pytest.approx(20.0, rel=0.25)


def test_polychronisation_takes_its_scheme_and_step(capsys: pytest.CaptureFixture[str]) -> None:
    figures = run("polychronisation", "--sim-ms", "1000", capsys=capsys)
    assert figures["dt"] == 1.0
    assert figures["rates_hz"].keys() == {"exc", "inh"}
    assert 2.0 < figures["rates_hz"]["exc"] < 8.0
    small = ("polychronisation", "--scale", "0.1", "--sim-ms", "10", "--scheme", "converged")
    assert run(*small, "--backend", "event", capsys=capsys)["scheme"] == "converged"
    assert run(*small, "--dt", "0.5", capsys=capsys)["dt"] == 0.5


MISTAKES = {
    "the network cuba has no scheme": ("cuba", "--scheme", "published"),
    "did you mean 'published'": ("polychronisation", "--scheme", "publishd"),
    "is one of fixed steps": ("polychronisation", "--backend", "event"),
    "dt: must be > 0": ("cuba", "--dt", "0"),
    "did you mean 'brunel'": ("brunell",),
    "did you mean 'clock'": ("cuba", "--backend", "clok"),
    "did you mean 'float32'": ("cuba", "--dtype", "float23"),
    "did you mean 'lif_delta'": ("sparse", "--model", "lif_dleta"),
    "the network cuba has no rate": ("cuba", "--rate", "3"),
    "rate: must be >= 0": ("sparse", "--rate", "-1"),
    "scale: must be > 0": ("cuba", "--scale", "-1"),
    "sim_ms: must be > 0": ("cuba", "--sim-ms", "0"),
    "no multiple of dt": ("cuba", "--sim-ms", "0.55"),
    "threads: must be >= 1": ("cuba", "--threads", "0"),
}


@pytest.mark.parametrize("message", MISTAKES)
def test_a_mistake_is_one_sentence_and_status_2(message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(MISTAKES[message])
    out, error = capsys.readouterr()
    assert stopped.value.code == 2
    assert out == ""
    assert message in error
    assert "Traceback" not in error


def test_the_module_runs_as_a_program() -> None:
    command = [sys.executable, "-m", "pysnn.networks", "cuba", "--scale", "0.05", "--sim-ms", "10"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["N"] == 200

"""The spiking layer: its set point, its plasticity, and that it forgets between utterances."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pysnn_mmsa.config import Config
from pysnn_mmsa.encode import LineEncoder
from pysnn_mmsa.features import Extractor
from pysnn_mmsa.fusion import pathways
from pysnn_mmsa.network import C_M, T_REF, V_REST, V_TH, SpikingLayer

import pysnn as snn

from . import helpers


def layer(config: Config, seed: int = 0, lines: np.ndarray | None = None) -> tuple[SpikingLayer, np.ndarray]:
    """A layer on the toy corpus, and the lines it was made for."""
    corpus = helpers.toy_corpus()
    features = Extractor.fit(corpus, config.features).transform(corpus)
    encoder = LineEncoder(config.encode, config.run.dt).fit(features, corpus.training, ["left", "right"])
    if lines is None:
        lines = np.concatenate([encoder.lines(features, m) for m in ("left", "right")], axis=1)
    # Of toy lines: all belong to the left, but for the last ones.
    numbers = {"left": np.arange(lines.shape[1] - 4), "right": np.arange(lines.shape[1] - 4, lines.shape[1])}
    paths = pathways(["left", "right"], config.network)
    return SpikingLayer.drawn(paths, numbers, lines, encoder, config, seed), lines


def quiet(done: int, total: int) -> None:
    """No progress shown."""


def test_every_neuron_has_the_same_mean_drive_and_the_layer_the_wanted_spread() -> None:
    """Mean current of a synapse: weight x value x rate x tau_syn; rheobase: (v_th - v_rest) c_m / tau_m."""
    config = helpers.small(network__drive=1.3, network__gain=0.7)
    made, lines = layer(config)
    wiring = made.wiring[0]
    per_weight = config.encode.rate * 1e-3 * config.network.tau_syn
    rheobase = (V_TH - V_REST) * C_M / config.network.tau_m
    current = (lines @ wiring.matrix(lines.shape[1]) + wiring.tonic) * per_weight
    np.testing.assert_allclose(current.mean(axis=0), 1.3 * rheobase)
    assert current.std(axis=0).mean() == pytest.approx(0.7 * rheobase)


def test_a_constant_drive_gives_the_rate_of_the_closed_form() -> None:
    """LIF at constant current I: interval t_ref + tau_m ln(I / (I - rheobase)).

    All lines at their mean are that constant current but for their spikes' unevenness and the rise at the
    begin: tonic input alone, at 1000 Hz, is nearly even, and 2 s are long against the rise.
    """
    config = helpers.small(
        network__drive=2.0, encode__rate=1000.0, encode__duration=2000.0, run__dt=0.1, stdp__passes=0
    )
    made, lines = layer(config, lines=np.full((3, 10), 0.5))
    for wiring in made.wiring:
        wiring.exc_w[:] = wiring.inh_w[:] = 0.0
        wiring.tonic[:] = 2.0 * (V_TH - V_REST) * C_M / config.network.tau_m / (1.0 * config.network.tau_syn)
    (counts,) = made.respond(lines, quiet)
    expected = 2000.0 / (T_REF + config.network.tau_m * np.log(2.0))
    # One spike more or less of 224, a rise of some ms, and intervals rounded to steps of 0.1 ms.
    np.testing.assert_allclose(counts, expected, rtol=0.02)


@pytest.mark.parametrize("backend", ["clock", "event"])
def test_stdp_moves_weights_within_their_bounds_and_only_excitatory_ones(backend: str) -> None:
    config = helpers.small(run__backend=backend, stdp__a_plus=0.02, stdp__a_minus=0.02)
    made, lines = layer(config)
    wiring = made.wiring[0]
    before, inhibition = wiring.exc_w.copy(), wiring.inh_w.copy()
    made.learn(lines, quiet)
    assert np.abs(wiring.exc_w - before).mean() > 0.01 * wiring.w_max
    assert (wiring.exc_w >= 0.0).all()
    assert (wiring.exc_w <= wiring.w_max).all()
    np.testing.assert_array_equal(wiring.inh_w, inhibition)


def test_without_a_pass_weights_stay_as_drawn() -> None:
    made, lines = layer(helpers.small(stdp__passes=0))
    before = made.wiring[0].exc_w.copy()
    made.learn(lines, quiet)
    np.testing.assert_array_equal(made.wiring[0].exc_w, before)


def test_learning_rates_of_zero_leave_the_weights_on_the_engine_unchanged() -> None:
    """The way of the weights to the engine and back keeps them in order: by (line, neuron)."""
    made, lines = layer(helpers.small(stdp__a_plus=0.0, stdp__a_minus=0.0))
    before = made.wiring[0].exc_w.copy()
    made.learn(lines, quiet)
    np.testing.assert_allclose(made.wiring[0].exc_w, before, rtol=1e-12)


def test_the_mean_drive_is_back_at_its_set_point_after_learning() -> None:
    config = helpers.small(stdp__a_plus=0.05, stdp__a_minus=0.01)
    made, lines = layer(config)
    made.learn(lines, quiet)
    wiring = made.wiring[0]
    per_weight = config.encode.rate * 1e-3 * config.network.tau_syn
    rheobase = (V_TH - V_REST) * C_M / config.network.tau_m
    current = (lines @ wiring.matrix(lines.shape[1]) + wiring.tonic) * per_weight
    np.testing.assert_allclose(current.mean(axis=0), config.network.drive * rheobase)


def test_an_utterance_is_answered_alike_alone_and_after_others() -> None:
    """The pause of 100 ms is ten membrane time constants: exp(-10) is left of what came before."""
    made, lines = layer(helpers.small(encode__pause=100.0))
    (together,) = made.respond(lines, quiet)
    (alone,) = made.respond(lines[7:8], quiet)
    np.testing.assert_array_equal(alone[0], together[7])


def test_the_log_holds_the_spikes_that_were_counted(tmp_path: Path) -> None:
    made, lines = layer(helpers.small())
    (counts,) = made.respond(lines[:30], quiet, tmp_path / "spikes.h5")
    logged = snn.load(tmp_path / "spikes.h5")["fused"]
    assert len(logged.t) == counts.sum()
    np.testing.assert_array_equal(np.bincount(logged.i, minlength=counts.shape[1]), counts.sum(axis=0))


def test_another_seed_is_another_network_and_the_same_one_the_same() -> None:
    a, lines = layer(helpers.small(), seed=1)
    b, _ = layer(helpers.small(), seed=1)
    c, _ = layer(helpers.small(), seed=2)
    answers = []
    for made in (a, b, c):
        made.learn(lines, quiet)
        answers.append(made.respond(lines, quiet)[0])
    np.testing.assert_array_equal(answers[0], answers[1])
    assert not np.array_equal(answers[0], answers[2])

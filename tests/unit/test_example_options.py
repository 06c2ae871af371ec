"""docs/examples of single options: each has a task that fails without it, at the best of its alternative."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import nnls
from unit.examples import figures


def test_nearest_pairing_tells_how_reliable_sources_are_and_all_pairs_how_often_they_fire(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Instar: p E[exp(-least lag / tau)] of n of 300 lags, or p n E[exp(-lag / tau)]."""
    found = figures("reliable_sources", monkeypatch, capsys)
    kernel = np.exp(-(2.0 + 0.1 * np.arange(300)) / 100.0)
    for k, n in enumerate((1, 2, 4, 8)):
        beyond = np.array([math.comb(300 - j, n) for j in range(301)], dtype=float) / math.comb(300, n)
        nearest, each = float(-np.diff(beyond) @ kernel), float(n * kernel.mean())
        for pairing, expected in (("nearest", nearest), ("all_to_all (control)", each)):
            weights = np.array(found["instar"][pairing]["weights"])[:, k]
            # A share eta / 2 of the variance of traces stays, of five sources: .03 at most of a weight of 1.
            assert weights == pytest.approx(
                expected * np.array([0.25, 0.5, 0.75, 1.0]), abs=0.1 * max(1.0, each)
            )
    for rule in ("instar", "diehl_cook", "triplet"):
        assert found[rule]["nearest"]["right"] > 0.97
        assert found[rule]["all_to_all (control)"]["right"] < 0.9


def test_a_batch_of_both_blocks_forgets_neither(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = figures("blocked_training", monkeypatch, capsys)
    for rule in ("delta", "three_factor", "eprop"):
        for way, share in found[rule].items():
            if way.endswith("(control)"):
                assert share == 0.5  # the class shown last is all that is known
            else:
                assert share > 0.9


def test_adam_by_single_trials_goes_the_wrong_way_and_by_batches_the_right_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Reddi, Kale & Kumar (2018): at every rate weights end at 1, the worst place; the best is -1."""
    found = figures("rare_errors", monkeypatch, capsys)
    assert found["adam, batch 101"]["weight"] < -0.95
    assert found["sgd, batch 101"]["weight"] < -0.95
    for control in ("adam, batch 1 (control)", "adam, batch 1, beta_2 .999 (control)"):
        assert found[control]["weight"] > -1e-3
        assert found[control]["at_worst"] > 0.8
    assert found["sgd, batch 1 (control)"]["weight"] > -0.7


def test_a_rate_that_falls_is_the_mean_of_what_was_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Errors times N: 1 for the mean; a constant one leaves (1 - eta)^2N 10^2 + eta / (2 - eta).

    Where values drift by .2 a trial the best constant rate is Kalman's gain, (q^2 + 4 q)^1/2 / 2 - q / 2 of
    q = .2^2, .18, and so is the squared error.
    """
    found = figures("noisy_targets", monkeypatch, capsys)
    n, eta = found["trials"], np.geomspace(1e-3, 1.0, 25)
    left = (1.0 - eta) ** (2 * n)
    constant = n * (100.0 * left + eta / (2.0 - eta) * (1.0 - left))
    sampled = 4.0 * (2.0 / 200) ** 0.5  # four standard errors of a variance of 200
    stay = found["stay"]
    assert stay["1 / n"] == pytest.approx(1.0, rel=sampled)
    assert stay["best constant (control)"] == pytest.approx(constant.min(), rel=sampled)
    assert stay["best constant (control)"] > 1.5 * max(2.0 * stay["1 / n"], stay["halved"])
    q = 0.2**2
    gain = (math.sqrt(q * q + 4.0 * q) - q) / 2.0
    drift = found["drift"]
    assert drift["best constant (control)"] == pytest.approx(n * gain, rel=sampled)
    assert drift["its rate"] == pytest.approx(gain, rel=0.5)
    assert drift["1 / n"] > 3.0 * drift["best constant (control)"]


def test_weights_that_cannot_cross_zero_find_the_few_sources_that_matter(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = figures("nonnegative_weights", monkeypatch, capsys)
    bounded, free = found["w_min 0"], found["none (control)"]
    assert bounded["error"] < 0.02
    assert bounded["on_those_that_matter"] > 0.9
    assert bounded["off_least_squares"] < 0.05
    assert free["error"] > 0.2
    assert free["on_those_that_matter"] < 0.6


def test_the_examples_non_negative_least_squares_are_scipys() -> None:
    import importlib.util

    path = Path(__file__).resolve().parents[2] / "docs" / "examples" / "nonnegative_weights.py"
    spec = importlib.util.spec_from_file_location("example_nonnegative_weights", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    rng = np.random.default_rng(3)
    a, b = rng.poisson(2.0, (20, 30)).astype(float), 5.0 + rng.standard_normal(20)
    assert module.non_negative_least_squares(a, b) == pytest.approx(nnls(a, b)[0], abs=1e-4)


def test_the_trace_of_an_input_tells_when_it_came(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every source fires once a trial: a trace that counts is the same in all trials, so all weights are."""
    found = figures("which_came_last", monkeypatch, capsys)["by_tau_x"]
    assert found["100"] > 0.9
    assert found["inf"] < 0.5 + 3.0 * 0.025  # three standard errors of 400 trials
    assert found["1"] < 0.75


def test_frozen_thresholds_answer_whatever_is_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = figures("frozen_thresholds", monkeypatch, capsys)
    frozen, moving = found["frozen"], found["moving (control)"]
    assert min(frozen["equally"], frozen["mostly"]) > 0.9
    assert frozen["stay"] == 1.0  # trials depend on nothing but their spikes
    assert min(moving["equally"], moving["mostly"]) < 0.75
    assert moving["stay"] < 1.0
    assert found["no homeostasis (control)"]["equally"] < 0.6


def test_neurons_without_input_are_silent_where_thresholds_have_a_least_value(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A threshold below rest fires its neuron at the target: so often a spike gives what time takes."""
    found = figures("lost_input", monkeypatch, capsys)
    target, bounded, free = found["target_hz"], found["low -6 mV"], found["no low (control)"]
    assert bounded["deaf_hz"] == 0.0
    assert bounded["largest_deviation_hz"] < 0.15 * target
    assert bounded["lowest_threshold_mV"] == pytest.approx(9.0, abs=1e-9)  # 15 - 6
    assert free["deaf_hz"] == pytest.approx(target, rel=0.05)
    assert free["lowest_threshold_mV"] < 0.1
    forgotten = found["forgotten (control)"]
    assert max(forgotten["largest_deviation_hz"], forgotten["deaf_hz"]) > 0.5 * target


def test_least_weights_let_synapses_come_back(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Scaling: silent for T (r - 1) without a least weight, whatever tau; with one for tau log(w / w_min)."""
    found = figures("least_weights", monkeypatch, capsys)
    assert found["reversal"]["w_min 0.35 mV"]["best"] > 0.6
    assert found["reversal"]["w_min 0 (control)"]["best"] < 0.45
    driven, rates = np.array(found["driven_s"]), np.array(found["driven_hz"])
    wound_up = driven * (rates / 10.0 - 1.0)
    assert np.array(found["scaling"]["w_min 0 (control)"]) == pytest.approx(wound_up, rel=0.3)
    assert max(found["scaling"]["w_min 0.1 mV"]) < 10.0 * math.log(0.9 / 0.1) + 5.0


def test_numbers_are_added_in_one_step_where_carries_take_no_time(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Sums are those of whole numbers; a delay of a step undoes them, and moved time is nine steps late."""
    found = figures("adder", monkeypatch, capsys)
    assert found["at once"] == found["at once, in continuous time"] == {"right": 1.0, "late": 0}
    assert found["a step each (control)"]["right"] < 0.05
    assert found["moved time"] == {"right": 1.0, "late": 9}

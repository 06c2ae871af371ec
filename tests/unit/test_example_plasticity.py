"""docs/examples of plasticity: each rule does what its paper shows, and its control does not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from unit.examples import figures


@pytest.mark.parametrize("backend", ["clock", "event"])
def test_the_stdp_window_is_the_papers(
    backend: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = figures("stdp_window", monkeypatch, capsys, "--backend", backend)
    for name in ("pair", "vogels"):
        assert found[name]["error"] < 1e-15
        assert found[name]["largest"] >= 0.005
        assert found[name]["smallest"] < -0.001
    assert found["control"]["largest"] == found["control"]["smallest"] == 0.0


def test_triplets_follow_the_frequency_table_and_pairs_cannot(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Within a standard error in the mean, as the paper's fits; post before pre: 10 Hz down, 50 Hz up."""
    pytest.importorskip("matplotlib").use("agg")
    picture = tmp_path / "table.png"
    found = figures("triplet_frequency", monkeypatch, capsys, "--picture", str(picture))
    assert picture.stat().st_size > 1000
    for model in ("all_to_all full", "all_to_all minimal"):
        assert found[model]["error"] < 0.5
        changes = found[model]["changes"]
        assert changes[6] < -0.25
        assert changes[9] > 0.6
    assert found["pair (control)"]["error"] > 5.0


def test_inhibition_takes_on_the_tuning_of_excitation(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = figures("inhibitory_balance", monkeypatch, capsys)
    assert found["learning"]["tuning"] > 0.9
    assert 0.5 * found["target_hz"] < found["learning"]["rate_hz"] < 1.5 * found["target_hz"]
    assert found["learning"]["cv"] > 0.8  # irregular, as in the paper
    assert found["control"]["rate_hz"] > 4.0 * found["target_hz"]
    assert found["control"]["tuning"] == 0.0


def test_weights_part_in_two_and_the_rate_stays_in_bounds(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Song, Miller & Abbott (2000): few weights in the middle, the higher the rate the fewer at the top."""
    found = figures("song_2000", monkeypatch, capsys)
    free, bound = ("15 Hz, no rule", "40 Hz, no rule"), ("15 Hz", "25 Hz", "40 Hz")
    assert all(found[name]["middle"] > 0.55 for name in free)  # uniform: three fifths
    assert all(found[name]["middle"] < 0.45 for name in bound)
    assert found["25 Hz"]["low"] > 0.5
    assert found["15 Hz"]["high"] > 2.0 * found["40 Hz"]["high"]
    assert found["40 Hz"]["rate_hz"] < 1.5 * found["15 Hz"]["rate_hz"]
    assert found["40 Hz, no rule"]["rate_hz"] > 4.0 * found["15 Hz, no rule"]["rate_hz"]
    assert found["25 Hz, potentiation stronger"]["high"] > 0.9


def test_neurons_become_selective_by_the_sliding_threshold_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Selectivity of one pattern in four alone is 3/4."""
    found = figures("bcm_selectivity", monkeypatch, capsys)
    for rule in ("bcm", "bcm on rates", "clopath"):
        assert found[rule]["selectivity"] > 0.6
        assert found[rule]["best_hz"] > 5.0
    for control in (
        "fixed threshold (control)", "clopath, no homeostasis (control)", "no rule (control)",
    ):  # fmt: skip
        assert found[control]["selectivity"] < 0.35


def test_rules_at_postsynaptic_spikes_find_the_sources_that_fire_together(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Instar: of an independent source, c x = 0.5 x 20 Hz x 20 ms = 0.2; Oja: one norm from any begin."""
    found = figures("correlated_inputs", monkeypatch, capsys)
    assert found["instar"]["independent"] == pytest.approx(0.2, abs=0.04)
    assert found["instar"]["correlated"] > 1.3 * found["instar"]["independent"]
    assert found["diehl_cook"]["correlated"] > 4.0 * found["diehl_cook"]["independent"]
    assert found["oja"]["correlated"] > 1.1 * found["oja"]["independent"]
    assert found["oja"]["squares_from_half"] == pytest.approx(found["oja"]["squares"], rel=0.1)
    assert found["hebb"]["correlated"] > 1.8 * found["hebb"]["independent"]
    falling = found["instar, falling rate"]
    assert falling["independent"] == pytest.approx(0.2, abs=0.02)
    # A rate that stays leaves weights a spread of c (eta rate tau / 4)^(1/2) = 0.016.
    assert falling["spread"] < 0.75 * found["instar"]["spread"]
    control = found["no rule (control)"]
    assert control["correlated"] == control["independent"]
    assert control["squares_from_half"] == control["squares"] / 4.0


def test_a_reward_that_comes_seconds_later_finds_its_synapse(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Among a thousand; with rewards at other times it is one of many, and with none nothing moves."""
    pytest.importorskip("matplotlib").use("agg")
    picture = tmp_path / "weights.png"
    found = figures("distal_reward", monkeypatch, capsys, "--picture", str(picture))
    assert picture.stat().st_size > 1000
    assert found["paired"]["weight"] >= 0.9
    assert found["paired"]["learnt_s"] < 1000.0
    assert found["paired"]["stronger"] <= 10
    assert found["paired"]["others"] < 0.3
    assert found["random"]["learnt_s"] is None
    assert found["random"]["weight"] < 0.5
    assert found["random"]["rewards"] >= found["paired"]["rewards"]
    assert found["none"]["weight"] == found["none"]["others"]


def test_clopaths_rule_depresses_at_low_rates_and_potentiates_at_high_ones(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As figure 2: both orders at 50 Hz, neither at 0.1; under a clamp the closed form.

    Each presynaptic spike takes a_ltd (u - theta_minus)+, gives a_ltp (u - theta_plus)+ (u - theta_minus)+.
    """
    for needed in ("sympy", "pint", "llvmlite"):
        pytest.importorskip(needed, reason="needs the extra equations")
    found = figures("clopath_frequency", monkeypatch, capsys)
    pre_first, post_first = np.split(np.array(found["model"]["changes"]), 2)
    assert abs(pre_first[0]) < 0.05
    assert np.all(pre_first[3:] > 0.2)
    assert np.all(np.diff(pre_first[1:]) > 0.0)
    assert np.all(post_first[:3] < -0.2)
    assert post_first[4] > 0.2
    assert found["model"]["signs"] > 2 * found["control"]["signs"]
    assert max(found["control"]["changes"]) < 0.01
    u = np.array(found["clamped"]["mV"])
    low, high = np.maximum(u + 70.6, 0.0), np.maximum(u + 45.3, 0.0)
    x = 0.1 / 15.0 / -np.expm1(-0.1 / 15.0)  # the trace of a spike, summed over steps
    bounded = np.minimum(0.5, 49 * (8e-5 * x * high * low - 14e-5 * low))  # spikes in 2 s
    # A spike that arrives raises u a little.
    assert np.array(found["clamped"]["changes"]) == pytest.approx(bounded, abs=1e-3)
    assert np.all(bounded[(u > -70.6) & (u < -45.3)] < 0.0)


def test_scaling_brings_neurons_to_their_rate_and_keeps_ratios(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = figures("synaptic_scaling", monkeypatch, capsys)
    for name in ("scaling", "scaling and STDP"):
        assert np.array(found[name]["rates_hz"]) == pytest.approx(10.0, rel=0.25)
    assert found["scaling"]["ratio"] == pytest.approx([3.0] * 3, rel=1e-6)
    for control in ("no rule (control)", "STDP (control)"):
        rates = found[control]["rates_hz"]
        assert rates[0] < 2.0
        assert max(rates) > 4.0 * (rates[0] + 1.0)
    assert found["scaling and STDP"]["ratio"][2] == pytest.approx(1.0, abs=0.1)  # what STDP decides


@pytest.mark.parametrize("backend", ["clock", "event"])
def test_calcium_has_the_windows_of_the_paper(
    backend: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Graupner & Brunel (2012), figure 2: each set of parameters is called by the order of its D and P."""
    found = figures("calcium_windows", monkeypatch, capsys, "--backend", backend)
    for name in ("DP", "P", "DPD", "D", "DPD'", "D'"):
        assert found[name]["order"] == name.rstrip("'")
    assert found["no potentiation (control)"]["order"] == "D"


@pytest.mark.parametrize("backend", ["clock", "event"])
def test_each_pairing_makes_of_rates_what_its_formula_says(
    backend: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Pre-centred alone is BCM (Izhikevich & Desai 2003), restricted alone connects both ways."""
    found = figures("pairing_schemes", monkeypatch, capsys, "--backend", backend)
    for pairing in ("all_to_all (control)", "nearest", "nearest_restricted", "nearest_pre_centred"):
        assert found[pairing]["error"] < 0.05
    assert found["nearest_pre_centred"]["bcm"] == 1.0
    assert all(found[other]["bcm"] < 0.9 for other in ("nearest", "nearest_restricted"))
    assert found["all_to_all (control)"]["bcm"] == 0.5
    assert found["nearest_restricted"]["both_ways"] == 1.0
    assert found["nearest_pre_centred"]["both_ways"] < 0.5
    assert found["nearest"]["both_ways"] == 0.0
    assert found["all_to_all (control)"]["both_ways"] is None  # nothing is connected


def test_volleys_at_one_instant_leave_weights_alone_where_ties_do_not_count(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As volleys do in the mean whose spikes are microseconds apart; pre_first potentiates at each."""
    found = figures("synchronous_volleys", monkeypatch, capsys)
    assert found["none"]["weight"] == pytest.approx(0.4, abs=0.02)  # what it began with
    assert found["none"]["spikes_a_volley"] == 1.0
    assert found["none"]["kept"] > 0.99
    assert found["apart"]["weight"] == pytest.approx(0.4, abs=0.04)
    assert found["apart"]["spikes_a_volley"] < 1.2
    assert found["pre_first (control)"]["weight"] == 1.0
    assert found["pre_first (control)"]["spikes_a_volley"] > 10.0
    # Lubenov & Siapas (2008): what arrives behind the target's own spike is depressed, before it potentiated.
    assert found["axonal delays"]["weight"] == 0.0
    assert found["dendritic delays"]["weight"] > 0.45
    assert found["dendritic delays"]["spikes_a_volley"] > 10.0


@pytest.mark.parametrize("backend", ["clock", "event"])
def test_the_power_law_grades_weights_and_additive_stdp_does_not(
    backend: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Five groups of rising correlation; without any, weights come to rest where the closed form says."""
    found = figures("power_law_weights", monkeypatch, capsys, "--backend", backend)
    for graded in (found["power law"], found["between additive and multiplicative"]):
        assert np.all(np.diff(graded["weights_mV"]) > 0.0)
        assert graded["largest_step"] < 0.6
        assert graded["middle"] > 0.7
    additive = found["additive (control)"]
    assert additive["largest_step"] > 0.75
    assert additive["middle"] < 0.2
    assert found["at_rest"] == pytest.approx([1.0, 1.0], abs=0.03)


def test_normalised_neurons_share_out_patterns(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = figures("competing_neurons", monkeypatch, capsys)
    assert min(found["normalised"]) >= 0.8 * found["patterns"]
    for control in ("not normalised (control)", "no inhibition (control)"):
        assert max(found[control]) <= 0.4 * found["patterns"]


def test_fluctuations_tell_how_many_sites_there_are_and_what_each_sends(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Binomial release: variance over mean is q (1 - p), at the sixth stimulus, p being mean / 6 mV."""
    found = figures("quantal_analysis", monkeypatch, capsys)
    for name, sites, quantum in (("20 of 0.3 mV", 20, 0.3), ("60 of 0.1 mV", 60, 0.1)):
        stochastic, control = found[name], found[f"{name}, not stochastic (control)"]
        assert stochastic["sites"] == pytest.approx(sites, rel=0.05)
        assert stochastic["quantum_mV"] == pytest.approx(quantum, rel=0.05)
        assert stochastic["mean_mV"] == pytest.approx(control["mean_mV"], rel=0.01)
        p = control["mean_mV"] / 6.0
        assert stochastic["variance_by_mean_mV"] == pytest.approx(quantum * (1.0 - p), rel=0.1)
        assert control["variance_by_mean_mV"] < 1e-12
        assert control["sites"] is None


def test_facilitation_holds_what_was_cued(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """By tau_fac = 1.5 s: for a second and not for four; one group of five is chance."""
    found = figures("synaptic_memory", monkeypatch, capsys)
    assert min(found["facilitating"][:2]) > 0.95
    assert found["facilitating"][3] < 0.5
    for control in ("depressing (control)", "static (control)"):
        assert max(found[control]) < 0.35  # 0.2 + 3.7 standard errors of 100 trials


@pytest.mark.parametrize("backend", ["clock", "event"])
def test_thresholds_bring_neurons_to_a_rate_and_forget(
    backend: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """theta stays where the neuron fires at the target, or as often as the others (share)."""
    found = figures("threshold_homeostasis", monkeypatch, capsys, "--backend", backend)
    assert found["target"]["rates_hz"] == pytest.approx([found["target_hz"]] * 8, rel=0.05)
    # Thresholds that fall but every 20 s fall by 10 mV at once: bursts, at about the same mean rate.
    assert found["target, every second"]["rates_hz"] == pytest.approx([found["target_hz"]] * 8, rel=0.05)
    assert found["target, every second"]["unsteady"] < 1.2 * found["target"]["unsteady"]
    assert found["target, every 20 s (control)"]["unsteady"] > 5.0 * found["target"]["unsteady"]
    share = np.array(found["share"]["rates_hz"])
    assert share == pytest.approx(share.mean(), rel=0.1)
    for uneven in ("none (control)", "kept (control)", "tau"):
        assert np.ptp(found[uneven]["rates_hz"]) > np.mean(found[uneven]["rates_hz"])
    assert max(found["tau"]["rates_hz"]) < 0.5 * max(found["none (control)"]["rates_hz"])
    assert found["tau"]["again"] > 0.9
    assert found["kept (control)"]["again"] < 0.1


@pytest.mark.parametrize("backend", ["clock", "event"])
def test_a_baseline_and_fading_eligibilities_find_the_synapse_that_rewards_follow(
    backend: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = figures("tonic_dopamine", monkeypatch, capsys, "--backend", backend)
    for rule in ("baseline", "kept, fading"):
        assert found[rule]["found"]
        assert found[rule]["gain"] > found[rule]["others"] + 5.0 * found[rule]["spread"]
    assert abs(found["baseline"]["others"]) < 0.01  # at the mean level nothing moves on average
    for control in ("no baseline (control)", "cleared (control)", "kept for ever (control)"):
        assert not found[control]["found"]
        assert found[control]["gain"] < found[control]["others"] + 2.0 * found[control]["spread"]


def test_each_reading_of_a_readout_has_a_task_that_others_fail(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = figures("readouts", monkeypatch, capsys)
    assert found["lasting"]["mean"] > 0.95
    assert found["lasting"]["last"] < 0.85
    assert found["late"]["last"] > 0.95
    assert max(found["late"]["mean"], found["late"]["window"]) < 0.87
    assert found["reversed"]["window"] > 0.9
    assert max(found["reversed"]["last"], found["reversed"]["mean"]) < 0.85

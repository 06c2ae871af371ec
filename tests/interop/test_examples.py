"""The examples of docs/examples that have to do with other tools: what they show holds."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"


@pytest.fixture
def figures(monkeypatch, capsys):
    def run(name):
        spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        monkeypatch.setattr(sys, "argv", [f"{name}.py", "--quick"])
        module.main()
        return json.loads(capsys.readouterr().out)

    return run


def test_a_converted_network_answers_as_its_origin_the_longer_it_looks(figures):
    pytest.importorskip("sklearn", reason="needs scikit-learn")
    found = figures("ann_to_snn")
    assert found["100 ms"]["as_the_network"] >= 0.97
    assert found["100 ms"]["as_the_network"] >= found["25 ms"]["as_the_network"]
    # By subtraction errors fall as one over the time (Rueckauer et al. 2017); without they stay.
    assert found["100 ms"]["error"] < 0.3 * found["25 ms"]["error"]
    control = "error, to_v_reset (control)"
    assert found["100 ms"][control] > 0.5 * found["25 ms"][control]


def test_delays_tell_which_way_a_bar_goes(figures):
    found = figures("event_camera")
    for way, other in (("right", "left"), ("left", "right")):
        seen = found[f"bar_goes_{way}"]
        assert seen[f"tuned_{way}"] >= 1
        assert seen[f"tuned_{other}"] == seen["untuned"] == 0


def test_a_nir_graph_comes_back_spike_for_spike(figures):
    pytest.importorskip("nir", reason="needs nir")
    found = figures("nir_there_and_back")
    assert found["spikes"] == found["again"] > 20
    assert found["same_neurons"]
    assert found["largest_difference_ms"] < 1e-9


def test_a_circuit_is_written_loaded_and_run(figures):
    found = figures("sonata_circuit")
    assert found["nodes"] == {"exc": 200, "inh": 50, "outside": 200}
    assert found["report"] == [501, 10]
    # 200 pA lift v_inf by tau i / c_m = 16 mV, over a threshold 10 above rest.
    assert found["rate_of_clamped_hz"] > 20.0
    assert found["rate_of_clamped_hz"] > 2.0 * found["rate_of_others_hz"]

"""The report in a browser: every section is there, the script runs, and what is chosen is shown."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pysnn_mmsa import outcome, report
from pysnn_mmsa.report.draw import BLUE, bars, curve, table
from pysnn_mmsa.runfolder import mark
from pysnn_mmsa.train import train

from . import helpers

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run on two modalities, texts that could break a page among its names."""
    folder = tmp_path_factory.mktemp("run")
    corpus = helpers.toy_corpus(missing=True)
    named = tuple(f"{name} </script><b>&amp;" if k == 81 else name for k, name in enumerate(corpus.ids))
    corpus = helpers.replaced(corpus, ids=named)
    config = helpers.small(network__fusion="late", readout__strength="fixed", run__seeds=[0, 1])
    outcome.write(folder, train(corpus, config, helpers.silent))
    report.write(folder)
    mark(folder)
    return folder


def rendered(page: Path, folder: Path) -> str:
    """The document as a browser has it after its scripts ran."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        pytest.skip(f"no browser: none of {', '.join(BROWSERS)} is installed")
    done = subprocess.run(
        [
            browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
            f"--user-data-dir={folder}", "--virtual-time-budget=4000", "--dump-dom", page.as_uri(),
        ],
        capture_output=True, text=True, timeout=240, check=False, env={**os.environ, "LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    if not done.stdout:
        pytest.skip(f"{browser} does not start here: {done.stderr[-200:]}")
    return done.stdout


def test_a_browser_shows_every_section_the_timeline_and_all_utterances(run: Path, tmp_path: Path) -> None:
    dom = rendered(run / "report.html", tmp_path)
    assert 'data-ready="yes"' in dom  # the script came to its end
    heads = re.findall(r"<h2[^>]*>([^<]*)</h2>", dom)
    assert heads == [
        "Test part: accuracy", "Seeds", "Which class for which", "What was missing or cut",
        "What the readout learnt", "Work", "One video over time", "Every utterance of the test part",
        "Which utterance went where", "Settings",
    ]  # fmt: skip
    timeline = json.loads((run / "timeline.json").read_text())
    tested = [u for video in timeline["videos"] for u in video["utterances"]]
    body = dom[dom.index('<table id="all">') : dom.index("Which utterance went where")]
    assert body.count("<tr") == 1 + len(tested)
    first = timeline["videos"][0]
    drawn = dom[dom.index('<div id="timeline">') : dom.index('<div id="chosen">')]
    assert drawn.count('class="utterance"') == len(first["utterances"])
    shown = dom[dom.index('<div id="chosen">') : dom.index("Every utterance of the test part")]
    assert f"label {first['utterances'][0]['label']}" in shown
    # A name with markup is text, not markup.
    assert "&lt;/script&gt;&lt;b&gt;&amp;amp;" in body


def test_metrics_hold_what_the_report_promises(run: Path) -> None:
    metrics: Mapping[str, Any] = json.loads((run / "metrics.json").read_text())
    assert set(metrics["without_modality"]) == {"left", "right"}
    shares = [point["share"] for point in metrics["missing_curve"]]
    assert shares == [0.0, 0.25, 0.5, 0.75, 1.0]
    # Nothing missing is the test itself.
    assert metrics["missing_curve"][0]["seeds"] == metrics["test"]["accuracy"]["seeds"]
    work = metrics["work"]
    assert work["energy_nj"] == pytest.approx(work["synaptic_events_per_utterance"] * 0.9e-3)
    assert work["energy_without_spikes_nj"] == pytest.approx(work["multiply_adds_per_utterance"] * 4.6e-3)
    for name in metrics["classes"]:
        f1 = metrics["per_class"][name]["f1"]["mean"]
        assert 0.0 <= f1 <= 1.0
    assert [entry["output"] for entry in metrics["weights"]] == ["no", "yes"]
    # Larger values of every feature speak for "yes" in this corpus.
    yes = dict(metrics["weights"][1]["features"])
    assert max(yes.values()) > 0.0
    assert max(dict(metrics["weights"][0]["features"]).values()) <= max(yes.values())


def test_bars_are_as_long_as_their_values() -> None:
    drawn = bars([("a", 0.5, 0.0, BLUE, "50"), ("b", 1.0, 0.1, BLUE, "100")], 1.0, "t")
    widths = [float(w) for w in re.findall(r"<rect [^>]*width='([0-9.]+)'", drawn)]
    assert widths[1] == pytest.approx(2 * widths[0])
    assert drawn.count("<line") == 1  # one has a deviation


def test_a_curve_falls_where_its_values_do() -> None:
    drawn = curve([("x", BLUE, [(0.0, 0.9), (0.5, 0.8), (1.0, 0.2)])], "share", "accuracy")
    way = re.findall(r"points='([^']*)'", drawn)[0]
    heights = [float(point.split(",")[1]) for point in way.split()]
    assert heights[0] < heights[1] < heights[2]  # SVG counts downwards
    assert heights[2] - heights[1] == pytest.approx(6 * (heights[1] - heights[0]), rel=0.02)


def test_what_stands_in_a_table_is_text() -> None:
    assert "<td>&lt;i&gt;</td>" in table(["a"], [["<i>"]])

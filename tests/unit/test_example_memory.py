"""The examples that e-prop learns: what they show is what they ask for, and they run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"


def figures(script: str, *options: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, EXAMPLES / script, *options], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    return dict(json.loads(line))


def test_neurons_that_adapt_remember_evidence() -> None:
    found = figures("memory_evidence.py", "--quick")
    assert found["adapting"] == 50
    assert found["accuracy"] > 75.0


def test_a_stored_bit_is_recalled_by_neurons_that_adapt_alone() -> None:
    adapting, control, descent = (
        figures("memory_store_recall.py", "--quick", *option)
        for option in ((), ("--no-adaptation",), ("--optimiser", "sgd", "--eta", "1"))
    )
    assert adapting["accuracy"] > 75.0
    assert descent["accuracy"] < adapting["accuracy"] - 4.0  # at its best rate of four
    assert control["adapting"] == 0
    assert control["accuracy"] < 62.0  # chance, and three standard errors of 400 trials above it: 57.5


def test_labels_are_what_was_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(EXAMPLES)
    import memory_evidence
    import memory_store_recall

    shown = memory_evidence.evidence(30, np.random.default_rng(1))
    cues = shown.rates[:, : 7 * 75].reshape(30, 7, 75, 4, 10).sum(axis=(2, 4))  # by cue and group of sources
    np.testing.assert_array_equal((cues[:, :, 1] > cues[:, :, 0]).sum(axis=1) > 3, shown.labels == 1)

    shown = memory_store_recall.store_recall(30, np.random.default_rng(1))
    steps = shown.rates.reshape(30, 14, 50, 4, 10).sum(axis=(2, 4))
    stored = steps[:, :, 2].argmax(axis=1)
    bits = steps[np.arange(30), stored]
    np.testing.assert_array_equal(bits[:, 1] > bits[:, 0], shown.labels == 1)
    assert steps[:, -1, 3].all()
    assert not steps[:, :-1, 3].any()
    assert (13 - stored >= 4).all()
    assert (13 - stored <= 11).all()


def test_a_curve_is_drawn_better_where_hidden_neurons_learn() -> None:
    learnt, alone = (
        figures("pattern_generation.py", "--quick", *option)["error"] for option in ((), ("--readout-alone",))
    )
    assert learnt < 0.5 * alone


def test_a_curve_is_drawn_better_by_held_rates_all_eligibilities_and_feedback_that_fits() -> None:
    options = {
        "every step": (), "rates go where they will": ("--no-regularisation",),
        **{name: ("--feedback", name) for name in ("random", "adaptive")},
        **{read: ("--every", "20", "--read", read) for read in ("last", "sum", "mean", "held")},
    }  # fmt: skip
    left = {
        name: figures("pattern_generation.py", "--quick", *option)["error"]
        for name, option in options.items()
    }
    assert left["every step"] < 0.5 * left["rates go where they will"]
    assert left["every step"] < left["last"]
    assert max(left["every step"], left["adaptive"]) < 0.8 * left["random"]
    assert max(left[read] for read in ("sum", "mean", "held")) < 0.9 * left["last"]

"""Every example of the README runs as it stands there."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = [(match[1], match[2], TEXT[: match.start()].count("\n") + 1) for match in BLOCK.finditer(TEXT)]
PYTHON = [pytest.param(code, id=f"line {line}") for kind, code, line in BLOCKS if kind == "python"]
LINES = [
    line.split(" #")[0].strip()
    for kind, code, _ in BLOCKS
    if kind == "sh"
    for line in code.splitlines()
    if line.strip() and not line.startswith("#")
]
SET_UP = "python3 -m venv .venv && .venv/bin/pip install "


def test_every_block_is_of_a_language_this_test_knows() -> None:
    assert {kind for kind, _, _ in BLOCKS} <= {"python", "sh", "text"}
    assert PYTHON
    assert LINES


@pytest.mark.parametrize("page", [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")], ids=lambda page: page.name)
def test_no_page_shows_what_a_merge_left_undecided(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert re.findall(r"^(?:<{7} .*|={7}|>{7} .*)$", text, re.MULTILINE) == []


@pytest.mark.slow
@pytest.mark.parametrize("code", PYTHON)
def test_python_example_runs(code: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=tmp_path, capture_output=True, text=True, check=False, env={**os.environ, "MPLBACKEND": "Agg"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    # An example whose network stays silent would show nothing.
    rates = re.findall(r"^([0-9.]+) Hz$", done.stdout, re.MULTILINE)
    assert all(1.0 < float(rate) < 100.0 for rate in rates), done.stdout
    assert len(rates) == code.count(' Hz")')


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["clock", "event"])
def test_the_network_is_asynchronous_and_irregular(engine: str, tmp_path: Path) -> None:
    """Of every neuron's intervals and potentials, after 200 ms.

    A Poisson train has a CV of 1; chi (Golomb & Rinzel 1994, Physica D 72:259) goes from 1 / sqrt(n), when
    all are independent, to 1, when all are alike.
    """
    (code,) = (code for _, code, _ in BLOCKS if "fan = [" in code)
    every_neuron = code.replace('exc[:4], "v", every=0.5', 'exc, "v", every=1.0')
    every_neuron = every_neuron.replace('backend="clock"', f"backend={engine!r}")
    assert every_neuron.count("every=1.0") == 1
    assert engine in every_neuron
    measured = """
import numpy as np
trains = [t[t > 200.0] for t in fired.trains()]
cv = np.mean([np.std(np.diff(t)) / np.mean(np.diff(t)) for t in trains if len(t) > 5])
samples = sim.data[voltage]
v = samples.values[samples.t > 200.0]
chi = np.sqrt(v.mean(axis=1).var() / v.var(axis=0).mean())
print(cv, chi, v.min(), v.max(), np.mean([len(t) > 5 for t in trains]))
"""
    done = subprocess.run(
        [sys.executable, "-c", every_neuron + measured],
        cwd=tmp_path, capture_output=True, text=True, check=False, env={**os.environ, "MPLBACKEND": "Agg"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    cv, chi, lowest, highest, counted = map(float, done.stdout.splitlines()[-1].split())
    assert counted > 0.5
    assert 0.8 < cv < 1.2
    assert chi < 0.2
    assert lowest > -80.0
    assert highest < -50.0


def test_the_pictures_of_the_readme_are_there_and_small() -> None:
    pictures = re.findall(r"!\[[^]]+\]\(([^)]+)\)", TEXT)
    assert pictures
    assert all((ROOT / picture).stat().st_size < 150_000 for picture in pictures)


def test_the_set_up_commands_name_extras_that_exist() -> None:
    asked = [at for line in LINES for at in re.findall(r"-e '?([\w./]+)(?:\[([\w,]+)\])?", line)]
    assert {folder for folder, _ in asked} == {".", "apps/mmsa"}
    for folder, named in asked:
        project = tomllib.loads((ROOT / folder / "pyproject.toml").read_text())["project"]
        assert set(filter(None, named.split(","))) <= project["optional-dependencies"].keys()
    assert (".", "dev") in asked


def test_the_readme_has_one_command_that_trains_and_one_that_tests() -> None:
    """.ci/run runs these two as they stand, in a clean checkout."""
    ends = [line.rsplit("&& ", 1)[1] for line in LINES if line.startswith(SET_UP) and line.count("&&") == 2]
    assert ends == [".venv/bin/mmsa train", ".venv/bin/pytest"]


def _smaller(words: list[str]) -> list[str]:
    """The same command at a size for a test."""
    if words[:3] == ["python", "-m", "pysnn.networks"]:
        return [*words, "--scale", "0.02", "--sim-ms", "20"]
    return words


RUNNABLE = [line for line in LINES if re.match(r"(\.venv/bin/)?(python -m pysnn|pysnn|mmsa) ?", line)]


# What learns, and what needs files of one's own, is run by the application's tests.
ELSEWHERE = re.compile(r"mmsa (train|predict|extract|inspect|synth --media)")


@pytest.mark.slow
@pytest.mark.parametrize("line", [line for line in RUNNABLE if not ELSEWHERE.search(line)])
def test_shell_example_runs(line: str, tmp_path: Path) -> None:
    words = [word.removeprefix(".venv/bin/") for word in shlex.split(line)]
    words = _smaller(words)
    # The programs of this environment, wherever the README's would be.
    program = (
        sys.executable if words[0] == "python" else shutil.which(words[0], path=Path(sys.executable).parent)
    )
    assert program, f"{words[0]} is not installed"
    done = subprocess.run([program, *words[1:]], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]

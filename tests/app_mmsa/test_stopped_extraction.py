"""An extraction that is stopped at any moment leaves nothing half done and nobody behind, and goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from pysnn_mmsa.cli import main
from pysnn_mmsa.extract import pool

from .test_edited import sound

pytestmark = pytest.mark.media


def started(source: Path, out: Path) -> subprocess.Popen[str]:
    words = [sys.executable, "-m", "pysnn_mmsa", "extract", str(source), "--out", str(out)]
    words += ["--voice", "own", "--no-face", "--jobs", "2", "--quiet"]
    return subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def again(source: Path, out: Path) -> None:
    words = ["--voice", "own", "--no-face", "--jobs", "2", "--quiet"]
    assert main(["extract", str(source), "--out", str(out), *words]) == 0


def others(session: int) -> list[str]:
    """Who is left of a session, by their command lines; what only waits to be buried is nobody."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            state, _, _, own = (place / "stat").read_text().rpartition(")")[2].split()[:4]
            if int(own) == session and state != "Z":
                command = (place / "cmdline").read_text().replace("\0", " ")
                found += [command] if command else []  # it is ending
        except OSError:  # gone meanwhile
            continue
    return found


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sounds")
    for k in range(3):
        sound(folder / f"{k}.wav", 120.0 + 30.0 * k)
    return folder


@pytest.fixture(scope="module")
def whole(source: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, bytes], float]:
    """What an extraction that nobody disturbs writes, and how long it takes [s]."""
    out = tmp_path_factory.mktemp("whole") / "f"
    begun = time.monotonic()
    with started(source, out) as child:
        assert child.wait(timeout=120) == 0
    return content(out), time.monotonic() - begun


@pytest.mark.parametrize("number", range(6))
def test_ctrl_c_ends_all_processes_in_one_line_and_the_next_run_ends_as_if_there_had_been_none(
    number: int, source: Path, whole: tuple[dict[str, bytes], float], tmp_path: Path
) -> None:
    """At drawn moments of the whole run; each other time twice in a row, as people press it."""
    want, length = whole
    rng, out = np.random.default_rng([number, 1]), tmp_path / "f"
    with started(source, out) as child:
        time.sleep(0.1 + length * float(rng.random()))
        os.killpg(child.pid, signal.SIGINT)
        if number % 2:
            time.sleep(0.2 * float(rng.random()))
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGINT)
        _, err = child.communicate(timeout=60)
        left = others(child.pid)
    assert left == []
    assert child.returncode in (0, 130)
    assert "Traceback" not in err
    assert child.returncode == 0 or "mmsa: stopped" in err
    if out.is_dir():
        now = content(out)
        assert not [name for name in now if ".part" in name]
        assert all(want[name] == now[name] for name in now)
    again(source, out)
    assert content(out) == want


def test_processes_of_a_killed_extraction_end_too_and_what_they_had_begun_is_taken_away(
    source: Path, whole: tuple[dict[str, bytes], float], tmp_path: Path
) -> None:
    want, length = whole
    out = tmp_path / "f"
    with started(source, out) as child:
        time.sleep(0.7 * length)
        child.kill()
        child.wait(timeout=60)
        for _ in range(100):  # each finds out for itself
            if not others(child.pid):
                break
            time.sleep(0.1)
        assert others(child.pid) == []
        assert child.stderr is not None
        assert "Traceback" not in child.stderr.read()
    if out.is_dir():  # one that had no time to take its draft away
        (out / "videos").mkdir(exist_ok=True)
        (out / "videos" / f".1-2.{child.pid}.part.h5").write_bytes(b"half")
        (out / f".utterances.{child.pid}.part.csv").write_bytes(b"half")
    again(source, out)
    assert content(out) == want


def wait_long(place: str) -> None:
    """A task for the pool that takes away what it began, however long it is asked to stop."""
    draft = Path(place)
    try:
        draft.touch()
        time.sleep(600.0)
    finally:
        draft.unlink()


def test_closing_the_pool_lets_its_processes_take_away_what_they_began(tmp_path: Path) -> None:
    running = [(str(tmp_path / name),) for name in "ab"]
    ended = pool.run(wait_long, [*running, (str(tmp_path / "no" / "folder"),)], 3)
    assert next(ended) == (2, f"{tmp_path / 'no' / 'folder'}: No such file or directory")
    while len(list(tmp_path.iterdir())) < 2:
        time.sleep(0.01)
    ended.close()
    assert list(tmp_path.iterdir()) == []

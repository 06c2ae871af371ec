"""The folder of a run loses nothing: not somebody's files, not an earlier run, not one that runs beside."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pysnn_mmsa
import pytest
from interrupting import ctrl_c_at, lines_of
from pysnn_mmsa.cli import main
from pysnn_mmsa.runfolder import MARK, RunFolder, is_run, replace

import pysnn as snn


def run_into(out: Path | None, **files: str) -> Path:
    """A run that writes ``files`` (a__b for a.b)."""
    with RunFolder(out) as run:
        for name, text in files.items():
            replace(run.draft / name.replace("__", "."), text)
        return run.finish()


def _stopped_after(path: Path) -> None:
    replace(path, "2")
    raise KeyboardInterrupt


def content(folder: Path) -> dict[str, str]:
    return {p.name: p.read_text() for p in sorted(folder.iterdir()) if p.is_file() and p.name != MARK}


@pytest.mark.parametrize("name", ["metrics.json", "predictions.csv", "spikes.h5", "report.html", "notes.txt"])
def test_a_folder_with_somebodys_file_is_refused_and_left(name: str, tmp_path: Path) -> None:
    out = tmp_path / "mine"
    out.mkdir()
    (out / name).write_text("mine")
    with pytest.raises(snn.ParameterError, match=r"expected a new or empty folder.*" + name):
        RunFolder(out)
    assert content(out) == {name: "mine"}
    assert [p.name for p in tmp_path.iterdir()] == ["mine"]


@pytest.mark.parametrize("there", [False, True])
def test_a_new_or_empty_folder_becomes_the_run(there: bool, tmp_path: Path) -> None:
    out = tmp_path / "run"
    if there:
        out.mkdir()
    assert run_into(out, metrics__json="1") == out
    assert content(out) == {"metrics.json": "1"}
    assert is_run(out)
    assert [p.name for p in tmp_path.iterdir()] == ["run"]


def test_the_folder_one_is_in_can_be_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    run_into(Path(), metrics__json="1")
    assert content(tmp_path / "here") == {"metrics.json": "1"}


def test_an_earlier_run_makes_room_and_what_others_put_there_stays(tmp_path: Path) -> None:
    out = tmp_path / "run"
    run_into(out, metrics__json="1", spikes_7__h5="1")
    (out / "notes.txt").write_text("mine")
    (out / "plots").mkdir()
    (out / "plots" / "a.png").write_text("mine")
    run_into(out, metrics__json="2", report__html="2")
    assert content(out) == {"metrics.json": "2", "report.html": "2", "notes.txt": "mine"}
    assert (out / "plots" / "a.png").read_text() == "mine"
    assert [p.name for p in tmp_path.iterdir()] == ["run"]


def test_a_file_of_the_run_that_somebody_changed_is_kept_and_said(tmp_path: Path) -> None:
    out = tmp_path / "run"
    run_into(out, predictions__csv="1", metrics__json="1")
    (out / "predictions.csv").write_text("1, and a remark of mine")
    with pytest.raises(
        snn.ParameterError, match=r"predictions\.csv of the earlier run had been changed.*run-kept"
    ):
        run_into(out, predictions__csv="2", metrics__json="2")
    assert content(out) == {"predictions.csv": "2", "metrics.json": "2"}
    assert content(tmp_path / "run-kept") == {"predictions.csv": "1, and a remark of mine"}


def test_a_run_that_is_stopped_leaves_what_was_there(tmp_path: Path) -> None:
    out = tmp_path / "run"
    run_into(out, metrics__json="1")
    with pytest.raises(KeyboardInterrupt), RunFolder(out) as run:
        _stopped_after(run.draft / "metrics.json")
    assert content(out) == {"metrics.json": "1"}
    assert [p.name for p in tmp_path.iterdir()] == ["run"]


def test_a_run_that_is_stopped_leaves_no_folders_that_it_made(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), RunFolder(tmp_path / "a" / "b" / "c"):
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("changed", [False, True])
def test_a_stop_between_any_two_lines_leaves_one_whole_run_and_nothing_else(
    number: signal.Signals, changed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The earlier run or the new one; what somebody had changed in the earlier one is there in any case."""
    within = (os.path.dirname(pysnn_mmsa.__file__), contextlib.__file__, tempfile.__file__)
    handlers = {n: signal.signal(n, signal.default_int_handler) for n in (signal.SIGINT, signal.SIGTERM)}
    out = tmp_path / "runs" / "run"
    drafts = 0

    def begun() -> None:
        shutil.rmtree(tmp_path / "runs", ignore_errors=True)
        run_into(out, a="1", b="1")
        if changed:
            (out / "b").write_text("mine")

    def again() -> None:
        with contextlib.suppress(snn.ParameterError):  # that something had been changed
            run_into(out, a="2", b="2")

    try:
        begun()
        for line in lines_of(again, within):
            begun()
            with pytest.raises(KeyboardInterrupt), ctrl_c_at(line, within, number):
                again()
            assert is_run(out)
            mine = "mine" if changed else "1"
            names = [path.name for path in out.parent.iterdir()]
            kept = [name for name in names if not name.endswith(".part")]
            drafts += len(names) - len(kept)
            if content(out) == {"a": "2", "b": "2"}:
                assert sorted(kept) == (["run", "run-kept"] if changed else ["run"])
                assert not changed or (out.parent / "run-kept" / "b").read_text() == "mine"
            else:
                assert content(out) == {"a": "1", "b": mine}
                assert kept == ["run"]
        # A line at the very door may leave a hidden draft, which is nobody's.
        assert drafts <= 3
    finally:
        for n, handler in handlers.items():
            signal.signal(n, handler)


def test_two_runs_started_in_one_second_have_a_folder_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(time, "strftime", lambda form: "20200101-000000")
    with RunFolder(None) as first, RunFolder(None) as second:
        replace(first.draft / "a", "first")
        replace(second.draft / "a", "second")
        folders = [second.finish(), first.finish()]
    assert len(set(folders)) == 2
    assert [content(folder) for folder in folders] == [{"a": "second"}, {"a": "first"}]


@pytest.mark.parametrize("earlier", [False, True])
def test_two_runs_into_one_folder_at_a_time_lose_none(earlier: bool, tmp_path: Path) -> None:
    out = tmp_path / "run"
    if earlier:
        run_into(out, a="0")
    with RunFolder(out) as first, RunFolder(out) as second:
        replace(first.draft / "a", "first")
        replace(second.draft / "a", "second")
        folders = [first.finish(), second.finish()]
    assert [content(folder) for folder in folders] == [{"a": "first"}, {"a": "second"}]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_training_that_is_stopped_leaves_the_folder_as_it_was(
    number: signal.Signals, tmp_path: Path
) -> None:
    """From outside, while the first bar is shown: the earlier run is there to the byte, and nothing else."""
    out = tmp_path / "run"
    run_into(out, metrics__json="1")
    before = {p.name: p.read_bytes() for p in out.iterdir()}
    command = [sys.executable, "-m", "pysnn_mmsa", "train", "--out", str(out)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as child:
        assert child.stderr is not None
        shown = ""
        while "STDP" not in shown:
            shown += child.stderr.read(200)
            assert child.poll() is None, shown
        child.send_signal(number)
        err = child.communicate(timeout=60)[1]
    assert child.returncode == 130
    assert err.splitlines()[-1] == "mmsa: stopped"
    assert "Traceback" not in err
    assert {p.name: p.read_bytes() for p in out.iterdir()} == before
    assert [p.name for p in tmp_path.iterdir()] == ["run"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(snn.ParameterError, match="cannot make the folder"):
        RunFolder(tmp_path / "run")


def test_predictions_go_over_no_file_but_earlier_predictions(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = tmp_path / "mine.csv"
    mine.write_text("utterance,label\n")
    assert main(["predict", str(tmp_path), "--out", str(mine)]) == 2
    assert "holds no predictions" in capsys.readouterr().err
    assert mine.read_text() == "utterance,label\n"


@pytest.fixture
def mounted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is a mount point as far as a program sees: it cannot be renamed, nor anything onto it."""
    point = tmp_path / "volume"
    (point / "lost+found").mkdir(parents=True)
    ismount, rename = os.path.ismount, os.rename

    def refused(source: os.PathLike[str] | str, target: os.PathLike[str] | str) -> None:
        if point in (Path(source), Path(target)):
            raise OSError(16, "Device or resource busy", str(source), None, str(target))
        rename(source, target)

    monkeypatch.setattr(os.path, "ismount", lambda path: Path(path) == point or ismount(path))
    monkeypatch.setattr(os, "rename", refused)
    return point


def test_a_mount_point_becomes_the_run_and_makes_room_for_the_next(mounted: Path) -> None:
    assert run_into(mounted, metrics__json="1", model__h5="a") == mounted
    assert content(mounted) == {"metrics.json": "1", "model.h5": "a"}
    (mounted / "notes.txt").write_text("mine")
    run_into(mounted, metrics__json="2")
    assert content(mounted) == {"metrics.json": "2", "notes.txt": "mine"}
    assert is_run(mounted)
    assert sorted(p.name for p in mounted.iterdir() if p.is_dir()) == ["lost+found"]


def test_a_mount_point_keeps_what_somebody_changed_and_what_a_stopped_run_found(mounted: Path) -> None:
    run_into(mounted, metrics__json="1")
    with pytest.raises(KeyboardInterrupt), RunFolder(mounted) as run:
        _stopped_after(run.draft / "metrics.json")
    assert content(mounted) == {"metrics.json": "1"}
    (mounted / "metrics.json").write_text("mine")
    with pytest.raises(snn.ParameterError, match=r"metrics.json of the earlier run had been changed"):
        run_into(mounted, metrics__json="2")
    assert content(mounted) == {"metrics.json": "2"}
    assert (mounted / "kept" / "metrics.json").read_text() == "mine"


def test_a_mount_point_with_somebodys_file_is_refused(mounted: Path) -> None:
    (mounted / "notes.txt").write_text("mine")
    with pytest.raises(snn.ParameterError, match=r"holds notes\.txt"):
        RunFolder(mounted)

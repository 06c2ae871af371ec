"""The command ``pysnn``: doctor says what is wrong, recover mends."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import pysnn
from pysnn import cli
from pysnn.cli import doctor
from pysnn.io import SpikeLog, load

ROOT = Path(__file__).resolve().parents[2]


def log_at(path: Path) -> Path:
    with SpikeLog(path, {"p": 3}) as log:
        log.append("p", [1.0, 2.0], [0, 2])
    return path


def test_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"pysnn {pysnn.__version__}\n"


@pytest.mark.parametrize("arguments", [[], ["docter"], ["recover", "only-one"]])
def test_a_command_line_that_makes_no_sense_exits_with_2_and_the_usage(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 2
    assert "usage: pysnn" in capsys.readouterr().err


def test_recover_writes_a_readable_copy_and_says_how_much(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.h5"
    assert cli.main(["recover", str(log_at(tmp_path / "log.h5")), str(out)]) == 0
    assert capsys.readouterr().out == "p: 2 spikes saved\n"
    assert load(out)["p"].t.tolist() == [1.0, 2.0]


def test_recover_says_what_is_wrong_and_exits_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = log_at(tmp_path / "log.h5")
    assert cli.main(["recover", str(tmp_path / "none.h5"), str(tmp_path / "out.h5")]) == 1
    assert "none.h5: no such file" in capsys.readouterr().err
    (tmp_path / "out.h5").touch()
    assert cli.main(["recover", str(path), str(tmp_path / "out.h5")]) == 1
    assert "exists already" in capsys.readouterr().err
    assert cli.main(["recover", str(path), str(tmp_path / "out.h5"), "--overwrite"]) == 0


def test_doctor_tries_both_engines_and_names_the_core_and_every_part(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The first spike of its neuron is at -20 ln(1 - 15 / 32) = 12.6504512 ms."""
    assert cli.main(["doctor"]) == 0
    out = capsys.readouterr().out
    rows = {line[2:15].strip(): line[16:] for line in out.splitlines() if line.startswith("  ")}
    assert rows["event"] == "works: first spike at 12.6504512 ms, closed form 12.6504512 ms"
    assert rows["clock"].startswith("works: first spike at 12.7 ms")
    assert "dispatch" in rows["core"]
    assert {"CPU features", "threads", "memory", "numpy", "h5py", "HDF5"} <= rows.keys()
    assert {part.name for part in doctor.PARTS} <= rows.keys()
    assert out.endswith("The engines work.\n")


def test_doctor_reports_a_wrong_engine(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doctor, "PARTS", ())
    monkeypatch.setattr(doctor, "_first_spike", lambda name: (12.7, 12.65, 1e-9))
    assert cli.main(["doctor"]) == 1
    assert "WRONG: first spike at 12.7 ms, closed form 12.65 ms" in capsys.readouterr().out


def test_doctor_tells_found_missing_and_broken_parts_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A part that is there and cannot be imported must not pass for found."""
    (tmp_path / "sound_part.py").write_text("print('a banner')\n")
    (tmp_path / "broken_part.py").write_text("raise ImportError('libfoo.so.1 is gone')\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    parts = tuple(
        doctor.Part(name, f"{name}_part", name, "a test", f"pip install {name}-part")
        for name in ("sound", "broken", "absent")
    )
    monkeypatch.setattr(doctor, "PARTS", parts)
    cli.main(["doctor"])
    rows = [line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines()]
    answers = {row[0]: row[1] for row in rows if len(row) == 2}
    assert answers["sound"] == "found (a test)"
    assert answers["broken"] == "found, BROKEN: ImportError: libfoo.so.1 is gone"
    assert answers["absent"] == "missing (a test): pip install absent-part"


# An editable install puts a finder before every path: without it the copy below is what is imported.
DOCTOR = """
import sys
sys.meta_path[:] = [finder for finder in sys.meta_path if "ScikitBuild" not in type(finder).__name__]
sys.path.insert(0, sys.argv[1])
import pysnn.cli
pysnn.cli.doctor.PARTS = ()
sys.exit(pysnn.cli.main(["doctor"]))
"""


@pytest.mark.parametrize(("broken", "said"), [(False, "NOT BUILT"), (True, "FAILS to load")])
def test_doctor_works_without_the_core_and_says_how_to_build_it(
    tmp_path: Path, broken: bool, said: str
) -> None:
    shutil.copytree(ROOT / "pysnn", tmp_path / "pysnn", ignore=shutil.ignore_patterns("*.so", "__pycache__"))
    (tmp_path / "CMakeLists.txt").touch()
    if broken:
        (tmp_path / "pysnn" / "_core.abi3.so").write_bytes(b"no library")
    env = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-c", DOCTOR, str(tmp_path)], capture_output=True, text=True, env=env, cwd=tmp_path
    )
    assert done.returncode == 1, done.stderr
    assert f"core          {said}" in done.stdout
    assert "python -m pip install -e ." in done.stdout
    assert "memory" in done.stdout
    assert done.stdout.endswith("The engines do NOT work: see Engines above.\n")
    assert "Traceback" not in done.stderr

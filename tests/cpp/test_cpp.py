"""The C++ tests, built and run from pytest so that one command runs every test there is.

A warning is an error where PYSNN_WERROR is set, as by .ci/run (newer compilers than ours warn of more).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "cpp-tests"
PROGRAMS = sorted(path.stem for path in Path(__file__).parent.glob("test_*.cpp"))


def _run(*command: str | Path) -> str:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, (
        f"{' '.join(map(str, command))}\n{done.stdout[-8000:]}\n{done.stderr[-8000:]}"
    )
    return done.stdout


@pytest.fixture(scope="session")
def build() -> Path:
    """Build the test programs (a folder that stays, so that a second run compiles what has changed)."""
    # The wheels of cmake and ninja put their programs beside Python's.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    cmake, ninja = shutil.which("cmake", path=path), shutil.which("ninja", path=path)
    assert cmake, "no cmake on the PATH (pip install cmake)"
    generator = ["-G", "Ninja", f"-DCMAKE_MAKE_PROGRAM={ninja}"] if ninja else []
    _run(
        cmake, "-S", ROOT, "-B", BUILD, *generator, "-DPYSNN_PYTHON=OFF", "-DPYSNN_BUILD_TESTS=ON",
        f"-DPYSNN_WERROR={'ON' if os.environ.get('PYSNN_WERROR') else 'OFF'}",
        f"-DPython_EXECUTABLE={sys.executable}",
    )  # fmt: skip
    _run(cmake, "--build", BUILD, "--parallel", str(os.cpu_count() or 1))
    return BUILD / "tests" / "cpp"


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_check_of_the_cpp_program_holds(program: str, build: Path) -> None:
    output = _run(build / program)
    assert " 0 failures" in output.splitlines()[-1]

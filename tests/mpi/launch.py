"""Starts Python programs on several ranks, and lets none of them outlive its test."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
# What Open MPI asks for where root runs more ranks than there are cores.
ALLOWED = {
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "OMPI_MCA_rmaps_base_oversubscribe": "1",
}


def mpiexec() -> str | None:
    """The one beside this Python (of the wheel mpich), or any other."""
    beside = Path(sys.executable).with_name("mpiexec")
    return str(beside) if beside.exists() else shutil.which("mpiexec")


@dataclass
class Ended:
    """What became of a program on several ranks: what it printed, and of that the lines that are JSON."""

    code: int
    out: str
    told: list[Any]
    error: str


def launch(ranks: int, program: str | Path, *arguments: str, limit: float = 90.0) -> Ended:
    """Run ``program``, of this folder or another; a failure if it takes longer than ``limit`` seconds."""
    command = [
        mpiexec() or "mpiexec", "-n", str(ranks),
        sys.executable, "-m", "mpi4py", str(HERE / program), *arguments,
    ]  # fmt: skip
    path = os.pathsep.join(filter(None, [str(HERE.parent), os.environ.get("PYTHONPATH", "")]))
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, **ALLOWED, "PYTHONPATH": path, "MPIEXEC_TIMEOUT": str(int(limit) + 5)},
    )
    try:
        out, error = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        process.terminate()  # which mpiexec passes on; each rank has an alarm of its own besides
        try:
            out, error = process.communicate(timeout=5.0)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, error = process.communicate()
        raise AssertionError(f"{program} on {ranks} ranks hung; it said:\n{out}\n{error}") from None
    told = [json.loads(line) for line in out.splitlines() if line.startswith(("{", "[", '"'))]
    return Ended(process.returncode, out, told, error)

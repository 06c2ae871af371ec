"""Starts workers, bounds their time, and takes down what became of each case."""

from __future__ import annotations

import collections
import dataclasses
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

BOUND = 20.0  # seconds until a case is interrupted
PATIENCE = 30.0  # seconds more until it is taken for deaf
HERE = Path(__file__).resolve().parent


@dataclasses.dataclass
class Outcomes:
    """What was tried: how many of each outcome, and those that must not be."""

    counts: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    faults: dict[int, str] = dataclasses.field(default_factory=dict)
    long: dict[int, str] = dataclasses.field(default_factory=dict)
    tell: Callable[[str], object] = lambda line: None

    def add(self, seed: int, what: str, details: str) -> None:
        if what in ("FAULT", "long"):
            self.tell(f"{what} seed {seed}: {details}")
        self.counts[what] += 1
        if what == "FAULT":
            self.faults[seed] = details
        if what == "long":
            self.long[seed] = details


def try_cases(
    kind: str, first: int, count: int, engines: str = "clock,event,auto", seconds: float = float("inf"),
    bound: float = BOUND, show: bool = False, tell: Callable[[str], object] = lambda line: None,
) -> Outcomes:  # fmt: skip
    """Run cases [first, first + count), or as many as begin within ``seconds``."""
    outcomes = Outcomes(tell=tell)
    ends = time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as folder:
        seed = first
        while seed < first + count and time.monotonic() < ends:
            seed = _one_worker(kind, seed, first + count, engines, Path(folder), ends, bound, show, outcomes)
    return outcomes


def _one_worker(
    kind: str, seed: int, stop: int, engines: str, folder: Path, ends: float, bound: float, show: bool,
    outcomes: Outcomes,
) -> int:  # fmt: skip
    """Cases from ``seed`` on until the worker dies or all are done; the next seed."""
    command = [sys.executable, "-m", "fuzz.worker", kind, str(seed), str(stop - seed), engines, str(folder)]
    worker = subprocess.Popen(
        [*command, *(["--show"] if show else [])], stdout=subprocess.PIPE, text=True, cwd=HERE.parent,
        stderr=None if show else subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(HERE.parent)},
    )  # fmt: skip
    lines: queue.Queue[str | None] = queue.Queue()
    assert worker.stdout is not None
    stdout = worker.stdout

    def read() -> None:
        for line in stdout:
            lines.put(line)
        lines.put(None)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    begun = time.monotonic() + 60.0  # for the import
    interrupted = 0.0
    under_way = False
    try:
        while True:
            now = time.monotonic()
            if now - begun > bound + PATIENCE:
                outcomes.add(seed, "FAULT", f"deaf: not ended {bound + PATIENCE:g} s after it began")
                return seed + 1
            if now - begun > bound and now - interrupted > 4.0:
                worker.send_signal(signal.SIGINT)
                interrupted = now
            try:
                line = lines.get(timeout=0.5)
            except queue.Empty:
                continue
            if line is None:
                if under_way:
                    outcomes.add(seed, "FAULT", f"the process died ({worker.wait()})")
                    return seed + 1
                return stop if worker.wait() == 0 else seed  # Ctrl-C for a case that ended just then
            word, *rest = line.rstrip("\n").split(" ", 3)
            if word == "begin":
                seed, begun, under_way = int(rest[0]), time.monotonic(), True
            elif word == "end":
                outcomes.add(int(rest[0]), rest[1], rest[2])
                under_way, begun = False, time.monotonic()
                seed += 1
                if seed >= stop or time.monotonic() > ends:
                    return seed
    finally:
        worker.kill()
        worker.wait()
        reader.join()
        stdout.close()

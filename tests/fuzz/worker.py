"""The process that runs cases: a line when one begins, a line with what became of it."""

from __future__ import annotations

import argparse
import os
import re
import resource
import signal
import sys
import traceback
import warnings
from pathlib import Path

import pysnn as snn

from . import damage, sequences
from .hostile import Fault, Hostile, Progress

# Of the machine: a case that needs more is told so by pysnn, or by MemoryError.
MEMORY = 4 << 30


def outcome(kind: str, seed: int, engines: list[str], folder: Path, progress: Progress) -> tuple[str, str]:
    """Class of outcome, and details."""
    try:
        if kind == "files":
            return "result", damage.go(seed, folder)
        if kind == "sequences":
            return played(seed)
        Hostile(seed, engines, progress).go()
        return "result", ""
    except Fault as fault:
        return "FAULT", str(fault)
    except (snn.PysnnError, MemoryError) as error:
        text = f"{type(error).__name__}: {error}"
        # nan in a message is what the user gave; an error without a sentence helps nobody.
        return (
            ("refused", text)
            if isinstance(error, MemoryError) or str(error)
            else ("FAULT", f"no words: {text}")
        )
    except KeyboardInterrupt:
        return moving(progress)
    except BaseException as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        return "FAULT", f"{type(error).__name__}: {error} ({Path(last.filename).name}:{last.lineno})"


def played(seed: int) -> tuple[str, str]:
    """Of a case that is played on several ways: they must come to the same."""
    ended, found = sequences.go(seed)
    if found:
        raise Fault("; ".join(found[:3]))
    return ("result", "") if ended == sequences.RAN else ("refused", ended)


def moving(progress: Progress) -> tuple[str, str]:
    """A case that takes long may, if it hears Ctrl-C and its time goes on."""
    sim = progress.sim
    if sim is None or not progress.doing.startswith("running"):
        return "long", progress.doing
    before = sim.time
    print("interrupted", flush=True)
    try:
        sim.run(1e6 if sim.backend == "event" else 1e5 * sim.dt)
    except KeyboardInterrupt:
        pass
    except (snn.PysnnError, MemoryError) as error:
        return "long", f"then {type(error).__name__}: {error}"
    return ("long" if sim.time > before else "FAULT"), f"time went from {before!r} to {sim.time!r}"


def main() -> None:
    """Run cases [first, first + count) of one kind."""
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=("networks", "files", "sequences"))
    parser.add_argument("first", type=int)
    parser.add_argument("count", type=int)
    parser.add_argument("engines")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    warnings.simplefilter("error")
    # A process in the background inherits deafness to Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for seed in range(options.first, options.first + options.count):
        print(f"begin {seed}", flush=True)
        progress = Progress(_tell) if options.show else Progress()
        what, details = outcome(options.kind, seed, options.engines.split(","), options.folder, progress)
        print(f"end {seed} {what} {progress.doing}: {one_line(details)}", flush=True)
        progress.sim = None
    os._exit(0)  # what the end of a process does is not what is tried here


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def one_line(text: str) -> str:
    """Without line ends, and not endless."""
    return re.sub(r"\s+", " ", text)[:400]


if __name__ == "__main__":
    main()

"""A process for each video, several at a time: one that crashes takes no other with it."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any

import pysnn as snn

Task = Callable[..., None]


def run(task: Task, jobs: Sequence[tuple[Any, ...]], at_once: int) -> Iterator[tuple[int, str | None]]:
    """Call ``task(*job)`` for each job; (number of the job, why it failed or None) as they end.

    Closing the iterator, or Ctrl-C, ends the processes that still run.
    """
    context = multiprocessing.get_context("spawn")
    waiting = list(range(len(jobs)))
    running: dict[Connection, tuple[int, SpawnProcess]] = {}
    try:
        while waiting or running:
            while waiting and len(running) < at_once:
                number = waiting.pop(0)
                mine, theirs = context.Pipe(duplex=False)
                process = context.Process(target=_call, args=(theirs, task, jobs[number]), daemon=True)
                process.start()
                theirs.close()
                running[mine] = (number, process)
            for pipe in wait(list(running)):
                assert isinstance(pipe, Connection)
                number, process = running.pop(pipe)
                yield number, _outcome(pipe, process)
    finally:
        for pipe, (_, process) in running.items():
            process.terminate()
            process.join()
            pipe.close()


def _outcome(pipe: Connection, process: SpawnProcess) -> str | None:
    try:
        said: str | None = pipe.recv()
    except (EOFError, OSError):
        process.join()
        code = process.exitcode or 0
        said = f"the extraction crashed ({signal.Signals(-code).name if code < 0 else f'exit status {code}'})"
    pipe.close()
    process.join()
    return said


def _call(pipe: Connection, task: Task, job: tuple[Any, ...]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends us
    try:
        task(*job)
    except (snn.PysnnError, ImportError) as err:
        pipe.send(" ".join(str(err).split()))
    except MemoryError:
        pipe.send("the memory does not suffice")
    except OSError as err:
        pipe.send(f"{err.filename or ''}: {err.strerror or err}".lstrip(": "))
    except Exception as err:  # whatever a library raises concerns this video alone; it is named, not hidden
        pipe.send(f"{type(err).__name__}: {' '.join(str(err).split())}")
    else:
        pipe.send(None)

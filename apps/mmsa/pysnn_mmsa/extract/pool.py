"""A process for each video or fold, several at a time: one that crashes takes no other with it."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from types import FrameType
from typing import Any, TypeAlias

import pysnn as snn

from ..undisturbed import undisturbed

Task = Callable[..., None]
Pairs: TypeAlias = Generator[tuple[int, str | None], None, None]
GRACE = 5.0  # s that a process has to take away what it had begun, before it is killed


def run(task: Task, jobs: Sequence[tuple[Any, ...]], at_once: int) -> Pairs:
    """Call ``task(*job)`` for each job; (number of the job, why it failed or None) as they end.

    Closing the iterator, or Ctrl-C, ends the processes that still run. They end too where this one is killed.
    """
    context = multiprocessing.get_context("spawn")
    waiting = list(range(len(jobs)))
    running: dict[Connection, tuple[int, SpawnProcess]] = {}
    try:
        while waiting or running:
            while waiting and len(running) < at_once:
                number = waiting.pop(0)
                with undisturbed(), _deaf():  # a process that was begun is known
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
        with undisturbed():
            _end(running)


def _end(running: dict[Connection, tuple[int, SpawnProcess]]) -> None:
    for _, process in running.values():
        process.terminate()
    for pipe, (_, process) in running.items():
        process.join(GRACE)
        if process.is_alive():
            process.kill()
            process.join()
        pipe.close()


@contextlib.contextmanager
def _deaf() -> Iterator[None]:
    """A process begun in here never hears Ctrl-C, which a terminal tells all of a command's processes."""
    resource_tracker.ensure_running()  # it would lift the mask when it begins
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _outcome(pipe: Connection, process: SpawnProcess) -> str | None:
    try:
        said: str | None = pipe.recv()
    except (EOFError, OSError):
        process.join()
        code = process.exitcode or 0
        said = f"its process crashed ({signal.Signals(-code).name if code < 0 else f'exit status {code}'})"
    pipe.close()
    process.join()
    return said


def _call(pipe: Connection, task: Task, job: tuple[Any, ...]) -> None:
    signal.signal(signal.SIGTERM, _stop)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    said: str | None = None
    try:
        task(*job)
    except (snn.PysnnError, ImportError) as err:
        said = " ".join(str(err).split())
    except MemoryError:
        said = "the memory does not suffice"
    except OSError as err:
        said = f"{err.filename or ''}: {err.strerror or ' '.join(str(err).split())}".lstrip(": ")
    except Exception as err:  # whatever a library raises concerns this job alone; it is named, not hidden
        said = f"{type(err).__name__}: {' '.join(str(err).split())}"
    with contextlib.suppress(OSError):  # nobody hears any more
        pipe.send(said)


def _stop(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def _end_with_parent() -> None:
    """A killed parent ends nobody, so that its processes look after it themselves."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE)
    os._exit(1)

"""The command ``mmsa`` as a process of its own, which Ctrl-C ends in one line whenever it comes."""

from __future__ import annotations

import importlib
import os
import signal
import sys
from types import FrameType
from typing import NoReturn


def run() -> NoReturn:
    """Run the command of the command line and end with its status, 130 where it was stopped."""
    heard = signal.getsignal(signal.SIGINT)  # ignored in the background of a script, as by nohup
    if heard is signal.default_int_handler:
        signal.signal(signal.SIGINT, _end)
    # Seconds go by in these, and an exception would come out of any of a hundred modules.
    importlib.import_module(f"{__package__}.commands")
    from .cli import main

    status: int | str | None
    try:
        signal.signal(signal.SIGINT, heard)
        status = main()
    except SystemExit as end:
        status = end.code
    except KeyboardInterrupt:  # a second one, that came while the first was answered
        status = 130
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:  # of which was told already
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(status)


def _end(number: int, frame: FrameType | None) -> None:
    """Nothing was begun, so that nothing is to be taken away."""
    os.write(2, b"\nmmsa: stopped\n")
    os._exit(130)

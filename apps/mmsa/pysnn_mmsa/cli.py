"""The command ``mmsa``: what all its commands have in common; each is a file of ``commands``."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable, Sequence
from types import FrameType
from typing import NoReturn

import pysnn as snn

from .undisturbed import undisturbed


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; 0 if it did what was asked, 2 with one line on stderr if what was asked cannot be."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:  # a file name may hold what the terminal cannot show
            reconfigure(errors="backslashreplace")
    args = parser().parse_args(argv)
    command: Callable[[argparse.Namespace], int | None] = args.command
    try:
        before = signal.signal(signal.SIGTERM, _stop)
    except ValueError:  # not the main thread: the caller's affair
        before = None
    try:
        status = command(args) or 0
        if sys.stdout is not None:  # closed by whoever started us
            _flush()
        return status
    except BrokenPipeError:  # whoever read along had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (snn.PysnnError, ImportError) as err:
        print(f"mmsa: {_one_line(err)}", file=sys.stderr)
        return 2
    except OSError as err:
        what = err.strerror or str(err)
        print(f"mmsa: {_one_line(f'{err.filename}: {what}' if err.filename else what)}", file=sys.stderr)
        return 2
    except MemoryError:
        print("mmsa: the memory does not suffice; a smaller network or less data may do", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        # On a line of its own: wherever the signal came, a bar may be left half drawn.
        with undisturbed():
            print("\nmmsa: stopped", file=sys.stderr)
        return 130
    finally:
        if before is not None:
            signal.signal(signal.SIGTERM, before)


def parser() -> argparse.ArgumentParser:
    """All commands with their options."""
    # Here, as every process of an extraction imports this module and needs none of them.
    from .commands import COMMANDS

    top = _Parser(
        prog="mmsa", description="Multimodal sentiment analysis on spiking networks.", allow_abbrev=False
    )
    top.add_argument("--version", action="version", version=f"mmsa of pysnn {snn.__version__}")
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add(commands)
    return top


class _Parser(argparse.ArgumentParser):
    """Says in one line what is wrong, as every error of mmsa does: its options alone are forty lines."""

    def error(self, message: str) -> NoReturn:
        """End with 2."""
        self.exit(2, f"{self.prog}: {_one_line(message)}; {self.prog} --help shows what there is\n")


def _stop(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _flush() -> None:
    """What was printed, written here, where it can be said that the disk is full."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as err:
        raise OSError(err.errno, err.strerror, "standard output") from err


def _one_line(error: object) -> str:
    return " ".join(str(error).split())

"""The command ``pysnn``: doctor (what is here, what is missing, how to get it) and recover."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

from .. import __version__
from ..errors import LogError
from ..io import recover as save
from . import doctor


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit status: 0, or 1 where something is wrong."""
    parser = argparse.ArgumentParser(prog="pysnn", description=__doc__, allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"pysnn {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    about = "print versions, CPU features, threads and optional parts, and try the engines"
    command = commands.add_parser("doctor", help=about, description=about)
    command.set_defaults(run=lambda _: doctor.doctor())

    about = "copy what the spike log of a killed process holds into a file that every HDF5 reader opens"
    command = commands.add_parser("recover", help=about, description=about)
    command.add_argument("log", help="the log as it was left; it stays as it is")
    command.add_argument("out", help="the file to write")
    command.add_argument("--overwrite", action="store_true", help="replace OUT if it exists")
    command.set_defaults(run=lambda given: recover(given.log, given.out, given.overwrite))

    given = parser.parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = given.run
    return run(given)


def recover(log: str, out: str, overwrite: bool) -> int:
    """``pysnn recover``: see pysnn.recover."""
    try:
        done = save(log, out, overwrite=overwrite)
    except LogError as err:
        print(f"pysnn recover: {err}", file=sys.stderr)
        return 1
    for name, kept in done.kept.items():
        lost = done.lost[name]
        print(f"{name}: {kept} spikes saved" + (f", {lost} more are missing from the file" if lost else ""))
    return 0

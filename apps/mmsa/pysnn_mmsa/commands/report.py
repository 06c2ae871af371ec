"""``mmsa report``: write report.html of a run again."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from .. import report, runfolder


def add(commands: Any) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "report", help="write report.html of a run again", allow_abbrev=False
    )
    parser.set_defaults(command=_run)
    parser.add_argument("run", type=Path, metavar="RUN", help="run folder")


def _run(args: argparse.Namespace) -> None:
    path = report.write(args.run)
    if runfolder.is_run(args.run):
        runfolder.mark(args.run)
    print(path)

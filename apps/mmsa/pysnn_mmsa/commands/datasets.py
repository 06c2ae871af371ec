"""``mmsa datasets``: list the data sets."""

from __future__ import annotations

import argparse
from typing import Any

from .. import dataset


def add(commands: Any) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "datasets", help="list the data sets", allow_abbrev=False
    )
    parser.set_defaults(command=_run)


def _run(args: argparse.Namespace) -> None:
    for name in dataset.names():
        print(f"{name:16s} {dataset.find(name).title}")

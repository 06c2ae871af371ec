"""``mmsa compare``: all fusions side by side on a data set."""

from __future__ import annotations

import argparse
import csv
import io
import json
from pathlib import Path
from typing import Any

import pysnn as snn

from .. import dataset
from ..compare import compare, rows_of, variants
from ..config import ABOUT
from ..fusion import FUSIONS
from ..report import comparison
from ..runfolder import RunFolder, replace
from .bar import Bar
from .options import add_settings, resolve
from .warn import warn

ALL = "early,late,late-product,late-learnt,hybrid,tensor,bibimodal,attention"


def add(commands: Any) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "compare",
        help="train every fusion on a data set, side by side",
        description="Train every fusion on a data set and test it whole, without each modality and with "
        "noise: a table (comparison.csv), a figure (comparison.svg), a page (comparison.html), all numbers "
        "(comparison.json). The table is of the test part: choose on the validation part, not by it.",
        allow_abbrev=False,
    )
    parser.set_defaults(command=_run)
    parser.add_argument("--fusions", default=ALL, metavar="LIST", help=f"which ones (default: {ALL})")
    parser.add_argument("--ablate", action="store_true", help="also train without each modality")
    parser.add_argument("--config", type=Path, metavar="FILE", help="TOML file with settings")
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder as of `mmsa train`")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    add_settings(parser, ABOUT)


def _run(args: argparse.Namespace) -> None:
    config, names = resolve(args), [name.strip() for name in args.fusions.split(",")]
    rules = ABOUT["readout.combine"].choices
    for fusion, rule in variants(names):
        if fusion not in FUSIONS or rule not in rules:
            raise snn.ParameterError(
                f"--fusions: expected {', '.join(FUSIONS)}, each alone or with -{', -'.join(rules)} "
                f"(got {fusion}-{rule})"
            )
    with RunFolder(args.out) as run:
        corpus = dataset.load(config.dataset, config.data)
        warn(corpus.doubts)
        with Bar(quiet=args.quiet) as bar:
            found = compare(corpus, config, names, args.ablate, bar)
        replace(run.draft / "comparison.json", json.dumps(found, indent=1, ensure_ascii=False) + "\n")
        text = io.StringIO()
        out = csv.writer(text, lineterminator="\n")
        head, rows = rows_of(found)
        out.writerow(head)
        for name, row in zip(names, rows, strict=True):
            out.writerow([name, *("" if value is None else f"{value:.5f}" for value in row)])
        replace(run.draft / "comparison.csv", text.getvalue())
        svg = comparison.figure(found).replace("<svg ", "<svg xmlns='http://www.w3.org/2000/svg' ", 1)
        replace(run.draft / "comparison.svg", svg)
        replace(run.draft / "comparison.html", comparison.page(found))
        folder = run.finish()
    print(text.getvalue(), end="")
    print(f"written to {folder}")

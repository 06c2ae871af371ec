"""``mmsa predict``: predict utterances with a trained model, as a CSV table."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import pysnn as snn

from .. import given, tables
from ..predict import predict, unused
from ..runfolder import replace
from .bar import Bar
from .options import add_settings, data_options
from .warn import warn

KEYS = ("data.task", "data.labels", "data.text_tier", "data.label_tier", "data.audio_track", "data.pause")


def add(commands: Any) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "predict",
        help="predict with a trained model",
        description="Predict utterances with the model of a run, as a CSV table: text, begin, end, "
        "prediction, what each pathway said. The data the model learnt from need not be there.",
        allow_abbrev=False,
    )
    parser.set_defaults(command=_run)
    parser.add_argument("run", type=Path, metavar="RUN", help="run folder")
    parser.add_argument(
        "inputs",
        nargs="*",
        type=Path,
        metavar="FILE",
        help="CLIP.mp4 [CLIP.eaf] (without .eaf one utterance, or cut by pauses: --pause), or a table, a "
        "folder of `mmsa extract`, a file of `mmsa synth`; by default the test part of the run's data set",
    )
    parser.add_argument("--input", type=Path, metavar="FILE", help="the same as FILE")
    parser.add_argument("--seed", type=int, metavar="N", help="which network (default: the run's first)")
    parser.add_argument("--out", type=Path, metavar="CSV", help="write there, not to stdout")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    add_settings(parser, KEYS)


def _run(args: argparse.Namespace) -> None:
    if args.out is not None:
        _check_out(args.out)
    inputs = [*args.inputs, *([args.input] if args.input is not None else [])]
    corpus = None
    if inputs:
        with Bar(quiet=args.quiet, unit="videos") as bar:
            corpus = given.load(inputs, args.run, data_options(args), bar)
        warn(corpus.warnings)
    with Bar(quiet=args.quiet) as bar:
        found = predict(args.run, bar, corpus, args.seed)
    trained = found.model
    warn(unused(trained, found.corpus))
    table = tables.predictions(
        found.corpus, found.rows, [(trained.seed, found.votes)], trained.classes, trained.codes
    )
    if args.out is None:
        print(table, end="")
    else:
        replace(args.out, table)


def _check_out(path: Path) -> None:
    """Nothing is overwritten but an earlier table of predictions."""
    if not path.absolute().parent.is_dir():
        raise snn.ParameterError(f"--out {path}: the folder {path.absolute().parent} does not exist")
    if path.is_dir():
        raise snn.ParameterError(f"--out {path}: expected a file (got a folder)")
    if path.exists() and path.stat().st_size:
        with path.open("rb") as file:
            if not file.readline().startswith(",".join(tables.PREDICTIONS_HEAD).encode()):
                raise snn.ParameterError(
                    f"--out {path}: there is a file that holds no predictions; it is left"
                )

"""``mmsa train``: train on a data set, test, and write a run folder."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

from .. import dataset, outcome, report
from ..config import ABOUT
from ..resume import resume
from ..runfolder import RunFolder
from ..train import train
from .bar import Bar
from .options import add_settings, resolve, resolve_resumed
from .warn import warn


def add(commands: Any) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "train",
        help="train and test on a data set",
        description="Train one network a seed, test it, and write a run folder. Without arguments: on the "
        "shipped synthetic corpus. With --data: on your own. Published data sets are looked for in the "
        "folder PYSNN_DATA names.",
        allow_abbrev=False,
    )
    parser.set_defaults(command=_run)
    parser.add_argument("--config", type=Path, metavar="FILE", help="TOML file with settings")
    parser.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="run folder: new, empty, or of an earlier run, which it replaces (default: runs/DATE-TIME)",
    )
    parser.add_argument(
        "--resume",
        type=Path,
        metavar="RUN",
        help="go on with the networks of this run on new utterances (--data), with its settings but for "
        "those of data, resume and run; what it told of its old test part before and after is said too",
    )
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    add_settings(parser, ABOUT)


def _run(args: argparse.Namespace) -> None:
    config = resolve(args) if args.resume is None else resolve_resumed(args)
    begun = time.perf_counter()
    resumed = None
    with RunFolder(args.out) as run:
        corpus = dataset.load(config.dataset, config.data)
        warn(corpus.doubts)
        with Bar(quiet=args.quiet) as bar:
            logs = outcome.spike_logs(run.draft, config)
            if args.resume is None:
                result = train(corpus, config, bar, logs)
            else:
                resumed = resume(args.resume, corpus, config, bar, logs)
                result = resumed.result
        warn(resumed.warnings if resumed is not None else ())
        metrics = outcome.write(run.draft, result, resumed)
        report.write(run.draft)
        folder = run.finish()
    print(outcome.summary(metrics))
    print(f"{time.perf_counter() - begun:.0f} s; written to {folder}")

"""``mmsa extract``: features of a folder of annotated videos."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

import pysnn as snn

from ..dataset.labels import mapping
from ..extract.folder import DEFAULT, check, extract
from ..extract.sources import find
from ..extract.video import Settings
from ..face import LICENCE
from .bar import Bar
from .options import add_settings, data_options
from .warn import warn

KEYS = ("data.task", "data.labels", "data.text_tier", "data.label_tier", "data.audio_track", "data.pause")
OPENSMILE = "openSMILE's licence allows research and education and excludes commercial use."


def add(commands: Any) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "extract",
        help="features of a folder of videos",
        description="Extract pitch and loudness (every 10 ms) and 68 landmarks (every frame) of the "
        "videos in a "
        "folder, by a process each. The folder holds .eaf files with their media, or label.csv with Raw/; "
        "or a "
        "manifest (CSV) says what is where. What was extracted before is not extracted again; a stopped "
        "extraction goes on where it was. Exit status 1 if a file failed: each is named with its reason.",
        epilog=f"Licences: {LICENCE} {OPENSMILE}",
        allow_abbrev=False,
    )
    parser.set_defaults(command=_run)
    parser.add_argument(
        "source", type=Path, metavar="FOLDER", help="folder of videos, manifest, or one video"
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help=f"where the features go (default: FOLDER/{DEFAULT})"
    )
    parser.add_argument(
        "--jobs", type=int, default=0, metavar="N", help="videos at a time (>= 1; default: one a core)"
    )
    parser.add_argument(
        "--voice",
        default="auto",
        choices=("auto", "own", "opensmile", "none"),
        help="what finds the pitch: our own tracker, openSMILE's eGeMAPSv02, or nothing; auto (the "
        "default) is "
        "openSMILE where it is installed",
    )
    parser.add_argument("--no-face", action="store_true", help="no landmarks (they take most of the time)")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    add_settings(parser, KEYS)


def _run(args: argparse.Namespace) -> int:
    if args.jobs < 0:
        raise snn.ParameterError(f"--jobs: expected >= 1 (got {args.jobs})")
    options = data_options(args)
    folder = args.out
    if folder is None:
        folder = (args.source if args.source.is_dir() else args.source.absolute().parent) / DEFAULT
    check(folder)
    settings = Settings.chosen(args.voice, not args.no_face, options.audio_track)
    mapping(options.labels)  # wrong for all files alike, so that none is begun
    items = find(args.source, options)
    for text in notices(settings):
        print(f"mmsa: {text}", file=sys.stderr)
    jobs = args.jobs or max(1, len(os.sched_getaffinity(0)))
    with Bar(quiet=args.quiet, unit="videos") as bar:
        found = extract(items, settings, folder, jobs, bar)
    warn(found.warnings)
    for name, why in found.failures.items():
        print(f"mmsa: failed: {name}: {why}", file=sys.stderr)
    print(found.summary())
    return 1 if found.failures else 0


def notices(settings: Settings) -> list[str]:
    """What the licences of the parts in use say."""
    found = [f"face: {settings.face}. {LICENCE}"] if settings.face else []
    if settings.voice.startswith("openSMILE"):
        found.append(f"voice: {settings.voice}. {OPENSMILE}")
    return found

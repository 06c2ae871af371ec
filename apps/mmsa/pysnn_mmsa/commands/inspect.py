"""``mmsa inspect``: what is read of an .eaf, a table or a media file, and what is wrong with it."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pysnn as snn

from .. import inspection
from .options import add_settings, data_options

KEYS = (
    "data.task",
    "data.labels",
    "data.text_tier",
    "data.label_tier",
    "data.audio_track",
    "data.shared_speakers",
)


def add(commands: Any) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "inspect",
        help="what is read of a file, and what is wrong with it",
        description="Show what is read of an .eaf (utterances, tiers, media), of a table or folder of "
        "features "
        "(parts, labels, modalities, what is missing) or of a media file (streams, start, rotation, tracks, "
        "voice). Exit status 2, with one line, where it cannot be read.",
        allow_abbrev=False,
    )
    parser.set_defaults(command=_run)
    parser.add_argument("file", type=Path, metavar="FILE", help=".eaf, table, folder of features, or media")
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.add_argument(
        "--values",
        action="store_true",
        help="of media also pitch, loudness and brightness over time (decodes the whole file)",
    )
    add_settings(parser, KEYS)


def _run(args: argparse.Namespace) -> None:
    try:
        found = inspection.inspect(args.file, data_options(args), args.values)
    except (snn.PysnnError, OSError) as err:
        if args.json:
            print(
                json.dumps({"file": str(args.file), "error": " ".join(str(err).split())}, ensure_ascii=False)
            )
        raise
    print(json.dumps(found, indent=2, ensure_ascii=False) if args.json else inspection.as_text(found))

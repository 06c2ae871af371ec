"""``mmsa synth``: generate the synthetic corpus."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from .. import synth


def add(commands: Any) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "synth", help="generate the synthetic corpus", allow_abbrev=False
    )
    default = synth.Recipe()
    parser.set_defaults(command=_run)
    parser.add_argument(
        "--out", type=Path, default=Path("synthetic_imvd.npz"), metavar="FILE", help="default: %(default)s"
    )
    for option, value, text in (
        ("seed", default.seed, "of every draw (>= 0)"),
        ("videos", default.videos, "how many, one speaker each (> 1)"),
        ("test-videos", default.test_videos, "the last so many are the test part (>= 1, fewer than all)"),
    ):
        parser.add_argument(
            f"--{option}", type=int, default=value, metavar="N", help=f"{text}; default %(default)s"
        )


def _run(args: argparse.Namespace) -> None:
    recipe = synth.Recipe(seed=args.seed, videos=args.videos, test_videos=args.test_videos)
    utterances = synth.generate(recipe)
    synth.write(args.out, utterances)
    print(f"{args.out}: {len(utterances)} SYNTHETIC utterances of {recipe.videos} videos, seed {recipe.seed}")

"""``mmsa synth``: generate the synthetic corpus, as features or as videos."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import pysnn as snn

from .. import synth
from ..synth.videos import VideoRecipe, generate
from .bar import Bar

FILE, FOLDER = Path("synthetic_imvd.npz"), Path("synthetic_videos")


def add(commands: Any) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "synth",
        help="generate the synthetic corpus",
        description="Generate a SYNTHETIC corpus in the form of IMVD: contours, landmarks and transcripts "
        "as one "
        "file, or with --media videos with .eaf files: a warped photograph that speaks Indonesian (needs "
        "espeak-ng, scikit-image and the extra media). Nobody was recorded.",
        allow_abbrev=False,
    )
    default, film = synth.Recipe(), VideoRecipe()
    parser.set_defaults(command=_run)
    parser.add_argument("--media", action="store_true", help="videos (mp4 and .eaf) instead of features")
    parser.add_argument(
        "--out", type=Path, metavar="PATH", help=f"default: {FILE}, with --media the new folder {FOLDER}"
    )
    parser.add_argument("--seed", type=int, metavar="N", help=f"of every draw (>= 0); default {default.seed}")
    parser.add_argument(
        "--videos",
        type=int,
        metavar="N",
        help=f"how many, one speaker each (> 1); default {default.videos}, with --media {film.videos}",
    )
    parser.add_argument(
        "--test-videos",
        type=int,
        metavar="N",
        help="the last so many are the test part (>= 1, fewer than all), without --media; default "
        f"{default.test_videos}",
    )
    parser.add_argument(
        "--most",
        type=int,
        metavar="N",
        help=f"utterances of a video at most (1 to 16, at least {film.least} or N), with --media; default "
        f"{film.most}",
    )
    parser.add_argument("--quiet", action="store_true", help="no progress bar")


def _run(args: argparse.Namespace) -> None:
    if args.media:
        _videos(args)
        return
    if args.most is not None:
        raise snn.ParameterError("--most: expected with --media alone")
    given = {
        name: value
        for name in ("seed", "videos", "test_videos")
        if (value := getattr(args, name)) is not None
    }
    recipe = synth.Recipe(**given)
    path = FILE if args.out is None else args.out
    utterances = synth.generate(recipe)
    synth.write(path, utterances)
    print(f"{path}: {len(utterances)} SYNTHETIC utterances of {recipe.videos} videos, seed {recipe.seed}")


def _videos(args: argparse.Namespace) -> None:
    if args.test_videos is not None:
        raise snn.ParameterError("--test-videos: expected without --media; `mmsa train` draws whole speakers")
    given = {name: value for name in ("seed", "videos", "most") if (value := getattr(args, name)) is not None}
    least = min(VideoRecipe().least, given.get("most", VideoRecipe().most))
    recipe = VideoRecipe(least=max(1, least), **given)
    folder = FOLDER if args.out is None else args.out
    with Bar(quiet=args.quiet, unit="videos") as bar:
        count = generate(folder, recipe, bar)
    print(f"{folder}: {count} SYNTHETIC utterances in {recipe.videos} videos, seed {recipe.seed}")

"""The command ``mmsa``."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType

from tqdm import tqdm

import pysnn as snn

from . import dataset, report, runfolder, synth
from .config import Config, flatten, override, parse, read_toml
from .dataset import imvd
from .predict import predict
from .train import Progress, train

_SHORT = {
    "dataset": "--dataset",
    "network.fusion": "--fusion",
    "run.seeds": "--seeds",
    "run.backend": "--backend",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; 0 if it did what was asked, 2 with one line on stderr if what was asked cannot be."""
    args = _parser().parse_args(argv)
    command: Callable[[argparse.Namespace], None] = args.command
    try:
        command(args)
    except (snn.PysnnError, ImportError) as err:
        print(f"mmsa: {err}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("mmsa: stopped", file=sys.stderr)
        return 130
    return 0


def resolve(args: argparse.Namespace) -> Config:
    """Defaults, then the preset of the data set, then the TOML file, then the command line."""
    known = flatten(Config())
    typed = {
        key: parse(text, known[key], _option(key))
        for key in known
        if (text := getattr(args, _dest(key))) is not None
    }
    file = read_toml(args.config) if args.config is not None else {}
    name = typed.get("dataset", file.get("dataset", known["dataset"]))
    config = override(Config(), dataset.find(str(name)).preset, f"preset of {name!r}")
    config = override(config, file, str(args.config))
    return override(config, typed, "command line")


def _train(args: argparse.Namespace) -> None:
    config = resolve(args)
    folder = Path(args.out) if args.out is not None else Path("runs") / time.strftime("%Y%m%d-%H%M%S")
    corpus = dataset.load(config.dataset)
    runfolder.prepare(folder)
    begun = time.perf_counter()
    with _Bar(quiet=args.quiet) as bar:
        result = train(corpus, config, bar, runfolder.spike_logs(folder, config))
    metrics = runfolder.write(folder, result)
    report.write(folder)
    print(runfolder.summary(metrics))
    print(f"{time.perf_counter() - begun:.0f} s; written to {folder}")


def _report(args: argparse.Namespace) -> None:
    print(report.write(Path(args.run)))


def _predict(args: argparse.Namespace) -> None:
    corpus = None if args.input is None else imvd.load(args.input)
    with _Bar(quiet=args.quiet) as bar:
        found = predict(Path(args.run), bar, corpus, args.seed)
    table = runfolder.as_csv(found.corpus, found.rows, [(found.seed, found.votes)])
    if args.out is None:
        print(table, end="")
    else:
        runfolder.replace(Path(args.out), table)


def _synth(args: argparse.Namespace) -> None:
    default = synth.Recipe()
    recipe = synth.Recipe(
        seed=default.seed if args.seed is None else args.seed,
        videos=default.videos if args.videos is None else args.videos,
        test_videos=default.test_videos if args.test_videos is None else args.test_videos,
    )
    utterances = synth.generate(recipe)
    path = Path(args.out)
    synth.write(path, utterances)
    print(f"{path}: {len(utterances)} SYNTHETIC utterances of {recipe.videos} videos, seed {recipe.seed}")


def _datasets(args: argparse.Namespace) -> None:
    for name in dataset.names():
        print(f"{name:16s} {dataset.find(name).title}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mmsa", description="Multimodal sentiment analysis on spiking networks.", allow_abbrev=False
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    learn = commands.add_parser(
        "train",
        help="train and test on a data set",
        description="Train one network a seed, test it, and write a run folder. Without arguments: on the "
        "shipped synthetic corpus. Published data sets are looked for in the folder PYSNN_DATA names.",
        allow_abbrev=False,
    )
    learn.set_defaults(command=_train)
    learn.add_argument("--config", type=Path, metavar="FILE", help="TOML file with settings")
    learn.add_argument("--out", metavar="DIR", help="run folder (default: runs/DATE-TIME)")
    learn.add_argument("--quiet", action="store_true", help="no progress bar")
    settings = learn.add_argument_group("settings, as in the TOML file")
    for key, value in flatten(Config()).items():
        shown = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
        flags = [_SHORT[key]] if key in _SHORT else []
        if _option(key) not in flags:
            flags.append(_option(key))
        settings.add_argument(*flags, dest=_dest(key), metavar="VALUE", help=_help(key, shown))

    again = commands.add_parser("report", help="write report.html of a run again", allow_abbrev=False)
    again.set_defaults(command=_report)
    again.add_argument("run", metavar="DIR", help="run folder")

    apply = commands.add_parser(
        "predict",
        help="predict with a trained model",
        description="Predict utterances with the model of a run, as a CSV table.",
        allow_abbrev=False,
    )
    apply.set_defaults(command=_predict)
    apply.add_argument("run", metavar="DIR", help="run folder")
    apply.add_argument(
        "--input",
        metavar="FILE",
        help="utterances in the form `mmsa synth` writes; by default the test part of the run's data set",
    )
    apply.add_argument("--seed", type=int, metavar="N", help="which network (default: the run's first)")
    apply.add_argument("--out", metavar="FILE", help="write there, not to stdout")
    apply.add_argument("--quiet", action="store_true", help="no progress bar")

    make = commands.add_parser("synth", help="generate the synthetic corpus", allow_abbrev=False)
    make.set_defaults(command=_synth)
    make.add_argument("--out", default="synthetic_imvd.npz", metavar="FILE", help="default: %(default)s")
    for option, text in (
        ("seed", "of every draw"),
        ("videos", "one speaker each"),
        ("test-videos", "the last so many"),
    ):
        make.add_argument(f"--{option}", type=int, metavar="N", help=text)

    listing = commands.add_parser("datasets", help="list the data sets", allow_abbrev=False)
    listing.set_defaults(command=_datasets)
    return parser


def _option(key: str) -> str:
    return f"--{key}"


def _dest(key: str) -> str:
    return key.replace(".", "_")


def _help(key: str, shown: str) -> str:
    if key == "run.seeds":
        return "a number of seeds, or seeds such as 3,1,4 (7, is one seed); default 0,1,2,3,4"
    if key == "dataset":
        return f"one of {', '.join(dataset.names())}; default {shown}"
    return f"default {shown}"


class _Bar:
    """One bar a pass on stderr."""

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet
        self._bar: tqdm | None = None
        self._what = ""

    def __enter__(self) -> Progress:
        return self._show

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def _show(self, what: str, done: int, total: int) -> None:
        if what != self._what or self._bar is None:
            self._close()
            self._what = what
            self._bar = tqdm(total=total, desc=f"{what:18s}", unit=" utterances", disable=self._quiet)
        self._bar.update(done - self._bar.n)

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


if __name__ == "__main__":
    sys.exit(main())

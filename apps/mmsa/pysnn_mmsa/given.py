"""What a model is given to predict: a clip with or without annotations, or data that are features already."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pysnn as snn

from . import model
from .dataset import Corpus, own
from .dataset.labels import SEVEN
from .eaf.media import SUFFIXES
from .extract import corpus as extracted
from .extract.folder import extract
from .extract.sources import annotated, clip
from .extract.video import Settings
from .face import extractor as face_extractor
from .model import Model
from .settings import DataConfig
from .train import Progress
from .voice import extractor as voice_extractor
from .voice.contours import OPENSMILE, OWN


def load(inputs: Sequence[Path], run: Path, options: DataConfig, progress: Progress) -> Corpus:
    """The corpus in ``inputs``: one table or folder, or CLIP [CLIP.eaf] extracted as the model of ``run``
    wants it. ParameterError or DataFolderError say what is wrong with them.
    """
    media = [path for path in inputs if path.suffix.lower() in SUFFIXES]
    eaf = [path for path in inputs if path.suffix.lower() == ".eaf"]
    others = [path for path in inputs if path not in media and path not in eaf]
    trained = model.read(run / "model.h5")
    if len(others) == 1 and not media and not eaf:
        return own.load_path(others[0], _as_learnt(options, trained, table=True))
    if others or len(media) > 1 or len(eaf) > 1:
        names = ", ".join(map(str, inputs))
        raise snn.ParameterError(f"predict: expected CLIP [CLIP.eaf], or one table or folder (got {names})")
    for path in (*media, *eaf):
        if not path.is_file():
            raise snn.DataFolderError(f"{path}: there is no such file")
    options = _as_learnt(options, trained, table=False)
    item = clip(media[0], eaf[0] if eaf else None, options) if media else annotated(eaf[0], options)
    settings = _settings(trained.front.extractor.extractors, options)
    with tempfile.TemporaryDirectory(prefix="mmsa-") as place:
        done = extract([item], settings, Path(place) / "features", 1, progress)
        if done.failures:
            raise snn.ParameterError(next(iter(done.failures.values())))
        found = extracted.load(Path(place) / "features", options)
    warnings = tuple(text for text in (*done.warnings, *found.warnings) if place not in text)
    return dataclasses.replace(found, name=item.name, warnings=warnings)


def _as_learnt(options: DataConfig, trained: Model, table: bool) -> DataConfig:
    """Labels are what they were in training, whatever those few that are given look like."""
    if options.task != "auto":
        return options
    seven = {str(code) for code in SEVEN.values()}
    if trained.classes and not table and set(trained.codes) <= seven:
        return options
    return dataclasses.replace(options, task="classes" if trained.classes else "number")


def _settings(wanted: dict[str, str], options: DataConfig) -> Settings:
    """Extractors as the model's; ParameterError, by name, where this machine has others."""
    made: dict[str, str] = {}
    for name, by in wanted.items():
        if name == "voice":
            here = voice_extractor(OPENSMILE if by.startswith("openSMILE") else OWN)
        elif name == "face":
            here = face_extractor()
        else:
            continue
        if here != by:
            raise snn.ParameterError(
                f"the model's {name} was made by {by}; expected the same here (got {here}): a clip cannot "
                f"be predicted"
            )
        made[name] = here
    return Settings(made.get("voice", ""), made.get("face", ""), options.audio_track)

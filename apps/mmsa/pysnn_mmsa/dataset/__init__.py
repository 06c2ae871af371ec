"""Data sets, one loader a file. A module put into this folder is found without any other edit.

``load(name)`` gives a ``Corpus``; published data sets are looked for under the folder that the environment
variable PYSNN_DATA names.
"""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil

import pysnn as snn

from ..settings import DataConfig
from . import split
from .base import LOADERS, PARTS, Contours, Corpus, Landmarks, Loader, Modality, Table, Transcripts

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")


def names() -> list[str]:
    """Names of all data sets."""
    return sorted(LOADERS)


def find(name: str) -> Loader:
    """The loader called ``name``; UnknownNameError, with the nearest name, if there is none."""
    if name not in LOADERS:
        raise snn.errors.unknown("dataset", "data set", name, LOADERS)
    return LOADERS[name]


def load(name: str, options: DataConfig | None = None) -> Corpus:
    """Read the data set ``name``, in other parts where ``options.folds`` says so.

    DataFolderError where its files are missing or not what they should be.
    """
    options = DataConfig() if options is None else options
    corpus = find(name).load(options)
    if not options.folds:
        return corpus
    parts, note = split.fold(corpus.speaker, options.folds, options.fold)
    return dataclasses.replace(corpus, part=parts, note=" ".join(filter(None, (note, corpus.note))))


__all__ = [
    "PARTS",
    "Contours",
    "Corpus",
    "Landmarks",
    "Loader",
    "Modality",
    "Table",
    "Transcripts",
    "find",
    "load",
    "names",
]

"""How one modality becomes numbers: learnt from the training part, kept in the model as plain arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, hstack

import pysnn as snn

from ..dataset import Contours, Corpus, Landmarks, Modality, Table, Transcripts
from ..settings import FeatureConfig
from . import lexicon
from .contours import LONG_FEATURES, VOICE_FEATURES, long_table, voice_levels, voice_table
from .landmarks import FACE_NAMES, face_levels, face_table
from .rest import Rest
from .spread import Spread
from .text import TextFeatures

Float = NDArray[np.float64]
Arrays = dict[str, Any]


class Recipe(Protocol):
    """What makes the table of one modality."""

    @property
    def kind(self) -> str:
        """Of modality."""
        ...

    @property
    def names(self) -> tuple[str, ...]:
        """Of the columns."""
        ...

    def table(self, corpus: Corpus, modality: Modality, alone: bool) -> Float:
        """float64[n, d]; ``alone``: each utterance as if its speaker had said nothing else."""
        ...

    def arrays(self) -> Arrays:
        """All that was learnt, by name."""
        ...


@dataclass(frozen=True)
class Ready:
    """A table that comes ready-made: the columns of these names."""

    names: tuple[str, ...]
    kind: str = "table"

    def table(self, corpus: Corpus, modality: Modality, alone: bool) -> Float:
        """The columns in the order of ``names``; ParameterError names those that are not there."""
        assert isinstance(modality, Table)
        place = {name: k for k, name in enumerate(modality.names)}
        missing = [name for name in self.names if name not in place]
        if missing:
            raise snn.ParameterError(
                f"corpus {corpus.name!r}: the model's features {', '.join(missing[:5])}"
                f"{' ...' if len(missing) > 5 else ''} are not there (got {', '.join(modality.names[:5])}"
                f"{' ...' if len(modality.names) > 5 else ''})"
            )
        return modality.values[:, [place[name] for name in self.names]]

    def arrays(self) -> Arrays:
        """The names alone."""
        return {"names": list(self.names)}


@dataclass(frozen=True)
class FromSpeaker:
    """A ready-made table whose columns are measured from the speaker's mean, shrunk to the population's.

    ``mode`` : the setting features.tables, "running" or "speaker".
    """

    ready: Ready
    rest: Rest
    mode: str
    kind: str = "table"

    @property
    def names(self) -> tuple[str, ...]:
        """Of the columns."""
        return self.ready.names

    def table(self, corpus: Corpus, modality: Modality, alone: bool) -> Float:
        """The columns less the speaker's rest; single missing values stay missing, and leave the rest
        alone.
        """
        values = self.ready.table(corpus, modality, alone)
        speakers = corpus.ids if alone else corpus.speaker
        return values - self.rest.of(values, speakers, _in_time(corpus), self.mode, np.mean)

    def arrays(self) -> Arrays:
        """Names and population."""
        return self.ready.arrays() | {
            "population": self.rest.population,
            "k": self.rest.k,
            "mode": self.mode,
        }


@dataclass(frozen=True)
class Words:
    """Transcripts through the n-grams of ``text``, columns named after ``modality``.

    own_lines : the n-grams themselves are features too. lexicon : "vader" adds its scores to these.
    """

    modality: str
    text: TextFeatures
    own_lines: bool = False
    lexicon: str = "none"
    kind: str = "transcripts"

    @property
    def names(self) -> tuple[str, ...]:
        """Numbered."""
        return tuple(f"{self.modality}_{k}" for k in range(self.text.dims))

    def table(self, corpus: Corpus, modality: Modality, alone: bool) -> Float:
        """NaN where there is no transcript."""
        assert isinstance(modality, Transcripts)
        values = self.text.transform([text or "" for text in modality.texts])
        values[~modality.present()] = np.nan
        return values

    @property
    def gram_names(self) -> tuple[str, ...]:
        """Of the columns of ``grams``."""
        return (
            *(self.text.names if self.own_lines else ()),
            *(lexicon.NAMES if self.lexicon == "vader" else ()),
        )

    @property
    def gram_kinds(self) -> tuple[int, ...]:
        """How many columns of ``grams`` are of one kind, side by side; scores go with the last."""
        widths = [len(kind.idf) for kind in self.text.kinds] if self.own_lines else [0]
        widths[-1] += len(self.gram_names) - sum(widths)
        return tuple(widths)

    def grams(self, texts: Sequence[str | None]) -> csr_array:
        """Weights of the n-grams, and the lexicon's scores, [n, s]; nothing where there is no transcript."""
        said = [text or "" for text in texts]
        parts = [self.text.grams(said)] if self.own_lines else []
        if self.lexicon == "vader":
            parts.append(csr_array(lexicon.scores(said)))
        return csr_array(hstack(parts, format="csr"))

    def arrays(self) -> Arrays:
        """Method, vocabulary, weights, singular vectors, lexicon."""
        return self.text.arrays() | {"lexicon": self.lexicon, "own_lines": self.own_lines}


@dataclass(frozen=True)
class FromRest:
    """Voice or face as statistics relative to the speaker's ``rest``; ``mode``: the setting features.rest.

    long : all 42 statistics of a voice.
    """

    kind: str
    rest: Rest
    mode: str
    long: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Of the statistics."""
        if self.kind == "contours":
            return LONG_FEATURES if self.long else VOICE_FEATURES
        return FACE_NAMES

    def table(self, corpus: Corpus, modality: Modality, alone: bool) -> Float:
        """NaN where nothing was heard or seen."""
        levels = _levels(modality)
        speakers = corpus.ids if alone else corpus.speaker
        rest = self.rest.of(levels, speakers, _in_time(corpus), self.mode)
        if isinstance(modality, Contours):
            return (long_table if self.long else voice_table)(modality.pitch, modality.loudness, rest)
        assert isinstance(modality, Landmarks)
        return face_table(modality.frames, rest)

    def arrays(self) -> Arrays:
        """The population at rest."""
        return {"population": self.rest.population, "k": self.rest.k, "mode": self.mode, "long": self.long}


@dataclass(frozen=True)
class BySpread:
    """Features of ``inner`` in units of how much their speaker varies; ``mode``: which utterances say so."""

    inner: Ready | FromSpeaker | FromRest
    spread: Spread
    mode: str

    @property
    def kind(self) -> str:
        """Of modality."""
        return self.inner.kind

    @property
    def names(self) -> tuple[str, ...]:
        """Of the columns."""
        return self.inner.names

    def table(self, corpus: Corpus, modality: Modality, alone: bool) -> Float:
        """Missing values stay missing."""
        values = self.inner.table(corpus, modality, alone)
        return self.spread.of(values, corpus.ids if alone else corpus.speaker, _in_time(corpus), self.mode)

    def arrays(self) -> Arrays:
        """Those of ``inner``, and the population's."""
        return self.inner.arrays() | {
            "spread_population": self.spread.rest.population,
            "spread_k": self.spread.rest.k,
            "spread_variance": self.spread.variance,
            "spread_mode": self.mode,
        }


def _in_time(corpus: Corpus) -> list[int]:
    """Utterances video by video, each in its own order, as they would come in."""
    order: list[int] = np.lexsort((corpus.position, np.asarray(corpus.video))).tolist()
    return order


def _levels(modality: Modality) -> Float:
    if isinstance(modality, Contours):
        return voice_levels(modality.pitch, modality.loudness)
    assert isinstance(modality, Landmarks)
    return face_levels(modality.frames)


def kind_of(modality: Modality) -> str:
    """The name of the kind of a modality."""
    return {Table: "table", Transcripts: "transcripts", Contours: "contours", Landmarks: "landmarks"}[
        type(modality)
    ]


def learn_recipe(name: str, corpus: Corpus, config: FeatureConfig) -> Recipe:
    """The recipe of the modality ``name`` from the training part of ``corpus``."""
    made = _learn(name, corpus, config)
    if not config.spread or isinstance(made, (Words, Ready)):
        return made
    values = made.table(corpus, corpus.modalities[name], alone=False)[corpus.training]
    speakers = [who for who, train in zip(corpus.speaker, corpus.training, strict=True) if train]
    return BySpread(made, Spread.fit(values, speakers), made.mode)


def _learn(name: str, corpus: Corpus, config: FeatureConfig) -> Words | Ready | FromSpeaker | FromRest:
    modality, training = corpus.modalities[name], corpus.training
    speakers = [who for who, train in zip(corpus.speaker, training, strict=True) if train]
    if isinstance(modality, Table):
        ready = Ready(modality.names)
        if config.tables == "as-is":
            return ready
        return FromSpeaker(ready, Rest.fit(modality.values[training], speakers), config.tables)
    if isinstance(modality, Transcripts):
        parts = zip(modality.texts, training, strict=True)
        said = [words for words, train in parts if words is not None and train]
        known = lexicon.resolved(config.lexicon)
        return Words(name, TextFeatures.fit(said, config), config.grams, known)
    levels = _levels(modality)
    kind = kind_of(modality)
    return FromRest(kind, Rest.fit(levels[training], speakers), config.rest, config.contours == "long")


def recipe_from(name: str, kind: str, arrays: Mapping[str, Any]) -> Recipe:
    """The recipe that ``arrays`` describes; KeyError or ValueError where they do not."""
    made = _recipe_from(name, kind, arrays)
    if "spread_mode" not in arrays or isinstance(made, Words):
        return made
    rest = Rest(arrays["spread_population"], arrays["spread_k"])
    return BySpread(made, Spread(rest, arrays["spread_variance"]), str(arrays["spread_mode"]))


def _recipe_from(name: str, kind: str, arrays: Mapping[str, Any]) -> Words | Ready | FromSpeaker | FromRest:
    if kind == "table":
        ready = Ready(_strings(arrays["names"]))
        if "mode" not in arrays:
            return ready
        return FromSpeaker(ready, Rest(arrays["population"], arrays["k"]), str(arrays["mode"]))
    if kind == "transcripts":
        text = TextFeatures.from_arrays(arrays)
        return Words(name, text, bool(arrays["own_lines"]), str(arrays["lexicon"]))
    if kind in ("contours", "landmarks"):
        rest = Rest(arrays["population"], arrays["k"])
        return FromRest(kind, rest, str(arrays["mode"]), bool(arrays["long"]))
    raise ValueError(f"unknown kind of modality {kind!r}")


def _strings(values: Sequence[Any]) -> tuple[str, ...]:
    return tuple(v.decode() if isinstance(v, bytes) else str(v) for v in values)

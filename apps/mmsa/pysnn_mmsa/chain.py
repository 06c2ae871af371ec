"""What training and prediction share: from a corpus to lines, and from spike counts to votes."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, hstack

import pysnn as snn

from . import translate
from .config import Config
from .dataset import Corpus
from .encode import LineEncoder
from .features import Extractor, FeatureSet
from .features.course import Course
from .fusion import Mixer, Pathway, average, combine, in_context, log_softmax, pathways
from .readout import Arriving, Readout
from .translate import Translator

Float = NDArray[np.float64]


@dataclass(frozen=True)
class Front:
    """Features, scaling and lines, learnt from the training part of a corpus; all a model knows of data."""

    extractor: Extractor
    encoder: LineEncoder
    translator: Translator | None = None
    course: Course | None = None

    @classmethod
    def fit(cls, corpus: Corpus, config: Config) -> tuple[Front, FeatureSet]:
        """Learn from the training part of ``corpus``; the front, and the features of the whole corpus."""
        extractor = Extractor.fit(corpus, config.features)
        features = extractor.transform(corpus)
        encoder = LineEncoder(config.encode, config.run.dt)
        encoder.fit(features, corpus.training, extractor.recipes)
        course = None
        if config.time.layer != "none":
            course = Course.fit(corpus, config.time.step, config.features.rest)
        front = cls(extractor, encoder, course=course)
        features = front._in_time(corpus, features)
        if config.network.translate == "none":
            return front, features
        rows = np.flatnonzero(corpus.training)
        there = {name: features.present(name)[rows] for name in front.modalities}
        translator = translate.learn(
            config.network.translate, front.lines(features)[rows], front.numbers(), there, seed=0
        )
        return cls(extractor, encoder, translator, course), features

    @property
    def modalities(self) -> tuple[str, ...]:
        """Names, in the order in which they are fused."""
        return tuple(self.extractor.recipes)

    def features_of(self, corpus: Corpus, alone: bool = False) -> FeatureSet:
        """Features of a corpus, which may lack modalities but must have one; see ``Extractor.transform``."""
        if not set(self.modalities) & set(corpus.modalities):
            raise snn.ParameterError(
                f"corpus {corpus.name!r}: expected one with {', '.join(self.modalities)} "
                f"(got {', '.join(corpus.modalities) or 'none'})"
            )
        return self._in_time(corpus, self.extractor.transform(corpus, alone), alone)

    def _in_time(self, corpus: Corpus, features: FeatureSet, alone: bool = False) -> FeatureSet:
        """``features`` with the spikes of lines in time, where they are heard."""
        if self.course is None:
            return features
        kinds = {name: recipe.kind for name, recipe in self.extractor.recipes.items()}
        steady = {name: self.encoder.lines(features, name) for name, kind in kinds.items() if kind == "table"}
        return dataclasses.replace(features, trains=self.course.trains(corpus, steady, kinds, alone))

    def lines(self, features: FeatureSet) -> Float:
        """Values of all lines, float64[n, lines]; of missing modalities as translated, if they are."""
        lines = np.concatenate([self.encoder.lines(features, name) for name in self.modalities], axis=1)
        if self.translator is None:
            return lines
        there = {name: features.present(name) for name in self.modalities}
        return self.translator.filled(lines, self.numbers(), there)

    def arriving(
        self,
        features: FeatureSet,
        rows: NDArray[np.int64],
        counts: Sequence[NDArray[np.int64]],
        paths: Sequence[Pathway],
        config: Config,
        seed: int,
    ) -> list[Arriving]:
        """What arrives at the readout of each pathway: spike ``counts`` [len(rows), neurons] of its neurons
        and, where the path is direct, those of its lines and n-grams.
        """
        if not config.readout.direct:
            return [Arriving(count) for count in counts]
        direct = self.encoder.counts(self.lines(features)[rows], seed)
        grams = {
            name: self.encoder.gram_counts(own[rows], name, seed) for name, own in features.grams.items()
        }
        numbers, found = self.numbers(), []
        for path, count in zip(paths, counts, strict=True):
            if path.in_time:
                found.append(Arriving(count))
                continue
            lines = np.concatenate([numbers[name] for name in path.modalities])
            heard = [name for name in path.modalities if name in grams]
            own = [grams[name] for name in heard]
            found.append(
                Arriving(
                    np.concatenate([count, direct[:, lines]], axis=1),
                    csr_array(hstack(own, format="csr")) if own else None,
                    count.shape[1],
                    config.readout.hidden,
                    tuple(width for name in heard for width in features.kinds_of(name)),
                )
            )
        return found

    def numbers(self) -> dict[str, NDArray[np.int64]]:
        """Numbers of the lines of each modality, among those of all side by side."""
        begin, numbers = 0, {}
        for name in self.modalities:
            width = 2 * len(self.extractor.recipes[name].names)
            numbers[name] = np.arange(begin, begin + width)
            begin += width
        if begin == 0:
            raise snn.ParameterError("the corpus has no features")
        return numbers

    def pathways(self, config: Config) -> list[Pathway]:
        """Those of the fusion."""
        return pathways(self.modalities, config.network, config.time)


@dataclass(frozen=True)
class Votes:
    """What each pathway says, all together without regard to other utterances (``lone``), and in context.

    float64[n, classes], log-probabilities; of a number float64[n, 1], the number itself.
    """

    by_pathway: Mapping[str, Float]
    lone: Float
    together: Float


def in_order(corpus: Corpus, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """``rows`` video by video, each in its own order, as they would come in."""
    return rows[np.lexsort((corpus.position[rows], np.asarray(corpus.video)[rows]))]


def present(features: FeatureSet, pathway: Pathway) -> NDArray[np.bool_]:
    """bool[n]: which utterances have any modality of ``pathway``."""
    return np.asarray(np.any([features.present(name) for name in pathway.modalities], axis=0))


def said_by(readout: Readout, arriving: Arriving) -> Float:
    """The vote of one pathway: log-probabilities, or numbers."""
    if readout.number is not None:
        return readout.numbers(arriving)
    return log_softmax(readout.scores(arriving))


@dataclass(frozen=True)
class Deciding:
    """What turns spikes that arrive into votes: the readouts by pathway, and how they are combined.

    mixer : where the rule is learnt.
    """

    paths: Sequence[Pathway]
    readouts: Mapping[str, Readout]
    mixer: Mixer | None = None

    def vote(
        self,
        arriving: Sequence[Arriving],
        corpus: Corpus,
        features: FeatureSet,
        rows: NDArray[np.int64],
        config: Config,
        alone: bool = False,
    ) -> Votes:
        """Votes on the utterances ``rows`` from what is ``arriving`` at the readout of each pathway.

        ``alone`` leaves out the context of the video.
        """
        both = zip(self.paths, arriving, strict=True)
        votes = {path.name: said_by(self.readouts[path.name], own) for path, own in both}
        there = [present(features, path)[rows] for path in self.paths]
        lone = self._together(list(votes.values()), there, config.readout.combine)
        together = lone if alone else self.in_context(lone, corpus, rows, config)
        return Votes(votes, lone, together)

    @property
    def middle(self) -> float | None:
        """The mean label, where labels are numbers."""
        means = [float(r.number[0]) for r in self.readouts.values() if r.number is not None]
        return float(np.mean(means)) if means else None

    def in_context(self, lone: Float, corpus: Corpus, rows: NDArray[np.int64], config: Config) -> Float:
        """Votes on the utterances ``rows`` with those of the others of their videos."""
        video = [corpus.video[k] for k in rows]
        return in_context(lone, video, corpus.position[rows], config.context, self.middle)

    def _together(self, votes: list[Float], there: list[NDArray[np.bool_]], rule: str) -> Float:
        middle = self.middle
        if self.mixer is not None:
            mixed = self.mixer.together(votes, there)
            return log_softmax(mixed) if middle is None else mixed
        if middle is not None:
            return average(votes, there, middle)
        return combine(votes, there, rule)

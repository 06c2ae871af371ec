"""Modalities as they go on in time: which lines are on in each step of an utterance.

A quantity x of a frame (pitch, loudness, what a face does) is measured from the speaker's mean, in units of
the speaker's spread, both shrunk towards the population's as ``rest`` has it. Lines with centres c on a grid
stand for it: line c is on while |x - c| <= reach. A word is on while it is said, on a line that its letters
choose; where nobody knows when, the words of an utterance share its time. A feature of a table is steady: its
two lines fire evenly, in up to every second step.

The axis begins where the utterance does, or shortly before its first voiced frame, and ends after its last.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..dataset import Contours, Corpus, Landmarks, Transcripts
from ..trains import Trains
from .contours import FRAME
from .landmarks import FACIAL_FEATURES, facial_features
from .rest import Rest

Float = NDArray[np.float64]
Bool = NDArray[np.bool_]

MARGIN = 5  # frames of 10 ms kept before the first voiced one and after the last
STEADY = 10  # steps of an utterance that has features of tables alone
FILM = 0.04  # s of a frame of landmarks, where times are unknown
WORD_LINES = 128
LEAST = 1e-6  # of a spread
# Centres and reach of lines: of pitch, of loudness, of their changes from step to step; of a face.
PITCH = (np.linspace(-2.0, 3.0, 11), 0.5)
LOUDNESS = (np.linspace(-2.5, 2.5, 11), 0.5)
CHANGE = (np.linspace(-1.0, 1.0, 7), 0.286)
FACE = (np.linspace(-2.0, 2.0, 5), 0.6)
VOICE_LINES = len(PITCH[0]) + len(LOUDNESS[0]) + 2 * len(CHANGE[0]) + 1
FACE_LINES = len(FACIAL_FEATURES) * len(FACE[0])


@dataclass(frozen=True)
class Course:
    """What is learnt of a training part: ``rest`` of each modality in time, of means and mean squares.

    step : ms. mode : which utterances of a speaker say what is usual, the setting features.rest.
    """

    rest: Mapping[str, Rest]
    step: float
    mode: str

    @classmethod
    def fit(cls, corpus: Corpus, step: float, mode: str) -> Course:
        """From the training part of ``corpus``."""
        speakers = [who for who, train in zip(corpus.speaker, corpus.training, strict=True) if train]
        rest = {}
        for name, modality in corpus.modalities.items():
            if isinstance(modality, (Contours, Landmarks)):
                rest[name] = Rest.fit(_levels(modality)[corpus.training], speakers)
        return cls(rest, step, mode)

    def trains(
        self, corpus: Corpus, steady: Mapping[str, Float], kinds: Mapping[str, str], alone: bool = False
    ) -> Trains:
        """The utterances of ``corpus``; ``alone``: each as if its speaker had said nothing else.

        steady : values of lines [n, lines] of modalities that are tables. kinds : of all modalities, whether
        the corpus has them or not.
        """
        hop = max(1, round(self.step / (1000.0 * FRAME)))
        n = len(corpus)
        spans = [_span(corpus, k) for k in range(n)]
        frames: dict[str, list[Bool]] = {}
        lines: dict[str, int] = {}
        for name, kind in kinds.items():
            lines[name] = {
                "contours": VOICE_LINES, "landmarks": FACE_LINES, "transcripts": WORD_LINES,
            }.get(kind) or steady[name].shape[1]  # fmt: skip
            modality = corpus.modalities.get(name)
            nothing = np.zeros((0, lines[name]), dtype=bool)
            if isinstance(modality, Contours):
                usual = self._usual(name, modality, corpus, alone)
                frames[name] = [_voice(modality, k, usual[k], spans[k], hop) for k in range(n)]
            elif isinstance(modality, Landmarks):
                usual = self._usual(name, modality, corpus, alone)
                frames[name] = [_face(modality, k, usual[k], spans[k], hop) for k in range(n)]
            elif isinstance(modality, Transcripts):
                frames[name] = [_words(corpus, modality, k, spans[k], hop) for k in range(n)]
            else:
                frames[name] = [nothing] * n
        steps = [max((len(own[k]) for own in frames.values()), default=0) or STEADY for k in range(n)]
        for name, values in steady.items():
            modality = corpus.modalities.get(name)
            there = np.zeros(n, dtype=bool) if modality is None else modality.present()
            frames[name] = [
                _steady(values[k], steps[k]) if there[k] else np.zeros((0, lines[name]), dtype=bool)
                for k in range(n)
            ]
        return Trains.of_frames({name: frames[name] for name in kinds}, lines)

    def _usual(self, name: str, modality: Contours | Landmarks, corpus: Corpus, alone: bool) -> Float:
        """Mean and spread of the frames of each utterance's speaker, float64[n, 2, quantities]."""
        order = np.lexsort((corpus.position, np.asarray(corpus.video))).tolist()
        speakers = corpus.ids if alone else corpus.speaker
        both = self.rest[name].of(_levels(modality), speakers, order, self.mode, np.mean)
        mean, square = np.split(both, 2, axis=1)
        return np.stack([mean, np.sqrt(np.maximum(square - mean**2, LEAST))], axis=1)

    def arrays(self) -> dict[str, Any]:
        """All that was learnt, by name."""
        found: dict[str, Any] = {"step": self.step, "mode": self.mode, "names": list(self.rest)}
        for name, rest in self.rest.items():
            found |= {f"population {name}": rest.population, f"k {name}": rest.k}
        return found

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Any]) -> Course:
        """What ``arrays`` describe."""
        rest = {name: Rest(arrays[f"population {name}"], arrays[f"k {name}"]) for name in arrays["names"]}
        return cls(rest, float(arrays["step"]), str(arrays["mode"]))


def _levels(modality: Contours | Landmarks) -> Float:
    """Means and mean squares of the frames of each utterance, float64[n, 2 quantities]; NaN where none."""
    if isinstance(modality, Contours):
        frames = [
            _heard(f0, level)[f0 > 0.0] for f0, level in zip(modality.pitch, modality.loudness, strict=True)
        ]
        width = 2
    else:
        frames = [facial_features(own) if len(own) else np.zeros((0, 0)) for own in modality.frames]
        width = len(FACIAL_FEATURES)
    levels = np.full((len(frames), 2 * width), np.nan)
    for k, x in enumerate(frames):
        if len(x):
            levels[k] = np.concatenate([x.mean(axis=0), (x**2).mean(axis=0)])
    return levels


def _heard(f0: Float, level: Float) -> Float:
    """Semitones (0 where unvoiced) and dB of each frame, float64[frames, 2]."""
    return np.stack([12.0 * np.log2(np.where(f0 > 0.0, f0, 1.0)), level], axis=1)


def _span(corpus: Corpus, k: int) -> tuple[float, float]:
    """Begin and end of the axis [s after the utterance begins]."""
    for modality in corpus.modalities.values():
        if isinstance(modality, Contours) and (modality.pitch[k] > 0.0).any():
            voiced = np.flatnonzero(modality.pitch[k] > 0.0)
            first, last = max(0, voiced[0] - MARGIN), min(len(modality.pitch[k]), voiced[-1] + 1 + MARGIN)
            return first * FRAME, last * FRAME
    return 0.0, _duration(corpus, k)


def _duration(corpus: Corpus, k: int) -> float:
    """Of an utterance, s: by its times, else as long as its longest recording; 0 where nothing says."""
    if corpus.begin is not None and corpus.end is not None:
        known = float(corpus.end[k] - corpus.begin[k])
        if np.isfinite(known) and known > 0.0:
            return known
    longest = 0.0
    for modality in corpus.modalities.values():
        if isinstance(modality, Contours):
            longest = max(longest, len(modality.pitch[k]) * FRAME)
        elif isinstance(modality, Landmarks):
            longest = max(longest, len(modality.frames[k]) * FILM)
    return longest


def _near(x: Float, grid: tuple[Float, float]) -> Bool:
    centres, reach = grid
    return np.asarray(np.abs(x[:, None] - centres) <= reach)


def _voice(modality: Contours, k: int, usual: Float, span: tuple[float, float], hop: int) -> Bool:
    f0, level = modality.pitch[k], modality.loudness[k]
    if not (f0 > 0.0).any():
        return np.zeros((0, VOICE_LINES), dtype=bool)
    first, last = (round(t / FRAME) for t in span)
    n = (last - first) // hop
    mean, spread = usual
    z = (_heard(f0, level) - mean) / spread
    z[f0 <= 0.0, 0] = 0.0
    voiced = (f0 > 0.0)[first : first + n * hop].reshape(n, hop).mean(axis=1) > 0.5
    tone, loud = z[first : first + n * hop].reshape(n, hop, 2).mean(axis=1).T
    rise, swell = np.diff(tone, prepend=tone[:1]), np.diff(loud, prepend=loud[:1])
    heard = voiced[:, None]
    return np.concatenate(
        [
            _near(tone, PITCH) & heard,
            _near(loud, LOUDNESS),
            _near(rise * voiced, CHANGE) & heard,
            _near(swell, CHANGE),
            heard,
        ],
        axis=1,
    )


def _face(modality: Landmarks, k: int, usual: Float, span: tuple[float, float], hop: int) -> Bool:
    if not len(modality.frames[k]):
        return np.zeros((0, FACE_LINES), dtype=bool)
    z = (facial_features(modality.frames[k]) - usual[0]) / usual[1]
    steps = max(1, round((span[1] - span[0]) / (hop * FRAME)))
    when = span[0] + (np.arange(steps) + 0.5) * hop * FRAME
    shown = z[np.minimum((when / FILM).astype(np.int64), len(z) - 1)]
    return np.concatenate([_near(column, FACE) for column in shown.T], axis=1)


def _words(corpus: Corpus, modality: Transcripts, k: int, span: tuple[float, float], hop: int) -> Bool:
    said = modality.texts[k]
    steps = max(STEADY, round((span[1] - span[0]) / (hop * FRAME)))
    on = np.zeros((steps if said else 0, WORD_LINES), dtype=bool)
    timed = modality.words[k] if modality.words else ()
    if timed and said:
        zero = (float(corpus.begin[k]) if corpus.begin is not None else 0.0) + span[0]
        for begin, end, word in timed:
            first = max(0, round((begin - zero) / (hop * FRAME)))
            on[first : max(first + 1, round((end - zero) / (hop * FRAME))), _line(word)] = True
    elif said:
        words = re.findall(r"\w+", said)
        edges = np.linspace(0, steps, len(words) + 1).astype(np.int64)
        for word, first, last in zip(words, edges[:-1].tolist(), edges[1:].tolist(), strict=True):
            on[first : max(first + 1, last), _line(word)] = True
    return on


def _line(word: str) -> int:
    return zlib.crc32(word.casefold().encode()) % WORD_LINES


def _steady(values: Float, steps: int) -> Bool:
    """Line l fires whenever values[l] / 2 more have come together, from a half on."""
    so_far = np.floor(0.5 + 0.5 * values * np.arange(1, steps + 1)[:, None])
    return np.asarray(np.diff(so_far, axis=0, prepend=0.0) > 0.0)

"""Videos of speakers with utterances, from a seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

import pysnn as snn

from .face import film, speaker_face
from .voice import speak, speaker_voice
from .words import transcript

Float = NDArray[np.float64]

# IMVD's numbers, in order: -4 to 2.
EMOTIONS = {"fear": -4, "disgust": -3, "anger": -2, "sadness": -1, "neutral": 0, "joy": 1, "surprise": 2}
_FREQUENCY = {
    "fear": 0.11,
    "disgust": 0.11,
    "anger": 0.13,
    "sadness": 0.14,
    "neutral": 0.19,
    "joy": 0.19,
    "surprise": 0.13,
}
# Chance that a modality shows the emotion at all, and that it could not be measured.
_SHOWN = {"text": 0.75, "voice": 0.80, "face": 0.80}
_ABSENT = {"text": 0.01, "voice": 0.02, "face": 0.04}


@dataclass(frozen=True)
class Recipe:
    """What to generate.

    Parameters
    ----------
    seed : >= 0; the same seed gives the same corpus.
    videos : > 1, one speaker each. test_videos : the last so many are the test part, 1 to videos - 1.
    """

    seed: int = 7
    videos: int = 60
    test_videos: int = 20

    def __post_init__(self) -> None:
        """Both parts need a video."""
        if self.seed < 0:
            raise snn.ParameterError(f"Recipe.seed: must be >= 0 (got {self.seed})")
        if not 0 < self.test_videos < self.videos:
            raise snn.ParameterError(
                f"Recipe.test_videos: must be > 0 and < videos = {self.videos} (got {self.test_videos})"
            )


@dataclass(frozen=True)
class Utterances:
    """The content of a corpus; every entry k of a field belongs to utterance k.

    Attributes
    ----------
    video : number of the video (and of its one speaker). position : place in the video.
    emotion : IMVD's number, -4 to 2. test : in the test part?
    text : transcripts, None where missing.
    pitch [Hz] and loudness [dB] : contours every 10 ms, empty where missing.
    landmarks : pixels, float64[frames, 68, 2], no frames where missing.
    """

    video: NDArray[np.int64]
    position: NDArray[np.int64]
    emotion: NDArray[np.int64]
    test: NDArray[np.bool_]
    text: tuple[str | None, ...]
    pitch: tuple[Float, ...]
    loudness: tuple[Float, ...]
    landmarks: tuple[Float, ...]

    def __len__(self) -> int:
        return len(self.video)


def generate(recipe: Recipe | None = None) -> Utterances:
    """The corpus of ``recipe``, rounded to what the file keeps (0.1 Hz, 0.1 dB, 0.25 pixels)."""
    recipe = Recipe() if recipe is None else recipe
    names, frequency = list(EMOTIONS), np.array([_FREQUENCY[name] for name in EMOTIONS])
    rows: list[tuple[int, int, int]] = []
    text: list[str | None] = []
    pitch, loudness, landmarks = [], [], []
    for video in range(recipe.videos):
        # A stream of its own a video: more videos leave the earlier ones as they were.
        rng = np.random.default_rng([recipe.seed, video])
        face, voice = speaker_face(rng), speaker_voice(rng)
        # A video has a mood: some emotions come more often in it than elsewhere.
        mood = frequency * (0.2 + 1.6 * rng.random(len(names)))
        upto = np.cumsum(mood / mood.sum())
        for position in range(6 + int(6 * rng.random())):
            emotion = names[min(int(np.searchsorted(upto, rng.random())), len(names) - 1)]
            duration = 1.6 + 2.0 * float(rng.random())
            shown = {key: bool(rng.random() < chance) for key, chance in _SHOWN.items()}
            there = {key: bool(rng.random() >= chance) for key, chance in _ABSENT.items()}
            strength = {key: (0.45 + 0.55 * float(rng.random())) * shown[key] for key in shown}
            words = transcript(emotion, shown["text"], rng)
            f0, level = speak(voice, emotion, strength["voice"], duration, rng)
            frames = film(face, emotion, strength["face"], duration, rng)
            rows.append((video, position, EMOTIONS[emotion]))
            text.append(words if there["text"] else None)
            pitch.append(_rounded(f0, 10.0)[: len(f0) * there["voice"]])
            loudness.append(_rounded(level, 10.0)[: len(level) * there["voice"]])
            landmarks.append(_rounded(frames, 4.0)[: len(frames) * there["face"]])
    table = np.array(rows, dtype=np.int64)
    return Utterances(
        video=table[:, 0],
        position=table[:, 1],
        emotion=table[:, 2],
        test=table[:, 0] >= recipe.videos - recipe.test_videos,
        text=tuple(text),
        pitch=tuple(pitch),
        loudness=tuple(loudness),
        landmarks=tuple(landmarks),
    )


def _rounded(values: Float, per_unit: float) -> Float:
    return np.asarray(np.rint(values * per_unit) / per_unit)

"""A folder of videos with .eaf files, from a seed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import pysnn as snn

from ..corpus import EMOTIONS
from ..words import transcript
from . import annotation, film
from .annotation import Said
from .speech import RATE, VOICES, program, say
from .warped import SIZE, Actor, photograph

PAUSE = 0.4  # s before, between and after utterances
FPS = 15
GREY = 90


@dataclass(frozen=True)
class VideoRecipe:
    """What to generate.

    Parameters
    ----------
    seed : >= 0. videos : >= 1, one speaker each. least, most : utterances of a video, 1 to 16.
    """

    seed: int = 7
    videos: int = 12
    least: int = 4
    most: int = 16

    def __post_init__(self) -> None:
        """Hold the values against their ranges."""
        if self.seed < 0:
            raise snn.ParameterError(f"VideoRecipe.seed: must be >= 0 (got {self.seed})")
        if not 1 <= self.videos <= 10_000:
            raise snn.ParameterError(f"VideoRecipe.videos: must be >= 1 and <= 10000 (got {self.videos})")
        if not 1 <= self.least <= self.most <= 16:
            raise snn.ParameterError(
                f"VideoRecipe.most: expected 1 <= least <= most <= 16 (got {self.least} and {self.most})"
            )


def generate(folder: Path, recipe: VideoRecipe, progress: Callable[[str, int, int], None]) -> int:
    """Write v000.mp4, v000.eaf ... into ``folder``, which must be new or empty; the number of utterances.

    Raises ParameterError for such a folder or without espeak-ng, ImportError without the libraries.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise snn.ParameterError(f"--out {folder}: expected a new or empty folder")
    program()
    photograph()
    folder.mkdir(parents=True, exist_ok=True)
    total = 0
    for number in range(recipe.videos):
        total += _video(
            folder, f"v{number:03d}", np.random.default_rng([recipe.seed, number]), recipe, number
        )
        progress("videos", number + 1, recipe.videos)
    return total


def _video(folder: Path, name: str, rng: np.random.Generator, recipe: VideoRecipe, number: int) -> int:
    actor = Actor(rng)
    voice, base = VOICES[number % len(VOICES)], 35 + int(20 * rng.random())
    names = list(EMOTIONS)
    count = recipe.least + int((recipe.most - recipe.least + 1) * rng.random())
    silence = np.zeros(int(PAUSE * RATE), np.float32)
    sound, said, emotions = [silence], [], []
    at = PAUSE
    for k in range(count):
        # All seven come in turn, from another one in each video.
        emotion = names[(number * 3 + k) % len(names)]
        text = transcript(emotion, True, rng)
        words = say(text, voice, base, emotion)
        said.append(Said(at, at + len(words) / RATE, text, EMOTIONS[emotion]))
        emotions.append(emotion)
        sound += [words, silence]
        at += len(words) / RATE + PAUSE
    samples = np.concatenate(sound)
    film.write(folder / f"{name}.mp4", _frames(actor, said, emotions, samples, rng), FPS, samples)
    annotation.write(folder / f"{name}.eaf", f"{name}.mp4", said)
    return count


def _frames(
    actor: Actor,
    said: list[Said],
    emotions: list[str],
    sound: NDArray[np.float32],
    rng: np.random.Generator,
) -> Iterator[NDArray[np.uint8]]:
    """The mouth follows the sound, the look the emotion; the head sways."""
    step = RATE // FPS
    phase = 6.28 * rng.random()
    for k in range(len(sound) // step):
        time = k / FPS
        level = float(np.abs(sound[k * step : (k + 1) * step]).mean())
        now = next((j for j, one in enumerate(said) if one.begin <= time < one.end), None)
        face = actor.frame("neutral" if now is None else emotions[now], 6.0 * level)
        canvas = np.full((film.HEIGHT, film.WIDTH, 3), GREY, np.uint8)
        width = min(face.shape[1], film.WIDTH)
        left = int(np.clip((film.WIDTH - width) / 2 + 6 * np.sin(time + phase), 0, film.WIDTH - width))
        canvas[:SIZE, left : left + width] = face[:, :width]
        yield canvas

"""Speech by espeak-ng."""

from __future__ import annotations

import io
import shutil
import subprocess
import wave
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

import pysnn as snn

RATE = 22_050  # Hz, espeak-ng's


@dataclass(frozen=True)
class Tone:
    """How an emotion is said, beside the speaker's own: pitch [of 0 to 99], amplitude, words a minute."""

    pitch: int
    amplitude: int
    speed: int


TONES: Mapping[str, Tone] = {
    "fear": Tone(30, 140, 195),
    "disgust": Tone(-18, 90, 150),
    "anger": Tone(12, 180, 185),
    "sadness": Tone(-24, 60, 125),
    "neutral": Tone(0, 100, 155),
    "joy": Tone(20, 130, 175),
    "surprise": Tone(38, 140, 165),
}
VOICES = ("id+m1", "id+f2", "id+m3", "id+f4", "id+m7", "id+f5")


def program() -> str:
    """Where espeak-ng is; ParameterError with how to get it."""
    found = shutil.which("espeak-ng")
    if found is None:
        raise snn.ParameterError("synth --media: espeak-ng is not installed: apt install espeak-ng")
    return found


def say(text: str, voice: str, base: int, emotion: str) -> NDArray[np.float32]:
    """``text`` by ``voice``, whose resting pitch is ``base`` [0 to 99], in the tone of ``emotion``; at
    RATE.
    """
    tone = TONES[emotion]
    pitch = str(min(99, max(0, base + tone.pitch)))
    command = [program(), "-v", voice, "-p", pitch, "-a", str(tone.amplitude), "-s", str(tone.speed)]
    done = subprocess.run([*command, "--stdout", "--", text], capture_output=True, check=False)
    if done.returncode or not done.stdout:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise snn.ParameterError(f"synth --media: espeak-ng failed: {said[-1] if said else done.returncode}")
    # Its header does not know the length of what follows.
    with wave.open(io.BytesIO(done.stdout)) as file:
        rate = file.getframerate()
        raw = file.readframes(file.getnframes())
    if rate != RATE:
        raise snn.ParameterError(f"synth --media: expected {RATE} Hz of espeak-ng (got {rate})")
    samples = np.frombuffer(raw, np.int16).astype(np.float32) / np.float32(32768.0)
    loud = np.flatnonzero(np.abs(samples) > 1e-3)
    return samples[loud[0] : loud[-1] + 1] if len(loud) else samples

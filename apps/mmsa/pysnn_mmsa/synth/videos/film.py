"""Frames and sound into an mp4 file."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...beside import whole
from ...media.container import library
from .speech import RATE

WIDTH, HEIGHT = 640, 480


def write(path: Path, frames: Iterable[NDArray[np.uint8]], fps: int, sound: NDArray[np.float32]) -> None:
    """Write ``frames`` (uint8[HEIGHT, WIDTH, 3]) and mono ``sound`` at RATE; the file is there when it is
    whole.
    """
    av = library()
    with whole(path) as draft, av.open(str(draft), "w") as container:
        codec = "libx264" if "libx264" in av.codecs_available else "mpeg4"
        picture = container.add_stream(codec, rate=fps)
        picture.width, picture.height, picture.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        if codec == "libx264":
            picture.options = {"crf": "20", "preset": "veryfast"}
        voice = container.add_stream("aac", rate=44_100, layout="mono")
        for frame in frames:
            _put(container, picture.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        _put(container, picture.encode())
        resampler = av.AudioResampler(format="fltp", layout="mono", rate=44_100)
        samples = av.AudioFrame.from_ndarray(sound[None, :], format="fltp", layout="mono")
        # Stamps from the begin on: else a short rest of the sound has one that mp4 refuses.
        samples.sample_rate, samples.pts = RATE, 0
        for piece in (*resampler.resample(samples), *resampler.resample(None)):
            _put(container, voice.encode(piece))
        _put(container, voice.encode())


def _put(container: Any, packets: Iterable[Any]) -> None:
    for packet in packets:
        container.mux(packet)

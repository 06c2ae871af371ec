"""Frames of a film as grey pictures, upright, with the times that their stamps say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .container import MediaError, film, library, opened, packets, reason, start_of
from .display import Display


@dataclass(frozen=True)
class Frame:
    """time : s since the start of the container. grey : uint8[height, width], upright."""

    time: float
    grey: NDArray[np.uint8]


def frames(path: Path, warnings: list[str] | None = None, threads: int = 1) -> Iterator[Frame]:
    """The frames of the first film of ``path`` one after the other; none where there is no film.

    A frame counts for the time of its stamp, not for its number: rates vary and streams begin late. What
    cannot be decoded, and an end before the file says, is added to ``warnings``. MediaError where the file
    is none.
    """
    av = library()
    odd = [] if warnings is None else warnings
    with opened(path) as container:
        stream = film(container)
        if stream is None:
            return
        stream.codec_context.thread_count = threads
        start, bad, shown = start_of(container), 0, 0
        last, said = 0.0, ""
        ended: list[str] = []
        for packet in packets(container, stream, ended):
            try:
                decoded = packet.decode()
            except (av.FFmpegError, ValueError) as err:
                bad, said = bad + 1, reason(err)
                continue
            for frame in decoded:
                if frame.pts is None or frame.is_corrupt:
                    bad, said = bad + 1, said or "no stamp" if frame.pts is None else "corrupt"
                    continue
                last = float(frame.pts * frame.time_base) - start
                shown += 1
                yield Frame(last, Display.of(frame).upright(luma(frame)))
        odd += [f"{path}: the film cannot be read to its end ({why})" for why in ended]
        if bad:
            odd.append(f"{path}: {bad} frames cannot be decoded ({said})")
        if shown == 0:
            raise MediaError(f"{path}: no frame can be decoded" + (f" ({said})" if said else ""))
        length = stream.duration * float(stream.time_base) if stream.duration and stream.time_base else None
        begin = stream.start_time * float(stream.time_base) - start if stream.start_time else 0.0
        if length is not None and begin + length - last > 1.0:
            odd.append(f"{path}: the film ends {begin + length - last:.1f} s before the file should")


def luma(frame: Any) -> NDArray[np.uint8]:
    """The brightness of a frame, uint8[height, width]: its own plane where it is one, which costs nothing."""
    name = frame.format.name
    if name in ("yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "nv12", "gray"):
        plane = frame.planes[0]
        rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
        return rows[: frame.height, : frame.width]
    return np.asarray(frame.to_ndarray(format="gray"))

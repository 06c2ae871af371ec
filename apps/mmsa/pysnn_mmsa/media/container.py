"""Opening a media file, and what is in it."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pysnn as snn

from .display import Display


class MediaError(snn.ParameterError):
    """A file that is no media file, or whose streams cannot be read; the message names it."""


@dataclass(frozen=True)
class Streams:
    """What a file holds.

    start : s, stamp at which the container begins. duration : s, None where the file does not say.
    video : of the first film, None without one: codec, width, height (as stored), rate (mean, Hz), frames'
    rotation to be undone (degrees, anticlockwise; before it left and right are exchanged where ``mirrored``),
    start and duration [s].
    audio : of each track: codec, rate [Hz], channels, layout, start, duration [s], language.
    """

    path: Path
    format: str
    start: float
    duration: float | None
    video: dict[str, Any] | None
    audio: tuple[dict[str, Any], ...]


def library() -> Any:
    """PyAV; ImportError with how to get it."""
    try:
        import av
    except ImportError as err:
        raise ImportError(f"reading media needs PyAV: pip install 'pysnn-mmsa[media]' ({err})") from err
    av.logging.set_level(None)
    return av


@contextlib.contextmanager
def opened(path: Path) -> Iterator[Any]:
    """The container in ``path``, of files on this machine alone; MediaError where there is none."""
    av = library()
    if not path.is_file():
        raise MediaError(f"{path}: there is no such file")
    if path.stat().st_size == 0:
        raise MediaError(f"{path}: no media: the file is empty")
    with path.open("rb") as file:
        if file.read(24) == b"version https://git-lfs.":
            raise MediaError(f"{path}: is a Git LFS pointer, not the file; `git lfs pull` fetches it")
    try:
        # A playlist must not fetch anything from elsewhere.
        container = av.open(
            str(path.absolute()), options={"protocol_whitelist": "file"}, metadata_errors="replace"
        )
    except (av.FFmpegError, ValueError) as err:
        raise MediaError(f"{path}: no media that can be read: {reason(err)}") from err
    with container:
        yield container


def reason(err: BaseException) -> str:
    """What FFmpeg says, without the path it repeats."""
    return str(getattr(err, "strerror", None) or err)


def start_of(container: Any) -> float:
    """Stamp at which the container begins, s."""
    return 0.0 if container.start_time is None else container.start_time / 1e6


def length_of(container: Any) -> float | None:
    """How long the container is from its start on, s; None where it does not say."""
    if container.duration is None:
        return None
    # Matroska notes the stamp of its end, the others how much there is.
    before = start_of(container) if "matroska" in container.format.name else 0.0
    return float(container.duration / 1e6 - before)


def film(container: Any) -> Any | None:
    """The first stream of moving pictures; a cover is none."""
    for stream in container.streams.video:
        if "attached_pic" not in str(getattr(stream, "disposition", "")):
            return stream
    return None


def packets(container: Any, stream: Any, bad: list[str]) -> Iterator[Any]:
    """The packets of a stream, as far as any can be read; why they end early is added to ``bad``."""
    av = library()
    several = container.demux(stream)
    while True:
        try:
            yield next(several)
        except StopIteration:
            return
        except IndexError:  # of a stream that begins midway, which PyAV does not know: on behind it
            several = container.demux(stream)
        except (av.FFmpegError, ValueError) as err:
            bad.append(reason(err))
            return


def probe(path: Path) -> Streams:
    """What is in ``path``; MediaError where it is no media file."""
    av = library()
    with opened(path) as container:
        start = start_of(container)
        picture = film(container)
        video = None
        if picture is not None:
            context = picture.codec_context
            video = {
                "codec": context.name,
                "width": context.width,
                "height": context.height,
                "rate": None if picture.average_rate is None else float(picture.average_rate),
                **dataclasses.asdict(Display()),
                **_times(picture, start),
            }
            with contextlib.suppress(av.FFmpegError, ValueError):
                shown = (frame for packet in packets(container, picture, []) for frame in packet.decode())
                video |= dataclasses.asdict(next(map(Display.of, shown), Display()))
        audio = tuple(
            {
                "codec": stream.codec_context.name,
                "rate": stream.codec_context.sample_rate,
                "channels": stream.codec_context.channels,
                "layout": stream.codec_context.layout.name,
                "language": stream.metadata.get("language"),
                **_times(stream, start),
            }
            for stream in container.streams.audio
        )
        return Streams(path, container.format.name, start, length_of(container), video, audio)


def _times(stream: Any, start: float) -> dict[str, float | None]:
    base = float(stream.time_base) if stream.time_base is not None else None
    begin = None if base is None or stream.start_time is None else stream.start_time * base - start
    length = None if base is None or stream.duration is None else stream.duration * base
    return {"start": begin, "duration": length}

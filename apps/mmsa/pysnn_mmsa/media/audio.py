"""Sound as one channel of 16 kHz on the container's time axis."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .container import MediaError, length_of, library, opened, packets, reason, start_of

RATE = 16_000  # Hz
FULL = np.float32(32767.0 / 32768.0)  # what a 16-bit sample can hold: extractors wrap at 1
GAP = 0.02  # s: frames whose stamps lie further off than this begin anew where they say
SHORT, FAR = 1.0, 10.0  # s: a stretch shorter than that, that far off, is one of damaged stamps
WEAK = 0.6  # a mean of channels weaker than this share of the loudest channel has cancelled


@dataclass(frozen=True)
class Sound:
    """samples : float32[n] within +-1, sample k at k / RATE s. warnings : what was odd."""

    samples: NDArray[np.float32]
    warnings: tuple[str, ...]

    @property
    def duration(self) -> float:
        """s."""
        return len(self.samples) / RATE


def sound(path: Path, track: int = 0) -> Sound | None:
    """The sound of ``path``, None where it has none.

    Frames lie where their stamps say, gaps are silent, what comes before the container's start is left out.
    Channels are averaged; where they cancel (antiphase) or all but one are silent, the loudest is taken.

    Raises MediaError where the file is none, nothing of the track can be decoded, or there is no such track.
    """
    av = library()
    with opened(path) as container:
        tracks = container.streams.audio
        if not tracks:
            return None
        if track >= len(tracks):
            raise MediaError(f"{path}: data.audio_track: expected < {len(tracks)} (got {track})")
        warnings = []
        if len(tracks) > 1:
            warnings.append(f"{path}: {len(tracks)} audio tracks: number {track} is read (data.audio_track)")
        parts, bad = _decoded(av, container, tracks[track], path)
        if not parts:
            raise MediaError(f"{path}: no sound can be decoded" + (f" ({bad[0]})" if bad else ""))
        if bad:
            warnings.append(f"{path}: {len(bad)} pieces of sound cannot be decoded ({bad[0]})")
        wanted = length_of(container)
        astray = _astray(parts, wanted)
        if astray:
            warnings.append(f"{path}: {len(astray)} pieces of sound have stamps far off: left out")
        channels = _placed([part for k, part in enumerate(parts) if k not in astray])
    mono, odd = _mixed(channels)
    warnings += [f"{path}: {text}" for text in odd]
    short = 0.0 if wanted is None else wanted - len(mono) / RATE
    if short > 1.0:
        warnings.append(f"{path}: the sound ends {short:.1f} s before the file should")
    return Sound(mono, tuple(warnings))


def _decoded(
    av: Any, container: Any, stream: Any, path: Path
) -> tuple[list[tuple[float, NDArray[np.float32]]], list[str]]:
    """Stretches without a gap as (begin [s], float32[channels, n]) at RATE, and what cannot be decoded."""
    start = start_of(container)
    stretches: list[tuple[float, list[NDArray[np.float32]]]] = []
    bad: list[str] = []
    resampler: Any = None
    form: tuple[str, int, str] | None = None
    expected = 0.0

    def drain() -> None:
        if resampler is not None and stretches:
            stretches[-1][1].extend(_by_channel(out) for out in resampler.resample(None))

    for packet in packets(container, stream, bad):
        try:
            decoded = packet.decode()
        except (av.FFmpegError, ValueError) as err:
            bad.append(reason(err))
            continue
        for frame in decoded:
            at = expected if frame.pts is None else float(frame.pts * frame.time_base) - start
            layout = frame.layout.name
            own = (layout, frame.sample_rate, frame.format.name)  # may change within a stream
            if resampler is None or abs(at - expected) > GAP or own != form:
                drain()
                form = own
                # The layout of the first frame is kept, so that all stretches have its channels.
                kept = stretches[0][1][0].shape[0] if stretches and stretches[0][1] else None
                name = layout if kept is None else {1: "mono", 2: "stereo"}.get(kept, layout)
                resampler = av.AudioResampler(format="flt", layout=name, rate=RATE)
                stretches.append((at, []))
                expected = at
            expected += frame.samples / frame.sample_rate
            stretches[-1][1].extend(_by_channel(out) for out in resampler.resample(frame))
    drain()
    whole = [(at, np.concatenate(pieces, axis=1)) for at, pieces in stretches if pieces]
    return whole, bad


def _astray(parts: list[tuple[float, NDArray[np.float32]]], wanted: float | None) -> set[int]:
    """Numbers of short stretches far ahead of what lies before and after them: their stamps are damaged.

    The last one where it lies far behind the ``wanted`` end.
    """
    found: set[int] = set()
    end = 0.0
    for k, (at, piece) in enumerate(parts):
        length = piece.shape[1] / RATE
        after = parts[k + 1][0] if k + 1 < len(parts) else wanted
        if length < SHORT and at - end > FAR and after is not None and at - after > FAR:
            found.add(k)
        else:
            end = at + length
    return found if len(found) < len(parts) else set()


def _by_channel(frame: Any) -> NDArray[np.float32]:
    """float32[channels, n] of a frame of interleaved samples: PyAV crashes on planes of eight and more."""
    samples: NDArray[np.float32] = frame.to_ndarray()
    return samples.reshape(-1, frame.layout.nb_channels).T


def _placed(parts: list[tuple[float, NDArray[np.float32]]]) -> NDArray[np.float32]:
    """All stretches on one axis from 0, float32[channels, n]; a later one covers an earlier one."""
    channels = parts[0][1].shape[0]
    begins = [round(at * RATE) for at, _ in parts]
    length = max(0, max(begin + piece.shape[1] for begin, (_, piece) in zip(begins, parts, strict=True)))
    out = np.zeros((channels, length), dtype=np.float32)
    for begin, (_, piece) in zip(begins, parts, strict=True):
        cut = piece[:channels, max(0, -begin) :]
        first = max(0, begin)
        out[: len(cut), first : first + cut.shape[1]] = cut
    return out


def _mixed(channels: NDArray[np.float32]) -> tuple[NDArray[np.float32], list[str]]:
    """One channel from all, within full scale, and what was odd about them."""
    odd: list[str] = []
    bad = ~np.isfinite(channels)
    if bad.any():
        channels = np.where(bad, np.float32(0.0), channels)
        odd.append(f"{int(bad.sum())} samples are no numbers: taken for silence")
    mono = channels.mean(axis=0, dtype=np.float32) if len(channels) else np.zeros(0, np.float32)
    if len(channels) > 1 and mono.size:
        power = [float(np.mean(np.square(c, dtype=np.float64))) for c in channels]
        loudest = int(np.argmax(power))
        if float(np.mean(np.square(mono, dtype=np.float64))) < WEAK**2 * power[loudest]:
            mono = channels[loudest]
            others = [p for k, p in enumerate(power) if k != loudest]
            why = "the others are silent" if max(others) < 1e-4 * power[loudest] else "the channels cancel"
            odd.append(f"channel {loudest + 1} of {len(channels)} is taken: {why}")
    over = float(np.mean(np.abs(mono) > FULL)) if mono.size else 0.0
    if over > 0.001:
        odd.append(f"{100.0 * over:.2g} % of the samples lie above full scale: cut to it")
    return np.clip(mono, -FULL, FULL), odd

"""Media on one time axis: the cases with their right values, and files made here."""

from __future__ import annotations

import json
import struct
import wave
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pysnn_mmsa.cli import main
from pysnn_mmsa.media import RATE, MediaError, frames, probe, sound
from pysnn_mmsa.media.audio import FULL, _astray, _mixed

import pysnn as snn

from . import cases, helpers

av = helpers.optional("av")
pytestmark = pytest.mark.media


def onsets(values: np.ndarray, threshold: float) -> np.ndarray:
    high = values > threshold
    return np.flatnonzero(high & ~np.concatenate([[False], high[:-1]]))


def flashes(path: Path) -> np.ndarray | None:
    seen = [(frame.time, float(frame.grey.mean())) for frame in frames(path)]
    if not seen:
        return None
    times, levels = np.array(seen).T
    return times[onsets(levels, 100.0)]


def beeps(path: Path, track: int) -> np.ndarray | None:
    heard = sound(path, track)
    if heard is None:
        return None
    x = heard.samples[: len(heard.samples) // 160 * 160].reshape(-1, 160)
    return onsets(np.sqrt((x**2).mean(axis=1)), 0.05) / 100.0


@pytest.mark.parametrize("name", cases.names("media"))
def test_flash_and_beep_lie_where_the_case_says(name: str) -> None:
    case = cases.expected("media")[name]
    path = cases.path(f"media/{name}")
    if name in ("torn.mp4", "empty.mp4"):
        with pytest.raises(MediaError, match="no media"):
            probe(path)
        return
    for key, got, tolerance in (
        ("flash", flashes(path), 0.04),
        ("beep", beeps(path, case.get("track", 0)), 0.03),
    ):
        if key in case and case[key] is None:
            assert got is None
        elif key in case:
            assert got is not None
            np.testing.assert_allclose(got, case[key], atol=tolerance)
    if "rate" in case:
        assert probe(path).audio[0]["rate"] == case["rate"]


def test_a_file_that_ends_early_gives_what_is_there_and_a_warning() -> None:
    path = cases.path("media/torn_faststart.mp4")
    odd: list[str] = []
    assert len(list(frames(path, odd))) > 10
    assert any("ends" in text and "before the file should" in text for text in odd)
    heard = sound(path)
    assert heard is not None
    assert any("before the file should" in text for text in heard.warnings)


def test_two_tracks_are_warned_of_and_a_third_is_an_error() -> None:
    path = cases.path("media/two_audio.mp4")
    heard = sound(path)
    assert heard is not None
    assert any("2 audio tracks" in text for text in heard.warnings)
    with pytest.raises(MediaError, match=r"audio_track: expected < 2 \(got 2\)"):
        sound(path, 2)


# ---- made here -----------------------------------------------------------------------------------

WIDE, HIGH = 64, 48


def film(path: Path, seconds: float = 0.4, fps: int = 10) -> Path:
    """A film whose upper left quarter alone is bright."""
    picture = np.zeros((HIGH, WIDE, 3), np.uint8)
    picture[: HIGH // 2, : WIDE // 2] = 255
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=fps)
        stream.width, stream.height, stream.pix_fmt = WIDE, HIGH, "yuv420p"
        for _ in range(round(seconds * fps)):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return path


def turned(path: Path, matrix: tuple[int, int, int, int]) -> Path:
    """The same file with a display matrix a, b, c, d: a point (x, y) is shown at (a x + c y, b x + d y)."""
    raw = bytearray(path.read_bytes())
    at = raw.index(b"tkhd") + 4 + 4 + 8 + 4 + 4 + 4 + 8 + 8  # ISO 14496-12, 8.3.2, version 0
    a, b, c, d = matrix
    raw[at : at + 36] = struct.pack(">9i", a << 16, b << 16, 0, c << 16, d << 16, 0, 0, 0, 1 << 30)
    path.write_bytes(raw)
    return path


@pytest.mark.parametrize(
    ("matrix", "rotation", "mirrored", "corner"),
    [
        ((1, 0, 0, 1), 0, False, (0, 0)),
        ((0, 1, -1, 0), 270, False, (0, 1)),  # (1, 0) is shown at (0, 1): clockwise
        ((-1, 0, 0, -1), 180, False, (1, 1)),
        ((0, -1, 1, 0), 90, False, (1, 0)),
        ((-1, 0, 0, 1), 0, True, (0, 1)),  # a mirror's picture, not one upside down
        ((1, 0, 0, -1), 180, True, (1, 0)),
        ((0, 1, 1, 0), 90, True, (0, 0)),
        ((0, -1, -1, 0), 270, True, (1, 1)),
    ],
)
def test_frames_stand_upright(
    matrix: tuple[int, int, int, int],
    rotation: int,
    mirrored: bool,
    corner: tuple[int, int],
    tmp_path: Path,
) -> None:
    path = turned(film(tmp_path / "a.mp4"), matrix)
    grey = next(iter(frames(path))).grey
    assert grey.shape == ((HIGH, WIDE) if rotation % 180 == 0 else (WIDE, HIGH))
    halves = [np.array_split(half, 2, axis=1) for half in np.array_split(grey, 2, axis=0)]
    means = np.array([[part.mean() for part in row] for row in halves])
    assert np.unravel_index(means.argmax(), (2, 2)) == corner
    streams = probe(path)
    assert streams.video is not None
    assert (streams.video["rotation"], streams.video["mirrored"]) == (rotation, mirrored)


def wav(path: Path, samples: np.ndarray, rate: int) -> Path:
    """float32[channels, n] as 32-bit float samples, so that they may lie above full scale."""
    channels = len(samples)
    data = samples.T.astype("<f4").tobytes()
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16, 3, channels, rate,
                       rate * channels * 4, channels * 4, 32, b"data", len(data))  # fmt: skip
    path.write_bytes(head + data)
    return path


def tone(rate: int, hertz: float, seconds: float, amplitude: float = 0.5) -> np.ndarray:
    return amplitude * np.sin(2.0 * np.pi * hertz * np.arange(round(rate * seconds)) / rate)


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 44100, 48000])
def test_every_rate_becomes_16_khz_of_the_same_level_and_length(rate: int, tmp_path: Path) -> None:
    """A sine of 0.5 has a root mean square of 0.5 / sqrt 2."""
    heard = sound(wav(tmp_path / "a.wav", tone(rate, 300.0, 1.0)[None], rate))
    assert heard is not None
    assert heard.duration == pytest.approx(1.0, abs=0.002)
    middle = heard.samples[RATE // 4 : -RATE // 4]
    assert np.sqrt((middle**2).mean()) == pytest.approx(0.5 / np.sqrt(2.0), rel=0.01)


@pytest.mark.parametrize("channels", [1, 2, 3, 6, 8, 12, 24])
def test_any_number_of_channels_becomes_one_of_the_same_level(channels: int, tmp_path: Path) -> None:
    """The mean of channels that are all alike is one of them; recorders write eight and more."""
    wave_of = (8000.0 * np.sin(2.0 * np.pi * 200.0 * np.arange(16000) / 16000.0)).astype("<i2")
    with wave.open(str(tmp_path / "x.wav"), "wb") as file:
        file.setparams((channels, 2, 16000, 0, "NONE", ""))
        file.writeframes(np.repeat(wave_of[:, None], channels, axis=1).tobytes())
    heard = sound(tmp_path / "x.wav")
    assert heard is not None
    np.testing.assert_allclose(heard.samples, wave_of / 32768.0, atol=1e-4)


def test_sound_whose_rate_changes_within_the_file_is_read_to_its_end(tmp_path: Path) -> None:
    """As in recordings that were joined: .7 s of 44.1 kHz, then .7 s of 22.05 kHz."""
    joined = b""
    for rate in (44100, 22050):
        with av.open(str(tmp_path / "x.mp3"), "w") as container:
            stream = container.add_stream("mp3", rate=rate)
            values = 0.3 * np.sin(2.0 * np.pi * 440.0 * np.arange(int(0.7 * rate)) / rate)
            frame = av.AudioFrame.from_ndarray(values.astype(np.float32)[None], format="fltp", layout="mono")
            frame.sample_rate = rate
            stream.layout = "mono"
            for part in av.AudioResampler("fltp", "mono", rate, 1152 if rate > 30000 else 576).resample(
                frame
            ):
                container.mux(stream.encode(part))
            container.mux(stream.encode())
        joined += (tmp_path / "x.mp3").read_bytes()
    (tmp_path / "x.mp3").write_bytes(joined)
    heard = sound(tmp_path / "x.mp3")
    assert heard is not None
    loud = (
        np.sqrt((heard.samples[: len(heard.samples) // 160 * 160].reshape(-1, 160) ** 2).mean(axis=1)) > 0.1
    )
    assert 1.3 < loud.sum() / 100.0 < 1.5


def test_a_stretch_of_sound_with_a_damaged_stamp_is_left_out() -> None:
    """One packet hours ahead of its neighbours would else be hours of silence, in gigabytes."""
    second, tenth = np.zeros((1, RATE), np.float32), np.zeros((1, RATE // 10), np.float32)
    parts = [(0.0, second), (23861.0, tenth), (1.1, second), (9000.0, tenth)]
    assert _astray(parts, 2.1) == {1, 3}
    assert _astray(parts, None) == {1}
    # What goes on where it is said to is no damage: somebody paused the recording.
    assert _astray([(0.0, second), (5000.0, second), (5001.5, tenth)], 5001.6) == set()


@pytest.mark.parametrize("ending", ["mkv", "mp4", "ts"])
def test_a_file_whose_stamps_begin_late_is_as_long_as_what_it_holds(ending: str, tmp_path: Path) -> None:
    path, rate = tmp_path / f"late.{ending}", 48_000
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=rate, layout="mono")
        for k in range(0, 2 * rate, 1024):
            samples = tone(rate, 300.0, 2.0)[None, k : k + 1024].astype(np.float32)
            frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = rate, 10 * rate + k, Fraction(1, rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    heard = sound(path)
    assert heard is not None
    assert heard.warnings == ()
    assert heard.duration == pytest.approx(2.0, abs=0.1)
    length = probe(path).duration
    assert length is not None
    assert length == pytest.approx(2.0, abs=0.1)


def test_channels_are_averaged_unless_they_cancel_or_are_silent() -> None:
    rng = np.random.default_rng(0)
    a, b = 0.1 * rng.normal(size=(2, 5000)).astype(np.float32)
    mixed, odd = _mixed(np.stack([a, b]))
    np.testing.assert_allclose(mixed, (a + b) / 2, atol=1e-6)
    assert odd == []
    for channels, word in ((np.stack([a, -a]), "cancel"), (np.stack([0 * a, a]), "silent")):
        mixed, odd = _mixed(channels)
        np.testing.assert_allclose(np.abs(mixed), np.abs(a), atol=1e-7)
        assert word in odd[0]


def test_what_is_above_full_scale_or_no_number_is_cut_and_counted() -> None:
    loud = np.array([[0.5, 1.5, -2.0, np.nan] * 50], dtype=np.float32)
    mixed, odd = _mixed(loud)
    np.testing.assert_array_equal(mixed[:4], [0.5, FULL, -FULL, 0.0])
    assert any("50 samples are no numbers" in text for text in odd)
    assert any("50 % of the samples lie above full scale" in text for text in odd)


@pytest.mark.parametrize(
    "content", [b"", b"text, no media", b"version https://git-lfs.github.com/spec/v1\n", b"\0" * 4096]
)
def test_what_is_no_media_is_named(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.mp4"
    path.write_bytes(content)
    for call in (probe, sound, lambda p: list(frames(p))):
        with pytest.raises(MediaError, match=r"x\.mp4"):
            call(path)


def test_a_playlist_fetches_nothing(tmp_path: Path) -> None:
    path = tmp_path / "x.mp4"
    path.write_text("#EXTM3U\n#EXTINF:10,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n")
    with pytest.raises(snn.ParameterError, match=r"x\.mp4"):
        list(frames(path))


def test_inspect_prints_streams_rotation_and_what_they_hold(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = turned(film(tmp_path / "a.mp4"), (0, 1, -1, 0))
    assert main(["inspect", str(path), "--json", "--values"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert (found["kind"], found["rotation"], found["tracks"]) == ("media", 270, 0)
    assert found["video"]["width"] == WIDE
    assert found["frames"]["time"] == pytest.approx([0.0, 0.1, 0.2, 0.3])
    assert any("no sound" in text for text in found["warnings"])
    path = wav(tmp_path / "b.wav", tone(16000, 200.0, 1.0)[None], 16000)
    assert main(["inspect", str(path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["voice"]["f0"] == pytest.approx(200.0, rel=0.001)
    assert main(["inspect", str(path)]) == 0
    assert "f0: 200" in capsys.readouterr().out

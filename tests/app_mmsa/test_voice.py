"""Pitch and loudness against sounds whose pitch and loudness are known."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import numpy as np
import pytest
from pysnn_mmsa.media import RATE, sound
from pysnn_mmsa.voice import extractor, voice
from pysnn_mmsa.voice.pitch import track

import pysnn as snn

from . import cases

KINDS = [
    "own",
    pytest.param(
        "opensmile",
        marks=pytest.mark.skipif(
            importlib.util.find_spec("opensmile") is None, reason="openSMILE is not installed"
        ),
    ),
]


def semitones(a: np.ndarray, b: np.ndarray | float) -> np.ndarray:
    return 12.0 * np.log2(a / b)


def heard(path: Path) -> np.ndarray:
    found = sound(path)
    assert found is not None
    return found.samples


@pytest.mark.media
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", cases.names("audio"))
def test_a_case_has_its_pitch_and_level(name: str, kind: str) -> None:
    case = cases.expected("audio")[name]
    got = voice(heard(cases.path(f"audio/{name}")), kind)
    voiced = got.pitch[got.pitch > 0.0]
    if "f0" in case and case["f0"] is None:
        assert len(voiced) == 0
    elif "f0" in case:
        assert len(voiced) > 0.9 * len(got.pitch)
        off = np.abs(semitones(voiced[3:-3], case["f0"]))
        assert off.max() <= case.get("tolerance_semitones", 0.1)
    if "f0_begin" in case:
        # 100 to 250 Hz in 2 s, evenly in semitones, as both ends and the middle of the file say.
        at = (np.arange(len(got.pitch)) + 0.5) / len(got.pitch)
        true = case["f0_begin"] * (case["f0_end"] / case["f0_begin"]) ** at
        there = np.flatnonzero(got.pitch > 0.0)[3:-3]
        assert np.abs(semitones(got.pitch[there], true[there])).max() <= case["tolerance_semitones"]
    if "same_level_as" in case:
        other = voice(heard(cases.path(f"audio/{case['same_level_as']}")), kind)
        assert np.median(got.loudness) == pytest.approx(np.median(other.loudness), abs=1.0)
    if "level_step_db" in case:
        half = len(got.loudness) // 2
        step = np.median(got.loudness[half + 5 :]) - np.median(got.loudness[: half - 5])
        assert step == pytest.approx(case["level_step_db"], abs=case["tolerance_db"])


@pytest.mark.media
@pytest.mark.data
@pytest.mark.skipif(importlib.util.find_spec("opensmile") is None, reason="openSMILE is not installed")
def test_both_extractors_agree_on_recorded_speech() -> None:
    """Frames that both call voiced: nine in ten within a semitone, the median of all within a tenth."""
    folder = Path(os.environ["PYSNN_DATA"])
    off = []
    for path in (*sorted((folder / "ravdess_contours" / "wav_samples").glob("*.wav"))[:3],
                 folder / "audio_samples" / "opensmile.wav"):  # fmt: skip
        a, b = (voice(heard(path), kind).pitch for kind in ("own", "opensmile"))
        both = (a > 0.0) & (b > 0.0)
        assert both.mean() > 0.15
        off.append(semitones(a[both], b[both]))
    joined = np.concatenate(off)
    assert (np.abs(joined) < 1.0).mean() > 0.9
    assert abs(np.median(joined)) < 0.1


# ---- made here -----------------------------------------------------------------------------------


def harmonics(hertz: np.ndarray, tilt: float = 1.0, missing: int = 0) -> np.ndarray:
    """A buzz whose pitch at each sample is ``hertz``: harmonics up to 3.5 kHz, the first ``missing`` left
    out.
    """
    phase = 2.0 * np.pi * np.cumsum(hertz) / RATE
    count = int(3500.0 / hertz.max())
    x = sum(np.sin(k * phase) / k**tilt for k in range(1 + missing, count + 1))
    return np.asarray(0.3 * x / np.abs(x).max(), dtype=np.float32)


@pytest.mark.parametrize("hertz", [75.0, 100.0, 137.0, 220.0, 330.0, 440.0])
@pytest.mark.parametrize("missing", [0, 1])
def test_a_buzz_has_its_pitch_even_without_its_fundamental(hertz: float, missing: int) -> None:
    got = track(harmonics(np.full(RATE, hertz), missing=missing), RATE)
    assert (got > 0.0).mean() > 0.95
    assert np.abs(semitones(got[got > 0.0][3:-3], hertz)).max() < 0.1


@pytest.mark.parametrize(("begin", "end"), [(80.0, 160.0), (300.0, 150.0)])
def test_a_glide_is_followed_without_a_jump_of_an_octave(begin: float, end: float) -> None:
    at = np.arange(2 * RATE) / (2 * RATE)
    got = track(harmonics(begin * (end / begin) ** at), RATE)
    true = begin * (end / begin) ** ((np.arange(len(got)) + 0.5) / len(got))
    assert np.abs(semitones(got[3:-3], true[3:-3])).max() < 0.1


def test_noise_and_silence_have_no_pitch_and_a_tone_between_them_does() -> None:
    rng = np.random.default_rng(0)
    noise = 0.1 * rng.normal(size=RATE).astype(np.float32)
    buzz = harmonics(np.full(RATE, 150.0))
    got = track(np.concatenate([noise, buzz, np.zeros(RATE, np.float32)]), RATE) > 0.0
    assert got[5:95].mean() < 0.1
    assert got[105:195].mean() > 0.95
    assert got[205:].mean() == 0.0


def test_one_loud_click_silences_no_voice() -> None:
    x = 0.02 / 0.3 * harmonics(np.full(RATE, 150.0))
    x[RATE // 2] = 1.0
    got = track(x, RATE)
    assert (got[:40] > 0.0).all()


@pytest.mark.parametrize("samples", [0, 1, 159, 160, 500, 959])
@pytest.mark.parametrize("kind", KINDS)
def test_a_piece_of_under_60_ms_has_no_voice_and_one_level_every_10_ms(samples: int, kind: str) -> None:
    got = voice(harmonics(np.full(1000, 200.0))[:samples], kind)
    assert len(got.pitch) == len(got.loudness) == samples // 160
    assert (got.pitch == 0.0).all()


def test_loudness_is_that_of_the_frame_re_full_scale() -> None:
    """A square wave at full scale is 0 dB, one of a tenth -20 dB, silence the floor of -100 dB."""
    square = np.where(np.arange(RATE) % 80 < 40, 1.0, -1.0).astype(np.float32)
    np.testing.assert_allclose(voice(square, "own").loudness, 0.0, atol=1e-6)
    np.testing.assert_allclose(voice(0.1 * square, "own").loudness, -20.0, atol=1e-5)
    np.testing.assert_allclose(voice(0.0 * square, "own").loudness, -100.0)


def test_extractors_have_names_and_an_unknown_one_is_refused() -> None:
    assert "pitch tracker" in extractor("own")
    with pytest.raises(snn.ParameterError, match="expected auto, own or opensmile"):
        extractor("praat")

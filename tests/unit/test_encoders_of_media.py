"""Front ends: pixels, differences of Gaussians and the filter bank, against closed forms and SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import fft, ndimage, signal

from pysnn import encoders as enc
from pysnn.errors import ParameterError

SEEDS = st.integers(0, 2**32)


# ---- pixels


@given(SEEDS, st.integers(1, 5), st.integers(1, 5), st.sampled_from([1, 3]), st.booleans())
def test_pixels_go_there_and_back(seed: int, height: int, width: int, colours: int, several: bool) -> None:
    shape = (height, width) if colours == 1 else (height, width, colours)
    images = np.random.default_rng(seed).integers(0, 256, ((4, *shape) if several else shape), np.uint8)
    pixels = enc.Pixels(height, width, colours=colours, white=255)
    values = pixels.values(images)
    assert values.shape == ((4, pixels.channels) if several else (pixels.channels,))
    np.testing.assert_allclose(values, images.reshape(values.shape) / 255.0)
    np.testing.assert_allclose(pixels.images(values), images, atol=1e-12)


def test_black_above_white_inverts() -> None:
    pixels = enc.Pixels(1, 3, black=255, white=0)
    assert pixels.values([[255, 0, 51]]).tolist() == [0.0, 1.0, 0.8]


@given(SEEDS)
def test_an_image_comes_back_from_spikes_within_the_codes_error(seed: int) -> None:
    image = np.random.default_rng(seed).integers(0, 256, (6, 5))
    pixels = enc.Pixels(6, 5, white=255)
    for encoder in (enc.WeightedPhase(n_bits=5), enc.Latency(resolution=1.0), enc.Delta(threshold=0.03)):
        spikes = encoder.encode(pixels.values(image), 50.0)
        error = np.abs(pixels.images(encoder.decode(spikes)) - image)
        assert np.all(error <= 255.0 * encoder.max_error(50.0) * (1.0 + 1e-12))


# ---- differences of Gaussians


def of_scipy(image: np.ndarray, sigma: float) -> np.ndarray:
    """SciPy's filter with its `reflect` border, which is the mirror between the pixels."""
    reach = int(np.ceil(5.0 * sigma))
    return np.asarray(ndimage.gaussian_filter(image, sigma, mode="reflect", radius=reach))


@given(SEEDS, st.integers(2, 14), st.integers(1, 14))
def test_responses_are_the_difference_of_scipys_gaussians(seed: int, height: int, width: int) -> None:
    cells = enc.OnOff(height, width, centre=0.8, surround=1.9)
    images = np.random.default_rng(seed).random((3, height, width))
    expected = np.stack([of_scipy(i, 0.8) - of_scipy(i, 1.9) for i in images])
    values = cells.values(images)
    np.testing.assert_allclose(cells.responses(values), expected, atol=1e-12)
    on, off = np.split(values, 2, axis=1)
    assert np.all((on == 0.0) | (off == 0.0))
    np.testing.assert_allclose(cells.values(images[1]), values[1], atol=1e-15)


def test_the_gain_is_reached_and_not_exceeded() -> None:
    """By the image that is white where the weights of a pixel, which SciPy tells, are positive."""
    height, width = 7, 9
    cells = enc.OnOff(height, width, centre=0.8, surround=1.9)
    weights = np.empty((height, width, height, width))
    for row, column in np.ndindex(height, width):
        spot = np.zeros((height, width))
        spot[row, column] = 1.0
        weights[:, :, row, column] = of_scipy(spot, 0.8) - of_scipy(spot, 1.9)
    assert cells.gain == pytest.approx(np.maximum(weights, 0.0).sum(axis=(2, 3)).max(), rel=1e-12)
    best = np.maximum(weights, 0.0).sum(axis=(2, 3)).argmax()
    image = (weights.reshape(-1, height, width)[best] > 0.0).astype(float)
    assert cells.values(image).max() == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("size", [40, 41, 70])
def test_the_gain_of_a_large_image_is_that_of_a_smaller_one(size: int) -> None:
    """Of 40 pixels some see no border (5 deviations of 2 are 10), so that more of them change nothing."""
    assert enc.OnOff(size, size).gain == pytest.approx(enc.OnOff(30, 33).gain, rel=1e-12)


@pytest.mark.parametrize("grey", [0.0, 0.3, 1.0])
def test_uniform_brightness_is_no_response(grey: float) -> None:
    assert enc.OnOff(8, 8).values(np.full((8, 8), grey)).max() < 1e-14


@given(SEEDS, st.integers(2, 12), st.integers(2, 12))
def test_images_come_back_with_their_mean_known(seed: int, height: int, width: int) -> None:
    image = 10.0 + 190.0 * np.random.default_rng(seed).random((height, width))
    cells = enc.OnOff(height, width, black=10.0, white=200.0)
    back = cells.images(cells.values(image), mean=float(image.mean()))
    np.testing.assert_allclose(back, image, atol=1e-8)


def test_amplification_is_that_of_the_slowest_cosine() -> None:
    """g(u) of a Gaussian wide enough to be sampled well is exp(-(pi u s / n)^2 / 2)."""
    g1, g2 = (np.exp(-0.5 * (np.pi * s / 40) ** 2) for s in (0.7, 2.0))
    assert enc.OnOff(40, 40, centre=0.7, surround=2.0).amplification == pytest.approx(1 / (g1 - g2), rel=1e-2)


@given(SEEDS, st.integers(3, 8))
def test_an_image_comes_back_from_on_and_off_spikes_within_the_stated_error(seed: int, n_bits: int) -> None:
    image = np.random.default_rng(seed).random((9, 7))
    cells = enc.OnOff(9, 7)
    encoder = enc.WeightedPhase(n_bits=n_bits)
    decoded = encoder.decode(encoder.encode(cells.values(image), 10.0))
    off_by = 2.0 * cells.gain * encoder.max_error(10.0)
    exact = cells.responses(cells.values(image))
    assert np.all(np.abs(cells.responses(decoded) - exact) <= off_by)
    back = cells.images(decoded, mean=float(image.mean()))
    rms_of_responses = np.sqrt(np.mean((cells.responses(decoded) - exact) ** 2))
    assert (
        np.sqrt(np.mean((back - image) ** 2)) <= cells.amplification * rms_of_responses * (1 + 1e-9) + 1e-12
    )


def test_the_transform_is_scipys() -> None:
    from pysnn.encoders.on_off import _cosines

    image = np.random.default_rng(1).random((5, 8))
    expected = fft.dctn(image, norm="ortho")
    np.testing.assert_allclose(_cosines(5) @ image @ _cosines(8).T, expected, atol=1e-14)


# ---- the filter bank

RATE = 16000.0


def tone(frequency: float, amplitude: float, seconds: float = 0.5) -> np.ndarray:
    return amplitude * np.sin(2.0 * np.pi * frequency * np.arange(int(seconds * RATE)) / RATE + 0.3)


def test_bandwidths_are_those_of_glasberg_and_moore() -> None:
    """ERB at 1 kHz: 24.7 (4.37 + 1) = 132.6 Hz, and 21.4 log10(5.37) = 15.62 on their scale."""
    bank = enc.Gammatone(RATE, n_bands=3, f_low=1000.0, f_high=4000.0)
    assert bank.centres[[0, -1]] == pytest.approx([1000.0, 4000.0])
    assert bank.bandwidths[0] == pytest.approx(1.019 * 132.6, rel=5e-4)
    middle = 0.5 * (21.4 * np.log10(5.37) + 21.4 * np.log10(1 + 0.00437 * 4000.0))
    assert 21.4 * np.log10(1 + 0.00437 * bank.centres[1]) == pytest.approx(middle)


@pytest.mark.parametrize("amplitude", [1.0, 0.1, 0.003])
def test_a_tone_has_its_level_in_its_band_and_the_closed_form_in_the_others(amplitude: float) -> None:
    """A (1 + (d / b)^2)^-2: of a single exponent, so up to what its mirror at -f adds, 1 % from 500 Hz on."""
    bank = enc.Gammatone(RATE, n_bands=12, f_low=500.0, f_high=4000.0, floor=-90.0)
    for band in (0, 5, 11):
        f = bank.centres[band]
        levels = bank.levels(bank.values(tone(f, amplitude)))[20:].mean(axis=0)
        offset = (f - bank.centres) / bank.bandwidths
        expected = 20.0 * np.log10(amplitude) - 40.0 * np.log10(1.0 + offset**2)
        near = np.abs(offset) < 3.0
        np.testing.assert_allclose(levels[near], expected[near], atol=0.1)
        assert levels.argmax() == band


def test_the_levels_are_those_of_scipys_gammatone() -> None:
    """scipy.signal.gammatone (Slaney's IIR) of noise: within 0.4 dB in frames of 100 ms."""
    sound = np.clip(0.1 * np.random.default_rng(2).standard_normal(16000), -1.0, 1.0)
    bank = enc.Gammatone(RATE, n_bands=6, f_low=300.0, f_high=3000.0, frame=100.0)
    levels = bank.levels(bank.values(sound))
    for band, f in enumerate(bank.centres):
        b, a = signal.gammatone(f, "iir", fs=RATE)
        filtered = signal.lfilter(b, a, sound)
        # Real, so of half the power of |h * x|^2.
        expected = 10.0 * np.log10(2.0 * np.mean(filtered.reshape(10, -1) ** 2, axis=1))
        np.testing.assert_allclose(levels[1:, band], expected[1:], atol=0.4)


def test_the_frames_are_those_of_a_convolution_written_out() -> None:
    bank = enc.Gammatone(8000.0, n_bands=3, f_low=200.0, f_high=2000.0, frame=5.0)
    sound = np.random.default_rng(3).uniform(-1.0, 1.0, 1000)
    t = np.arange(4000) / 8000.0
    for band in range(3):
        f, b = bank.centres[band], bank.bandwidths[band]
        envelope = t**3 * np.exp(-2 * np.pi * b * t)
        h = 2.0 * envelope / envelope.sum() * np.exp(2j * np.pi * f * t)
        filtered = np.convolve(sound, h)[:1000]
        expected = 10 * np.log10(np.mean(np.abs(filtered.reshape(25, 40)) ** 2, axis=1))
        levels = bank.levels(bank.values(sound))[:, band]
        np.testing.assert_allclose(levels, np.maximum(expected, bank.floor), atol=1e-4)


def test_silence_is_zero_and_no_sound_is_above_the_ceiling() -> None:
    bank = enc.Gammatone(RATE, n_bands=8)
    assert bank.values(np.zeros(800)).max() == 0.0
    # The loudest there is for a band: the sign of its own response, backwards.
    f, b = bank.centres[4], bank.bandwidths[4]
    loudest = np.sign(tone(f, 1.0))
    values = bank.values(loudest)
    assert values.max() <= 1.0
    # A square wave's fundamental is 4 / pi of its amplitude: 2.1 dB.
    assert bank.levels(values)[30:, 4].mean() == pytest.approx(20 * np.log10(4 / np.pi), abs=0.1)
    assert b > 0.0


@given(SEEDS, st.integers(1, 3000), st.data())
def test_sound_in_pieces_has_the_frames_of_the_whole(seed: int, length: int, data: st.DataObject) -> None:
    """To the last bit, of pieces shorter and longer than a frame."""
    bank = enc.Gammatone(8000.0, n_bands=4, f_low=300.0, f_high=3000.0)
    sound = np.random.default_rng(seed).uniform(-1.0, 1.0, length)
    cuts = sorted(data.draw(st.sets(st.integers(1, length), max_size=6)) | {length})
    stream = bank.stream()
    parts = [stream.push(part) for part in np.split(sound, cuts[:-1])]
    pieces = np.concatenate([*parts, stream.finish()])
    np.testing.assert_array_equal(pieces, bank.values(sound))
    assert len(pieces) == -(-length // 80)


def test_a_long_sound_has_the_frames_of_its_parts() -> None:
    """More frames than are worked on at a time."""
    bank = enc.Gammatone(8000.0, n_bands=2, f_low=300.0, f_high=3000.0)
    sound = np.random.default_rng(4).uniform(-1.0, 1.0, 80 * 150)
    stream = bank.stream()
    parts = [stream.push(part) for part in np.split(sound, 150)]
    np.testing.assert_array_equal(np.concatenate(parts), bank.values(sound))


@given(SEEDS)
def test_levels_come_back_from_spikes_within_the_codes_error(seed: int) -> None:
    bank = enc.Gammatone(8000.0, n_bands=4, f_low=300.0, f_high=3000.0)
    values = bank.values(np.random.default_rng(seed).uniform(-1.0, 1.0, 800))
    encoder = enc.StepForward(threshold=0.02)
    decoded = encoder.decode(encoder.encode(values, 100.0), len(values))
    error = np.abs(bank.levels(decoded) - bank.levels(values))
    assert np.all(error <= (bank.ceiling - bank.floor) * encoder.max_error(100.0) * (1 + 1e-9))


# ---- what does not fit


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda: enc.Pixels(2, 2, black=1.0), r"Pixels\.white: must differ from black = 1"),
        (lambda: enc.Pixels(0, 2), r"Pixels\.height: must be >= 1"),
        (lambda: enc.Pixels(2, 2).values([[0, 255], [0, 0]]), r"images\[0, 1\].*255.*8 bits have white=255"),
        (
            lambda: enc.Pixels(2, 2).values(np.zeros((2, 3))),
            r"shape \(2, 2\) or \(m, 2, 2\) \(got \(2, 3\)\)",
        ),
        (lambda: enc.Pixels(2, 2).values([[0.0, np.nan], [0, 0]]), r"images\[0, 1\].*nan"),
        (lambda: enc.Pixels(2, 2).values(np.zeros((0, 2, 2))), r"expected shape"),
        (lambda: enc.Pixels(2, 2).values("grey"), r"expected an array of numbers"),
        (lambda: enc.Pixels(2, 2).images([0.0, 0.5, 2.0, 0.0]), r"Pixels\.images: values\[2\]"),
        (lambda: enc.OnOff(8, 8, centre=2.0), r"OnOff\.surround: must be > centre = 2 pixels"),
        (lambda: enc.OnOff(8, 8, black=1.0), r"OnOff\.white: must be > black = 1"),
        (lambda: enc.OnOff(1, 1), r"OnOff\.height: a single pixel has no surround"),
        (lambda: enc.OnOff(2, 2).values(np.full((2, 2), 7.0)), r"OnOff\.values: images\[0, 0\]"),
        (lambda: enc.OnOff(2, 2).responses(np.zeros(4)), r"expected shape \(8\) or \(m, 8\) \(got \(4\)\)"),
        (lambda: enc.OnOff(2, 2).images(np.zeros(8), mean=2.0), r"OnOff\.images: mean"),
        (lambda: enc.Gammatone(8000.0), r"f_high: must be < rate / 2 = 4000 Hz \(got 6000 Hz\)"),
        (lambda: enc.Gammatone(RATE, f_low=7000.0), r"f_high: must be > f_low = 7000 Hz"),
        (lambda: enc.Gammatone(RATE, frame=0.03), r"frame: must hold a whole number of samples at 16000"),
        (lambda: enc.Gammatone(RATE).values([0.0, 300.0]), r"sound\[1\].*300.*divide whole numbers"),
        (lambda: enc.Gammatone(RATE).values([0.0, np.nan]), r"sound\[1\].*nan"),
        (lambda: enc.Gammatone(RATE).values([]), r"sound: expected shape \(n,\), not empty"),
        (lambda: enc.Gammatone(RATE).values(np.zeros((4, 2))), r"sound: expected shape \(n,\).*\(4, 2\)"),
        (lambda: enc.Gammatone(RATE).levels([1.5]), r"levels: values\[0\]"),
        (lambda: enc.Gammatone(RATE).stream().finish(), r"expected samples before finish"),
    ],
)
def test_a_mistake_is_named_where_it_was_made(use: object, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        use()  # type: ignore[operator]


def test_a_finished_stream_of_frames_takes_no_more() -> None:
    stream = enc.Gammatone(RATE).stream()
    stream.push(np.zeros(10))
    stream.finish()
    for again in (stream.finish, lambda: stream.push(np.zeros(3))):
        with pytest.raises(ParameterError, match="the stream is finished"):
            again()

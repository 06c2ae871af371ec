"""Encoders against closed forms, published figures and bad input."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from pysnn import encoders as enc
from pysnn.errors import ParameterError, UnknownNameError, UnknownParameterError
from pysnn.sources import SpikeArray

RANDOM = {"PoissonRate"}
# Of which a channel's spikes depend on the others.
LATERAL = {"RankOrder"}


def test_poisson_decoding_is_unbiased_with_the_stated_standard_error() -> None:
    """20,000 repetitions: mean within 4 standard errors, deviation within 4 of its own (2.0 %)."""
    encoder = enc.PoissonRate(low=-1.0, high=3.0, rate_low=5.0, rate_high=80.0)
    repeats = 20_000
    for value in (-1.0, 0.5, 3.0):
        values = np.full(repeats, value)
        decoded = encoder.decode(encoder.encode(values, 400.0, seed=7))
        stated = encoder.standard_error(value, 400.0)
        assert abs(decoded.mean() - value) < 4.0 * stated / np.sqrt(repeats)
        # A Poisson count of mean m has kurtosis 3 + 1/m; here m >= 2, so std's own error <= 0.8 %.
        assert decoded.std() == pytest.approx(float(stated), rel=4.0 * 0.008)


def test_poisson_intervals_are_exponential() -> None:
    """Mean and coefficient of variation of the intervals: 1 / rate and 1."""
    spikes = enc.PoissonRate(rate_high=100.0).encode([1.0], 1e6, seed=3)
    intervals = np.diff(spikes.train(0))
    assert intervals.mean() == pytest.approx(10.0, rel=4.0 / np.sqrt(1e5))
    assert intervals.std() / intervals.mean() == pytest.approx(1.0, abs=4.0 / np.sqrt(1e5))


def test_poisson_rate_follows_a_contour() -> None:
    values = np.array([[0.0], [1.0], [0.5]])
    spikes = enc.PoissonRate(rate_high=1000.0).encode(values, 3e4, seed=1)
    counts = np.histogram(spikes.times, bins=[0.0, 1e4, 2e4, 3e4])[0]
    assert counts[0] == 0
    assert abs(counts[1] - 10_000) < 4 * 100
    assert abs(counts[2] - 5_000) < 4 * 71


def test_poisson_draws_depend_on_the_seed_alone() -> None:
    encoder = enc.PoissonRate()
    first, again, other = (encoder.encode([0.3, 0.9], 500.0, seed=s) for s in (1, 1, 2))
    assert first == again
    assert first != other


def test_regular_rate_of_a_whole_number_of_spikes_has_equal_intervals_and_decodes_exactly() -> None:
    """50 Hz for 200 ms: spikes at 10, 30, ..., 190 ms (phase 1/2)."""
    encoder = enc.RegularRate(rate_high=100.0)
    spikes = encoder.encode([0.5], 200.0)
    np.testing.assert_allclose(spikes.train(0), np.arange(10.0, 200.0, 20.0), rtol=1e-12)
    np.testing.assert_allclose(encoder.decode(spikes), [0.5], rtol=1e-12)


def test_regular_rate_keeps_its_phase_across_the_rows_of_a_contour() -> None:
    """A constant contour is the static value: cutting time into rows moves no spike."""
    encoder = enc.RegularRate(rate_high=130.0)
    static = encoder.encode([0.37], 1000.0)
    contour = encoder.encode(np.full((50, 1), 0.37), 1000.0)
    np.testing.assert_allclose(contour.times, static.times, rtol=1e-12)


def test_latency_puts_high_first_and_low_last() -> None:
    spikes = enc.Latency(t_min=2.0, t_max=22.0).encode([1.0, 0.75, 0.0], 30.0)
    assert [spikes.train(i).tolist() for i in range(3)] == [[2.0], [7.0], [22.0]]


def test_logarithmic_latency_turns_a_common_factor_into_a_common_shift() -> None:
    """Hopfield (1995): scaling all values by a factor shifts all spikes by the same time."""
    encoder = enc.Latency(low=0.01, high=100.0, t_min=1.0, t_max=41.0, scale="log")
    weak, strong = (encoder.encode(np.array([0.1, 0.5, 3.0]) * k, 50.0) for k in (1.0, 10.0))
    shifts = [float(weak.train(i)[0] - strong.train(i)[0]) for i in range(3)]
    np.testing.assert_allclose(shifts, 40.0 * np.log(10.0) / np.log(1e4), rtol=1e-12)


def test_population_centres_and_widths_are_those_of_bohte_et_al() -> None:
    """Range 0 to 6, eight fields: centres (2 i - 3) / 2 * 6 / 6 for i = 1 to 8, width 1 / 1.5."""
    encoder = enc.Population(low=0.0, high=6.0, n_fields=8)
    np.testing.assert_allclose(encoder.centres()[0], np.arange(-0.5, 7.0, 1.0))
    # One width from the centre 2.5 the response is exp(-1/2): field 3 fires at 1 + 10 (1 - exp(-1/2)).
    spikes = encoder.encode([2.5 + 1.0 / 1.5], 11.0)
    np.testing.assert_allclose(spikes.train(3), [1.0 + 10.0 * (1.0 - np.exp(-0.5))], rtol=1e-12)


def test_a_population_field_below_the_threshold_is_silent() -> None:
    """On a centre: own field 1, neighbours exp(-1.5^2 / 2) = 0.32, the next exp(-4.5) = 0.011 < 0.1."""
    spikes = enc.Population(low=0.0, high=6.0, n_fields=8).encode([2.5], 11.0)
    assert spikes.counts().tolist() == [0, 0, 1, 1, 1, 0, 0, 0]
    assert spikes.train(3).tolist() == [1.0]


def test_pwm_spikes_at_the_phase_of_a_static_value() -> None:
    """Carrier from -0.05 to 1.05 in 11 ms, slope 0.1 / ms: 0.25 is met 3 ms into every period."""
    encoder = enc.PWM(period=11.0, guard=0.05)
    spikes = encoder.encode([0.25], 33.0)
    np.testing.assert_allclose(spikes.train(0), [3.0, 14.0, 25.0], rtol=1e-12)


def test_pwm_meets_a_ramp_where_the_two_lines_cross() -> None:
    """Signal 0.01 t, carrier -0.05 + 0.1 t of period 11: they meet at t = 0.05 / 0.09, in period k at
    t = (0.05 + 1.1 k) / 0.09."""
    ramp = np.linspace(0.0, 0.99, 100)[:, None]  # 1 ms a row
    spikes = enc.PWM(period=11.0).encode(ramp, 100.0)
    expected = (0.05 + 1.1 * np.arange(8)) / 0.09
    np.testing.assert_allclose(spikes.train(0)[:8], expected, rtol=1e-10)


def test_pwm_spikes_at_every_crossing_of_a_signal_faster_than_the_carrier() -> None:
    """A jump of the whole range in 1 ms under a 10 ms carrier crosses it upwards: three spikes in it."""
    rows = np.zeros((10, 1))
    rows[6:] = 0.9
    spikes = enc.PWM(period=10.0).encode(rows, 10.0)
    # c = -0.05 + 0.11 t: meets 0 at 0.4545, the rise 0.9 (t - 5) at 4.45 / 0.79, and 0.9 at 8.636.
    np.testing.assert_allclose(spikes.times, [0.05 / 0.11, 4.45 / 0.79, 0.95 / 0.11], rtol=1e-10)


@pytest.mark.parametrize("name", sorted(enc.Encoder.registry))
def test_encoded_values_can_be_played_into_a_network(name: str) -> None:
    """SpikeArray takes no spike at 0, where the extreme values of a latency code would fall."""
    values = np.array([[0.0, 1.0], [1.0, 0.0], [0.5, 0.2]])
    for resolution in (None, 0.1):
        spikes = enc.get(name)(resolution=resolution).encode(values, 150.0, seed=1)
        source = SpikeArray(spikes.times, spikes.indices)
        source.check_size(spikes.n, "source")
        np.testing.assert_array_equal(np.sort(np.asarray(source.times)), spikes.times)


@pytest.mark.data
def test_pwm_carries_a_real_loudness_contour_within_its_bound() -> None:
    """Loudness of a spoken sentence at 100 Hz (RAVDESS, openSMILE), a carrier of 250 Hz."""
    folder = Path(os.environ["PYSNN_DATA"]) / "ravdess_contours"
    with np.load(folder / "ravdess_pitch_loudness_100Hz.npz") as tables:
        begin, end = tables["offsets"][:2]
        contour = tables["loudness"][begin:end, None].astype(np.float64)
    duration = 10.0 * len(contour)
    encoder = enc.PWM(low=0.0, high=float(contour.max()), period=4.0, resolution=0.1)
    decoded = encoder.decode(encoder.encode(contour, duration), len(contour))
    steepest = float(np.abs(np.diff(contour, axis=0)).max()) / 10.0
    error = np.abs(decoded - contour)
    assert np.all(error <= encoder.max_error(duration, len(contour), slope=steepest * (1 + 1e-12)))
    assert np.sqrt(np.mean(error**2)) < 0.1 * contour.std()


def test_pwm_recovers_a_sine_contour_to_the_curvature_error_of_its_carrier() -> None:
    """Interpolated linearly at gaps of at most 2 period, a sine is off by at most gap^2 / 8 max|x''|."""
    t = np.arange(0.0, 1000.0, 1.0)
    wave = 0.5 + 0.4 * np.sin(2 * np.pi * t / 250.0)[:, None]
    encoder = enc.PWM(period=5.0)
    decoded = encoder.decode(encoder.encode(wave, 1000.0), len(t))
    curvature = 0.4 * (2 * np.pi / 250.0) ** 2
    inner = slice(10, -10)
    assert np.max(np.abs(decoded - wave)[inner]) < 10.0**2 / 8 * curvature + 1.0**2 / 8 * curvature


@pytest.mark.parametrize("name", sorted(enc.Encoder.registry))
def test_each_channel_may_have_its_own_range(name: str) -> None:
    """Values at the same share of their own ranges give the same trains, up to rounding."""
    low, high = np.array([0.0, 50.0]), np.array([1.0, 450.0])
    encoder = enc.get(name)(low=low, high=high)
    values = np.array([0.25, 150.0])
    spikes = encoder.encode(values, 200.0, seed=5)
    assert spikes.n == 2 * encoder.trains
    decoded = encoder.decode(spikes)
    assert np.all(np.abs(decoded - values) <= encoder.max_error(200.0))
    if name not in RANDOM | LATERAL:
        for k in range(encoder.trains):
            np.testing.assert_allclose(spikes.train(k), spikes.train(k + encoder.trains), atol=1e-9)


@pytest.mark.parametrize("name", sorted(enc.Encoder.registry))
@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([0.2, 1.5], r"values\[1\] must be >= low = 0 and <= high = 1 \(got .*1\.5.*1 of 2"),
        ([0.2, -0.1], r"values\[1\]"),
        ([0.2, np.nan], r"values\[1\].*nan"),
        ([[0.2, 0.3], [np.inf, 0.1]], r"values\[1, 0\].*inf"),
        ([], "not empty"),
        (0.5, r"shape \(n,\) or \(n_times, n\)"),
        (["a"], "numbers"),
    ],
)
def test_a_value_that_does_not_fit_is_named(name: str, values: object, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        enc.get(name)().encode(values, 400.0, seed=0)  # type: ignore[arg-type]


@pytest.mark.parametrize("duration", [0.0, -1.0, np.nan, np.inf, "long"])
def test_a_duration_must_be_positive_and_finite(duration: object) -> None:
    with pytest.raises(ParameterError, match=r"RegularRate\.encode: duration"):
        enc.RegularRate().encode([0.5], duration)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: enc.Latency(low=1.0, high=1.0), r"Latency\.high: must be > low = 1 \(got 1\)"),
        (lambda: enc.Latency(low=[0.0, 2.0], high=[1.0, 1.0]), r"Latency\.high\[1\]"),
        (lambda: enc.Latency(low=[0.0, 0.0], high=[1.0, 1.0, 1.0]), "same length"),
        (lambda: enc.Latency(t_min=9.0, t_max=5.0), r"Latency\.t_max: must be > t_min"),
        (lambda: enc.Latency(scale="log"), r"Latency\.low: must be > 0 on a log scale"),
        (lambda: enc.Latency(t_max=5.05, resolution=0.1), "multiple of resolution"),
        (lambda: enc.Latency(resolution=0.0), r"Latency\.resolution"),
        (lambda: enc.PoissonRate(rate_low=10.0, rate_high=10.0), r"PoissonRate\.rate_high"),
        (lambda: enc.Population(n_fields=2), r"Population\.n_fields"),
        (lambda: enc.Population(beta=3.0), r"Population\.threshold: must be < exp"),
        (lambda: enc.Population(t_max=10.3, resolution=0.5), r"Population\.t_max: .* multiple"),
        (lambda: enc.Population(t_min=0.05, resolution=0.1), r"Population\.t_min: must be > res.* 0\.05"),
        (lambda: enc.Population(t_min=12.0), r"Population\.t_max: must be > t_min = 12"),
        (lambda: enc.Latency(t_min=0.0), r"Latency\.t_min: must be > 0 ms"),
        (lambda: enc.PWM(period=1.0, guard=0.01, resolution=0.1), r"PWM\.resolution"),
        (lambda: enc.PWM(period=0.0), r"PWM\.period"),
    ],
)
def test_parameters_that_contradict_each_other_are_errors(build: object, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        build()  # type: ignore[operator]


def test_what_does_not_fit_into_the_duration_is_an_error() -> None:
    with pytest.raises(ParameterError, match=r"t_max must be <= the time of a row, .* 40 ms \(got 50 ms\)"):
        enc.Latency().encode([0.5], 40.0)
    with pytest.raises(ParameterError, match="t_max must be <= the time of a row"):
        enc.Latency().encode(np.full((3, 1), 0.5), 149.0)
    with pytest.raises(ParameterError, match=r"duration must be >= period = 10 ms \(got 5 ms\)"):
        enc.PWM().encode([0.5], 5.0)
    with pytest.raises(ParameterError, match="duration / n_times: must be a multiple of resolution"):
        enc.RegularRate(resolution=0.1).encode(np.full((3, 1), 0.5), 100.0)


def test_a_random_encoder_asks_for_a_seed() -> None:
    with pytest.raises(ParameterError, match=r"PoissonRate\.encode: draws at random; expected seed="):
        enc.PoissonRate().encode([0.5], 100.0)
    with pytest.raises(ParameterError, match="seed"):
        enc.PoissonRate().encode([0.5], 100.0, seed=-1)


def test_channels_are_held_against_the_ranges() -> None:
    encoder = enc.Latency(low=[0.0, 0.0], high=[1.0, 1.0])
    with pytest.raises(ParameterError, match=r"low and high are of 2 channels \(got 3 channels\)"):
        encoder.encode([0.1, 0.2, 0.3], 50.0)
    with pytest.raises(ParameterError, match="multiple of 8 trains"):
        enc.Population().decode(enc.SpikeTrains(np.zeros(0), np.zeros(0, int), 9, 10.0))


@pytest.mark.parametrize("name", ["Latency", "Population", "PWM"])
def test_a_channel_without_a_spike_decodes_to_nan(name: str) -> None:
    """Silence carries no time; it must not pass for a value."""
    encoder = enc.get(name)()
    spikes = encoder.encode([0.3, 0.6], 50.0)
    kept = spikes.indices < encoder.trains
    half = enc.SpikeTrains(spikes.times[kept], spikes.indices[kept], spikes.n, 50.0)
    decoded = encoder.decode(half)
    assert decoded[0] == pytest.approx(0.3, abs=1e-9)
    assert np.isnan(decoded[1])


def test_a_misspelt_encoder_or_parameter_gets_the_nearest_name() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'Latency'"):
        enc.get("Latncy")
    with pytest.raises(UnknownParameterError, match="did you mean 't_max'"):
        enc.Latency(tmax=3.0)  # type: ignore[call-arg]


def test_the_registry_holds_what_can_encode_and_no_base_class() -> None:
    assert {"PoissonRate", "Latency", "RankOrder", "Delta", "BSA", "BitPWM"} <= set(enc.Encoder.registry)
    assert not {"Rate", "LevelEncoder", "Encoder"} & set(enc.Encoder.registry)


@pytest.mark.parametrize(
    "encoder",
    [
        enc.Latency(resolution=1.0),
        enc.Latency(low=0.01, resolution=1.0, scale="log"),
        enc.Population(resolution=0.1),
        enc.PWM(resolution=0.5),
        enc.RegularRate(),
        enc.Delta(threshold=0.1),
        enc.StepForward(threshold=0.1),
        enc.WeightedPhase(n_bits=6, resolution=0.5),
        enc.BitPWM(n_bits=6, resolution=0.5),
        enc.Burst(resolution=0.5),
        enc.Burst(n_max=100, t_first=0.5, t_min=0.2, t_max=1.0, resolution=0.1),
    ],
    ids=lambda e: f"{type(e).__name__}-{getattr(e, 'scale', '')}",
)
def test_the_stated_error_is_one_that_happens(encoder: enc.Encoder) -> None:
    """A bound ten times too wide would hold as well and say nothing."""
    values = np.linspace(encoder.low, 1.0, 20_001)
    error = np.abs(encoder.decode(encoder.encode(values, 200.0)) - values).max()
    assert 0.75 * encoder.max_error(200.0) < error <= encoder.max_error(200.0)

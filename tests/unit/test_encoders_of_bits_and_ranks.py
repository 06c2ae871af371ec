"""Rank order, weighted phase, burst and the chain of bits against closed forms and their authors'
examples."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pysnn as snn
from pysnn import encoders as enc
from pysnn.encoders import SpikeTrains
from pysnn.errors import ParameterError

SEEDS = st.integers(0, 2**32)


def moved(spikes: SpikeTrains, by: float, seed: int) -> SpikeTrains:
    """Each spike up to ``by`` ms earlier or later."""
    times = spikes.times + np.random.default_rng(seed).uniform(-by, by, len(spikes))
    return SpikeTrains(np.clip(times, 1e-9, spikes.duration), spikes.indices, spikes.n, spikes.duration)


# ---- rank order


def test_ranks_are_spikes_one_gap_apart_and_equal_values_go_by_number() -> None:
    spikes = enc.RankOrder(t_min=2.0, gap=3.0).encode([0.2, 0.9, 0.2, 0.5], 20.0)
    assert [spikes.train(c).tolist() for c in range(4)] == [[8.0], [2.0], [11.0], [5.0]]


@given(SEEDS, st.integers(1, 12))
def test_what_keeps_the_order_keeps_the_spikes(seed: int, channels: int) -> None:
    """Contrast, brightness, gamma: VanRullen & Thorpe (2001)."""
    values = np.random.default_rng(seed).random(channels)
    encoder = enc.RankOrder()
    first = encoder.encode(values, 50.0)
    for other in (0.3 * values + 0.2, values**3, np.tanh(values)):
        assert encoder.encode(other, 50.0) == first


@given(SEEDS, st.integers(1, 12), st.integers(1, 6), st.integers(1, 14))
def test_ranks_decode_within_the_deviation_from_the_table(
    seed: int, channels: int, rows: int, n_spikes: int
) -> None:
    rng = np.random.default_rng(seed)
    low, high = -2.0, 6.0
    values = low + (high - low) * rng.random((rows, channels))
    whole = enc.RankOrder(low=low, high=high)
    for encoder in (whole, whole.fit(low + (high - low) * rng.random((5, channels)))):
        some = encoder.replace(n_spikes=n_spikes)
        spikes = some.encode(values, 50.0 * rows)
        decoded = some.decode(spikes, rows)
        d = some.deviation(values)
        ordered = -np.sort(-(values - low) / (high - low), axis=1)
        table = (channels - np.arange(channels) - 0.5) / channels if encoder.table is None else encoder.table
        assert d == pytest.approx(np.abs(ordered - table).max())
        fired = spikes.counts() > 0 if rows == 1 else None
        error = np.abs(decoded - values)
        assert np.all(error <= max(some.max_error(50.0, None, d), some.max_error_silent(channels, d)))
        if fired is not None:
            assert np.all(error[0, fired] <= some.max_error(50.0, None, d))


def test_a_fitted_table_is_the_mean_of_the_sorted_samples_and_decodes_such_exactly() -> None:
    samples = np.array([[0.1, 0.9, 0.5], [0.7, 0.3, 0.0]])
    encoder = enc.RankOrder().fit(samples)
    np.testing.assert_allclose(encoder.table, [0.8, 0.4, 0.05])
    decoded = encoder.decode(encoder.encode([0.4, 0.05, 0.8], 10.0))
    np.testing.assert_allclose(decoded, [0.4, 0.05, 0.8])


def test_channels_without_a_spike_are_the_mean_of_the_rest_and_a_silent_row_is_nan() -> None:
    encoder = enc.RankOrder(n_spikes=2)
    spikes = encoder.encode([0.1, 0.9, 0.2, 0.8], 10.0)
    assert spikes.counts().tolist() == [0, 1, 0, 1]
    np.testing.assert_allclose(encoder.decode(spikes), [0.25, 0.875, 0.25, 0.625])
    assert np.isnan(encoder.decode(SpikeTrains([], np.zeros(0, int), 4, 10.0))).all()


def test_ranks_decode_from_their_order_whatever_their_times() -> None:
    """Times halved or squared decode alike."""
    encoder = enc.RankOrder()
    spikes = encoder.encode([0.1, 0.9, 0.2, 0.8], 10.0)
    other = SpikeTrains(spikes.times**2 / 10.0, spikes.indices, 4, 10.0)
    np.testing.assert_array_equal(encoder.decode(other), encoder.decode(spikes))


# ---- weighted phase


def test_phases_are_the_bits_most_significant_first_repeated_while_there_is_room() -> None:
    """11 of 15 is 1011: slots 1, 3 and 4 of 2 ms, twice in 17 ms."""
    spikes = enc.WeightedPhase(n_bits=4, slot=2.0).encode([11.0 / 15.0], 17.0)
    assert spikes.times.tolist() == [2.0, 6.0, 8.0, 10.0, 14.0, 16.0]


@given(SEEDS, st.integers(1, 20), st.integers(1, 3), st.sampled_from([None, 0.25]))
def test_bits_decode_within_half_a_quantum(seed: int, n_bits: int, rows: int, grid: float | None) -> None:
    low, high = -1.0, 4.0
    values = low + (high - low) * np.random.default_rng(seed).random((rows, 3))
    encoder = enc.WeightedPhase(low=low, high=high, n_bits=n_bits, slot=0.5, resolution=grid)
    decoded = encoder.decode(encoder.encode(values, 24.0 * rows), rows)
    quantum = (high - low) / (2**n_bits - 1)
    assert encoder.max_error(24.0 * rows, rows) == pytest.approx(0.5 * quantum, rel=1e-6)
    assert np.all(np.abs(decoded - values) <= encoder.max_error(24.0 * rows, rows))


def test_phases_bear_being_moved_by_less_than_half_a_slot() -> None:
    values = np.linspace(0.0, 1.0, 50)
    encoder = enc.WeightedPhase(n_bits=6, slot=2.0)
    spikes = encoder.encode(values, 13.0)
    np.testing.assert_array_equal(encoder.decode(moved(spikes, 0.99, 1)), encoder.decode(spikes))


# ---- burst


def test_a_burst_has_the_published_number_and_interval() -> None:
    """n = ceil(5 u), interval 10 - 8 u: u = 0.5 has three spikes 6 ms apart, 0.2 one, 0 none."""
    spikes = enc.Burst(n_max=5, t_min=2.0, t_max=10.0, t_first=1.0).encode([0.5, 0.2, 0.0, 1.0], 40.0)
    assert [spikes.train(c).tolist() for c in range(4)] == [
        [1.0, 7.0, 13.0],
        [1.0],
        [],
        [1.0, 3.0, 5.0, 7.0, 9.0],
    ]


@given(SEEDS, st.integers(1, 10), st.sampled_from([None, 0.1, 0.5]), st.sampled_from([1.0, 4.0]))
def test_bursts_decode_within_their_bound_and_fit_in_what_they_say(
    seed: int, n_max: int, grid: float | None, t_min: float
) -> None:
    low, high = -1.0, 4.0
    share = np.append(np.random.default_rng(seed).random(20), [0.0, 1.0, 1.0 / n_max, 0.5 / n_max])
    values = np.clip(low + (high - low) * share, low, high)
    encoder = enc.Burst(low=low, high=high, n_max=n_max, t_min=t_min, t_max=12.0, resolution=grid)
    row = float(np.ceil(encoder.longest()))
    spikes = encoder.encode(np.stack([values, values]), 2 * row)
    assert spikes.times.max(initial=0.0) <= row + encoder.longest() + 1e-9
    error = np.abs(encoder.decode(spikes, 2) - values)
    assert np.all(error <= encoder.max_error(2 * row, 2))
    exact = encoder.replace(resolution=None)
    several = exact.encode(values, row).counts() > 1
    timed = np.abs(exact.decode(exact.encode(values, row)) - values)
    assert np.all(timed[several] < 1e-9)


# ---- the chain quantise -> bits -> PWM -> filter


def filtered_by_steps(spikes: SpikeTrains, encoder: enc.BitPWM, train: int, step: float) -> list[float]:
    """The filter's equation solved piece by piece between the carrier's beginnings and the spikes."""
    y, now, readings = 0.0, 0.0, []
    for row in range(round(spikes.duration / step)):
        begin, end = row * step, (row + 1) * step
        for spike in spikes.train(train):
            if begin < spike <= end:
                on = begin + np.floor((spike - begin) / encoder.period) * encoder.period
                y *= np.exp(-(on - now) / encoder.tau)  # off until the period begins
                y = 1.0 + (y - 1.0) * np.exp(-(spike - on) / encoder.tau)  # on until the spike
                now = spike
        y *= np.exp(-(end - now) / encoder.tau)
        now = end
        readings.append(y)
    return readings


@given(SEEDS, st.integers(1, 4), st.sampled_from([20.0, 23.0, 41.0]))
def test_the_filter_solves_its_equation(seed: int, rows: int, step: float) -> None:
    encoder = enc.BitPWM(n_bits=3)
    values = np.random.default_rng(seed).random((rows, 2))
    spikes = encoder.encode(values, rows * step)
    lines = encoder.filtered(spikes, rows)
    for train in range(6):
        expected = filtered_by_steps(spikes, encoder, train, step)
        np.testing.assert_allclose(lines[:, train], expected, atol=1e-12)


@pytest.mark.parametrize("backend", ["event", "clock"])
def test_a_synapse_of_a_network_is_the_filter(backend: str) -> None:
    """i_exc of a neuron a line, less exp(-(t - begin) / tau) for each period so far, is y."""
    rows, step, tau, delay = 4, 20.0, 10.0, 0.5
    encoder = enc.BitPWM(n_bits=3, tau=tau, resolution=0.1)
    spikes = encoder.encode(np.random.default_rng(6).random((rows, 2)), rows * step)
    net = snn.Network(seed=1)
    source = net.source("lines", spikes.n, spikes)
    quiet = snn.CubaLIF(tau_syn_exc=tau, v_th=1e6)
    readers = net.population("readers", spikes.n, quiet)
    net.projection(source, readers, snn.OneToOne(), weight=1.0, delay=delay)
    probe = net.probe(readers, "i_exc", every=delay)
    with snn.Simulation(net, backend=backend, dt=0.1) as sim:
        sim.run(rows * step + delay)
        currents = sim.data[probe]
    ends = step * np.arange(1, rows + 1)
    begins = encoder.period * np.arange(round(rows * step / encoder.period))
    same = np.where(begins < ends[:, None], np.exp(-(ends[:, None] - begins) / tau), 0.0).sum(axis=1)
    at_ends = currents.values[np.rint((ends + delay) / delay).astype(int)]
    np.testing.assert_allclose(at_ends - same[:, None], encoder.filtered(spikes, rows), atol=1e-9)


def test_lines_fire_late_in_the_period_for_a_one() -> None:
    """5 of 7 is 101: at 0.8 and 0.2 of 10 ms, in each of the two periods of a row of 20."""
    spikes = enc.BitPWM(n_bits=3).encode([5.0 / 7.0], 20.0)
    assert [spikes.train(b).tolist() for b in range(3)] == [[8.0, 18.0], [2.0, 12.0], [8.0, 18.0]]


TIMES = st.sampled_from([(20.0, 10.0), (25.0, 8.0), (12.0, 3.0)])  # of a row, of the filter


@given(SEEDS, st.integers(1, 12), st.integers(1, 5), TIMES)
def test_the_chain_gives_back_the_quantised_value_with_every_spike_moved(
    seed: int, n_bits: int, rows: int, times: tuple[float, float]
) -> None:
    step, tau = times
    low, high = -1.0, 4.0
    values = low + (high - low) * np.random.default_rng(seed).random((rows, 3))
    encoder = enc.BitPWM(low=low, high=high, n_bits=n_bits, tau=tau, resolution=0.1)
    spikes = encoder.encode(values, step * rows)
    bound = encoder.max_error(step * rows, rows)
    assert bound == pytest.approx(0.5 * (high - low) / (2**n_bits - 1), rel=1e-9)
    assert np.all(np.abs(encoder.decode(spikes, rows) - values) <= bound)
    exact = encoder.replace(resolution=None)
    most = exact.jitter(step * rows, rows)
    shaken = moved(exact.encode(values, step * rows), most * (1.0 - 1e-9), seed)
    assert np.all(np.abs(exact.decode(shaken, rows) - values) <= bound)


def test_more_jitter_than_stated_can_turn_a_bit() -> None:
    """The worst case itself: ones for long, then a zero whose spikes, and those before, all come late."""
    encoder = enc.BitPWM(n_bits=1, tau=10.0)
    values = np.append(np.ones(20), 0.0)[:, None]
    spikes = encoder.encode(values, 20.0 * 21)
    jitter = encoder.jitter(20.0 * 21, 21)

    def moved_alike(by: float) -> SpikeTrains:
        return SpikeTrains(spikes.times + by, spikes.indices, 1, spikes.duration)

    for by in (-0.999 * jitter, 0.999 * jitter):
        assert encoder.decode(moved_alike(by), 21)[:, 0].tolist() == values[:, 0].tolist()
    late, early = (encoder.decode(moved_alike(by), 21)[:, 0] for by in (1.02 * jitter, -1.02 * jitter))
    assert late[-1] == 1.0 or early[0] == 0.0


def test_a_filter_too_slow_for_its_row_is_an_error() -> None:
    slow = enc.BitPWM(tau=30.0)
    for use in (
        lambda: slow.encode([0.5], 20.0),
        lambda: slow.max_error(20.0),
        lambda: slow.jitter(20.0),
        lambda: slow.stream(1, 20.0),
        lambda: slow.decode(SpikeTrains([1.0], [0], 8, 20.0)),
    ):
        with pytest.raises(ParameterError, match=r"too short for a filter of tau = 30 ms.*smaller tau"):
            use()
    with pytest.raises(
        ParameterError, match=r"has forgotten a row of 20 ms at its end: expected a larger tau"
    ):
        enc.BitPWM(tau=1e-3).encode([0.5], 20.0)
    with pytest.raises(ParameterError, match=r"period must be <= the time of a row, 8 ms \(got 10 ms\)"):
        enc.BitPWM().encode([0.5], 8.0)


@pytest.mark.parametrize("name", ["BitPWM", "RankOrder"])
def test_silence_decodes_to_nan(name: str) -> None:
    encoder = enc.get(name)()
    trains = 2 * encoder.trains
    assert np.isnan(encoder.decode(SpikeTrains([], np.zeros(0, int), trains, 20.0))).all()


@pytest.mark.parametrize("name", ["WeightedPhase", "Burst"])
def test_silence_is_low(name: str) -> None:
    encoder = enc.get(name)(low=-1.0)
    silence = SpikeTrains([], np.zeros(0, int), 2, 50.0)
    assert encoder.encode([-1.0, -1.0], 50.0) == silence
    assert encoder.decode(silence).tolist() == [-1.0, -1.0]


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: enc.RankOrder(gap=0.25, resolution=0.1), r"RankOrder\.gap: must be a multiple of res"),
        (
            lambda: enc.RankOrder(table=[0.5, 0.6]),
            r"RankOrder\.table\[1\]: must be <= the share before, 0\.5",
        ),
        (lambda: enc.RankOrder(table=[]), r"RankOrder\.table: expected one share a rank"),
        (lambda: enc.RankOrder(table=[1.5]), r"RankOrder\.table\[0\]: must be >= 0 and <= 1"),
        (lambda: enc.RankOrder(n_spikes=0), r"RankOrder\.n_spikes: must be >= 1"),
        (lambda: enc.RankOrder(table=[0.5]).encode([0.1, 0.2], 9.0), r"table: expected 2 shares.*\(got 1\)"),
        (
            lambda: enc.RankOrder().encode(np.zeros(9), 8.0),
            r"t_min \+ gap \(n_spikes - 1\) must be <= .* 8 ms",
        ),
        (lambda: enc.WeightedPhase(n_bits=31), r"WeightedPhase\.n_bits: must be >= 1 and <= 30"),
        (lambda: enc.WeightedPhase(slot=0.25, resolution=0.1), r"WeightedPhase\.slot: must be a multiple"),
        (
            lambda: enc.WeightedPhase().encode([0.5], 7.0),
            r"n_bits slot must be <= the time of a row, .* 7 ms",
        ),
        (lambda: enc.WeightedPhase().decode(SpikeTrains([1.0], [0], 1, 7.0)), r"n_bits slot = 8 ms \(got 7"),
        (lambda: enc.Burst(t_min=10.0), r"Burst\.t_max: must be > t_min = 10 ms"),
        (lambda: enc.Burst(t_min=0.5, resolution=0.5), r"Burst\.t_min: must be > 0\.5 ms with resolution"),
        (lambda: enc.Burst(t_first=0.05, resolution=0.1), r"Burst\.t_first: must be > 0\.05 ms"),
        (lambda: enc.Burst().encode([0.5], 12.0), r"the longest burst must be <= the time of a row"),
        (lambda: enc.BitPWM(zero=0.9), r"BitPWM\.one: must be > zero = 0\.9"),
        (lambda: enc.BitPWM(period=0.25, resolution=0.1), r"BitPWM\.period: must be a multiple"),
    ],
)
def test_what_contradicts_itself_is_an_error(build: object, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        build()  # type: ignore[operator]

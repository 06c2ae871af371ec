"""A signal that is encoded while the network runs fires the network as one that was encoded before."""

from __future__ import annotations

import numpy as np
import pytest
from interrupting import ctrl_c_at, lines_of

import pysnn as snn
from pysnn import encoders as enc

ROWS, STEP, PIECE = 60, 10.0, 12
CODES = [
    enc.RegularRate(rate_high=300.0, resolution=0.1),
    enc.PoissonRate(rate_high=300.0, resolution=0.1),
    enc.Latency(t_max=9.0, resolution=0.1),
    enc.Delta(threshold=0.05, resolution=0.1),
    enc.MovingWindow(resolution=0.1),
    enc.PWM(period=5.0, resolution=0.1),
    enc.BSA(n_taps=9, resolution=0.1),
]


def contour() -> np.ndarray:
    t = np.arange(ROWS)[:, None] * STEP * 1e-3
    wave = 0.5 + 0.45 * np.sin(2.0 * np.pi * np.array([2.0, 5.0]) * t)
    wave[20:30] = 0.0  # ends of the range, at the borders of rows and pieces
    wave[30:40] = 1.0
    return np.asarray(wave)


def network(encoder: enc.Encoder, source: snn.Input | enc.SpikeTrains) -> tuple[snn.Network, object]:
    net = snn.Network(seed=1)
    lines = net.source("lines", 2 * encoder.trains, source)
    listeners = net.population("listeners", 2, snn.CubaLIF(tau_syn_exc=5.0))
    net.projection(lines, listeners, snn.AllToAll(), weight=1500.0, delay=1.0)
    return net, net.probe(listeners, "spikes", name="fired")


@pytest.mark.parametrize("backend", ["event", "clock"])
@pytest.mark.parametrize("encoder", CODES, ids=lambda e: type(e).__name__)
def test_pieces_fed_while_a_network_runs_are_the_signal_played_into_it(
    encoder: enc.Encoder, backend: str
) -> None:
    stream = encoder.stream(2, STEP, seed=4)
    late = stream.latency
    whole = encoder.encode(contour(), ROWS * STEP, seed=4).shifted(late)
    net, _ = network(encoder, whole)
    with snn.Simulation(net, backend=backend, dt=0.1) as sim:
        sim.run(ROWS * STEP + late)
        expected = sim.data["fired"]
    assert len(expected.t) > 5

    net, _ = network(encoder, snn.Input())
    with snn.Simulation(net, backend=backend, dt=0.1) as sim:
        for begin in range(0, ROWS, PIECE):
            sim.feed("lines", stream.push(contour()[begin : begin + PIECE]).shifted(late))
            sim.run(PIECE * STEP)
        sim.feed("lines", stream.finish().shifted(late))
        if late:
            sim.run(late)
        found = sim.data["fired"]
    np.testing.assert_array_equal(found.t, expected.t)
    np.testing.assert_array_equal(found.i, expected.i)


def test_only_what_looks_ahead_is_late() -> None:
    """PWM by two rows, BSA by its filter."""
    latency = {name: enc.get(name)().stream(1, 60.0, seed=1).latency for name in enc.Encoder.registry}
    assert {name: rows for name, rows in latency.items() if rows} == {
        "PWM": 120.0,
        "BSA": 60.0 * (enc.BSA().n_taps - 1),
    }


def test_a_stream_that_ctrl_c_stopped_within_a_piece_says_so_and_else_goes_on() -> None:
    """Never spikes of a signal that was taken in half."""
    piece = np.linspace(0.0, 1.0, 8).reshape(4, 2)

    def begun() -> enc.Stream:
        return enc.Delta(threshold=0.1).stream(2, 1.0)

    def rest(stream: enc.Stream) -> list[float]:
        return stream.push(piece[::-1]).times.tolist()

    untouched, pushed = begun(), begun()
    lines = lines_of(lambda: pushed.push(piece))
    possible = [rest(untouched), rest(pushed)]
    torn = 0
    for line in lines:
        stream = begun()
        with pytest.raises(KeyboardInterrupt), ctrl_c_at(line):
            stream.push(piece)
        if stream._torn:
            with pytest.raises(snn.ParameterError, match="in the middle of a piece"):
                rest(stream)
            torn += 1
        else:
            assert rest(stream) in possible
    assert 0 < torn < len(lines)

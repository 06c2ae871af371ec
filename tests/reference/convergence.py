"""How far ``clock`` is from ``event``, which is exact, as the step gets shorter.

Inputs, delays and refractory times are multiples of the longest step, so that every step sees the same
network. What is left is the grid: a neuron fires at the end of the step in which it crosses. Medians count:
where a late spike makes an arrival meet a refractory neuron, or come just before a crossing, one error is
large however short the step, though ever fewer are.
"""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

import pysnn as snn

STEPS = tuple(0.4 / 2**k for k in range(6))  # ms
CELLS = 400
_COMMON = {"tau_m": 20.0, "c_m": 200.0, "e_l": -60.0, "v_th": -50.0, "v_reset": -60.0, "t_ref": 1.6}


@dataclasses.dataclass(frozen=True)
class Neuron:
    """A model that a current takes over its threshold, and how strong an input by each receptor is."""

    model: type[snn.NeuronModel]
    params: dict[str, float]
    weights: dict[str, float]
    firing: float = 180.0  # pA: takes v to 8 mV above the threshold
    silent: float = 0.0
    order: float | None = None  # of the clock engine's scheme; None where it is exact between spikes
    steps: tuple[float, ...] = STEPS
    start: tuple[float, float] = (-60.0, -51.0)  # mV

    def make(self, current: float) -> snn.NeuronModel:
        return self.model(**self.params, i_e=current)


_COBA = {"exc": 0.3, "inh": 0.6}
# To test a further model, add it here. Those that are solved to a tolerance on event get a finer one.
NEURONS: dict[str, Neuron] = {
    "LIF": Neuron(snn.LIF, _COMMON, {"delta": 0.2}),
    "ALIF": Neuron(snn.ALIF, _COMMON | {"tau_adapt": 50.0, "beta": 1.0}, {"delta": 0.2}),
    "CubaLIF": Neuron(
        snn.CubaLIF, _COMMON | {"tau_syn_exc": 5.0, "tau_syn_inh": 10.0}, {"exc": 10.0, "inh": -10.0}
    ),
    "AlphaLIF": Neuron(
        snn.AlphaLIF, _COMMON | {"tau_syn_exc": 2.0, "tau_syn_inh": 4.0}, {"exc": 10.0, "inh": -10.0}
    ),
    "CobaLIF": Neuron(snn.CobaLIF, {"t_ref": 1.6, "tolerance": 1e-12}, _COBA, order=2.0),
    "AdEx": Neuron(snn.AdEx, {"t_ref": 1.6, "tolerance": 1e-12}, _COBA, firing=900.0, order=4.0),
    "Izhikevich": Neuron(
        snn.Izhikevich,
        {"tolerance": 1e-12},
        {"delta": 0.2},
        firing=10.0,
        silent=-5.0,
        order=4.0,
        start=(-75.0, -65.0),
    ),
    "HodgkinHuxley": Neuron(
        snn.HodgkinHuxley,
        {"tolerance": 1e-12},
        _COBA,
        firing=300.0,
        silent=-100.0,
        order=4.0,
        steps=tuple(0.1 / 2**k for k in range(4)),
        start=(-75.0, -65.0),
    ),
}


def _network(neuron: Neuron, current: float, scale: float) -> tuple[snn.Network, snn.Population]:
    """``CELLS`` neurons that start apart, driven through each receptor and connected among themselves."""
    net = snn.Network(seed=5)
    start = snn.Uniform(*neuron.start)
    cells = net.population("cells", CELLS, neuron.make(current), init={"v": start})
    rng = np.random.default_rng(5)
    for receptor, weight in neuron.weights.items():
        trains = [np.unique(rng.integers(1, 250, 20)) * STEPS[0] for _ in range(CELLS)]
        drive = net.source(f"drive_{receptor}", CELLS, snn.SpikeArray([list(train) for train in trains]))
        one = {"receptor": receptor, "weight": scale * weight}
        net.projection(drive, cells, snn.OneToOne(), delay=2 * STEPS[0], **one)
        net.projection(cells, cells, snn.FixedIndegree(5), delay=5 * STEPS[0], **one)
    return net, cells


def _spikes(neuron: Neuron, backend: str, **options: float) -> list[NDArray[np.float64]]:
    net, cells = _network(neuron, neuron.firing, 1.0)
    probe = net.probe(cells, "spikes")
    with snn.Simulation(net, backend=backend, **options) as sim:
        sim.run(100.0)
        return [np.asarray(sim.data[probe].train(i)) for i in range(CELLS)]


def spike_time_errors(neuron: Neuron) -> NDArray[np.float64]:
    """Median of |t_clock - t_event| over the spikes of 100 ms [ms] for each step."""
    exact = _spikes(neuron, "event")
    errors = []
    for dt in neuron.steps:
        trains = _spikes(neuron, "clock", dt=dt)
        # at the end of the run a late spike may fall out
        pairs = [(a[: len(b)], b[: len(a)]) for a, b in zip(trains, exact, strict=True)]
        assert sum(abs(len(a) - len(b)) for a, b in zip(trains, exact, strict=True)) < CELLS
        errors.append(np.median(np.abs(np.concatenate([a - b for a, b in pairs]))))
    return np.array(errors)


def potential_errors(neuron: Neuron) -> NDArray[np.float64]:
    """Greatest |v_clock - v_event| [mV] after 100 ms below the threshold, for each step."""

    def potentials(backend: str, **options: float) -> NDArray[np.float64]:
        net, cells = _network(neuron, neuron.silent, 0.5)
        with snn.Simulation(net, backend=backend, **options) as sim:
            sim.run(100.0)
            return np.asarray(sim.state(cells, "v"))

    exact = potentials("event")
    assert np.ptp(exact) > 0.1
    return np.array([np.abs(potentials("clock", dt=dt) - exact).max() for dt in neuron.steps])

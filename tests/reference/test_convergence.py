"""The clock engine tends to the event engine as its step gets shorter, at the order of its scheme."""

from __future__ import annotations

import numpy as np
import pytest

from .convergence import NEURONS, STEPS, potential_errors, spike_time_errors


@pytest.mark.parametrize("name", NEURONS)
def test_spike_times_of_clock_tend_to_those_of_event_at_first_order(name: str) -> None:
    # a spike waits for the end of its step: half a step on average, and the next one starts as much later
    errors = spike_time_errors(NEURONS[name])
    steps = np.array(NEURONS[name].steps)
    assert (errors > 0.25 * steps).all()
    assert (errors < 2.0 * steps).all()
    order = np.polyfit(np.log(steps), np.log(errors), 1)[0]
    assert order == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("name", [name for name, neuron in NEURONS.items() if neuron.order is None])
def test_potentials_of_clock_are_those_of_event_at_any_step(name: str) -> None:
    # the propagator is exact: what is left is rounding of v (60 mV, half a spacing is 3.6e-15) about three
    # times a step, over the tau_m/dt steps (tau_m = 20 ms) that the membrane remembers
    assert (potential_errors(NEURONS[name]) <= 3 * 3.6e-15 * 20.0 / np.array(STEPS)).all()


@pytest.mark.parametrize("name", [name for name, neuron in NEURONS.items() if neuron.order is not None])
def test_potentials_of_clock_tend_to_those_of_event_at_the_order_of_the_scheme(name: str) -> None:
    # down to where rounding and the tolerance of event (1e-12 a step) are all that is left
    errors = potential_errors(NEURONS[name])
    seen = errors > 1e-10
    assert seen.sum() >= 3
    order = np.polyfit(np.log(np.array(NEURONS[name].steps)[seen]), np.log(errors[seen]), 1)[0]
    assert order == pytest.approx(NEURONS[name].order, abs=0.2)

"""Populations that hear each other at once: what has no order is an error, and who comes after whom."""

from __future__ import annotations

import numpy as np
import pytest

import pysnn as snn
from pysnn.spec import levels


@pytest.mark.parametrize("delay", [0.0, 0, -0.0, [1.0, 0.0], np.array([0.0]), snn.Delays()])
def test_a_delay_of_0_within_a_population_is_refused_with_the_reason(delay: object) -> None:
    net = snn.Network(seed=1)
    exc = net.population("exc", 8, snn.CubaLIF())
    with pytest.raises(
        snn.ParameterError,
        match=r"'exc->exc': delay: expected > 0 ms within a population .got 0.: .*shortest .* on steps is dt",
    ):
        net.projection(exc, exc, snn.AllToAll(), weight=1.0, delay=delay)
    assert not net.projections


def test_delays_of_0_that_make_a_circle_are_refused_by_the_projections_of_it() -> None:
    net = snn.Network(seed=1)
    a, b, c, d = (net.population(name, 2, snn.LIF()) for name in "abcd")
    source = net.source("given", 2, snn.SpikeArray([[1.0], [2.0]]))
    for pre, post in ((source, a), (a, b), (b, c), (a, c), (d, a)):
        net.projection(pre, post, snn.AllToAll(), weight=1.0, delay=0.0)
    net.projection(c, a, snn.AllToAll(), weight=1.0, delay=0.1)
    with pytest.raises(
        snn.ParameterError,
        match=r"'c->d': delay: expected > 0 ms .got 0.: with 'd->a', 'a->c' it closes a circle, 'd' -> 'a'",
    ):
        net.projection(c, d, snn.AllToAll(), weight=1.0, delay=[0.3, 0.0])
    assert "c->d" not in net.projections
    net.projection(c, d, snn.AllToAll(), weight=1.0, delay=0.3)
    text = net.spec().to_json()
    assert snn.NetworkSpec.from_json(text) == net.spec()
    with pytest.raises(snn.SpecError, match="closes a circle"):
        snn.NetworkSpec.from_json(text.replace("0.3", "0.0"))


@pytest.mark.parametrize("turned", [False, True])
def test_who_hears_others_at_once_comes_after_them(turned: bool) -> None:
    net = snn.Network(seed=5)
    a, b, c, d = (net.population(name, 2, snn.LIF()) for name in "abcd")
    source = net.source("s", 2, snn.Poisson(5.0))
    edges = [(source, a, 0.0), (c, b, [0.3, 0.0]), (b, a, 0.0), (c, a, 0.0), (a, d, 0.1)]
    for pre, post, delay in edges[:: -1 if turned else 1]:
        net.projection(pre, post, snn.AllToAll(), weight=1.0, delay=delay)
    spec = net.spec()
    assert levels("abcd", spec.projections) == {"a": 2, "b": 1, "c": 0, "d": 0}
    again = snn.Network.from_spec(spec)
    with pytest.raises(snn.ParameterError, match=r"'late': .*closes a circle, 'c' -> 'a' -> 'c'"):
        again.projection(
            again.populations["a"], again.populations["c"], snn.AllToAll(), weight=1.0, delay=0.0, name="late"
        )


def test_a_thousand_populations_in_a_row_go_through_one_step() -> None:
    net = snn.Network(seed=1)
    gate = snn.LIF(tau_m=0.01, v_th=0.5, e_l=0.0, v_reset=0.0, t_ref=0.0)
    row = [net.population(f"p{k}", 1, gate, init={"v": 0.0}) for k in range(1000)]
    source = net.source("given", 1, snn.SpikeArray([[1.0, 4.0]]))
    for pre, post in zip([source, *row], row, strict=False):
        net.projection(pre, post, snn.OneToOne(), weight=1.0, delay=0.0)
    fired = net.probe(row[-1], "spikes")
    with snn.Simulation(net, dt=1.0) as sim:
        sim.run(5.0)
        assert sim.data[fired].t.tolist() == [1.0, 4.0]

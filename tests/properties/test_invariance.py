"""What a network does depends neither on how its neurons are numbered or grouped, nor on the engine."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import Case, Neurons, Synapses
from oracle.compare import assert_same_spikes
from oracle.pysnn_runner import run_pysnn

from .strategies import BACKENDS, FEW, RULES, cases

# Other groupings add up currents in another order: rounding of 1e-14 may not grow much in these few ms.
ATOL = 1e-8


def renumbered(case: Case, order: np.ndarray) -> Case:
    """Neuron ``order[m]`` of "exc" becomes neuron m."""
    new = np.argsort(order)
    exc = case.populations["exc"]
    populations = {**case.populations, "exc": Neurons(exc.n, exc.model, exc.v_init()[order])}
    groups = tuple(
        dataclasses.replace(
            group,
            i=new[np.asarray(group.i, dtype=int)] if group.source == "exc" else group.i,
            j=new[np.asarray(group.j, dtype=int)] if group.target == "exc" else group.j,
        )
        for group in case.synapses
    )
    return dataclasses.replace(case, populations=populations, synapses=groups)


def split(case: Case, at: int) -> Case:
    """ "exc" cut into two populations, and each of its projections into those of the parts."""
    exc = case.populations["exc"]
    start = exc.v_init()
    populations = {
        "exc0": Neurons(at, exc.model, start[:at]),
        "exc1": Neurons(exc.n - at, exc.model, start[at:]),
        "inh": case.populations["inh"],
    }
    groups: list[Synapses] = []
    for group in case.synapses:
        i, j = np.asarray(group.i, dtype=int), np.asarray(group.j, dtype=int)
        for source, inside_i, base_i in sides(group.source, i, at):
            for target, inside_j, base_j in sides(group.target, j, at):
                chosen = inside_i & inside_j
                groups.append(
                    dataclasses.replace(
                        group,
                        source=source,
                        target=target,
                        i=i[chosen] - base_i,
                        j=j[chosen] - base_j,
                        weight=np.asarray(group.weight)[chosen],
                        delay=np.asarray(group.delay)[chosen],
                    )
                )
    filled = tuple(group for group in groups if len(group.i))
    return dataclasses.replace(case, populations=populations, synapses=filled)


def sides(name: str, index: np.ndarray, at: int) -> list[tuple[str, np.ndarray, int]]:
    if name != "exc":
        return [(name, np.ones(index.size, bool), 0)]
    return [("exc0", index < at, 0), ("exc1", index >= at, at)]


@pytest.mark.parametrize("backend", BACKENDS)
@FEW
@given(case=cases(), seed=st.integers(0, 1000))
def test_renumbering_renumbers_the_spikes(backend: str, case: Case, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(case.populations["exc"].n)
    plain, other = run_pysnn(case, backend), run_pysnn(renumbered(case, order), backend)
    t, i = other.spikes["exc"]
    other.spikes["exc"] = (t, order[i])
    assert_same_spikes(other, plain, atol=ATOL, least=0)


@pytest.mark.parametrize("backend", BACKENDS)
@FEW
@given(case=cases(), fraction=st.floats(0.0, 1.0))
def test_splitting_a_population_changes_no_spike(backend: str, case: Case, fraction: float) -> None:
    n = case.populations["exc"].n
    at = min(max(1, int(fraction * n)), n - 1)
    plain, parts = run_pysnn(case, backend), run_pysnn(split(case, at), backend)
    (t0, i0), (t1, i1) = parts.spikes.pop("exc0"), parts.spikes.pop("exc1")
    parts.spikes["exc"] = (np.concatenate([t0, t1]), np.concatenate([i0, i1 + at]))
    assert_same_spikes(parts, plain, atol=ATOL, least=0)


@pytest.mark.parametrize("backend", BACKENDS)
@FEW
@given(case=cases())
def test_order_of_declaration_changes_no_spike(backend: str, case: Case) -> None:
    assert_same_spikes(run_pysnn(case, backend, reverse=True), run_pysnn(case, backend), atol=ATOL, least=0)


@FEW
@given(case=cases(kinds=("delta",), rules=RULES[:3]))
def test_engines_agree_on_delta_networks_on_the_grid(case: Case) -> None:
    # without a driving current v crosses the threshold at arrivals alone, and all of them lie on the grid
    populations = {
        name: dataclasses.replace(p, model=dataclasses.replace(p.model, i_e=0.0))
        for name, p in case.populations.items()
    }
    quiet = dataclasses.replace(case, populations=populations)
    clock, event = run_pysnn(quiet, "clock"), run_pysnn(quiet, "event")
    assert_same_spikes(event, clock, atol=1e-9, least=0)
    for a, b in zip(clock.weights, event.weights, strict=True):
        assert np.allclose(a, b, rtol=1e-10, atol=1e-12)


@FEW
@given(case=cases(rules=RULES[:1]), factor=st.sampled_from([0.25, 0.5, 2.0, 8.0]))
def test_scaling_potentials_by_a_power_of_two_changes_no_spike(case: Case, factor: float) -> None:
    # multiplying by powers of two rounds nothing: even the bits of the spike times stay
    populations = {}
    for name, p in case.populations.items():
        m = p.model
        scaled = dataclasses.replace(
            m,
            v_rest=m.v_rest * factor,
            v_th=m.v_th * factor,
            v_reset=m.v_reset * factor,
            i_e=m.i_e * factor,
            beta=m.beta * factor,
        )
        populations[name] = Neurons(p.n, scaled, p.v_init() * factor)
    groups = tuple(dataclasses.replace(g, weight=np.asarray(g.weight) * factor) for g in case.synapses)
    other = dataclasses.replace(case, populations=populations, synapses=groups)
    assert_same_spikes(run_pysnn(other, "clock"), run_pysnn(case, "clock"), atol=0.0, least=0)

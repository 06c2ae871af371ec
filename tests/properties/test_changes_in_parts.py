"""Changes while a network runs: no bit depends on how runs are divided, nor on threads."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import Case, Result
from oracle.compare import assert_same_bits
from oracle.pysnn_runner import collect, declare

import pysnn as snn

from .strategies import FOR_THREADS, THREADED, cases

CALLS = ("weights", "state", "parameters", "off", "on")
# What is asked for: when in tenths of the run, what, and of which projection or population.
changes = st.lists(
    st.tuples(st.integers(0, 10), st.sampled_from(CALLS), st.integers(0, 5), st.integers(0, 3)), max_size=8
)
cuts = st.lists(st.integers(1, 9), unique=True, max_size=4)
# Currents: from when to when in tenths, how much, and into every how many-th neuron.
flows = st.lists(
    st.tuples(
        st.integers(0, 9), st.integers(1, 10), st.sampled_from([50.0, -100.0, 400.0]), st.integers(1, 3)
    ),
    max_size=3,
)


def course(case: Case, backend: str, threads: int, asked: Any, cut: Any, flowing: Any) -> Result:
    """Run ``case`` with these changes, divided where ``cut`` says and where a current begins or ends."""
    built = declare(case, sample_every=1.0, record_changes=False)
    grid: dict[str, Any] = {} if backend == "event" else {"dt": case.dt}
    tenth = case.t_stop / 10.0
    ends = sorted({*cut, *(f[0] for f in flowing), *(f[1] for f in flowing if f[1] > f[0]), 10})
    handles: dict[int, Any] = {}
    with snn.Simulation(built.net, backend=backend, threads=threads, **grid) as sim:
        for when, call, which, value in asked:
            at = round(when * tenth, 9)
            number = sorted(built.projections)[which % len(built.projections)]
            projection, group = built.projections[number], case.synapses[number]
            if call == "weights":
                sign = 1.0 if group.source != "inh" else -1.0
                sim.set_weights(projection, sign * 0.5 * value, at=at)
            elif call == "state":
                cells = built.groups["exc" if which % 2 else "inh"]
                model = case.populations["exc"].model
                sim.set_state(cells[::2], "v", model.v_rest + 0.1 * value, at=at)
            elif call == "parameters":
                cells = built.groups["exc" if which % 2 else "inh"]
                sim.set_parameters(cells[which::3], i_e=100.0 * value, at=at)
            elif group.rule:
                sim.set_learning(projection, call == "on", at=at)
        done = 0
        for end in ends:
            for k, (begin, stop, level, every) in enumerate(flowing):
                if begin == done:
                    handles[k] = sim.inject(built.groups["exc"][::every], snn.ConstantCurrent(level))
                if stop == done and k in handles:
                    handles.pop(k).stop()
            if end > done:
                sim.run(round(end * tenth, 9) - round(done * tenth, 9))
            done = end
        return collect(case, built, sim)


@pytest.mark.parametrize("backend", ["clock", "event", "auto"])
@THREADED
@given(case=cases(sizes=FOR_THREADS), asked=changes, cut=cuts, flowing=flows, threads=st.sampled_from([2, 3]))
def test_divided_runs_and_threads_change_no_bit(
    backend: str, case: Case, asked: Any, cut: Any, flowing: Any, threads: int
) -> None:
    whole = course(case, backend, 1, asked, (), flowing)
    parts = course(case, backend, threads, asked, cut, flowing)
    assert_same_bits(parts, whole)


@pytest.mark.parametrize("backend", ["clock", "event"])
@THREADED
@given(case=cases(sizes=FOR_THREADS), cut=cuts, seed=st.integers(0, 99))
def test_what_is_fed_in_parts_is_what_is_fed_at_once(backend: str, case: Case, cut: Any, seed: int) -> None:
    """In any order, each spike in any of the runs before it."""
    rng = np.random.default_rng(seed)
    grid: dict[str, Any] = {} if backend == "event" else {"dt": case.dt}
    results = []
    for ends in ([10], sorted({*cut, 10})):
        built = declare(case, inputs=True)
        with snn.Simulation(built.net, backend=backend, threads=len(ends) % 3 + 1, **grid) as sim:
            spikes = {name: _shuffled(source, rng) for name, source in case.sources.items()}
            for end in ends:
                to = round(end * case.t_stop / 10.0, 9)
                for name, (times, indices) in spikes.items():
                    now = (times <= to) | (rng.random(times.size) < 0.3)
                    sim.feed(name, (times[now], indices[now]))
                    spikes[name] = times[~now], indices[~now]
                sim.run(to - sim.time if end < 10 else case.t_stop - sim.time)
            results.append(collect(case, built, sim))
    assert_same_bits(*results)


def _shuffled(source: Any, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    times = np.array([t for train in source.trains for t in train], float)
    indices = np.array([i for i, train in enumerate(source.trains) for _ in train], np.int64)
    order = rng.permutation(times.size)
    return times[order], indices[order]

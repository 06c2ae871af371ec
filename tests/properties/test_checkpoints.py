"""run(2 T) is run(T), save, resume and run(T), bit for bit and with any number of threads."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import Case
from oracle.compare import assert_same_bits
from oracle.pysnn_runner import collect, declare

import pysnn as snn

from .strategies import BACKENDS, FOR_THREADS, THREADED, cases


@pytest.mark.parametrize("backend", BACKENDS)
@THREADED
@given(
    case=cases(sizes=FOR_THREADS),
    cuts=st.lists(st.integers(0, 100), min_size=1, max_size=3),
    threads=st.permutations([1, 2, 3, 5]),
)
def test_saved_and_resumed_at_any_time(backend: str, case: Case, cuts: list[int], threads: list[int]) -> None:
    options: dict[str, Any] = {} if backend == "event" else {"dt": 0.1}
    built = declare(case)
    with snn.Simulation(built.net, backend=backend, threads=1, **options) as sim:
        sim.run(case.t_stop)
        whole = collect(case, built, sim)
    sim = snn.Simulation(built.net, backend=backend, threads=threads[0], **options)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "at.h5"
        for cut, number in zip(sorted(cuts), threads[1:], strict=False):
            sim.run(round(max(round(cut * case.t_stop / 100, 1) - sim.time, 0.0), 1))
            sim.save(path)
            sim.close()
            sim = snn.resume(path, threads=number)
    with sim:
        sim.run(round(case.t_stop - sim.time, 1))
        assert_same_bits(collect(case, built, sim), whole)

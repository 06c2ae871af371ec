"""Blocks that keep rows of all sources, or only of those that are present: the same bits of all there is."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpi.cases import CASES, digest, recorded
from oracle import Case
from oracle.compare import assert_same_bits
from oracle.pysnn_runner import run_pysnn
from properties.strategies import FOR_THREADS, THREADED, cases

import pysnn as snn
from pysnn.backends._cpu import core


@contextlib.contextmanager
def kept(rows: str) -> Iterator[None]:
    """Networks that are built meanwhile keep these rows."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(core(), "NetworkBuilder", functools.partial(core().NetworkBuilder, kept_rows=rows))
        yield


@functools.cache
def of_all_rows(case: str) -> str:
    with kept("all"):
        return CASES[case]({"threads": 1})


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("case", CASES)
def test_no_bit_depends_on_the_rows_that_are_kept(case: str, threads: int) -> None:
    """Everything that is recorded, read and saved, all arrays of checkpoints included."""
    with kept("present"):
        assert CASES[case]({"threads": threads}) == of_all_rows(case)


@pytest.mark.parametrize("backend", ["clock", "event"])
@THREADED
@given(case=cases(sizes=FOR_THREADS), threads=st.integers(1, 4))
def test_drawn_networks(backend: str, case: Case, threads: int) -> None:
    with kept("all"):
        whole = run_pysnn(case, backend, threads=threads, sample_every=0.5)
    with kept("present"):
        assert_same_bits(run_pysnn(case, backend, threads=threads, sample_every=0.5), whole)


def sparse(n: int = 200, **synapses: Any) -> snn.Network:
    """Most sources have no synapse onto most shards."""
    net = snn.Network(seed=5)
    cells = net.population("cells", n, snn.LIF(tau_m=10.0, t_ref=2.0, v_th=-60.0))
    eye = net.source("eye", 3 * n, snn.Poisson(80.0))
    if isinstance(synapses.get("plasticity"), snn.RewardSTDP):
        synapses["modulator"] = net.modulator("reward")
    delay, weight = snn.Uniform(2.0, 8.0, step=0.1), snn.Uniform(3.0, 12.0)
    net.projection(eye, cells, snn.FixedIndegree(3), weight, delay, name="seen", **synapses)
    net.projection(cells, cells, snn.FixedProbability(2.0 / n), weight=3.0, delay=2.5, name="among")
    net.probe(cells, "spikes")
    return net


def changed(backend: str, threads: int, **synapses: Any) -> str:
    """Synapses that move, are slowed down and weighed anew while spikes are under way."""
    with snn.Simulation(
        sparse(**synapses), backend=backend, threads=threads, dt=0.1, off_grid="round"
    ) as sim:
        sim.rewire("seen", 4.0, below=4.0)
        sim.run(30.3)
        told = [sim.weights("seen"), sim.synapses("seen").i]
        delays = sim.delays("seen")
        sim.set_delays("seen", np.round(delays + np.arange(delays.size) % 5 * 0.7, 1))
        if not synapses:
            sim.rewire("among", 5.0, below=4.0)
        if isinstance(synapses.get("plasticity"), snn.RewardSTDP):
            sim.modulate("reward", 0.7)
        sim.run(12.2)
        sim.set_weights("seen", np.linspace(1.0, 12.0, delays.size))
        sim.run(30.0)
        table = sim.synapses("seen")
        return digest(*told, table.i, table.j, table.k, table.delay, sim.weights("seen"), *recorded(sim))


@pytest.mark.parametrize("backend", ["clock", "event"])
@pytest.mark.parametrize(
    "synapses",
    [
        {},
        {"plasticity": snn.PairSTDP(w_max=20.0)},
        {"plasticity": snn.RewardSTDP(w_max=20.0)},
        {"dynamics": snn.TsodyksMarkram()},
        {"dynamics": snn.TsodyksMarkram(stochastic=True)},
    ],
    ids=["static", "pair", "reward", "dynamics", "release"],
)
def test_synapses_that_move(backend: str, synapses: dict[str, Any]) -> None:
    with kept("all"):
        whole = changed(backend, 1, **synapses)
    with kept("present"):
        assert changed(backend, 1, **synapses) == whole
        assert changed(backend, 3, **synapses) == whole
    assert changed(backend, 2, **synapses) == whole


@pytest.mark.parametrize("backend", ["clock", "event"])
@pytest.mark.parametrize(("before", "after"), [("all", "present"), ("present", "all")])
@pytest.mark.parametrize(
    "synapses",
    [{"plasticity": snn.PairSTDP(w_max=20.0)}, {"dynamics": snn.TsodyksMarkram()}],
    ids=["pair", "dynamics"],
)
def test_a_checkpoint_goes_on_with_the_other_rows(
    backend: str, before: str, after: str, synapses: dict[str, Any], tmp_path: Path
) -> None:
    net = sparse(**synapses)
    options: dict[str, Any] = {"backend": backend, "dt": 0.1, "off_grid": "round"}
    with kept(before), snn.Simulation(net, threads=2, **options) as sim:
        sim.run(25.0)
        sim.save(tmp_path / "file.h5")
        sim.run(25.0)
        whole = digest(*recorded(sim))
    with kept(after), snn.resume(tmp_path / "file.h5", threads=3) as resumed:
        resumed.run(25.0)
        assert digest(*recorded(resumed)) == whole

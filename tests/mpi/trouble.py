"""What goes wrong on some ranks or all; the first prints how each case ended there: ``trouble.py CASES``."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mpi4py import MPI

import pysnn as snn

COMM = MPI.COMM_WORLD
SHARED: dict[str, Any] = {"comm": COMM, "threads": 1}


def network(seed: int = 1) -> tuple[snn.Network, Any]:
    net = snn.Network(seed=seed)
    cells = net.population("cells", 64, snn.LIF(), init={"v": snn.Uniform(-70.0, -50.0)})
    drive = net.source("drive", 64, snn.Poisson(1500.0))
    net.projection(drive, cells, snn.OneToOne(), weight=2.5, delay=1.0)
    net.projection(cells, cells, snn.FixedIndegree(5), weight=1.0, delay=1.0, name="among")
    net.probe(cells, "spikes", name="spikes")
    return net, cells


def built(**options: Any) -> snn.Simulation:
    return snn.Simulation(network()[0], **{**SHARED, **options})


def hot_neuron() -> None:
    """A neuron of the last rank fires without end in the middle of a window."""
    net = snn.Network(seed=1)
    cells = net.population("cells", 64, snn.LIF(t_ref=0.0))
    net.projection(cells, cells, snn.OneToOne(), weight=0.0, delay=5.0)
    net.current(cells[63:], snn.StepCurrent([2.0], [1e15]))
    snn.Simulation(net, backend="event", **SHARED).run(10.0)


def boundless_state() -> None:
    """A potential of the last rank is no finite number any more, which is seen when a run ends."""
    net = snn.Network(seed=1)
    strong = np.r_[np.zeros(63), -1.7e308]
    cells = net.population("cells", 64, snn.CubaLIF(c_m=1e-3), init={"i_exc": strong, "i_inh": strong})
    source = net.source("source", 1, snn.SpikeArray([[1.0]]))
    net.projection(source, cells, snn.AllToAll(), weight=0.0, delay=1.0)
    snn.Simulation(net, **SHARED).run(5.0)


def after_it() -> None:
    """Nobody can vouch for the simulation then, and all say so."""
    sim = built()
    with contextlib.suppress(OSError, snn.RankError), sim._protocol.changing("set_state"):
        if COMM.rank == 1:
            raise OSError("the disk is full")
    sim.run(1.0)


def failing_on_one() -> None:
    sim = built()
    with sim._protocol.changing("set_state"):
        if COMM.rank == 1:
            raise OSError("the disk is full")


def other_networks() -> None:
    snn.Simulation(network(seed=1 + COMM.rank)[0], **SHARED)


def other_threads() -> None:
    snn.Simulation(network()[0], comm=COMM, threads=1 + COMM.rank)


def other_calls() -> None:
    sim = built()
    if COMM.rank == 0:
        sim.set_state("cells", "v", -60.0)
    else:
        sim.set_weights("among", 0.5)


def no_log() -> None:
    built(log=Path(tempfile.gettempdir()) / "no such folder" / "log.h5")


def no_communicator() -> None:
    built(comm="MPI.COMM_WORLD")


def no_part_of_it() -> None:
    """A process that a communicator was split without."""
    part = COMM.Split(0 if COMM.rank == 0 else MPI.UNDEFINED)
    snn.Simulation(network()[0], comm=part, threads=1).run(5.0)


def interrupted() -> None:
    """Ctrl-C on one rank: all end the run at the same time, and can go on."""
    sim = built()
    if COMM.rank == 1:
        collect, slices = sim._collect, []

        def and_ctrl_c() -> None:
            slices.append(sim.time)
            if len(slices) == 2:
                signal.raise_signal(signal.SIGINT)
            collect()

        sim._collect = and_ctrl_c
    try:
        sim.run(1e7)
    except KeyboardInterrupt:
        times = COMM.allgather(sim.time)
        assert 0.0 < times[0] < 1e7
        assert len(set(times)) == 1
        sim.run(1.0)
        assert COMM.allgather(sim.time) == [times[0] + 1.0] * COMM.size
        raise


def refused() -> None:
    """What ranks cannot do together is refused by name on all of them."""
    net, cells = network()
    watched = net.projection(
        cells, cells, snn.FixedIndegree(3), weight=1.0, delay=1.0, plasticity=snn.PairSTDP(w_max=2.0)
    )
    net.probe(watched, "weight", every=1.0)
    sim = snn.Simulation(net, **SHARED)
    among = net.projections["among"]

    def saved() -> None:
        sim.rewire(among, 1.0, at=5.0)
        sim.set_weights(among, 2.0, at=6.0)
        with tempfile.TemporaryDirectory() as folder:
            sim.save(Path(folder) / "file.h5")

    asked: dict[str, Callable[[], Any]] = {
        "opencl": lambda: snn.Simulation(net, backend="opencl", **SHARED),
        "rewire": lambda: sim.rewire(watched, 1.0),
        "save": saved,
    }
    for name, call in asked.items():
        with pytest.raises(snn.BackendUnsupported, match=f"{name}.*comm"):
            call()
    sim.run(1.0)


def given_to_one_rank() -> None:
    """What a rank is given for its own synapses, and is wrong, is refused by all, and all go on."""
    sim = built()
    sim.run(1.0)
    n = len(sim.weights("among"))
    here = COMM.rank == 1
    asked: dict[str, Callable[[], Any]] = {
        "a delay must be >= 1 ms": lambda: sim.set_delays("among", 0.5 if here else 2.0),
        "delays, one a synapse": lambda: sim.set_delays("among", np.ones(n + 1) if here else 2.0),
        "multiple of": lambda: sim.set_delays("among", 2.03 if here else 2.0),
        "expected .* weights": lambda: sim.set_weights("among", np.ones(n + 1) if here else 2.0),
    }
    for match, call in asked.items():
        with pytest.raises(snn.PysnnError, match=match):
            call()
    sim.run(1.0)
    assert set(COMM.allgather(sim.time)) == {2.0}


def one_drives_with_one_delay() -> None:
    """What a source draws straight into its targets has one delay on all ranks."""
    net, cells = network()
    straight = net.projection(net.sources["drive"], cells, snn.OneToOne(), weight=1.0, delay=1.0)
    sim = snn.Simulation(net, **SHARED)
    with pytest.raises(snn.ParameterError, match=r"one delay: expected the same for all .got 1 to 2 ms"):
        sim.set_delays(straight, 1.0 + COMM.rank)
    sim.set_delays(straight, 3.0)
    sim.run(1.0)


def heard_by_one_rank() -> None:
    """Synapses that learn have been reached by a spike on the last rank alone: no rank rewires its own."""
    net = snn.Network(seed=1)
    cells = net.population("cells", 64, snn.LIF())
    source = net.source("source", 2, snn.SpikeArray([[1.0], []]))
    learns = net.projection(
        source, cells, snn.FromCOO([0, 1], [63, 0]), weight=1.0, delay=1.0,
        plasticity=snn.PairSTDP(w_max=2.0),
    )  # fmt: skip
    sim = snn.Simulation(net, **SHARED)
    sim.run(3.0)
    with pytest.raises(snn.ParameterError, match="rewired until their neurons have fired"):
        sim.rewire(learns, 1.0, below=1.0)
    sim.run(1.0)


def first_rank_s_log() -> None:
    """Others need no path, and hear of what is wrong with it; a file that cannot be written ends nothing."""
    net, cells = network()
    net.probe(cells, "v", every=1.0, to_log=True, name="v")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.h5" if COMM.rank == 0 else None
        with snn.Simulation(net, log=path, **SHARED) as sim:
            sim.run(5.0)
            for call, error in (
                (lambda: sim.save(Path(folder) / "no such folder" / "file.h5"), snn.CheckpointError),
                (lambda: sim.save(path or "elsewhere"), snn.CheckpointError),
                (sim.reset, snn.ParameterError),
                (lambda: sim.run_trials({}, duration=1.0), snn.ParameterError),
            ):
                with pytest.raises(error):
                    call()
            sim.run(5.0)
            if COMM.rank > 0:
                with pytest.raises(snn.ParameterError, match=r"first rank has: sim\.gather"):
                    sim.data["v"]
            assert sim.gather("v", root=None).values.shape == (11, 64)
        COMM.Barrier()


def killed() -> None:
    """One rank dies in a run; the others must not wait for it for ever."""
    sim = built()
    if COMM.rank == 1:
        threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGKILL)).start()
    sim.run(1e9)


def raises() -> None:
    """An error of the program's own, in one rank alone."""
    sim = built()
    if COMM.rank == 1:
        raise ValueError("a mistake of the program")
    sim.run(1e9)


def one_log() -> None:
    """The first rank writes the spikes of all."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(COMM.bcast(folder)) / "log.h5"
        with built(log=path) as sim:
            sim.run(50.0)
            whole = sim.gather("spikes", root=None)
        COMM.Barrier()
        logged = snn.load(path)["cells"]
        assert np.array_equal(logged.t, whole.t)
        assert np.array_equal(logged.i, whole.i)
        assert len(whole.t) > 20
        COMM.Barrier()


signal.alarm(240)  # nobody's test takes so long, and no rank is to outlive its own
names = sys.argv[1:]
told: dict[str, str] = {}
for name in names:
    try:
        globals()[name]()
        told[name] = "well"
    except (Exception, KeyboardInterrupt) as error:
        if name == "raises":
            raise
        told[name] = f"{type(error).__name__}: {error}"
everywhere = COMM.gather(told)
if everywhere is not None:
    print(json.dumps(everywhere), flush=True)

"""Simulations that are saved, resumed and copied: the same bits, whatever comes between."""

from __future__ import annotations

import errno
import os
import random
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from unit.checkpoint_cases import HALF, network, recorded, same

import pysnn as snn
from pysnn.io import checkpoint as files
from pysnn.io import space


@pytest.fixture(scope="module")
def undisturbed() -> list[Any]:
    with snn.Simulation(network(), threads=1) as sim:
        sim.run(2 * HALF)
        assert len(sim.data["spikes"].t) > 100
        assert len(sim.data["changes"].t) > 100
        return recorded(sim)


def test_a_resumed_simulation_ends_with_the_data_of_an_undisturbed_one(
    saved: Path, undisturbed: list[Any]
) -> None:
    with snn.resume(saved, threads=3) as sim:
        assert sim.time == HALF
        assert sim.threads == 3
        sim.run(HALF)
        assert same(recorded(sim), undisturbed)
        assert sim.spike_counts() == {"cells": len(undisturbed[0])}


def test_saving_changes_no_bit(tmp_path: Path, undisturbed: list[Any]) -> None:
    with snn.Simulation(network(), threads=2) as sim:
        for k in range(8):
            sim.run(HALF / 4)
            sim.save(tmp_path / f"{k}.h5")
        assert same(recorded(sim), undisturbed)


def test_a_chain_of_checkpoints_and_numbers_of_threads(tmp_path: Path, undisturbed: list[Any]) -> None:
    path = tmp_path / "at.h5"
    with snn.Simulation(network(), threads=1) as sim:
        sim.save(path)  # before anything has run
    for threads in (2, 3, 1, 4):
        with snn.resume(path, threads=threads) as sim:
            sim.run(HALF / 2)
            sim.save(path)
    with snn.resume(path) as sim:
        assert same(recorded(sim), undisturbed)


def test_a_copy_and_its_original_go_on_alike_and_apart(undisturbed: list[Any]) -> None:
    net = network()
    with snn.Simulation(net, threads=2) as sim:
        sim.run(HALF)
        with sim.copy(threads=1) as copy, sim.copy() as other:
            other.set_weights("learning", 0.0)
            other.set_state("cells", "v", -70.0)
            copy.run(HALF)
            sim.run(HALF)
            assert copy.network is net
            assert same(recorded(copy), undisturbed)
            assert same(recorded(sim), undisturbed)


def test_handles_of_the_network_read_the_data_of_a_resumed_simulation(saved: Path) -> None:
    net = network()
    with snn.resume(saved) as sim:
        assert np.array_equal(sim.data[net.probes["spikes"]].t, sim.data["spikes"].t)


def test_set_weights_of_static_synapses_are_kept(tmp_path: Path) -> None:
    net = snn.Network(seed=1)
    cells = net.population("cells", 40, snn.LIF(i_e=600.0))
    net.projection(cells, cells, snn.FixedProbability(0.3), weight=0.1, delay=1.5, name="static")
    with snn.Simulation(net, threads=2) as sim:
        sim.run(10.0)
        new = np.linspace(0.0, 1.0, len(sim.weights("static")))
        sim.set_weights("static", new)
        sim.run(10.0)
        sim.save(tmp_path / "at.h5")
        sim.run(10.0)
        with snn.resume(tmp_path / "at.h5", threads=1) as other:
            assert np.array_equal(other.weights("static"), new)
            other.run(10.0)
            assert np.array_equal(other.state("cells", "v"), sim.state("cells", "v"))
            assert other.delivered() == sim.delivered()


@pytest.mark.parametrize("rule", [snn.PairSTDP(w_max=2.0), snn.BCM(eta=1e-3, w_max=2.0)])
def test_views_of_weights_stay_up_to_date(rule: snn.plasticity.PlasticityRule, tmp_path: Path) -> None:
    net = snn.Network(seed=3)
    cells = net.population("cells", 50, snn.LIF(i_e=600.0), init={"v": snn.Uniform(-70.0, -56.0)})
    net.projection(
        cells, cells, snn.FixedProbability(0.2), weight=1.0, delay=3.0, plasticity=rule, name="learning",
        dendritic_fraction=1.0,
    )  # fmt: skip
    with snn.Simulation(net, threads=1) as sim:
        blocks = sim.weights_view("learning")
        sim.run(30.0)
        before = blocks[0].weight.copy()
        sim.save(tmp_path / "at.h5")
        assert np.array_equal(blocks[0].weight, before)
        assert np.array_equal(np.sort(before), np.sort(sim.weights("learning")))
        assert len(np.unique(before)) > 10


def test_auto_keeps_its_choices_and_their_reasons(tmp_path: Path) -> None:
    with snn.Simulation(network(), backend="auto") as sim:
        sim.run(HALF)
        sim.save(tmp_path / "at.h5")
        with snn.resume(tmp_path / "at.h5") as other:
            assert other.engines == sim.engines
            assert {k: str(v) for k, v in other.engines.items()} == {
                k: str(v) for k, v in sim.engines.items()
            }


# ---- misuse -------------------------------------------------------------------------------------------


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    with snn.Simulation(network()) as sim:
        for path, message in ((tmp_path, "it is a folder"), (tmp_path / "no" / "at.h5", "does not exist")):
            with pytest.raises(snn.CheckpointError, match=message):
                sim.save(path)
            with pytest.raises(snn.CheckpointError, match=message):
                sim.run(1.0, checkpoint=path)
        with pytest.raises(snn.ParameterError, match="path of a file"):
            sim.save(3.0)  # type: ignore[arg-type]
        with pytest.raises(snn.ParameterError, match="every"):
            sim.run(1.0, checkpoint=tmp_path / "at.h5", every=-1.0)
        assert sim.time == 0.0


@pytest.mark.parametrize("call", ["save", "run"])
def test_a_checkpoint_never_takes_the_place_of_the_log(call: str, tmp_path: Path) -> None:
    log = tmp_path / "run.h5"
    (tmp_path / "other.h5").symlink_to(log)
    with snn.Simulation(network(), log=log) as sim:
        sim.run(HALF)
        for path in (log, tmp_path / "." / "run.h5", tmp_path / "other.h5"):
            with pytest.raises(snn.CheckpointError, match=r"the log of this simulation.*path of its own"):
                sim.save(path) if call == "save" else sim.run(1.0, checkpoint=path)
        assert sim.time == HALF
        counted = sim.spike_counts()["cells"]
    assert snn.load(log)["cells"].count == counted > 0


def test_a_log_never_takes_the_place_of_the_checkpoint(saved: Path) -> None:
    before = saved.read_bytes()
    with pytest.raises(snn.ParameterError, match=r"log: would replace the checkpoint.*path of its own"):
        snn.resume(saved, log=os.path.relpath(saved))
    assert saved.read_bytes() == before


def test_only_a_regular_file_is_replaced(tmp_path: Path) -> None:
    """Else who runs it as root may lose /dev/null."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link.h5").symlink_to(tmp_path / "at.h5")
    with snn.Simulation(network()) as sim:
        with pytest.raises(snn.CheckpointError, match="no regular file"):
            sim.save(tmp_path / "pipe")
        assert (tmp_path / "pipe").is_fifo()
        sim.save(tmp_path / "link.h5")
    assert (tmp_path / "link.h5").is_symlink()
    assert snn.resume(tmp_path / "at.h5").time == 0.0
    with pytest.raises(snn.CheckpointError, match="no regular file"):
        snn.resume(tmp_path / "pipe")


def test_paths_that_are_none(tmp_path: Path) -> None:
    with snn.Simulation(network()) as sim:
        for name in ("x" * 255, "x" * 300, "a\0b"):
            with pytest.raises(snn.CheckpointError, match="cannot save"):
                sim.save(tmp_path / name)
        with pytest.raises(snn.ParameterError, match="every: is for a checkpoint="):
            sim.run(1.0, every=5.0)
    for none in (None, 3):
        with pytest.raises(snn.ParameterError, match="path of a file"):
            snn.resume(none)  # type: ignore[arg-type]
    assert os.listdir(tmp_path) == []


def test_a_full_disk_leaves_the_old_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "at.h5"
    with snn.Simulation(network()) as sim:
        sim.save(path)
        before = path.read_bytes()
        sim.run(HALF)

        def full(self: Any, size: int) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(space.ReservedSpace, "reserve", full)
        with pytest.raises(snn.CheckpointError, match="No space left"):
            sim.save(path)
        monkeypatch.undo()
        assert path.read_bytes() == before
        assert os.listdir(tmp_path) == ["at.h5"]
        sim.save(path)


def test_a_simulation_that_is_running(saved: Path) -> None:
    with snn.resume(saved) as sim, sim._protocol.running():
        for call in (lambda: sim.save("x.h5"), sim.copy):
            with pytest.raises(snn.RunningError, match="is running"):
                call()


def test_a_simulation_that_is_closed_or_broken(saved: Path) -> None:
    sim = snn.resume(saved)
    sim._protocol.break_down(0.0, ValueError("a test"))
    for call in (lambda: sim.save("x.h5"), sim.copy):
        with pytest.raises(snn.BrokenError):
            call()
    sim.close()
    with snn.resume(saved) as other:
        pass
    for call in (lambda: other.save("x.h5"), other.copy):
        with pytest.raises(snn.ClosedError):
            call()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dt": 0.2}, "dt is that of the simulation that was saved"),
        ({"backend": "event"}, "backend is that"),
        ({"thread": 2}, "did you mean 'threads'"),
        ({"threads": 0}, "threads"),
    ],
)
def test_options_that_are_not_free(options: dict[str, Any], message: str, saved: Path) -> None:
    with pytest.raises(snn.PysnnError, match=message):
        snn.resume(saved, **options)


# ---- logs ---------------------------------------------------------------------------------------------


def logged_network() -> snn.Network:
    net = network()
    net.probe(net.populations["cells"][:2], "v", every=0.5, to_log=True, name="streamed")
    return net


def test_a_log_goes_on_where_the_checkpoint_is(tmp_path: Path) -> None:
    log, path = tmp_path / "run.h5", tmp_path / "at.h5"
    with snn.Simulation(logged_network(), log=log) as sim:
        sim.run(2 * HALF)
        spikes, v = sim.data["spikes"], sim.data["streamed"]
    first = snn.Simulation(logged_network(), log=log)
    first.run(HALF)
    first.save(path)
    first.run(HALF / 2)  # beyond the checkpoint: not to be there twice
    first.flush()
    for _ in range(2):  # a second time over what the first has left
        with snn.resume(path, log=log) as sim:
            sim.run(HALF)
            assert np.array_equal(sim.data["streamed"].t, v.t)
        read = snn.load(log)
        assert np.array_equal(read["cells"].t, spikes.t)
        assert np.array_equal(read["cells"].i, spikes.i)
        assert np.array_equal(read.states["streamed"].t, v.t)
        assert np.array_equal(read.states["streamed"].values, v.values)
        assert read.closed
    first.close()


def test_another_log_begins_where_the_checkpoint_is(tmp_path: Path) -> None:
    log, path = tmp_path / "run.h5", tmp_path / "at.h5"
    with snn.Simulation(logged_network(), log=log) as sim:
        sim.run(HALF)
        sim.save(path)
        sim.run(HALF)
        t = sim.data["spikes"].t
    with snn.resume(path, log=tmp_path / "new.h5") as sim:
        sim.run(HALF)
    assert np.array_equal(snn.load(tmp_path / "new.h5")["cells"].t, t[t > HALF])
    assert snn.load(tmp_path / "new.h5").states["streamed"].t[0] == HALF + 0.5
    with pytest.raises(snn.ParameterError, match="to_log"):
        snn.resume(path)


# ---- by itself ----------------------------------------------------------------------------------------

WORKER = """
import sys
import numpy as np
import pysnn as snn
sys.path.insert(0, {folder!r})
from checkpoint_cases import network, recorded
path, out = {path!r}, {out!r}
try:
    sim = snn.resume(path, threads={threads})
except snn.CheckpointError as error:
    assert "no such file" in str(error), error
    sim = snn.Simulation(network(), threads={threads})
print("begun", flush=True)
while sim.time < {end}:
    sim.run(min(2.0, {end} - sim.time), checkpoint=path, every=0.0)
np.savez(out, *recorded(sim))
"""


def test_processes_that_are_killed_at_any_moment_end_with_the_same_bits(
    tmp_path: Path, undisturbed: list[Any]
) -> None:
    """20 of them, one after the other, each going on from what the last one left."""
    path, out = tmp_path / "at.h5", tmp_path / "out.npz"
    draw = random.Random(5)

    def start(threads: int) -> subprocess.Popen[bytes]:
        text = WORKER.format(
            folder=str(Path(__file__).parent), path=str(path), out=str(out), end=2 * HALF, threads=threads
        )
        return subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE)

    for number in range(20):
        with start(1 + number % 3) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(draw.uniform(0.0, 0.1))
            process.kill()
            process.wait()
        if out.exists():
            break
        if path.exists():
            files.Checkpoint.load(path)
    with start(2) as process:
        assert process.wait() == 0
    with np.load(out) as arrays:
        assert same(list(arrays.values()), undisturbed)
    assert not [
        name for name in os.listdir(tmp_path) if name not in ("at.h5", "out.npz") and ".tmp" not in name
    ]


def test_two_threads_may_save_to_one_path(tmp_path: Path) -> None:
    path = tmp_path / "at.h5"
    sims = [snn.Simulation(network(seed), threads=1) for seed in (1, 2)]
    errors: list[BaseException] = []

    def save(sim: snn.Simulation) -> None:
        try:
            for _ in range(10):
                sim.run(0.5)
                sim.save(path)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=save, args=(sim,)) for sim in sims]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with snn.resume(path) as sim:
        assert sim.time == 5.0
    assert [entry.name for entry in tmp_path.iterdir()] == ["at.h5"]
    for sim in sims:
        sim.close()


def test_a_copy_has_no_other_options() -> None:
    with snn.Simulation(network()) as sim:
        with pytest.raises(snn.ParameterError, match="dt is that of the simulation that was copied"):
            sim.copy(dt=0.2)
        with pytest.raises(snn.UnknownNameError, match="did you mean 'threads'"):
            sim.copy(thread=1)

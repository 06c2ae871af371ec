"""Spike logs between processes: read while written, a killed writer, a full disk."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import IO

import h5py
import numpy as np
import pytest

from pysnn.errors import LogError
from pysnn.io import load, recover

ROOT = Path(__file__).resolve().parents[2]

# Spike k is at k / 8 ms and of neuron k % 97: any prefix can be told from its length.
WRITER = """
    import sys
    import numpy as np
    from pysnn.io import SpikeLog

    path, size, slices = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    log = SpikeLog(path, {"silent": 3, "p": 97})
    print("ready", flush=True)
    for s in range(slices):
        k = np.arange(s * size, (s + 1) * size)
        log.append("p", k / 8, k % 97)
        log.flush(until=(s + 1) * size / 8)
        print((s + 1) * size, flush=True)
    sys.stdin.readline()
    log.close()
"""


def start(code: str, *args: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", textwrap.dedent(code), *map(str, args)]
    env = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env
    )


def lines(stream: IO[str] | None) -> IO[str]:
    assert stream is not None
    return stream


def assert_prefix(path: Path, at_least: int, closed: bool | None = None) -> int:
    """The log holds the first m >= at_least spikes, and all until the time it names; return m."""
    recording = load(path)
    data = recording["p"]
    k = np.arange(data.count)
    np.testing.assert_array_equal(data.t, k / 8)
    np.testing.assert_array_equal(data.i, k % 97)
    assert data.count >= at_least
    if recording.until is not None:
        assert at_least / 8 <= recording.until <= data.count / 8
    assert recording["silent"].count == 0
    assert closed is None or recording.closed is closed
    return data.count


@pytest.mark.parametrize("size", [500, 40_000])
def test_a_reader_sees_whole_slices_while_the_log_is_written(tmp_path: Path, size: int) -> None:
    path = tmp_path / "log.h5"
    writer = start(WRITER, path, size, 12)
    try:
        assert lines(writer.stdout).readline() == "ready\n"
        assert_prefix(path, 0)
        for line in lines(writer.stdout):
            seen = assert_prefix(path, int(line), closed=False)
            assert seen % size == 0
            if int(line) == 12 * size:
                break
        writer.communicate("\n", timeout=60)
    finally:
        writer.kill()
        writer.communicate()
    assert writer.returncode == 0
    assert assert_prefix(path, 12 * size, closed=True) == 12 * size


@pytest.mark.parametrize("size", [100, 3_000, 90_000])
def test_a_killed_writer_loses_nothing_that_was_flushed(tmp_path: Path, size: int) -> None:
    """Killed at a moment of no choice, in the middle of whatever it does."""
    for attempt in range(5):
        path, mended = tmp_path / f"log{attempt}.h5", tmp_path / f"mended{attempt}.h5"
        writer = start(WRITER, path, size, 10_000)
        stdout = lines(writer.stdout)
        assert stdout.readline() == "ready\n"
        for _ in range(attempt):
            stdout.readline()
        time.sleep(random.uniform(0.0, 0.03))
        writer.send_signal(signal.SIGKILL)
        rest, _ = writer.communicate()
        acknowledged = max([0, *(int(n) for n in rest.split("\n")[:-1] if n)])  # a line may be cut in two
        assert writer.returncode == -signal.SIGKILL

        with pytest.raises(OSError, match="already open for write"):
            h5py.File(path, "r")
        seen = assert_prefix(path, acknowledged, closed=False)
        done = recover(path, mended)
        assert (done.kept["p"], done.lost["p"]) == (seen, 0)
        assert assert_prefix(mended, acknowledged, closed=True) == seen
        with h5py.File(mended, "r") as file:
            assert len(file["spikes/p/timestamps"]) == seen


def test_a_recovered_log_is_read_by_libsonata(tmp_path: Path) -> None:
    libsonata = pytest.importorskip("libsonata", reason="libsonata is not installed (pip install libsonata)")
    writer = start(WRITER, tmp_path / "log.h5", 100, 3)
    for _ in range(4):
        lines(writer.stdout).readline()
    writer.kill()
    writer.communicate()
    recover(tmp_path / "log.h5", tmp_path / "mended.h5")
    reader = libsonata.SpikeReader(str(tmp_path / "mended.h5"))
    assert reader["p"].get() == [(k % 97, k / 8) for k in range(300)]


def test_a_killed_writers_log_that_is_cut_is_named_and_its_beginning_saved(tmp_path: Path) -> None:
    """HDF5 itself reads the missing end as zeros, without an error."""
    path, cut = tmp_path / "log.h5", tmp_path / "cut.h5"
    writer = start(WRITER, path, 50_000, 8)  # more than six chunks
    for _ in range(9):
        lines(writer.stdout).readline()
    writer.kill()
    writer.communicate()
    assert assert_prefix(path, 400_000) == 400_000

    whole = path.read_bytes()
    cut.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(LogError, match=r"truncated: \d+ of 400000 spikes of population 'p'"):
        load(cut)
    done = recover(cut, tmp_path / "mended.h5")
    kept = done.kept["p"]
    assert 0 < kept < 400_000
    assert done.lost["p"] == 400_000 - kept
    data = load(tmp_path / "mended.h5")["p"]
    np.testing.assert_array_equal(data.t, np.arange(kept) / 8)
    assert load(tmp_path / "mended.h5").until is None


FULL_DISK = """
    import resource, sys
    import numpy as np
    from pysnn.errors import LogError
    from pysnn.io import SpikeLog

    resource.setrlimit(resource.RLIMIT_FSIZE, (8_000_000, 8_000_000))
    acknowledged = 0
    try:
        with SpikeLog(sys.argv[1], {"silent": 3, "p": 97}) as log:
            for s in range(100):
                k = np.arange(s * 10_000, (s + 1) * 10_000)
                log.append("p", k / 8, k % 97)
                log.flush(until=(s + 1) * 1250.0)
                acknowledged = (s + 1) * 10_000
    except LogError as err:
        print(err)
    print(acknowledged)
"""


def test_a_full_disk_is_one_clear_error_and_leaves_what_was_flushed(tmp_path: Path) -> None:
    """The limit on file size stands for the disk: a write beyond it fails with 'File too large'."""
    path = tmp_path / "log.h5"
    writer = start(FULL_DISK, path)
    out, err = writer.communicate(timeout=60)
    assert writer.returncode == 0, err
    message, acknowledged = out.splitlines()
    assert message == f"{path}: cannot write to the spike log: File too large"
    assert assert_prefix(path, int(acknowledged)) >= 300_000
    assert not load(path).closed


INTERRUPTED = """
    import signal, sys, time
    from pysnn.io import SpikeLog

    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
    with SpikeLog(sys.argv[1], {"p": 3}) as log:
        log.append("p", [1.0, 2.0], [0, 1])
        print("ready", flush=True)
        for _ in range(6000):  # a signal that comes just before a sleep is heard after it
            time.sleep(0.01)
"""


def test_ctrl_c_leaves_a_closed_log_with_everything_appended(tmp_path: Path) -> None:
    writer = start(INTERRUPTED, tmp_path / "log.h5")
    lines(writer.stdout).readline()
    writer.send_signal(signal.SIGINT)
    writer.communicate(timeout=60)
    recording = load(tmp_path / "log.h5")
    assert recording.closed
    assert recording["p"].t.tolist() == [1.0, 2.0]

"""Damaged logs: each ends in a result or a LogError, in bounded time, closed or left by a killed writer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

import pysnn as snn
from pysnn.io import SpikeLog
from pysnn.io.superblock import SIZE, Superblock, lookup3

KILLED = """
import os, signal, sys
import numpy as np
from pysnn.io import SpikeLog
log = SpikeLog(sys.argv[1], {"p": 97, "q": 5})
log.append("p", np.arange(1000) / 8, np.arange(1000) % 97)
log.append("q", [3.0], [2])
log.flush(130.0)
os.kill(os.getpid(), signal.SIGKILL)
"""

# Flips one bit after another, and says what became of each.
FLIP = """
import os, sys
import pysnn as snn
path, action, *places = sys.argv[1:]
whole = open(path, "rb").read()
for place in map(int, places):
    damaged = bytearray(whole)
    damaged[place // 8] ^= 1 << place % 8
    with open("damaged.h5", "wb") as file:
        file.write(damaged)
    os.utime("damaged.h5", (0, 0))  # no writer is at work on it
    print(place, end=" ", flush=True)
    try:
        if action == "load":
            print("spikes", *(len(data) for data in snn.load("damaged.h5").values()), flush=True)
        else:
            print("spikes", *snn.recover("damaged.h5", "out.h5", overwrite=True).kept.values(), flush=True)
    except snn.LogError as error:
        print("LogError", str(error).replace("\\n", " "), flush=True)
"""


LOAD = """
import sys
import pysnn as snn
try:
    snn.load(sys.argv[1])
except snn.LogError:
    pass
"""


def log_of(state: str, path: Path) -> Path:
    if state == "killed":
        subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False, timeout=60)
    else:
        with SpikeLog(path, {"p": 97, "q": 5}) as log:
            log.append("p", np.arange(1000) / 8, np.arange(1000) % 97)
            log.append("q", [3.0], [2])
            log.flush(130.0)
    return path


@pytest.mark.parametrize("action", ["load", "recover"])
@pytest.mark.parametrize("state", ["closed", "killed"])
def test_a_flipped_bit_is_found_or_does_no_harm(state: str, action: str, tmp_path: Path) -> None:
    """The headers take the first 2,500 bytes; at 858 a reader beside a writer would wait for good."""
    path = log_of(state, tmp_path / "log.h5")
    rng = np.random.default_rng(7)
    bits = [858 * 8, *(8 * byte + int(rng.integers(8)) for byte in range(0, 2500, 19))]
    done = subprocess.run(
        [sys.executable, "-c", FLIP, str(path), action, *map(str, bits)],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    outcomes = [line.split(" ", 1)[1] for line in done.stdout.splitlines()]
    assert len(outcomes) == len(bits)
    harmless = [outcome for outcome in outcomes if outcome.startswith("spikes")]
    assert set(harmless) <= {"spikes 1000 1"}  # never fewer spikes without a word
    assert len(bits) / 20 < len(harmless) < len(bits) * 0.9  # there are gaps, and there are headers


@pytest.mark.parametrize("state", ["closed", "killed"])
def test_the_superblock_is_as_hdf5_writes_it(state: str, tmp_path: Path) -> None:
    path = log_of(state, tmp_path / "log.h5")
    head = path.read_bytes()[:SIZE]
    superblock = Superblock.read(head)
    assert superblock is not None
    assert (superblock.flags == 0) == (state == "closed")
    assert superblock.to_bytes() == head
    assert superblock.end <= path.stat().st_size
    assert snn.load(path).closed == (state == "closed")
    for at in range(12, SIZE):
        with pytest.raises(ValueError, match="checksum"):
            Superblock.read(head[:at] + bytes([head[at] ^ 16]) + head[at + 1 :])
    assert Superblock.read(b"no HDF5 file" * 10) is None
    assert Superblock.read(head[: SIZE - 1]) is None


def test_a_heap_without_an_end_is_found_before_hdf5_walks_it(tmp_path: Path) -> None:
    """Others' files have strings of any length, in heaps without a checksum: 16 bytes an object's header."""
    path = tmp_path / "other.h5"
    with h5py.File(path, "w") as file:
        group = file.create_group("spikes/p")
        group["node_ids"] = np.arange(3)
        group["timestamps"] = np.arange(3.0)
        group["timestamps"].attrs["units"] = "milliseconds"
    assert snn.load(path)["p"].count == 3
    whole = path.read_bytes()
    heap = whole.index(b"GCOL")
    for byte in (*range(heap + 16, heap + 32, 4), *range(heap + 44, heap + 64, 4)):
        damaged = bytearray(whole)
        damaged[byte] ^= 1
        path.write_bytes(damaged)
        done = subprocess.run(
            [sys.executable, "-c", LOAD, str(path)], capture_output=True, text=True, check=False, timeout=60
        )
        assert done.returncode == 0, done.stderr
    damaged = bytearray(whole)
    damaged[heap + 24 + 1] ^= 1  # the size of "milliseconds": the next object is looked for in the free room
    path.write_bytes(damaged)
    with pytest.raises(snn.LogError, match="a global heap is damaged"):
        snn.load(path)


def test_a_log_of_an_earlier_version_is_read(tmp_path: Path) -> None:
    """Names and sizes were datasets alone, strings of any length."""
    path = log_of("closed", tmp_path / "log.h5")
    with h5py.File(path, "r+") as file:
        own = file["pysnn"]
        for key in ("populations", "sizes"):
            del own.attrs[key]
        del own["populations"]
        own["populations"] = ["p", "q"]
        own.attrs["format"] = "pysnn spike log"
        file["spikes/p/timestamps"].attrs["units"] = "milliseconds"
    assert {name: data.count for name, data in snn.load(path).items()} == {"p": 1000, "q": 1}
    assert snn.load(path)["p"].indices.size == 97


def test_the_checksum_is_that_of_its_author() -> None:
    """The self test of lookup3.c: hashlittle("Four score and seven years ago", initval 0)."""
    assert lookup3(b"Four score and seven years ago") == 0x17770551
    assert lookup3(b"") == 0xDEADBEEF

"""The file of a checkpoint: what is in it, and a clear error for all that is none."""

from __future__ import annotations

import random
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from unit.checkpoint_cases import HALF, network

import pysnn as snn
from pysnn.io import checkpoint as files


def test_the_file_is_plain_arrays_that_hdf5_reads(saved: Path) -> None:
    with h5py.File(saved, "r") as file:
        assert file["engine/population/0/v"].shape == (50,)
        assert file["network"].attrs["schema"] == "pysnn.network"
        kinds = set()
        file.visititems(
            lambda _, entry: kinds.add(entry.dtype.kind) if isinstance(entry, h5py.Dataset) else None
        )
        assert kinds <= set("iufO")
    assert saved.read_bytes().startswith(b"pysnn checkpoint\nversion 2\n")


def test_the_file_does_not_depend_on_the_number_of_threads(tmp_path: Path) -> None:
    arrays = []
    for threads in (1, 2, 3):
        with snn.Simulation(network(), threads=threads) as sim:
            sim.run(HALF)
            sim.save(tmp_path / "at.h5")
        arrays.append(files.Checkpoint.load(tmp_path / "at.h5"))
    for other in arrays[1:]:
        for kind in ("engine", "recorded"):
            first, second = getattr(arrays[0], kind), getattr(other, kind)
            assert first.keys() == second.keys()
            for name in first:
                assert np.array_equal(first[name], second[name]), name


def test_every_flipped_byte_and_every_cut_is_found(saved: Path, tmp_path: Path) -> None:
    whole = saved.read_bytes()
    draw = random.Random(11)
    path = tmp_path / "damaged.h5"
    places = [*range(0, 200, 3), *(draw.randrange(len(whole)) for _ in range(300))]
    for at in places:
        damaged = bytearray(whole)
        damaged[at] ^= 1 << draw.randrange(8)
        path.write_bytes(damaged)
        with pytest.raises(snn.CheckpointError):
            files.Checkpoint.load(path)
    for _ in range(100):
        path.write_bytes(whole[: draw.randrange(len(whole))])
        with pytest.raises(snn.CheckpointError):
            files.Checkpoint.load(path)
    path.write_bytes(whole + b"\0")
    with pytest.raises(snn.CheckpointError, match="damaged"):
        files.Checkpoint.load(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty file"),
        (b"hello", "a file of another kind"),
        (b"\x89HDF\r\n\x1a\n" + bytes(2000), "an HDF5 file of another kind"),
        (b"pysnn checkpoint\nversion 3\nsize 512\n".ljust(512, b"\0"), "version 3, of a newer pysnn"),
        (b"pysnn checkpoint\nversion 1\nsize 9999\nblake2b 0\n".ljust(512, b"\0"), "truncated: 512 of 9999"),
    ],
)
def test_what_is_no_checkpoint_is_named(content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "x.h5").write_bytes(content)
    with pytest.raises(snn.CheckpointError, match=message):
        snn.resume(tmp_path / "x.h5")


def test_a_checkpoint_whose_content_is_not_what_the_network_needs(saved: Path, tmp_path: Path) -> None:
    whole = files.Checkpoint.load(saved)
    for name, array in whole.engine.items():
        for other in (*([array[:-1]] if len(array) else []), array.astype(np.int8)):
            damaged = replace(whole, engine={**whole.engine, name: other})
            damaged.save(tmp_path / "x.h5")
            with pytest.raises(snn.CheckpointError):
                snn.resume(tmp_path / "x.h5")
    for name in whole.settings:
        less = {key: value for key, value in whole.settings.items() if key != name}
        replace(whole, settings=less).save(tmp_path / "x.h5")
        if name not in ("time", "log"):
            with pytest.raises(snn.CheckpointError, match=name):
                snn.resume(tmp_path / "x.h5")


def test_the_examples_of_the_page_run_as_they_stand_there(tmp_path: Path) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "checkpoints.md").read_text(encoding="utf-8")
    code = "".join(re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL))
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code + "print(sim.time)"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    first, last = done.stdout.splitlines()
    assert "in 500 ms" in first
    assert last == "1000.0"


def test_a_file_of_version_1_is_read(saved: Path, tmp_path: Path) -> None:
    whole = saved.read_bytes()
    (tmp_path / "old.h5").write_bytes(whole.replace(b"version 2\n", b"version 1\n", 1))
    with snn.resume(tmp_path / "old.h5") as sim:
        assert sim.time == HALF

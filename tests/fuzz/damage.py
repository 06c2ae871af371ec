"""Files that were whole once: spike logs, closed or left open, and descriptions, damaged by seed and read."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import numpy as np

import pysnn as snn

# A writer that ends without a word: its log stays as the last flush left it.
WRITER = """
import os, sys
import numpy as np
import pysnn as snn
from pysnn.io import SpikeLog
log = SpikeLog(sys.argv[1], {"p": 97, "q": 5})
log.append("p", np.arange(1000) / 8, np.arange(1000) % 97)
log.append("q", [3.0], [2])
log.flush(130.0)
if sys.argv[2] == "closed":
    log.close(130.0)
os._exit(0)
"""
KINDS = ("closed.h5", "open.h5", "spec.json", "spec.h5")


def network() -> snn.Network:
    """Something of every sort that a description can hold."""
    net = snn.Network(seed=5)
    a = net.population("a", 6, snn.AdEx(), init={"v": snn.Array(np.linspace(-70.0, -60.0, 6))})
    b = net.population("b", 4, snn.LIF(i_e=400.0))
    s = net.source("s", 6, snn.PiecewisePoisson([0.0, 5.0], [10.0, 300.0]))
    given = net.source("given", 2, snn.SpikeArray([[1.0, 2.0], [3.0]]))
    net.projection(s, a, snn.OneToOne(), weight=snn.LogNormal(0.0, 1.0), delay=1.0)
    net.projection(given, b, snn.FromCOO([0, 1], [3, 0]), weight=[1.0, 2.0], delay=snn.Array([1.0, 2.0]))
    net.projection(b, b[1:], snn.FixedIndegree(2), weight=0.5, delay=[1.0, 3.0], plasticity=snn.PairSTDP())
    net.current(a, snn.NoiseCurrent(10.0, 5.0))
    net.probe(a, "v", every=1.0)
    net.probe(b, "spikes")
    return net


def write_all(folder: Path) -> None:
    """One whole file of each kind."""
    for state in ("closed", "open"):
        subprocess.run(
            [sys.executable, "-c", WRITER, str(folder / f"{state}.h5"), state], check=True, timeout=120
        )
    spec = network().spec()
    (folder / "spec.json").write_text(spec.to_json())
    spec.save(folder / "spec.h5")


def damaged(seed: int, whole: bytes, other: bytes) -> tuple[bytes, str]:
    """Flips, truncations, splices, runs of one byte; and what was done, in words."""
    rng = random.Random(f"damage {seed}")
    data = bytearray(whole)

    def place() -> int:
        # Most of a log is spikes, which any value is good for: the structures lie at its beginning.
        return rng.randrange(len(data) if rng.random() < 0.5 else min(len(data), 3000))

    how = rng.choice(("flip", "flip", "flips", "cut", "splice", "fill", "number", "twice"))
    if how in ("flip", "flips"):
        for _ in range(1 if how == "flip" else rng.randrange(2, 40)):
            data[place()] ^= 1 << rng.randrange(8)
    elif how == "cut":
        del data[rng.randrange(len(data)) :]
    elif how == "splice":
        start, length = place(), rng.randrange(1, 600)
        data[start : start + length] = other[start : start + rng.randrange(600)]
    elif how == "fill":
        start = place()
        end = min(len(data), start + rng.choice((1, 4, 8, 512)))
        data[start:end] = bytes([rng.choice((0, 255, 32, 48))]) * (end - start)
    elif how == "number":
        start = place()
        data[start : start + 8] = rng.choice((0, 1, 2**31, 2**32 - 1, 2**63, 2**64 - 1)).to_bytes(8, "little")
    else:
        start = place()
        data[start:start] = data[start : start + rng.randrange(1, 300)]
    return bytes(data), how


def go(seed: int, folder: Path) -> str:
    """Damage one of the files of ``folder`` and read it in every way there is; what was done."""
    if not (folder / KINDS[-1]).exists():
        write_all(folder)
    kind = KINDS[seed % len(KINDS)]
    other = KINDS[(seed // len(KINDS)) % len(KINDS)]
    data, how = damaged(seed, (folder / kind).read_bytes(), (folder / other).read_bytes())
    path = folder / f"damaged.{kind.rpartition('.')[2]}"
    path.write_bytes(data)
    os.utime(path, (0, 0))  # no writer is at work on it
    if kind.startswith("spec"):
        spec = snn.NetworkSpec.load(path)
        if sum(group.n for group in (*spec.populations, *spec.sources)) < 10_000:
            snn.Network.from_spec(spec).spec().to_json()
    else:
        for data_of in snn.load(path).values():
            np.asarray(data_of.t).sum(), np.asarray(data_of.i).sum()
        snn.recover(path, folder / "recovered.h5", overwrite=True)
    return f"{kind}: {how}"

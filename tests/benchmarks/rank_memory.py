"""Memory of one rank of R as a network grows with R: what it stores, and at most takes while it is built.

    python tests/benchmarks/rank_memory.py [--threads 8] [--delays drawn] [--ranks 1 10 100 1000]

Each rank has 1,000 neurons and a million synapses onto them (``FixedIndegree(1000)``, weights drawn, in
float32). Only one rank is built, in a process of its own, so that no MPI is needed. Prints bytes a synapse,
and the processor time of building.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time

NEURONS = INDEGREE = 1000


def memory(what: str) -> int:
    """Bytes of this process: what it holds now (VmRSS), or has held at most (VmHWM)."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith(what))


def build(ranks: int, threads: int, delays: str) -> None:
    """Build the middle rank, and print what that took."""
    import pysnn as snn
    from pysnn.backends import _cpu, _lowering

    net = snn.Network(seed=1)
    cells = net.population("cells", NEURONS * ranks, snn.CubaLIF())
    delay = 1.5 if delays == "one" else snn.Uniform(1.0, 4.0)
    weight = snn.Normal(10.0, 2.0, min=0.0)
    net.projection(cells, cells, snn.FixedIndegree(INDEGREE), weight=weight, delay=delay)
    builder = _cpu.core().NetworkBuilder(
        unit=0.1, grid=True, round_off_grid=True, dtype="float32", weight_dtype="float32",
        threads=threads, packs_rows=True, steps=0.1, ranks=ranks, rank=ranks // 2,
    )  # fmt: skip
    _lowering.build(net.spec(), builder)
    before, began = memory("VmRSS"), time.process_time()
    network = builder.compile()
    took, peak, synapses = time.process_time() - began, memory("VmHWM"), network.n_synapses
    print(
        f"{ranks:5d} ranks of {threads} threads, {delays} delay(s): {synapses} synapses, "
        f"{network.nbytes / synapses:.1f} bytes each stored, at most {(peak - before) / synapses:.1f} "
        f"while building, {took:.2f} s",
        flush=True,
    )


def main() -> None:
    """Build one rank of each number of them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ranks", type=int, nargs="+", default=[1, 10, 100, 1000])
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--delays", choices=["one", "drawn"], default="one")
    parser.add_argument("--here", action="store_true", help="in this process")
    args = parser.parse_args()
    for ranks in args.ranks:
        if args.here:
            build(ranks, args.threads, args.delays)
            continue
        told = ["--ranks", str(ranks), "--threads", str(args.threads), "--delays", args.delays]
        subprocess.run([sys.executable, __file__, "--here", *told], check=True)


if __name__ == "__main__":
    main()

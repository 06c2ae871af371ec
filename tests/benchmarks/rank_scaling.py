"""Strong and weak scaling over the ranks of MPI, on one machine.

    python tests/benchmarks/rank_scaling.py [--ranks 1 2] [--threads 1] [--repeats 3] [--milliseconds 1000]

Strong: the full-scale microcircuit, divided. Weak: Brunel's network with 25,000 neurons on each rank, 1,250
inputs a neuron on any number of them (both terms as of Kunkel et al. 2014, Front. Neuroinform. 8:78). Each
on clock with float32 weights, after 100 ms; prints the seconds by the wall of the fastest of the repeats, and
how many times those of the first number of ranks that is. Needs mpi4py, and a free core for each thread.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import sysconfig
import time

BEFORE = 100.0  # ms of settling, not timed


def run(which: str, threads: int, milliseconds: float) -> None:
    """Build this rank's part and run it; rank 0 prints the seconds of the slowest."""
    from mpi4py import MPI

    import pysnn as snn

    ranks = MPI.COMM_WORLD
    net = snn.networks.microcircuit() if which == "strong" else snn.networks.brunel(scale=2.0 * ranks.size)
    options = {"dt": 0.1, "dtype": "float32", "threads": threads}
    with snn.Simulation(net, backend="clock", comm=ranks, **options) as sim:
        sim.run(BEFORE)
        ranks.Barrier()
        began = time.perf_counter()
        sim.run(milliseconds)
        took = ranks.allreduce(time.perf_counter() - began, MPI.MAX)
        spikes = sum(sim.spike_counts().values())
    if ranks.rank == 0:
        print(took, int(spikes))


def main() -> None:
    """Time each number of ranks in turn, the least of the repeats."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ranks", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--threads", type=int, default=1, help="of a rank")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--milliseconds", type=float, default=1000.0)
    parser.add_argument("--only", choices=["strong", "weak"], help="one of the two")
    parser.add_argument("--rank-of", choices=["strong", "weak"], help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.rank_of:
        return run(args.rank_of, args.threads, args.milliseconds)
    mpiexec = shutil.which("mpiexec", path=sysconfig.get_path("scripts")) or "mpiexec"
    for which in [args.only] if args.only else ["strong", "weak"]:
        least = dict.fromkeys(args.ranks, float("inf"))
        spikes = dict.fromkeys(args.ranks, 0)
        for _ in range(args.repeats):
            for ranks in args.ranks:  # in turn: what else the machine does, it does to all of them
                command = [mpiexec, "-n", str(ranks), sys.executable, "-m", "mpi4py", __file__]
                command += ["--rank-of", which, "--threads", str(args.threads)]
                command += ["--milliseconds", str(args.milliseconds)]
                said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
                took, spikes[ranks] = float(said.split()[0]), int(said.split()[1])
                least[ranks] = min(least[ranks], took)
        for ranks in args.ranks:
            print(
                f"{which}: {ranks} rank(s) of {args.threads} thread(s), {spikes[ranks]} spikes: "
                f"{least[ranks]:.2f} s, {least[ranks] / least[args.ranks[0]]:.2f} of {args.ranks[0]}",
                flush=True,
            )
    return None


if __name__ == "__main__":
    main()

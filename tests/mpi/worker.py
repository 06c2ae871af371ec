"""One rank of a program that simulates cases; the first prints digests: ``worker.py THREADS CASES``."""

from __future__ import annotations

import json
import signal
import sys

from mpi4py import MPI

from mpi import cases

signal.alarm(240)  # nobody's test takes so long, and no rank is to outlive its own
threads, *names = sys.argv[1:]
for name in names:
    made = cases.CASES[name]({"threads": int(threads), "comm": MPI.COMM_WORLD})
    if MPI.COMM_WORLD.rank == 0:
        print(json.dumps({"case": name, "digest": made}), flush=True)

"""One rank of a program that simulates cases; the first prints digests: ``worker.py THREADS ROWS CASES``.

ROWS are those that blocks keep (``NetworkBuilder``'s ``kept_rows``).
"""

from __future__ import annotations

import functools
import json
import signal
import sys

from mpi4py import MPI

from mpi import cases
from pysnn.backends._cpu import core

signal.alarm(240)  # nobody's test takes so long, and no rank is to outlive its own
threads, rows, *names = sys.argv[1:]
core().NetworkBuilder = functools.partial(core().NetworkBuilder, kept_rows=rows)
for name in names:
    made = cases.CASES[name]({"threads": int(threads), "comm": MPI.COMM_WORLD})
    if MPI.COMM_WORLD.rank == 0:
        print(json.dumps({"case": name, "digest": made}), flush=True)

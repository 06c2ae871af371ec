"""``python -m pynn_pysnn script.py ...``: run a script of PyNN's that may ask for the simulator "pysnn"."""

import runpy
import sys

if len(sys.argv) < 2:
    sys.exit("usage: python -m pynn_pysnn script.py [arguments]")
del sys.argv[0]
runpy.run_path(sys.argv[0], run_name="__main__")

"""``python -m pysnn_mmsa``: the command ``mmsa``."""

from .start import run

run()

"""Hostile networks and damaged files, drawn by seed and run in processes that may die.

``python -m fuzz networks --count 1000`` (in ``tests``) or ``nox -s fuzz -- networks --count 1000``; one case
again, with what it declares: ``python -m fuzz networks --seed 17``. Whatever is drawn must end in finite
numbers or in one of pysnn's errors (or MemoryError), in bounded time, or where it takes longer must move on
and hear Ctrl-C.
"""

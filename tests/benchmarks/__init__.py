"""Timed, not tested: ``nox -s bench`` or ``pytest tests/benchmarks --benchmark-only``."""

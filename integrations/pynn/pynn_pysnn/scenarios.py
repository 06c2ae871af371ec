"""A pytest plugin that runs PyNN's own scenario tests, as they are, with this backend.

They are in PyNN's source distribution, test/system/scenarios::

    pytest -p pynn_pysnn.scenarios --pysnn-backend event PyNN-0.13.0/test/system/scenarios

Every scenario is run, also one that PyNN keeps from some of its simulators: which of them a scenario names in
``run_with_simulators`` is replaced, and nothing else.
"""

from __future__ import annotations

import functools
import importlib.abc
import importlib.machinery
import sys
from typing import Any

import pytest

import pynn_pysnn

FIXTURES = ".scenarios.fixtures"


class Simulator:
    """The backend with a default engine, named as PyNN's modules are."""

    __name__ = "pyNN.pysnn"

    def __init__(self, backend: str) -> None:
        self._backend = backend

    def __str__(self) -> str:
        return self.__name__

    def __getattr__(self, name: str) -> Any:
        value = getattr(pynn_pysnn, name)
        return functools.partial(value, backend=self._backend) if name == "setup" else value


class _Patch(importlib.abc.MetaPathFinder):
    """Replaces ``run_with_simulators`` of the scenarios' fixtures when these are imported."""

    def __init__(self, simulator: Simulator) -> None:
        self._mark = pytest.mark.parametrize(
            "sim", [pytest.param(simulator, id=f"pysnn-{simulator._backend}")]
        )

    def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
        """The module's own specification, with a line more at the end of its execution."""
        spec = importlib.machinery.PathFinder.find_spec(name, path) if name.endswith(FIXTURES) else None
        if spec is None or spec.loader is None:
            return None
        execute = spec.loader.exec_module

        def exec_module(module: Any) -> None:
            execute(module)
            module.run_with_simulators = lambda *names: self._mark

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]  # of this loader alone
        return spec


def pytest_addoption(parser: Any) -> None:
    """``--pysnn-backend``."""
    parser.addoption("--pysnn-backend", default="clock", help="engine of the scenarios: clock, event or auto")


def pytest_configure(config: Any) -> None:
    """Have the scenarios use this backend."""
    sys.meta_path.insert(0, _Patch(Simulator(config.getoption("--pysnn-backend"))))

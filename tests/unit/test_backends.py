"""Engines are found by the name of their file; what one needs is asked for when it is used."""

from __future__ import annotations

import inspect
import re
import sys

import pytest

import pysnn as snn
from pysnn import _core, backends


def test_a_module_of_the_folder_is_a_backend() -> None:
    assert {"clock", "event"} <= set(backends.names())
    assert not {"base", "_cpu", "__init__"} & set(backends.names())
    assert backends.find("clock").on_grid
    assert not backends.find("event").on_grid


OPERATIONS = {
    name: member
    for name, member in vars(backends.Engine).items()
    if inspect.isfunction(member) and name[0] != "_"
}
PROPERTIES = [name for name, member in vars(backends.Engine).items() if isinstance(member, property)]


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_bound_engine_itself_takes_what_is_asked_of_any(name: str) -> None:
    """Its stub mypy compares with the Protocol; this is the compiled method, by the names pybind11 gives."""
    signature = str(getattr(_core.Engine, name).__doc__).splitlines()[0]
    given = re.match(rf"{name}\((.*)\) -> ", signature)
    assert given is not None, signature
    arguments = re.findall(r"(?:^|, )(\w+): ", given[1])
    assert arguments == list(inspect.signature(OPERATIONS[name]).parameters)


def test_the_bound_engine_itself_has_the_properties_of_any() -> None:
    assert PROPERTIES == ["ticks", "time", "exchanges", "nbytes"]
    assert all(isinstance(getattr(_core.Engine, name), property) for name in PROPERTIES)


def test_a_missing_core_is_an_import_error_that_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pysnn._core", None)
    monkeypatch.delattr(snn, "_core", raising=False)
    net = snn.Network(seed=1)  # declaring needs no engine
    net.population("c", 1, snn.LIF())
    with pytest.raises(ImportError, match=r"pysnn\._core.* is missing: install the package"):
        snn.Simulation(net)


def test_an_engine_whose_library_is_missing_says_which_extra_brings_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    def missing(name: str) -> object:
        raise ModuleNotFoundError("No module named 'pyopencl'", name="pyopencl")

    monkeypatch.setattr(backends, "names", lambda: ["clock", "opencl"])
    monkeypatch.setattr("importlib.import_module", missing)
    with pytest.raises(
        ImportError, match=r"backend 'opencl' needs pyopencl.*pip install 'pysnn-sim\[opencl\]'"
    ):
        snn.Simulation(snn.Network(seed=1), backend="opencl")

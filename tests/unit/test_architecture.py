"""The order of dependencies on both sides, and that both sides declare the same models.

ARCHITECTURE.md states the rules; these tests read the sources (Python by its syntax tree, C++ by its
#include lines) and the compiled module.
"""

from __future__ import annotations

import ast
import math
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import MISSING
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pysnn
from pysnn import _core
from pysnn.currents.base import Current
from pysnn.dynamics.base import Dynamics
from pysnn.neurons.base import NeuronModel
from pysnn.plasticity.base import PlasticityRule
from pysnn.sources.base import Source

ROOT = Path(__file__).resolve().parents[2]

# ---- Python imports -------------------------------------------------------------------------------

# From the bottom up: a module imports itself and what stands in rows above its own, nothing else.
PYTHON_LAYERS = [
    {"errors"},
    {"base"},
    {"neurons", "plasticity", "dynamics", "sources", "currents", "connect", "encoders"},
    {"equations"},
    {"spec"},
    {"data"},
    {"network", "backends", "io"},
    {"run"},
    {"analysis", "interop", "networks", "sonata"},
    {"plot"},
    {"cli"},
]
LEVEL = {name: level for level, names in enumerate(PYTHON_LAYERS) for name in names}
# A spec's to_json and from_json are written in a file of their own: one module in two.
WRITTEN_APART = {("pysnn.spec.spec", "pysnn.spec.specfile")}
MAY_IMPORT_CORE = {"backends", "cli"}


def _imports(path: Path, root: Path) -> Iterator[tuple[str, int]]:
    """Absolute dotted names a module imports (at load, later or for types alone), with line numbers."""
    package = path.relative_to(root).with_suffix("").parts
    package = package[:-1]  # of a module its folder; of an __init__ the folder itself
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module or "") if part)
            for alias in node.names:
                yield f"{module}.{alias.name}", node.lineno


def _python_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)


def _pysnn_imports() -> Iterator[tuple[str, str, str]]:
    """(importing member, imported member, where) of the package's own imports, by top-level member."""
    for path in _python_files(ROOT / "pysnn"):
        member = path.relative_to(ROOT / "pysnn").with_suffix("").parts[0]
        for name, line in _imports(path, ROOT):
            parts = name.split(".")
            if parts[0] == "pysnn" and len(parts) > 1 and member not in {"__init__", "__main__"}:
                where = f"{path.relative_to(ROOT)}:{line}"
                yield member, parts[1], where


def test_every_member_of_the_package_has_its_place_in_the_order() -> None:
    members = {
        path.relative_to(ROOT / "pysnn").with_suffix("").parts[0] for path in _python_files(ROOT / "pysnn")
    }
    assert members - LEVEL.keys() - {"__init__", "__main__"} == set()


def test_python_modules_import_only_from_layers_below() -> None:
    wrong = [
        f"{where}: {member} imports {imported}"
        for member, imported, where in _pysnn_imports()
        if imported in LEVEL and imported != member and LEVEL[imported] >= LEVEL[member]
    ]
    assert wrong == []


def test_modules_import_one_another_in_no_circle() -> None:
    """Inside folders too, at load, in a function or for types; what imports ``pysnn`` whole is a user."""
    modules = {}
    for path in _python_files(ROOT / "pysnn"):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        modules[name] = path
    del modules["pysnn"]
    graph: dict[str, set[str]] = {name: set() for name in modules}
    for name, path in modules.items():
        for imported, _ in _imports(path, ROOT):
            found = next((m for m in (imported, imported.rpartition(".")[0]) if m in modules), name)
            if found != name and (name, found) not in WRITTEN_APART:
                graph[name].add(found)
    tuple(TopologicalSorter(graph).static_order())  # CycleError names the circle


def test_only_the_backends_and_the_command_line_import_the_compiled_module() -> None:
    wrong = [
        where for member, imported, where in _pysnn_imports()
        if imported == "_core" and member not in MAY_IMPORT_CORE
    ]  # fmt: skip
    assert wrong == []


def test_the_package_imports_nothing_of_the_application() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in _python_files(ROOT / "pysnn")
        for name, line in _imports(path, ROOT)
        if name.split(".")[0] in {"mmsa", "pysnn_mmsa", "apps"}
    ]
    assert wrong == []


def test_the_application_uses_only_public_names_of_pysnn() -> None:
    wrong = []
    for path in _python_files(ROOT / "apps" / "mmsa" / "pysnn_mmsa"):
        for name, line in _imports(path, ROOT / "apps" / "mmsa"):
            head, _, member = name.partition(".")
            if head == "pysnn" and member and member not in pysnn.__all__:
                wrong.append(f"{path.relative_to(ROOT)}:{line}: {name}")
    assert wrong == []


def test_importing_pysnn_loads_nothing_but_its_declared_dependencies() -> None:
    """``import pysnn`` must work, and be quick, where no extra is installed."""
    code = (
        "import sys, h5py, numpy, tqdm; before = set(sys.modules); import pysnn;"
        "print(*sorted({name.split('.')[0] for name in set(sys.modules) - before}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "pysnn" in loaded
    # What modules made by Cython share (NumPy's random draws do) is a module by the name of its version.
    others = {name for name in loaded if not name.startswith("_cython_")}
    assert others - {"pysnn", "h5py", "numpy", "tqdm"} - sys.stdlib_module_names == set()


# ---- What is asked of an engine -------------------------------------------------------------------

BACKENDS = ROOT / "pysnn" / "backends"


def _methods(path: Path) -> dict[str, dict[str, tuple[str, str]]]:
    """Of each class of a file: its public methods and properties, their arguments and what they return."""
    return {
        node.name: {
            method.name: (ast.unparse(method.args), ast.unparse(method.returns or ast.Constant(None)))
            for method in node.body
            if isinstance(method, ast.FunctionDef) and method.name[0] != "_"
        }
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef)
    }


ASKED = _methods(BACKENDS / "base.py")["Engine"]


# Where an engine is, by what one does with it.
ENGINES = {
    "core": {"pysnn/_core.pyi": "Engine"},
    "opencl": {
        f"pysnn/backends/_opencl/{part.lower()}.py": part
        for part in ("Running", "Recording", "Learning", "Rearranging")
    }
    | {"pysnn/backends/_opencl/engine.py": "OpenCLEngine"},
}


@pytest.mark.parametrize("engine", ENGINES)
def test_an_engine_answers_what_is_asked_of_any_as_it_is_asked(engine: str) -> None:
    answers: dict[str, tuple[str, str]] = {}
    for path, part in ENGINES[engine].items():
        answers |= _methods(ROOT / path)[part]
    assert {name: answers.get(name) for name in ASKED} == ASKED


def test_nothing_stands_between_a_simulation_and_its_engine() -> None:
    """An operation is declared where it is asked for and where it is done, and nowhere handed on."""
    between = [
        f"{path.name}: {cls}.{name}"
        for path in sorted(BACKENDS.glob("*.py"))
        for cls, methods in _methods(path).items()
        for name in methods
        if name in ASKED and (path.name, cls) != ("base.py", "Engine")
    ]
    assert between == []


# ---- C++ includes ---------------------------------------------------------------------------------

CPP_LAYERS = [
    {"core"},
    {"math"},
    {"network"},
    {"neurons", "plasticity", "sources", "currents", "connect"},
    {"dynamics"},
    {"build"},
    {"engine"},
    {"bindings"},
]
CPP_LEVEL = {folder: level for level, folders in enumerate(CPP_LAYERS) for folder in folders}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


def _cpp_includes() -> Iterator[tuple[Path, str, str]]:
    """(file, bracket, included name) of every include in csrc."""
    sources = ROOT / "csrc"
    for path in sorted([*sources.rglob("*.cpp"), *sources.rglob("*.hpp")]):
        for bracket, name in INCLUDE.findall(path.read_text(encoding="utf-8")):
            yield path.relative_to(sources), bracket, name


def test_cpp_files_include_only_from_their_own_folder_and_from_layers_below() -> None:
    wrong = []
    for path, bracket, name in _cpp_includes():
        if bracket == "<":
            continue
        folder, to = path.parts[0], name.split("/")[0]
        assert (ROOT / "csrc" / name).is_file(), f"{path}: {name!r} is not given from csrc/ on"
        if to != folder and CPP_LEVEL[to] >= CPP_LEVEL[folder]:
            wrong.append(f"{path} includes {name}")
    assert wrong == []


def test_the_engine_library_knows_no_python() -> None:
    wrong = [
        f"{path} includes {name}"
        for path, _, name in _cpp_includes()
        if path.parts[0] != "bindings" and ("pybind11" in name or name == "Python.h" or "numpy" in name)
    ]
    assert wrong == []


# ---- Declared here, compiled there ----------------------------------------------------------------

FAMILIES: dict[str, tuple[Any, dict[str, Any], str]] = {
    "neurons": (NeuronModel, dict(_core.neuron_models()), "neurons"),
    "sources": (Source, dict(_core.source_models()), "sources"),
    "currents": (Current, dict(_core.current_models()), "currents"),
    "plasticity": (PlasticityRule, dict(_core.plasticity_rules()), "plasticity"),
    "dynamics": (Dynamics, dict(_core.dynamics_laws()), "dynamics"),
}
OTHER_WORDS = {"ConstantCurrent"}  # declarations of a compiled model with fewer parameters
COMPILED = [(family, name) for family, (_, models, _) in FAMILIES.items() for name in sorted(models)]


def _own(base: Any) -> dict[str, type[Any]]:
    """The registered classes that ship with the package (a test may have declared one of its own)."""
    classes = {name: base.registry.get(name, "test") for name in base.registry}
    return {
        name: cls
        for name, cls in classes.items()
        if cls.__module__.startswith("pysnn.") and name not in OTHER_WORDS
    }


@pytest.mark.parametrize("family", FAMILIES)
def test_python_and_cpp_have_the_same_models(family: str) -> None:
    base, compiled, _ = FAMILIES[family]
    assert compiled, f"no compiled {family}"
    assert set(_own(base)) == set(compiled)


@pytest.mark.parametrize(("family", "name"), COMPILED)
def test_declared_parameters_are_the_compiled_ones(family: str, name: str) -> None:
    """Names, order, units and defaults; a parameter that must be given is NaN in C++."""
    base, compiled, _ = FAMILIES[family]
    cls = _own(base)[name]
    declared = [
        (key, unit, math.nan if default is MISSING else float(default))
        for key, (unit, default) in cls.parameter_table().items()
    ]
    table = [(key, unit, float(default)) for key, unit, default in compiled[name]["params"]]
    assert [row[:2] for row in declared] == [row[:2] for row in table]
    np.testing.assert_array_equal([row[2] for row in declared], [row[2] for row in table])


@pytest.mark.parametrize("name", sorted(_core.neuron_models()))
def test_declared_states_and_receptors_are_the_compiled_ones(name: str) -> None:
    cls = NeuronModel.registry.get(name, "test")
    compiled = _core.neuron_models()[name]
    assert list(cls.states.items()) == list(compiled["states"])
    assert list(cls.receptors) == list(compiled["receptors"])


@pytest.mark.parametrize(("family", "name"), COMPILED)
def test_a_model_is_one_file_on_each_side_with_the_same_base_name(family: str, name: str) -> None:
    base, _, folder = FAMILIES[family]
    module = _own(base)[name].__module__
    stem = module.rsplit(".", 1)[-1]
    assert module == f"pysnn.{folder}.{stem}"
    text = (ROOT / "csrc" / folder / f"{stem}.cpp").read_text(encoding="utf-8")
    assert f'"{name}"' in text


def test_no_file_outside_its_own_names_a_model_in_the_engine() -> None:
    """No enum, no switch, no list to keep: an engine that named a model would be a second place to edit."""
    names = re.compile(r"\b(" + "|".join(name for _, name in COMPILED) + r")\b")
    wrong = []
    for path in sorted((ROOT / "csrc").rglob("*.[ch]pp")):
        folder = path.relative_to(ROOT / "csrc").parts[0]
        if folder not in {"core", "math", "network", "build", "engine", "bindings"}:
            continue
        code = re.sub(r"//[^\n]*|/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        wrong += [f"{path.relative_to(ROOT)}: {match}" for match in names.findall(code)]
    assert wrong == []

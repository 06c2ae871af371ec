"""The three distributions of the repository agree with each other and with what is built and tested."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pysnn as snn

ROOT = Path(__file__).resolve().parents[2]


def pyproject(folder: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / folder / "pyproject.toml").read_text(encoding="utf-8"))


ENGINES, APP, PYNN = (pyproject(folder) for folder in (".", "apps/mmsa", "integrations/pynn"))


def pythons(project: dict[str, Any]) -> list[str]:
    found = (re.fullmatch(r"Programming Language :: Python :: (3\.\d+)", c) for c in project["classifiers"])
    return [match[1] for match in found if match]


def test_versions_are_one_and_the_others_ask_for_the_engines_of_theirs() -> None:
    version = ENGINES["project"]["version"]
    assert snn.__version__ == APP["project"]["version"] == PYNN["project"]["version"] == version
    major, minor = (int(part) for part in version.split(".")[:2])
    name = ENGINES["project"]["name"]
    assert f"{name}>={major}.{minor},<{major}.{minor + 1}" in APP["project"]["dependencies"]
    assert any(re.match(rf"{name}(\[|>)", needed) for needed in PYNN["project"]["dependencies"])


def test_wheels_tests_and_classifiers_have_the_same_pythons() -> None:
    named = pythons(ENGINES["project"])
    assert named[0] == ENGINES["project"]["requires-python"].removeprefix(">=")
    assert pythons(APP["project"]) == named
    built = ENGINES["tool"]["cibuildwheel"]["build"].split()
    assert built == [f"cp{version.replace('.', '')}-*" for version in named]
    nox = (ROOT / "noxfile.py").read_text(encoding="utf-8")
    assert re.findall(r"^PYTHONS = (.*)$", nox, re.MULTILINE) == [str(named).replace("'", '"')]


def test_a_distribution_brings_its_licence_and_its_page() -> None:
    for folder, project in ((".", ENGINES), ("apps/mmsa", APP), ("integrations/pynn", PYNN)):
        for file in (project["project"]["readme"], *project["project"]["license-files"]):
            assert (ROOT / folder / file).is_file(), f"{folder}: {file}"


def test_what_a_source_distribution_leaves_out_is_not_put_back() -> None:
    """scikit-build-core: what is included comes in whatever is excluded."""
    sdist = ENGINES["tool"]["scikit-build"]["sdist"]
    assert all((ROOT / folder).is_dir() for folder in sdist["exclude"] if not folder.startswith("."))
    put_back = [
        left_out
        for left_out in sdist["exclude"]
        for brought in sdist.get("include", [])
        if left_out.startswith(brought)
    ]
    assert put_back == []

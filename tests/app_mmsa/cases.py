"""Inputs with a right value of their own: the folder that PYSNN_CASES names, or one beside PYSNN_DATA."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest


def root() -> Path | None:
    """The folder of this application's cases, None where it is not at hand."""
    named = os.environ.get("PYSNN_CASES", "")
    data = os.environ.get("PYSNN_DATA", "")
    folder = Path(named) if named else Path(data).parent / "cases" if data else None
    return folder / "mmsa" if folder is not None and (folder / "mmsa").is_dir() else None


def path(name: str) -> Path:
    """A file of the cases; skips the test where they are not at hand."""
    folder = root()
    if folder is None:
        pytest.skip("PYSNN_CASES names no folder with mmsa/")
    return folder / name


def expected(kind: str) -> dict[str, Any]:
    """expected.json of a kind of cases; skips the test where it is not at hand."""
    found: dict[str, Any] = json.loads(path(f"{kind}/expected.json").read_text(encoding="utf-8"))
    return found


def names(kind: str) -> list[str]:
    """Names of the cases of a kind, for parametrize; one that skips where they are not at hand."""
    folder = root()
    if folder is None:
        return ["(cases not at hand)"]
    found = json.loads((folder / kind / "expected.json").read_text(encoding="utf-8"))
    return [name for name in found if name != "_"]

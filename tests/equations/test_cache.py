"""What is compiled is kept on disk, and compiled again where that cannot be read."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from pysnn.equations import binary

TEXT = "define double @half(double %x) {\n  %y = fmul double %x, 0x3FE0000000000000\n  ret double %y\n}\n"


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """What was compiled, in a cache of its own and a process that has loaded nothing."""
    texts: list[str] = []
    real = binary._compiled

    def count(llvm: Any, machine: Any, text: str) -> bytes:
        texts.append(text)
        return real(llvm, machine, text)

    monkeypatch.setattr(binary, "_compiled", count)
    monkeypatch.setenv("PYSNN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(binary, "_loaded", {})
    return texts


def half_anew() -> int:
    binary._loaded.clear()
    return binary.addresses(TEXT, ["half"])["half"]


def test_the_second_process_compiles_nothing(compiled: list[str]) -> None:
    assert half_anew() != 0
    assert half_anew() != 0
    assert compiled == [TEXT]


def test_another_text_is_another_file(compiled: list[str]) -> None:
    half_anew()
    binary.addresses(TEXT.replace("half", "halved"), ["halved"])
    assert len(compiled) == 2
    assert len(list((binary.cache_folder() / "equations").iterdir())) == 2


@pytest.mark.parametrize("damage", ["truncated", "changed", "empty"])
def test_a_damaged_file_is_compiled_again(compiled: list[str], damage: str) -> None:
    half_anew()
    (path,) = (binary.cache_folder() / "equations").iterdir()
    code = bytearray(path.read_bytes())
    if damage == "changed":
        code[len(code) // 2] ^= 1
    path.write_bytes(b"" if damage == "empty" else code[:-1] if damage == "truncated" else code)
    assert half_anew() != 0
    assert len(compiled) == 2
    assert half_anew() != 0
    assert len(compiled) == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_costs_time_alone(compiled: list[str], tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        assert half_anew() != 0
    finally:
        tmp_path.chmod(0o700)


def test_a_folder_that_is_a_file_costs_time_alone(compiled: list[str], tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("not a folder")
    assert half_anew() != 0
    assert half_anew() != 0
    assert len(compiled) == 2

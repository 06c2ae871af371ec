"""From LLVM's text to functions in memory: compiled for this processor, kept on disk for the next time."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ._extra import needs

VERSION = 1  # of what lies on disk
_loaded: dict[str, dict[str, int]] = {}
_engines: list[Any] = []  # they own the code


def cache_folder() -> Path:
    """Where compiled models are kept: ``PYSNN_CACHE``, or pysnn's folder in the user's cache."""
    given = os.environ.get("PYSNN_CACHE")
    if given:
        return Path(given)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pysnn"


def addresses(text: str, names: Iterable[str]) -> dict[str, int]:
    """Where in memory the functions ``names`` of ``text`` are, once compiled."""
    llvm = needs("llvmlite.binding")
    with contextlib.suppress(RuntimeError):  # llvmlite's own since 0.45
        llvm.initialize()
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = _machine(llvm)
    key = _key(llvm, text)
    if key not in _loaded:
        path = cache_folder() / "equations" / f"{key}.o"
        code = read_whole(path)
        if not code:
            code = _compiled(llvm, machine, text)
            keep(path, code)
        engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
        engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        engine.finalize_object()
        _engines.append(engine)
        _loaded[key] = {name: engine.get_function_address(name) for name in names}
    return _loaded[key]


def _machine(llvm: Any) -> Any:
    target = llvm.Target.from_default_triple()
    return target.create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
        opt=3,
        reloc="pic",
        jit=True,
    )


def _key(llvm: Any, text: str) -> str:
    processor = (llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten(), llvm.llvm_version_info)
    return hashlib.sha256(repr((VERSION, processor, text)).encode()).hexdigest()


def _compiled(llvm: Any, machine: Any, text: str) -> bytes:
    module = llvm.parse_assembly(text)
    module.triple = machine.triple
    module.data_layout = str(machine.target_data)
    module.verify()
    options = llvm.create_pipeline_tuning_options(speed_level=3)
    options.loop_vectorization = True
    builder = llvm.create_pass_builder(machine, options)
    builder.getModulePassManager().run(module, builder)
    return bytes(machine.emit_object(module))


def read_whole(path: Path) -> bytes:
    """What was kept there, or nothing where that is not all of it."""
    try:
        held = path.read_bytes()
    except OSError:
        return b""
    size = hashlib.sha256().digest_size
    return held[:-size] if hashlib.sha256(held[:-size]).digest() == held[-size:] else b""


def keep(path: Path, code: bytes) -> None:
    """Write beside it and move into place; where that cannot be done, it is made again next time."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(code + hashlib.sha256(code).digest())
        os.replace(temporary, path)

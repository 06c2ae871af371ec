"""Checkpoints: what a simulation has come to, in one file that is whole or not there.

Layout: a block of 512 bytes of text, which HDF5 skips::

    pysnn checkpoint
    version 2
    size <bytes of the whole file>
    blake2b <hexadecimal digest of all that follows this block>

with zeros up to its end, and an HDF5 file of plain arrays::

    /network    the description, as NetworkSpec.save has it
    /inputs     sources that its Inputs have been fed, and currents injected since, likewise
    /settings   JSON: options, choices of engines, counts, which log
    /engine     what the engine has come to; neurons as in their population, synapses in (i, j, k) order
    /recorded   by probe, what has been recorded and not been taken
    /changes    arrays of changes that are to come

Times of the engine are ticks of its unit (steps of dt, or 1e-12 ms) since the begin of the present epoch,
those of two words ticks since the start; -2^61 stands for what has not happened.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from ..base.params import shown
from ..base.paths import as_path
from ..errors import CheckpointError, ParameterError, PysnnError
from ..spec import NetworkSpec
from ..spec.specfile import group_bytes, read_group, write_group
from .beside import beside
from .sonata import reason
from .space import SLACK, ReservedSpace, check_space

MAGIC = b"pysnn checkpoint\n"
VERSION = 2  # 1 is read too: it has no delays that were set, nor changed sources
BLOCK = 512
_PART = 1 << 22  # bytes read at a time
_OBJECT = 2048  # bytes that HDF5 needs for a dataset beside its content

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Checkpoint:
    """A simulation at rest, as plain arrays and numbers."""

    network: NetworkSpec
    inputs: NetworkSpec
    settings: dict[str, Any]
    engine: Arrays
    recorded: Arrays
    changes: Arrays

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write beside ``path`` and move into place: until then a file that is there stays as it is.

        CheckpointError where it cannot be written.
        """
        path = check_place(path)
        made = beside(path, "tmp")
        try:
            made.unlink(missing_ok=True)  # of one of these numbers that was killed
            check_space(made)
            try:
                self._write(made)
                _seal(made)
                os.replace(made, path)
            finally:
                made.unlink(missing_ok=True)
            _sync(path.parent)
        except (OSError, RuntimeError, ValueError) as err:
            if isinstance(err, CheckpointError):
                raise
            raise CheckpointError(f"{path}: cannot save a checkpoint: {reason(err)}") from err

    def _write(self, path: Path) -> None:
        with contextlib.ExitStack() as stack:
            file = stack.enter_context(h5py.File(path, "w", userblock_size=BLOCK))
            space = ReservedSpace(path)
            stack.callback(space.close)
            # A write that fails inside HDF5 would end the process: the room is taken first.
            space.reserve(BLOCK + SLACK + self._bytes())
            write_group(self.network, file.create_group("network"))
            write_group(self.inputs, file.create_group("inputs"))
            text = json.dumps(self.settings, allow_nan=False)
            file.create_dataset("settings", data=text, dtype=h5py.string_dtype())
            for kind in ("engine", "recorded", "changes"):
                group = file.create_group(kind)
                for name, array in getattr(self, kind).items():
                    group.create_dataset(name, data=array)
            file.flush()
            end = file.id.get_filesize()
        os.truncate(path, end)

    def _bytes(self) -> int:
        arrays = [*self.engine.values(), *self.recorded.values(), *self.changes.values()]
        described = group_bytes(self.network) + group_bytes(self.inputs)
        return sum(array.nbytes + _OBJECT for array in arrays) + described + len(json.dumps(self.settings))

    @staticmethod
    def load(path: str | os.PathLike[str]) -> Checkpoint:
        """Read what ``save`` wrote; CheckpointError if it is foreign, torn, damaged or newer."""
        path = as_path(path, "checkpoint")
        try:
            if not path.exists():
                raise CheckpointError(f"{path}: there is no such file")
            if not path.is_file():
                what = "a folder" if path.is_dir() else "no regular file"
                raise CheckpointError(f"{path}: expected a checkpoint (got {what})")
            with path.open("rb") as raw:
                _check(path, raw)
                with h5py.File(raw, "r") as file:
                    return _read(file, str(path))
        except CheckpointError:
            raise
        except (OSError, RuntimeError, KeyError, TypeError, AttributeError, ValueError, PysnnError) as err:
            raise CheckpointError(f"{path}: cannot read the checkpoint: {reason(err)}") from err


def check_place(path: str | os.PathLike[str]) -> Path:
    """The file that a checkpoint would be written to, links followed; CheckpointError where none can be."""
    try:
        place = Path(os.path.realpath(path))
        if place.is_dir():
            raise CheckpointError(f"{path}: cannot save a checkpoint: it is a folder")
        if place.exists() and not place.is_file():  # a device would be replaced by a file
            raise CheckpointError(f"{path}: cannot save a checkpoint: it is no regular file")
        if not place.parent.is_dir():
            raise CheckpointError(
                f"{path}: cannot save a checkpoint: the folder {place.parent} does not exist"
            )
        if not os.access(place.parent, os.W_OK):
            raise CheckpointError(f"{path}: cannot save a checkpoint: permission denied")
    except TypeError as err:
        raise ParameterError(f"checkpoint: expected the path of a file (got {shown(path)})") from err
    except (OSError, ValueError) as err:  # a name that the system refuses
        if isinstance(err, PysnnError):
            raise
        raise CheckpointError(f"{path}: cannot save a checkpoint: {reason(err)}") from err
    return place


def same_file(a: str | os.PathLike[str], b: str | os.PathLike[str]) -> bool:
    """Do two paths lead to one place, whether a file is there or not?"""
    if os.path.exists(a) and os.path.exists(b):
        return os.path.samefile(a, b)
    return os.path.realpath(a) == os.path.realpath(b)


def _read(file: Any, where: str) -> Checkpoint:
    return Checkpoint(
        read_group(file["network"], f"{where}: network"),
        read_group(file["inputs"], f"{where}: inputs"),
        json.loads(file["settings"].asstr()[()]),
        dict(_arrays(file["engine"])),
        dict(_arrays(file["recorded"])),
        dict(_arrays(file["changes"])),
    )


def _arrays(group: Any, prefix: str = "") -> Iterator[tuple[str, NDArray[Any]]]:
    for name, entry in group.items():
        if isinstance(entry, h5py.Group):
            yield from _arrays(entry, f"{prefix}{name}/")
        else:
            yield f"{prefix}{name}", np.asarray(entry[()])


def _digest(file: Any) -> str:
    """Of all that follows the block of text."""
    digest = hashlib.blake2b()
    file.seek(BLOCK)
    while part := file.read(_PART):
        digest.update(part)
    return digest.hexdigest()


def _seal(path: Path) -> None:
    with path.open("r+b") as file:
        digest = _digest(file)
        size = file.tell()
        text = MAGIC + f"version {VERSION}\nsize {size}\nblake2b {digest}\n".encode()
        file.seek(0)
        file.write(text.ljust(BLOCK, b"\0"))
        file.flush()
        os.fsync(file.fileno())  # or a power failure could leave the name without the content


def _sync(folder: Path) -> None:
    """Have the name on disk too, where the system can."""
    with contextlib.suppress(OSError):
        fd = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)


def _check(path: Path, file: Any) -> None:
    """Raise CheckpointError unless every byte is as it was written."""
    block = file.read(BLOCK)
    if not block.startswith(MAGIC):
        what = "an HDF5 file of another kind" if block.startswith(b"\x89HDF") else "a file of another kind"
        raise CheckpointError(f"{path}: no checkpoint, but {what if block else 'an empty file'}")
    fields = _fields(block)
    version = fields.get("version", "")
    if version.isdecimal() and int(version) > VERSION:
        raise CheckpointError(
            f"{path}: a checkpoint of version {version}, of a newer pysnn; this one reads version {VERSION}"
        )
    size = os.fstat(file.fileno()).st_size
    if version not in map(str, range(1, VERSION + 1)):
        version = str(VERSION)
    whole = MAGIC + f"version {version}\nsize {size}\nblake2b {_digest(file)}\n".encode()
    if block == whole.ljust(BLOCK, b"\0"):
        return
    wanted = fields.get("size", "")
    if wanted.isdecimal() and size < int(wanted):
        raise CheckpointError(f"{path}: truncated: {size} of {wanted} bytes are there")
    raise CheckpointError(f"{path}: damaged: its checksum is not that of its content")


def _fields(block: bytes) -> Mapping[str, str]:
    lines = block.rstrip(b"\0").decode("ascii", "replace").splitlines()[1:]
    return dict(line.partition(" ")[::2] for line in lines)

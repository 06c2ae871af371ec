"""A device with its queue: memory on it, programs from kernels/, launches."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyopencl as cl
from numpy.typing import NDArray

from ...errors import ParameterError
from .._memory import check_memory
from .device import LOCAL as LOCAL
from .device import check_process, choose, wanted


@cache
def kernel_folder() -> Path:
    """``kernels/`` of the installed package or, run from a clone, beside it."""
    package = Path(__file__).resolve().parents[2]
    for folder in (package / "kernels", package.parent / "kernels"):
        if (folder / "common.cl").is_file():
            return folder
    raise FileNotFoundError(f"the OpenCL sources (kernels/*.cl) are neither in {package} nor beside it")


def kernel_text(stem: str) -> str:
    """What is in kernels/<stem>.cl."""
    return (kernel_folder() / f"{stem}.cl").read_text(encoding="utf-8")


ALWAYS = ("spikes", "delivery")  # what nearly every network needs is one program: each takes its time

_OPENCL_NAME = {"float32": "float", "float64": "double"}
_BITS = {"float": 32, "double": 64}
_LARGEST = {"float": "1e30", "double": "1e100"}  # of weights, as csrc/network/block.hpp has it
_INCLUDE = re.compile(r'^#include "(\w+)\.cl"\n', re.MULTILINE)
_NO_ROOM = (
    cl.status_code.MEM_OBJECT_ALLOCATION_FAILURE,
    cl.status_code.OUT_OF_RESOURCES,
    cl.status_code.OUT_OF_HOST_MEMORY,
)


def _with_files(stems: list[str], met: set[str]) -> str:
    """The files one after the other, each with those that it includes, none twice."""
    text = ""
    for stem in stems:
        if stem not in met:
            met.add(stem)
            text += _INCLUDE.sub(lambda line: _with_files([line[1]], met), kernel_text(stem)) + "\n"
    return text


def kernel_file(stem: str) -> str:
    """What is in kernels/<stem>.cl, with the files that it includes."""
    return _with_files([stem], set())


def count_of(name: str, text: str) -> int:
    """The number that a file of kernels defines under a name; 0 where it does not."""
    found = re.search(rf"#define {name} (\d+)", text)
    return int(found[1]) if found else 0


def has_kernel(stem: str) -> bool:
    """Is there a kernels/<stem>.cl?"""
    return (kernel_folder() / f"{stem}.cl").is_file()


# Programs by what they are made of, of one context a process and chosen device: looking for a device and
# loading programs takes longer than a short simulation.
Programs = dict[tuple[str, ...], cl.Program]
_contexts: dict[tuple[int, int | str | None], tuple[cl.Context, Programs]] = {}


def _context(device: int | str | None) -> tuple[cl.Context, Programs]:
    check_process()
    chosen = (os.getpid(), wanted(device)[0])
    if chosen not in _contexts:
        _contexts[chosen] = (choose(device), {})
    return _contexts[chosen]


class Launch:
    """A kernel with its arguments, ready to be queued for steps from + 1 ... from + steps."""

    def __init__(
        self,
        machine: Machine,
        kernel: cl.Kernel,
        size: int | Callable[[int], int],
        local: int | None,
        *arguments: Any,
    ) -> None:
        self._queue = machine.queue
        self._kernel = kernel
        self._size = size
        self._local = None if local is None else (local,)
        self._arguments = arguments  # OpenCL keeps no hold of the buffers before a launch
        kernel.set_args(np.int64(0), np.uint32(0), *arguments)
        # set_arg finds out what it is given by exceptions, which takes twenty times as long as the launch.
        self._set_number = getattr(kernel, "_set_arg_buf", kernel.set_arg)

    def __call__(self, start: int, steps: int) -> None:
        check_process()
        self._set_number(0, np.int64(start))
        self._set_number(1, np.uint32(steps))
        size = self._size if isinstance(self._size, int) else self._size(steps)
        cl.enqueue_nd_range_kernel(self._queue, self._kernel, (size,), self._local)


class Machine:
    """Context, queue and precision; decides how work is cut for the device."""

    def __init__(
        self, dtype: str, device: int | str | None = None, building: Callable[[str], None] | None = None
    ) -> None:
        """``device`` : by its number or a part of its name; else the first that works.

        ``building`` : told of each program before it is built.
        """
        self.building = building
        self.context, self._programs = _context(device)
        self.device = self.context.devices[0]
        self.queue = cl.CommandQueue(self.context)
        self.real = np.dtype(dtype)
        # Of floats, where the device can: C++ divides so.
        rounded = self.device.single_fp_config & cl.device_fp_config.CORRECTLY_ROUNDED_DIVIDE_SQRT
        self._correct_division = ["-cl-fp32-correctly-rounded-divide-sqrt"] if rounded else []
        cpu = bool(self.device.type & cl.device_type.CPU)
        units = self.device.max_compute_units
        # A CPU's thread takes many neurons at a time, a graphics processor's takes one.
        self._chunks = units if cpu else 1 << 30
        self.strip = 512 if cpu else 0
        self.lanes = 1 if cpu else min(256, self.device.max_work_group_size)
        self.owners_local = 1 if cpu else None  # each of a thread's own, where it owns many targets
        self.strided = units if cpu else 4096
        self.strided_local = 1 if cpu else LOCAL

    def chunk(self, n: int) -> int:
        """Neighbouring targets that one work-item of a delivery owns."""
        return max(1, -(-n // self._chunks))

    def kernel(self, name: str, *parts: str, given: str = "", text: str = "", real: str = "") -> cl.Kernel:
        """Kernel ``name`` of the program made of ``given`` and the files ``parts``, ``text`` before the last.

        ``real`` : what its arithmetic is of, where that is not what arrays hold.
        """
        key = (self.real.name, str(self.strip), given, text, real, *parts)
        if key not in self._programs:
            if self.building:
                self.building(parts[min(1, len(parts) - 1)])
            met: set[str] = set()
            source = _with_files(["common"], met) + given + _with_files(list(parts[:-1]), met)
            source += text + _with_files(list(parts[-1:]), met)
            stored = _OPENCL_NAME[self.real.name]
            real = real or stored
            # No warnings (-w): a compiler says of each loop that it could not vectorise that it was asked to.
            self._programs[key] = cl.Program(self.context, source).build(
                options=[
                    "-w",
                    f"-DReal={real}", f"-DStored={stored}", f"-DREAL_BITS={_BITS[real]}",
                    f"-DLARGEST={_LARGEST[stored]}", "-cl-std=CL1.2", *self._correct_division,
                    *([f"-DSTRIP={self.strip}"] if self.strip else []),
                ]
            )  # fmt: skip
        return cl.Kernel(self._programs[key], name)

    def launch(
        self, kernel: cl.Kernel, size: int | Callable[[int], int], local: int | None, *arguments: Any
    ) -> Launch:
        """Bind arguments after the first two, which are the first step and the number of steps."""
        return Launch(self, kernel, size, local, *arguments)

    def rounded(self, values: NDArray[Any], owner: str) -> NDArray[Any]:
        """Values in the precision of the device; ParameterError where one is beyond its range."""
        with np.errstate(over="ignore"):
            real = values.astype(self.real)
        beyond = np.isinf(real) & np.isfinite(values)
        if beyond.any():
            raise ParameterError(
                f"{owner}: {self.real} reaches to {float(np.finfo(self.real).max):.3g} "
                f"(got {float(values[beyond][0]):g}); use float64"
            )
        return real

    def check_weight(self, bound: float, owner: str) -> None:
        """ParameterError where sums of weights up to a bound are no finite numbers."""
        single = self.real.itemsize == 4
        largest = float(_LARGEST["float" if single else "double"])
        if largest < abs(bound) < float("inf"):
            wider = "; use float64 weights" if single else ""
            raise ParameterError(f"{owner}: {self.real} reaches to {largest:g} (got {bound:g}){wider}")

    # ---- memory -------------------------------------------------------------------------------------

    def put(self, values: NDArray[Any]) -> cl.Buffer:
        """A buffer with these values (never of no bytes, which OpenCL refuses)."""
        check_process()
        held = np.ascontiguousarray(values)
        if held.nbytes == 0:
            held = np.zeros(1, held.dtype)
        return self._buffer(held.nbytes, cl.mem_flags.COPY_HOST_PTR, hostbuf=held)

    def full(self, n: int, value: float, dtype: Any) -> cl.Buffer:
        """A buffer of ``n`` equal values."""
        pattern = np.array(value, dtype)
        nbytes = max(1, n) * pattern.nbytes
        buffer = self._buffer(nbytes, size=nbytes)
        cl.enqueue_fill_buffer(self.queue, buffer, pattern, 0, nbytes)
        return buffer

    def _buffer(self, nbytes: int, flags: int = 0, **given: Any) -> cl.Buffer:
        self._check_room(nbytes)
        try:
            return cl.Buffer(self.context, cl.mem_flags.READ_WRITE | flags, **given)
        except cl.Error as error:
            if error.code not in _NO_ROOM:
                raise
            raise MemoryError(
                f"backend 'opencl': the device has no room left for an array of {nbytes / 2**30:.2g} GiB"
            ) from error

    def _check_room(self, nbytes: int) -> None:
        """MemoryError with both figures where one array is more than the device takes."""
        most = self.device.max_mem_alloc_size
        if nbytes > most:
            raise MemoryError(
                f"backend 'opencl': an array of {nbytes / 2**30:.1f} GiB is more than this device takes at "
                f"once, {most / 2**30:.1f} GiB (spikes are kept for the longest delay, as many a step as a "
                "population has neurons; backend='clock' needs no such room)"
            )
        if self.device.type & cl.device_type.CPU and nbytes > 1 << 20:
            check_memory(nbytes)

    def get(self, buffer: cl.Buffer, n: int, dtype: Any, offset: int = 0) -> NDArray[Any]:
        """Copy of ``n`` values from ``offset`` on, after all that has been queued."""
        check_process()
        values = np.empty(n, dtype)
        if n:
            cl.enqueue_copy(self.queue, values, buffer, src_offset=offset * values.itemsize)
        return values

    def write(self, buffer: cl.Buffer, values: NDArray[Any], offset: int = 0) -> None:
        """Replace values from ``offset`` on, in the order of the queue."""
        check_process()
        if values.size:
            held = np.ascontiguousarray(values)
            cl.enqueue_copy(self.queue, buffer, held, dst_offset=offset * held.itemsize)

    def clone(self, buffer: cl.Buffer) -> cl.Buffer:
        """A copy on the device."""
        copy = cl.Buffer(self.context, cl.mem_flags.READ_WRITE, buffer.size)
        cl.enqueue_copy(self.queue, copy, buffer)
        return copy

    def copy(self, to: cl.Buffer, source: cl.Buffer, begin: int = 0) -> None:
        """Overwrite one buffer by another of the same size, from byte ``begin`` on.

        (A part of a buffer as one of its own would have to begin where the device has it.)
        """
        count = source.size - begin
        cl.enqueue_copy(self.queue, to, source, byte_count=count, src_offset=begin, dst_offset=begin)

    def rows(self, buffer: cl.Buffer, first: int, rows: int, width: int, columns: int) -> NDArray[np.uint32]:
        """The first ``columns`` of rows first ... first + rows - 1 of a uint32 table."""
        values = np.empty((rows, columns), np.uint32)
        if columns and rows:
            cut: dict[str, Any] = {  # pyopencl's own annotations lack buffer_origin
                "buffer_origin": (0, first, 0),
                "host_origin": (0, 0, 0),
                "region": (columns * 4, rows, 1),
                "buffer_pitches": (width * 4,),
                "host_pitches": (columns * 4,),
            }
            cl.enqueue_copy(self.queue, values, buffer, **cut)
        return values

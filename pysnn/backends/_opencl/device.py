"""Which OpenCL device to run on: one that builds and runs a kernel, not one that is merely listed."""

from __future__ import annotations

import os

import numpy as np
import pyopencl as cl

from ...errors import BackendUnsupported

LOCAL = 64  # work-items a group, where one stands for one neuron

# Chooses among several devices by a part of their name.
CHOICE = "PYSNN_OPENCL_DEVICE"

_PROBE = """
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
kernel void probe(global double* x) { x[get_global_id(0)] += 0.5; }
"""


# Processes that have made a context: this one, or one from which it was forked.
_begun: set[int] = set()


def check_process() -> None:
    """BackendUnsupported in a forked child of a process that has used a device, rather than to wait for ever.

    The threads of a driver are not in the child, and what they held locked stays locked.
    """
    if _begun and os.getpid() not in _begun:
        raise BackendUnsupported(
            "backend 'opencl': this process was forked from one that had used a device, whose driver does "
            "not survive that; start processes with multiprocessing.get_context('spawn'), or fork before "
            "the first simulation on 'opencl'"
        )


def choose() -> cl.Context:
    """A context on the first device that works, graphics processors before CPUs.

    BackendUnsupported says what was tried. Some installations list a device on which every build fails
    (the wheel pocl-binary-distribution on newer CPUs); Oclgrind is a debugger and left out.
    """
    check_process()
    _begun.add(os.getpid())
    wanted = os.environ.get(CHOICE, "")
    tried: list[str] = []
    for device in sorted(_devices(tried), key=lambda d: bool(d.type & cl.device_type.CPU)):
        name = f"{device.platform.name.strip()}: {device.name.strip()}"
        if "oclgrind" in name.lower():
            tried.append(f"{name} (a debugger, skipped)")
        elif wanted and wanted.lower() not in name.lower():
            tried.append(f"{name} (not {CHOICE}={wanted!r})")
        else:
            try:
                return _tested(device)
            except (cl.Error, RuntimeError, ArithmeticError) as error:
                tried.append(f"{name} ({str(error).strip().splitlines()[0]})")
    raise BackendUnsupported(
        "backend 'opencl': no OpenCL device here builds and runs a kernel in double precision; tried: "
        + ("; ".join(tried) or "none is listed")
        + " (on Debian, `apt install pocl-opencl-icd` gives one that runs on the CPU)"
    )


def _devices(tried: list[str]) -> list[cl.Device]:
    try:
        platforms = cl.get_platforms()
    except cl.Error as error:
        tried.append(f"platforms ({error})")
        return []
    found: list[cl.Device] = []
    for platform in platforms:
        try:
            found += platform.get_devices()
        except cl.Error as error:
            tried.append(f"{platform.name.strip()} ({error})")
    return found


def _tested(device: cl.Device) -> cl.Context:
    context = cl.Context([device])
    queue = cl.CommandQueue(context)
    x = np.arange(4.0)
    buffer = cl.Buffer(context, cl.mem_flags.READ_WRITE | cl.mem_flags.COPY_HOST_PTR, hostbuf=x)
    kernel = cl.Kernel(cl.Program(context, _PROBE).build(), "probe")
    kernel(queue, (4,), None, buffer)
    cl.enqueue_copy(queue, x, buffer)
    if not np.array_equal(x, np.arange(4.0) + 0.5):
        raise ArithmeticError("a kernel gave wrong numbers")
    if device.max_work_group_size < LOCAL:
        raise RuntimeError(f"its groups hold {device.max_work_group_size} work-items, {LOCAL} are needed")
    return context

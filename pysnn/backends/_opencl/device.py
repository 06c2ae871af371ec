"""Which OpenCL device to run on: one that builds and runs a kernel, not one that is merely listed."""

from __future__ import annotations

import os

import numpy as np
import pyopencl as cl

from ...errors import BackendUnsupported, ParameterError

LOCAL = 64  # work-items a group, where one stands for one neuron

# Chooses among several devices by a part of their name or their number, where a simulation does not.
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


def listed() -> tuple[list[cl.Device], list[str]]:
    """The devices in the order in which they are tried, and what else there is, with the reason why not.

    Graphics processors come before CPUs. Oclgrind is a debugger and left out.
    """
    check_process()
    _begun.add(os.getpid())
    left_out: list[str] = []
    found = _devices(left_out)
    debuggers = [device for device in found if "oclgrind" in name_of(device).lower()]
    left_out += [f"{name_of(device)} (a debugger, skipped)" for device in debuggers]
    devices = [device for device in found if device not in debuggers]
    return sorted(devices, key=lambda d: bool(d.type & cl.device_type.CPU)), left_out


def _devices(left_out: list[str]) -> list[cl.Device]:
    try:
        platforms = cl.get_platforms()
    except cl.Error as error:
        left_out.append(f"platforms ({error})")
        return []
    found: list[cl.Device] = []
    for platform in platforms:
        try:
            found += platform.get_devices()
        except cl.Error as error:
            left_out.append(f"{platform.name.strip()} ({error})")
    return found


def name_of(device: cl.Device) -> str:
    """By which a device is chosen: its platform's and its own."""
    return f"{device.platform.name.strip()}: {device.name.strip()}"


def wanted(device: int | str | None) -> tuple[int | str | None, str]:
    """What was asked for, by a simulation or by the environment, and how it was."""
    if device is not None:
        return device, "Simulation.device"
    given = os.environ.get(CHOICE, "")
    return (int(given) if given.isdigit() else given or None), CHOICE


def choose(device: int | str | None = None) -> cl.Context:
    """A context on the first device that works, of those that ``device`` or the environment asks for.

    By its number in ``listed``, or by a part of its name. ParameterError where there is no such one;
    BackendUnsupported says what was tried. Some installations list a device on which every build fails
    (the wheel pocl-binary-distribution on newer CPUs).
    """
    devices, left_out = listed()
    tried: list[str] = []
    asked, owner = wanted(device)
    numbers = [number for number, d in enumerate(devices) if _is_meant(asked, number, d)]
    if devices and not numbers:
        here = "; ".join(f"{number}: {name_of(d)}" for number, d in enumerate(devices))
        raise ParameterError(f"{owner}: there is no OpenCL device {asked!r} (here are {here})")
    for number in numbers:
        problem = problem_of(devices[number])
        if not problem:
            return cl.Context([devices[number]])
        tried.append(f"{name_of(devices[number])} ({problem})")
    raise BackendUnsupported(
        "backend 'opencl': no OpenCL device here builds and runs a kernel in double precision; tried: "
        + ("; ".join(tried + left_out) or "none is listed")
        + " (on Debian, `apt install pocl-opencl-icd` gives one that runs on the CPU)"
    )


def _is_meant(asked: int | str | None, number: int, device: cl.Device) -> bool:
    if isinstance(asked, str):
        return asked.lower() in name_of(device).lower()
    return asked is None or asked == number


def problem_of(device: cl.Device) -> str:
    """Why a device does not work; empty where it does."""
    try:
        _test(device)
    except (cl.Error, RuntimeError, ArithmeticError) as error:
        return str(error).strip().splitlines()[0]
    return ""


def _test(device: cl.Device) -> None:
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

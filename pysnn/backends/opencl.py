"""Fixed steps on an OpenCL device, with the same spikes as the clock engine."""

from __future__ import annotations

from typing import ClassVar

from ..spec import NetworkSpec
from ._opencl.engine import OpenCLEngine
from .base import Backend, Options


class OpenCLBackend(Backend):
    """The clock engine's steps as kernels of the device, in the precision that ``dtype`` has."""

    name: ClassVar[str] = "opencl"
    torn_by: ClassVar[type[BaseException]] = BaseException  # Ctrl-C comes between any two lines of Python

    def __init__(self, spec: NetworkSpec, options: Options) -> None:
        self.check_weight_dtype(options)
        self.engine = OpenCLEngine(spec, options)

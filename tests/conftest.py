"""Settings common to all tests: optional parts, hypothesis profiles, quiet oracles.

A test that needs an optional part carries its marker (``opencl``, ``nest``, ``data``, ``media``, ``mpi``) and
is skipped where the part is missing. PYSNN_REQUIRE names the parts that must not be missing, so that a run
meant to be complete fails instead of skipping: ``PYSNN_REQUIRE=opencl,nest,data,media,mpi pytest``.
"""

from __future__ import annotations

import functools
import importlib.util
import os
import shutil
import signal
import sys
from pathlib import Path

import hypothesis
import pytest

# NEST prints a banner at import; matplotlib must not look for a display.
os.environ.setdefault("PYNEST_QUIET", "1")
os.environ.setdefault("MPLBACKEND", "Agg")
# Where a shell starts tests behind it (``pytest &``), Ctrl-C is ignored, here and in what is started here.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# No deadline: on a shared machine the time of one example says nothing about the code.
hypothesis.settings.register_profile("default", deadline=None, max_examples=50, print_blob=True)
hypothesis.settings.register_profile(
    "ci", parent=hypothesis.settings.get_profile("default"), derandomize=True
)
hypothesis.settings.register_profile(
    "thorough", parent=hypothesis.settings.get_profile("default"), max_examples=1000
)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def _missing_nest() -> str | None:
    if importlib.util.find_spec("nest") is None:
        return "the NEST wheel is not installed (pip install nest-simulator)"
    return None


def _missing_data() -> str | None:
    folder = os.environ.get("PYSNN_DATA", "")
    if not folder:
        return "PYSNN_DATA does not name the folder of the data sets"
    if not Path(folder).is_dir():
        return f"PYSNN_DATA names {folder!r}, which is no folder"
    return None


def _missing_opencl() -> str | None:
    """A device counts when it can build and link a kernel: some list themselves and then fail that."""
    try:
        import pyopencl as cl
    except ImportError:
        return "pyopencl is not installed (pip install 'pysnn-sim[opencl]')"
    try:
        devices = [device for platform in cl.get_platforms() for device in platform.get_devices()]
    except cl.Error as error:
        return f"no OpenCL platform ({error})"
    tried = []
    for device in devices:
        try:
            cl.Program(cl.Context([device]), "kernel void f(global int* x) { *x = 1; }").build()
        except (cl.Error, RuntimeError) as error:
            tried.append(f"{device.name}: {type(error).__name__}")
            continue
        return None
    return "no OpenCL device builds a kernel (tried: " + ("; ".join(tried) or "none there") + ")"


def _missing_media() -> str | None:
    """What the application's videos need, beside the extra ``media``: a voice, a picture, a model of
    faces.
    """
    for module, how in (
        ("av", "pip install av"),
        ("dlib", "pip install dlib-bin"),
        ("skimage", "scikit-image"),
    ):
        if importlib.util.find_spec(module) is None:
            return f"{module} is not installed ({how})"
    if shutil.which("espeak-ng") is None:
        return "espeak-ng is not installed (apt install espeak-ng)"
    name = "shape_predictor_68_face_landmarks.dat"
    if (
        importlib.util.find_spec("face_recognition_models") is None
        and not Path("/usr/share/dlib", name).is_file()
    ):
        return "dlib's model of 68 landmarks is not there (apt install libdlib-data)"
    return None


def _missing_mpi() -> str | None:
    if importlib.util.find_spec("mpi4py") is None:
        return "mpi4py is not installed (pip install 'pysnn-sim[mpi]')"
    if not Path(sys.executable).with_name("mpiexec").exists() and shutil.which("mpiexec") is None:
        return "there is no mpiexec (pip install 'pysnn-sim[mpi]' brings one)"
    return None


_CHECKS = {
    "nest": _missing_nest,
    "data": _missing_data,
    "opencl": _missing_opencl,
    "media": _missing_media,
    "mpi": _missing_mpi,
}


@functools.cache
def missing(part: str) -> str | None:
    """Return why an optional part cannot be used, or None where it can."""
    return _CHECKS[part]()


def pytest_runtest_setup(item: pytest.Item) -> None:
    required = {part.strip() for part in os.environ.get("PYSNN_REQUIRE", "").split(",") if part.strip()}
    unknown = required - _CHECKS.keys()
    if unknown:
        raise pytest.UsageError(f"PYSNN_REQUIRE: unknown part {sorted(unknown)} (valid: {sorted(_CHECKS)})")
    for part in _CHECKS:
        if item.get_closest_marker(part) is not None and (why := missing(part)) is not None:
            if part in required:
                pytest.fail(f"PYSNN_REQUIRE asks for {part}, but {why}", pytrace=False)
            pytest.skip(why)

"""What is here, what is missing and how to get it: ``pysnn doctor``."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import math
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .. import __version__

_REQUIRED = ("numpy", "h5py", "tqdm")
_IMPORT_TIMEOUT = 120  # seconds; NEST and pyopencl take several on a cold disk


@dataclass(frozen=True)
class Part:
    """Something pysnn can use and runs without."""

    name: str
    module: str
    distribution: str
    purpose: str
    how: str


PARTS = (
    Part("pyopencl", "pyopencl", "pyopencl", 'backend="opencl"', "pip install 'pysnn-sim[opencl]'"),
    Part("llvmlite", "llvmlite", "llvmlite", "models from equations", "pip install 'pysnn-sim[equations]'"),
    Part("sympy", "sympy", "sympy", "models from equations", "pip install 'pysnn-sim[equations]'"),
    Part("pint", "pint", "Pint", "quantities; models from equations", "pip install 'pysnn-sim[equations]'"),
    Part("matplotlib", "matplotlib", "matplotlib", "pysnn.plot", "pip install 'pysnn-sim[plot]'"),
    Part("networkx", "networkx", "networkx", "graphs in and out", "pip install 'pysnn-sim[interop]'"),
    Part("nir", "nir", "nir", "NIR graphs in and out", "pip install 'pysnn-sim[interop]'"),
    Part("neo", "neo", "neo", "to_neo()", "pip install 'pysnn-sim[interop]'"),
    Part("pandas", "pandas", "pandas", "to_pandas()", "pip install 'pysnn-sim[interop]'"),
    Part("libsonata", "libsonata", "libsonata", "reading logs elsewhere, a test", "pip install libsonata"),
    Part("nest", "nest", "nest-simulator", "the oracle of the tests", "pip install 'pysnn-sim[reference]'"),
    Part("scikit-learn", "sklearn", "scikit-learn", "mmsa", "pip install pysnn-mmsa"),
    Part(
        "opensmile",
        "opensmile",
        "opensmile",
        "mmsa: pitch and loudness",
        "pip install opensmile (its licence forbids commercial use; without it mmsa uses its own extractor)",
    ),
    Part("PyAV", "av", "av", "mmsa: frames and sound of videos", "pip install 'pysnn-mmsa[media]'"),
    Part("dlib", "dlib", "dlib-bin", "mmsa: faces in videos", "pip install dlib-bin"),
)
LANDMARK_MODEL = "shape_predictor_68_face_landmarks.dat"


def doctor() -> int:
    """``pysnn doctor``: 0 if the engines work, 1 if not; optional parts may be missing."""
    here = Path(__file__).resolve().parents[1]
    _title(f"pysnn {__version__}")
    _line("package", str(here))
    _line("Python", f"{platform.python_version()} ({sys.executable})")
    for name in _REQUIRED:
        _line(name, _version(name) or "MISSING: pip install " + name)
    _line("HDF5", _hdf5())

    _title("Machine")
    _line("system", platform.platform())
    _line("processor", _processor())
    allowed = getattr(os, "sched_getaffinity", None)
    cores = os.cpu_count()
    _line("threads", f"{len(allowed(0)) if allowed else cores} of {cores} cores may be used")
    _line("memory", _memory())

    _title("Engines")
    works = _core(here)

    _title("Optional parts")
    for part, answer in zip(PARTS, _import_all(PARTS), strict=True):
        _line(part.name, answer)
        if part.name == "pyopencl" and _found(answer):
            for answer in _opencl():
                _line("", answer)
        if part.name == "dlib":
            _line("", _landmarks())
    print()
    print("The engines work." if works else "The engines do NOT work: see Engines above.")
    return 0 if works else 1


# ---- the core -------------------------------------------------------------------------------------


def _core(here: Path) -> bool:
    """Print what is known of the compiled core and try both engines; True if they work."""
    try:
        core = importlib.import_module("pysnn._core")
    except ImportError as err:
        built = sorted(here.glob("_core*.so"))
        if built:
            _line("core", f"FAILS to load: {err}")
            _line(
                "", f"found {', '.join(path.name for path in built)} for Python {platform.python_version()}"
            )
        else:
            _line("core", "NOT BUILT: there is no compiled module pysnn._core beside the package")
        for hint in _how_to_build(here):
            _line("", hint)
        return False
    info = core.build_info()
    _line("core", ", ".join(f"{key} {value}" for key, value in info.items()))
    _line("CPU features", ", ".join(core.cpu_features()) or "none that the engines have code for")
    results = [_try_engine(name) for name in ("event", "clock")]
    return all(results)


def _how_to_build(here: Path) -> list[str]:
    clone = here.parent
    if (clone / "CMakeLists.txt").exists():
        where = f"in {clone}"
        hints = [f"build it: python -m pip install -e . ({where}; needs g++ and Python's headers)"]
        try:
            installed = Path(str(importlib.metadata.distribution("pysnn-sim").locate_file("pysnn"))).resolve()
        except importlib.metadata.PackageNotFoundError:
            return hints
        if installed != here and installed.is_dir():
            hints.append(f"or run from another folder: this clone hides the package installed in {installed}")
        return hints
    return ["install it again: python -m pip install --force-reinstall pysnn-sim"]


def _try_engine(name: str) -> bool:
    """Run one neuron under a constant current; its first spike has a closed form."""
    try:
        time, expected, allowed = _first_spike(name)
    except Exception as err:  # a doctor reports whatever goes wrong and goes on
        _line(name, f"FAILS: {type(err).__name__}: {' '.join(str(err).split())[:300]}")
        return False
    good = abs(time - expected) <= allowed
    _line(
        name, f"{'works' if good else 'WRONG'}: first spike at {time:.9g} ms, closed form {expected:.9g} ms"
    )
    return good


def _first_spike(backend: str) -> tuple[float, float, float]:
    """Time of a LIF neuron's first spike, its closed form, and how far apart they may be [ms].

    From rest, v - e_l = (tau_m / c_m) i_e (1 - exp(-t / tau_m)) reaches threshold at
    t = -tau_m ln(1 - (v_th - e_l) c_m / (tau_m i_e)); a clock sees it at the end of that step.
    """
    from .. import LIF, Network, Simulation

    dt = 0.1
    model = LIF(tau_m=20.0, c_m=250.0, e_l=-70.0, v_th=-55.0, v_reset=-70.0, t_ref=2.0, i_e=400.0)
    net = Network(seed=1)
    cell = net.population("cell", 1, model)
    spikes = net.probe(cell, "spikes")
    with Simulation(net, backend=backend, dt=dt, threads=1) as sim:
        sim.run(30.0)
        times = sim.data[spikes].t
    expected = -20.0 * math.log(1.0 - 15.0 * 250.0 / (20.0 * 400.0))
    if len(times) == 0:
        raise RuntimeError(f"a neuron that must fire at {expected:.9g} ms is silent")
    return float(times[0]), expected, 1e-9 if backend == "event" else dt


# ---- optional parts -------------------------------------------------------------------------------


def _import_all(parts: Sequence[Part]) -> list[str]:
    """What importing each part gives, each in a process of its own: some crash, some print banners."""
    started = [
        subprocess.Popen(
            [sys.executable, "-c", f"import {part.module}"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        if importlib.util.find_spec(part.module)
        else None
        for part in parts
    ]
    return [_outcome(part, process) for part, process in zip(parts, started, strict=True)]


def _outcome(part: Part, process: subprocess.Popen[str] | None) -> str:
    if process is None:
        return f"missing ({part.purpose}): {part.how}"
    version = _version(part.distribution) or "found"
    try:
        _, errors = process.communicate(timeout=_IMPORT_TIMEOUT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return f"{version}, BROKEN: importing it takes more than {_IMPORT_TIMEOUT} s"
    if process.returncode != 0:
        said = errors.strip().splitlines()[-1:] or [f"exit status {process.returncode}"]
        return f"{version}, BROKEN: {said[0]}"
    return f"{version} ({part.purpose})"


def _found(answer: str) -> bool:
    return not answer.startswith("missing") and "BROKEN" not in answer


def _opencl() -> list[str]:
    """The devices in the order in which backend="opencl" tries them, each tried with a kernel."""
    try:
        from ..backends._opencl.device import listed, name_of, problem_of

        devices, left_out = listed()
        answers = [
            f"device {number}: {name_of(device)} ({problem_of(device) or 'builds and runs a kernel'})"
            for number, device in enumerate(devices)
        ]
    except Exception as err:  # drivers raise what they like
        return [f"no device: {type(err).__name__}: {err}"]
    none = [] if devices else ["no device (on Debian: apt install pocl-opencl-icd)"]
    return [*answers, *none, *left_out]


def _landmarks() -> str:
    """Where dlib's model of 68 landmarks is."""
    places = [Path("/usr/share/dlib") / LANDMARK_MODEL]
    found = importlib.util.find_spec("face_recognition_models")
    if found is not None and found.origin:
        places.append(Path(found.origin).parent / "models" / LANDMARK_MODEL)
    for place in places:
        if place.is_file():
            return f"landmark model: {place}"
    return "landmark model missing: apt install libdlib-data, or pip install face_recognition_models"


# ---- the machine ----------------------------------------------------------------------------------


def _version(distribution: str) -> str | None:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def _hdf5() -> str:
    try:
        import h5py
    except ImportError as err:
        return f"unknown: {err}"
    return str(h5py.version.hdf5_version)


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _memory() -> str:
    """Total and available memory, and the limit of the control group where there is one."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        kib = {key: int(rest.split()[0]) for key, _, rest in (line.partition(":") for line in lines)}
        text = f"{kib['MemTotal'] / 2**20:.1f} GiB, {kib['MemAvailable'] / 2**20:.1f} GiB available"
    except (OSError, KeyError, ValueError, IndexError):
        return "unknown"
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii").strip()
    except OSError:
        return text
    return text + (f", limited to {int(limit) / 2**30:.1f} GiB" if limit.isdigit() else "")


def _title(text: str) -> None:
    print(f"\n{text}")


def _line(name: str, text: str) -> None:
    print(f"  {name:<13} {text}")

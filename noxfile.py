"""Checks by name: ``nox -l`` lists them, ``nox -s lint`` runs one.

lint      style and types of everything
format    rewrite everything in the style that lint asks for
tests     the whole pytest suite, on every supported Python
cpp       the C++ tests alone, warnings as errors
tidy      clang-tidy over the C++ of the project, with the checks of .clang-tidy
fuzz      hostile networks and damaged files; ``nox -s fuzz -- networks --count 5000 --seconds 1800`` for more
aarch64   the C++ tests compiled for that platform and run under QEMU
sanitize  C++ tests under ASan + UBSan and under TSan, a part of the Python tests under ASan + UBSan:
          three sessions, also one by one, as ``nox -s "sanitize(tsan)"``
opencl    the tests that need a device, which must then be there
bench     benchmarks; ``nox -s bench -- --compare`` fails where one is 15 % slower than in the last saved run
mmsa      the application's tests and a training run
docs      the documentation site with its gallery, into build/docs; a warning is an error
wheel     a built wheel, installed and used away from the clone
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nox

ROOT = Path(__file__).parent
PROJECT = nox.project.load_toml(ROOT / "pyproject.toml")
PYTHONS = ["3.11", "3.12", "3.13", "3.14"]

nox.needs_version = ">=2024.4"
nox.options.sessions = ["lint", "cpp", f"tests-{sys.version_info[0]}.{sys.version_info[1]}"]
nox.options.reuse_venv = "yes"
# A Python that is not there fails its session: a skipped one would look like a passed one.
nox.options.error_on_missing_interpreters = True
nox.options.error_on_external_run = True

# Both distributions with what the tests of either need.
EVERYTHING = ["-e", ".[dev]", "-e", "apps/mmsa[media,opensmile]"]
CPP_ENV = {"CTEST_OUTPUT_ON_FAILURE": "1"}


def build_requirements() -> list[str]:
    """What a build needs (for sessions that run cmake themselves)."""
    requires: list[str] = PROJECT["build-system"]["requires"]
    return [*requires, "cmake", "ninja"]


def runtime(name: str) -> str:
    """Path of one of the compiler's sanitizer runtimes, to be loaded before Python."""
    path = subprocess.run(["g++", f"-print-file-name={name}"], capture_output=True, text=True, check=True)
    found = path.stdout.strip()
    if not os.path.isabs(found):
        raise FileNotFoundError(f"g++ has no {name}")
    return found


def cpp_files(session: nox.Session) -> list[str]:
    """Every C++ file that git knows."""
    tracked = session.run("git", "ls-files", "*.cpp", "*.hpp", external=True, silent=True)
    return str(tracked).split()


def cpp_tests(session: nox.Session, folder: str, *options: str, env: dict[str, str] | None = None) -> None:
    """Configure, build and run the C++ tests in ``build/folder``."""
    build = ROOT / "build" / folder
    python = Path(session.bin) / "python"
    session.run(
        "cmake", "-S", str(ROOT), "-B", str(build), "-G", "Ninja", "-DPYSNN_PYTHON=OFF",
        "-DPYSNN_BUILD_TESTS=ON", "-DPYSNN_WERROR=ON", f"-DPython_EXECUTABLE={python}", *options, silent=True,
    )  # fmt: skip
    session.run("cmake", "--build", str(build))
    session.run("ctest", "--test-dir", str(build), "--no-tests=error", env=CPP_ENV | (env or {}))


@nox.session
def lint(session: nox.Session) -> None:
    # What the code imports, for mypy, and the tools; nothing is compiled.
    extras = PROJECT["project"]["optional-dependencies"]
    named = [*PROJECT["project"]["dependencies"], *extras["plot"], *extras["dev"]]
    session.install(*(requirement for requirement in named if not requirement.startswith("pysnn-sim[")))
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("mypy")
    session.run("clang-format", "--dry-run", "--Werror", *cpp_files(session))


@nox.session(name="format")
def format_(session: nox.Session) -> None:
    tools = [
        r
        for r in PROJECT["project"]["optional-dependencies"]["dev"]
        if r.startswith(("ruff", "clang-format"))
    ]
    session.install(*tools)
    session.run("ruff", "check", "--fix-only")
    session.run("ruff", "format")
    session.run("clang-format", "-i", *cpp_files(session))


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    session.install(*EVERYTHING)
    session.run("pytest", *session.posargs)


@nox.session
def cpp(session: nox.Session) -> None:
    session.install(*build_requirements())
    cpp_tests(session, "nox-cpp")


@nox.session
def aarch64(session: nox.Session) -> None:
    session.install(*build_requirements())
    cpp_tests(
        session, "nox-aarch64", "-DCMAKE_SYSTEM_NAME=Linux", "-DCMAKE_SYSTEM_PROCESSOR=aarch64",
        "-DCMAKE_CXX_COMPILER=aarch64-linux-gnu-g++",
        "-DCMAKE_CROSSCOMPILING_EMULATOR=qemu-aarch64-static;-L;/usr/aarch64-linux-gnu",
    )  # fmt: skip


@nox.session
@nox.parametrize("part", ["asan", "tsan", "python"], ids=["asan", "tsan", "python"])
def sanitize(session: nox.Session, part: str) -> None:
    asan = {"ASAN_OPTIONS": "detect_leaks=0", "UBSAN_OPTIONS": "print_stacktrace=1"}
    if part == "asan":
        session.install(*build_requirements())
        cpp_tests(session, "nox-asan", "-DPYSNN_SANITIZE=address,undefined", env=asan)
    elif part == "tsan":
        session.install(*build_requirements())
        cpp_tests(session, "nox-tsan", "-DPYSNN_SANITIZE=thread")
    else:
        # A separate build folder, as object files with and without a sanitizer must never mix.
        session.install(
            "-C", "build-dir=build/nox-asan-python", "-C", "cmake.define.PYSNN_SANITIZE=address,undefined",
            "-C", "cmake.build-type=RelWithDebInfo", ".[dev]",
        )  # fmt: skip
        preload = f"{runtime('libasan.so')} {runtime('libubsan.so')}"
        chosen = session.posargs or ["tests/unit", "tests/conformance"]
        session.run(
            "pytest", "-m", "not slow and not opencl", "-p", "no:cacheprovider", *chosen,
            env=asan | {"LD_PRELOAD": preload, "HYPOTHESIS_PROFILE": "ci"},
        )  # fmt: skip


@nox.session
def tidy(session: nox.Session) -> None:
    session.install(*build_requirements(), "clang-tidy==23.1.4")
    build = ROOT / "build" / "nox-tidy"
    python = Path(session.bin) / "python"
    session.run(
        "cmake", "-S", str(ROOT), "-B", str(build), "-G", "Ninja", "-DPYSNN_PYTHON=OFF",
        "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON", f"-DPython_EXECUTABLE={python}", silent=True,
    )  # fmt: skip
    # All that was configured: not the bindings, which need pybind11's headers and are made of its templates.
    chosen = [str(ROOT / file) for file in session.posargs]
    session.run("run-clang-tidy.py", "-p", str(build), "-quiet", "-warnings-as-errors=*", *chosen)


@nox.session
def fuzz(session: nox.Session) -> None:
    session.install(".[dev]")
    # Some minutes of each kind, unless something else is asked for.
    asked = (
        [session.posargs]
        if session.posargs
        else [[kind, "--seconds", "300"] for kind in ("networks", "files", "sequences")]
    )
    with session.chdir(ROOT / "tests"):
        for options in asked:
            session.run("python", "-m", "fuzz", *options)


@nox.session
def opencl(session: nox.Session) -> None:
    session.install("-e", ".[dev]")
    session.run("pytest", "-m", "opencl", *session.posargs, env={"PYSNN_REQUIRE": "opencl"})


@nox.session
def bench(session: nox.Session) -> None:
    session.install("-e", ".[dev]")
    options = [option for option in session.posargs if option != "--compare"]
    if "--compare" in session.posargs:
        # The minimum is what a busy machine spoils least.
        options += ["--benchmark-compare", "--benchmark-compare-fail=min:15%"]
    session.run("pytest", "tests/benchmarks", "--benchmark-only", "--benchmark-autosave", *options)


@nox.session
def mmsa(session: nox.Session) -> None:
    session.install(*EVERYTHING)
    session.run("pytest", "tests/app_mmsa", *session.posargs)
    session.run("mmsa", "train", "--out", session.create_tmp())


@nox.session
def docs(session: nox.Session) -> None:
    # (scikit-learn: an example is one of its classifiers.)
    session.install("-e", ".[docs,equations,interop,plot]", "scikit-learn>=1.4")
    session.run(
        "sphinx-build", "-q", "-W", "--keep-going", "-b", "html", "docs", "build/docs", *session.posargs
    )


@nox.session
def wheel(session: nox.Session) -> None:
    dist = Path(session.create_tmp()) / "dist"
    session.run("pip", "wheel", "-q", "--no-deps", "-w", str(dist), ".", "./apps/mmsa")
    (engines,), (app,) = dist.glob("pysnn_sim-*.whl"), dist.glob("pysnn_mmsa-*.whl")
    session.install(f"{engines}[plot]", str(app))
    # Away from the clone: there the folder pysnn/ would hide the installed package.
    with session.chdir(dist):
        session.run("pysnn", "doctor")
        session.run("python", "-m", "pysnn.networks", "cuba", "--scale", "0.1", "--sim-ms", "50")
        session.run("mmsa", "train", "--out", "run")

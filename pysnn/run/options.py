"""What a simulation is built with, as far as it takes more than a range to check."""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..backends import Options
from ..base.params import shown
from ..base.paths import as_path
from ..base.ranks import ALONE, Ranks
from ..errors import BackendUnsupported, LogError, ParameterError, unknown
from ..spec import NetworkSpec, Population
from ..spec.specfile import fingerprint

MOST_THREADS = 1024  # as bind_network.cpp has it
WORTH_A_THREAD = 1024  # neurons; with fewer, threads wait for one another longer than they work


def threads_for(spec: NetworkSpec, ranks: Ranks = ALONE) -> int:
    """All cores this process may run on, but none with fewer than WORTH_A_THREAD neurons to itself.

    Ranks on one machine share its cores, and all ranks have as many threads as the one with the fewest.
    """
    affinity = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity is not None else os.cpu_count() or 1
    neurons = sum(population.n for population in spec.populations) // ranks.size
    if ranks.several:
        machines = ranks.gather(platform.node(), root=None)
        cores = min(ranks.gather(max(1, cores // machines.count(platform.node())), root=None))
    return min(cores, MOST_THREADS, 1 + neurons // WORTH_A_THREAD)


def check_shared(backend: str) -> None:
    """BackendUnsupported for what several ranks cannot do together."""
    if backend == "opencl":
        raise BackendUnsupported(
            "backend 'opencl': not on several ranks (comm=); 'clock', 'event' and 'auto' can"
        )


def check_alike(spec: NetworkSpec, backend: str, options: Options) -> None:
    """ParameterError on all ranks where one has another network or other options."""
    digest = hashlib.sha256(fingerprint(spec))
    chosen = {name: value for name, value in vars(options).items() if name not in ("ranks", "profile")}
    digest.update(repr((backend, chosen)).encode())
    options.ranks.alike("Simulation: the network and the options", digest.hexdigest())


def one_of(parameter: str, value: Any, valid: tuple[str, ...]) -> str:
    """``value``, which is one of those that are valid."""
    if not isinstance(value, str) or value not in valid:
        raise unknown(f"Simulation.{parameter}", "value", str(value), valid)
    return value


def check_log_path(path: str | os.PathLike[str]) -> None:
    """Raise LogError where no log could be written, without making the file."""
    path = as_path(path, "Simulation.log")
    try:
        path.lstat()
    except FileNotFoundError:
        pass
    except (OSError, ValueError) as err:  # a name that the system refuses
        raise LogError(f"{path}: cannot write a spike log: {getattr(err, 'strerror', None) or err}") from err
    if path.is_dir():
        raise LogError(f"{path}: cannot write a spike log: it is a folder")
    if not path.parent.is_dir():
        raise LogError(f"{path}: cannot write a spike log: the folder {path.parent} does not exist")
    if not os.access(path.parent, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise LogError(f"{path}: cannot write a spike log: permission denied")


def given_device(backend: str, device: Any) -> int | str | None:
    """What ``device=`` names; ParameterError where it cannot be meant."""
    if device is None:
        return None
    if backend != "opencl":
        raise ParameterError(f"Simulation.device: is for backend='opencl' (got backend={backend!r})")
    if isinstance(device, str) and device:
        return device
    if isinstance(device, (str, bool)) or not isinstance(device, (int, np.integer)):
        raise ParameterError(
            "Simulation.device: expected the number of a device or a part of its name, as `pysnn doctor` "
            f"lists them (got {shown(device)})"
        )
    return int(device)


def given_engines(spec: NetworkSpec, backend: str, engines: Any) -> dict[str, str]:
    """By population, what ``engines=`` names; ParameterError where it cannot be meant."""
    if engines is None:
        return {}
    if backend != "auto":
        raise ParameterError(f"Simulation.engines: is for backend='auto' (got backend={backend!r})")
    if not isinstance(engines, Mapping):
        raise ParameterError(
            f"Simulation.engines: expected a dict of engines by population (got {shown(engines)})"
        )
    names = [population.name for population in spec.populations]
    given = {}
    for population, engine in engines.items():
        name = population.name if isinstance(population, Population) else population
        if name not in names:
            raise unknown("Simulation.engines", "population", str(name), names)
        given[name] = one_of(f"engines[{name!r}]", engine, ("event", "clock"))
    return given

"""How much memory there is, by what the system says."""

from __future__ import annotations

import os
from pathlib import Path


def available() -> int | None:
    """Bytes that could still be used without swapping, by this machine, the control group and the process.

    None where the system does not say.
    """
    bounds = [bound for bound in (of_machine(), of_group(), of_process()) if bound is not None]
    return min(bounds, default=None)


def of_machine() -> int | None:
    """Bytes that the machine could give without swapping."""
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None


def of_group(root: Path = Path("/sys/fs/cgroup")) -> int | None:
    """What is left of the control group's limit (version 2, and version 1 of old systems)."""
    for limit, used in (
        ("memory.max", "memory.current"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
    ):
        try:
            free = int((root / limit).read_text()) - int((root / used).read_text())
            return max(0, free + _cached(root / Path(used).parent / "memory.stat"))
        except (ValueError, OSError):  # "max": no limit
            continue
    return None


def of_process() -> int | None:
    """What is left of the addresses that this process may have (``ulimit -v``)."""
    try:
        import resource

        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
        if limit == resource.RLIM_INFINITY:
            return None
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        return max(0, limit - pages * os.sysconf("SC_PAGE_SIZE"))
    except (ImportError, ValueError, OSError):
        return None


def _cached(statistics: Path) -> int:
    """Bytes of files that the kernel keeps for as long as nobody wants the room."""
    for line in statistics.read_text().splitlines():
        if line.startswith("inactive_file "):
            return int(line.split()[1])
    return 0

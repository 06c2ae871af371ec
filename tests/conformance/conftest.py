"""Every test of this folder runs on every engine; what an engine refuses is listed with its reason."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest
from oracle import Case, Result, simulate_exact, simulate_grid

BACKENDS = ["clock", "event", pytest.param("opencl", marks=pytest.mark.opencl)]

# What a backend refuses with BackendUnsupported: a word of its message -> why it cannot or does not yet.
UNSUPPORTED: dict[str, dict[str, str]] = {
    "clock": {},
    "event": {},
    "opencl": {},
}


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["clock", "event"])
def cpu_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Skip a refusal that is listed; any other is a failure."""
    from pysnn.errors import BackendUnsupported

    try:
        return (yield)
    except BackendUnsupported as error:
        callspec = getattr(item, "callspec", None)
        name = callspec.params.get("backend", "") if callspec else ""
        for word, reason in UNSUPPORTED.get(name, {}).items():
            if word in str(error):
                pytest.skip(f"{name}: {reason}")
        raise


def simulate(case: Case, backend: str, sample_every: float | None = None) -> Result:
    """The oracle's answer in the form of time that ``backend`` has."""
    if backend != "event":
        return simulate_grid(case, sample_every or 0.0)
    times = (
        ()
        if sample_every is None
        else tuple(k * sample_every for k in range(round(case.t_stop / sample_every) + 1))
    )
    return simulate_exact(case, times)

"""Bars of progress that Ctrl-C catches at any place."""

from __future__ import annotations

import gc
import io
import sys
from types import FrameType
from typing import Any

import numpy as np
import pytest
from tqdm.std import tqdm

import pysnn as snn
from pysnn.run.progress import time_bar


@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("place", ["_get_free_pos", "status_printer", "refresh"])
def test_a_bar_stopped_while_it_is_made_says_nothing_more(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """tqdm's own closing then fails, in its finaliser, behind the last word of the program."""

    def stopped(*args: Any, **kwargs: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(tqdm, place, stopped)
    with pytest.raises(KeyboardInterrupt), time_bar(0.0, 10.0, wanted=True):
        pass
    gc.collect()


def test_a_bar_that_is_dropped_runs_nothing_in_which_a_signal_could_be_lost() -> None:
    """Python looks for signals as a function begins; what a finaliser raises is dropped."""
    bar = snn.progress_bar(total=4, file=io.StringIO())
    bar.close()
    begun: list[str] = []

    def note(frame: FrameType, event: str, argument: Any) -> None:
        if event == "call":
            begun.append(frame.f_code.co_qualname)

    sys.setprofile(note)
    try:
        del bar
    finally:
        sys.setprofile(None)
    assert begun == []


def test_a_program_around_a_simulation_makes_such_bars_too(capsys: pytest.CaptureFixture[str]) -> None:
    with snn.progress_bar(total=4, desc="read", unit=" files") as bar:
        bar.update(3)
    shown = capsys.readouterr().err
    assert "read" in shown
    assert "3/4" in shown


class Gone:
    """A terminal whose other end was closed after some words."""

    encoding = "utf-8"

    def __init__(self, words: int, error: Exception) -> None:
        self.left, self.error = words, error

    def write(self, text: str) -> None:
        self.left -= 1
        if self.left < 0:
            raise self.error

    def flush(self) -> None:
        self.write("")


GONE = [
    BrokenPipeError(32, "Broken pipe"),
    OSError(9, "Bad file descriptor"),
    ValueError("I/O on closed file"),
]


@pytest.mark.parametrize("words", [0, 3, 12])
@pytest.mark.parametrize("error", [*GONE, None], ids=["pipe", "closed", "file", "none"])
def test_a_run_goes_on_where_its_terminal_has_gone(
    monkeypatch: pytest.MonkeyPatch, error: Exception | None, words: int
) -> None:
    net = snn.Network(seed=1)
    cells = net.population("cells", 5, snn.LIF(i_e=500.0))
    source = net.source("source", 1, snn.Input())
    net.projection(source, cells, snn.AllToAll(), weight=1.0, delay=1.0)
    for stream in ("stdout", "stderr"):
        monkeypatch.setattr(sys, stream, None if error is None else Gone(words, error))
    with snn.Simulation(net, profile=True, progress=True) as sim:
        for _ in range(4):
            sim.run(50.0, progress=True)
        assert len(sim.run_trials(keys=range(3), duration=5.0, progress=True)) == 3
        assert sim.time == 200.0


@pytest.mark.opencl
def test_kernels_that_a_later_call_builds_are_shown_when_it_does(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows that heard spikes by other delays have kernels of their own; the first set_delays builds them."""
    from pysnn.backends._opencl import machine

    monkeypatch.setattr(machine, "_contexts", {})  # as in a new process, which has no programs
    for progress in (True, False):
        machine._contexts.clear()
        net = snn.Network(seed=1)
        cells = net.population("cells", 5, snn.LIF())
        source = net.source("source", 5, snn.SpikeArray([[1.0]] * 5))
        net.projection(
            source, cells, snn.AllToAll(), weight=1.0, delay=[1.0, 2.0], name="learns",
            plasticity=snn.PairSTDP(w_max=2.0),
        )  # fmt: skip
        with snn.Simulation(net, backend="opencl", dt=0.5, progress=progress) as sim:
            sim.run(2.0)
            first = capsys.readouterr().err
            sim.set_delays("learns", 1.5 + np.arange(50) % 3)
            sim.run(2.0)
            later = capsys.readouterr().err
        assert ("building kernels" in first) == progress
        assert ("building kernels" in later) == progress

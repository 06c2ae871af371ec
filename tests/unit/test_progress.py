"""Bars of progress that Ctrl-C catches at any place."""

from __future__ import annotations

import gc
import io
import sys
from types import FrameType
from typing import Any

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

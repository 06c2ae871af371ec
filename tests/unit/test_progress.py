"""Bars of progress that Ctrl-C catches at any place."""

from __future__ import annotations

import gc
from typing import Any

import pytest
from tqdm.std import tqdm

from pysnn.run.progress import progress_bar


@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("place", ["_get_free_pos", "status_printer", "refresh"])
def test_a_bar_stopped_while_it_is_made_says_nothing_more(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """tqdm's own closing then fails, in its finaliser, behind the last word of the program."""

    def stopped(*args: Any, **kwargs: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(tqdm, place, stopped)
    with pytest.raises(KeyboardInterrupt), progress_bar(0.0, 10.0, wanted=True):
        pass
    gc.collect()

"""Scores of transcripts by an English sentiment lexicon.

VADER (Hutto & Gilbert 2014, ICWSM, 216): shares of negative, neutral and positive words, and their compound
from -1 to 1, which minds negation and degree, its two signs apart. From the
package vaderSentiment (MIT), where it is installed.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

import pysnn as snn

Float = NDArray[np.float64]

PACKAGE = "vaderSentiment"
NAMES = ("vader neg", "vader neu", "vader pos", "vader below", "vader above")


def resolved(choice: str) -> str:
    """``choice`` of the setting features.lexicon, "auto" made "vader" or "none"; ParameterError where vader
    is asked for and not installed.
    """
    there = importlib.util.find_spec(PACKAGE) is not None
    if choice == "vader" and not there:
        raise snn.ParameterError(
            f"features.lexicon: expected the package {PACKAGE} for vader; pip install vaderSentiment"
        )
    if choice == "auto":
        return "vader" if there else "none"
    return choice


def scores(texts: Sequence[str]) -> Float:
    """float64[n, 5] in [0, 1], in the order of ``NAMES``."""
    resolved("vader")
    module = importlib.import_module(f"{PACKAGE}.{PACKAGE}")
    analyzer = module.SentimentIntensityAnalyzer()
    found = [analyzer.polarity_scores(text) for text in texts]
    rows = [
        (one["neg"], one["neu"], one["pos"], max(0.0, -one["compound"]), max(0.0, one["compound"]))
        for one in found
    ]
    return np.array(rows).reshape(len(texts), len(NAMES))

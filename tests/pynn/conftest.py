"""The PyNN backend is a package of its own, imported from where it lies; without PyNN tests are skipped."""

import contextlib
import importlib
import sys
import warnings
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "integrations" / "pynn"

if str(PACKAGE) not in sys.path:
    sys.path.insert(0, str(PACKAGE))

# Here, as what others warn of at import would be an error where tests are collected.
with warnings.catch_warnings(), contextlib.suppress(ImportError):
    warnings.simplefilter("ignore")
    importlib.import_module("pynn_pysnn")


def pytest_collection_modifyitems(items):
    """PyNN, Neo and quantities warn of what is theirs alone."""
    for item in items:
        if "tests/pynn" in str(item.path):
            item.add_marker(pytest.mark.filterwarnings("ignore"))

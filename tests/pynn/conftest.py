"""The PyNN backend is a package of its own, imported from where it lies; without PyNN tests are skipped."""

import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "integrations" / "pynn"

if str(PACKAGE) not in sys.path:
    sys.path.insert(0, str(PACKAGE))


def pytest_collection_modifyitems(items):
    """PyNN, Neo and quantities warn of what is theirs alone."""
    for item in items:
        if "tests/pynn" in str(item.path):
            item.add_marker(pytest.mark.filterwarnings("ignore"))

"""What other packages deprecate in their own code is theirs to mend."""

import pytest


def pytest_collection_modifyitems(items):
    """Their warnings are no errors of ours."""
    for item in items:
        if "tests/interop" in str(item.path):
            for kind in ("DeprecationWarning", "PendingDeprecationWarning", "FutureWarning"):
                item.add_marker(pytest.mark.filterwarnings(f"ignore::{kind}"))

"""Warnings on stderr, one a line."""

from __future__ import annotations

import sys
from collections.abc import Sequence

SHOWN = 20


def warn(warnings: Sequence[str]) -> None:
    """Print ``warnings``, the first twenty of them."""
    for text in warnings[:SHOWN]:
        print(f"mmsa: warning: {text}", file=sys.stderr)
    if len(warnings) > SHOWN:
        print(f"mmsa: warning: and {len(warnings) - SHOWN} more", file=sys.stderr)

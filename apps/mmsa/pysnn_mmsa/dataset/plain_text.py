"""Text as people type it, made comparable."""

from __future__ import annotations

import unicodedata


def plain(text: str | None) -> str | None:
    """``text`` composed (NFC), one blank for white space, no control characters; None if nothing is left."""
    if text is None:
        return None
    composed = unicodedata.normalize("NFC", text)
    blanks = "".join(" " if c.isspace() else c for c in composed)
    kept = "".join(c for c in blanks if unicodedata.category(c) not in ("Cc", "Cs") and c != "\ufeff")
    return " ".join(kept.split()) or None


def sign(text: str) -> str:
    """A number's text with an ordinary minus and no plus: what is typed for -1 may be a dash."""
    bare = text.strip().replace("\u2212", "-").replace("\u2013", "-")
    return bare[1:] if bare[:1] == "+" else bare

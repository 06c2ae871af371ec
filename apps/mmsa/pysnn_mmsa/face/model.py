"""dlib and its model of 68 landmarks: where they are, and what they may be used for."""

from __future__ import annotations

import functools
import hashlib
import importlib.util
from pathlib import Path
from typing import Any

NAME = "shape_predictor_68_face_landmarks.dat"
LICENCE = (
    "The 68-point model was trained on iBUG 300-W, whose licence excludes commercial use: ask Imperial "
    "College "
    "London before you use it in a product."
)


def library() -> Any:
    """dlib; ImportError with how to get it."""
    try:
        import dlib
    except ImportError as err:
        raise ImportError(f"finding faces needs dlib: pip install 'pysnn-mmsa[media]' ({err})") from err
    return dlib


def find_model() -> Path:
    """The file of the model; ImportError with how to get it."""
    places = [Path("/usr/share/dlib") / NAME]
    # Importing that package fails where setuptools has no pkg_resources.
    found = importlib.util.find_spec("face_recognition_models")
    if found is not None and found.origin:
        places.append(Path(found.origin).parent / "models" / NAME)
    for place in places:
        if place.is_file():
            return place
    raise ImportError(
        "finding landmarks needs dlib's 68-point model: apt install libdlib-data, or pip install "
        f"face_recognition_models (looked for: {', '.join(map(str, places))}). {LICENCE}"
    )


@functools.cache
def checksum() -> str:
    """The first eight digits of the model's SHA-256."""
    with find_model().open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:8]

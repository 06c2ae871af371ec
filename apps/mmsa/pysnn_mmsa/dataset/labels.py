"""What people write as a label, to classes or numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

import pysnn as snn

from .plain_text import plain, sign

Float = NDArray[np.float64]

MISSING = frozenset({"", "nan", "na", "n/a", "#n/a", "null", "none", "-"})
WHOLE = re.compile(r"-?[0-9]{1,15}")
# IMVD's numbers and their names.
SEVEN = {"fear": -4, "disgust": -3, "anger": -2, "sadness": -1, "neutral": 0, "joy": 1, "surprise": 2}


@dataclass(frozen=True)
class Labels:
    """Labels of utterances: fields as ``Corpus`` has them."""

    target: Float
    classes: tuple[str, ...]
    codes: tuple[str, ...]


def mapping(text: str) -> dict[str, str]:
    """``"senang=1,marah=-2"`` as a dictionary, names in lower case; ParameterError for another form."""
    pairs: dict[str, str] = {}
    for part in (piece for piece in text.replace(";", ",").split(",") if piece.strip()):
        name, equals, number = part.rpartition("=")
        key, value = (plain(name) or "").casefold(), sign(number)
        if not equals or not key or not value:
            raise snn.ParameterError(f"data.labels: expected NAME=NUMBER,NAME=NUMBER (got {part.strip()!r})")
        if pairs.setdefault(key, value) != value:
            raise snn.ParameterError(f"data.labels: {key!r} is given twice, as {pairs[key]} and {value}")
    return pairs


def read(
    texts: Sequence[str | None], where: Callable[[int], str], task: str, names: Mapping[str, str]
) -> Labels:
    """Labels from their ``texts``, in one of three forms: names, whole numbers, numbers with a decimal point.

    Names and whole numbers are classes, the others numbers, unless ``task`` ("auto", "classes" or "number")
    says which. ``names`` gives numbers for some names. ParameterError with ``where(k)`` for a label that does
    not go with the others.
    """
    known: dict[int, str] = {}
    for k, text in enumerate(texts):
        cleaned = plain(text)
        if cleaned is not None and cleaned.casefold() not in MISSING:
            known[k] = names.get(cleaned.casefold(), sign(cleaned) if _is_number(sign(cleaned)) else cleaned)
    numbers = {k for k, text in known.items() if _is_number(text)}
    if (known and task == "number") or (numbers and len(numbers) * 2 >= len(known)):
        for k, text in known.items():
            if k not in numbers:
                hint = "; a decimal point, no comma" if "," in text else ""
                raise snn.ParameterError(
                    f"{where(k)}: expected a number, as other labels are{hint} (got {text!r})"
                )
    elif numbers:
        k = min(numbers)
        raise snn.ParameterError(f"{where(k)}: expected a name, as other labels are (got {known[k]!r})")
    for k in sorted(numbers):
        if not math.isfinite(float(known[k])):
            raise snn.ParameterError(f"{where(k)}: expected a finite number (got {known[k]!r})")
    whole = numbers and all(WHOLE.fullmatch(known[k]) for k in numbers)
    if numbers and (task == "number" or (task == "auto" and not whole)):
        return Labels(_spread(len(texts), {k: float(known[k]) for k in known}), (), ())
    if numbers:
        values = {k: float(known[k]) for k in known}
        order = sorted(set(values.values()))
        codes = tuple(f"{value:g}" if value != int(value) else str(int(value)) for value in order)
        place = {value: n for n, value in enumerate(order)}
        return Labels(_spread(len(texts), {k: place[v] for k, v in values.items()}), codes, codes)
    spelt: dict[str, str] = {}
    for text in known.values():
        spelt.setdefault(text.casefold(), text)
    order_names = sorted(spelt)
    spot = {name: n for n, name in enumerate(order_names)}
    said = tuple(spelt[name] for name in order_names)
    return Labels(_spread(len(texts), {k: spot[text.casefold()] for k, text in known.items()}), said, said)


def of_seven(codes: Sequence[int | None]) -> Labels:
    """IMVD's seven emotions by number."""
    place = {code: n for n, code in enumerate(SEVEN.values())}
    values = {k: float(place[code]) for k, code in enumerate(codes) if code is not None}
    return Labels(_spread(len(codes), values), tuple(SEVEN), tuple(map(str, SEVEN.values())))


def _spread(n: int, values: Mapping[int, float]) -> Float:
    target = np.full(n, np.nan)
    for k, value in values.items():
        target[k] = value
    return target


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text

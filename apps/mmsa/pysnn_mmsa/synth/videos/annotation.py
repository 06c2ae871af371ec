"""Annotations as an .eaf file: tiers utterance and emotion."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ...runfolder import replace

NOTE = "SYNTHETIC: no person was recorded"


@dataclass(frozen=True)
class Said:
    """begin, end [s]; label : IMVD's number."""

    begin: float
    end: float
    text: str
    label: int


def write(path: Path, media: str, said: Sequence[Said]) -> None:
    """Write ``said`` of the file ``media`` that lies beside ``path``."""
    root = ElementTree.Element(
        "ANNOTATION_DOCUMENT", AUTHOR=NOTE, DATE="2026-01-01T00:00:00+00:00", FORMAT="3.0", VERSION="3.0"
    )
    header = ElementTree.SubElement(root, "HEADER", MEDIA_FILE="", TIME_UNITS="milliseconds")
    ElementTree.SubElement(
        header,
        "MEDIA_DESCRIPTOR",
        MEDIA_URL=f"file:///{media}",
        MIME_TYPE="video/mp4",
        RELATIVE_MEDIA_URL=f"./{media}",
    )
    order = ElementTree.SubElement(root, "TIME_ORDER")
    for k, at in enumerate(t for one in said for t in (one.begin, one.end)):
        ElementTree.SubElement(order, "TIME_SLOT", TIME_SLOT_ID=f"ts{k}", TIME_VALUE=str(round(1000.0 * at)))
    for number, (tier, texts) in enumerate(
        {"utterance": [one.text for one in said], "emotion": [str(one.label) for one in said]}.items()
    ):
        element = ElementTree.SubElement(root, "TIER", LINGUISTIC_TYPE_REF="default-lt", TIER_ID=tier)
        for k, text in enumerate(texts):
            note = ElementTree.SubElement(
                ElementTree.SubElement(element, "ANNOTATION"),
                "ALIGNABLE_ANNOTATION",
                ANNOTATION_ID=f"a{number * len(texts) + k + 1}",
                TIME_SLOT_REF1=f"ts{2 * k}",
                TIME_SLOT_REF2=f"ts{2 * k + 1}",
            )
            ElementTree.SubElement(note, "ANNOTATION_VALUE").text = text
    ElementTree.SubElement(
        root,
        "LINGUISTIC_TYPE",
        GRAPHIC_REFERENCES="false",
        LINGUISTIC_TYPE_ID="default-lt",
        TIME_ALIGNABLE="true",
    )
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    replace(path, f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n')

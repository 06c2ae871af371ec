"""Documents of ELAN (.eaf) that tests write."""

from __future__ import annotations

TYPES = (
    '<LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="free"/>'
    '<LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="assoc" CONSTRAINTS="Symbolic_Association"/>'
    '<LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="sub" CONSTRAINTS="Symbolic_Subdivision"/>'
    '<LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="time" CONSTRAINTS="Time_Subdivision"/>'
)


def aligned(name: str, first: str, last: str, text: str, more: str = "") -> str:
    slots = f'TIME_SLOT_REF1="{first}" TIME_SLOT_REF2="{last}"'
    return (
        f'<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="{name}" {slots}{more}>'
        f"<ANNOTATION_VALUE>{text}</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>"
    )


def refers(name: str, to: str, text: str, more: str = "") -> str:
    return (
        f'<ANNOTATION><REF_ANNOTATION ANNOTATION_ID="{name}" ANNOTATION_REF="{to}"{more}>'
        f"<ANNOTATION_VALUE>{text}</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION>"
    )


def tier(name: str, content: str, kind: str = "free", parent: str = "", speaker: str = "") -> str:
    more = f' PARENT_REF="{parent}"' if parent else ""
    more += f' PARTICIPANT="{speaker}"' if speaker else ""
    return f'<TIER TIER_ID="{name}" LINGUISTIC_TYPE_REF="{kind}"{more}>{content}</TIER>'


def document(slots: dict[str, int | None], *tiers: str, header: str = "", prolog: str = "") -> str:
    times = "".join(
        f'<TIME_SLOT TIME_SLOT_ID="{name}"' + ("" if at is None else f' TIME_VALUE="{at}"') + "/>"
        for name, at in slots.items()
    )
    head = header or '<HEADER TIME_UNITS="milliseconds"/>'
    body = f"{head}<TIME_ORDER>{times}</TIME_ORDER>{''.join(tiers)}{TYPES}"
    return f'<?xml version="1.0" encoding="UTF-8"?>{prolog}<ANNOTATION_DOCUMENT>{body}</ANNOTATION_DOCUMENT>'


SLOTS: dict[str, int | None] = {"s1": 1000, "s2": 3000, "s3": 4000, "s4": 6000}

"""An .eaf file as tiers of annotations with times."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree.ElementTree import Element
from xml.parsers import expat

import pysnn as snn

from ..dataset.plain_text import plain

SOUNDS = (".wav", ".mp3", ".flac", ".ogg", ".m4a", ".aac", ".opus", ".wma", ".aif", ".aiff")
LATEST = 10**12  # of whatever unit: 30 years of ms
UNITS = {
    "milliseconds": 1e-3,
    "PAL-frames": 1.0 / 25.0,
    "PAL-50-frames": 1.0 / 50.0,
    "NTSC-frames": 1001 / 30000,
}


@dataclass(eq=False)
class Note:
    """An annotation: begin and end in s of the document's own axis, None where nothing tells."""

    id: str
    tier: Tier
    text: str
    begin: float | None = None
    end: float | None = None
    parent: Note | None = None
    previous: str | None = None


@dataclass(eq=False)
class Tier:
    """Annotations of one kind. constraint : as ELAN calls it, "" for a tier of its own."""

    name: str
    parent: str | None
    participant: str
    constraint: str
    notes: list[Note] = field(default_factory=list)

    @property
    def base(self) -> str:
        """The name without the speaker, in lower case: ``utterance`` of ``Utterance@A``."""
        return self.name.split("@")[0].strip().casefold()

    @property
    def speaker(self) -> str:
        """The participant, or what follows the @ of the name; "" where neither is there."""
        return self.participant or (self.name.split("@", 1)[1].strip() if "@" in self.name else "")


@dataclass(frozen=True)
class Media:
    """A media file as the document names it; time of the file = time of the document + origin [s]."""

    urls: tuple[str, ...]
    mime: str
    origin: float

    @property
    def is_audio(self) -> bool:
        """Sound alone?"""
        return self.mime.startswith("audio") or self.urls[-1].lower().endswith(SOUNDS)


@dataclass(frozen=True)
class Document:
    """What a file holds: tiers by name and media; path for messages."""

    path: Path
    tiers: dict[str, Tier]
    media: tuple[Media, ...]

    def names(self) -> str:
        """All tiers with the numbers of their annotations, for messages."""
        return ", ".join(f"{tier.name} ({len(tier.notes)})" for tier in self.tiers.values()) or "none"


def read(path: Path) -> Document:
    """Read an .eaf file.

    Slots without a time are spread between their neighbours in a tier, subdivisions share their parent's span
    in order, references have their parent's span.

    Raises DataFolderError where there is no file, ParameterError, naming file and annotation, where it is no
    such file.
    """
    root = _parsed(path)
    if root.tag != "ANNOTATION_DOCUMENT":
        raise _wrong(path, f"expected an ELAN document (got the XML element <{root.tag[:60]}>)")
    header = root.find("HEADER")
    name = "milliseconds" if header is None else header.get("TIME_UNITS", "milliseconds")
    if name not in UNITS:
        raise _wrong(path, f"TIME_UNITS: expected one of {', '.join(UNITS)} (got {name!r})")
    slots = _slots(path, root, UNITS[name])
    kinds = {e.get("LINGUISTIC_TYPE_ID"): e.get("CONSTRAINTS", "") for e in root.iter("LINGUISTIC_TYPE")}
    words = _vocabulary(root)
    tiers: dict[str, Tier] = {}
    refers: list[tuple[Note, str]] = []
    for element in root.findall("TIER"):
        tier = _tier(path, element, kinds)
        if tier.name in tiers:
            raise _wrong(path, f"the tier {tier.name!r} is there twice")
        tiers[tier.name] = tier
        _aligned(path, element, tier, slots, words)
        for note in element.iter("REF_ANNOTATION"):
            new = Note(
                _id(path, note, tier), tier, _text(note, words), previous=note.get("PREVIOUS_ANNOTATION")
            )
            tier.notes.append(new)
            refers.append((new, note.get("ANNOTATION_REF", "")))
    _join(path, tiers, refers)
    _span(path, [note for note, _ in refers])
    for tier in tiers.values():
        tier.notes.sort(key=lambda n: (n.begin is None, n.begin or 0.0, n.end or 0.0))
    return Document(path, tiers, _media(path, root))


def _wrong(path: Path, what: str) -> snn.ParameterError:
    return snn.ParameterError(f"{path}: {what}")


def _parsed(path: Path) -> Element:
    try:
        raw = path.read_bytes()
    except OSError as err:
        raise snn.DataFolderError(f"{path}: cannot be read: {err.strerror}") from err
    if raw.startswith(b"version https://git-lfs"):
        raise _wrong(path, "is a Git LFS pointer, not the file; `git lfs pull` fetches it")

    def refuse(*_: object) -> None:
        raise _wrong(path, "document type declarations are not read (they may hold entities without end)")

    # A first pass looks for declarations alone, in whatever encoding: entities never get as far as a tree.
    scout = expat.ParserCreate()
    scout.StartDoctypeDeclHandler = refuse
    scout.EntityDeclHandler = refuse
    try:
        scout.Parse(raw, True)
        return ElementTree.fromstring(raw)
    except (expat.ExpatError, ElementTree.ParseError, LookupError, ValueError) as err:
        if isinstance(err, snn.PysnnError):
            raise
        raise _wrong(path, f"expected XML (got {len(raw)} bytes: {err})") from err


def _slots(path: Path, root: Element, unit: float) -> dict[str, float | None]:
    slots: dict[str, float | None] = {}
    for element in root.iter("TIME_SLOT"):
        name, value = element.get("TIME_SLOT_ID", ""), element.get("TIME_VALUE")
        at = None if value is None else _whole(path, value, f"time slot {name}") * unit
        if at is not None and at < 0.0:
            raise _wrong(path, f"time slot {name}: expected >= 0 (got {value})")
        if slots.setdefault(name, at) != at:
            raise _wrong(path, f"time slot {name}: is there twice, at {slots[name]} s and {at} s")
    return slots


def _whole(path: Path, text: str, what: str) -> int:
    try:
        value = int(text)
    except ValueError:
        value = None
    if value is None or abs(value) > LATEST or "_" in text:
        raise _wrong(path, f"{what}: expected a whole number up to {LATEST:g} (got {text[:40]!r})")
    return value


def _vocabulary(root: Element) -> dict[str, str]:
    """What the entries of controlled vocabularies say, by their id."""
    return {
        entry.get("CVE_ID", ""): (entry.findtext("CVE_VALUE") or "")
        for entry in root.iter("CV_ENTRY_ML")
        if entry.get("CVE_ID")
    }


def _tier(path: Path, element: Element, kinds: dict[str | None, str]) -> Tier:
    name = element.get("TIER_ID")
    if not name:
        raise _wrong(path, "a tier has no TIER_ID")
    return Tier(
        name,
        element.get("PARENT_REF"),
        plain(element.get("PARTICIPANT")) or "",
        kinds.get(element.get("LINGUISTIC_TYPE_REF"), ""),
    )


def _id(path: Path, element: Element, tier: Tier) -> str:
    name = element.get("ANNOTATION_ID")
    if not name:
        raise _wrong(path, f"an annotation of tier {tier.name!r} has no ANNOTATION_ID")
    return name


def _text(element: Element, words: dict[str, str]) -> str:
    said = (element.findtext("ANNOTATION_VALUE") or "").strip()
    return said or words.get(element.get("CVE_REF", ""), "")


def _aligned(
    path: Path, element: Element, tier: Tier, slots: dict[str, float | None], words: dict[str, str]
) -> None:
    """The annotations of a tier that have time slots, spread where slots have no time."""
    notes: list[tuple[str, str, Note]] = []
    for note in element.iter("ALIGNABLE_ANNOTATION"):
        new = Note(_id(path, note, tier), tier, _text(note, words))
        first, last = (note.get(f"TIME_SLOT_REF{k}", "") for k in (1, 2))
        for slot in (first, last):
            if slot not in slots:
                raise _wrong(path, f"annotation {new.id} of tier {tier.name!r}: no time slot {slot!r}")
        notes.append((first, last, new))
    times = _spread([(first, last) for first, last, _ in notes], slots)
    for first, last, new in notes:
        new.begin, new.end = times[first], times[last]
        tier.notes.append(new)


def _spread(pairs: Sequence[tuple[str, str]], slots: dict[str, float | None]) -> dict[str, float | None]:
    """Times of slots: those without lie evenly between the ends of the chain of annotations they join."""
    times = dict(slots)
    after = dict(pairs)
    for begin, _ in pairs:
        low = slots[begin]
        if low is None:
            continue
        chain, slot = [begin], after[begin]
        while slots[slot] is None and slot in after and slot not in chain:
            chain.append(slot)
            slot = after[slot]
        high = slots[slot]
        if high is not None:
            for place, name in enumerate(chain[1:], start=1):
                times[name] = low + (high - low) * place / len(chain)
    return times


def _join(path: Path, tiers: dict[str, Tier], refers: Sequence[tuple[Note, str]]) -> None:
    """Give references their parents: of the parent tier first, as ids may be there twice."""
    everywhere: dict[str, Note] = {}
    for tier in tiers.values():
        for note in tier.notes:
            everywhere.setdefault(note.id, note)
    homes = {
        tier.name: {note.id: note for note in reversed(tiers[tier.parent].notes)}
        for tier in tiers.values()
        if tier.parent in tiers
    }
    for note, name in refers:
        note.parent = homes.get(note.tier.name, {}).get(name) or everywhere.get(name)
        if note.parent is None or note.parent is note:
            raise _wrong(
                path, f"annotation {note.id} of tier {note.tier.name!r}: there is no annotation {name!r}"
            )


def _span(path: Path, notes: Sequence[Note]) -> None:
    """Times of references: the parent's, or a share of it in a subdivision."""
    siblings: dict[tuple[str, int], list[Note]] = {}
    for note in notes:
        siblings.setdefault((note.tier.name, id(note.parent)), []).append(note)
    ranks = {key: _ordered(own) for key, own in siblings.items()}
    done: set[int] = set()
    for start in notes:
        chain: list[Note] = []
        at = start
        while at.parent is not None and id(at) not in done:
            if any(at is seen for seen in chain):
                raise _wrong(path, f"annotation {start.id} refers to itself through others")
            chain.append(at)
            at = at.parent
        for one in reversed(chain):
            parent = one.parent
            assert parent is not None
            one.begin, one.end = parent.begin, parent.end
            if (
                one.tier.constraint == "Symbolic_Subdivision"
                and parent.begin is not None
                and parent.end is not None
            ):
                own = ranks[one.tier.name, id(parent)]
                place = next(k for k, other in enumerate(own) if other is one)
                step = (parent.end - parent.begin) / len(own)
                one.begin, one.end = parent.begin + step * place, parent.begin + step * (place + 1)
            done.add(id(one))


def _ordered(own: Sequence[Note]) -> list[Note]:
    """Siblings by PREVIOUS_ANNOTATION; those that no chain reaches last, as they come."""
    after: dict[str | None, list[Note]] = {}
    for note in own:
        after.setdefault(note.previous, []).append(note)
    order: list[Note] = []
    names: list[str | None] = [None]
    while names:
        for note in after.pop(names.pop(0), []):
            order.append(note)
            names.append(note.id)
    return order + [note for note in own if not any(note is other for other in order)]


def _media(path: Path, root: Element) -> tuple[Media, ...]:
    found = []
    for element in root.iter("MEDIA_DESCRIPTOR"):
        urls = tuple(
            url for key in ("RELATIVE_MEDIA_URL", "MEDIA_URL") if (url := (element.get(key) or "").strip())
        )
        origin = _whole(path, element.get("TIME_ORIGIN") or "0", "TIME_ORIGIN") * 1e-3
        if urls:
            found.append(Media(urls, element.get("MIME_TYPE") or "", origin))
    return tuple(found)

"""From tiers to utterances: which tier says what, and which label belongs to which utterance."""

from __future__ import annotations

import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pysnn as snn

from ..dataset.labels import MISSING, SEVEN, mapping
from ..dataset.plain_text import plain, sign
from ..settings import DataConfig
from . import media
from .document import Document, Media, Note, Tier, read

TEXT = ("utterance", "utterances", "text", "transcript", "transcription", "sentence", "tuturan", "ujaran")
LABEL = ("emotion", "label", "sentiment", "emosi", "sentimen")
LONGEST_WORD = 60.0  # s
WORDS = ("word", "words", "kata", "token", "tokens")


@dataclass(frozen=True)
class Utterance:
    """begin, end [s of the video]; label : as a number's or a class's name, None where there is none.

    id : of its annotation. words : (begin, end, word) where a tier of words is there.
    """

    id: str
    begin: float
    end: float
    speaker: str
    text: str | None
    label: str | None
    words: tuple[tuple[float, float, str], ...]


@dataclass(frozen=True)
class Annotated:
    """What an .eaf says.

    video, audio : files, None where they are not there or, for ``audio``, where the video has it.
    audio_offset : s; time of the audio file = time of the video + offset.
    """

    path: Path
    utterances: tuple[Utterance, ...]
    video: Path | None
    audio: Path | None
    audio_offset: float
    warnings: tuple[str, ...]
    document: Document


def utterances(path: Path, options: DataConfig) -> Annotated:
    """Read ``path`` with its tiers by name (``TEXT``, ``LABEL``, each also NAME@SPEAKER) or by setting.

    A label belongs to the utterance that it refers to, through whatever chain, else to the one it overlaps by
    more than half of the shorter. ParameterError names file and annotation of what is wrong.
    """
    document = read(path)
    tiers = _chosen(document, options.text_tier, TEXT, "data.text_tier")
    if not tiers:
        raise snn.ParameterError(
            f"{path}: expected a tier of utterances, {', '.join(TEXT)} (there are: {document.names()}); "
            "data.text_tier names it"
        )
    labels = [
        tier for tier in _chosen(document, options.label_tier, LABEL, "data.label_tier") if tier not in tiers
    ]
    warnings: list[str] = []
    if not labels:
        warnings.append(
            f"{path}: no tier of labels (there are: {document.names()}); data.label_tier names it"
        )
    video, audio, offset, origin = _files(document, warnings)
    said = _Labels(path, labels, tiers, options, warnings)
    names = {tier.name for tier in tiers}
    words = _Words(
        [
            tier
            for tier in document.tiers.values()
            if tier not in tiers
            and (tier.base in WORDS or (tier.parent in names and tier.constraint.endswith("_Subdivision")))
        ]
    )
    found = []
    for tier in tiers:
        for note in tier.notes:
            times = _times(path, note, warnings)
            if times is None:
                continue
            begin, end = times[0] + origin, times[1] + origin
            if end <= 0.0:
                warnings.append(f"{path}: annotation {note.id} ends before the video begins: left out")
                continue
            found.append(
                Utterance(
                    note.id,
                    max(begin, 0.0),
                    end,
                    tier.speaker,
                    plain(note.text),
                    said.of(note),
                    words.of(note, origin),
                )
            )
    said.unused()
    found.sort(key=lambda u: (u.begin, u.end))
    if not found:
        warnings.append(f"{path}: no utterance")
    warnings += _at_once(path, found, [tier.name for tier in tiers])
    return Annotated(path, tuple(found), video, audio, offset, tuple(warnings), document)


def _at_once(path: Path, found: Sequence[Utterance], tiers: Sequence[str]) -> list[str]:
    """A warning where one speaker says two things at once, as where a translation is taken for speech.

    found : in the order of their begin.
    """
    last: dict[str, Utterance] = {}
    over = []
    for utterance in found:
        before = last.get(utterance.speaker)
        if before is not None and _overlap(before, utterance) > 0.0:
            over.append(utterance)
        if before is None or utterance.end > before.end:
            last[utterance.speaker] = utterance
    if not over:
        return []
    count = "1 utterance lies" if len(over) == 1 else f"{len(over)} utterances lie"
    first = f"the first is {over[0].id} at {over[0].begin:g} s"
    hint = f"; data.text_tier names one of the tiers {', '.join(tiers)}" if len(tiers) > 1 else ""
    return [f"{path}: {count} over another of the same speaker ({first}){hint}"]


def _chosen(document: Document, wanted: str, known: Sequence[str], setting: str) -> list[Tier]:
    """The tiers that a setting names, or those of a known name."""
    if not wanted:
        return [tier for tier in document.tiers.values() if tier.base in known]
    name = wanted.strip().casefold()
    found = [t for t in document.tiers.values() if name in (t.name.strip().casefold(), t.base)]
    if not found:
        raise snn.ParameterError(
            f"{document.path}: {setting}: there is no tier {wanted!r} (there are: {document.names()})"
        )
    return found


def _times(path: Path, note: Note, warnings: list[str]) -> tuple[float, float] | None:
    owner = f"{path}: annotation {note.id} ({note.text[:40]!r}) of tier {note.tier.name!r}"
    if note.begin is None or note.end is None:
        raise snn.ParameterError(f"{owner}: expected a time (its slots have none, nor do their neighbours)")
    if note.end < note.begin:
        raise snn.ParameterError(
            f"{owner}: expected its end after its begin {note.begin:g} s (got {note.end:g} s)"
        )
    if note.end == note.begin:
        warnings.append(f"{owner}: no duration: left out")
        return None
    return note.begin, note.end


def _files(document: Document, warnings: list[str]) -> tuple[Path | None, Path | None, float, float]:
    """Video, separate audio, its offset to the video, and the video's origin."""
    folder = document.path.parent
    films = [m for m in document.media if not m.is_audio]
    sounds = [m for m in document.media if m.is_audio]

    def found(media_file: Media) -> Path | None:
        path = media.find(folder, media_file)
        if path is None:
            warnings.append(f"{document.path}: the media {media.name_of(media_file.urls[0])!r} is not there")
        return path

    if not document.media:
        alone = media.beside(document.path)
        return alone, None, 0.0, 0.0

    def chosen(several: Sequence[Media], kind: str) -> Media:
        """Of several the first that is there."""
        one = next((m for m in several if media.find(folder, m) is not None), several[0])
        if len(several) > 1:
            names = ", ".join(media.name_of(m.urls[0]) for m in several)
            warnings.append(
                f"{document.path}: {len(several)} {kind} ({names}): {media.name_of(one.urls[0])} is read"
            )
        return one

    first = chosen(films, "videos") if films else chosen(sounds, "sounds")
    video, audio, offset = found(first), None, 0.0
    if films and sounds:
        heard = chosen(sounds, "sounds")
        audio, offset = found(heard), heard.origin - first.origin
    return video, audio, offset, first.origin


def _ancestors(note: Note) -> list[Note]:
    chain: list[Note] = []
    parent = note.parent
    while parent is not None:
        chain.append(parent)
        parent = parent.parent
    return chain


def _related(a: Note, b: Note) -> bool:
    """Does one refer to the other, through whatever chain, or do both refer to the same one directly?"""
    if any(a is c for c in _ancestors(b)) or any(b is c for c in _ancestors(a)):
        return True
    return a.parent is not None and a.parent is b.parent


def _overlap(a: Note | Utterance, b: Note | Utterance) -> float:
    """s that both share, if that is more than half of the shorter, else 0."""
    if a.begin is None or a.end is None or b.begin is None or b.end is None:
        return 0.0
    shared = min(a.end, b.end) - max(a.begin, b.begin)
    shorter = min(a.end - a.begin, b.end - b.begin)
    return shared if shorter > 0.0 and shared > 0.5 * shorter else 0.0


class _Labels:
    """Which label belongs to which utterance, and what it says."""

    def __init__(
        self,
        path: Path,
        tiers: Sequence[Tier],
        texts: Sequence[Tier],
        options: DataConfig,
        warnings: list[str],
    ) -> None:
        self._path = path
        self._tiers = tiers
        self._names: Mapping[str, str] = mapping(options.labels)
        self._seven = options.task == "auto"
        self._warnings = warnings
        self._used: set[int] = set()
        # Where label tiers name other people than text tiers do, they name who annotated.
        speakers = {tier.speaker for tier in texts}
        self._by_speaker = any(tier.speaker in speakers for tier in tiers if tier.speaker)

    def of(self, note: Note) -> str | None:
        """The label of an utterance, None where there is none."""
        own = [
            label
            for tier in self._tiers
            if not self._by_speaker or tier.speaker in ("", note.tier.speaker)
            for label in tier.notes
        ]
        # Sorted by their share of time, so that the longest one counts.
        mine = [label for label in own if label.tier.parent is not None and _related(note, label)]
        if not mine:
            mine = [label for label in own if _overlap(note, label) > 0.0]
        self._used |= {id(label) for label in mine}
        said = [label for label in mine if (plain(label.text) or "").casefold() not in MISSING]
        if not said:
            return None
        said.sort(key=lambda label: -_overlap(note, label))
        if len({plain(label.text) for label in said}) > 1:
            texts = ", ".join(repr(label.text) for label in said)
            self._warnings.append(
                f"{self._path}: annotation {note.id} of tier {note.tier.name!r} has {len(said)} labels "
                f"({texts}): the longest counts"
            )
        return self._read(said[0])

    def unused(self) -> None:
        """Warn of labels that belong to no utterance."""
        for tier in self._tiers:
            for label in tier.notes:
                if id(label) not in self._used and plain(label.text):
                    at = "" if label.begin is None else f" at {label.begin:g} s"
                    self._warnings.append(
                        f"{self._path}: the label {label.text!r}{at} ({label.id} of tier {tier.name!r}) "
                        "belongs to no utterance"
                    )

    def _read(self, label: Note) -> str:
        text = plain(label.text) or ""
        if text.casefold() in self._names:
            return self._names[text.casefold()]
        if not self._seven:
            return text
        if text.casefold() in SEVEN:
            return str(SEVEN[text.casefold()])
        try:
            value = float(sign(text))
        except ValueError:
            value = float("nan")
        if value in SEVEN.values():
            return str(int(value))
        found = sorted({plain(n.text) or "" for tier in self._tiers for n in tier.notes} - {""})
        at = "" if label.begin is None else f" at {label.begin:g} s"
        names = ", ".join(f"{code} {name}" for name, code in SEVEN.items())
        raise snn.ParameterError(
            f"{self._path}: label {label.text!r} ({label.id} of tier {label.tier.name!r}{at}): expected "
            f"one of {names} (labels found: {', '.join(found[:20])}); data.labels maps names to numbers, and "
            "data.task = classes takes them as they are"
        )


class _Words:
    """The words within an utterance: its children, or its speaker's that lie in it by more than half."""

    def __init__(self, tiers: Sequence[Tier]) -> None:
        self._tiers = tiers
        self._children: dict[tuple[str, int], list[Note]] = {}
        self._free: dict[str, list[Note]] = {}
        for tier in tiers:
            for word in tier.notes:
                for parent in _ancestors(word):
                    self._children.setdefault((tier.name, id(parent)), []).append(word)
            free = [w for w in tier.notes if w.parent is None and w.begin is not None]
            self._free[tier.name] = sorted(free, key=lambda w: w.begin or 0.0)

    def of(self, note: Note, origin: float) -> tuple[tuple[float, float, str], ...]:
        """(begin, end, word) in s of the video, of the first tier that has any."""
        for tier in self._tiers:
            if tier.speaker not in ("", note.tier.speaker):
                continue
            free = self._free[tier.name]
            # No word that begins after the utterance ends can lie in it.
            last = bisect.bisect_left(free, note.end or 0.0, key=lambda w: w.begin or 0.0)
            first = bisect.bisect_left(free, (note.begin or 0.0) - LONGEST_WORD, key=lambda w: w.begin or 0.0)
            mine = self._children.get((tier.name, id(note)), [])
            mine = mine + [word for word in free[first:last] if _overlap(note, word) > 0.0]
            found = [
                (word.begin + origin, word.end + origin, text)
                for word in mine
                if word.begin is not None
                and word.end is not None
                and word.end > word.begin
                and (text := plain(word.text)) is not None
            ]
            if found:
                return tuple(sorted(found))
        return ()

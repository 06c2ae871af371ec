"""Where the media of an .eaf lie: the paths in it are often those of another computer."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from .document import Media

SUFFIXES = (".mp4", ".mkv", ".mov", ".avi", ".webm", ".mpg", ".mpeg", ".ts", ".m4v", ".flv", ".wmv", ".3gp",
            ".wav", ".mp3", ".flac", ".ogg", ".m4a")  # fmt: skip


def find(folder: Path, media: Media) -> Path | None:
    """The file of ``media`` for an .eaf in ``folder``: as named, then by name beside, then by stem."""
    for url in media.urls:
        for path in _spelt(folder, url):
            if _is_file(path):
                return path
    beside = sorted(path for path in folder.iterdir() if path.is_file())
    names = [name_of(url).casefold() for url in media.urls]
    for path in beside:
        if path.name.casefold() in names:
            return path
    stems = [PurePosixPath(name).stem for name in names]
    for path in beside:
        if path.suffix.lower() in SUFFIXES and path.stem.casefold() in stems:
            return path
    return None


def beside(eaf: Path) -> Path | None:
    """A media file of the same stem as the .eaf, for one that names none."""
    for suffix in SUFFIXES:
        for path in sorted(eaf.parent.glob(f"{_escaped(eaf.stem)}.*")):
            if path.suffix.lower() == suffix:
                return path
    return None


def name_of(url: str) -> str:
    """The file's name at the end of a URL or path, of whatever system."""
    return unquote(_path_of(url)).replace("\\", "/").rsplit("/", 1)[-1]


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name that no file can have
        return False


def _spelt(folder: Path, url: str) -> list[Path]:
    path = _path_of(url)
    return [folder / unquote(path), folder / path]


def _path_of(url: str) -> str:
    """What follows the host of a URL: in names of files ``#``, ``?`` and ``;`` are letters like others."""
    _, scheme, rest = url.partition("://")
    return rest[rest.find("/") :] if scheme and "/" in rest else url


def _escaped(text: str) -> str:
    return "".join(f"[{c}]" if c in "*?[" else c for c in text)

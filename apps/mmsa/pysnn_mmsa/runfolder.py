"""The folder of a run, which loses nothing: written beside, renamed when whole.

A run works in a hidden folder next to the one asked for. When it is whole it takes that name; an earlier run
of the same name makes room, which its own files do (``run.json`` lists them with their checksums), while
whatever else lies there stays. A stopped run leaves what was there as it was. A folder that is a mount point
cannot be renamed: there the hidden folder lies inside, and its files take their names one by one, run.json
last.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import time
from pathlib import Path
from types import TracebackType

import pysnn as snn

from .beside import whole
from .undisturbed import undisturbed

MARK = "run.json"
FORMAT = "mmsa run"


class RunFolder:
    """``with RunFolder(out) as run:`` write into ``run.draft``, then ``run.finish()``.

    Parameters
    ----------
    out : folder to end as; None for runs/DATE-TIME, a name that no other run has.

    Raises ParameterError where the folder cannot be made, or holds files that are no run's.
    """

    def __init__(self, out: Path | None) -> None:
        wanted = Path("runs") / time.strftime("%Y%m%d-%H%M%S") if out is None else out
        # "." has no name to write beside.
        self.folder = wanted if wanted.name else wanted.absolute()
        self._named = out is not None
        self._before = _mark_text(self.folder)
        try:
            self._inside = self.folder.is_dir() and os.path.ismount(self.folder)
            if self.folder.is_dir() and _content(self.folder) and self._before is None:
                if self._named:
                    raise snn.ParameterError(
                        f"--out {self.folder}: expected a new or empty folder, or one of an earlier run; it "
                        f"holds {', '.join(_content(self.folder)[:3])} and no {MARK}"
                    )
            elif self.folder.exists() and not self.folder.is_dir():
                raise snn.ParameterError(f"--out {self.folder}: expected a folder (got a file)")
            parent = self.folder.absolute() if self._inside else self.folder.absolute().parent
            self._made = [path for path in (parent, *parent.parents) if not path.exists()]
            try:
                with undisturbed():
                    parent.mkdir(parents=True, exist_ok=True)
                    self.draft = Path(
                        tempfile.mkdtemp(prefix=f".{self.folder.name}.", suffix=".part", dir=parent)
                    )
                    self.draft.chmod(0o777 & ~_umask())
            except KeyboardInterrupt:
                if "draft" in vars(self):  # which nobody will have to take it away
                    self.__exit__(None, None, None)
                raise
        except OSError as err:
            raise snn.ParameterError(f"--out {self.folder}: cannot make the folder: {err.strerror}") from err

    def __enter__(self) -> RunFolder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the draft away if the run did not finish, and the folders made for it."""
        try:
            self._take_away()
        except KeyboardInterrupt:
            self._take_away()
            raise

    def _take_away(self) -> None:
        shutil.rmtree(self.draft, ignore_errors=True)
        for path in self._made:
            try:
                path.rmdir()
            except OSError:  # not empty: somebody's
                break

    def finish(self) -> Path:
        """Give the draft its name; the folder it ended in."""
        mark(self.draft)
        target = self.folder.absolute()
        if self._inside:
            return self._finish_inside(target)
        if _mark_text(target) != self._before or not self._named:
            # Another run ended here meanwhile, or the name is ours to choose: none of the two is lost.
            self.folder = _take_free_name(self.draft, self.folder)
            return self.folder
        if self._before is None:
            self.folder = _take_free_name(self.draft, self.folder)
            return self.folder
        with undisturbed():
            old = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".old", dir=target.parent))
            os.rename(target, old)
            os.rename(self.draft, target)
            left = _make_room(old, target)
            kept = _take_free_name(old, target.with_name(f"{target.name}-kept")) if left else None
        if left:
            raise snn.ParameterError(
                f"{self.folder} is written; {', '.join(left)} of the earlier run had been changed since: "
                f"kept in {kept}"
            )
        return self.folder

    def _finish_inside(self, target: Path) -> Path:
        """Move the draft's files into the mount point that they lie in."""
        left: list[str] = []
        with undisturbed():
            old = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".old", dir=target))
            if self._before is not None:
                for name in [*json.loads(self._before)["files"], MARK]:
                    if os.path.lexists(target / name):
                        os.rename(target / name, old / name)
            for path in sorted(self.draft.iterdir(), key=lambda path: (path.name == MARK, path.name)):
                if os.path.lexists(target / path.name):  # somebody's, come meanwhile
                    os.rename(target / path.name, old / path.name)
                os.rename(path, target / path.name)
            if self._before is not None:
                left = _make_room(old, target)
            elif not any(old.iterdir()):
                old.rmdir()
            else:
                left = sorted(path.name for path in old.iterdir())
            kept = _take_free_name(old, target / "kept") if left else None
        if left:
            raise snn.ParameterError(
                f"{self.folder} is written; {', '.join(left)} of the earlier run had been changed "
                f"since: kept in {kept}"
            )
        return self.folder


def mark(folder: Path) -> None:
    """List the files of a run with their checksums, so that it can make room one day."""
    files = {p.name: _digest(p) for p in sorted(folder.iterdir()) if p.is_file() and p.name != MARK}
    replace(folder / MARK, json.dumps({"format": FORMAT, "pysnn": snn.__version__, "files": files}, indent=1))


def is_run(folder: Path) -> bool:
    """Did ``mmsa train`` write ``folder``?"""
    return _mark_text(folder) is not None


def replace(path: Path, text: str) -> None:
    """Write a file that is either the old one or the whole new one."""
    try:
        with whole(path) as draft:
            draft.write_text(text, encoding="utf-8", newline="\n")
    except OSError as err:
        raise snn.ParameterError(f"{path}: cannot be written: {err.strerror}") from err


def _content(folder: Path) -> list[str]:
    """Names of what lies in a folder, but for what a file system puts into its root."""
    return sorted(path.name for path in folder.iterdir() if path.name != "lost+found")


def _mark_text(folder: Path) -> str | None:
    """The mark of a run, None where there is none."""
    try:
        text = (folder / MARK).read_text(encoding="utf-8")
        content = json.loads(text)
    except (OSError, ValueError):
        return None
    return text if isinstance(content, dict) and content.get("format") == FORMAT else None


def _make_room(old: Path, new: Path) -> list[str]:
    """Delete the files that the run in ``old`` made, move others to ``new``; names that stay in ``old``."""
    files = json.loads((old / MARK).read_text(encoding="utf-8"))["files"]
    for path in sorted(old.iterdir()):
        own = path.name == MARK or (path.is_file() and files.get(path.name) == _digest(path))
        if own and not path.is_symlink():
            path.unlink()
        elif not os.path.lexists(new / path.name):
            os.rename(path, new / path.name)
    left = sorted(path.name for path in old.iterdir())
    if not left:
        old.rmdir()
    return left


def _take_free_name(draft: Path, wanted: Path) -> Path:
    """Rename ``draft`` to ``wanted``, or to wanted-2, -3 ... where something has that name."""
    number, name = 2, wanted
    while True:
        try:
            # Onto an empty folder this succeeds, onto any other thing it fails: nobody can come between.
            os.rename(draft, name)
            return name
        except OSError as err:
            if not os.path.lexists(name):
                raise snn.ParameterError(f"{name}: cannot be made: {err.strerror}") from err
            name, number = wanted.with_name(f"{wanted.name}-{number}"), number + 1


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask

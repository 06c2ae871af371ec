"""Every error pysnn raises on purpose, and the sentence each carries.

A message names the object and its parameter, what was expected, what was got, and, where a name
was misspelt, the nearest valid one.
"""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterable


class PysnnError(Exception):
    """Base class of all errors raised by pysnn."""


class ParameterError(PysnnError, ValueError):
    """A value is out of its range, of the wrong type, shape or dimension."""


class EquationError(ParameterError):
    """A model's equations are not valid; the message shows the place in their text."""


class OffGridError(ParameterError):
    """A time or delay is no multiple of dt on a fixed-step engine."""


class OutOfRangeError(ParameterError, IndexError):
    """An index lies outside its population."""


class UnknownNameError(PysnnError, ValueError):
    """A name does not exist; the message gives the nearest one that does."""


class UnknownParameterError(UnknownNameError, TypeError):
    """A keyword argument that the class does not take."""


class BackendUnsupported(PysnnError, NotImplementedError):
    """The chosen backend cannot run a part of the description; the message names the part."""


class ClosedError(PysnnError, RuntimeError):
    """A simulation was used after it had been closed."""


class RunningError(PysnnError, RuntimeError):
    """A simulation was used from one thread, or by a signal handler, while another thread runs it."""


class BrokenError(PysnnError, RuntimeError):
    """A simulation was used after an error in a run; what it recorded before stays readable."""


class ThreadsError(PysnnError, RuntimeError):
    """The system does not give as many threads as were asked for."""


class RankError(PysnnError, RuntimeError):
    """Another process of those that share a simulation has failed; the message says which and why."""


class ReadOnlyError(PysnnError, dataclasses.FrozenInstanceError):
    """An attribute was assigned that nothing would heed; the message names the way."""


class PicklingError(PysnnError, TypeError):
    """What belongs to a simulation cannot be pickled or copied; the message names the way."""


class SpecError(PysnnError, ValueError):
    """A network description in a file is foreign, truncated or of another schema version."""


class LogError(PysnnError, OSError):
    """A spike log cannot be written or read."""


class CheckpointError(PysnnError, OSError):
    """A simulation cannot be saved or resumed: the file is foreign, torn, damaged or of a newer version."""


class DataFolderError(PysnnError, FileNotFoundError):
    """A data set is not where it was looked for."""


def nearest(name: str, valid: Iterable[str]) -> str:
    """Return ``"; did you mean 'x'?"`` plus the valid names, for the end of a message."""
    names = sorted(valid)
    close = difflib.get_close_matches(str(name), names, n=1, cutoff=0.5)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    return f"{hint} (valid: {', '.join(names) if names else 'none'})"


def unknown(owner: str, kind: str, name: str, valid: Iterable[str]) -> UnknownNameError:
    """Build the error for a name that ``owner`` does not have."""
    return UnknownNameError(f"{owner}: unknown {kind} {name!r}{nearest(name, valid)}")

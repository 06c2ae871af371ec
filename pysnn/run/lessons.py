"""What is wanted of readout neurons, and when it is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..base.params import ParamInfo, as_numpy, check_array, magnitude, shown
from ..errors import OutOfRangeError, ParameterError, unknown

Float = NDArray[np.float64]
UNTOLD = -1  # in place of a label


class Lesson:
    """What is wanted in each trial of ``run_trials(teach=...)``, and at which moments it is told.

    Parameters
    ----------
    wanted : labels (whole numbers; -1 where nothing is told) of shape (trials,) or (trials, moments) for the
        losses "softmax" and "reward"; values of shape (trials, n) or (trials, moments, n) for "squared"
        and, as distributions, "softmax", with n readout neurons (of one neuron the last axis may be left
        out; nan where nothing is told).
    moments : ms, ascending, > 0 and not after a trial's end; by default its end.
    gain : finite, what errors are multiplied by, in all trials or one value a trial: a learning rate that
        follows a schedule.
    """

    def __init__(self, wanted: ArrayLike, moments: ArrayLike | None = None, gain: ArrayLike = 1.0) -> None:
        self.gain = check_array(np.atleast_1d(as_numpy(gain, "Lesson: gain")), ParamInfo(), "Lesson: gain")
        self.wanted = as_numpy(wanted, "Lesson: wanted")
        self.moments: Float | None = None
        if moments is not None:
            at = check_array(
                magnitude(moments, "ms", "Lesson: moments"),
                ParamInfo(unit="ms", above=0.0),
                "Lesson: moments",
            )
            if at.ndim != 1 or len(at) == 0 or np.any(np.diff(at) <= 0.0):
                raise ParameterError(f"Lesson: moments: expected times that ascend (got {shown(moments)})")
            self.moments = at

    def __repr__(self) -> str:
        when = "at the end" if self.moments is None else f"at {len(self.moments)} moments"
        return f"<Lesson of {len(np.atleast_1d(self.wanted))} trials, told {when}>"


@dataclass(frozen=True)
class Told:
    """The same for one error of a network, as the engine takes it."""

    number: int  # of the error
    moments: list[float]
    wanted: Float  # [trials, moments or 1, width]
    gains: Float  # [trials]

    @property
    def trials(self) -> int:
        """How many there are."""
        return len(self.wanted)

    @staticmethod
    def of(number: int, n: int, loss: str, what: Any, duration: float, owner: str) -> Told:
        """What is wanted of ``n`` readout neurons under ``loss``, checked."""
        lesson = what if isinstance(what, Lesson) else Lesson(what)
        moments = [duration] if lesson.moments is None else lesson.moments.tolist()
        if moments[-1] > duration:
            raise OutOfRangeError(
                f"{owner}: a moment at {moments[-1]:.15g} ms, after the trial's end at {duration:.15g} ms"
            )
        wanted = wanted_of(lesson.wanted, n, loss, owner, 2 if lesson.moments is None else 3)
        if wanted.shape[1] not in (1, len(moments)):
            raise ParameterError(
                f"{owner}: expected what is wanted at each of {len(moments)} moments (got {wanted.shape[1]})"
            )
        if len(lesson.gain) not in (1, len(wanted)):
            raise ParameterError(
                f"{owner}: gain: expected one number, or one for each of {len(wanted)} trials "
                f"(got {len(lesson.gain)})"
            )
        return Told(number, moments, wanted, np.broadcast_to(lesson.gain, len(wanted)).copy())


def wanted_of(values: Any, n: int, loss: str, owner: str, most: int = 3) -> Float:
    """As [trials, moments or 1, width], of at most so many dimensions as given."""
    given = np.asarray(values)
    if given.dtype.kind in "iu" and loss != "squared":
        return _labels(given, n, owner, most)
    if loss == "reward":
        raise ParameterError(f"{owner}: expected labels, whole numbers below {n} (got {shown(values)})")
    plain = _floats(given, owner)
    if n == 1 and plain.ndim < 3 and (plain.ndim < 2 or plain.shape[-1] != 1):
        plain = plain[..., np.newaxis]
    if plain.ndim == 2:
        plain = plain[:, np.newaxis, :]
    if plain.ndim != 3 or plain.shape[-1] != n or len(plain) == 0:
        hint = " (labels are whole numbers)" if loss == "softmax" and given.ndim == 1 else ""
        raise ParameterError(
            f"{owner}: expected values of shape (trials, {n}) or (trials, moments, {n}), one a readout "
            f"neuron{hint} (got shape {given.shape})"
        )
    return np.ascontiguousarray(plain)


def _floats(values: NDArray[Any], owner: str) -> Float:
    try:
        numbers = values.astype(np.float64)
    except (TypeError, ValueError) as err:
        raise ParameterError(f"{owner}: expected numbers (got {shown(values)})") from err
    if np.isinf(numbers).any():
        raise ParameterError(f"{owner}: expected finite numbers, or nan (got {shown(values)})")
    return numbers


def _labels(given: NDArray[Any], n: int, owner: str, most: int) -> Float:
    if given.ndim not in range(1, most) or given.size == 0:
        raise ParameterError(
            f"{owner}: expected labels of shape (trials,){' or (trials, moments)' if most > 2 else ''} "
            f"(got shape {given.shape})"
        )
    if given.min() < UNTOLD or given.max() >= n:
        worst = given.min() if given.min() < UNTOLD else given.max()
        raise OutOfRangeError(
            f"{owner}: expected labels 0 to {n - 1}, of {n} readout neurons, or -1 (got {worst})"
        )
    wanted = given.astype(np.float64)
    wanted[given == UNTOLD] = np.nan
    return np.ascontiguousarray(wanted.reshape(len(given), -1, 1))


def lessons_of(
    teach: Any, errors: Mapping[str, tuple[int, int, str]], duration: float, owner: str
) -> list[Told]:
    """By error or its name; ``errors`` has the number, readout neurons and loss of each."""
    if teach is None:
        return []
    if not isinstance(teach, Mapping):
        raise ParameterError(f"{owner}: expected a dict by error (got {shown(teach)})")
    lessons: list[Told] = []
    for error, what in teach.items():
        name = error if isinstance(error, str) else getattr(error, "name", None)
        if not isinstance(name, str):
            raise ParameterError(f"{owner}: expected errors or names (got {shown(error)})")
        if name not in errors:
            raise unknown(owner, "error of readout neurons", name, errors)
        number, n, loss = errors[name]
        if any(told.number == number for told in lessons):
            raise ParameterError(f"{owner}: {name!r} is there twice")
        lessons.append(Told.of(number, n, loss, what, duration, f"{owner}: {name!r}"))
    return lessons

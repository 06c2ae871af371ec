"""Frozen, validated parameter classes: the base of every neuron, rule, source and encoder.

A parameter is declared once, with its default, unit and range::

    class LIF(Parameters):
        tau_m: float = param(20.0, unit="ms", above=0.0)

and is checked where the user wrote it. A quantity of a units library (an object with ``.to(unit)``
and ``.magnitude``, such as pint's) is accepted, checked for its dimension and converted once.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import math
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, dataclass_transform

import numpy as np

from .errors import ParameterError, UnknownParameterError, nearest

_T = TypeVar("_T")
_META = "pysnn"


@dataclasses.dataclass(frozen=True)
class ParamInfo:
    """Unit and range of one parameter: ``above < value < below``, ``low <= value <= high``."""

    unit: str = ""
    above: float = -math.inf
    below: float = math.inf
    low: float = -math.inf
    high: float = math.inf
    infinite: bool = False
    array: bool = False
    choices: tuple[str, ...] = ()

    def range_text(self) -> str:
        """The allowed range in words, for messages and tables."""
        if self.choices:
            return "one of " + ", ".join(map(repr, self.choices))
        parts = []
        if self.above > -math.inf:
            parts.append(f"> {self.above:g}")
        if self.low > -math.inf:
            parts.append(f">= {self.low:g}")
        if self.below < math.inf:
            parts.append(f"< {self.below:g}")
        if self.high < math.inf:
            parts.append(f"<= {self.high:g}")
        text = " and ".join(parts) or ("a number" if self.infinite else "a finite number")
        return f"{text} {self.unit}".strip()


def param(
    default: Any = dataclasses.MISSING,
    *,
    unit: str = "",
    above: float = -math.inf,
    below: float = math.inf,
    low: float = -math.inf,
    high: float = math.inf,
    infinite: bool = False,
    array: bool = False,
    choices: tuple[str, ...] = (),
) -> Any:
    """Declare a parameter with its default, unit and range; ``array`` also admits a 1-D array."""
    info = ParamInfo(unit, above, below, low, high, infinite, array, choices)
    return dataclasses.field(default=default, metadata={_META: info})


def magnitude(value: Any, unit: str, owner: str) -> Any:
    """Strip a units-library quantity down to its plain value in ``unit`` (others pass as is)."""
    if not (hasattr(value, "to") and hasattr(value, "magnitude")):
        return value
    try:
        return value.to(unit or "dimensionless").magnitude
    except Exception as err:  # the units library's own error type is not known here
        raise ParameterError(f"{owner}: expected a quantity in {unit or 'no unit'} (got {value!r})") from err


def check_number(value: Any, info: ParamInfo, owner: str) -> float:
    """Return ``value`` as a float inside its range, or raise ParameterError naming ``owner``."""
    value = magnitude(value, info.unit, owner)
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value.item()
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise ParameterError(f"{owner}: expected {info.range_text()} (got {value!r})")
    number = float(value)
    if math.isnan(number) or (math.isinf(number) and not info.infinite) or not (
        info.above < number < info.below or (math.isinf(number) and info.infinite)
    ) or not (info.low <= number <= info.high):
        raise ParameterError(f"{owner}: must be {info.range_text()} (got {value!r})")
    return number


def check_array(value: Any, info: ParamInfo, owner: str) -> np.ndarray:
    """Return ``value`` as a read-only 1-D float64 array whose every entry is inside the range."""
    value = magnitude(value, info.unit, owner)
    try:
        array = np.array(value, dtype=np.float64)
    except (TypeError, ValueError) as err:
        raise ParameterError(f"{owner}: expected an array of numbers (got {value!r})") from err
    if array.ndim != 1:
        raise ParameterError(f"{owner}: expected a 1-D array (got shape {array.shape})")
    finite = np.ones(array.shape, bool) if info.infinite else np.isfinite(array)
    good = finite & (array > info.above) & (array < info.below) & (array >= info.low) & (array <= info.high)
    if not good.all():
        at = int(np.flatnonzero(~good)[0])
        raise ParameterError(f"{owner}[{at}]: must be {info.range_text()} (got {array[at]!r})")
    array.setflags(write=False)
    return array


def _check_field(owner: str, field: dataclasses.Field[Any], value: Any) -> Any:
    info: ParamInfo = field.metadata[_META]
    name = f"{owner}.{field.name}"
    if info.choices:
        if value not in info.choices:
            hint = nearest(str(value), info.choices)
            raise ParameterError(f"{name}: expected {info.range_text()} (got {value!r}){hint}")
        return value
    kind = str(field.type)
    if kind.startswith("bool"):
        if not isinstance(value, (bool, np.bool_)):
            raise ParameterError(f"{name}: expected True or False (got {value!r})")
        return bool(value)
    if value is None and "None" in kind:
        return None
    if kind.startswith("int"):
        number = check_number(value, info, name)
        if number != int(number):
            raise ParameterError(f"{name}: expected a whole number (got {value!r})")
        return int(value)
    if info.array and np.ndim(magnitude(value, info.unit, name)) > 0:
        return check_array(value, info, name)
    return check_number(value, info, name)


def _strict_init(cls: type[Any], init: Callable[..., None]) -> Callable[..., None]:
    """Wrap a dataclass __init__ so that a misspelt keyword gets a suggestion."""
    names = [f.name for f in dataclasses.fields(cls) if f.init]

    @functools.wraps(init)
    def checked(self: Any, *args: Any, **kwargs: Any) -> None:
        for key in kwargs:
            if key not in names:
                raise UnknownParameterError(f"{cls.__name__}: unknown parameter {key!r}{nearest(key, names)}")
        if len(args) > len(names):
            raise UnknownParameterError(f"{cls.__name__}: takes at most {len(names)} values (got {len(args)})")
        try:
            init(self, *args, **kwargs)
        except TypeError as err:
            if isinstance(err, UnknownParameterError):
                raise
            raise UnknownParameterError(f"{cls.__name__}: {err} (parameters: {', '.join(names)})") from None

    return checked


@dataclass_transform(frozen_default=True, eq_default=True, field_specifiers=(param,))
class Parameters:
    """Base of a frozen, validated description; every subclass becomes a frozen dataclass."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        signature_owner = dataclasses.dataclass(frozen=True, eq=False)(cls)
        signature = inspect.signature(cls.__init__)
        cls.__init__ = _strict_init(signature_owner, cls.__init__)  # type: ignore[method-assign]
        cls.__init__.__signature__ = signature  # type: ignore[attr-defined]

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):  # type: ignore[arg-type]
            if _META in field.metadata:
                value = _check_field(type(self).__name__, field, getattr(self, field.name))
                object.__setattr__(self, field.name, value)
        self.check()

    def check(self) -> None:
        """Check what concerns several parameters at once (override; raise ParameterError)."""

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        mine, theirs = self.as_dict(), other.as_dict()  # type: ignore[attr-defined]
        return all(np.array_equal(mine[k], theirs[k]) for k in mine)

    def __hash__(self) -> int:
        return hash((type(self), *(v.tobytes() if isinstance(v, np.ndarray) else v for v in self.as_dict().values())))

    def as_dict(self) -> dict[str, Any]:
        """Parameter values by name, in declared order."""
        return {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}  # type: ignore[arg-type]

    @classmethod
    def parameter_table(cls) -> Mapping[str, tuple[str, Any]]:
        """Unit and default of each parameter, in declared order."""
        return {
            f.name: (f.metadata[_META].unit, f.default)
            for f in dataclasses.fields(cls)  # type: ignore[arg-type]
            if _META in f.metadata
        }

    def replace(self: _T, **changes: Any) -> _T:
        """Return a copy with some parameters changed, validated again."""
        return dataclasses.replace(self, **changes)  # type: ignore[type-var]

"""Frozen, validated parameter classes: the base of every neuron, rule, source and encoder.

A parameter is declared once, with its default, unit and range::

    class LIF(Parameters):
        tau_m: float = param(default=20.0, unit="ms", above=0.0)

and is checked where the user wrote it. The annotation says what is accepted: ``float``, ``int``,
``bool``, ``str`` with ``choices``, each ``| None`` where that is meant. A quantity of a units
library (an object with ``.to(unit)`` and ``.magnitude``, such as pint's) is accepted, checked for
its dimension and converted once.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import math
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, dataclass_transform

import numpy as np

from ..errors import ParameterError, UnknownParameterError, nearest
from .sealed import Sealed, refuse_assignment

_T = TypeVar("_T")
_META = "pysnn"


@dataclasses.dataclass(frozen=True)
class ParamInfo:
    """Unit and range of one parameter: ``above < value < below``, ``low <= value <= high``.

    ``array`` admits an array, ``each`` one with an entry for each neuron or source.
    """

    unit: str = ""
    above: float = -math.inf
    below: float = math.inf
    low: float = -math.inf
    high: float = math.inf
    infinite: bool = False
    array: bool = False
    choices: tuple[str, ...] = ()
    most_dimensions: int = 1
    each: bool = False

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

    def wanted(self, value: float) -> str:
        """The same where ``value`` is outside: of one that is only infinite, that it shall not be."""
        text = self.range_text()
        unbounded = max(self.above, self.low) if value < 0 else -min(self.below, self.high)
        is_news = math.isinf(value) and unbounded == -math.inf and not self.infinite
        return f"{text} and finite" if is_news and not text.startswith("a finite") else text


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
    most_dimensions: int = 1,
    each: bool = False,
    kw_only: bool = False,
) -> Any:
    """Declare a parameter with its default, unit and range.

    ``array`` also admits an array, of one dimension or up to ``most_dimensions``; ``each`` an array of which
    the core takes one entry for each source. (Any other number of a neuron, source or current may differ
    from one to the next without a word here: see ``base/varied.py``.) ``kw_only`` is for what a base class
    declares for all of its family: it is given by name, and comes last in every list.

    Type checkers see a default only where it is given by keyword (PEP 681).
    """
    info = ParamInfo(unit, above, below, low, high, infinite, array or each, choices, most_dimensions, each)
    return dataclasses.field(default=default, metadata={_META: info}, kw_only=kw_only)


def shown(value: object, longest: int = 60) -> str:
    """A value as its user would type it, cut where it is long: for messages."""
    return shortened(repr(value.item() if isinstance(value, np.generic) else value), longest)


def shortened(text: str, longest: int = 60) -> str:
    """In one line, cut where it is long."""
    text = " ".join(text.split())
    return text if len(text) <= longest else text[: longest - 3] + "..."


def as_numpy(value: Any, owner: str) -> Any:
    """An array of another library, such as a pandas column, as NumPy's (others pass as they are).

    ParameterError naming ``owner`` where entries are masked: what is under a mask is nobody's value.
    """
    if isinstance(value, (list, tuple)):
        for at, part in enumerate(value):
            if isinstance(part, np.ma.MaskedArray):
                _refuse_masked(part, f"{owner}[{at}]")
    if isinstance(value, np.ma.MaskedArray):
        _refuse_masked(value, owner)
        return np.asarray(value)
    if isinstance(value, (np.ndarray, np.generic, Parameters, Sealed)) or not hasattr(value, "__array__"):
        return value  # (an Array says what its values belong to, which a plain one would not)
    array = np.asarray(value)
    if array.dtype == object and hasattr(value, "to_numpy") and hasattr(value, "isna"):
        # pandas' own types of numbers, which have missing values beside them, come as objects.
        kind = getattr(getattr(value, "dtype", None), "kind", "O")
        if kind in "biuf":
            return value.to_numpy(dtype=bool if kind == "b" and not value.isna().any() else np.float64)
    return array


def _refuse_masked(array: Any, owner: str) -> None:
    masked = np.ma.getmaskarray(array)
    if masked.dtype.names is None and masked.any():
        raise ParameterError(
            f"{owner}: {int(masked.sum())} of {masked.size} values are masked: give those that are not "
            "(compressed()), or what stands in their place (filled(value))"
        )


def magnitude(value: Any, unit: str, owner: str) -> Any:
    """``value`` in ``unit``: without the unit of a units library, an array of another library as NumPy's."""
    if isinstance(value, (list, tuple)) and any(_bears_unit(entry) for entry in value):
        return [magnitude(entry, unit, f"{owner}[{at}]") for at, entry in enumerate(value)]
    if not _bears_unit(value):
        return as_numpy(value, owner)
    try:
        plain = _in_unit(value, unit or "dimensionless")
    except Exception as err:  # the units library's own error type is not known here
        raise ParameterError(f"{owner}: expected a quantity in {unit or 'no unit'} (got {value!r})") from err
    if plain is None:
        raise ParameterError(
            f"{owner}: expected numbers in {unit or 'no unit'}, or quantities of pint, quantities, astropy "
            f"or unyt (got {shown(value)}, of {type(value).__module__}: divide it by the unit)"
        )
    return as_numpy(plain, owner)


def _bears_unit(value: Any) -> bool:
    """Is it a quantity? Those of several libraries are NumPy's arrays, which lose their unit unheard."""
    kind = type(value)
    if kind is np.ndarray or kind is float or kind is int:
        return False
    if hasattr(value, "magnitude"):
        return hasattr(value, "to") or hasattr(value, "rescale")  # pint, quantities (and Neo)
    return isinstance(value, np.ndarray) and any(hasattr(value, name) for name in ("unit", "units", "dim"))


def _in_unit(value: Any, unit: str) -> Any:
    """The number or array of a quantity in ``unit``, or None where its library is not known."""
    if hasattr(value, "rescale"):
        return np.asarray(value.rescale(unit).magnitude)  # of quantities
    if hasattr(value, "magnitude"):
        return value.to(unit).magnitude  # of pint
    if hasattr(value, "to"):  # of astropy, where no unit has no name, or unyt
        return np.asarray(value.to("" if unit == "dimensionless" and hasattr(value, "unit") else unit).value)
    return None


def _inside(value: Any, info: ParamInfo) -> Any:
    """Whether a float, or each entry of a float array, lies in the range (NaN never does)."""
    finite = np.isfinite(value) & (value < info.below)
    admitted = finite | (np.isinf(value) & info.infinite)
    above = (value > info.above) | (info.above == -math.inf)
    return admitted & above & (value >= info.low) & (value <= info.high)


def _is_short(value: Any, info: ParamInfo) -> bool:
    """Is this a time in fewer digits than float64 has?"""
    return info.unit == "ms" and getattr(value, "dtype", None) in (np.float32, np.float16)


def _as_printed(times: np.ndarray[Any, Any]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Times of few digits as the decimals that they print as.

    The float32 of 0.1 lies 1.5e-9 above it, off every grid; who wrote it meant 0.1. Each time becomes the
    shortest decimal, of up to 12 places, of which it is the nearest float of its own type.
    """
    exact = times.astype(np.float64)
    printed = exact.copy()
    left = np.isfinite(exact)
    for places in range(13):
        with np.errstate(over="ignore"):
            decimal = np.round(exact, places)
            found = left & (decimal.astype(times.dtype) == times)
        printed = np.where(found, decimal, printed)
        left &= ~found
        if not left.any():
            break
    return printed


EXACT = 2.0**53  # whole numbers up to it are what they are in float64


def check_number(value: Any, info: ParamInfo, owner: str) -> float:
    """Return ``value`` as a float inside its range, or raise ParameterError naming ``owner``."""
    value = magnitude(value, info.unit, owner)
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value.item()
    not_meant = (bool, np.bool_, np.timedelta64)  # NumPy counts spans of time among whole numbers
    if isinstance(value, not_meant) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise ParameterError(f"{owner}: expected {info.range_text()} (got {shown(value)})")
    try:
        number = float(_as_printed(np.asarray(value))) if _is_short(value, info) else float(value)
    except OverflowError:
        number = math.inf if value > 0 else -math.inf
    if not _inside(number, info):
        raise ParameterError(f"{owner}: must be {info.wanted(number)} (got {shown(value)})")
    return number


def check_array(value: Any, info: ParamInfo, owner: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return ``value`` as a read-only float64 array whose every entry is inside the range.

    It has one dimension, or up to the ``most_dimensions`` of ``info``.
    """
    shape = " or ".join(f"{n}-D" for n in range(1, info.most_dimensions + 1))
    value = magnitude(value, info.unit, owner)
    try:
        given = np.asarray(value)
    except ValueError as err:  # rows of different lengths
        raise ParameterError(f"{owner}: expected a {shape} array of numbers (got {shown(value)})") from err
    if given.size and given.dtype.kind not in "iuf":
        raise ParameterError(f"{owner}: expected an array of numbers (got {shown(value)})")
    if not 1 <= given.ndim <= info.most_dimensions:
        raise ParameterError(f"{owner}: expected a {shape} array (got shape {given.shape})")
    array = _as_printed(given) if _is_short(given, info) else np.array(given, dtype=np.float64)
    good = _inside(array, info)
    if not good.all():
        at = tuple(np.argwhere(~good)[0].tolist())
        place = ", ".join(map(str, at))
        raise ParameterError(f"{owner}[{place}]: must be {info.wanted(array[at])} (got {shown(array[at])})")
    array.setflags(write=False)
    return array


def is_one(value: Any) -> bool:
    """Is it one value, no sequence or array of them? (A population is one, which checks refuse.)"""
    if isinstance(value, Sealed):
        return True
    try:
        return np.ndim(value) == 0
    except ValueError:  # rows of different lengths
        return False


def check_switch(value: Any, owner: str) -> bool:
    """``value``, which is True or False and nothing that Python would merely take for such."""
    if not isinstance(value, (bool, np.bool_)):
        raise ParameterError(f"{owner}: expected True or False (got {shown(value)})")
    return bool(value)


def check_name_of(value: Any, what: str, owner: str) -> str:
    """``value``, which is a text, whether or not anything has that name."""
    if not isinstance(value, str):
        raise ParameterError(f"{owner}: expected the name of a {what} (got {shown(value)})")
    return value


def check_whole(value: Any, info: ParamInfo, owner: str) -> int:
    """Return ``value`` as an int inside its range; 3.0 is one, 3.5 is none."""
    number = check_number(value, info, owner)
    if not number.is_integer():
        raise ParameterError(f"{owner}: expected a whole number (got {shown(value)})")
    if isinstance(value, (int, np.integer)) and int(value) != int(number):  # rounded into the range
        raise ParameterError(f"{owner}: must be {info.range_text()} (got {shown(value)})")
    return int(number)


def check_whole_array(value: Any, info: ParamInfo, owner: str) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return ``value`` as a read-only 1-D int64 array of whole numbers inside the range, up to 2^53 at most.

    Beyond, a number read as float64 may be another than was meant.
    """
    info = dataclasses.replace(info, low=max(info.low, -EXACT), high=min(info.high, EXACT))
    numbers = check_array(value, info, owner)
    broken = numbers != np.floor(numbers)
    if broken.any():
        at = int(np.flatnonzero(broken)[0])
        raise ParameterError(f"{owner}[{at}]: expected a whole number (got {shown(numbers[at])})")
    whole = numbers.astype(np.int64)
    whole.setflags(write=False)
    return whole


def _check_field(owner: str, field: dataclasses.Field[Any], value: Any) -> Any:
    info: ParamInfo = field.metadata[_META]
    name = f"{owner}.{field.name}"
    if info.choices:
        if not isinstance(value, str) or value not in info.choices:
            hint = nearest(str(value), info.choices)
            raise ParameterError(f"{name}: unknown choice {shown(value)}{hint}")
        return value
    # Under `from __future__ import annotations` a field's type is the text of its annotation.
    kind = field.type if isinstance(field.type, str) else getattr(field.type, "__name__", str(field.type))
    if kind.startswith("bool"):
        return check_switch(value, name)
    if value is None and "None" in kind:
        return None
    several = info.array and not is_one(magnitude(value, info.unit, name))
    if kind.startswith("int"):
        return check_whole_array(value, info, name) if several else check_whole(value, info, name)
    return check_array(value, info, name) if several else check_number(value, info, name)


def _in_order(cls: Any) -> list[dataclasses.Field[Any]]:
    """The fields of a class as they were declared, those given by name alone last."""
    return sorted(dataclasses.fields(cls), key=lambda field: field.kw_only is True)


def _strict_init(cls: type[Any], init: Callable[..., None]) -> Callable[..., None]:
    """Wrap a dataclass __init__ so that a misspelt keyword gets a suggestion."""
    names = [f.name for f in _in_order(cls) if f.init]
    by_place = [f.name for f in _in_order(cls) if f.init and not f.kw_only]

    @functools.wraps(init)
    def checked(self: Any, *args: Any, **kwargs: Any) -> None:
        for key in kwargs:
            if key not in names:
                raise UnknownParameterError(f"{cls.__name__}: unknown parameter {key!r}{nearest(key, names)}")
        if len(args) > len(by_place):
            by_name = "".join(f", {name}=" for name in names if name not in by_place)
            raise UnknownParameterError(
                f"{cls.__name__}: takes at most {len(by_place)} values{by_name} (got {len(args)})"
            )
        try:
            init(self, *args, **kwargs)
        except TypeError as err:
            if isinstance(err, UnknownParameterError):
                raise
            why = str(err).replace(f"{init.__qualname__}() ", "")
            raise UnknownParameterError(f"{cls.__name__}: {why} (parameters: {', '.join(names)})") from None

    return checked


def _refuse(self: Parameters, name: str, value: Any) -> None:
    kind = type(self).__name__
    ways = {
        parameter: f"what was made stays as it is, and .replace({parameter}={shown(value)}) makes another"
        for parameter in self.as_dict()
    }
    refuse_assignment(self, kind, name, ways)


@dataclass_transform(frozen_default=True, eq_default=True, field_specifiers=(param,))
class Parameters:
    """Base of a frozen, validated description; every subclass becomes a frozen dataclass."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        signature_owner = dataclasses.dataclass(frozen=True, eq=False, repr=False)(cls)
        signature = inspect.signature(cls.__init__)
        checked = _strict_init(signature_owner, cls.__init__)
        checked.__signature__ = signature  # type: ignore[attr-defined]
        cls.__init__ = checked  # type: ignore[method-assign]
        # After the dataclass's own, whose refusal names no way; mypy takes no method for replaceable.
        cls.__setattr__ = _refuse  # type: ignore[assignment,method-assign]

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):  # type: ignore[arg-type]
            if _META in field.metadata:
                object.__setattr__(self, field.name, self._checked(field, getattr(self, field.name)))
        self._check_together()

    def _checked(self, field: dataclasses.Field[Any], value: Any) -> Any:
        """The value of a field as it is kept, checked by itself."""
        return _check_field(type(self).__name__, field, value)

    def _check_together(self) -> None:
        self.check()

    def check(self) -> None:
        """Check what concerns several parameters at once (override; raise ParameterError)."""

    def __repr__(self) -> str:
        return f"{type(self).__qualname__}({', '.join(f'{k}={v!r}' for k, v in self.as_dict().items())})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Parameters) or type(self) is not type(other):
            return NotImplemented
        mine, theirs = self.as_dict(), other.as_dict()
        return all(np.array_equal(mine[k], theirs[k]) for k in mine)

    def __hash__(self) -> int:
        values = self.as_dict().values()
        return hash((type(self), *(v.tobytes() if isinstance(v, np.ndarray) else v for v in values)))

    def as_dict(self) -> dict[str, Any]:
        """Parameter values by name, in declared order."""
        return {f.name: getattr(self, f.name) for f in _in_order(self)}

    def as_numbers(self) -> dict[str, float]:
        """Scalar parameters as the core takes them: a choice is its position among the choices."""
        numbers = {}
        for name, info in self._infos().items():
            value = getattr(self, name)
            numbers[name] = float(info.choices.index(value) if info.choices else value)
        return numbers

    @classmethod
    def parameter_table(cls) -> Mapping[str, tuple[str, Any]]:
        """Unit and default of each parameter in declared order, as the core declares them."""
        defaults = {field.name: field.default for field in dataclasses.fields(cls)}  # type: ignore[arg-type]
        return {
            name: (info.unit, float(info.choices.index(defaults[name])) if info.choices else defaults[name])
            for name, info in cls._infos().items()
        }

    @classmethod
    def _infos(cls) -> dict[str, ParamInfo]:
        return {field.name: field.metadata[_META] for field in _in_order(cls) if _META in field.metadata}

    def replace(self: _T, **changes: Any) -> _T:
        """Return a copy with some parameters changed, validated again."""
        return dataclasses.replace(self, **changes)  # type: ignore[type-var]

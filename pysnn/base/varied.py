"""Parameters of many neurons or sources, of which any number may differ from one to the next.

Where a class declares ``tau_m: float``, its user may give a number, a distribution, or one value for each
neuron (an ``Array``, or anything that NumPy takes for one). Nothing in a class's own file knows of it:
checks of one value see each value, and ``check()``, which holds parameters against each other, sees one
neuron after another.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..errors import ParameterError, unknown
from .distributions import Array, Constant, Distribution, LogNormal, array_of
from .params import _META, Parameters, ParamInfo, _inside, check_array, magnitude, shown

Floats = NDArray[np.float64]
_V = TypeVar("_V", bound="Varied")


class Varied(Parameters):
    """Base of what neurons, sources and currents declare."""

    def varied(self) -> dict[str, Distribution]:
        """What parameters that differ are drawn from, by name (an array is kept as an ``Array``)."""
        values = self.as_dict()
        return {name: value for name, value in values.items() if isinstance(value, Distribution)}

    def typical(self: _V) -> _V:
        """One with a number in place of each distribution, for estimates."""
        varied = self.varied()
        return self.with_values({name: d.typical() for name, d in varied.items()}) if varied else self

    def with_values(self: _V, values: Mapping[str, Any]) -> _V:
        """One with these values in place of its own, which are taken as they are."""
        other = object.__new__(type(self))
        for field in dataclasses.fields(self):
            object.__setattr__(other, field.name, values.get(field.name, getattr(self, field.name)))
        return other

    def check_sizes(self, n: int, owner: str) -> None:
        """Raise ParameterError where an array has not one value for each of ``n``."""
        for name, values in self.varied().items():
            if isinstance(values, Array) and len(values) != n:
                raise ParameterError(
                    f"{owner}: {type(self).__name__}.{name}: expected {n} values, one for each "
                    f"(got {len(values)})"
                )

    def check_columns(self, columns: Mapping[str, Floats], owner: str, which: str = "neuron") -> None:
        """Hold values against their ranges and each other, those of one neuron together.

        columns : by parameter, one value for each neuron; the others are its own. ``owner`` and
        ``which`` begin the message of a ParameterError, which names the neuron.
        """
        kind = type(self).__name__
        for name, values in columns.items():
            info = self.number_info(name, owner)
            good = _inside(values, info)
            if not good.all():
                at = int(np.flatnonzero(~good)[0])
                drawn = self.varied().get(name)
                hint = "" if drawn is None or isinstance(drawn, Array) else _hint(drawn)
                raise ParameterError(
                    f"{owner}: {kind}.{name} of {which} {at}: must be {info.range_text()} "
                    f"(got {shown(float(values[at]))}{hint})"
                )
        self._check_one_by_one(columns, f"{owner}: {which} ")

    @classmethod
    def number_info(cls, name: str, owner: str) -> ParamInfo:
        """Unit and range of a number that may differ; UnknownParameterError where it is none."""
        if name not in cls.number_names():
            raise unknown(owner, f"number among the parameters of {cls.__name__}", name, cls.number_names())
        return cls._infos()[name]

    @classmethod
    def number_names(cls) -> list[str]:
        """The parameters that may differ."""
        return [field.name for field in dataclasses.fields(cls) if _is_number(field)]

    # ---- inside -------------------------------------------------------------------------------------

    def _checked(self, field: dataclasses.Field[Any], value: Any) -> Any:
        if not _is_number(field):
            return super()._checked(field, value)
        info: ParamInfo = field.metadata[_META]
        owner = f"{type(self).__name__}.{field.name}"
        if isinstance(value, Constant):
            value = value.value
        if isinstance(value, Array):
            value = value.numbers
        elif isinstance(value, Distribution):
            _check_drawn_from(value, info, owner)
            return value
        plain = magnitude(value, info.unit, owner)
        if info.each or not _is_sequence(plain):
            return super()._checked(field, value)
        return array_of(check_array(plain, info, owner), owner)

    def _check_together(self) -> None:
        varied = self.varied()
        arrays = {name: values.numbers for name, values in varied.items() if isinstance(values, Array)}
        sizes = {len(values) for values in arrays.values()}
        if len(sizes) > 1:
            entries = ", ".join(f"{name} {len(values)}" for name, values in arrays.items())
            raise ParameterError(f"{type(self).__name__}: arrays of different lengths ({entries})")
        self.typical()._check_one_by_one(arrays, "entry ")

    def check_one(self) -> None:
        """Check what concerns several parameters at once, all of them numbers."""
        self.check()

    def _check_one_by_one(self, columns: Mapping[str, Floats], where: str) -> None:
        """``check_one`` for each neuron: for all at once, if they all answer alike."""
        if not columns:
            self.check_one()
            return
        try:
            self.with_values({name: values.view(_Column) for name, values in columns.items()}).check_one()
            return
        except Exception:  # they differ, or one fails: whatever it is, that one will say
            pass
        for k in range(len(next(iter(columns.values())))):
            one = self.with_values({name: float(values[k]) for name, values in columns.items()})
            try:
                one.check_one()
            except ParameterError as err:
                raise ParameterError(f"{where}{k}: {err}") from None


class _Column(np.ndarray[Any, np.dtype[np.float64]]):
    """Numbers that are compared as one, where all of them answer alike."""

    def __bool__(self) -> bool:
        answers = np.asarray(self)
        if answers.all():
            return True
        if not answers.any():
            return False
        raise ValueError("they differ")


def _is_number(field: dataclasses.Field[Any]) -> bool:
    info = field.metadata.get(_META)
    if info is None or info.choices:
        return False
    kind = field.type if isinstance(field.type, str) else getattr(field.type, "__name__", str(field.type))
    return info.each or kind in ("float", "Number")


def _is_sequence(value: Any) -> bool:
    return isinstance(value, (list, tuple, range)) or (isinstance(value, np.ndarray) and value.ndim > 0)


def _check_drawn_from(values: Distribution, info: ParamInfo, owner: str) -> None:
    """Refuse what is sure to leave the range; draws from a tail without bound are looked at one by one."""
    low, high = values.support()
    tail = isinstance(values, LogNormal) and values.min == 0.0
    for bound in (*(() if tail else (low,)), high, values.typical()):
        if not np.isinf(bound) and not _inside(bound, info):
            raise ParameterError(
                f"{owner}: must be {info.range_text()} (got {shown(values, 200)}, which may be {bound:g}; "
                "min= and max=, or low= and high=, are its bounds)"
            )


def _hint(drawn: Distribution) -> str:
    return f", drawn from {shown(drawn, 200)}; truncate it there: min=, max="

"""What classes that hold equations have in common: their parts and parameters, told to files and read from
them."""

from __future__ import annotations

import dataclasses
import hashlib
import inspect
import json
from collections.abc import Collection, Mapping
from typing import Any, ClassVar, Self
from weakref import WeakValueDictionary

from ..base.params import ParamInfo, param
from ..errors import EquationError, ParameterError, nearest

_LIMITS = ("above", "below", "low", "high")


class Defined:
    """A class that holds equations, known by what it says: of the same words, in a file too, there is one."""

    definition: ClassVar[dict[str, Any]] = {}
    _known: ClassVar[WeakValueDictionary[str, type[Self]]]  # of a base, all that are derived from it

    @classmethod
    def digest(cls) -> str:
        """What tells this definition from any other."""
        return _digest(cls.__name__, cls.definition)

    @classmethod
    def define(cls, name: str, definition: Mapping[str, Any]) -> type[Self]:
        """The class with what another one's ``definition`` tells, such as that of a file."""
        known = cls._known.get(_digest(name, definition))
        if known is not None:
            return known
        made: type[Self] = _class_of(name, definition, cls)
        return made


def annotate(cls: type[Any]) -> None:
    """Parameters need no annotation: they are numbers."""
    annotations = dict(inspect.get_annotations(cls))  # from 3.14 on they are no part of vars(cls)
    for name, value in vars(cls).items():
        if isinstance(value, dataclasses.Field):
            annotations.setdefault(name, float)
    cls.__annotations__ = annotations


def check_attributes(cls: Any, parts: Collection[str], known: Collection[str]) -> None:
    """EquationError where the class has what is no part, parameter or function."""
    for attribute, value in vars(cls).items():
        if attribute.startswith("_") or attribute in known or attribute in cls._infos():
            continue
        if callable(getattr(cls, attribute)) or isinstance(value, (property, classmethod)):
            continue
        raise EquationError(f"{cls.__name__}: unknown part {attribute!r}{nearest(attribute, parts)}")


def check_parameters(cls: Any, infos: Mapping[str, ParamInfo]) -> None:
    """EquationError where a parameter is no number."""
    for key, info in infos.items():
        if info.choices or info.array:
            raise EquationError(f"{cls.__name__}.{key}: a parameter of equations is a number")


def text_of(name: str, part: str, value: object) -> str:
    """A part that is text."""
    if not isinstance(value, str):
        raise EquationError(f"{name}.{part}: expected text (got {value!r})")
    return value


def _digest(name: str, definition: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps([name, definition], sort_keys=True).encode()).hexdigest()


def told(cls: Any, infos: Mapping[str, ParamInfo]) -> dict[str, Any]:
    """Unit, range and default of parameters as a file has them."""
    defaults = {field.name: field.default for field in dataclasses.fields(cls)}
    return {key: _parameter(info, defaults[key]) for key, info in infos.items()}


def _class_of(name: str, definition: Mapping[str, Any], base: type[Any]) -> Any:
    parts = dict(definition)
    parameters = parts.pop("parameters", {})
    body: dict[str, Any] = {"__doc__": parts.pop("doc", ""), "__module__": base.__module__}
    body.update({part: value for part, value in parts.items() if value is not None})
    for key, given in parameters.items():
        body[key] = param(**_limits(given))
    return type(name, (base,), body)


def _parameter(info: ParamInfo, default: Any) -> dict[str, Any]:
    told: dict[str, Any] = {"unit": info.unit, "infinite": info.infinite}
    if default is not dataclasses.MISSING:
        told["default"] = _number(default)
    for limit in _LIMITS:
        value = getattr(info, limit)
        if value not in (float("inf"), float("-inf")):
            told[limit] = value
    return told


def _number(value: Any) -> float | str:
    number = float(value)
    return number if number not in (float("inf"), float("-inf")) else str(number)


def _limits(given: Mapping[str, Any]) -> dict[str, Any]:
    unexpected = set(given) - {"unit", "infinite", "default", *_LIMITS}
    if unexpected:
        raise ParameterError(f"a parameter of equations has no {sorted(unexpected)[0]!r}")
    return {key: float(value) if key == "default" else value for key, value in given.items()}

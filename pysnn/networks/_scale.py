"""Sizes of scaled networks."""

from __future__ import annotations

from pysnn.base.params import ParamInfo, check_number


def checked(scale: float) -> float:
    """``scale`` as a float; ParameterError unless it is > 0."""
    return check_number(scale, ParamInfo(above=0.0), "scale")


def scaled(count: int, scale: float) -> int:
    """``count`` times ``scale``, to the nearest whole number, at least 1."""
    return max(1, round(count * checked(scale)))

"""Distributions of weights, delays, initial values and parameters.

A number is accepted wherever a distribution is and stands for ``Constant``. Draws are made by the
compiled core from counters, so that they depend on the seed and the object's name alone.

A truncated distribution is drawn again until it falls inside ``[min, max]``, which is the
conditional distribution (a clipped one would pile probability up at the bounds). ``step`` rounds
each draw to a multiple of itself before it is held against the bounds, so that distributed delays
lie on a grid because they were declared so; bounds must then be multiples of ``step`` too.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import ParameterError
from .params import Parameters, ParamInfo, check_array, check_number, magnitude, param, shown
from .registry import Registry

# Below this share of accepted draws a truncation is taken for a mistake (a mean in other units).
MIN_MASS = 0.01


class Distribution(Parameters):
    """Base of all distributions."""

    registry: ClassVar[Registry[Distribution]] = Registry("distribution")
    kind: ClassVar[str] = ""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.kind = cls.__name__.lower()
        Distribution.registry.add(cls)

    def support(self) -> tuple[float, float]:
        """The smallest and the largest value that can be drawn (infinite where there is no bound)."""
        raise NotImplementedError

    def typical(self) -> float:
        """A value in its middle, for estimates."""
        raise NotImplementedError

    def lower(self) -> dict[str, Any]:
        """The flat dict that the core takes: ``kind`` and plain numbers."""
        values = {name: 0.0 if value is None else value for name, value in self.as_dict().items()}
        if values.get("step"):
            # 7 * 0.1 is a little more than 0.7: a bound must not shut out the multiple that it is.
            slack = 1e-9 * values["step"]
            for name, sign in (("min", -1.0), ("max", 1.0)):
                if name in values:
                    values[name] += sign * slack
        return {"kind": self.kind, **values}


class Constant(Distribution):
    """The same ``value`` everywhere (stored once where nothing changes it)."""

    value: float = param()

    def support(self) -> tuple[float, float]:
        """``value`` twice."""
        return self.value, self.value

    def typical(self) -> float:
        """``value``."""
        return self.value


class Uniform(Distribution):
    """Uniform on [low, high); with ``step``, on its multiples from low to high.

    Rounding gives ``low`` and ``high`` half the probability of the multiples between them.

    Parameters
    ----------
    low, high : bounds, low < high.
    step : > 0, or None for no rounding.
    """

    low: float = param()
    high: float = param()
    step: float | None = param(default=None, above=0.0)

    def check(self) -> None:
        """The bounds must be in order and, with a step, on its grid."""
        if not self.low < self.high:
            raise ParameterError(f"Uniform.high: must be > low = {self.low:g} (got {self.high:g})")
        _check_on_step("Uniform", self.step, low=self.low, high=self.high)

    def support(self) -> tuple[float, float]:
        """``(low, high)``."""
        return self.low, self.high

    def typical(self) -> float:
        """The mean."""
        return 0.5 * (self.low + self.high)


class Normal(Distribution):
    """Gaussian with ``mean`` and ``std``, truncated to [min, max] by drawing again.

    Parameters
    ----------
    mean, std : of the Gaussian before truncation; std >= 0.
    min, max : bounds, default none. At least 1 % of the Gaussian must lie between them.
    step : > 0, or None for no rounding.
    """

    mean: float = param()
    std: float = param(low=0.0)
    min: float = param(default=-math.inf, infinite=True)
    max: float = param(default=math.inf, infinite=True)
    step: float | None = param(default=None, above=0.0)

    def check(self) -> None:
        """The truncation must leave enough to draw from."""
        _check_truncation(self, self.mean, self.std, self.min, self.max)
        _check_on_step("Normal", self.step, min=self.min, max=self.max)

    def support(self) -> tuple[float, float]:
        """``(min, max)``, or the mean alone where std is 0."""
        return (self.min, self.max) if self.std > 0.0 else (self.mean, self.mean)

    def typical(self) -> float:
        """The mean before truncation, within the bounds."""
        return min(max(self.mean, self.min), self.max)


class LogNormal(Distribution):
    """exp of a Gaussian: ``mu`` and ``sigma`` are mean and standard deviation of the logarithm.

    Its own mean is exp(mu + sigma^2 / 2); ``from_mean_std`` takes mean and deviation of the values
    themselves. Truncated to [min, max] by drawing again.

    Parameters
    ----------
    mu : mean of log(value in its base unit).
    sigma : standard deviation of the log, >= 0.
    min, max : bounds on the values, min >= 0. At least 1 % must lie between them.
    step : > 0, or None for no rounding.
    """

    mu: float = param()
    sigma: float = param(low=0.0)
    min: float = param(default=0.0, low=0.0)
    max: float = param(default=math.inf, above=0.0, infinite=True)
    step: float | None = param(default=None, above=0.0)

    @classmethod
    def from_mean_std(
        cls,
        mean: float,
        std: float,
        min: float = 0.0,
        max: float = math.inf,
        step: float | None = None,
    ) -> LogNormal:
        """The log-normal with this mean (> 0) and standard deviation (>= 0) before truncation.

        sigma^2 = log(1 + (std / mean)^2), mu = log(mean) - sigma^2 / 2.
        """
        mean = check_number(mean, ParamInfo(above=0.0), "LogNormal.from_mean_std: mean")
        std = check_number(std, ParamInfo(low=0.0), "LogNormal.from_mean_std: std")
        variance = math.log1p((std / mean) ** 2)
        return cls(math.log(mean) - variance / 2.0, math.sqrt(variance), min, max, step)

    def check(self) -> None:
        """The truncation must leave enough to draw from."""
        low = math.log(self.min) if self.min > 0.0 else -math.inf
        high = math.log(self.max) if self.max < math.inf else math.inf
        _check_truncation(self, self.mu, self.sigma, low, high)
        _check_on_step("LogNormal", self.step, min=self.min, max=self.max)

    def support(self) -> tuple[float, float]:
        """``(min, max)``; without a min a draw is positive, but rounding to a step may reach 0."""
        if self.sigma == 0.0:
            return math.exp(self.mu), math.exp(self.mu)
        return (self.min or (0.0 if self.step else math.ulp(0.0))), self.max

    def typical(self) -> float:
        """The median before truncation, within the bounds."""
        return min(max(math.exp(self.mu), self.min), self.max)


class Array(Distribution):
    """One given value for each neuron or, with rules that list their synapses, for each synapse.

    Parameters
    ----------
    values : 1-D array, one entry a neuron or synapse, in their order; infinite where a number may be, as
        v_th of LIF may.
    """

    values: ArrayLike = param(array=True, infinite=True)

    def check(self) -> None:
        """A scalar is no array, and an empty one gives nothing."""
        if np.ndim(self.values) != 1 or np.size(self.values) == 0:
            raise ParameterError(f"Array.values: expected a 1-D array, not empty (got {shown(self.values)})")

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def numbers(self) -> NDArray[np.float64]:
        """The values as a read-only float64 array."""
        return np.asarray(self.values, dtype=np.float64)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """The values, where an array is asked for: of a parameter that takes one, or by NumPy."""
        return np.array(self.numbers, dtype=dtype, copy=copy)

    def check_finite(self, owner: str) -> None:
        """Raise a ParameterError that names the first entry that is infinite."""
        check_array(self.numbers, ParamInfo(), owner)

    def support(self) -> tuple[float, float]:
        """Smallest and largest entry."""
        return float(self.numbers.min()), float(self.numbers.max())

    def typical(self) -> float:
        """One of the entries, with as many below as above it."""
        return float(np.sort(self.numbers)[(len(self) - 1) // 2])


def array_of(numbers: NDArray[np.float64], owner: str) -> Array:
    """An Array of numbers that were checked, of which there must be some."""
    if numbers.size == 0:
        raise ParameterError(f"{owner}: expected at least one value (got an empty sequence)")
    return Array(numbers)


def as_distribution(value: Any, owner: str, unit: str = "") -> Distribution:
    """``value`` as a Distribution: a number becomes Constant, an array or sequence Array."""
    if isinstance(value, Distribution):
        return value
    value = magnitude(value, unit, owner)
    info = ParamInfo(unit=unit)
    if isinstance(value, (list, tuple, range)) or (isinstance(value, np.ndarray) and value.ndim > 0):
        return array_of(check_array(value, info, owner), owner)
    if not isinstance(value, (int, float, np.number, np.ndarray)):
        raise ParameterError(
            f"{owner}: expected a number{' in ' + unit if unit else ''}, a sequence of numbers or a "
            f"distribution ({', '.join(Distribution.registry)}) (got {shown(value)})"
        )
    return Constant(check_number(value, info, owner))


def undrawn(value: Any, owner: str) -> Any:
    """``value`` without the Array or Constant that may stand around it; an error where it would be drawn."""
    if isinstance(value, Array):
        return value.numbers
    if isinstance(value, Constant):
        return value.value
    if isinstance(value, Distribution):
        raise ParameterError(
            f"{owner}: expected a number or an array of numbers, as nothing is drawn while a network runs "
            f"(got {shown(value)})"
        )
    return value


def is_multiple(value: float, unit: float) -> bool:
    """Is ``value`` a whole multiple of ``unit``, up to the rounding of decimal fractions?"""
    ratio = value / unit
    return abs(ratio - round(ratio)) <= 1e-9 * max(1.0, abs(ratio))


def _phi(x: float) -> float:
    """Cumulative standard normal."""
    return 0.5 * math.erfc(-x / math.sqrt(2.0))


def _check_truncation(owner: Distribution, mean: float, std: float, low: float, high: float) -> None:
    name = type(owner).__name__
    if not low < high:
        raise ParameterError(f"{name}.max: must be > min (got min {low:g}, max {high:g})")
    if std == 0.0:
        mass = 1.0 if low <= mean <= high else 0.0
    else:
        a, b = (low - mean) / std, (high - mean) / std
        # In the upper tail both values round to 1: the difference is taken from the other side.
        mass = _phi(b) - _phi(a) if a < 0.0 else _phi(-a) - _phi(-b)
    if mass < MIN_MASS:
        raise ParameterError(
            f"{name}: only {mass:.2g} of the distribution lies between min and max; expected at least "
            f"{MIN_MASS:g} (got {owner!r})"
        )


def _check_on_step(owner: str, step: float | None, **bounds: float) -> None:
    if step is None:
        return
    for name, value in bounds.items():
        if math.isfinite(value) and not is_multiple(value, step):
            raise ParameterError(f"{owner}.{name}: must be a multiple of step = {step:g} (got {value:g})")

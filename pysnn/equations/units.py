"""Units, by pint: the dimension of a unit, and its size in units that are coherent with ms, mV and pA.

Numbers of a model are kept in the units that it declares. Inside an equation every symbol counts in
coherent units, so that ``r_m * I`` is in mV whether r_m was declared in GOhm (coherent) or MOhm (1e-3).
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import Any

from ..errors import ParameterError
from ._extra import needs

# Units that may be written in an equation, such as ``25 * mV``.
WRITTEN = (
    *("ms", "s", "us", "Hz", "kHz", "mV", "V", "uV", "pA", "nA", "uA", "pF", "nF", "uF", "nS", "pS", "uS"),
    *("mS", "S", "MOhm", "GOhm", "kOhm", "mM", "uM", "nM", "um", "cm"),
)
# For messages: the first that has the dimension.
_SHOWN = (
    *("ms", "mV", "pA", "pF", "nS", "GOhm", "1/ms", "mV/ms", "pA/ms", "nS/ms", "1/mV", "mV**2", "pA*mV"),
    *("1/(mV ms)", "1/ms**2", "mM", "um", "mM/ms", "um**2"),
)


@dataclass(frozen=True)
class Unit:
    """A dimension, as powers of pint's, and how many coherent units one such unit is."""

    dimension: tuple[tuple[str, float], ...]
    factor: float = 1.0

    def times(self, other: Unit, power: float = 1.0) -> Unit:
        """The dimension of a product with ``other`` to a power (coherent)."""
        powers = dict(self.dimension)
        for name, exponent in other.dimension:
            powers[name] = powers.get(name, 0.0) + power * exponent
        return Unit(tuple(sorted((name, e) for name, e in powers.items() if e != 0.0)))

    @property
    def plain(self) -> bool:
        """Whether it is a number without dimension."""
        return not self.dimension

    def alike(self, other: Unit) -> bool:
        """Whether both measure the same thing."""
        return self.dimension == other.dimension

    def __str__(self) -> str:
        if self.plain:
            return "a pure number"
        for text in _SHOWN:
            if unit(text).dimension == self.dimension:
                return text
        return self._in_coherent_units()

    def _in_coherent_units(self) -> str:
        """As powers of ms, mV, pA and um: 1 kg = 1 V A s^3 / m^2."""
        given = dict(self.dimension)
        mass = given.pop("[mass]", 0.0)
        powers = {
            "mV": mass,
            "pA": given.pop("[current]", 0.0) + mass,
            "ms": given.pop("[time]", 0.0) + 3 * mass,
            "um": given.pop("[length]", 0.0) - 2 * mass,
            "amol": given.pop("[substance]", 0.0),
            **given,
        }
        return " ".join(
            name if power == 1 else f"{name}**{power:g}" for name, power in powers.items() if power
        )


NUMBER = Unit(())


@functools.cache
def _registry() -> Any:
    return needs("pint").get_application_registry()


def is_registry_ours() -> bool:
    """Is pint here because units were read?"""
    return _registry.cache_info().currsize > 0


# What one SI unit of a dimension is in coherent ones, as a power of ten: volts count for masses,
# 1 kg = 1 V A s^3 / m^2; lengths are in um and amounts in amol, so that mM is amol/um^3.
_TENS = {"[time]": 3, "[current]": 12, "[length]": 6, "[substance]": 18, "[mass]": 3 + 12 + 3 * 3 - 2 * 6}


@functools.cache
def unit(text: str) -> Unit:
    """The unit of that name, such as "mV", "1/(mV ms)" or "" for a pure number."""
    if text.strip() in ("", "1"):
        return NUMBER
    registry = _registry()
    try:
        quantity = registry.parse_expression(text.replace("Ohm", "ohm"))
        base = (1.0 * quantity).to_base_units()
        powers = dict(registry.get_dimensionality(base.units))
        size = float(base.magnitude)
    except Exception as err:  # pint raises errors of many kinds, among them those of Python's tokenizer
        raise ParameterError(
            f"unknown unit {text!r} (such as mV, ms, pA, nS, 1/ms; '' or 1 for none)"
        ) from err
    tens = sum(_TENS.get(name, 0) * power for name, power in powers.items())
    exact = math.log10(size) + tens
    factor = 10.0 ** round(exact) if abs(exact - round(exact)) < 1e-9 else 10.0**exact
    return Unit(tuple(sorted((name, float(power)) for name, power in powers.items())), factor)

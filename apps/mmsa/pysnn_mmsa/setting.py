"""One setting: its default, what it does, its unit and its range, said once for check, help and docs."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Any

import pysnn as snn

INF = math.inf


@dataclasses.dataclass(frozen=True)
class About:
    """What is known of a setting.

    does : what it does, in a phrase. unit : of the number, "" for a bare one.
    low, high : range of a number; ``above`` excludes ``low`` itself. choices : the words that are taken.
    """

    does: str
    unit: str = ""
    low: float = -INF
    high: float = INF
    above: bool = False
    choices: tuple[str, ...] = ()

    def check(self, key: str, value: object) -> None:
        """Hold ``value`` against the range; ParameterError names ``key``, what was expected and got."""
        if self.choices and value not in self.choices:
            raise snn.ParameterError(
                f"{key}: expected one of {', '.join(self.choices)} (got {value!r})"
                f"{snn.errors.nearest(str(value), self.choices)}"
            )
        if isinstance(value, str) and not value.isprintable():
            raise snn.ParameterError(f"{key}: expected printable text (got {value!r})")
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return
        if not math.isfinite(value):
            raise snn.ParameterError(f"{key}: expected a finite number (got {value!r})")
        if not (self.low < value if self.above else self.low <= value) or value > self.high:
            raise snn.ParameterError(f"{key}: must be {self.range_text()} (got {value!r})")

    def range_text(self) -> str:
        """The range in words, "" where anything goes."""
        parts = []
        if self.low > -INF:
            parts.append(f"{'>' if self.above else '>='} {self.low:g}")
        if self.high < INF:
            parts.append(f"<= {self.high:g}")
        return " and ".join(parts)

    def help(self, default: object) -> str:
        """One line for ``--help``: what it does, unit, range or choices, default."""
        shown = ",".join(map(str, default)) if isinstance(default, tuple) else str(default)
        if isinstance(default, bool):
            shown, limits = shown.lower(), "true or false"
        else:
            limits = f"one of {', '.join(self.choices)}" if self.choices else self.range_text()
        facts = [f"[{self.unit}]" if self.unit else "", limits, f"default {shown or 'none'}"]
        # argparse takes % for a directive.
        return f"{self.does} ({'; '.join(fact for fact in facts if fact)})".replace("%", "%%")


def setting(
    default: Any,
    does: str,
    *,
    unit: str = "",
    low: float = -INF,
    high: float = INF,
    above: bool = False,
    choices: Sequence[str] = (),
) -> Any:
    """A dataclass field with its ``About``."""
    about = About(does, unit, low, high, above, tuple(choices))
    return dataclasses.field(default=default, metadata={"about": about})


def about(field: dataclasses.Field[Any]) -> About:
    """What is known of a field made by ``setting``."""
    found = field.metadata["about"]
    assert isinstance(found, About)
    return found

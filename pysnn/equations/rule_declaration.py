"""What a rule of plasticity declares, read and checked: what each event does, as symbols in declared
units."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from ..base.params import ParamInfo
from ..errors import EquationError, nearest
from .reader import FUNCTIONS, Quantity, Reader, why_no_name
from .symbols import Expr, affine, depends, number, symbol, sympy
from .text import Assignment, Part, Statement, Text, changes, statements
from .units import NUMBER, Unit, unit

SIDES = ("pre", "post")  # of the source's neurons, and of the target's
EVENTS = ("on_pre", "on_post", "on_modulator", "between")
MOST_TRACES = 4  # of a side: as many as the core keeps
_RESERVED = frozenset((*FUNCTIONS, "w", "elapsed", "signal", "weight", "dt", "t", "xi", "I"))


@dataclass(frozen=True)
class RuleSource:
    """The words of a declaration, as its user wrote them; ``name`` is the class's."""

    name: str
    pre: str = ""
    post: str = ""
    synapse: str = ""
    on_pre: str = ""
    on_post: str = ""
    on_modulator: str = ""
    between: str = ""
    bounds: str = ""
    weight_unit: str = ""
    signed: bool = False


@dataclass
class RuleDeclaration:
    """A rule's equations. Every expression gives, from values in declared units, one in declared units."""

    name: str
    parameters: dict[str, Expr]
    order: tuple[str, ...]  # of the parameters
    signed: bool = False
    weight_unit: str = ""
    traces: dict[str, dict[str, str]] = field(default_factory=dict)  # by side: their units as text, by name
    states: dict[str, str] = field(default_factory=dict)
    rates: dict[str, Expr] = field(default_factory=dict)  # dx/dt = rate x, per ms, of traces and states
    # By side, what a spike makes of its neuron's traces.
    jumps: dict[str, dict[str, Expr]] = field(default_factory=dict)
    # By event, what becomes of the weight and of states, from what they and all traces are just before it.
    changes: dict[str, dict[str, Expr]] = field(default_factory=dict)
    low: Expr | None = None  # bounds of the weight, of parameters alone
    high: Expr | None = None

    def time_constant(self, name: str) -> Expr:
        """In ms, infinite of what stays."""
        return sympy().oo if self.rates[name] == 0 else -1 / self.rates[name]

    def becomes(self, event: str, name: str) -> Expr:
        """The weight ``w``, or a state, after an event."""
        return self.changes[event].get(name, symbol(name))

    @property
    def moves(self) -> bool:
        """Whether times without events change a synapse."""
        return bool(self.changes["between"]) or any(self.rates[name] != 0 for name in self.states)

    @property
    def fades(self) -> bool:
        """Whether a postsynaptic spike does nothing but by one trace of the source."""
        met = {symbol(name) for name in self.traces["pre"]}
        read = set().union(*(value.free_symbols & met for value in self.changes["on_post"].values()))
        silent = {trace: sympy().Integer(0) for trace in met}
        same = all(value.xreplace(silent) == symbol(n) for n, value in self.changes["on_post"].items())
        return len(read) == 1 and same and not self.moves

    @property
    def without_pre(self) -> bool:
        """Whether anything may change a synapse before its first presynaptic spike."""
        nothing = sympy().Integer(0)
        silent = {symbol(name): nothing for name in (*self.traces["pre"], *self.states)}
        for event in ("on_post", "on_modulator", "between"):
            for name, value in self.changes[event].items():
                if value.xreplace(silent) != (symbol("w") if name == "w" else nothing):
                    return True
        return False


def declare_rule(source: RuleSource, parameters: Mapping[str, ParamInfo]) -> RuleDeclaration:
    """Read and check all of a declaration; EquationError shows the place of what is wrong."""
    return _Reading(source, parameters).declaration


class _Reading:
    def __init__(self, source: RuleSource, parameters: Mapping[str, ParamInfo]) -> None:
        self.source = source
        self.units = {name: unit(info.unit) for name, info in parameters.items()}
        for name in parameters:
            if why := why_no_name(name):
                raise EquationError(f"{source.name}: parameter: {why}")
            if name in _RESERVED:
                raise EquationError(f"{source.name}: the parameter {name!r} has a name that is taken")
        d = self.declaration = RuleDeclaration(
            source.name,
            {name: symbol(name) for name in parameters},
            tuple(parameters),
            source.signed,
            source.weight_unit,
        )
        self.units["w"] = self._weight_unit()
        self.names = {name: self._coherent(name) for name in parameters}
        for side in SIDES:
            d.traces[side] = self._decaying(side)
        d.states = self._decaying("synapse")
        for name in ("w", *d.traces["pre"], *d.traces["post"], *d.states):
            self.names[name] = self._coherent(name)
        for event in EVENTS:
            self._event(event)
        self._bounds()

    def _text(self, part: str) -> Text:
        return Text(f"{self.source.name}.{part}", getattr(self.source, part))

    def _weight_unit(self) -> Unit:
        text = self._text("weight_unit")
        try:
            return unit(text.text)
        except ValueError as err:
            raise text.whole().error(str(err)) from None

    def _coherent(self, name: str) -> Quantity:
        measured = self.units[name]
        return Quantity(symbol(name) * number(measured.factor), Unit(measured.dimension))

    # ---- traces and states ---------------------------------------------------------------------------

    def _decaying(self, part: str) -> dict[str, str]:
        """Names and units of what a part declares; each goes by itself, exponentially."""
        text, found = self._text(part), {}
        reader = Reader(self.names)
        for statement in statements(text):
            name = statement.name.string
            self._new(statement, name)
            if not statement.is_state:
                value = reader.read(statement.value, self.units[name], f"{name!r}")
                self.names[name] = value
                reader.add(name, value)
                continue
            own = Reader({**self.names, name: self._coherent(name)})
            per_ms = self.units[name].times(unit("ms"), -1.0)
            rate = own.read(statement.value, per_ms, f"d{name}/dt").expression
            split = affine(rate / number(self.units[name].factor), [symbol(name)], {symbol(name)})
            if split is None or split[1] != 0:
                raise statement.value.error(
                    f"expected -{name} divided by a time constant of parameters, or 0: it is followed from "
                    "event to event in closed form"
                )
            self.declaration.rates[name] = split[0][0]
            found[name] = "" if statement.unit.string == "1" else statement.unit.string
        if part != "synapse" and len(found) > MOST_TRACES:
            raise EquationError(f"{text.owner}: at most {MOST_TRACES} traces of a neuron (got {len(found)})")
        return found

    def _new(self, statement: Statement, name: str) -> None:
        if why := why_no_name(name):
            raise statement.name.error(why)
        if name in _RESERVED:
            raise statement.name.error(f"{name!r} has a meaning of its own; choose another name")
        if name in self.units:
            kind = "parameter" if name in self.declaration.parameters else "equation"
            raise statement.name.error(f"there is another {kind} {name!r}")
        try:
            self.units[name] = unit(statement.unit.string)
        except ValueError as err:
            raise statement.unit.error(str(err)) from None

    # ---- events --------------------------------------------------------------------------------------

    def _event(self, event: str) -> None:
        """What it makes of the weight, of states, and (spikes) of the traces of the neuron that fires."""
        d = self.declaration
        side = event.removeprefix("on_") if event in ("on_pre", "on_post") else ""
        reader = Reader(self._known_at(event))
        now: dict[Expr, Expr] = {}  # what has another value by here than before the event
        for step in changes(self._text(event)):
            if isinstance(step, Statement):
                self._new(step, step.name.string)
                name, measured = step.name.string, self.units[step.name.string]
                value = reader.read(step.value, measured, f"{name!r}")
                del self.units[name]  # it is of this event alone: another may have one of that name
                own = symbol(f"{event}.{name}")
                now[own] = value.expression.xreplace(now)
                reader.add(name, Quantity(own, measured))
                continue
            name = self._assigned(step, event, side)
            value = reader.read(
                step.value,
                None if step.how in ("*=", "/=") else self.units[name],
                f"what is {_DOES[step.how]} {name!r}",
            )
            if step.how in ("*=", "/=") and not value.unit.plain:
                raise step.value.error(f"expected a pure number (got {value.unit})")
            now[symbol(name)] = self._assign(name, step.how, value, now)
            if side and name in d.traces[side]:
                self._check_own(step, side, now[symbol(name)])
        if side:
            d.jumps[side] = {n: now[symbol(n)] for n in d.traces[side] if symbol(n) in now}
        d.changes[event] = {
            n: now[symbol(n)] for n in ("w", *d.states) if symbol(n) in now and now[symbol(n)] != symbol(n)
        }

    def _known_at(self, event: str) -> dict[str, Quantity]:
        d, names = self.declaration, dict(self.names)
        if event == "on_modulator":
            names["signal"] = Quantity(symbol("signal"), NUMBER)
        if event == "between":
            for name in (*d.traces["pre"], *d.traces["post"]):
                del names[name]
            names["elapsed"] = Quantity(symbol("elapsed"), unit("ms"))
        return names

    def _assigned(self, step: Assignment, event: str, side: str) -> str:
        d, name = self.declaration, step.name.string
        may = ["w", *d.states, *d.traces.get(side, {})]
        if event == "between":
            may = ["w", *(state for state in d.states if d.rates[state] == 0)]
        if name in may:
            return name
        for other in SIDES:
            if name in d.traces[other]:
                raise step.name.error(f"a trace of {other!r} changes at the spikes of its own neuron alone")
        if name in d.states:
            raise step.name.error(
                f"between events {name!r} goes by its own equation; expected d{name}/dt = 0 there"
            )
        raise step.name.error(f"unknown weight or state {name!r}{nearest(name, may)}")

    def _assign(self, name: str, how: str, value: Quantity, before: Mapping[Expr, Expr]) -> Expr:
        """Assignments take effect one after the other."""
        now = before.get(symbol(name), symbol(name))
        given = value.expression.xreplace(dict(before))
        if how in ("*=", "/="):
            return now * given if how == "*=" else now / given
        own = given / number(self.units[name].factor)
        return {"=": own, "+=": now + own, "-=": now - own}[how]

    def _check_own(self, step: Assignment, side: str, value: Expr) -> None:
        d = self.declaration
        own = {symbol(name) for name in d.traces[side]} | set(d.parameters.values())
        foreign = sorted(str(s) for s in value.free_symbols - own)
        if foreign:
            raise step.value.error(
                "a trace is one of all synapses of its neuron: expected parameters and traces of "
                f"{side!r} (got {foreign[0]!r})"
            )

    # ---- bounds --------------------------------------------------------------------------------------

    def _bounds(self) -> None:
        d, text = self.declaration, self._text("bounds")
        if text.text.strip():
            low, high = self._both(text)
            parameters = Reader({n: q for n, q in self.names.items() if n in d.parameters})
            d.low, d.high = (part and self._bound(part, parameters) for part in (low, high))
        if d.low is None and not d.signed:
            d.low = sympy().Integer(0)

    def _both(self, text: Text) -> tuple[Part | None, Part | None]:
        """The parts of ``low <= w <= high``, of which one may be missing."""
        whole, parts, begin = text.without_comments(), [], 0
        for piece in re.split("<=", whole.text):
            parts.append(whole.part(begin, begin + len(piece)))
            begin += len(piece) + 2
        words = [part.string for part in parts]
        if len(words) == 3 and words[1] == "w":
            return parts[0], parts[2]
        if len(words) == 2 and "w" in words:
            return (None, parts[1]) if words[0] == "w" else (parts[0], None)
        raise text.whole().error("expected 'low <= w <= high', 'w <= high' or 'low <= w'")

    def _bound(self, part: Part, reader: Reader) -> Expr:
        value = reader.read(part, self.units["w"], "a bound of the weight")
        bound = value.expression / number(self.units["w"].factor)
        if not self.declaration.signed and bound.is_number and bound < 0:
            raise part.error("it is about the absolute weight: expected >= 0 (or signed = True in the class)")
        return bound


_DOES = {"=": "given to", "+=": "added to", "-=": "taken from", "*=": "multiplied to", "/=": "divided from"}


def depends_on(value: Expr, names: Mapping[str, str]) -> list[int]:
    """Which of ``names`` occur in it, by number."""
    return [k for k, name in enumerate(names) if depends(value, {symbol(name)})]

"""What a model of a neuron declares, read and checked: the mathematics as symbols, in declared units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..base.params import ParamInfo
from ..errors import EquationError, nearest
from .reader import RESERVED, Quantity, Reader, noises_in, why_no_name
from .symbols import Expr, affine, depends, number, symbol, sympy
from .text import Assignment, Part, Text, assignments, statements
from .units import Unit, unit


@dataclass(frozen=True)
class Source:
    """The words of a declaration, as its user wrote them; ``name`` is the class's."""

    name: str
    equations: str
    arrival: Mapping[str, str]
    threshold: str
    reset: str = ""
    refractory: str = ""
    held: str | None = None
    initial: str = ""
    weight_unit: str = ""
    escape: str = ""


@dataclass
class Declaration:
    """A neuron's equations. Every expression gives, from values in declared units, one in declared units."""

    name: str
    parameters: dict[str, Expr]
    states: dict[str, str] = field(default_factory=dict)  # their units as text, by name
    noises: tuple[str, ...] = ()  # independent ones, each white, in ms^(-1/2)
    rates: dict[str, Expr] = field(default_factory=dict)  # per ms
    initial: dict[str, Expr] = field(default_factory=dict)  # of parameters alone
    arrivals: dict[str, dict[str, Expr]] = field(default_factory=dict)  # by receptor: what a weight of 1 adds
    weight_unit: str = ""
    left: Expr = None  # a spike is where left >= right, or comes by chance:
    right: Expr = None
    escape: Expr = None  # how many are expected in a ms
    reset: dict[str, Expr] = field(default_factory=dict)
    refractory: Expr | None = None  # ms, of parameters alone
    held: tuple[str, ...] = ()
    order: tuple[str, ...] = ()  # of the parameters

    @property
    def symbols(self) -> dict[str, Expr]:
        """Those of the states."""
        return {name: symbol(name) for name in self.states}

    @property
    def driven_by(self) -> list[Expr]:
        """The symbols of what drives the states from outside: the injected current, then noises."""
        return [symbol("I"), *map(symbol, self.noises)]

    @property
    def resets(self) -> bool:
        """Whether a spike moves what the threshold is about: else it is when left rises through right."""
        if self.escape is not None:
            return False
        moved = {symbol(name) for name in self.reset}
        return depends(self.left, moved) or depends(self.right, moved)


def declare(source: Source, parameters: Mapping[str, ParamInfo]) -> Declaration:
    """Read and check all of a declaration; EquationError shows the place of what is wrong."""
    return _Reading(source, parameters).declaration


class _Reading:
    def __init__(self, source: Source, parameters: Mapping[str, ParamInfo]) -> None:
        self.source = source
        numbers = {name: info for name, info in parameters.items() if not info.choices}
        self.units = {name: unit(info.unit) for name, info in numbers.items()}
        self.declaration = Declaration(
            source.name, {name: symbol(name) for name in numbers}, order=tuple(numbers)
        )
        for name in numbers:
            if name in RESERVED:
                raise EquationError(f"{source.name}: the parameter {name!r} has a name that is taken")
            if why := why_no_name(name):
                raise EquationError(f"{source.name}: parameter: {why}")
        self.reader = Reader({name: self._coherent(name) for name in numbers})
        self._equations()
        self._arrivals()
        self._threshold()
        self._spike()
        self._initial()

    def _text(self, part: str, text: str) -> Text:
        return Text(f"{self.source.name}.{part}", text)

    def _coherent(self, name: str) -> Quantity:
        measured = self.units[name]
        factor = number(measured.factor)
        return Quantity(symbol(name) * factor, Unit(measured.dimension))

    def _in_unit(self, quantity: Quantity, measured: Unit) -> Expr:
        """A coherent value as a number of these units."""
        return quantity.expression / number(measured.factor)

    # ---- what changes in time -----------------------------------------------------------------------

    def _equations(self) -> None:
        text = self._text("equations", self.source.equations)
        found = list(statements(text))
        states = [statement for statement in found if statement.is_state]
        if not states:
            raise EquationError(f"{text.owner}: there is no 'dname/dt = ... : unit' among them")
        for statement in found:
            name = statement.name.string
            if name in RESERVED:
                raise statement.name.error(f"{name!r} has a meaning of its own; choose another name")
            if why := why_no_name(name):
                raise statement.name.error(why)
            if name in self.units:
                kind = "parameter" if name in self.declaration.parameters else "equation"
                raise statement.name.error(f"there is another {kind} {name!r}")
            self.units[name] = self._unit(statement.unit)
            if statement.is_state:
                self.declaration.states[name] = "" if statement.unit.string == "1" else statement.unit.string
        for statement in states:
            self.reader.add(statement.name.string, self._coherent(statement.name.string))
        self.reader.add("I", Quantity(symbol("I"), unit("pA")))
        bare = text.without_comments().text
        self.declaration.noises = tuple(name for name in noises_in(bare) if name not in self.units)
        for name in self.declaration.noises:
            self.reader.add(name, Quantity(symbol(name), unit("ms**-0.5")))
        # What stands for a value may use what stands above it.
        for statement in found:
            if not statement.is_state:
                measured = self.units[statement.name.string]
                value = self.reader.read(statement.value, measured, f"{statement.name.string!r}")
                self.reader.add(statement.name.string, value)
        for statement in states:
            name = statement.name.string
            per_ms = self.units[name].times(unit("ms"), -1.0)
            value = self.reader.read(statement.value, per_ms, f"d{name}/dt")
            self.declaration.rates[name] = self._in_unit(value, self.units[name])
        for name in self.declaration.noises:
            self.reader.forget(name)

    def _unit(self, part: Part) -> Unit:
        try:
            return unit(part.string)
        except ValueError as err:
            raise part.error(str(err)) from None

    # ---- what an arrival adds ------------------------------------------------------------------------

    def _arrivals(self) -> None:
        d = self.declaration
        if not self.source.arrival:
            raise EquationError(
                f"{self.source.name}.arrival: expected what an arrival adds to by receptor, "
                'such as {"exc": "g_exc += weight"} (got none)'
            )
        for receptor, words in self.source.arrival.items():
            if why := why_no_name(receptor):
                raise EquationError(f"{self.source.name}.arrival: receptor: {why}")
            text = self._text(f"arrival[{receptor!r}]", words)
            adds: dict[str, Expr] = {}
            for assignment in assignments(text):
                name = self._assigned(assignment)
                if assignment.how != "+=":
                    raise assignment.name.error(
                        f"arrivals add up: expected '{name} += ...' (got '{assignment.how}')"
                    )
                d.weight_unit = d.weight_unit or self.source.weight_unit or d.states[name]
                adds[name] = adds.get(name, 0) + self._added(assignment, name)
            if not adds:
                raise EquationError(f"{text.owner}: expected 'state += ... weight ...' (got nothing)")
            d.arrivals[receptor] = adds

    def _added(self, assignment: Assignment, name: str) -> Expr:
        weight, measured = symbol("weight"), unit(self.declaration.weight_unit)
        reader = Reader({parameter: self._coherent(parameter) for parameter in self.declaration.parameters})
        reader.add("weight", Quantity(weight * number(measured.factor), Unit(measured.dimension)))
        what = f"what is added to {name!r} (with a weight in {self.declaration.weight_unit or 'no unit'})"
        value = reader.read(assignment.value, self.units[name], what)
        split = affine(value.expression, [weight], {weight})
        if split is None or split[1] != 0 or split[0][0] == 0:
            raise assignment.value.error("expected the weight times what depends on parameters alone")
        return split[0][0] / number(self.units[name].factor)

    # ---- spikes --------------------------------------------------------------------------------------

    def _threshold(self) -> None:
        text = self._text("threshold", self.source.threshold)
        if self.source.escape.strip():
            self._escape()
            return
        if not self.source.threshold.strip():
            raise EquationError(f"{text.owner}: expected 'left >= right', such as 'v >= v_th' (got nothing)")
        left, right = self.reader.comparison(text.whole())
        self.declaration.left, self.declaration.right = left.expression, right.expression
        if not depends(left.expression - right.expression, set(self.declaration.symbols.values())):
            raise text.whole().error("no state occurs in it: a neuron would fire always or never")
        for side in (left, right):
            self._check_steady(text.whole(), side.expression, "a threshold")

    def _escape(self) -> None:
        part = self._text("escape", self.source.escape).whole()
        if self.source.threshold.strip():
            raise part.error("there is a threshold too: a spike comes where it holds, or by chance")
        rate = self.reader.read(part, unit("1/ms"), "the rate of spikes")
        self._check_steady(part, rate.expression, "a rate")
        self.declaration.escape = rate.expression

    def _check_steady(self, part: Part, expression: Expr, what: str) -> None:
        """Refuse what is not there between two steps."""
        if depends(expression, {symbol("I")}):
            raise part.error(f"the injected current I jumps: {what} is about states and parameters")
        self._check_quiet(part, expression, what)

    def _check_quiet(self, part: Part, expression: Expr, what: str) -> None:
        for name in self.declaration.noises:
            if depends(expression, {symbol(name)}):
                raise part.error(
                    f"the noise {name} is no number at any moment: {what} is about states and parameters"
                )

    def _spike(self) -> None:
        d = self.declaration
        moved = []  # to where a spike puts it, whatever it was
        for assignment in assignments(self._text("reset", self.source.reset)):
            name = self._assigned(assignment)
            value = self.reader.read(
                assignment.value, None if assignment.how in ("*=", "/=") else self.units[name]
            )
            if depends(value.expression, {symbol("I")}):
                raise assignment.value.error(
                    "a reset is about states and parameters, not about the current I"
                )
            self._check_quiet(assignment.value, value.expression, "a reset")
            if assignment.how in ("*=", "/=") and not value.unit.plain:
                raise assignment.value.error(f"expected a pure number (got {value.unit})")
            d.reset[name] = self._reset(name, assignment.how, value)
            if assignment.how == "=":
                moved.append(name)
        if self.source.refractory.strip():
            part = self._text("refractory", self.source.refractory).whole()
            value = self.reader.read(part, unit("ms"), "the refractory time")
            if depends(value.expression, {*d.symbols.values(), *d.driven_by}):
                raise part.error("a refractory time depends on parameters alone")
            if value.expression.is_number and value.expression < 0:
                raise part.error("a refractory time is not negative")
            d.refractory = value.expression
        d.held = self._held(moved)

    def _reset(self, name: str, how: str, value: Quantity) -> Expr:
        """The new value from those just before the spike; assignments take effect one after the other."""
        d = self.declaration
        before = {symbol(other): new for other, new in d.reset.items()}
        now = d.reset.get(name, symbol(name))
        given = value.expression.xreplace(before)
        if how in ("*=", "/="):
            return now * given if how == "*=" else now / given
        own = given / number(self.units[name].factor)
        return {"=": own, "+=": now + own, "-=": now - own}[how]

    def _held(self, moved: list[str]) -> tuple[str, ...]:
        if self.declaration.refractory is None:
            if self.source.held:
                raise EquationError(
                    f"{self.source.name}.held: there is no refractory time for which it is held"
                )
            return ()
        if self.source.held is None:
            return tuple(dict.fromkeys(moved))
        names = self.source.held.replace(",", " ").split()
        for name in names:
            if name not in self.declaration.states:
                raise EquationError(
                    f"{self.source.name}.held: unknown state {name!r}{nearest(name, self.declaration.states)}"
                )
        return tuple(names)

    def _assigned(self, assignment: Assignment) -> str:
        name = assignment.name.string
        if name not in self.declaration.states:
            raise assignment.name.error(f"unknown state {name!r}{nearest(name, self.declaration.states)}")
        return name

    # ---- where it begins -----------------------------------------------------------------------------

    def _initial(self) -> None:
        """States that are not named begin at 0; one may be given by those named above it."""
        d = self.declaration
        d.initial = {name: sympy().Integer(0) for name in d.states}
        known: dict[Expr, Expr] = {symbol("I"): sympy().Integer(0)}
        for assignment in assignments(self._text("initial", self.source.initial)):
            name = self._assigned(assignment)
            if assignment.how != "=":
                raise assignment.name.error(f"expected '{name} = ...' (got '{assignment.how}')")
            value = self.reader.read(assignment.value, self.units[name], f"the value of {name!r}")
            self._check_quiet(assignment.value, value.expression, "where a state begins")
            given = self._in_unit(value, self.units[name]).xreplace(known)
            if depends(given, set(d.symbols.values())):
                raise assignment.value.error("a state that is used here must have its own value further up")
            d.initial[name] = known[symbol(name)] = given

"""How a step of dt is taken: the scheme follows from the mathematics, unless the user chose one.

exact
    All equations are linear in the states, with coefficients of parameters alone: the state after a step is
    the matrix exponential times the state before (Rotter & Diesmann 1999, Biol. Cybern. 81:381). Nothing is
    lost whatever dt is, and resonant pairs of complex eigenvalues are no special case.
exponential
    Each equation is linear in its own state: dx/dt = a + b x, where a and b depend on the others. Those that
    are linear altogether go exactly, and enter the rest by their mean over the step; each of the rest relaxes
    with its a and b as of half a step, found by a relaxation from where it is (the exponential midpoint rule;
    Hochbruck & Ostermann 2010, Acta Numer. 19:209). Of second order, and stable however stiff.
runge_kutta
    Anything else: the classical schemes of order 1 to 4.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import EquationError
from .code import Value
from .declaration import Declaration
from .kernel import Body, Matrix, zero
from .symbols import Expr, affine, depends, functions, slope, symbol

Numbered = tuple[int, Matrix]  # a matrix and its number among the words
KINDS = ("auto", "exact", "exponential", "runge_kutta")
_TABLES: dict[int, tuple[list[list[float]], list[float]]] = {
    1: ([[]], [1.0]),
    2: ([[], [1 / 2]], [0.0, 1.0]),
    3: ([[], [1 / 2], [-1.0, 2.0]], [1 / 6, 2 / 3, 1 / 6]),
    4: ([[], [1 / 2], [0.0, 1 / 2], [0.0, 0.0, 1.0]], [1 / 6, 1 / 3, 1 / 3, 1 / 6]),
}


@dataclass(frozen=True)
class Scheme:
    """What is done with which states: ``linear`` can go exactly, ``rest`` cannot; ``parts`` of a step."""

    kind: str
    order: int
    parts: int
    linear: tuple[str, ...]
    rest: tuple[str, ...]

    def __str__(self) -> str:
        names = ", ".join(self.linear)
        pieces = f" in {self.parts} parts a step" if self.parts > 1 else ""
        if self.kind == "exact":
            return f"exact: {names} by the matrix exponential"
        if self.kind == "exponential":
            first = f"{names} by the matrix exponential, " if self.linear else ""
            rest = f"{', '.join(self.rest)} by relaxation (midpoint rule)"
            return f"exponential, of order 2{pieces}: {first}{rest}"
        return f"Runge-Kutta, of order {self.order}{pieces}: {', '.join((*self.linear, *self.rest))}"


def choose(d: Declaration, kind: str, order: int, parts: int) -> Scheme:
    """The scheme of a model; EquationError where the chosen one does not fit its equations."""
    linear = linear_part(d)
    rest = tuple(name for name in d.states if name not in linear)
    stuck = [name for name in rest if _relaxation(d, name) is None]
    if kind == "auto":
        kind = "exact" if not rest else "runge_kutta" if stuck else "exponential"
    if kind == "exact" and rest:
        raise EquationError(
            f"{d.name}.scheme: 'exact' needs equations that are linear in the states "
            f"(d{rest[0]}/dt is not, or what it depends on)"
        )
    if kind == "exponential" and stuck:
        raise EquationError(
            f"{d.name}.scheme: 'exponential' needs each equation to be linear in its own state "
            f"(d{stuck[0]}/dt is not linear in {stuck[0]})"
        )
    if kind == "exponential" and not rest:
        kind = "exact"
    return Scheme(kind, order, 1 if kind == "exact" else parts, linear, rest)


def linear_part(d: Declaration) -> tuple[str, ...]:
    """The states whose equations are linear and know of no others than themselves."""
    inside = set(d.states)
    while True:
        symbols = [symbol(name) for name in d.states if name in inside]
        everything = {*d.symbols.values(), *d.driven_by}
        fitting = {
            name
            for name in inside
            if (found := affine(d.rates[name], [*symbols, *d.driven_by], everything)) is not None
            and not depends(found[1], everything)
        }
        if fitting == inside:
            return tuple(name for name in d.states if name in inside)
        inside = fitting


def _relaxation(d: Declaration, name: str) -> tuple[Expr, Expr] | None:
    """(a, b) of dx/dt = a + b x."""
    own = symbol(name)
    found = affine(d.rates[name], [own], {own})
    return None if found is None or depends(found[1], {own}) else (found[1], found[0][0])


def linear_matrix(d: Declaration, names: tuple[str, ...], held: bool, means: bool, parts: int = 1) -> Matrix:
    """The equations of ``names`` with the current, a constant and the noises beside them, which stay.

    ``held`` : those that a refractory time holds stay as well. ``means`` : followed by the means of all of
    them over the time, of which d(mean)/dt = x / time.
    """
    symbols = [symbol(name) for name in names]
    entries: dict[tuple[int, int], Expr] = {}
    for row, name in enumerate(names):
        if held and name in d.held:
            continue
        found = affine(d.rates[name], [*symbols, *d.driven_by], set())
        assert found is not None
        constant = len(names) + 1
        for column, entry in enumerate([*found[0][:constant], found[1], *found[0][constant:]]):
            if entry != 0:
                entries[row, column] = entry
    labels = [*names, "I", "1", *d.noises]
    if means:
        for row in range(len(names)):
            entries[len(labels) + row, row] = parts / symbol("dt")
        labels += [f"mean of {name}" for name in names]
    return Matrix(labels, entries, parts)


class Stepper:
    """Writes one step of a scheme: from the values of the states to those after it."""

    def __init__(self, d: Declaration, scheme: Scheme, body: Body, free: Value | None) -> None:
        self.d, self.scheme, self.body, self.free = d, scheme, body, free
        self.h = symbol("dt") / scheme.parts

    def step(self, x: dict[str, Value]) -> dict[str, Value]:
        """The states after a whole step."""
        if self.scheme.kind == "runge_kutta":
            for _ in range(self.scheme.parts):
                x = self._runge_kutta(x)
            return x
        matrices = self._matrices()
        for _ in range(self.scheme.parts):
            moved, means = self._propagate(x, matrices)
            x = {**x, **self._relax(x, means), **moved}
        return x

    # ---- exact --------------------------------------------------------------------------------------

    def _matrices(self) -> list[Numbered]:
        """Of the linear states, free and, where that is another one, held."""
        matrices: list[Numbered] = []
        meets_held = self.free is not None and any(name in self.d.held for name in self.scheme.linear)
        for held in (False, True) if meets_held else (False,):
            means = self.scheme.kind == "exponential"
            matrix = linear_matrix(self.d, self.scheme.linear, held, means, self.scheme.parts)
            matrices.append((self.body.words.matrix(matrix), matrix))
        return matrices

    def _propagate(
        self, x: dict[str, Value], matrices: list[Numbered]
    ) -> tuple[dict[str, Value], dict[str, Value]]:
        """The linear states after h, and their means over it."""
        moved: dict[str, Value] = {}
        means: dict[str, Value] = {}
        for row, name in enumerate(self.scheme.linear):
            moved[name] = self._row(x, matrices, row, name)
            if self.scheme.kind == "exponential":
                beside = len(self.scheme.linear) + 2 + len(self.d.noises)
                means[name] = self._row(x, matrices, beside + row, name)
        return moved, means

    def _row(self, x: dict[str, Value], matrices: list[Numbered], row: int, name: str) -> Value:
        free = self._product(x, *matrices[0], row)
        if self.free is None:
            return free
        if name in self.d.held:
            return self.body.block.select(self.free, free, x[name])
        if len(matrices) < 2 or not self._feels_held(matrices[0][1], row):
            return free
        return self.body.block.select(self.free, free, self._product(x, *matrices[1], row))

    def _feels_held(self, matrix: Matrix, row: int) -> bool:
        columns = [k for k, name in enumerate(self.scheme.linear) if name in self.d.held]
        return any(matrix.reaches(row, column) for column in columns)

    def _product(self, x: dict[str, Value], number: int, matrix: Matrix, row: int) -> Value:
        """A row of the exponential times the states: its own first, then the others, the drive as one."""
        b, n = self.body.block, len(self.scheme.linear)

        def word(column: int) -> Value:
            return self.body.word(self.body.words.entry(number, row, column))

        columns = [k for k in range(n) if matrix.reaches(row, k)]
        columns.sort(key=lambda k: k != row)
        total: Value | None = None
        for k in columns:
            part = b.mul(x[self.scheme.linear[k]], word(k))
            total = part if total is None else b.add(total, part)
        drive: Value | None = word(n + 1) if matrix.reaches(row, n + 1) else None
        for column, driver in zip(
            [n, *range(n + 2, n + 2 + len(self.d.noises))], self.d.driven_by, strict=True
        ):
            if matrix.reaches(row, column):
                injected = b.mul(self.body.env[driver], word(column))
                drive = injected if drive is None else b.add(drive, injected)
        if drive is not None:
            total = drive if total is None else b.add(total, drive)
        return b.constant(0.0) if total is None else total

    # ---- exponential --------------------------------------------------------------------------------

    def _relax(self, x: dict[str, Value], means: dict[str, Value]) -> dict[str, Value]:
        """The states that are not linear, after h; those that are count by their means."""
        halfway = {**x, **means}
        coupled = {symbol(name) for name in self.scheme.rest}
        needs_middle = any(depends(part, coupled) for name in self.scheme.rest for part in self._split(name))
        if needs_middle:
            middle = {name: self._relaxed(name, {**x, **means}, x, self.h / 2) for name in self.scheme.rest}
            halfway = {**halfway, **middle}
        return {name: self._relaxed(name, halfway, x, self.h) for name in self.scheme.rest}

    def _split(self, name: str) -> tuple[Expr, Expr]:
        found = _relaxation(self.d, name)
        assert found is not None
        return found

    def _relaxed(self, name: str, others: dict[str, Value], x: dict[str, Value], h: Expr) -> Value:
        """x + (a + b x) h (e^{b h} - 1) / (b h)."""
        b = self.body.block
        at_rest, rate = self._split(name)
        env = self._env(others)
        a, r = self.body.write(at_rest, env), self.body.write(rate, env)
        way = self.body.write(h * functions().exprel(rate * h), env)
        moved = b.add(x[name], b.mul(b.add(a, b.mul(r, x[name])), way))
        return b.select(self.free, moved, x[name]) if self.free and name in self.d.held else moved

    # ---- Runge-Kutta --------------------------------------------------------------------------------

    def _runge_kutta(self, x: dict[str, Value]) -> dict[str, Value]:
        b = self.body.block
        stages, weights = _TABLES[self.scheme.order]
        slopes: list[dict[str, Value]] = []
        for row in stages:
            at = {name: self._ahead(x[name], [k[name] for k in slopes], row) for name in self.d.states}
            slopes.append(self._slopes(at))
        moved = {name: self._ahead(x[name], [k[name] for k in slopes], weights) for name in self.d.states}
        if self.free is None:
            return moved
        return {
            name: b.select(self.free, moved[name], x[name]) if name in self.d.held else moved[name]
            for name in x
        }

    def _ahead(self, x: Value, slopes: list[Value], weights: list[float]) -> Value:
        b = self.body.block
        total: Value | None = None
        for slope_there, weight in zip(slopes, weights, strict=True):
            if weight != 0.0:
                part = b.mul(self.body.write(self.h * weight), slope_there)
                total = part if total is None else b.add(total, part)
        return x if total is None else b.add(x, total)

    def _slopes(self, x: dict[str, Value]) -> dict[str, Value]:
        return slopes(self.d, self.body, self._clamped(x), self.free)

    def _clamped(self, x: dict[str, Value]) -> dict[str, Value]:
        """At most at the threshold: beyond it a spike is certain, and equations may be too steep."""
        name = clamped_state(self.d)
        if name is None:
            return x
        return {**x, name: self.body.block.smaller(x[name], self.body.write(threshold_of(self.d, name)))}

    def _env(self, x: dict[str, Value]) -> dict[Expr, Value]:
        return {symbol(name): value for name, value in x.items()}


def slopes(d: Declaration, body: Body, x: dict[str, Value], free: Value | None) -> dict[str, Value]:
    """dx/dt of all states; what is held does not move."""
    env = {symbol(name): value for name, value in x.items()}
    found = {name: body.write(d.rates[name], env) for name in d.states}
    if free is not None:
        for name in d.held:
            found[name] = body.block.select(free, found[name], body.block.constant(0.0))
    return found


def clamped_state(d: Declaration) -> str | None:
    """The state that a spike resets once it comes up to a threshold of parameters alone."""
    for name in d.states:
        if d.resets and threshold_of(d, name) is not None:
            return name
    return None


def threshold_of(d: Declaration, name: str) -> Expr | None:
    """The value at which ``left >= right`` begins to hold, where it says that of one state alone."""
    own = symbol(name)
    above = d.left - d.right
    if depends(d.right, set(d.symbols.values())) or d.left.free_symbols & set(d.symbols.values()) != {own}:
        return None
    rate = slope(above, own)
    if rate.free_symbols or not rate.is_positive:
        return None
    return d.right if d.left == own else zero() + (-above.xreplace({own: zero()})) / rate

"""The class that a user derives a rule of plasticity from equations from."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, ClassVar
from weakref import WeakValueDictionary

from ..errors import EquationError, ParameterError
from ..plasticity.base import PlasticityRule
from .definition import Defined, annotate, check_attributes, check_parameters, text_of, told
from .remembered import WorkedOut, recall
from .rule_declaration import EVENTS, SIDES, RuleSource, declare_rule
from .symbols import Expr, number, symbol
from .units import unit

# What a subclass may give beside its parameters, as text.
_PARTS = (*SIDES, "synapse", *EVENTS, "bounds", "weight_unit")
_ATTRIBUTES = {*_PARTS, "signed", "modulator", "watches", "definition", "declaration"}


class RuleEquations(Defined, PlasticityRule, register=False):
    """A rule of plasticity of your own, written as equations; a subclass is a rule like any built-in one::

        class PairSTDP(snn.RuleEquations):
            \"\"\"Additive STDP of all pairs of spikes (Song, Miller & Abbott 2000).\"\"\"

            tau_plus = snn.param(default=20.0, unit="ms", above=0.0)
            tau_minus = snn.param(default=20.0, unit="ms", above=0.0)
            a_plus = snn.param(default=0.005, low=0.0)
            a_minus = snn.param(default=0.00525, low=0.0)
            w_max = snn.param(default=1.0, above=0.0)

            pre = "dx/dt = -x / tau_plus : 1"
            post = "dy/dt = -y / tau_minus : 1"
            on_pre = "w -= a_minus * w_max * y; x += 1"
            on_post = "w += a_plus * w_max * x; y += 1"
            bounds = "0 <= w <= w_max"

    ``w`` is the weight: its absolute value, or where the class says ``signed = True`` the weight itself,
    which may cross zero. Every name and unit is checked when the class is made, and an EquationError shows
    the place of what is wrong. docs/equations.md has the language.

    What a subclass gives
    ---------------------
    parameters : as of any class of pysnn, by ``param`` (an annotation ``: float`` may be left out).
    pre, post : traces of the source's and of the target's neurons, ``dname/dt = -name / tau : unit``, at most
        four each. They begin at 0.
    synapse : states of each synapse, in the same form; ``= 0`` is one that stays between events. They begin
        at 0.
    on_pre, on_post : what a spike does as it arrives at the synapse: assignments (= += -= *= /=) to ``w``, to
        states and to the traces of the neuron that fired, one after the other, so that a trace is read as it
        was before the spike or after it by where its own change stands.
    on_modulator : the same at a moment of the modulator, whose value for the target is ``signal``.
    between : assignments to ``w`` and to states that stay, in closed form over a time of ``elapsed`` ms
        without events, from what they and the other states were at its begin.
    bounds : ``low <= w <= high``, of parameters, or one side of it; the absolute weight is never below 0.
    weight_unit : of ``w``, as of the weights that it is given; where it is left out ``w`` is a pure number,
        of weights in any unit.
    signed : True for a weight that may cross zero.
    """

    _source: ClassVar[RuleSource]
    _bounds: ClassVar[dict[str, Any]]
    declaration = WorkedOut(lambda cls: declare_rule(cls._source, cls._infos()))
    _known: ClassVar[WeakValueDictionary[str, type[RuleEquations]]] = WeakValueDictionary()

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """A rule, of which RuleEquations itself is none."""
        if cls is RuleEquations:
            raise EquationError("RuleEquations: derive a class from it, with equations of its own")
        return super().__new__(cls)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        annotate(cls)
        super().__init_subclass__(register=False, **kwargs)
        cls._declare()
        RuleEquations._known[cls.digest()] = cls

    @classmethod
    def _declare(cls) -> None:
        name, infos = cls.__name__, cls._infos()
        check_attributes(cls, _PARTS, _ATTRIBUTES)
        check_parameters(cls, infos)
        parts = {part: text_of(name, part, getattr(cls, part, "")) for part in _PARTS}
        if not isinstance(cls.signed, bool):
            raise EquationError(f"{name}.signed: expected True or False (got {cls.signed!r})")
        cls._source = RuleSource(name, signed=cls.signed, **parts)
        parameters = told(cls, infos)
        cls._bounds = recall(["rule", asdict(cls._source), parameters], cls._facts)
        cls.modulator = "any" if parts["on_modulator"].strip() else ""
        cls.definition = {
            **{part: text for part, text in parts.items() if text},
            "signed": cls.signed,
            "doc": cls.__doc__ or "",
            "parameters": parameters,
        }

    @classmethod
    def _facts(cls) -> dict[str, Any]:
        """What a class is to know of its equations, after all of them have been read and checked: bounds.

        Each is a number, the name of a parameter, or of an expression None.
        """
        d = cls.declaration
        if not any(d.changes.values()):
            raise EquationError(
                f"{cls.__name__}: nothing changes a weight or a state (expected on_pre, on_post, ...)"
            )
        bounds = {"low": d.low, "high": d.high}
        infinite = {"low": -float("inf"), "high": float("inf")}
        return {
            end: infinite[end] if bound is None
            else float(bound) if bound.is_number
            else bound.name if bound.is_Symbol
            else None
            for end, bound in bounds.items()
        }  # fmt: skip

    def _check_together(self) -> None:
        super()._check_together()
        if not self._low <= self.largest:
            raise ParameterError(
                f"{type(self).__name__}.bounds: the least weight is {self._low:g}, above the greatest, "
                f"{self.largest:g}"
            )

    @property
    def largest(self) -> float:
        """The upper bound of the weight."""
        return self._bound("high")

    @property
    def smallest(self) -> float:
        """The lower bound of the absolute weight."""
        return 0.0 if self.signed else self._low

    @property
    def lowest(self) -> float:
        """The lower bound of a weight that may cross zero."""
        return self._low if self.signed else -self.largest

    def takes(self, weight_unit: str) -> bool:
        """Those in which its equations count, where they say in which."""
        own = self._source.weight_unit.strip()
        return own in ("", weight_unit.strip()) or unit(own) == unit(weight_unit)

    @property
    def _low(self) -> float:
        return self._bound("low")

    def _bound(self, end: str) -> float:
        known, numbers = self._bounds[end], self.as_numbers()
        if isinstance(known, float):
            return known
        if known is not None:
            return numbers[known]
        expression: Expr = getattr(self.declaration, end)
        return float(expression.xreplace({symbol(k): number(v) for k, v in numbers.items()}))

    @classmethod
    def summary(cls) -> str:
        """Traces, states and what each event does, for reading."""
        d = cls.declaration
        lines = [
            f"{cls.__name__}: {(cls.__doc__ or '').strip().splitlines()[0] if cls.__doc__ else 'a rule'}"
        ]
        for kind, names in (*((side, d.traces[side]) for side in SIDES), ("synapse", d.states)):
            for name, measured in names.items():
                how = "stays" if d.rates[name] == 0 else f"decays with {d.time_constant(name)} ms"
                lines.append(f"  {kind}: {name} [{measured or '1'}] {how}")
        for event in EVENTS:
            after = {**d.changes[event], **d.jumps.get(event.removeprefix("on_"), {})}
            if after:
                lines.append(f"  {event}: " + ", ".join(f"{name} = {value}" for name, value in after.items()))
        low, high = (bound if bound is None else str(bound) for bound in (d.low, d.high))
        kind = "w" if d.signed else "|w|"
        lines.append(f"  {kind} within [{low or '-inf'}, {high or 'inf'}] {d.weight_unit}".rstrip())
        for key, info in cls._infos().items():
            lines.append(f"  {key}: {info.range_text()}")
        return "\n".join(lines)

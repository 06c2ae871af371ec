"""The class that a user derives a model from equations from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, ClassVar
from weakref import WeakValueDictionary

from ..base.params import ParamInfo, param
from ..errors import EquationError, nearest
from ..neurons.base import Costs, NeuronModel
from .declaration import Source, declare
from .definition import Defined, annotate, check_attributes, check_parameters, text_of, told
from .program import jumps, uses_current, why_not_continuous
from .remembered import WorkedOut, recall
from .schemes import KINDS, choose

# What a subclass may give beside its parameters, and what it is where it is not given.
_PARTS: dict[str, Any] = {
    "equations": "",
    "arrival": {},
    "threshold": "",
    "escape": "",
    "reset": "",
    "refractory": "",
    "held": None,
    "initial": "",
    "weight_unit": "",
    "lowest_weight": None,
    "scheme": "auto",
    "order": 4,
    "parts": 1,
}
# Of a model of three or four states, for ``backend="auto"``: no measurement of this one.
_JUMPS = Costs(step=1.5, arrival=250.0, rest=2.0, spike=500.0)
_STEPS = Costs(step=10.0, arrival=3000.0, rest=20.0, spike=50_000.0)


class Equations(Defined, NeuronModel, register=False):
    """A neuron model of your own, written as equations; a subclass is a model like any built-in one::

        class ResonateAndFire(snn.Equations):
            \"\"\"Damped oscillations of v about rest (Izhikevich 2001).\"\"\"

            tau = snn.param(default=20.0, unit="ms", above=0.0)
            omega = snn.param(default=0.3, unit="1/ms")
            e_l = snn.param(default=-65.0, unit="mV")
            v_th = snn.param(default=-50.0, unit="mV")

            equations = \"\"\"
                dv/dt = (e_l - v) / tau - omega * u : mV
                du/dt = -u / tau + omega * (v - e_l) : mV
            \"\"\"
            initial = "v = e_l"
            arrival = {"exc": "v += weight"}
            threshold = "v >= v_th"
            reset = "v = e_l; u = 0 * mV"

    Every name and unit is checked when the class is made, and an EquationError shows the place of what is
    wrong. The numbers of a model are kept in the units that it declares, and converted where an equation
    needs it; numbers in the text are pure, or have a unit (``25 * mV``). docs/equations.md has the language.

    What a subclass gives
    ---------------------
    parameters : as of any class of pysnn, by ``param`` (an annotation ``: float`` may be left out).
    equations : ``dname/dt = ... : unit`` for each state, and ``name = ... : unit`` for what stands for a
        value in those below it. ``I`` is the injected current, in pA; ``xi``, ``xi_a``, ``xi_b`` ... are
        white noises, each independent of the others and of those of other neurons, in ms**-0.5:
        ``dx/dt = -x / tau + sigma * sqrt(2 / tau) * xi`` has the standard deviation sigma. They are held for
        a step of dt, drawn by (seed, population, neuron, step); multiplied by states they are Stratonovich's.
        Not on "event" or "opencl" (Uhlenbeck & Ornstein 1930; Gillespie 1996).
    arrival : by receptor, what a spike adds: ``state += ... weight ...``. The first is the default.
    threshold : ``left >= right``. A spike is when it holds; where the reset moves nothing of it, when
        left rises through right.
    escape : in place of a threshold, the rate at which spikes come by chance, of states and parameters, such
        as ``rate * exp((v - v_th) / delta)`` with a rate in Hz or 1/ms. In a step of dt there is one with
        probability 1 - exp(-rate dt), the rate being that at its end; drawn by (seed, population, neuron,
        step). Not on "event" (Gerstner & Kistler 2002; Mensi et al. 2012).
    reset : assignments (= += -= *=) at a spike, one after the other.
    refractory : a time, of parameters; while it lasts the states ``held`` stay where they are (by default
        those that the reset sets with ``=``), arrivals included, and there is no spike.
    initial : assignments; other states begin at 0.
    weight_unit, lowest_weight : of the weights that arrive (the unit of the first state they add to; none).
    scheme, order, parts : how the clock engine takes a step: "exact", "exponential", "runge_kutta" (of
        ``order`` 1 to 4) or "auto", the first of them that fits; in so many ``parts``.
        ``print(Model.summary())`` says which was taken.

    tolerance : greatest error of a step on the event engine, in the unit of each state, in [1e-13, 1].
    """

    _source: ClassVar[Source]
    _how: ClassVar[tuple[str, int, int]]  # scheme, order, parts
    _why_only_steps: ClassVar[str]
    noises: ClassVar[tuple[str, ...]]
    declaration = WorkedOut(lambda cls: declare(cls._source, cls._numbers()))
    chosen_scheme = WorkedOut(lambda cls: choose(cls.declaration, *cls._how))
    _known: ClassVar[WeakValueDictionary[str, type[Equations]]] = WeakValueDictionary()

    tolerance: float = param(default=1e-8, low=1e-13, high=1.0, kw_only=True)

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """A model, of which Equations itself is none."""
        if cls is Equations:
            raise EquationError("Equations: derive a class from it, with equations of its own")
        return super().__new__(cls)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        annotate(cls)
        super().__init_subclass__(register=False, **kwargs)
        cls._declare()
        Equations._known[cls.digest()] = cls

    @classmethod
    def _declare(cls) -> None:
        name, parts = cls.__name__, {part: getattr(cls, part, default) for part, default in _PARTS.items()}
        check_attributes(cls, _PARTS, _ATTRIBUTES)
        infos = cls._numbers()
        check_parameters(cls, infos)
        cls._source = Source(
            name,
            text_of(name, "equations", parts["equations"]),
            _arrivals(name, parts["arrival"]),
            text_of(name, "threshold", parts["threshold"]),
            text_of(name, "reset", parts["reset"]),
            text_of(name, "refractory", parts["refractory"]),
            parts["held"],
            text_of(name, "initial", parts["initial"]),
            text_of(name, "weight_unit", vars(cls).get("weight_unit", cls.definition.get("weight_unit", ""))),
            text_of(name, "escape", parts["escape"]),
        )
        kind, order, pieces = parts["scheme"], parts["order"], parts["parts"]
        if kind not in KINDS:
            raise EquationError(f"{name}.scheme: unknown scheme {kind!r}{nearest(str(kind), KINDS)}")
        if order not in (1, 2, 3, 4):
            raise EquationError(f"{name}.order: expected 1, 2, 3 or 4 (got {order!r})")
        if not isinstance(pieces, int) or not 1 <= pieces <= 64:
            raise EquationError(f"{name}.parts: expected a whole number from 1 to 64 (got {pieces!r})")
        cls._how = kind, order, pieces
        parameters = told(cls, infos)
        facts = recall(["model", asdict(cls._source), cls._how, parameters], cls._facts)
        cls.states, cls.receptors = dict(facts["states"]), tuple(facts["receptors"])
        cls.weight_unit, cls._why_only_steps = facts["weight_unit"], facts["why_only_steps"]
        cls.noises = tuple(facts["noises"])
        if "costs" not in vars(cls):
            cls.costs = _JUMPS if facts["jumps"] else _STEPS
        cls.definition = {
            **{part: value for part, value in parts.items() if value != _PARTS[part]},
            "weight_unit": cls.weight_unit,
            "lowest_weight": None if cls.lowest_weight == float("-inf") else float(cls.lowest_weight),
            "doc": cls.__doc__ or "",
            "parameters": parameters,
        }

    @classmethod
    def _numbers(cls) -> dict[str, ParamInfo]:
        """The parameters that its equations may name."""
        return {key: info for key, info in cls._infos().items() if key != "tolerance"}

    @classmethod
    def _facts(cls) -> dict[str, Any]:
        """What a class is to know of its equations, after all of them have been read and checked."""
        declared = cls.declaration
        assert cls.chosen_scheme is not None  # which may be refused
        return {
            "states": list(declared.states.items()),
            "receptors": list(declared.arrivals),
            "weight_unit": declared.weight_unit,
            "jumps": jumps(declared) is not None,
            "why_only_steps": why_not_continuous(declared),
            "noises": list(declared.noises),
        }

    @classmethod
    def summary(cls) -> str:
        """Equations, receptors, parameters and how they are solved, for reading."""
        d = cls.declaration
        lines = [
            f"{cls.__name__}: {(cls.__doc__ or '').strip().splitlines()[0] if cls.__doc__ else 'a model'}"
        ]
        lines += [f"  d{name}/dt = {rate}  [{d.states[name] or '1'}/ms]" for name, rate in d.rates.items()]
        for receptor, adds in d.arrivals.items():
            each = ", ".join(f"{name} += {factor}*weight" for name, factor in adds.items())
            lines.append(f"  receptor {receptor!r} [{d.weight_unit or '1'}]: {each}")
        if d.escape is not None:
            lines.append(f"  spike: by chance, {d.escape} in a ms")
        else:
            lines.append(f"  spike: {d.left} {'>=' if d.resets else 'rises through'} {d.right}")
        lines += [f"    {name} = {value}" for name, value in d.reset.items()]
        if d.noises:
            lines.append(f"  noise, held for a step: {', '.join(d.noises)}")
        if d.refractory is not None:
            lines.append(f"  refractory for {d.refractory} ms, {', '.join(d.held) or 'nothing'} held")
        lines.append(f"  clock: {cls.chosen_scheme}")
        if why := why_not_continuous(d):
            lines.append(f"  event: not at all: {why}")
        elif jumps(d) is not None:
            lines.append("  event: exact, from event to event, the next crossing bracketed")
        else:
            lines.append("  event: Runge-Kutta of orders 5 and 4, to tolerance")
        for key, info in cls._infos().items():
            lines.append(f"  {key}: {info.range_text()}")
        if not uses_current(d):
            lines.append("  injected currents change nothing (no I)")
        return "\n".join(lines)

    def only_steps(self) -> str:
        """Why this one cannot run in continuous time, or nothing."""
        return self._why_only_steps


_ATTRIBUTES = {
    *_PARTS,
    "definition",
    "declaration",
    "chosen_scheme",
    "states",
    "receptors",
    "noises",
    "costs",
}


def _arrivals(name: str, value: object) -> Mapping[str, str]:
    if not isinstance(value, Mapping):
        raise EquationError(
            f'{name}.arrival: expected a dict such as {{"exc": "g_exc += weight"}} (got {value!r})'
        )
    for receptor in value:
        if not isinstance(receptor, str):
            raise EquationError(f"{name}.arrival: expected names of receptors (got {receptor!r})")
    return {receptor: text_of(name, f"arrival[{receptor!r}]", words) for receptor, words in value.items()}

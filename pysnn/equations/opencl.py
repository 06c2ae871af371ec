"""Equations in OpenCL C: the instructions that LLVM compiles for `clock`, one statement each.

So both engines do the same operations in the same order, and give the same bits.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Callable, Mapping

from .code import Value
from .declaration import Declaration
from .kernel import Words
from .program import step_of
from .schemes import Scheme

_TYPES = {"double": "double", "float": "float", "i64": "long", "i32": "int", "i1": "bool"}
_ARITHMETIC = {"fadd": "+", "fsub": "-", "fmul": "*", "fdiv": "/", "add": "+", "sub": "-"}
_COMPARISONS = {"oge": ">=", "ogt": ">", "olt": "<", "ole": "<=", "oeq": "=="}
_BITS = {"and": "&", "or": "|", "xor": "^"}


def step_text(d: Declaration, scheme: Scheme, bits: int, paired: bool) -> str:
    """``bool step(...)`` as kernels/neuron.cl asks for it; ``paired``: in double precision, of floats."""
    words = Words()
    body, _, result, fires = step_of(d, scheme, words, bits, False)
    if paired:
        body, _, result, fires = step_of(d, scheme, words, bits, True)
    kind = body.block.kind
    places = {f"%w{place}": f"C({f'word_{place}'.upper()})" for place in body.used}
    for k, name in enumerate(d.states):
        # Of pairs advance.cl puts both parts together.
        places |= {f"%in.x.{name}": f"s[{k}]", f"%in.rest.{name}": "(Real)0"}
    places |= {f"%in.w.{receptor}": f"in[{k}]" for k, receptor in enumerate(d.arrivals)}
    places |= {"%in.left": f"s[{len(d.states)}]", "%in.current": "current"}
    places |= {"%in.uniform": "u" if bits == 64 else "(float)u"}  # as wide as what the core draws it into

    printed = Printed(body.block.lines, places)
    value = printed.value
    after = [
        f"  const Real after_{k} = {value(result[f'x.{name}'], kind)};" for k, name in enumerate(d.states)
    ]
    after += [f"  s[{k}] = after_{k};" for k in range(len(d.states))]
    if "left" in result:
        after.insert(len(d.states), f"  const Real left_after = {value(result['left'], kind)};")
        after.append(f"  s[{len(d.states)}] = left_after;")
    return "\n".join(
        [
            *(["#define DRAWS"] if d.escape is not None else []),
            "static inline bool step(Real* s, const Real* in, Real current, const double* c, double u) {",
            *printed.lines,
            f"  const bool fires = {value(fires, 'i1')};",
            *after,
            "  return fires;",
            "}\n",
        ]
    )


class Printed:
    """Instructions as statements, ``lines``.

    ``places`` : what values that come from elsewhere are called, by their names.
    """

    def __init__(self, instructions: list[str], places: Mapping[str, str]) -> None:
        self._places = dict(places)
        self.lines = []
        for line in instructions:
            name, _, instruction = line.strip().partition(" = ")
            type_, expression = _statement(instruction, self.value)
            self._places[name] = name.removeprefix("%").replace(".", "_")
            self.lines.append(f"  const {type_} {self._places[name]} = {expression};")

    def value(self, text: Value, type_: str) -> str:
        """A value in what follows, or a constant."""
        return self._places.get(text) or _number(text, type_)


def _number(text: str, type_: str) -> str:
    """A constant: a whole number, a bit, or a double in the digits of its bits."""
    if not text.startswith("0x"):
        return f"{text}L" if type_ == "i64" else text
    (number,) = struct.unpack("<d", struct.pack("<Q", int(text, 16)))
    if math.isinf(number):
        return f"({'-' * (number < 0)}({_TYPES[type_]})INFINITY)"
    return f"(({_TYPES[type_]})NAN)" if math.isnan(number) else f"(({_TYPES[type_]}){float(number).hex()})"


def _parts(pattern: str, text: str) -> tuple[str, ...]:
    found = re.fullmatch(pattern, text)
    if found is None:  # of another version of LLVM
        raise NotImplementedError(f"no OpenCL C is known for {text!r} of the compiled equations")
    return found.groups()


def _statement(instruction: str, value: Callable[[str, str], str]) -> tuple[str, str]:
    """Type and expression of one instruction."""
    operation, rest = instruction.split(" ", 1)
    if operation in _ARITHMETIC or operation in _BITS:
        type_, a, b = _parts(r"(\w+) (\S+), (\S+)", rest)
        sign = _ARITHMETIC.get(operation) or _BITS[operation]
        return _TYPES[type_], f"{value(a, type_)} {sign} {value(b, type_)}"
    if operation in ("shl", "ashr"):
        type_, a, by = _parts(r"(\w+) (\S+), (\d+)", rest)
        return _TYPES[type_], f"{value(a, type_)} {'<<' if operation == 'shl' else '>>'} {by}"
    if operation == "fneg":
        type_, a = rest.split(" ")
        return _TYPES[type_], f"-{value(a, type_)}"
    if operation == "fcmp":
        how, type_, a, b = _parts(r"(\w+) (\w+) (\S+), (\S+)", rest)
        return "bool", f"{value(a, type_)} {_COMPARISONS[how]} {value(b, type_)}"
    if operation == "select":
        condition, type_, a, b = _parts(r"i1 (\S+), (\w+) (\S+), \w+ (\S+)", rest)
        return _TYPES[type_], f"{value(condition, 'i1')} ? {value(a, type_)} : {value(b, type_)}"
    if operation == "call":
        type_, name, given = _parts(r"(\w+) @llvm\.(\w+)\.f\d+\((.+)\)", rest)
        arguments = [value(a.removeprefix(f"{type_} "), type_) for a in given.split(", ")]
        return _TYPES[type_], f"{name}({', '.join(arguments)})"
    # bitcast, fpext, fptrunc, trunc, sitofp: from one type to another.
    source, a, type_ = _parts(r"(\w+) (\S+) to (\w+)", rest)
    to = _TYPES[type_]
    return to, f"as_{to}({value(a, source)})" if operation == "bitcast" else f"({to})({value(a, source)})"

"""What the host reads in a rule's file in kernels/, and the numbers that it works with."""

from __future__ import annotations

import numpy as np
import pyopencl as cl

from ...equations.as_made import rule_in_opencl
from ...equations.rule import RuleEquations
from ...plasticity import PlasticityRule
from .._cpu import core
from .._equations import core_rule_name
from .decay import Decays
from .machine import Machine, count_of, kernel_file
from .supported import rule_kernel


class RuleKernel:
    """A rule's constants and tables on the device, and how many numbers it keeps of what.

    ``states`` : of a synapse beside its weight, the last of them the gradient where it ``gathers`` one.
    ``drifts`` : whether times without events change synapses.
    """

    def __init__(self, machine: Machine, rule: PlasticityRule, dt: float, shares: str | None = None) -> None:
        """``shares`` : what kernels/shares.cl is to know, where spikes send shares of weights."""
        self._machine = machine
        numbers = rule.as_numbers()
        self.constants = core().rule_constants(core_rule_name(rule, machine.real.name), numbers, dt)
        of_equations = self.of_equations = isinstance(rule, RuleEquations)
        if isinstance(rule, RuleEquations):
            self._given = f"#define UNIT {dt.hex()}\n{rule_in_opencl(type(rule))}"
        else:
            self._given = f"enum {{ {', '.join(self.constants).upper()} }};\n"
        self.gathers = numbers.get("batch", 0.0) > 0.0 and not of_equations
        stem = rule_kernel(rule)
        text = self._given + kernel_file(stem)
        self.pre, self.post, self.mod = (count_of(f"N_{of}", text) for of in ("PRE", "POST", "MOD"))
        stateful = "#define N_STATE" in text and not of_equations
        self.states = count_of("N_STATE", text) + self.gathers
        self.acts_without_pre = "#define ACTS_WITHOUT_PRE" in text
        self.watches = "#define WATCHES" in text
        self.filters = count_of("N_FILTERS", text)  # of a target's membrane
        self.drifts = stateful or "#define DRIFTS" in text
        rows = "watching_rows" if self.watches else "stateful_rows" if stateful else "lazy_rows"
        rows = "equation_rows" if of_equations else rows
        sent = [] if shares is None else ["shares"]
        seen = ["membranes"] if self.watches else []
        self._parts = ("rule", stem, *seen, "learning", rows, *sent, "plastic_rows")
        self._given += "#define GATHERS\n" * self.gathers
        self._given += shares or ""
        self._numbers = machine.put(np.array(list(self.constants.values())))
        self._decays = Decays(machine, self.constants, dt)

    @property
    def arguments(self) -> tuple[cl.Buffer, cl.Buffer, cl.Buffer]:
        """As kernels take them."""
        return self._numbers, self._decays.tables, self._decays.ends

    def reach(self, step: int) -> bool:
        """Have tables for every gap up to ``step``; True where the arguments are others now."""
        return self._decays.reach(step)

    def kernel(self, name: str, divided: bool = False) -> cl.Kernel:
        """A kernel of plastic rows under this rule; ``divided`` : of rows that are, into strands."""
        return self._machine.kernel(name, *self._parts, given=self._given + "#define STRANDS\n" * divided)

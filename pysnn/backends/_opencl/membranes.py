"""What a rule keeps of the potentials of its targets, step by step (kernels/membranes.cl)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyopencl as cl

from .checkpoint import Arrays, array
from .history import LONG_AGO
from .machine import LOCAL
from .population import Neurons
from .rule_kernel import RuleKernel

BLOCK, PAIRS = 256, 120  # steps of a block, and pairs of its chunks, as in kernels/fading_sums.cl


def settled_before(now: int, longest: int) -> int:
    """The end of the first step after the last block of which, at ``now``, no synapse waits for a step.

    ``longest`` : the longest dendritic delay, steps. Step k ends at k + 1.
    """
    return (now - 2 * longest) // BLOCK * BLOCK + 1


class Membranes:
    """Of all targets of a projection; a presynaptic spike asks for at most twice ``longest`` steps ago."""

    def __init__(self, rule: RuleKernel, target: Neurons, longest: int, period: int) -> None:
        """``longest`` : the longest dendritic delay; ``period`` : between two calls of settle(), steps."""
        self._rule, self._target = rule, target
        self._machine = target.machine
        n, self._fall_rows = target.n, 2 * longest + 2
        delay_rows = int(rule.constants["delay_rows"])
        self._blocks = -(-(period + 2 * longest) // BLOCK) + 1
        rises = self._blocks * BLOCK * n
        self._sizes: dict[str, tuple[int, Any]] = {
            "last": (n, np.int64),
            "steps": (n, np.uint64),
            "held": (n, np.uint32),
            "filters": (rule.filters * n, np.float64),
            "falls": (self._fall_rows * n, np.float64),
            "minus": (delay_rows * n, np.float64),
            "plus": (delay_rows * n, np.float64),
            "told": (rises, np.float64),
            "so_far": (rises, np.float64),
            "onward": (rises, np.float64),
            "across": (self._blocks * PAIRS * n, np.float64),
        }
        self._kept = {name: self._machine.full(m, 0, dtype) for name, (m, dtype) in self._sizes.items()}
        self.clear()

    @property
    def arguments(self) -> tuple[Any, ...]:
        """As kernels of plastic rows take them."""
        kept = self._kept
        return (
            np.uint32(self._target.n), np.uint32(self._fall_rows), np.uint32(self._blocks), kept["last"],
            kept["steps"], *(kept[name] for name in ("falls", "told", "so_far", "onward", "across")),
        )  # fmt: skip

    def launch(self) -> Any:
        """What is done after each step."""
        items = -(-self._target.n // LOCAL) * LOCAL
        return self._machine.launch(
            self._rule.kernel("post_step"), items, LOCAL, np.uint32(self._target.n),
            np.uint64(self._target.position("v")), self._target.state, self._target.fired,
            np.uint32(self._fall_rows), np.uint32(self._blocks), *self._kept.values(),
            *self._rule.arguments,
        )  # fmt: skip

    def clear(self) -> None:
        """No step has been."""
        n = self._target.n
        self._machine.write(self._kept["last"], np.full(n, LONG_AGO, np.int64))
        self._machine.write(self._kept["steps"], np.zeros(n, np.uint64))
        self._machine.write(self._kept["held"], np.zeros(n, np.uint32))

    @property
    def silent(self) -> bool:
        """Has no step been?"""
        return not self._machine.get(self._kept["steps"], self._target.n, np.uint64).any()

    def mutable(self) -> list[cl.Buffer]:
        """What running changes."""
        return list(self._kept.values())

    def save(self) -> Arrays:
        """All of it."""
        return {
            name: self._machine.get(self._kept[name], n, dtype) for name, (n, dtype) in self._sizes.items()
        }

    def restore(self, saved: Arrays) -> None:
        """Go on with it."""
        for name, (n, dtype) in self._sizes.items():
            self._machine.write(self._kept[name], array(saved, name, (n,), dtype))

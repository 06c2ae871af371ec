"""The recent moments of a modulator on the device, as csrc/plasticity/moments.hpp keeps them."""

from __future__ import annotations

from bisect import bisect_left
from typing import Any

import numpy as np
import pyopencl as cl
from numpy.typing import NDArray

from ...errors import CheckpointError
from .checkpoint import Arrays, array
from .machine import Machine

FROM_OUTSIDE = 0xFFFFFFFF  # moments of one time are ordered by what feeds them, these last
ENOUGH = 64  # of them make it worth bringing all synapses up to date for their sake


class Moments:
    """Times, values and the modulator's trace just after each; ``width`` values a moment.

    The host knows times and values, the device what a rule keeps (``traces`` numbers of each moment). Those
    below ``taught`` have been seen by all synapses, changes by those below ``told`` have been reported.
    """

    def __init__(self, machine: Machine, width: int, traces: int) -> None:
        self._machine = machine
        self.width, self._traces = width, traces
        self._room = 0
        self._enough = ENOUGH
        self._t: list[int] = []
        self._order: list[int] = []
        self._values: list[NDArray[np.float64]] = []
        self.taught = self.told = 0
        self._heard = 0  # how many of them are on the device with their trace
        self._make_room(1)

    def __len__(self) -> int:
        return len(self._t)

    @property
    def arguments(self) -> tuple[Any, ...]:
        """As kernels take them."""
        return np.uint32(self.width), self._time, self._value, self._trace

    @property
    def buffers(self) -> tuple[cl.Buffer, cl.Buffer, cl.Buffer]:
        """Times, values and traces."""
        return self._time, self._value, self._trace

    def add(self, t: int, order: int, values: NDArray[np.float64]) -> None:
        """One more, in its order."""
        k = len(self._t)
        while k > 0 and (self._t[k - 1], self._order[k - 1]) > (t, order):
            k -= 1
        self._t.insert(k, t)
        self._order.insert(k, order)
        self._values.insert(k, np.asarray(values, np.float64))
        self._heard = min(self._heard, k)

    def first_from(self, t: int) -> int:
        """The number of the first one at t or later."""
        return bisect_left(self._t, t)

    @property
    def ever(self) -> bool:
        """Has there been any?"""
        return bool(self._t)

    @property
    def newest(self) -> int:
        """When the latest is."""
        return self._t[-1] if self._t else 0

    @property
    def crowded(self) -> bool:
        """Are there so many that synapses had better be brought up to date?"""
        return len(self._t) >= self._enough

    @property
    def unheard(self) -> int | None:
        """The first one that the device does not know, if there is one."""
        return self._heard if self._heard < len(self._t) else None

    def tell(self) -> bool:
        """Let the device have them but for their traces; True where its buffers are others now."""
        begin, grown = self._heard, len(self._t) > self._room
        if grown:
            traces = self._traces_of(begin)
            self._make_room(2 * len(self._t))
            self._machine.write(self._trace, traces.ravel())
            begin = 0
        if begin < len(self._t):
            self._machine.write(self._time, np.array(self._t[begin:], np.int64), begin)
            self._machine.write(self._value, np.concatenate(self._values[begin:]), begin * self.width)
        self._heard = len(self._t)
        return grown

    def _make_room(self, moments: int) -> None:
        self._room = moments
        self._time = self._machine.full(moments, 0, np.int64)
        self._value = self._machine.full(moments * self.width, 0.0, np.float64)
        self._trace = self._machine.full(moments * self._traces, 0.0, np.float64)

    def forget_settled(self) -> None:
        """All that every synapse has seen, but the latest of them, from where gaps may begin."""
        gone = max(0, self.taught - 1)
        if gone:
            traces = self._traces_of(len(self._t))[gone:]
            del self._t[:gone], self._order[:gone], self._values[:gone]
            self.taught -= gone
            self.told = max(0, self.told - gone)
            self._heard = 0
            self.tell()
            self._machine.write(self._trace, traces.ravel())
        # What cannot be dropped yet shall not make it crowded again at once.
        self._enough = max(ENOUGH, 2 * len(self._t))

    def _traces_of(self, n: int) -> NDArray[np.float64]:
        held = self._machine.get(self._trace, n * self._traces, np.float64)
        return held.reshape(n, self._traces)

    def clear(self) -> None:
        """There has been none."""
        self._t, self._order, self._values = [], [], []
        self.taught = self.told = self._heard = 0
        self._enough = ENOUGH

    def save(self) -> Arrays:
        """All that are kept."""
        n = len(self._t)
        return {
            "moments": np.array(self._t, np.int64),
            "moments' order": np.array(self._order, np.int64),
            "moments' values": np.array(self._values, np.float64).reshape(n, self.width),
            "moments' traces": self._traces_of(n),
            "moments' marks": np.array([self.taught, self.told], np.int64),
        }

    def restore(self, saved: Arrays) -> None:
        """Go on with them."""
        self.clear()
        self._t = array(saved, "moments", (-1,), np.int64).tolist()
        n = len(self._t)
        self._order = array(saved, "moments' order", (n,), np.int64).tolist()
        self._values = list(array(saved, "moments' values", (n, self.width), np.float64))
        self.taught, self.told = array(saved, "moments' marks", (2,), np.int64).tolist()
        if not 0 <= self.taught <= n or not 0 <= self.told <= n:
            raise CheckpointError("checkpoint: moments' marks: more moments than there are")
        self.tell()
        traces = array(saved, "moments' traces", (n, self._traces), np.float64)
        self._machine.write(self._trace, traces.ravel())

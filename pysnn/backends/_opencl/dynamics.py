"""Short-term plasticity on the device: what a spike sends of the weights of its row (kernels/dynamics.cl)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyopencl as cl
from numpy.typing import NDArray

from ...dynamics import Dynamics
from .._cpu import core
from .checkpoint import Arrays, array
from .decay import Decays
from .history import Moved
from .keys import subkey, with_noise
from .late import Late, under_way
from .machine import Launch, count_of, kernel_file
from .rearranged import Rearranged
from .supported import stem
from .synapses import Rows


class Shares:
    """What the spikes of the rows of a projection send, and the state that it follows from."""

    def __init__(self, rows: Rows, law: Dynamics, dt: float, key: int) -> None:
        """``key`` : of what its synapses draw."""
        machine = self._machine = rows.machine
        self._rows, self._key = rows, key
        self._noise = self._turn = 0
        numbers = law.as_numbers()
        constants = core().dynamics_constants(type(law).__name__, numbers, dt)
        self.given = f"enum {{ {', '.join(constants).upper()} }};\n"
        self.kind = "#define STOCHASTIC\n" * (numbers["stochastic"] != 0.0)  # as shares.cl knows it
        self.given += self.kind
        self.files = ("rule", stem(type(law)), "dynamics")
        self._size = count_of("N_LAW", kernel_file(self.files[1]))
        self._numbers = machine.put(np.array(list(constants.values())))
        self._decays = Decays(machine, constants, dt)
        self._newest_t = machine.full(rows.rows, 0, np.int64)
        self._newest_law = machine.full(rows.rows * self._size, 0.0, np.float64)
        self._spikes = machine.full(rows.rows, 0, np.uint64)
        spikes = rows.source.ring * rows.source.width
        self._share = machine.full(spikes, 0.0, np.float64)
        self._number = machine.full(spikes, 0, np.uint64)
        rows.source.on_moved.append(self._spikes_moved)
        self._bind()

    def _bind(self) -> None:
        machine = self._machine
        self._set_out = machine.launch(
            machine.kernel("set_out", *self.files, given=self.given), machine.strided, machine.strided_local,
            *self._rows.source_arguments(), self._newest_t, self._newest_law, self._spikes, self._share,
            self._number, self._numbers, self._decays.tables, self._decays.ends,
        )  # fmt: skip

    @property
    def arguments(self) -> tuple[Any, ...]:
        """As deliveries take them."""
        return self._share, self._number, self.key

    @property
    def key(self) -> np.uint64:
        """What its synapses draw by now."""
        return np.uint64(subkey(with_noise(self._key, self._noise), self._turn))

    def of(self, spike: NDArray[np.int64]) -> Arrays:
        """The shares of spikes by their place in the ring, and which of their row's these are."""
        n = self._rows.source.ring * self._rows.source.width
        share, number = (
            self._machine.get(self._share, n, np.float64),
            self._machine.get(self._number, n, np.uint64),
        )
        return {"share": share[spike], "number": number[spike]}

    @property
    def silent(self) -> bool:
        """Has no source fired?"""
        return not self._machine.get(self._spikes, self._rows.rows, np.uint64).any()

    def stored_anew(self, rows: Rows) -> None:
        """Of rows with other delays, or of others while it is silent."""
        self._rows = rows
        self._bind()

    def prepare(self, until: int) -> None:
        """Make sure that tables last up to ``until``."""
        if self._decays.reach(until):
            self._bind()

    def hear(self, start: int, steps: int) -> None:
        """Work out what the spikes of these steps send."""
        self._set_out(start, steps)

    def begin_again(self, noise: int, from_zero: bool) -> None:
        """No spike has been. Draws are of this noise where time begins again, else new ones."""
        self._turn = 0 if from_zero else self._turn + 1
        if from_zero:
            self._noise = noise
        self._machine.write(self._spikes, np.zeros(self._rows.rows, np.uint64))

    def mutable(self) -> list[cl.Buffer]:
        """What running changes, but for the ring of spikes, whose rows are written anew."""
        return [self._newest_t, self._newest_law, self._spikes]

    def _kept(self) -> dict[str, tuple[int, Any]]:
        rows, spikes = self._rows.rows, self._rows.source.ring * self._rows.source.width
        return {
            "newest_t": (rows, np.int64),
            "newest_law": (rows * self._size, np.float64),
            "spikes": (rows, np.uint64),
            "share": (spikes, np.float64),
            "number": (spikes, np.uint64),
        }

    def save(self) -> Arrays:
        """The states of rows and the shares of spikes."""
        saved: dict[str, NDArray[Any]] = {
            name: self._machine.get(getattr(self, f"_{name}"), n, dtype)
            for name, (n, dtype) in self._kept().items()
        }
        return {**saved, "draws": np.array([self._noise, self._turn], np.uint64)}

    def restore(self, saved: Arrays, until: int) -> None:
        """Go on with them, at step ``until``."""
        for name, (n, dtype) in self._kept().items():
            self._machine.write(getattr(self, f"_{name}"), array(saved, name, (n,), dtype))
        self._noise, self._turn = (int(number) for number in array(saved, "draws", (2,), np.uint64))
        self.prepare(until)

    def _spikes_moved(self, moved: Moved) -> None:
        size, machine = moved.old_ring * moved.old_width, self._machine
        self._share = machine.put(moved.table(machine.get(self._share, size, np.float64)))
        self._number = machine.put(moved.table(machine.get(self._number, size, np.uint64)))
        self._bind()


class DynamicSynapses:
    """Weights that stay, of which spikes send a share."""

    def __init__(self, rows: Rows, shares: Shares) -> None:
        self._rows, self.shares = rows, shares
        self._constant = rows.block["constant"]
        self._weight = rows.machine.put(rows.block["weight"])
        self._late = Late(rows, "share", "number")
        rows.source.on_moved.append(lambda moved: self._bind())
        self._bind()

    def _bind(self) -> None:
        rows, late = self._rows, self._late
        self._deliver = self._launch(
            "deliver_shares", *rows.delivery_arguments(), np.int64(late.since), np.uint32(self._constant),
            self._weight, *self.shares.arguments,
        )  # fmt: skip
        if late.any:
            self._deliver_late = self._launch(
                "deliver_late_shares", *late.arguments(rows), np.uint32(self._constant), self._weight,
                late.more("share"), late.more("number"), self.shares.key,
            )  # fmt: skip

    def _launch(self, name: str, *arguments: Any) -> Launch:
        rows, shares = self._rows, self.shares
        kernel = rows.machine.kernel(name, *shares.files, given=shares.given)
        return rows.machine.launch(kernel, rows.owners, rows.machine.owners_local, *arguments)

    def deliver(self, start: int, steps: int) -> None:
        """Add what arrives in these steps to the targets' sums."""
        if self._late.any:
            self._deliver_late(start, steps)
        self._deliver(start, steps)

    def tidy(self, now: int) -> None:
        """Forget what was under way where all of it has come."""
        self._late.tidy(now)

    def delivered(self) -> int:
        """Synaptic events so far."""
        return self._rows.count_delivered()

    def set_weights(self, stored: NDArray[Any]) -> None:
        """Replace the weights, given as stored."""
        self._constant = False
        self._weight = self._rows.machine.put(stored)
        self._bind()

    @property
    def silent(self) -> bool:
        """Has no source fired?"""
        return self.shares.silent

    def remembers(self, now: int) -> NDArray[np.bool_]:
        """By run as stored: is anything under way to it?"""
        remembers = np.zeros(self._rows.runs, bool)
        for found in (under_way(self._rows, self._late.since, now), self._late.coming(now)):
            remembers[found["run"]] = True
        return remembers

    def stored_anew(self, stored: Rearranged, now: int) -> None:
        """Other delays, or other sources while it is silent."""
        sent = under_way(self._rows, self._late.since, now)
        sent |= self.shares.of(sent["spike"])
        self._late.set(self._late.coming(now), sent, stored=stored, now=now)
        self._rows = self._rows.of(stored.arrays)
        self._weight = self._rows.machine.put(stored.arrays["weight"])
        self.shares.stored_anew(self._rows)
        self._bind()

    def begin_again(self, noise: int, from_zero: bool) -> None:
        """No spike has been."""
        self._late.begin_again()
        self.shares.begin_again(noise, from_zero)
        self._bind()

    def mutable(self) -> list[cl.Buffer]:
        """What running changes."""
        return [self._rows.delivered, *self.shares.mutable()]

    def save(self) -> Arrays:
        """The states of its rows, and what is under way."""
        return self.shares.save() | self._late.save()

    def restore(self, saved: Arrays, until: int) -> None:
        """Go on with them."""
        self.shares.restore(saved, until)
        self._late.restore(saved, self._rows)
        self._bind()

"""Neurons of one population: state on the device, the model's kernel, the list of those that fired."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any

import numpy as np
import pyopencl as cl
from numpy.typing import NDArray

from ...base.timebase import TimeBase
from ...errors import CheckpointError, ParameterError
from ...spec import PopulationSpec
from .._cpu import core
from .._each import columns, numbers
from .._keys import key
from .checkpoint import Arrays, array, named, within
from .competition import PART, Competition
from .history import History
from .homeostasis import STATE, Homeostasis
from .keys import subkey
from .machine import ALWAYS, LOCAL, Machine, kernel_text
from .supported import ModelKernel, check_movable

Floats = NDArray[np.float64]


class Neurons:
    """One population; ``slice_steps`` steps are taken in one launch at most."""

    def __init__(
        self, machine: Machine, spec: PopulationSpec, kernel: ModelKernel, initial: dict[str, Floats],
        grid: TimeBase, ring: int, slice_steps: int, seed: int, noise: int, deaf: bool,
    ) -> None:  # fmt: skip
        self.machine = self._machine = machine
        self._spec, self._kernel, self._grid = spec, kernel, grid
        self.n = spec.n
        self._owner = f"population {spec.name!r}"
        self._columns = columns(spec.model, spec.n, seed, "population", spec.name)
        self._params = numbers(spec.model, self._columns, 0).as_numbers()
        self._states = list(spec.model.states)
        hidden = core().neuron_models()[kernel.model]["hidden_states"]
        self._slice = slice_steps
        self._noise_key = key(noise, "population", spec.name)
        self._draw_key = core().spikes_key(self._noise_key, 0)
        self._paired = False
        self._changed: set[str] = set()
        self.homeostasis: Homeostasis | None = None
        if spec.homeostasis is not None:
            check_movable(spec)
            theta = dict(spec.init).get(STATE)
            drawn = key(seed, "population", spec.name)
            begin = (
                np.zeros(spec.n)
                if theta is None
                else core().draw(theta.lower(), subkey(drawn, len(self._states)), spec.n, self._owner)
            )
            self.homeostasis = Homeostasis(machine, spec.n, spec.parts(), begin, grid, self._owner)
        self.competition: Competition | None = None
        if spec.winner_takes_all is not None:
            check_movable(spec)
            self.competition = Competition(machine, spec.n, spec.winner_takes_all)
        self._set_constants()

        rows = [initial[name] for name in self._states] + [np.zeros(spec.n)] * hidden
        self._rows = len(rows)
        self._first = machine.rounded(np.stack(rows), f"{self._owner}: init")
        self.state = machine.put(self._with_rests(self._first).ravel())
        receptors = list(spec.model.receptors)
        self._receptor_offset = {name: number * slice_steps * spec.n for number, name in enumerate(receptors)}
        self._deaf = deaf  # nothing ever arrives
        self._inputs = 0 if deaf else len(receptors) * slice_steps * spec.n
        self.input = machine.full(self._inputs, 0.0, machine.real)
        self._current = machine.full(spec.n, 0.0, machine.real)
        self.history = History(machine, ring, spec.n)
        self.history.least_interval = lambda: self.least_interval

        self.fired = machine.full(slice_steps * spec.n, 0, np.uint8)
        self.seen: tuple[cl.Buffer, ...] | None = None  # v, threshold, held of the step, where rules watch it
        self.history.on_moved.append(lambda moved: self._bind_history())
        self._bind_history()
        self._bind()

    def _bind_history(self) -> None:
        lanes, history = self._machine.lanes, self.history
        self._compact = self._machine.launch(
            self._machine.kernel("compact", *ALWAYS), lambda steps: steps * lanes, lanes, np.uint32(self.n),
            np.uint32(history.ring), self.fired, history.indices, history.count, cl.LocalMemory(4 * lanes),
        )  # fmt: skip

    # ---- constants ----------------------------------------------------------------------------------

    def _set_constants(self) -> None:
        """Work out the numbers of the step, of all neurons or of each."""
        self._names, values, pairs = core().step_constants(
            self._kernel.model, self._params, self._columns, self._grid.dt, self._machine.real.name,
            self._grid.rounds, self._owner,
        )  # fmt: skip
        beyond = [name for name, row in zip(self._names, values, strict=True) if np.isinf(row).any()]
        if beyond and self._machine.real.itemsize == 4 and not pairs:
            raise ParameterError(
                f"{self._owner}: {beyond[0]}, which its parameters give, is beyond what float32 holds"
            )
        self._paired = self._paired or pairs
        self._each = bool(self._columns or self.homeostasis or self.competition)
        if self._each and values.shape[1] == 1:
            values = np.repeat(values, self.n, axis=1)
        self._constants = self._machine.put(values.ravel())
        # Steps between two spikes of a neuron at least.
        held = values[self._names.index("refractory")] if "refractory" in self._names else np.zeros(1)
        self.least_interval = int(held.min(initial=1 << 30)) + 1 if len(held) else 1

    def _bind(self) -> None:
        machine = self._machine
        if self.homeostasis or self.competition:
            rows = self._names.index("v_th"), self._names.index("fall" if "fall" in self._names else "v_th")
            v_reset = self.parameter("v_reset") if "v_reset" in self._params else np.zeros(self.n)
            v_th = self.parameter("v_th")
            if self.homeostasis:
                self.homeostasis.bind(self._constants, rows, v_th, v_reset, self.fired)
            if self.competition:
                theta = self.homeostasis.theta if self.homeostasis else None
                self.competition.bind(
                    self._constants, rows, v_th, v_reset, theta, self.state, self.input, self.fired
                )
        receptors = len(self._receptor_offset)
        given = (
            f"#define N_STATES {self._rows}\n#define N_RECEPTORS {receptors}\n"
            f"#define N_CONSTANTS {len(self._names)}\nenum {{ {', '.join(self._names).upper()} }};\n"
            + "#define DEAF\n" * self._deaf
            + "#define EACH\n" * self._each
            + "#define PAIRED\n" * self._paired
            + "#define COMPETES\n" * bool(self.competition)
        )
        files = "neuron", *self._kernel.parts, "advance", *(["watch"] if self.seen else [])
        real = "double" if self._paired else ""
        kernel = machine.kernel(
            "advance", *files, given=given, text=self._kernel.text(self._paired), real=real
        )
        # Of a strip each, or of a neuron.
        items = -(-self.n // machine.strip) if machine.strip else -(-self.n // LOCAL) * LOCAL
        self._advance = machine.launch(
            kernel, items, 1 if machine.strip else LOCAL, np.uint32(self.n), np.uint32(self._slice),
            self._constants,
            np.uint64(self._draw_key), self.state, self.input, self._current, self.fired,
            *([self.competition.again] if self.competition else []),
        )  # fmt: skip
        if self.seen:
            self._look = machine.launch(
                machine.kernel("look", *files, given=given, real=real), -(-self.n // LOCAL) * LOCAL, LOCAL,
                np.uint32(self.n), np.uint32(self._slice), self._constants, self.state, self.input,
                self._current, *self.seen,
            )  # fmt: skip

    @property
    def name(self) -> str:
        """Of the population."""
        return self._spec.name

    @property
    def model(self) -> str:
        """The name of its model."""
        return self._kernel.model

    def has_parameter(self, name: str) -> bool:
        """Has its model one of that name?"""
        return name in self._params

    def differ(self, name: str) -> bool:
        """Do neurons differ in a parameter?"""
        return name in self._columns

    def parameter(self, name: str) -> Floats:
        """Of every neuron, as it is now."""
        values = self._columns.get(name)
        return np.full(self.n, self._params[name]) if values is None else values.copy()

    def set_parameters(self, values: Mapping[str, Floats], indices: NDArray[np.uint32]) -> None:
        """Go on with these values; where one cannot be, nothing has changed."""
        before = self._params, self._columns
        self._changed |= set(values)
        self._params, self._columns = dict(self._params), dict(self._columns)
        for name, given in values.items():
            column = self.parameter(name)
            column[indices] = given
            self._columns.pop(name, None)
            self._params[name] = float(column[0])
            if not (column == column[0]).all():
                self._columns[name] = column
        paired = self._paired
        try:
            self._set_constants()
        except Exception:
            self._params, self._columns = before
            raise
        if self._paired and not paired:
            declared = self._machine.get(self.state, self._rows * self.n, self._machine.real)
            self.state = self._machine.put(self._with_rests(declared.reshape(self._rows, self.n)).ravel())
        self._bind()

    def take_parameters_of(self, other: Neurons) -> None:
        """Begin with the parameters as they are there."""
        if self.homeostasis and other.homeostasis:
            self.homeostasis.take_over(other.homeostasis)
        if self.competition and other.competition:
            self.set_part(PART, other.competition.takes, 0)
        names = set(self._columns) | set(other._columns)
        names |= {name for name, value in self._params.items() if other._params[name] != value}
        if names:
            values = {name: other.parameter(name) for name in names}
            self.set_parameters(values, np.arange(self.n, dtype=np.uint32))

    # ---- running ------------------------------------------------------------------------------------

    @property
    def can_be_watched(self) -> bool:
        """Does its model tell what rules may ask of a step?"""
        return any("#define WATCHED" in kernel_text(part) for part in self._kernel.parts)

    def watch(self) -> None:
        """Let rules see each step from now on: v before a reset, the threshold, whether a neuron is held."""
        if self.seen is None:
            real = self._machine.real
            self.seen = tuple(self._machine.full(self.n, 0, dtype) for dtype in (real, real, np.uint8))
            self._bind()

    def advance(self, start: int, steps: int) -> None:
        """Take the steps, and enter those that fire into the history."""
        if self.seen:
            self._look(start, steps)
        if self.competition:
            self.competition.step(start, self._advance)
        else:
            self._advance(start, steps)
        self._compact(start, steps)
        if self.homeostasis:
            self.homeostasis.raised(start)

    def offset(self, receptor: str) -> np.uint64:
        """Where the sums of a receptor begin in ``input``."""
        return np.uint64(self._receptor_offset[receptor])

    def set_current(self, values: NDArray[Any]) -> None:
        """Injected current of each neuron from now on, pA."""
        self._machine.write(self._current, values)

    # ---- parts beside the model ----------------------------------------------------------------------

    def parts(self) -> dict[str, float]:
        """Numbers of what it has beside its model, as they are now."""
        parts = dict(self.homeostasis.parts) if self.homeostasis else {}
        return {**parts, PART: self.competition.takes} if self.competition else parts

    def set_part(self, name: str, value: float, now: int) -> None:
        """Go on with another one of them."""
        if self.competition and name == PART:
            self.competition.takes = value
            self._bind()
        elif self.homeostasis:
            self.homeostasis.set_part(name, value, now)

    # ---- states -------------------------------------------------------------------------------------

    def _with_rests(self, declared: NDArray[Any]) -> NDArray[Any]:
        """Beside states in single precision what is left of them, where the step reckons in double."""
        return np.concatenate([declared, np.zeros_like(declared)]) if self._paired else declared

    def position(self, state: str) -> int:
        """Where the values of a state variable begin in ``state``."""
        return self._states.index(state) * self.n

    def get(self, state: str) -> Floats:
        """Values of a state variable."""
        if self.homeostasis and state == STATE:
            return self.homeostasis.get()
        values = self._machine.get(self.state, self.n, self._machine.real, self.position(state))
        return values.astype(np.float64)

    def check_finite(self) -> None:
        """ParameterError that names a neuron one of whose states is no finite number any more."""
        values = self._machine.get(self.state, len(self._states) * self.n, self._machine.real)
        beyond = np.flatnonzero(~np.isfinite(values))
        if len(beyond):
            state, neuron = divmod(int(beyond[0]), self.n)
            raise ParameterError(
                f"{self._owner}: {self._states[state]} of neuron {neuron} is no finite number any more: its "
                f"equations cannot be followed in steps of dt = {self._grid.dt:g} ms (check its parameters, "
                "weights and currents, or choose a smaller dt)"
            )

    def set(self, state: str, values: Floats) -> None:
        """Replace a state variable."""
        if self.homeostasis and state == STATE:
            self.homeostasis.set(values)
            return
        rounded = self._machine.rounded(values, f"set_state: {state}")
        self._machine.write(self.state, rounded, self.position(state))
        if self._paired:
            rest = self._rows * self.n + self.position(state)
            self._machine.write(self.state, np.zeros_like(rounded), rest)

    def restart(self, kept: AbstractSet[str], noise: int | None, now: int) -> None:
        """States as they began, but those kept; draws by the key of another noise where time begins again."""
        if self.homeostasis:
            self.homeostasis.restart(STATE in kept, noise is not None, now)
        begun = self._with_rests(self._first)
        for row in range(len(begun)):
            of = row % self._rows
            if of >= len(self._states) or self._states[of] not in kept:
                self._machine.write(self.state, begun[row], row * self.n)
        self.history.clear()
        self._machine.write(self.input, np.zeros(self._inputs, self._machine.real))
        if noise is not None:
            self._draw_key = core().spikes_key(self._noise_key, noise)
            self._bind()

    # ---- checkpoints --------------------------------------------------------------------------------

    def save(self) -> Arrays:
        """States, spikes, and the parameters that were changed."""
        rows = self._rows * (2 if self._paired else 1)
        state = self._machine.get(self.state, rows * self.n, self._machine.real).reshape(rows, self.n)
        parameters = {name: self.parameter(name) for name in sorted(self._changed)}
        saved = {"state": state, **named("history/", self.history.save()), **named("parameter/", parameters)}
        if self.homeostasis:
            saved |= named("homeostasis/", self.homeostasis.save())
        if self.competition:
            saved["takes"] = np.array(self.competition.takes)
        return saved

    def restore(self, saved: Arrays) -> None:
        """Go on from there."""
        parameters = within(saved, "parameter/")
        if parameters:
            values = {name: array(parameters, name, (self.n,), np.float64) for name in parameters}
            self.set_parameters(values, np.arange(self.n, dtype=np.uint32))
        state = array(saved, "state", (-1, self.n), self._machine.real)
        if len(state) == 2 * self._rows and not self._paired:  # for parameters that have gone
            self._paired = True
            self._set_constants()
            self.state = self._machine.put(state.ravel())
            self._bind()
        if len(state) != self._rows * (2 if self._paired else 1):
            raise CheckpointError(f"checkpoint: {len(state)} states of {self._owner}")
        self._machine.write(self.state, state.ravel())
        self.history.restore(within(saved, "history/"))
        if self.homeostasis:
            self.homeostasis.restore(within(saved, "homeostasis/"))
        if self.competition:
            self.set_part(PART, float(array(saved, "takes", (), np.float64)), 0)

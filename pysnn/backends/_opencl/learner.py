"""What an engine asks of the synapses of a projection that learn, whatever they learn by."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
import pyopencl as cl
from numpy.typing import NDArray

from .change_log import ChangeLog
from .checkpoint import Arrays
from .learning_times import LearningTimes
from .machine import Machine
from .population import Neurons
from .rearranged import Rearranged


class Learner(ABC):
    """Synapses of one projection whose weights change; reading them changes no bit of what follows."""

    def __init__(self, machine: Machine, target: Neurons, name: str) -> None:
        self._machine = machine
        self.target = target
        self._name = name
        self._learning = LearningTimes()
        self._log = ChangeLog(machine)

    # ---- running ------------------------------------------------------------------------------------

    @abstractmethod
    def deliver(self, start: int, steps: int) -> None:
        """Bring up to date what is reached in these steps, and add it to the targets' sums."""

    def hear(self, start: int, steps: int) -> None:  # noqa: B027 (nothing, where a rule needs none)
        """Take note of what sources have sent in these steps."""

    @abstractmethod
    def after(self, start: int, steps: int) -> None:
        """Take note of what targets have done in these steps."""

    def tidy(self) -> None:  # noqa: B027 (nothing, where a rule needs none)
        """Between two batches of steps: forget what all synapses have seen."""

    def make_room(self, now: int, until: int) -> None:  # noqa: B027 (nothing, where a rule needs none)
        """For what comes up to ``until``, by which no buffer may change where steps are repeated."""

    @abstractmethod
    def prepare(self, now: int, until: int) -> None:
        """Make sure that all lasts up to ``until``."""

    def settle(self, now: int) -> None:  # noqa: B027 (nothing, where a rule needs none)
        """Have no use for what targets did before ``now``."""

    def reserve(self, now: int) -> None:  # noqa: B027 (nothing, where a rule needs none)
        """Parameters of the targets are others from now on."""

    def refuse_parameters(self, owner: str) -> None:  # noqa: B027 (nothing, where a rule needs none)
        """BackendUnsupported where those of the targets, of which ``owner`` tells, cannot be changed."""

    @abstractmethod
    def finish(self, now: int) -> NDArray[Any]:
        """The weights as of now, as stored."""

    @abstractmethod
    def check(self) -> None:
        """ParameterError where a weight has left the range of those that may be declared."""

    @abstractmethod
    def set_weights(self, stored: NDArray[Any], now: int) -> None:
        """Replace the weights, given as stored, after finish(): they count from now on."""

    # ---- learning -----------------------------------------------------------------------------------

    @abstractmethod
    def learn(self, on: bool | None, rate: float | None, now: int) -> None:
        """Whether what reaches a synapse after ``now`` changes its weight, and how fast; None: as before."""

    @property
    def learns(self) -> bool:
        """Does it now?"""
        return self._learning.on

    @abstractmethod
    def modulate(self, values: NDArray[np.float64], now: int) -> None:
        """A moment of its modulator, after all else of ``now``."""

    @abstractmethod
    def modulate_at(self, value: float, t: int, feed: int) -> None:
        """A moment that is to come, by a spike; those of one time come in the order of ``feed``."""

    # ---- beginning anew -----------------------------------------------------------------------------

    @abstractmethod
    def forget(self, since: int = 0) -> None:
        """After finish(): keep the weights as they are ``since``, as those of a network that has not run."""

    @abstractmethod
    def begin_again(self, noise: int, from_zero: bool) -> None:
        """After forget(): how it draws from now on, by this noise where time begins again."""

    def take_over(self, other: Learner) -> None:
        """Begin with how fast another one of the same synapses learns, and what its trials have gathered."""
        self._learning.take_over(other._learning)
        self.take_gathered(other)

    @abstractmethod
    def take_gathered(self, other: Learner) -> None:
        """Go on with what outlasts trials."""

    @property
    @abstractmethod
    def silent(self) -> bool:
        """Has nothing come that its synapses could remember?"""

    @property
    def in_dendrites(self) -> bool:
        """Does it hear its targets by dendritic delays?"""
        return False

    @abstractmethod
    def remembers(self, now: int) -> NDArray[np.bool_]:
        """By run as stored: whether its synapses have heard a spike."""

    @abstractmethod
    def stored_anew(self, stored: Rearranged, now: int) -> None:
        """Other delays, or other sources while it is silent; what is kept of synapses goes with them."""

    # ---- what it has come to ------------------------------------------------------------------------

    @abstractmethod
    def delivered(self) -> int:
        """Synaptic events so far."""

    @abstractmethod
    def mutable(self) -> list[cl.Buffer]:
        """What running changes, but for the ring of spikes, whose rows are written anew."""

    @abstractmethod
    def marks(self) -> Any:
        """What the host keeps of where it stands, for ``go_back``."""

    @abstractmethod
    def go_back(self, marks: Any) -> None:
        """Go back to where ``marks`` was taken, without the changes recorded since."""

    @abstractmethod
    def save(self) -> Arrays:
        """All of it, as it is stored."""

    @abstractmethod
    def restore(self, saved: Arrays, until: int) -> None:
        """Go on from there, at step ``until``; the sources' spikes have been restored."""

    # ---- changes ------------------------------------------------------------------------------------

    @abstractmethod
    def _bind(self) -> None:
        """Make launches of the buffers as they are."""

    @property
    def records(self) -> bool:
        """Are changes of weights recorded?"""
        return self._log.kept

    def record_changes(self) -> None:
        """Record them from now on."""
        if self._log.begin():
            self._bind()

    def log_overflown(self) -> bool:
        """Did changes find no room? Then there is room now, and the steps must be taken again."""
        overflown = self._log.overflown()
        if overflown:
            self._bind()
        return overflown

    def take_changes(self) -> tuple[NDArray[np.int64], NDArray[np.uint32], NDArray[np.float64]]:
        """(step, synapse as stored, new weight) since the last call; for each synapse in order."""
        return self._log.take()

"""What tells synapses how they did: modulators, errors of readouts, and what feedback makes of them."""

from __future__ import annotations

from typing import Any

from ..base.interrupt import InterruptGuard
from ..errors import ParameterError
from ..spec import (
    ErrorSpec,
    FeedbackSpec,
    Modulator,
    ModulatorSpec,
    Population,
    Projection,
    SourceGroup,
)
from ..spec.synapse_values import feedback_weights
from .parts import NetworkParts


class Signals(NetworkParts):
    """The part of a network that declares the signals of learning."""

    def modulator(
        self,
        name: str,
        of: Population | None = None,
        *,
        by: Population | SourceGroup | None = None,
        weight: float = 1.0,
        delay: float = 1.0,
    ) -> Modulator:
        """Declare a signal that plastic projections may listen to: a reward, an error, a neuromodulator.

        It happens at moments, ``sim.modulate(modulator, value)``, at each of which its value reaches every
        projection declared with ``modulator=`` it. What that does is said by the projection's rule.

        Parameters
        ----------
        name : unique among modulators.
        of : a population, where it is one number a neuron of it; by default it is one number for all.
        by : a population or source of which each spike is a moment too, as of neurons that release dopamine.
        weight : the value of such a moment.
        delay : > 0 ms from the spike to the moment; a multiple of dt on steps.
        """
        if of is not None:
            self._check_mine(of, f"modulator {name!r}: of", (Population,))
        if by is not None:
            self._check_mine(by, f"modulator {name!r}: by", (Population, SourceGroup))
        spec = ModulatorSpec(
            name, None if of is None else of.name, None if by is None else by.name, weight, delay
        )
        spec.check({group.name: group.spec for group in self._groups().values()})
        if name in self._modulators:
            raise ParameterError(f"there is a modulator named {name!r} already")
        self._modulators[name] = Modulator(self, spec)
        return self._modulators[name]

    def error(
        self, name: str, readout: Population, loss: str = "softmax", state: str = "v", scale: float = 1.0
    ) -> Modulator:
        """Declare the error of readout neurons: a modulator with one number a neuron of ``readout``.

        It happens where ``sim.teach(error, wanted)`` says what is wanted of them, or ``run_trials`` at
        moments of its trials. Its values are e = dL/dy, of the loss L by the readout y = scale * state then:

        * "softmax": the cross entropy of p = softmax(y), e = p - wanted; wanted is a class or a distribution;
        * "squared": L = |y - wanted|^2 / 2, e = y - wanted;
        * "reward": told only whether a guess was right. A class a is drawn by p = softmax(y); with r = 1
          where it is the one wanted, else 0, and p_a what is to be expected, e_k = -(r - p_a) ([k = a] - p_k)
          (REINFORCE, Williams 1992, Machine Learning 8:229).

        Parameters
        ----------
        name : unique among modulators.
        readout : neurons whose state is read, such as ``Readout()``.
        loss : "softmax", "squared" or "reward"; the first and the last between two neurons or more.
        state : of the neurons.
        scale : a finite number.
        """
        self._check_mine(readout, f"error {name!r}: readout", (Population,))
        spec = ErrorSpec(name, readout.name, loss, state, scale)
        made = ModulatorSpec(name, readout.name)
        spec.check({readout.name: readout.spec}, {name: made})
        with InterruptGuard():
            modulator = self.modulator(name, readout)
            self._errors.append(spec)
        return modulator

    def feedback(
        self,
        name: str,
        error: Modulator,
        to: Population,
        weights: Any,
        follows: Projection | None = None,
        decay: float = 0.0,
    ) -> Modulator:
        """Declare what a modulator tells other neurons: whenever it happens, so does this one.

        Each neuron j of ``to`` gets the sum over k of B_jk e_k, e the values of ``error`` and B the weights:
        those of the projection that leads from ``to`` to the readout, as they are at that moment (the
        gradient itself; Bellec et al. 2020, symmetric e-prop), or ones of its own (feedback alignment,
        Lillicrap et al. 2016, Nat. Commun. 7:13276; random e-prop). Weights of its own may follow those of
        such a projection, W (adaptive e-prop, Bellec et al. 2020, after Kolen & Pollack 1994)::

            B = W + A,    A -> (1 - decay) A    from moment to moment,

        A being what sets them apart at first. So B gets every change that W gets, as two synapses that learn
        from the same two sides do, and where both forget alike they come to agree. A is kept as weights are:
        by ``sim.reset``, from trial to trial and in checkpoints.

        Parameters
        ----------
        name : unique among modulators.
        error : an error or any other modulator.
        to : neurons that get one number each.
        weights : a plastic projection from ``to`` to the neurons of ``error``; a matrix of a row a neuron of
            ``to`` and a column a value of ``error``; or a distribution, drawn by (seed, name).
        follows : a plastic projection from ``to`` to the neurons of ``error``, whose changes weights of its
            own get too.
        decay : the share of A that is lost from moment to moment, 0 to 1.
        """
        owner = f"feedback {name!r}"
        self._check_mine(error, f"{owner}: error", (Modulator,))
        self._check_mine(to, f"{owner}: to", (Population,))
        if isinstance(weights, Projection):
            self._check_mine(weights, f"{owner}: weights", (Projection,))
        if follows is not None:
            self._check_mine(follows, f"{owner}: follows", (Projection,))
        groups = {group.name: group.spec for group in self._groups().values()}
        shape = (len(to), error.spec.width(groups))
        own = feedback_weights(weights, shape, owner)
        spec = FeedbackSpec(name, error.name, own, None if follows is None else follows.name, decay)
        modulators = {m.name: m.spec for m in self._modulators.values()} | {
            name: ModulatorSpec(name, to.name)
        }
        spec.check(groups, modulators, {p.name: p.spec for p in self._projections.values()})
        with InterruptGuard():
            modulator = self.modulator(name, to)
            self._feedbacks.append(spec)
        return modulator

"""Plasticity rules seen from one synapse: what a pre- and a postsynaptic arrival do to |w|.

Both traces are kept per synapse, which is wasteful and therefore hard to get wrong.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

# What of a rule changes weights, each of them in proportion.
AMPLITUDES = ("a_plus", "a_minus", "a2_plus", "a3_plus", "a2_minus", "a3_minus", "eta")


class SynapseState:
    """Times are in ms; ``w`` is |w| and the return value the new |w|, or w itself where it is ``signed``."""

    signed = False
    learning = True  # where it is not, the weight returned is not taken

    def pre(self, t: float, w: float) -> float:
        raise NotImplementedError  # each rule's own

    def post(self, t: float, w: float) -> float:
        raise NotImplementedError  # each rule's own

    def moment(self, t: float, w: float, value: float) -> float:
        """A modulator's."""
        raise NotImplementedError  # of rules that listen to none

    def settle(self, t: float, w: float) -> float:
        return w  # between events nothing moves

    rule: Any = None
    declared: Any = None  # the rule as it was

    def at_rate(self, rate: float) -> None:
        """Go on with so many times the amplitudes that change weights."""
        self.declared = self.declared or self.rule
        scaled = {
            name: rate * getattr(self.declared, name) for name in AMPLITUDES if hasattr(self.declared, name)
        }
        self.rule = dataclasses.replace(self.declared, **scaled)


class Rule(Protocol):
    def synapse(self) -> SynapseState: ...


@dataclasses.dataclass(frozen=True)
class PairStdp:
    """Pair STDP with u = |w|/w_max (Guetig et al. 2003; pairings as in Morrison et al. 2008).

    Post:  u += a_plus (1 - u)^mu_plus x,   pre:  u -= a_minus u^mu_minus y,   u kept in [0, 1].
    All-to-all: traces jump by 1. Nearest neighbour (symmetric): traces jump to 1.
    """

    tau_plus: float = 20.0
    tau_minus: float = 20.0
    a_plus: float = 0.01
    a_minus: float = 0.0105
    mu_plus: float = 0.0
    mu_minus: float = 0.0
    w_max: float = 1.0
    nearest: bool = False

    def synapse(self) -> SynapseState:
        return _PairState(self)


class _PairState(SynapseState):
    def __init__(self, rule: PairStdp) -> None:
        self.rule = rule
        self.pre_spikes: list[float] = []
        self.post_spikes: list[float] = []

    def _trace(self, spikes: list[float], t: float, tau: float) -> float:
        used = spikes[-1:] if self.rule.nearest else spikes
        return math.fsum(math.exp(-(t - s) / tau) for s in used)

    def pre(self, t: float, w: float) -> float:
        r = self.rule
        u = w / r.w_max
        u -= r.a_minus * u**r.mu_minus * self._trace(self.post_spikes, t, r.tau_minus)
        self.pre_spikes.append(t)
        return max(u, 0.0) * r.w_max

    def post(self, t: float, w: float) -> float:
        r = self.rule
        u = w / r.w_max
        u += r.a_plus * (1.0 - u) ** r.mu_plus * self._trace(self.pre_spikes, t, r.tau_plus)
        self.post_spikes.append(t)
        return min(u, 1.0) * r.w_max


@dataclasses.dataclass(frozen=True)
class PowerLawStdp:
    """Power-law STDP of w = |w| (Morrison, Aertsen & Diesmann 2007), all-to-all.

    Post:  w += a_plus w_0^(1 - mu) w^mu x,   pre:  w -= a_minus w y,   w kept >= 0.
    """

    tau_plus: float = 15.0
    tau_minus: float = 30.0
    a_plus: float = 0.1
    a_minus: float = 0.00513
    mu: float = 0.4
    w_0: float = 1.0

    def synapse(self) -> SynapseState:
        return _PowerLawState(self)


class _PowerLawState(SynapseState):
    def __init__(self, rule: PowerLawStdp) -> None:
        self.rule = rule
        self.pre_spikes: list[float] = []
        self.post_spikes: list[float] = []

    def pre(self, t: float, w: float) -> float:
        y = math.fsum(math.exp(-(t - s) / self.rule.tau_minus) for s in self.post_spikes)
        self.pre_spikes.append(t)
        return max(w - self.rule.a_minus * w * y, 0.0)

    def post(self, t: float, w: float) -> float:
        r = self.rule
        x = math.fsum(math.exp(-(t - s) / r.tau_plus) for s in self.pre_spikes)
        self.post_spikes.append(t)
        return w + r.a_plus * r.w_0 ** (1.0 - r.mu) * w**r.mu * x


@dataclasses.dataclass(frozen=True)
class Bcm:
    """BCM on rate traces (Bienenstock, Cooper & Munro 1982; Intrator & Cooper 1992), u = |w|/w_max.

    du/dt = eta x r (r - theta),  tau_theta dtheta/dt = r^2 - theta;  x decays with tau_x and jumps by 1,
    r (rate in units of r_0) decays with tau_r and jumps by 1/(tau_r r_0); all start at 0. Integrated
    numerically (DOP853), so that no closed form is copied. u is clipped to [0, 1] at the end of each gap
    between the synapse's events.
    """

    eta: float = 1e-5
    tau_x: float = 20.0
    tau_r: float = 50.0
    tau_theta: float = 5000.0
    r_0: float = 10.0  # Hz
    w_max: float = 1.0

    def synapse(self) -> SynapseState:
        return _BcmState(self)


class _BcmState(SynapseState):
    def __init__(self, rule: Bcm) -> None:
        self.rule = rule
        self.t = 0.0
        self.x = 0.0
        self.r = 0.0
        self.theta = 0.0

    def settle(self, t: float, w: float) -> float:
        rule = self.rule
        if t <= self.t:
            return w

        def slope(_: float, y: NDArray[np.float64]) -> list[float]:
            x, r, theta, _u = y
            return [
                -x / rule.tau_x,
                -r / rule.tau_r,
                (r * r - theta) / rule.tau_theta,
                rule.eta * x * r * (r - theta),
            ]

        start = [self.x, self.r, self.theta, 0.0]
        end = solve_ivp(slope, (self.t, t), start, method="DOP853", rtol=1e-12, atol=1e-15).y[:, -1]
        self.t = t
        self.x, self.r, self.theta = (float(v) for v in end[:3])
        return min(max(w / rule.w_max + float(end[3]), 0.0), 1.0) * rule.w_max

    def pre(self, t: float, w: float) -> float:
        w = self.settle(t, w)
        self.x += 1.0
        return w

    def post(self, t: float, w: float) -> float:
        w = self.settle(t, w)
        self.r += 1000.0 / (self.rule.tau_r * self.rule.r_0)
        return w


@dataclasses.dataclass(frozen=True)
class RewardStdp:
    """Reward-modulated STDP (Izhikevich 2007), u = |w|/w_max: additive pairs fill c; du/dt = c (n - b).

    The integral between two events is a sum of 60 Gauss-Legendre points, so that no closed form is copied.
    """

    tau_plus: float = 20.0
    tau_minus: float = 20.0
    a_plus: float = 1e-4
    a_minus: float = 1.5e-4
    tau_c: float = 1000.0
    tau_n: float = 200.0
    b: float = 0.0
    w_max: float = 1.0
    w_min: float = 0.0

    def synapse(self) -> SynapseState:
        return _RewardState(self)


POINTS, POINT_WEIGHTS = np.polynomial.legendre.leggauss(60)


class _RewardState(SynapseState):
    def __init__(self, rule: RewardStdp) -> None:
        self.rule = rule
        self.t = self.c = self.n = 0.0
        self.rate = 1.0
        self.pre_spikes: list[float] = []
        self.post_spikes: list[float] = []

    def settle(self, t: float, w: float) -> float:
        r, length = self.rule, t - self.t
        if length <= 0.0:
            return w
        s = 0.5 * length * (POINTS + 1.0)
        slope = self.c * np.exp(-s / r.tau_c) * (self.n * np.exp(-s / r.tau_n) - r.b)
        change = self.rate * 0.5 * length * float(POINT_WEIGHTS @ slope)
        self.t = t
        self.c *= math.exp(-length / r.tau_c)
        self.n *= math.exp(-length / r.tau_n)
        return min(max(w + change * r.w_max, r.w_min), r.w_max)

    def pre(self, t: float, w: float) -> float:
        w = self.settle(t, w)
        if self.learning:
            y = math.fsum(math.exp(-(t - s) / self.rule.tau_minus) for s in self.post_spikes)
            self.c -= self.rule.a_minus * y
        self.pre_spikes.append(t)
        return w

    def post(self, t: float, w: float) -> float:
        w = self.settle(t, w)
        if self.learning:
            x = math.fsum(math.exp(-(t - s) / self.rule.tau_plus) for s in self.pre_spikes)
            self.c += self.rule.a_plus * x
        self.post_spikes.append(t)
        return w

    def moment(self, t: float, w: float, value: float) -> float:
        w = self.settle(t, w)
        self.n += value
        return w

    def at_rate(self, rate: float) -> None:
        self.rate = rate  # of the eligibility nothing is a change of the weight


@dataclasses.dataclass(frozen=True)
class Scaling:
    """Van Rossum et al. (2000): dw/dt = w (1 - r / f_target) / tau_scaling, and pairs of spikes.

    What is integrated between two events is a sum of 60 Gauss-Legendre points.
    """

    called: ClassVar[str] = "SynapticScaling"
    f_target: float = 10.0  # Hz
    tau_rate: float = 10000.0
    tau_scaling: float = 100000.0
    a_plus: float = 0.0
    a_minus: float = 0.0
    tau_plus: float = 20.0
    tau_minus: float = 20.0
    w_max: float = math.inf
    w_min: float = 0.0

    def synapse(self) -> SynapseState:
        return _ScalingState(self)


class _ScalingState(SynapseState):
    def __init__(self, rule: Scaling) -> None:
        self.rule = rule
        self.t, self.rate = 0.0, 1.0
        self.pre_spikes: list[float] = []
        self.post_spikes: list[float] = []

    def _trace(self, spikes: list[float], t: float, tau: float) -> float:
        return math.fsum(math.exp(-(t - s) / tau) for s in spikes)

    def _within(self, w: float) -> float:
        return min(max(w, self.rule.w_min), self.rule.w_max)

    def settle(self, t: float, w: float) -> float:
        r, length = self.rule, t - self.t
        if length <= 0.0:
            return w
        rate = 1000.0 / r.tau_rate * self._trace(self.post_spikes, self.t, r.tau_rate)  # Hz
        course = rate * np.exp(-0.5 * length * (POINTS + 1.0) / r.tau_rate)
        grows = 0.5 * length * float(POINT_WEIGHTS @ (1.0 - course / r.f_target)) / r.tau_scaling
        self.t = t
        return self._within(w * math.exp(self.rate * grows))

    def pre(self, t: float, w: float) -> float:
        w = self.settle(t, w)
        w *= 1.0 - self.rate * self.rule.a_minus * self._trace(self.post_spikes, t, self.rule.tau_minus)
        self.pre_spikes.append(t)
        return self._within(w)

    def post(self, t: float, w: float) -> float:
        w = self.settle(t, w)
        w += self.rate * self.rule.a_plus * self._trace(self.pre_spikes, t, self.rule.tau_plus)
        self.post_spikes.append(t)
        return self._within(w)

    def at_rate(self, rate: float) -> None:
        self.rate = rate


@dataclasses.dataclass(frozen=True)
class ThreeFactorStdp:
    """e += sum over pre spikes of exp(-(s - t) / tau_x) at post spikes, decays; w -= eta L e at moments."""

    eta: float = 0.01
    tau_x: float = 20.0
    tau_e: float = math.inf
    after: str = "cleared"
    w_max: float = math.inf
    w_min: float = -math.inf

    def synapse(self) -> SynapseState:
        return _ThreeFactorState(self)


class _ThreeFactorState(SynapseState):
    signed = True

    def __init__(self, rule: ThreeFactorStdp) -> None:
        self.rule = rule
        self.pre_spikes: list[float] = []
        self.gains: list[tuple[float, float]] = []  # of the eligibility: when, and how much

    def pre(self, t: float, w: float) -> float:
        self.pre_spikes.append(t)
        return w

    def post(self, t: float, w: float) -> float:
        if self.learning and self.pre_spikes:
            x = math.fsum(math.exp(-(t - s) / self.rule.tau_x) for s in self.pre_spikes)
            self.gains.append((t, x))
        return w

    def moment(self, t: float, w: float, value: float) -> float:
        r = self.rule
        e = math.fsum(x * math.exp(-(t - s) / r.tau_e) for s, x in self.gains)
        if r.after == "cleared":
            self.gains.clear()
        return min(max(w - r.eta * value * e, r.w_min), r.w_max)


@dataclasses.dataclass(frozen=True)
class Delta:
    """w -= eta e x at moments, x the presynaptic trace."""

    eta: float = 0.01
    tau_x: float = math.inf
    w_max: float = math.inf
    w_min: float = -math.inf

    def synapse(self) -> SynapseState:
        return _DeltaState(self)


class _DeltaState(SynapseState):
    signed = True

    def __init__(self, rule: Delta) -> None:
        self.rule = rule
        self.pre_spikes: list[float] = []

    def pre(self, t: float, w: float) -> float:
        self.pre_spikes.append(t)
        return w

    def post(self, t: float, w: float) -> float:
        return w

    def moment(self, t: float, w: float, value: float) -> float:
        r = self.rule
        x = math.fsum(math.exp(-(t - s) / r.tau_x) for s in self.pre_spikes)
        return min(max(w - r.eta * value * x, r.w_min), r.w_max)

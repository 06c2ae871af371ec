"""Rules as their papers write them, seen from one synapse: every trace is summed anew from all spikes so far.

A rule's fields are the parameters of pysnn's class ``called``. Times are in ms, weights absolute.
"""

from __future__ import annotations

import dataclasses
import math
from typing import ClassVar

from .plasticity import SynapseState


def trace(spikes: list[float], t: float, tau: float, nearest: bool = False) -> float:
    """Sum of exp(-(t - s) / tau) over all spikes, or of the latest alone."""
    return math.fsum(math.exp(-(t - s) / tau) for s in (spikes[-1:] if nearest else spikes))


def clipped(w: float, w_min: float, w_max: float) -> float:
    return min(max(w, w_min), w_max)


class SpikesSeen(SynapseState):
    """What both sides of one synapse have fired; a rule's file says what that changes."""

    def __init__(self, rule: Spiking) -> None:
        self.rule = rule
        self.before: list[float] = []  # arrivals of the source's spikes
        self.after: list[float] = []  # of the target's
        self.waiting: list[
            float
        ] = []  # those of the source's, while it learnt, since the target's, while it learnt

    def pre(self, t: float, w: float) -> float:
        w = self.rule.on_pre(self, t, w)
        self.before.append(t)
        self.waiting += [t] if self.learning else []
        return w

    def post(self, t: float, w: float) -> float:
        w = self.rule.on_post(self, t, w)
        self.after.append(t)
        if self.learning:
            self.waiting = [s for s in self.waiting if not self.rule.takes(s, t)]
        return w


class Spiking:
    """A rule whose weights change at spikes alone, unless it says otherwise not at all."""

    called: ClassVar[str]

    def synapse(self) -> SpikesSeen:
        return SpikesSeen(self)

    def takes(self, pre: float, post: float) -> bool:
        """Whether a postsynaptic spike pairs with a presynaptic one, of that instant or earlier."""
        return True

    def on_pre(self, seen: SpikesSeen, t: float, w: float) -> float:
        return w

    def on_post(self, seen: SpikesSeen, t: float, w: float) -> float:
        return w


@dataclasses.dataclass(frozen=True)
class PairedStdp(Spiking):
    """Pair STDP (Guetig et al. 2003) by the pairings of Morrison et al. (2008), figure 7, in units of w_max.

    With ``tie`` "none" spikes that meet at one instant do not see each other, else the presynaptic one is
    first.
    """

    called: ClassVar[str] = "PairSTDP"
    tau_plus: float = 20.0
    tau_minus: float = 20.0
    a_plus: float = 0.01
    a_minus: float = 0.0105
    mu_plus: float = 0.0
    mu_minus: float = 0.0
    w_max: float = 1.0
    w_min: float = 0.0
    pairing: str = "all_to_all"
    tie: str = "pre_first"

    def takes(self, pre: float, post: float) -> bool:
        return pre < post or self.tie == "pre_first"

    def on_pre(self, seen: SpikesSeen, t: float, w: float) -> float:
        y = trace(seen.after, t, self.tau_minus, self.pairing != "all_to_all")
        if self.pairing == "nearest_restricted" and seen.after and seen.before:
            y *= seen.after[-1] >= seen.before[-1]  # this one is the first since the target fired
        u = w / self.w_max
        return clipped(self.w_max * (u - self.a_minus * u**self.mu_minus * y), self.w_min, self.w_max)

    def on_post(self, seen: SpikesSeen, t: float, w: float) -> float:
        counted = [s for s in seen.before if s < t or self.tie == "pre_first"]
        x = trace(counted, t, self.tau_plus, self.pairing != "all_to_all")
        if self.pairing == "nearest_restricted" and seen.after and counted:
            same = self.tie == "none" and counted[-1] == seen.after[-1]  # those two do not see each other
            x *= counted[-1] > seen.after[-1] or same
        if self.pairing == "nearest_pre_centred":  # of all those that no postsynaptic spike has taken
            x = trace([s for s in seen.waiting if self.takes(s, t)], t, self.tau_plus)
        u = w / self.w_max
        return clipped(self.w_max * (u + self.a_plus * (1.0 - u) ** self.mu_plus * x), self.w_min, self.w_max)


@dataclasses.dataclass(frozen=True)
class TripletStdp(Spiking):
    """Pfister & Gerstner (2006), equations 3 and 4, w in units of w_max."""

    called: ClassVar[str] = "TripletSTDP"
    tau_plus: float = 16.8
    tau_minus: float = 33.7
    tau_x: float = 101.0
    tau_y: float = 125.0
    a2_plus: float = 5e-10
    a3_plus: float = 6.2e-3
    a2_minus: float = 7e-3
    a3_minus: float = 2.3e-4
    w_max: float = 1.0
    w_min: float = 0.0
    pairing: str = "all_to_all"

    def on_pre(self, seen: SpikesSeen, t: float, w: float) -> float:
        near = self.pairing == "nearest"
        o1, r2 = trace(seen.after, t, self.tau_minus, near), trace(seen.before, t, self.tau_x, near)
        return clipped(w - self.w_max * o1 * (self.a2_minus + self.a3_minus * r2), self.w_min, self.w_max)

    def on_post(self, seen: SpikesSeen, t: float, w: float) -> float:
        near = self.pairing == "nearest"
        r1, o2 = trace(seen.before, t, self.tau_plus, near), trace(seen.after, t, self.tau_y, near)
        return clipped(w + self.w_max * r1 * (self.a2_plus + self.a3_plus * o2), self.w_min, self.w_max)


@dataclasses.dataclass(frozen=True)
class VogelsStdp(Spiking):
    """Vogels et al. (2011), w in units of w_max; rho_0 in Hz."""

    called: ClassVar[str] = "VogelsSTDP"
    eta: float = 0.01
    tau: float = 20.0
    rho_0: float = 5.0
    w_max: float = 1.0
    w_min: float = 0.0

    def on_pre(self, seen: SpikesSeen, t: float, w: float) -> float:
        alpha = 2.0 * (self.rho_0 / 1000.0) * self.tau
        change = self.eta * (trace(seen.after, t, self.tau) - alpha)
        return clipped(w + self.w_max * change, self.w_min, self.w_max)

    def on_post(self, seen: SpikesSeen, t: float, w: float) -> float:
        return clipped(w + self.w_max * self.eta * trace(seen.before, t, self.tau), self.w_min, self.w_max)


@dataclasses.dataclass(frozen=True)
class InstarStdp(Spiking):
    """Grossberg (1976) with a postsynaptic spike train: dw = eta (c x - w)."""

    called: ClassVar[str] = "InstarSTDP"
    eta: float = 0.01
    c: float = 1.0
    tau: float = 20.0
    w_max: float = math.inf
    w_min: float = 0.0
    pairing: str = "all_to_all"

    def on_post(self, seen: SpikesSeen, t: float, w: float) -> float:
        x = trace(seen.before, t, self.tau, self.pairing == "nearest")
        return clipped((1.0 - self.eta) * w + self.eta * self.c * x, self.w_min, self.w_max)


@dataclasses.dataclass(frozen=True)
class DiehlCookStdp(Spiking):
    """Diehl & Cook (2015): dw = eta (x - x_tar) (w_max - w)^mu, w in units of w_max."""

    called: ClassVar[str] = "DiehlCookSTDP"
    eta: float = 0.01
    x_target: float = 0.4
    tau: float = 20.0
    mu: float = 1.0
    w_max: float = 1.0
    w_min: float = 0.0
    pairing: str = "all_to_all"

    def on_post(self, seen: SpikesSeen, t: float, w: float) -> float:
        x = trace(seen.before, t, self.tau, self.pairing == "nearest")
        change = self.eta * (x - self.x_target) * (1.0 - w / self.w_max) ** self.mu
        return clipped(w + self.w_max * change, self.w_min, self.w_max)


@dataclasses.dataclass(frozen=True)
class OjaRule(Spiking):
    """Oja (1982): dw = eta y (c x - y w), the first y a spike train."""

    called: ClassVar[str] = "Oja"
    eta: float = 0.001
    c: float = 1.0
    tau_plus: float = 20.0
    tau_minus: float = 20.0
    w_max: float = math.inf
    w_min: float = 0.0

    def on_post(self, seen: SpikesSeen, t: float, w: float) -> float:
        x, y = trace(seen.before, t, self.tau_plus), trace(seen.after, t, self.tau_minus)
        return clipped(w + self.eta * (self.c * x - y * w), self.w_min, self.w_max)


@dataclasses.dataclass(frozen=True)
class TripletBcm(Spiking):
    """The minimal triplet model with A2- scaled by (rho / rho_0)^2; rates in Hz, w in units of w_max."""

    called: ClassVar[str] = "TripletBCM"
    tau_plus: float = 16.8
    tau_minus: float = 33.7
    tau_y: float = 114.0
    tau_theta: float = 5000.0
    a_plus: float = 6.5e-3
    a_minus: float = 7.1e-3
    rho_0: float = 10.0
    w_max: float = 1.0
    w_min: float = 0.0

    def on_pre(self, seen: SpikesSeen, t: float, w: float) -> float:
        rho = 1000.0 * trace(seen.after, t, self.tau_theta) / self.tau_theta
        change = self.a_minus * (rho / self.rho_0) ** 2 * trace(seen.after, t, self.tau_minus)
        return clipped(w - self.w_max * change, self.w_min, self.w_max)

    def on_post(self, seen: SpikesSeen, t: float, w: float) -> float:
        change = self.a_plus * trace(seen.before, t, self.tau_plus) * trace(seen.after, t, self.tau_y)
        return clipped(w + self.w_max * change, self.w_min, self.w_max)


@dataclasses.dataclass(frozen=True)
class HebbRule(Spiking):
    """Kempter et al. (1999), equation 1: each spike by itself, each pair by a window; w by w_max."""

    called: ClassVar[str] = "Hebb"
    eta: float = 0.001
    tau_pre: float = 20.0
    tau_post: float = 20.0
    w_in: float = 0.0
    w_out: float = 0.0
    w_max: float = 1.0
    w_min: float = 0.0

    def on_pre(self, seen: SpikesSeen, t: float, w: float) -> float:
        change = self.eta * (self.w_in + trace(seen.after, t, self.tau_post))
        return clipped(w + self.w_max * change, self.w_min, self.w_max)

    def on_post(self, seen: SpikesSeen, t: float, w: float) -> float:
        change = self.eta * (self.w_out + trace(seen.before, t, self.tau_pre))
        return clipped(w + self.w_max * change, self.w_min, self.w_max)


TRIGGERED: dict[str, Spiking] = {
    "pre_centred": PairedStdp(a_plus=0.05, a_minus=0.06, pairing="nearest_pre_centred", mu_plus=0.4),
    "pre_centred_no_ties": PairedStdp(a_plus=0.05, a_minus=0.06, pairing="nearest_pre_centred", tie="none"),
    "restricted": PairedStdp(
        a_plus=0.1, a_minus=0.12, pairing="nearest_restricted", mu_plus=0.4, mu_minus=1.0
    ),
    "restricted_no_ties": PairedStdp(a_plus=0.1, a_minus=0.12, pairing="nearest_restricted", tie="none"),
    "pair_no_ties": PairedStdp(a_plus=0.03, a_minus=0.035, tie="none"),
    "nearest_no_ties": PairedStdp(a_plus=0.05, a_minus=0.05, pairing="nearest", tie="none", mu_minus=0.5),
    "triplet": TripletStdp(a2_plus=0.02, a3_plus=0.05, a2_minus=0.03, a3_minus=0.02),
    "triplet_nearest": TripletStdp(
        a2_plus=0.02, a3_plus=0.1, a2_minus=0.05, a3_minus=0.05, pairing="nearest"
    ),
    "vogels": VogelsStdp(eta=0.02, rho_0=30.0),
    "instar": InstarStdp(eta=0.1, c=0.7),
    "instar_nearest": InstarStdp(eta=0.3, c=0.7, pairing="nearest", w_max=0.6, w_min=0.05),
    "diehl_cook": DiehlCookStdp(eta=0.1, mu=0.7),
    "oja": OjaRule(eta=0.05, c=0.8),
    "triplet_bcm": TripletBcm(a_plus=0.05, a_minus=0.005, tau_theta=300.0),
    "hebb": HebbRule(eta=0.02, tau_pre=15.0, tau_post=30.0, w_in=-0.2, w_out=-0.4, w_min=0.05),
}

"""Constants of kernels/pair_stdp.cl."""

from __future__ import annotations

from ....plasticity.pair_stdp import PairSTDP


def constants(rule: PairSTDP) -> list[float]:
    """In the order of the kernel's enum."""
    return [
        rule.w_max,
        rule.a_plus * rule.w_max,
        rule.a_minus * rule.w_max,
        rule.mu_plus,
        rule.mu_minus,
        float(rule.pairing == "nearest"),
    ]


def time_constants(rule: PairSTDP) -> tuple[float, float]:
    """Of the presynaptic and of the postsynaptic trace, ms."""
    return rule.tau_plus, rule.tau_minus

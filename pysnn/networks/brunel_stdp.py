"""Brunel's network, learning."""

from __future__ import annotations

import pysnn as snn

from .brunel import brunel


def brunel_stdp(seed: int = 1, scale: float = 1.0) -> snn.Network:
    """``brunel`` with multiplicative pair STDP on its 10 million excitatory-excitatory synapses.

    lambda = 0.01, alpha = 1.05, both time constants 20 ms, the largest weight twice the initial one:
    Guetig, Aharonov, Rotter & Sompolinsky (2003), J. Neurosci. 23:3697, with mu = 1. Weights settle
    near half of the largest, so that the rate falls a little under that of ``brunel``.

    Parameters
    ----------
    seed, scale : as of ``brunel``.
    """
    rule = snn.PairSTDP(
        tau_plus=20.0, tau_minus=20.0, a_plus=0.01, a_minus=1.05 * 0.01, w_max=0.2, mu_plus=1.0, mu_minus=1.0
    )
    return brunel(seed, scale, plasticity=rule)

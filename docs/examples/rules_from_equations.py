"""Rules of plasticity written as equations: four of the library again, and one that it does not have.

``python docs/examples/rules_from_equations.py`` prints what each is. The tests hold each against the
built-in rule of the same name, or against a reference of their own (tests/equations/).
"""

from __future__ import annotations

import pysnn as snn


class PairSTDP(snn.RuleEquations):
    """Additive STDP of all pairs of spikes (Song, Miller & Abbott 2000, Nat. Neurosci. 3:919)."""

    tau_plus = snn.param(default=20.0, unit="ms", low=1e-12)
    tau_minus = snn.param(default=20.0, unit="ms", low=1e-12)
    a_plus = snn.param(default=0.01, low=0.0)
    a_minus = snn.param(default=0.0105, low=0.0)
    w_max = snn.param(default=1.0, above=0.0)

    pre = "dx/dt = -x / tau_plus : 1"
    post = "dy/dt = -y / tau_minus : 1"
    on_pre = "w -= a_minus * w_max * y; x += 1"
    on_post = "w += a_plus * w_max * x; y += 1"
    bounds = "0 <= w <= w_max"


class TripletSTDP(snn.RuleEquations):
    """STDP of triplets of spikes (Pfister & Gerstner 2006, J. Neurosci. 26:9673)."""

    tau_plus = snn.param(default=16.8, unit="ms", low=1e-12)
    tau_minus = snn.param(default=33.7, unit="ms", low=1e-12)
    tau_x = snn.param(default=101.0, unit="ms", low=1e-12)
    tau_y = snn.param(default=125.0, unit="ms", low=1e-12)
    a2_plus = snn.param(default=5e-10, low=0.0)
    a3_plus = snn.param(default=6.2e-3, low=0.0)
    a2_minus = snn.param(default=7e-3, low=0.0)
    a3_minus = snn.param(default=2.3e-4, low=0.0)
    w_max = snn.param(default=1.0, above=0.0)

    pre = """
        dr1/dt = -r1 / tau_plus : 1
        dr2/dt = -r2 / tau_x : 1
    """
    post = """
        do1/dt = -o1 / tau_minus : 1
        do2/dt = -o2 / tau_y : 1
    """
    on_pre = """
        w -= w_max * o1 * (a2_minus + a3_minus * r2)
        r1 += 1; r2 += 1
    """
    on_post = """
        w += w_max * r1 * (a2_plus + a3_plus * o2)
        o1 += 1; o2 += 1
    """
    bounds = "0 <= w <= w_max"


class ThreeFactorSTDP(snn.RuleEquations):
    """An eligibility from pairs of spikes, turned into weight by a learning signal (Fremaux & Gerstner
    2016)."""

    eta = snn.param(default=0.01, low=0.0)
    tau_x = snn.param(default=20.0, unit="ms", low=1e-12)
    tau_e = snn.param(default=500.0, unit="ms", low=1e-12)

    pre = "dx/dt = -x / tau_x : 1"
    synapse = "de/dt = -e / tau_e : 1"
    on_pre = "x += 1"
    on_post = "e += x"
    on_modulator = "w -= eta * signal * e; e = 0"
    signed = True


class RewardSTDP(snn.RuleEquations):
    """Pair STDP that fills an eligibility, from which a reward moves the weight (Izhikevich 2007).

    The reward n decays between moments, and dw/dt = w_max c (n - b): what comes of that over a time without
    events is a closed form. (n is the same in all synapses, which each keep it.)
    """

    tau_plus = snn.param(default=20.0, unit="ms", low=1e-12)
    tau_minus = snn.param(default=20.0, unit="ms", low=1e-12)
    a_plus = snn.param(default=1e-4, unit="1/ms", low=0.0)
    a_minus = snn.param(default=1.5e-4, unit="1/ms", low=0.0)
    tau_c = snn.param(default=1000.0, unit="ms", low=1e-12)
    tau_n = snn.param(default=200.0, unit="ms", low=1e-12)
    b = snn.param(default=0.0)
    w_max = snn.param(default=1.0, above=0.0)

    pre = "dx/dt = -x / tau_plus : 1"
    post = "dy/dt = -y / tau_minus : 1"
    synapse = """
        dc/dt = -c / tau_c : 1/ms
        dn/dt = -n / tau_n : 1
    """
    on_pre = "c -= a_minus * y; x += 1"
    on_post = "c += a_plus * x; y += 1"
    on_modulator = "n += signal"
    between = """
        both = 1 / tau_c + 1 / tau_n : 1/ms
        w -= w_max * c * (n * expm1(-both * elapsed) / both - b * tau_c * expm1(-elapsed / tau_c))
    """
    bounds = "0 <= w <= w_max"


class CalciumSTDP(snn.RuleEquations):
    """A weight moved by how long a synapse's calcium is above two thresholds (Graupner & Brunel 2012).

    Spikes of both sides add to the calcium c of the synapse. Above theta_p the efficacy u = w / w_max
    grows, tau du/dt = gamma_p (1 - u), and above theta_d it falls, tau du/dt = -gamma_d u: the
    deterministic rule over a flat potential (PNAS 109:3991; Higgins, Graupner & Brunel 2014, PLoS Comput.
    Biol. 10:e1003834). Between spikes c decays, so that the times above both thresholds, and what they do
    to u, are in closed form. The delay of the presynaptic calcium is that of the axon. theta_d <= theta_p.
    """

    tau_ca = snn.param(default=20.0, unit="ms", low=1e-12)
    tau = snn.param(default=150_000.0, unit="ms", low=1e-12)
    c_pre = snn.param(default=1.0, low=0.0)
    c_post = snn.param(default=2.0, low=0.0)
    theta_d = snn.param(default=1.0, above=0.0)
    theta_p = snn.param(default=1.3, above=0.0)
    gamma_d = snn.param(default=200.0, above=0.0)
    gamma_p = snn.param(default=321.808, above=0.0)
    w_max = snn.param(default=1.0, above=0.0)

    synapse = "dc/dt = -c / tau_ca : 1"
    on_pre = "c += c_pre"
    on_post = "c += c_post"
    between = """
        above_p = min(max(tau_ca * log(c / theta_p), 0), elapsed) : ms
        above_d = min(max(tau_ca * log(c / theta_d), 0), elapsed) : ms
        balance = gamma_p / (gamma_p + gamma_d) : 1   # where u goes while both act
        w = w_max * (balance + (w / w_max - balance) * exp(-(gamma_p + gamma_d) * above_p / tau))
        w *= exp(-gamma_d * (above_d - above_p) / tau)
    """
    bounds = "0 <= w <= w_max"


if __name__ == "__main__":
    for rule in (PairSTDP, TripletSTDP, ThreeFactorSTDP, RewardSTDP, CalciumSTDP):
        print(rule.summary())

"""Models of the library written again as equations, and three that it does not have.

``python docs/examples/equations.py`` prints how each is solved, and runs a neuron that resonates. The tests
hold each against the built-in model of the same name (tests/reference/test_equations.py), or SciPy.
"""

from __future__ import annotations

import pysnn as snn

MS, MV, PA, NS = "ms", "mV", "pA", "nS"


class CubaLIF(snn.Equations):
    """Leaky integrate-and-fire neuron with exponentially decaying synaptic currents."""

    tau_m = snn.param(default=10.0, unit=MS, low=1e-12, infinite=True)
    tau_syn_exc = snn.param(default=2.0, unit=MS, low=1e-12)
    tau_syn_inh = snn.param(default=2.0, unit=MS, low=1e-12)
    c_m = snn.param(default=250.0, unit="pF", above=0.0)
    e_l = snn.param(default=-70.0, unit=MV)
    v_th = snn.param(default=-55.0, unit=MV, infinite=True)
    v_reset = snn.param(default=-70.0, unit=MV)
    t_ref = snn.param(default=2.0, unit=MS, low=0.0)
    i_e = snn.param(default=0.0, unit=PA)

    equations = """
        dv/dt = (e_l - v) / tau_m + (i_exc + i_inh + i_e + I) / c_m : mV
        di_exc/dt = -i_exc / tau_syn_exc : pA
        di_inh/dt = -i_inh / tau_syn_inh : pA
    """
    initial = "v = e_l"
    arrival = {"exc": "i_exc += weight", "inh": "i_inh += weight"}
    threshold = "v >= v_th"
    reset = "v = v_reset"
    refractory = "t_ref"


class AlphaLIF(snn.Equations):
    """Leaky integrate-and-fire neuron whose synaptic currents rise and fall as alpha functions."""

    tau_m = snn.param(default=10.0, unit=MS, low=1e-12)
    tau_syn_exc = snn.param(default=2.0, unit=MS, low=1e-12)
    tau_syn_inh = snn.param(default=2.0, unit=MS, low=1e-12)
    c_m = snn.param(default=250.0, unit="pF", above=0.0)
    e_l = snn.param(default=-70.0, unit=MV)
    v_th = snn.param(default=-55.0, unit=MV, infinite=True)
    v_reset = snn.param(default=-70.0, unit=MV)
    t_ref = snn.param(default=2.0, unit=MS, low=0.0)
    i_e = snn.param(default=0.0, unit=PA)

    equations = """
        dv/dt = (e_l - v) / tau_m + (i_exc + i_inh + i_e + I) / c_m : mV
        di_exc/dt = (rise_exc - i_exc) / tau_syn_exc : pA
        di_inh/dt = (rise_inh - i_inh) / tau_syn_inh : pA
        drise_exc/dt = -rise_exc / tau_syn_exc : pA
        drise_inh/dt = -rise_inh / tau_syn_inh : pA
    """
    initial = "v = e_l"
    arrival = {"exc": "rise_exc += exp(1) * weight", "inh": "rise_inh += exp(1) * weight"}
    threshold = "v >= v_th"
    reset = "v = v_reset"
    refractory = "t_ref"


class ALIF(snn.Equations):
    """Leaky integrate-and-fire neuron with delta synapses and an adaptive threshold."""

    tau_m = snn.param(default=10.0, unit=MS, low=1e-12)
    c_m = snn.param(default=250.0, unit="pF", above=0.0)
    e_l = snn.param(default=-70.0, unit=MV)
    v_th = snn.param(default=-55.0, unit=MV, infinite=True)
    v_reset = snn.param(default=-70.0, unit=MV)
    t_ref = snn.param(default=2.0, unit=MS, low=0.0)
    tau_adapt = snn.param(default=200.0, unit=MS, low=1e-12)
    beta = snn.param(default=2.0, unit=MV)
    i_e = snn.param(default=0.0, unit=PA)

    equations = """
        dv/dt = (e_l - v) / tau_m + (i_e + I) / c_m : mV
        db/dt = -b / tau_adapt : mV
    """
    initial = "v = e_l"
    arrival = {"delta": "v += weight"}
    threshold = "v >= v_th + b"
    reset = "v = v_reset; b += beta"
    refractory = "t_ref"


class CobaLIF(snn.Equations):
    """Leaky integrate-and-fire neuron with exponentially decaying synaptic conductances."""

    c_m = snn.param(default=200.0, unit="pF", above=0.0)
    g_l = snn.param(default=10.0, unit=NS, above=0.0)
    e_l = snn.param(default=-60.0, unit=MV)
    v_th = snn.param(default=-50.0, unit=MV, infinite=True)
    v_reset = snn.param(default=-60.0, unit=MV)
    t_ref = snn.param(default=5.0, unit=MS, low=0.0)
    e_rev_exc = snn.param(default=0.0, unit=MV)
    e_rev_inh = snn.param(default=-80.0, unit=MV)
    tau_syn_exc = snn.param(default=5.0, unit=MS, low=1e-12)
    tau_syn_inh = snn.param(default=10.0, unit=MS, low=1e-12)
    i_e = snn.param(default=0.0, unit=PA)

    equations = """
        dv/dt = (g_l * (e_l - v) + g_exc * (e_rev_exc - v) + g_inh * (e_rev_inh - v) + i_e + I) / c_m : mV
        dg_exc/dt = -g_exc / tau_syn_exc : nS
        dg_inh/dt = -g_inh / tau_syn_inh : nS
    """
    initial = "v = e_l"
    arrival = {"exc": "g_exc += weight", "inh": "g_inh += weight"}
    lowest_weight = 0.0
    threshold = "v >= v_th"
    reset = "v = v_reset"
    refractory = "t_ref"


class AdEx(snn.Equations):
    """Adaptive exponential integrate-and-fire neuron with exponential conductance synapses."""

    c_m = snn.param(default=281.0, unit="pF", above=0.0)
    g_l = snn.param(default=30.0, unit=NS, above=0.0)
    e_l = snn.param(default=-70.6, unit=MV)
    v_th = snn.param(default=-50.4, unit=MV)
    delta_t = snn.param(default=2.0, unit=MV, above=0.0)
    v_peak = snn.param(default=0.0, unit=MV)
    v_reset = snn.param(default=-70.6, unit=MV)
    t_ref = snn.param(default=0.0, unit=MS, low=0.0)
    a = snn.param(default=4.0, unit=NS)
    b = snn.param(default=80.5, unit=PA)
    tau_w = snn.param(default=144.0, unit=MS, low=1e-12)
    e_rev_exc = snn.param(default=0.0, unit=MV)
    e_rev_inh = snn.param(default=-85.0, unit=MV)
    tau_syn_exc = snn.param(default=5.0, unit=MS, low=1e-12)
    tau_syn_inh = snn.param(default=10.0, unit=MS, low=1e-12)
    i_e = snn.param(default=0.0, unit=PA)

    equations = """
        leak = g_l * (e_l - v) : pA
        upswing = g_l * delta_t * exp((v - v_th) / delta_t) : pA
        synapses = g_exc * (e_rev_exc - v) + g_inh * (e_rev_inh - v) : pA
        dv/dt = (leak + upswing - w + synapses + i_e + I) / c_m : mV
        dw/dt = (a * (v - e_l) - w) / tau_w : pA
        dg_exc/dt = -g_exc / tau_syn_exc : nS
        dg_inh/dt = -g_inh / tau_syn_inh : nS
    """
    initial = "v = e_l"
    arrival = {"exc": "g_exc += weight", "inh": "g_inh += weight"}
    lowest_weight = 0.0
    threshold = "v >= v_peak"
    reset = "v = v_reset; w += b"
    refractory = "t_ref"


class Izhikevich(snn.Equations):
    """Izhikevich's neuron: a quadratic membrane equation with a recovery variable."""

    a = snn.param(default=0.02, unit="1/ms")
    b = snn.param(default=0.2, unit="1/ms")
    c = snn.param(default=-65.0, unit=MV)
    d = snn.param(default=8.0, unit="mV/ms")
    v_peak = snn.param(default=30.0, unit=MV)
    v_r = snn.param(default=0.0, unit=MV)
    k2 = snn.param(default=0.04, unit="1/(mV ms)", above=0.0)
    k1 = snn.param(default=5.0, unit="1/ms")
    k0 = snn.param(default=140.0, unit="mV/ms")
    i_e = snn.param(default=0.0, unit=PA)

    equations = """
        dv/dt = (k2 * v + k1) * v + k0 - u + (i_e + I) / (1 * pF) : mV
        du/dt = a * (b * (v - v_r) - u) : mV/ms
    """
    initial = "v = -65 * mV; u = b * (-65 * mV - v_r)"
    arrival = {"delta": "v += weight"}
    threshold = "v >= v_peak"
    reset = "v = c; u += d"
    parts = 4


class HodgkinHuxley(snn.Equations):
    """Hodgkin-Huxley neuron with the channels of Traub & Miles."""

    c_m = snn.param(default=200.0, unit="pF", above=0.0)
    g_l = snn.param(default=10.0, unit=NS, above=0.0)
    g_na = snn.param(default=20000.0, unit=NS, low=0.0)
    g_k = snn.param(default=6000.0, unit=NS, low=0.0)
    e_l = snn.param(default=-60.0, unit=MV)
    e_na = snn.param(default=50.0, unit=MV)
    e_k = snn.param(default=-90.0, unit=MV)
    v_t = snn.param(default=-63.0, unit=MV)
    v_th = snn.param(default=-20.0, unit=MV, infinite=True)
    e_rev_exc = snn.param(default=0.0, unit=MV)
    e_rev_inh = snn.param(default=-80.0, unit=MV)
    tau_syn_exc = snn.param(default=5.0, unit=MS, low=1e-12)
    tau_syn_inh = snn.param(default=10.0, unit=MS, low=1e-12)
    i_e = snn.param(default=0.0, unit=PA)

    # exprel(x) = (e^x - 1) / x has no hole at 0, where 0.32 (13 - x) / (e^((13 - x) / 4) - 1) would.
    equations = """
        x = (v - v_t) / mV : 1
        alpha_m = 0.32 * 4 / exprel((13 - x) / 4) / ms : 1/ms
        beta_m = 0.28 * 5 / exprel((x - 40) / 5) / ms : 1/ms
        alpha_h = 0.128 * exp((17 - x) / 18) / ms : 1/ms
        beta_h = 4 / (1 + exp((40 - x) / 5)) / ms : 1/ms
        alpha_n = 0.032 * 5 / exprel((15 - x) / 5) / ms : 1/ms
        beta_n = 0.5 * exp((10 - x) / 40) / ms : 1/ms
        channels = g_na * m**3 * h * (e_na - v) + g_k * n**4 * (e_k - v) : pA
        synapses = g_exc * (e_rev_exc - v) + g_inh * (e_rev_inh - v) : pA
        dv/dt = (g_l * (e_l - v) + channels + synapses + i_e + I) / c_m : mV
        dm/dt = alpha_m * (1 - m) - beta_m * m : 1
        dh/dt = alpha_h * (1 - h) - beta_h * h : 1
        dn/dt = alpha_n * (1 - n) - beta_n * n : 1
        dg_exc/dt = -g_exc / tau_syn_exc : nS
        dg_inh/dt = -g_inh / tau_syn_inh : nS
    """
    initial = """
        v = e_l
        m = alpha_m / (alpha_m + beta_m)
        h = alpha_h / (alpha_h + beta_h)
        n = alpha_n / (alpha_n + beta_n)
    """
    arrival = {"exc": "g_exc += weight", "inh": "g_inh += weight"}
    lowest_weight = 0.0
    threshold = "v >= v_th"
    scheme = "runge_kutta"
    parts = 2


class ResonateAndFire(snn.Equations):
    """Damped oscillations about rest, which inputs in time with them sum up to a spike.

    Izhikevich (2001), Neural Netw. 14:883.
    """

    tau = snn.param(default=20.0, unit=MS, above=0.0)
    omega = snn.param(default=0.3, unit="1/ms")
    e_l = snn.param(default=-65.0, unit=MV)
    v_th = snn.param(default=-55.0, unit=MV)
    c_m = snn.param(default=100.0, unit="pF", above=0.0)

    equations = """
        dv/dt = (e_l - v) / tau - omega * u + I / c_m : mV
        du/dt = -u / tau + omega * (v - e_l) : mV
    """
    initial = "v = e_l"
    arrival = {"delta": "v += weight"}
    threshold = "v >= v_th"
    reset = "v = e_l; u = 0"


class TwoCompartments(snn.Equations):
    """A soma that fires and a dendrite that has the synapses, coupled by a conductance."""

    c_soma = snn.param(default=100.0, unit="pF", above=0.0)
    c_dendrite = snn.param(default=150.0, unit="pF", above=0.0)
    g_soma = snn.param(default=8.0, unit=NS, low=0.0)
    g_dendrite = snn.param(default=10.0, unit=NS, low=0.0)
    g_between = snn.param(default=20.0, unit=NS, low=0.0)
    e_l = snn.param(default=-70.0, unit=MV)
    e_exc = snn.param(default=0.0, unit=MV)
    tau_exc = snn.param(default=3.0, unit=MS, above=0.0)
    v_th = snn.param(default=-50.0, unit=MV)
    v_reset = snn.param(default=-65.0, unit=MV)
    t_ref = snn.param(default=2.0, unit=MS, low=0.0)

    equations = """
        dv/dt = (g_soma * (e_l - v) + g_between * (v_d - v) + I) / c_soma : mV
        dv_d/dt = (g_dendrite * (e_l - v_d) + g_between * (v - v_d) + g * (e_exc - v_d)) / c_dendrite : mV
        dg/dt = -g / tau_exc : nS
    """
    initial = "v = e_l; v_d = e_l"
    arrival = {"exc": "g += weight"}
    lowest_weight = 0.0
    threshold = "v >= v_th"
    reset = "v = v_reset"
    refractory = "t_ref"


class CalciumLIF(snn.Equations):
    """A neuron slowed down by the calcium that its own spikes let in (through a Hill function)."""

    tau_m = snn.param(default=20.0, unit=MS, above=0.0)
    r_m = snn.param(default=100.0, unit="MOhm", above=0.0)
    e_l = snn.param(default=-70.0, unit=MV)
    e_k = snn.param(default=-90.0, unit=MV)
    g_ahp = snn.param(default=10.0, unit=NS, low=0.0)
    half = snn.param(default=0.5, unit="uM", above=0.0)
    influx = snn.param(default=0.2, unit="uM")
    tau_ca = snn.param(default=80.0, unit=MS, above=0.0)
    v_th = snn.param(default=-50.0, unit=MV)

    equations = """
        hill = ca**2 / (ca**2 + half**2) : 1
        dv/dt = (e_l - v + r_m * (I + g_ahp * hill * (e_k - v))) / tau_m : mV
        dca/dt = -ca / tau_ca : uM
    """
    initial = "v = e_l"
    arrival = {"delta": "v += weight"}
    threshold = "v >= v_th"
    reset = "v = e_l; ca += influx"


def main() -> None:
    """Print what is solved how, and a neuron's answer to two pulses at its own period and out of it."""
    for model in (
        CubaLIF,
        AlphaLIF,
        ALIF,
        CobaLIF,
        AdEx,
        Izhikevich,
        HodgkinHuxley,
        TwoCompartments,
        CalciumLIF,
    ):
        print(f"{model.__name__:16} {model.chosen_scheme}")
    print(ResonateAndFire.summary())
    period = 2 * 3.141592653589793 / 0.3
    for gap in (period, period / 2):
        net = snn.Network(seed=1)
        cell = net.population("cell", 1, ResonateAndFire())
        pulses = net.source("pulses", 1, snn.SpikeArray([[5.0, 5.0 + gap]]))
        net.projection(pulses, cell, snn.OneToOne(), weight=8.0, delay=1.0)
        spikes = net.probe(cell, "spikes")
        with snn.Simulation(net, backend="event") as sim:
            sim.run(60.0)
        print(f"two pulses {gap:.1f} ms apart: {len(sim.data[spikes].t)} spike(s)")


if __name__ == "__main__":
    main()

"""Each standard cell against its equations as PyNN states them, in PyNN's units, solved by SciPy.

mV, ms, nF, nA and uS are coherent: nA / nF and uS mV / nF are mV / ms.
"""

import numpy as np
import pytest

pytest.importorskip("pyNN", reason="needs PyNN: pip install PyNN")
pytest.importorskip("sympy", reason="needs the extra equations")
import pynn_pysnn as sim
from scipy.integrate import solve_ivp

EXC, INH, DELAY, END = 5.0, 12.0, 0.5, 40.0


def leak(p):
    return p["cm"] / p["tau_m"]


def solved(rhs, start, jumps, times):
    """States at ``times`` of dy/dt = rhs(y), with jumps (time, function of y)."""
    states, y, at = [], np.array(start, dtype=float), 0.0
    for until, jump in [*sorted(jumps, key=lambda entry: entry[0]), (times[-1], None)]:
        inside = times[(times >= at) & (times < until if jump else times <= until)]
        run = solve_ivp(
            lambda t, y: rhs(y), (at, until), y, method="LSODA", t_eval=inside, rtol=1e-11, atol=1e-13,
            dense_output=True,
        )  # fmt: skip
        states.append(run.y)
        y = run.sol(until)
        at = until
        if jump:
            y = jump(y)
    return np.concatenate(states, axis=1)


def cond_exp(p, v, ge, gi):
    return ge * (p["e_rev_E"] - v) + gi * (p["e_rev_I"] - v)


def curr_exp(p):
    def rhs(y):
        v, ie, ii = y
        dv = leak(p) * (p["v_rest"] - v) + ie + ii + p["i_offset"]
        return [dv / p["cm"], -ie / p["tau_syn_E"], -ii / p["tau_syn_I"]]

    return (
        rhs,
        [p["v_rest"], 0, 0],
        lambda y, w: y + np.array([0, w, 0]),
        lambda y, w: y + np.array([0, 0, w]),
    )


def curr_alpha(p):
    def rhs(y):
        v, ie, re, ii, ri = y
        dv = leak(p) * (p["v_rest"] - v) + ie + ii + p["i_offset"]
        te, ti = p["tau_syn_E"], p["tau_syn_I"]
        return [dv / p["cm"], (re - ie) / te, -re / te, (ri - ii) / ti, -ri / ti]

    start = [p["v_rest"], 0, 0, 0, 0]
    return (
        rhs,
        start,
        lambda y, w: y + np.array([0, 0, np.e * w, 0, 0]),
        lambda y, w: y + np.array([0, 0, 0, 0, np.e * w]),
    )


def curr_delta(p):
    def rhs(y):
        return [(leak(p) * (p["v_rest"] - y[0]) + p["i_offset"]) / p["cm"]]

    return rhs, [p["v_rest"]], lambda y, w: y + np.array([w]), lambda y, w: y + np.array([w])


def if_cond_exp(p):
    def rhs(y):
        v, ge, gi = y
        dv = leak(p) * (p["v_rest"] - v) + cond_exp(p, v, ge, gi) + p["i_offset"]
        return [dv / p["cm"], -ge / p["tau_syn_E"], -gi / p["tau_syn_I"]]

    return (
        rhs,
        [p["v_rest"], 0, 0],
        lambda y, w: y + np.array([0, w, 0]),
        lambda y, w: y + np.array([0, 0, w]),
    )


def if_cond_alpha(p, extra=lambda p, v: 0.0):
    def rhs(y):
        v, ge, re, gi, ri = y
        dv = leak(p) * (p["v_rest"] - v) + cond_exp(p, v, ge, gi) + p["i_offset"] + extra(p, v)
        te, ti = p["tau_syn_E"], p["tau_syn_I"]
        return [dv / p["cm"], (re - ge) / te, -re / te, (ri - gi) / ti, -ri / ti]

    start = [p["v_rest"], 0, 0, 0, 0]
    return (
        rhs,
        start,
        lambda y, w: y + np.array([0, 0, np.e * w, 0, 0]),
        lambda y, w: y + np.array([0, 0, 0, 0, np.e * w]),
    )


def eif_cond_exp(p):
    def rhs(y):
        v, ge, gi, w = y
        upswing = leak(p) * p["delta_T"] * np.exp((v - p["v_thresh"]) / p["delta_T"])
        dv = leak(p) * (p["v_rest"] - v) + upswing - w + cond_exp(p, v, ge, gi) + p["i_offset"]
        adapts = (1e-3 * p["a"] * (v - p["v_rest"]) - w) / p["tau_w"]  # a is in nS
        return [dv / p["cm"], -ge / p["tau_syn_E"], -gi / p["tau_syn_I"], adapts]

    start = [p["v_rest"], 0, 0, 0]
    return rhs, start, lambda y, w: y + np.array([0, w, 0, 0]), lambda y, w: y + np.array([0, 0, w, 0])


def eif_cond_alpha(p):
    def rhs(y):
        v, ge, re, gi, ri, w = y
        upswing = leak(p) * p["delta_T"] * np.exp((v - p["v_thresh"]) / p["delta_T"])
        dv = leak(p) * (p["v_rest"] - v) + upswing - w + cond_exp(p, v, ge, gi) + p["i_offset"]
        adapts = (1e-3 * p["a"] * (v - p["v_rest"]) - w) / p["tau_w"]
        te, ti = p["tau_syn_E"], p["tau_syn_I"]
        return [dv / p["cm"], (re - ge) / te, -re / te, (ri - gi) / ti, -ri / ti, adapts]

    start = [p["v_rest"], 0, 0, 0, 0, 0]
    return (
        rhs,
        start,
        lambda y, w: y + np.array([0, 0, np.e * w, 0, 0, 0]),
        lambda y, w: y + np.array([0, 0, 0, 0, np.e * w, 0]),
    )


def izhikevich(p):
    def rhs(y):
        v, u = y
        return [0.04 * v**2 + 5 * v + 140 - u + 1e3 * p["i_offset"], p["a"] * (p["b"] * v - u)]

    return rhs, [-70.0, -14.0], lambda y, w: y + np.array([w, 0]), lambda y, w: y + np.array([w, 0])


CASES = {
    "IF_curr_exp": (curr_exp, {"i_offset": 0.2, "tau_syn_E": 3.0}, 0.5, -0.4),
    "IF_curr_alpha": (curr_alpha, {"i_offset": 0.2, "tau_syn_I": 3.0}, 0.5, -0.4),
    "IF_curr_delta": (curr_delta, {"i_offset": 0.2, "cm": 0.7}, 3.0, -2.0),
    "IF_cond_exp": (if_cond_exp, {"i_offset": 0.2, "cm": 0.7}, 0.005, 0.01),
    "IF_cond_alpha": (if_cond_alpha, {"i_offset": 0.2, "tau_syn_E": 2.0}, 0.005, 0.01),
    "EIF_cond_exp_isfa_ista": (eif_cond_exp, {"i_offset": 0.1}, 0.005, 0.01),
    "EIF_cond_alpha_isfa_ista": (eif_cond_alpha, {"i_offset": 0.1}, 0.005, 0.01),
    "Izhikevich": (izhikevich, {"i_offset": 0.002}, 2.0, -3.0),
}


@pytest.mark.parametrize(("backend", "within"), [("event", 1e-6), ("clock", 2e-2)])
@pytest.mark.parametrize("name", CASES)
def test_a_cell_follows_its_equations_in_pynn_s_units(name, backend, within):
    equations, given, exc, inh = CASES[name]
    sim.setup(timestep=0.01, min_delay=0.1, backend=backend, threads=1)
    cell = getattr(sim, name)(**given)
    cells = sim.Population(1, cell)
    inputs = sim.Population(2, sim.SpikeSourceArray(spike_times=[[EXC], [INH]]))
    for source, weight, kind in ((0, exc, "excitatory"), (1, inh, "inhibitory")):
        sim.Projection(
            inputs[source : source + 1], cells, sim.AllToAllConnector(),
            sim.StaticSynapse(weight=weight, delay=DELAY), receptor_type=kind,
        )  # fmt: skip
    cells.record("v")
    sim.run(END)
    (signal,) = cells.get_data().segments[0].analogsignals
    sim.end()
    rhs, start, excite, inhibit = equations({**cell.default_parameters, **given})
    times = np.arange(int(END / 0.01) + 1) * 0.01
    jumps = [(EXC + DELAY, lambda y: excite(y, exc)), (INH + DELAY, lambda y: inhibit(y, inh))]
    expected = solved(rhs, start, jumps, times)[0]
    # At the instant of a jump of v itself samples may be of before it or after.
    apart = np.all([np.abs(times - t) > 1e-6 for t, _ in jumps], axis=0)
    assert np.ptp(expected) > 0.5
    np.testing.assert_allclose(signal.magnitude[apart, 0], expected[apart], atol=within, rtol=0)


def test_the_first_spike_of_a_cell_with_a_constant_current_is_where_the_closed_form_has_it():
    # T = tau_m ln(x / (x - theta)), x = i tau_m / cm, theta = v_thresh - v_rest.
    sim.setup(timestep=0.1, backend="event", threads=1)
    cells = sim.Population(3, sim.IF_curr_exp(i_offset=[1.0, 1.2, 1.5], cm=0.9, tau_m=15.0))
    cells.record("spikes")
    sim.run(60.0)
    first = [train[0].item() for train in cells.get_data().segments[0].spiketrains]
    sim.end()
    x = np.array([1.0, 1.2, 1.5]) * 15.0 / 0.9
    np.testing.assert_allclose(first, 15.0 * np.log(x / (x - 15.0)), atol=1e-9)


def test_conductances_and_adaptation_are_recorded_in_pynn_s_units():
    sim.setup(timestep=0.1, threads=1)
    cells = sim.Population(1, sim.EIF_cond_exp_isfa_ista(i_offset=1.5, b=0.1, v_spike=-40.0))
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[0.5]))
    sim.Projection(source, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=0.03, delay=0.5))
    cells.record(["spikes", "w", "gsyn_exc"])
    sim.run(20.0)
    segment = cells.get_data().segments[0]
    conductance = segment.filter(name="gsyn_exc")[0]
    assert conductance.units.dimensionality.string == "uS"
    np.testing.assert_allclose(conductance.magnitude.max(), 0.03, rtol=1e-12)
    adaptation = segment.filter(name="w")[0].magnitude[:, 0]
    # Each spike adds b = 0.1 nA, which hardly decays in a step (tau_w = 144 ms).
    spikes = segment.spiketrains[0].magnitude
    assert len(spikes) > 0
    at = round(spikes[0] / 0.1)
    np.testing.assert_allclose(adaptation[at] - adaptation[at - 1], 0.1, atol=1e-3)
    sim.end()


@pytest.mark.parametrize("kind", ["AlphaPSR", "ExpPSR", "BetaPSR"])
def test_each_kind_of_receptor_peaks_at_its_weight(kind):
    sim.setup(timestep=0.01, min_delay=0.1, backend="event", threads=1)
    cells = sim.Population(
        1, sim.PointNeuron(sim.LIF(), AMPA=getattr(sim, kind)(), NMDA=sim.AlphaPSR(tau_syn=9.0))
    )
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[1.0]))
    for receptor in ("AMPA", "NMDA"):
        sim.Projection(
            source,
            cells,
            sim.AllToAllConnector(),
            sim.StaticSynapse(weight=0.002, delay=0.5),
            receptor_type=receptor,
        )
    cells.record(["AMPA.gsyn", "NMDA.gsyn"])
    sim.run(30.0)
    segment = cells.get_data().segments[0]
    for receptor in ("AMPA", "NMDA"):
        np.testing.assert_allclose(
            segment.filter(name=f"{receptor}.gsyn")[0].magnitude.max(), 0.002, rtol=1e-4
        )
    assert cells.get("NMDA.tau_syn") == 9.0
    sim.end()

"""Models, rules, sources and connection rules refuse what cannot be, and lower what can."""

from __future__ import annotations

import math

import networkx as nx
import numpy as np
import pytest

import pysnn as snn

# ---- models and rules -----------------------------------------------------------------------------


@pytest.mark.parametrize("model", [snn.LIF, snn.ALIF, snn.CubaLIF, snn.AlphaLIF])
def test_a_reset_at_the_threshold_is_refused(model: type[snn.LIF]) -> None:
    with pytest.raises(
        snn.ParameterError, match=rf"^{model.__name__}\.v_reset: must be < v_th = -50 mV \(got -50\)"
    ):
        model(v_th=-50.0, v_reset=-50.0)


@pytest.mark.parametrize("model", [snn.CubaLIF, snn.AlphaLIF])
@pytest.mark.parametrize("name", ["tau_m", "c_m", "tau_syn_exc", "tau_syn_inh"])
@pytest.mark.parametrize("value", [0.0, -1.0, math.inf, math.nan])
def test_time_constants_and_capacitance_are_positive_and_finite(
    model: type[snn.CubaLIF], name: str, value: float
) -> None:
    if (model, name, value) == (snn.CubaLIF, "tau_m", math.inf):
        assert model(tau_m=value).tau_m == math.inf  # an integrator
        return
    with pytest.raises(snn.ParameterError, match=rf"^{model.__name__}\.{name}: must be >"):
        model(**{name: value})


@pytest.mark.parametrize(
    ("model", "name"),
    [
        (snn.ALIF, "tau_m"),
        (snn.ALIF, "tau_adapt"),
        (snn.SRM0, "tau_m"),
        (snn.SRM0, "tau_eta"),
        (snn.SRM0, "delta_u"),
        (snn.SRM0, "rho_0"),
    ],
)
def test_scales_of_adaptation_and_escape_are_positive(model: type[snn.NeuronModel], name: str) -> None:
    for value in (0.0, -1.0, math.nan):
        with pytest.raises(snn.ParameterError, match=rf"^{model.__name__}\.{name}: must be >"):
            model(**{name: value})


def test_pairing_is_lowered_to_its_position() -> None:
    assert snn.PairSTDP().as_numbers()["pairing"] == 0.0
    assert snn.PairSTDP(pairing="nearest").as_numbers()["pairing"] == 1.0
    with pytest.raises(snn.ParameterError, match="did you mean 'nearest'"):
        snn.PairSTDP(pairing="nearst")


@pytest.mark.parametrize("mu", [-0.1, 1.1])
def test_weight_dependence_lies_between_additive_and_multiplicative(mu: float) -> None:
    with pytest.raises(snn.ParameterError, match=r"PairSTDP\.mu_plus: must be >= 0 and <= 1"):
        snn.PairSTDP(mu_plus=mu)


@pytest.mark.parametrize("mu", [0.0, 1.1])
def test_the_exponent_of_the_power_law_is_positive_and_at_most_1(mu: float) -> None:
    with pytest.raises(snn.ParameterError, match=r"PowerLawSTDP\.mu: must be > 0 and <= 1"):
        snn.PowerLawSTDP(mu=mu)


def test_the_power_law_rule_allows_any_weight() -> None:
    assert snn.PowerLawSTDP().largest == math.inf


def test_a_new_model_is_known_by_being_defined() -> None:
    from pysnn.neurons import NeuronModel

    class Ficus(NeuronModel):
        """A model of a test."""

    try:
        assert NeuronModel.registry.get("Ficus", "test") is Ficus
    finally:
        del NeuronModel.registry._entries["Ficus"]


def test_a_second_class_of_one_name_is_refused() -> None:
    from pysnn.neurons import NeuronModel

    with pytest.raises(TypeError, match=r"'LIF' exists already, in pysnn\.neurons\.lif"):
        type("LIF", (NeuronModel,), {"__module__": "elsewhere"})


# ---- sources and currents -------------------------------------------------------------------------


def test_both_forms_of_a_spike_array_are_the_same() -> None:
    trains = snn.SpikeArray([[4.0, 1.0], [], [2.5]])
    flat = snn.SpikeArray([2.5, 4.0, 1.0], indices=[2, 0, 0])
    for form in (trains, flat):
        assert np.array_equal(form.times, [1.0, 4.0, 2.5])
        assert np.array_equal(form.indices, [0, 0, 2])
        lowered = form.lower(3)
        assert np.array_equal(lowered["times"], [1.0, 4.0, 2.5])
        assert np.array_equal(lowered["offsets"], [0, 2, 2, 3])


def test_equal_times_of_one_source_stay_two_spikes() -> None:
    assert np.array_equal(snn.SpikeArray([[2.0, 2.0]]).lower(1)["times"], [2.0, 2.0])


def test_sources_without_a_spike_have_empty_trains() -> None:
    lowered = snn.SpikeArray([[], []]).lower(2)
    assert np.array_equal(lowered["offsets"], [0, 0, 0])
    assert np.size(lowered["times"]) == 0


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: snn.SpikeArray([1.0, 2.0]), "one array of times a source .*indices="),
        (
            lambda: snn.SpikeArray([[1.0], [-2.0]]),
            r"SpikeArray\.times\[1\]\[0\]: must be > 0 ms \(got -2\.0\)",
        ),
        (lambda: snn.SpikeArray([[0.0]]), r"SpikeArray\.times\[0\]\[0\]: must be > 0 ms"),
        (lambda: snn.SpikeArray([[math.inf]]), "must be > 0 ms"),
        (lambda: snn.SpikeArray([1.0], indices=[0, 1]), r"indices: expected 1 entries, one a time \(got 2\)"),
        (lambda: snn.SpikeArray([1.0], indices=[0.5]), r"indices\[0\]: expected a whole number"),
        (lambda: snn.SpikeArray([1.0], indices=[-1]), r"indices\[0\]: must be >= 0"),
        (lambda: snn.SpikeArray("abc"), "expected a list of arrays"),
        (lambda: snn.Poisson(-1.0), r"Poisson\.rate: must be >= 0 and <= 1e\+09 Hz"),
        (lambda: snn.StepCurrent([1.0, 1.0], [2.0, 3.0]), r"StepCurrent\.times: must ascend"),
        (lambda: snn.StepCurrent([1.0], [2.0, 3.0]), r"StepCurrent\.amplitudes: expected 1 entries"),
        (lambda: snn.StepCurrent([], []), r"StepCurrent\.times: must ascend, and not be empty"),
        (lambda: snn.StepCurrent(1.0, 2.0), "expected arrays of times and amplitudes"),
        (
            lambda: snn.ConstantCurrent(5.0, start=3.0, stop=3.0),
            r"ConstantCurrent\.stop: must be > start = 3",
        ),
    ],
)
def test_impossible_sources_are_refused(make: object, message: str) -> None:
    with pytest.raises(snn.ParameterError, match=message):
        make()  # type: ignore[operator]


def test_a_constant_current_is_a_step_up_and_one_down() -> None:
    times, amplitudes = snn.ConstantCurrent(7.0, start=2.0, stop=5.0).steps()
    assert times.tolist() == [2.0, 5.0]
    assert amplitudes.tolist() == [7.0, 0.0]
    times, amplitudes = snn.ConstantCurrent(7.0).steps()
    assert (times.tolist(), amplitudes.tolist()) == ([0.0], [7.0])


# ---- connection rules -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "lowered"),
    [
        (snn.AllToAll(autapses=False), ("all_to_all", {"autapses": False})),
        (snn.OneToOne(), ("one_to_one", {})),
        (snn.FixedProbability(0.1), ("fixed_probability", {"p": 0.1, "autapses": True})),
        (snn.FixedIndegree(5), ("fixed_indegree", {"n": 5, "autapses": True, "multapses": True})),
        (
            snn.FixedOutdegree(5, multapses=False),
            ("fixed_outdegree", {"n": 5, "autapses": True, "multapses": False}),
        ),
        (snn.FixedTotalNumber(9), ("fixed_total_number", {"n": 9, "autapses": True, "multapses": True})),
    ],
)
def test_rules_lower_to_the_names_of_the_core(
    rule: snn.ConnectionRule, lowered: tuple[str, dict[str, object]]
) -> None:
    assert rule.lower() == lowered


def test_degrees_by_neuron_lower_to_an_index_array() -> None:
    params = snn.FixedIndegree([1, 2, 0]).lower()[1]
    assert params["n"].dtype == np.uint32
    assert params["n"].tolist() == [1, 2, 0]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: snn.FixedProbability(1.2), r"FixedProbability\.p: must be >= 0 and <= 1"),
        (lambda: snn.FixedIndegree(-1), r"FixedIndegree\.n: must be >= 0"),
        (lambda: snn.FixedIndegree(2.5), r"FixedIndegree\.n: expected a whole number"),
        (lambda: snn.FixedOutdegree([1, 2.5]), r"FixedOutdegree\.n\[1\]: expected a whole number"),
        (lambda: snn.FromCOO([0, 1], [0]), r"FromCOO\.j: expected 2 entries, as i \(got 1\)"),
        (lambda: snn.FromCOO([-1], [0]), r"FromCOO\.i\[0\]: must be >= 0"),
        (lambda: snn.FromCOO([0.5], [0]), r"FromCOO\.i\[0\]: expected a whole number"),
        (lambda: snn.FromCSR([0, 2], [1]), r"FromCSR\.indptr: must go from 0 to len\(indices\) = 1"),
        (lambda: snn.FromCSR([0, 2, 1], [1]), r"FromCSR\.indptr: must go from 0"),
        (lambda: snn.FromMultiDiGraph(nx.MultiGraph()), "expected a directed graph"),
        (lambda: snn.FromMultiDiGraph([(0, 1)]), "expected a networkx graph"),
    ],
)
def test_impossible_rules_are_refused(make: object, message: str) -> None:
    with pytest.raises(snn.ParameterError, match=message):
        make()  # type: ignore[operator]


def test_csr_rows_become_the_same_pairs_duplicates_and_order_kept() -> None:
    # row 0: 2, 2, 0; row 1 empty; row 2: 1
    resolved, weight, delay = snn.FromCSR([0, 3, 3, 4], [2, 2, 0, 1]).resolve(3, 3, "test")
    assert resolved == snn.FromCOO([0, 0, 0, 2], [2, 2, 0, 1])
    assert weight is None
    assert delay is None


def test_parallel_edges_of_a_graph_stay_apart_with_their_values() -> None:
    graph = nx.MultiDiGraph()
    graph.add_edge(0, 1, w=1.0, d=2.0)
    graph.add_edge(0, 1, w=3.0, d=4.0)
    graph.add_edge(1, 0, w=5.0, d=6.0)
    # what to_scipy_sparse_array would make of it: one entry of weight 4
    resolved, weight, delay = snn.FromMultiDiGraph(graph, weight="w", delay="d").resolve(2, 2, "test")
    assert resolved == snn.FromCOO([0, 0, 1], [1, 1, 0])
    assert weight == snn.Array([1.0, 3.0, 5.0])
    assert delay == snn.Array([2.0, 4.0, 6.0])


def test_graph_nodes_with_names_need_their_order() -> None:
    graph = nx.MultiDiGraph([("a", "b"), ("b", "c")])
    with pytest.raises(snn.ParameterError, match=r"node 'a' is no index; give nodes="):
        snn.FromMultiDiGraph(graph).resolve(3, 3, "test")
    resolved, _, _ = snn.FromMultiDiGraph(graph, nodes=["c", "b", "a"]).resolve(3, 3, "test")
    assert resolved == snn.FromCOO([2, 1], [1, 0])
    with pytest.raises(snn.ParameterError, match=r"lacks the node 'b'"):
        snn.FromMultiDiGraph(graph, nodes=["a", "c"]).resolve(3, 3, "test")


def test_an_edge_without_the_attribute_is_named() -> None:
    graph = nx.MultiDiGraph()
    graph.add_edge(0, 1, w=1.0)
    graph.add_edge(1, 2)
    with pytest.raises(snn.ParameterError, match=r"the edge 1 -> 2 has no attribute 'w'"):
        snn.FromMultiDiGraph(graph, weight="w").resolve(3, 3, "test")


@pytest.mark.parametrize(
    "model", [snn.CobaLIF(), snn.AdEx(), snn.HodgkinHuxley()], ids=lambda m: type(m).__name__
)
@pytest.mark.parametrize("weight", [-1.0, [1.0, -1.0], snn.Normal(5.0, 1.0)], ids=["one", "fan", "unbounded"])
def test_a_negative_conductance_is_an_error(model: snn.NeuronModel, weight: object) -> None:
    net = snn.Network(seed=1)
    cells = net.population("cells", 4, model)
    delay = [1.0, 2.0] if isinstance(weight, list) else 1.0
    with pytest.raises(snn.ParameterError, match=r"weight: must be >= 0 nS .* conductances"):
        net.projection(cells, cells, snn.AllToAll(), weight=weight, delay=delay, receptor="inh")
    net.projection(cells, cells, snn.AllToAll(), weight=snn.Normal(5.0, 1.0, min=0.0), delay=1.0)


@pytest.mark.parametrize(
    ("model", "changes", "message"),
    [
        (snn.CobaLIF, {"v_reset": -50.0}, r"CobaLIF\.v_reset: must be < v_th = -50 mV \(got -50\)"),
        (snn.AdEx, {"v_th": 1.0}, r"AdEx\.v_th: must be < v_peak = 0 mV \(got 1\)"),
        (snn.AdEx, {"v_reset": 0.0}, r"AdEx\.v_reset: must be < v_peak = 0 mV \(got 0\)"),
        (snn.Izhikevich, {"c": 30.0}, r"Izhikevich\.c: must be < v_peak = 30 mV \(got 30\)"),
        (snn.Izhikevich, {"scheme": "Euler"}, r"Izhikevich\.scheme: .*converged, published"),
        (snn.HodgkinHuxley, {"tolerance": 0.0}, r"HodgkinHuxley\.tolerance: must be >= 1e-13"),
    ],
)
def test_parameters_that_cannot_be_are_named(
    model: type[snn.NeuronModel], changes: dict[str, object], message: str
) -> None:
    with pytest.raises(snn.ParameterError, match=message):
        model(**changes)


def test_triplets_of_visual_cortex_are_the_papers() -> None:
    """Pfister & Gerstner (2006), table 3; the full all-to-all model is NEST's default too."""
    assert snn.TripletSTDP.visual_cortex() == snn.TripletSTDP()
    minimal = snn.TripletSTDP.visual_cortex("minimal", "nearest", w_max=10.0, unit_weight=2.0)
    assert (minimal.tau_y, minimal.a2_plus, minimal.a3_minus) == (40.0, 0.0, 0.0)
    assert minimal.w_max * minimal.a3_plus == pytest.approx(2.0 * 5e-2, rel=1e-15)
    assert minimal.w_max * minimal.a2_minus == pytest.approx(2.0 * 8e-3, rel=1e-15)
    assert snn.TripletSTDP.visual_cortex(tau_y=100.0).tau_y == 100.0
    with pytest.raises(snn.ParameterError, match="unknown form 'minimum'; did you mean 'minimal'"):
        snn.TripletSTDP.visual_cortex("minimum")
    with pytest.raises(snn.ParameterError, match=r"TripletSTDP\.pairing"):
        snn.TripletSTDP.visual_cortex(pairing="pairs")

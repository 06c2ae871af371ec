"""Declaring a network: every mistake is an error at the call that makes it."""

from __future__ import annotations

import math
from typing import Any

import networkx as nx
import numpy as np
import pint
import pytest

import pysnn as snn


@pytest.fixture
def net() -> snn.Network:
    net = snn.Network(seed=1)
    net.population("exc", 8, snn.CubaLIF())
    net.population("inh", 4, snn.LIF())
    net.source("noise", 8, snn.Poisson(10.0))
    return net


def project(net: snn.Network, pre: str = "exc", post: str = "exc", **changes: object) -> snn.Projection:
    groups = {**net.populations, **net.sources}
    given = {"rule": snn.AllToAll(), "weight": 1.0, "delay": 1.0, **changes}
    return net.projection(groups[pre], groups[post], **given)  # type: ignore[arg-type]


# ---- what is accepted -----------------------------------------------------------------------------


def test_projections_are_named_after_their_sides_and_counted(net: snn.Network) -> None:
    assert [project(net).name, project(net).name, project(net, "noise").name, project(net).name] == [
        "exc->exc", "exc->exc#2", "noise->exc", "exc->exc#3",
    ]  # fmt: skip
    assert list(net.projections) == ["exc->exc", "exc->exc#2", "noise->exc", "exc->exc#3"]


def test_a_sequence_of_delays_is_a_fan_whatever_its_type(net: snn.Network) -> None:
    for delay in ([1.0, 2.0], (1.0, 2.0), np.array([1.0, 2.0])):
        assert project(net, delay=delay).spec.delay == (1.0, 2.0)
    assert project(net, delay=[3.0]).spec.delay == (3.0,)
    assert project(net, rule=snn.FromCOO([0, 1], [2, 3]), delay=[1.0, 2.0]).spec.delay == (1.0, 2.0)


def test_weights_of_a_fan_go_with_its_delays(net: snn.Network) -> None:
    assert project(net, delay=[1.0, 2.0], weight=[5.0, 6.0]).spec.weight == (5.0, 6.0)
    assert project(net, delay=[1.0, 2.0], weight=5.0).spec.weight == snn.Constant(5.0)


def test_listed_pairs_take_a_value_each(net: snn.Network) -> None:
    rule = snn.FromCOO([0, 1, 1], [2, 3, 3])
    made = project(net, rule=rule, weight=np.array([1.0, 2.0, 3.0]), delay=snn.Array([1.0, 2.0, 3.0]))
    assert made.spec.weight == snn.Array([1.0, 2.0, 3.0])
    assert made.spec.delay == snn.Array([1.0, 2.0, 3.0])


def test_a_graph_brings_its_weights_and_delays(net: snn.Network) -> None:
    graph = nx.MultiDiGraph()
    graph.add_edge(0, 1, weight=3.0, lag=2.0)
    graph.add_edge(0, 1, weight=4.0, lag=1.0)
    made = project(
        net, rule=snn.FromMultiDiGraph(graph, weight="weight", delay="lag"), weight=None, delay=None
    )
    assert made.spec.rule == snn.FromCOO([0, 0], [1, 1])
    assert made.spec.weight == snn.Array([3.0, 4.0])
    assert made.spec.delay == snn.Array([2.0, 1.0])
    with pytest.raises(snn.ParameterError, match="the rule brings its own weights"):
        project(net, rule=snn.FromMultiDiGraph(graph, weight="weight"), weight=1.0)


def test_quantities_are_accepted_wherever_numbers_are(net: snn.Network) -> None:
    unit = pint.UnitRegistry()
    made = project(net, weight=0.5 * unit.nA, delay=[1.0, 2.0] * unit.ms)  # type: ignore[operator]
    assert isinstance(made.spec.weight, snn.Constant)
    assert made.spec.weight.value == pytest.approx(500.0)
    assert made.spec.delay == (1.0, 2.0)
    cells = net.population("q", 2, snn.LIF(), init={"v": -0.06 * unit.volt})
    assert cells.spec.init == (("v", snn.Constant(-60.0)),)
    with pytest.raises(snn.ParameterError, match="delay: expected a quantity in ms"):
        project(net, delay=1.0 * unit.mV)


def test_the_first_receptor_is_the_default(net: snn.Network) -> None:
    assert project(net).spec.receptor == "exc"
    assert project(net, post="inh").spec.receptor == "delta"


def test_views_say_which_neurons_they_show(net: snn.Network) -> None:
    exc = net.populations["exc"]
    assert exc[2:5].indices.tolist() == [2, 3, 4]
    assert exc[-3:].indices.tolist() == [5, 6, 7]
    assert exc[3].indices.tolist() == [3]
    assert exc[-1].indices.tolist() == [7]
    assert exc[2:6][1:3].indices.tolist() == [3, 4]
    assert np.array_equal(exc[::3].indices, [0, 3, 6])
    assert np.array_equal(exc[[5, 1]].indices, [5, 1])
    assert np.array_equal(exc[2:6][[3, 0]].indices, [5, 2])
    assert np.array_equal(exc[np.arange(8) % 4 == 0].indices, [0, 4])
    assert (len(exc), len(exc[2:5]), len(exc[::3])) == (8, 3, 3)
    assert exc[2:5].name == "exc"


def test_iterating_a_population_gives_a_view_of_each_neuron(net: snn.Network) -> None:
    assert [view.indices.tolist() for view in net.populations["inh"]] == [[0], [1], [2], [3]]


def test_what_is_printed_says_what_it_is(net: snn.Network) -> None:
    assert repr(net) == "<Network seed=1: 2 populations (12 neurons), 1 sources, 0 projections, 0 probes>"
    assert repr(net.populations["exc"][1:3]) == "<View 'exc'[1:3]>"
    assert repr(net.populations["inh"]).startswith("<Population 'inh': 4 x LIF(tau_m=10.0")
    assert repr(project(net)) == "<Projection 'exc->exc': AllToAll(autapses=True)>"


def test_a_spec_does_not_follow_later_declarations(net: snn.Network) -> None:
    spec = net.spec()
    net.population("late", 1, snn.LIF())
    assert [p.name for p in spec.populations] == ["exc", "inh"]


# ---- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [-1, 1.5, "a", None, 2**60])
def test_a_seed_is_a_whole_number(seed: object) -> None:
    with pytest.raises(snn.ParameterError, match=r"^Network\.seed: "):
        snn.Network(seed=seed)  # type: ignore[arg-type]


@pytest.mark.parametrize("n", [0, -1, 1.5, "3", True, 2**33])
def test_a_population_has_at_least_one_neuron(net: snn.Network, n: object) -> None:
    with pytest.raises(snn.ParameterError, match=r"^population 'x': n: "):
        net.population("x", n, snn.LIF())  # type: ignore[arg-type]
    assert "x" not in net.populations


@pytest.mark.parametrize("name", ["", " ", "a/b", ".", "a\n", 3, None])
def test_names_are_printable(net: snn.Network, name: object) -> None:
    with pytest.raises(snn.ParameterError, match="name: expected a printable string"):
        net.population(name, 1, snn.LIF())  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["exc", "noise"])
def test_a_name_is_taken_once(net: snn.Network, name: str) -> None:
    with pytest.raises(snn.ParameterError, match=f"there is a population or source named '{name}' already"):
        net.population(name, 1, snn.LIF())
    with pytest.raises(snn.ParameterError, match=f"there is a population or source named '{name}' already"):
        net.source(name, 1, snn.Poisson(1.0))
    project(net, name="p")
    with pytest.raises(snn.ParameterError, match="there is a projection named 'p' already"):
        project(net, name="p")
    net.probe(net.populations["exc"], "v", name="q")
    with pytest.raises(snn.ParameterError, match="there is a probe named 'q' already"):
        net.probe(net.populations["exc"], "v", name="q")


def test_a_model_is_an_object_and_of_its_kind(net: snn.Network) -> None:
    with pytest.raises(
        snn.ParameterError, match=r"population 'x': model: expected an object \(got the class LIF"
    ):
        net.population("x", 1, snn.LIF)  # type: ignore[arg-type]
    with pytest.raises(
        snn.ParameterError, match=r"population 'x': model: expected a NeuronModel \(got Poisson"
    ):
        net.population("x", 1, snn.Poisson(1.0))  # type: ignore[arg-type]
    with pytest.raises(snn.ParameterError, match=r"source 'x': model: expected a Source \(got LIF"):
        net.source("x", 1, snn.LIF())  # type: ignore[arg-type]
    with pytest.raises(
        snn.ParameterError, match=r"rule: expected a connection rule \(got 0\.1; there are: AllToAll"
    ):
        project(net, rule=0.1)
    with pytest.raises(snn.ParameterError, match=r"plasticity: expected an object \(got the class PairSTDP"):
        project(net, plasticity=snn.PairSTDP)


def test_an_unknown_state_is_answered_with_the_nearest(net: snn.Network) -> None:
    with pytest.raises(
        snn.UnknownNameError, match=r"unknown state of CubaLIF 'i_ex'; did you mean 'i_exc'\?"
    ):
        net.population("x", 2, snn.CubaLIF(), init={"i_ex": 0.0})
    with pytest.raises(snn.UnknownNameError, match=r"probe 'exc\.i_ex': .* did you mean 'i_exc'\?"):
        net.probe(net.populations["exc"], "i_ex")
    with pytest.raises(snn.UnknownNameError, match="did you mean 'spikes'"):
        net.probe(net.sources["noise"], "spike")
    with pytest.raises(snn.UnknownNameError, match="'v'"):
        net.probe(net.sources["noise"], "v")


def test_an_unknown_receptor_is_answered_with_the_nearest(net: snn.Network) -> None:
    with pytest.raises(
        snn.UnknownNameError,
        match=r"projection 'exc->exc': unknown receptor of CubaLIF 'ihn'; did you mean 'inh'\?",
    ):
        project(net, receptor="ihn")


def test_an_array_of_initial_values_has_one_a_neuron(net: snn.Network) -> None:
    with pytest.raises(
        snn.ParameterError, match=r"population 'x': init\['v'\]: expected 3 values.*\(got 2\)"
    ):
        net.population("x", 3, snn.LIF(), init={"v": [1.0, 2.0]})
    with pytest.raises(snn.ParameterError, match=r"init: expected a dict by state"):
        net.population("x", 3, snn.LIF(), init=-60.0)  # type: ignore[arg-type]


def test_objects_of_another_network_are_refused(net: snn.Network) -> None:
    other = snn.Network(seed=1)
    theirs = other.population("exc", 8, snn.CubaLIF())
    mine = net.populations["exc"]
    with pytest.raises(snn.ParameterError, match="pre: 'exc' belongs to another network"):
        net.projection(theirs, mine, snn.AllToAll(), weight=1.0, delay=1.0)
    with pytest.raises(snn.ParameterError, match="post: 'exc' belongs to another network"):
        net.projection(mine, theirs[:3], snn.AllToAll(), weight=1.0, delay=1.0)
    with pytest.raises(snn.ParameterError, match="target: 'exc' belongs to another network"):
        net.probe(theirs, "spikes")
    with pytest.raises(snn.ParameterError, match="target: 'exc' belongs to another network"):
        net.current(theirs, snn.ConstantCurrent(1.0))


def test_a_name_in_place_of_an_object_is_refused(net: snn.Network) -> None:
    with pytest.raises(snn.ParameterError, match="expected the object that declaring 'exc' gave"):
        net.probe("exc", "spikes")  # type: ignore[arg-type]
    with pytest.raises(snn.UnknownNameError, match="did you mean 'exc'"):
        net.probe("exk", "spikes")  # type: ignore[arg-type]


@pytest.mark.parametrize("delay", [-1.0, math.nan, math.inf, [1.0, -2.0], snn.Constant(-1.0)])
def test_delays_are_not_negative_and_finite(net: snn.Network, delay: object) -> None:
    with pytest.raises(snn.ParameterError, match=r"^projection 'exc->exc': delay"):
        project(net, delay=delay)
    assert not net.projections


@pytest.mark.parametrize(
    "delay",
    [
        snn.Normal(5.0, 1.0),
        snn.Normal(5.0, 1.0, min=0.0),
        snn.Uniform(0.0, 2.0),
        snn.LogNormal(0.0, 1.0, step=0.1),
    ],
)
def test_a_distribution_of_delays_must_stay_positive(net: snn.Network, delay: snn.Distribution) -> None:
    with pytest.raises(snn.ParameterError, match=r"delay: must be > 0 ms .*give a lower bound > 0"):
        project(net, delay=delay)


@pytest.mark.parametrize("weight", [math.nan, math.inf, -math.inf, "3", None, [1.0], True])
def test_weights_are_finite_numbers(net: snn.Network, weight: object) -> None:
    with pytest.raises(snn.ParameterError, match=r"^projection 'exc->exc': weight"):
        project(net, weight=weight)


def test_fans_do_not_mix_with_what_contradicts_them(net: snn.Network) -> None:
    with pytest.raises(snn.ParameterError, match="a fan needs at least one delay"):
        project(net, delay=[])
    with pytest.raises(snn.ParameterError, match="synapses_per_pair must then be 1"):
        project(net, delay=[1.0, 2.0], synapses_per_pair=2)
    with pytest.raises(snn.ParameterError, match=r"got 3 weights, 2 of delays\)"):
        project(net, delay=[1.0, 2.0], weight=[1.0, 2.0, 3.0])
    with pytest.raises(
        snn.ParameterError, match=r"got 2 weights, no sequence of delays\).*Array\(values\) with FromCOO"
    ):
        project(net, delay=1.0, weight=[1.0, 2.0])


def test_values_by_synapse_come_only_with_listed_pairs(net: snn.Network) -> None:
    with pytest.raises(snn.ParameterError, match="AllToAll draws its synapses"):
        project(net, weight=snn.Array([1.0, 2.0]))
    with pytest.raises(snn.ParameterError, match="AllToAll draws its synapses"):
        project(net, delay=snn.Array([1.0, 2.0]))
    rule = snn.FromCOO([0, 1], [0, 1])
    with pytest.raises(snn.ParameterError, match=r"weight: expected 2 values, one a synapse \(got 3\)"):
        project(net, rule=rule, weight=[1.0, 2.0, 3.0])
    with pytest.raises(
        snn.ParameterError, match=r"delay: an array is ambiguous .*Array\(delays\).*list\(delays\)"
    ):
        project(net, rule=rule, delay=np.array([1.0, 2.0]))


def test_indices_outside_the_two_sides_are_named(net: snn.Network) -> None:
    with pytest.raises(
        snn.OutOfRangeError, match=r"FromCOO\.i\[1\] = 8 is out of range: there are 8 sources"
    ):
        project(net, rule=snn.FromCOO([0, 8], [0, 0]))
    with pytest.raises(IndexError, match=r"FromCOO\.j\[0\] = 4 is out of range: there are 4 targets"):
        project(net, post="inh", rule=snn.FromCOO([0, 7], [4, 0]))
    with pytest.raises(snn.ParameterError, match="indptr: expected 9 entries, one more than sources"):
        project(net, rule=snn.FromCSR([0, 1], [0]))
    exc = net.populations["exc"]
    with pytest.raises(snn.OutOfRangeError, match="there are 3 targets"):  # indices count from the view
        net.projection(exc, exc[5:8], snn.FromCOO([0], [5]), weight=1.0, delay=1.0)


def test_rules_that_do_not_fit_the_sizes_are_refused(net: snn.Network) -> None:
    with pytest.raises(
        snn.ParameterError, match=r"OneToOne needs as many sources as targets \(got 8 and 4\)"
    ):
        project(net, post="inh", rule=snn.OneToOne())
    with pytest.raises(
        snn.ParameterError, match=r"FixedIndegree\.n: expected 8 entries, one a target \(got 2\)"
    ):
        project(net, rule=snn.FixedIndegree([1, 2]))
    with pytest.raises(
        snn.ParameterError, match=r"without multapses must be <= 8, the number of sources \(got 9\)"
    ):
        project(net, rule=snn.FixedIndegree(9, multapses=False))
    with pytest.raises(snn.ParameterError, match="must be <= 7"):  # one of the 8 is the neuron itself
        project(net, rule=snn.FixedOutdegree(8, autapses=False, multapses=False))
    with pytest.raises(snn.ParameterError, match="must be <= 56, the number of pairs"):  # 8 x 8 - 8
        project(net, rule=snn.FixedTotalNumber(57, autapses=False, multapses=False))
    one = net.population("one", 1, snn.LIF())
    with pytest.raises(snn.ParameterError, match="there is no source to draw"):
        net.projection(one, one, snn.FixedIndegree(1, autapses=False), weight=1.0, delay=1.0)


def test_a_source_receives_nothing(net: snn.Network) -> None:
    with pytest.raises(snn.ParameterError, match=r"post: expected a Population or View"):
        project(net, post="noise")
    with pytest.raises(
        snn.ParameterError, match=r"post: expected a population of neurons \('noise' is a source\)"
    ):
        net.projection(
            net.populations["exc"], net.sources["noise"][:2], snn.AllToAll(), weight=1.0, delay=1.0
        )


def test_projections_take_any_view_that_is_not_empty(net: snn.Network) -> None:
    exc = net.populations["exc"]
    spec = net.projection(exc[::-2], exc[4:], snn.AllToAll(), weight=1.0, delay=1.0).spec
    assert np.asarray(spec.source_range).tolist() == [7, 5, 3, 1]
    assert spec.target_range == (4, 8)
    for empty in (exc[4:4], exc[[]], exc[np.zeros(8, bool)]):
        with pytest.raises(snn.ParameterError, match=r"post: .* at least one neuron .*empty view of 'exc'"):
            net.projection(exc, empty, snn.AllToAll(), weight=1.0, delay=1.0)
        with pytest.raises(snn.ParameterError, match=r"target: .* at least one neuron .*empty view of 'exc'"):
            net.current(empty, snn.ConstantCurrent(1.0))
    with pytest.raises(snn.ParameterError, match="OneToOne"):
        net.projection(exc[::2], exc[:3], snn.OneToOne(), weight=1.0, delay=1.0)


def test_masks_come_as_arrays_lists_and_columns(net: snn.Network) -> None:
    exc = net.populations["exc"]
    mask = [k in (1, 6) for k in range(8)]

    class Column:
        def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
            return np.array(mask)

    for which in (mask, np.array(mask), Column(), [1, 6], (1, 6)):
        assert np.asarray(exc[which].indices).tolist() == [1, 6]
    with pytest.raises(snn.ParameterError, match="expected a mask of 8 values"):
        exc[[True, False]]


def test_groups_and_views_say_how_many_they_are_and_of_which_model(net: snn.Network) -> None:
    exc, noise = net.populations["exc"], net.sources["noise"]
    assert (exc.n, exc[::2].n, exc[1:4].n, noise.n) == (len(exc), 4, 3, len(noise))
    assert exc.model is exc.spec.model is exc[[0, 5]].model
    assert noise.model is noise.spec.model
    with pytest.raises(snn.ReadOnlyError):
        exc[1:4].n = 3


@pytest.mark.parametrize("which", [8, -9, slice(0, 9), slice(-9, None), [0, 8]])
def test_indices_outside_a_population_are_never_clipped(net: snn.Network, which: object) -> None:
    with pytest.raises(snn.OutOfRangeError, match="is out of range: 'exc' has 8"):
        net.populations["exc"][which]


@pytest.mark.parametrize("which", ["a", 1.5, None, [0.5], [1, 1], np.ones(3, bool)])
def test_what_is_no_index_is_refused(net: snn.Network, which: object) -> None:
    with pytest.raises(snn.ParameterError, match="'exc'"):
        net.populations["exc"][which]


def test_a_probe_of_no_neuron_is_refused(net: snn.Network) -> None:
    with pytest.raises(snn.ParameterError, match=r"expected at least one neuron \(got an empty view of"):
        net.probe(net.populations["exc"][3:3], "v")


def test_initial_weights_lie_inside_the_bounds_of_their_rule(net: snn.Network) -> None:
    stdp = snn.PairSTDP(w_max=10.0)
    for weight in (10.5, -10.5, snn.Uniform(5.0, 10.5)):
        with pytest.raises(snn.ParameterError, match=r"\|weight\| must be <= w_max = 10 of PairSTDP"):
            project(net, weight=weight, plasticity=stdp)
    with pytest.raises(snn.ParameterError, match="w_max"):
        project(net, weight=[1.0, 11.0], delay=[1.0, 2.0], plasticity=stdp)
    assert project(net, weight=-10.0, plasticity=stdp).spec.plasticity == stdp


@pytest.mark.parametrize(
    ("what", "value"),
    [
        ("synapses_per_pair", 0),
        ("synapses_per_pair", 1.5),
        ("dendritic_fraction", -0.1),
        ("dendritic_fraction", 1.1),
    ],
)
def test_further_numbers_of_a_projection_have_their_range(net: snn.Network, what: str, value: float) -> None:
    with pytest.raises(snn.ParameterError, match=f"^projection 'exc->exc': {what}: "):
        project(net, **{what: value})


def test_weights_are_recorded_by_time_or_by_change(net: snn.Network) -> None:
    static, plastic = project(net), project(net, plasticity=snn.PairSTDP())
    assert net.probe(plastic, "weight", every=5.0).spec.every == 5.0
    assert net.probe(plastic, "weight", changes=True).name == "exc->exc#2.weight#2"
    for options in ({}, {"every": 5.0, "changes": True}):
        with pytest.raises(snn.ParameterError, match=r"weights are recorded by time .* or by change"):
            net.probe(plastic, "weight", **options)  # type: ignore[arg-type]
    with pytest.raises(snn.ParameterError, match="are static and never change"):
        net.probe(static, "weight", changes=True)
    with pytest.raises(snn.UnknownNameError, match="unknown thing to record of a projection 'v'"):
        net.probe(plastic, "v", every=1.0)


@pytest.mark.parametrize("every", [0.0, -1.0, math.nan, math.inf, "1"])
def test_intervals_are_positive(net: snn.Network, every: object) -> None:
    with pytest.raises(snn.ParameterError, match=r"probe 'exc\.v': every: "):
        net.probe(net.populations["exc"], "v", every=every)  # type: ignore[arg-type]


def test_spikes_have_no_interval(net: snn.Network) -> None:
    with pytest.raises(snn.ParameterError, match="spikes are recorded when they happen"):
        net.probe(net.populations["exc"], "spikes", every=1.0)
    with pytest.raises(snn.ParameterError, match="changes= is for the weights"):
        net.probe(net.populations["exc"], "v", changes=True)


def test_sources_that_do_not_fit_their_number_are_refused(net: snn.Network) -> None:
    with pytest.raises(snn.ParameterError, match=r"source 'x': Poisson\.rate has 2 entries for 3 sources"):
        net.source("x", 3, snn.Poisson([1.0, 2.0]))
    with pytest.raises(snn.ParameterError, match=r"source 'x': SpikeArray has 1 trains for 3 sources"):
        net.source("x", 3, snn.SpikeArray([[1.0]]))
    with pytest.raises(snn.OutOfRangeError, match=r"source 'x': SpikeArray\.indices: 3 is out of range"):
        net.source("x", 3, snn.SpikeArray([1.0, 2.0], indices=[0, 3]))


def test_currents_go_into_neurons(net: snn.Network) -> None:
    net.current(net.populations["exc"][2:4], snn.ConstantCurrent(5.0))
    assert net.spec().currents[0].target_range == (2, 4)
    with pytest.raises(snn.ParameterError, match=r"target: expected a Population or View"):
        net.current(net.sources["noise"], snn.ConstantCurrent(5.0))  # type: ignore[arg-type]
    with pytest.raises(snn.ParameterError, match="current: expected a Current"):
        net.current(net.populations["exc"], 5.0)  # type: ignore[arg-type]


def test_delays_are_given_as_their_two_parts(net: snn.Network) -> None:
    rule = snn.FromCOO([0, 1, 2], [1, 1, 3])
    axonal, dendritic = [0.1, 0.0, 3.0], [0.2, 1.5, 0.0]
    parts = project(net, rule=rule, delay=snn.Delays(axonal=axonal, dendritic=dendritic)).spec
    assert parts.delay == snn.Array([0.3, 1.5, 3.0])
    assert parts.dendritic_fraction == snn.Array([0.2 / 0.3, 1.0, 0.0])
    for column in ([0.25, 1.0, 0.0], np.array([0.25, 1.0, 0.0]), snn.Array([0.25, 1.0, 0.0])):
        spec = project(net, rule=rule, dendritic_fraction=column).spec
        assert spec.dendritic_fraction == snn.Array([0.25, 1.0, 0.0])
    spec = project(net, delay=snn.Delays(axonal=0.5, dendritic=1.5)).spec
    assert (spec.delay, spec.dendritic_fraction) == (snn.Constant(2.0), 0.75)
    spec = project(net, rule=rule, delay=snn.Delays(axonal=axonal, dendritic=1.0)).spec
    assert spec.delay == snn.Array([1.1, 1.0, 4.0])
    assert snn.NetworkSpec.from_json(net.spec().to_json()) == net.spec()


def test_parts_of_delays_that_do_not_fit_are_refused(net: snn.Network) -> None:
    rule = snn.FromCOO([0, 1, 2], [1, 1, 3])
    with pytest.raises(
        snn.ParameterError, match=r"dendritic_fraction\[1\]: must be >= 0 and <= 1 \(got 1\.5"
    ):
        project(net, rule=rule, dendritic_fraction=[0.0, 1.5, 0.0])
    with pytest.raises(snn.ParameterError, match=r"dendritic_fraction: expected 3 values, one a synapse"):
        project(net, rule=rule, dendritic_fraction=[0.0, 0.5])
    with pytest.raises(snn.ParameterError, match="AllToAll draws its synapses"):
        project(net, dendritic_fraction=[0.0, 0.5])
    with pytest.raises(snn.ParameterError, match=r"delay: expected 3 values, one a synapse \(got 2\)"):
        project(net, rule=rule, delay=snn.Delays(axonal=[1.0, 2.0]))
    with pytest.raises(snn.ParameterError, match=r"Delays gives the dendritic part already \(got 0\.5"):
        project(net, delay=snn.Delays(axonal=1.0), dendritic_fraction=0.5)
    with pytest.raises(snn.ParameterError, match=r"Delays\.dendritic: expected 2 values, as axonal"):
        snn.Delays(axonal=[1.0, 2.0], dendritic=[1.0])
    with pytest.raises(snn.ParameterError, match=r"expected > 0 ms within a population \(got 0\)"):
        project(net, rule=rule, delay=snn.Delays(axonal=[1.0, 0.0, 1.0], dendritic=[1.0, 0.0, 0.0]))
    with pytest.raises(snn.ParameterError, match=r"Delays\.axonal\[1\]: must be >= 0 ms"):
        snn.Delays(axonal=[1.0, -0.5])

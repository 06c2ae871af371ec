"""SONATA circuits that are not as they should be: what is wrong is named, and nothing of a user's is lost."""

import json

import h5py
import numpy as np
import pytest

import pysnn as snn

from .test_sonata_circuits import circuit


def changed(path, name, values, **attributes):
    """Another dataset in place of one."""
    with h5py.File(path, "r+") as file:
        kept = {**dict(file[name].attrs), **attributes} if name in file else attributes
        if name in file:
            del file[name]
        if values is not None:
            file[name] = values
            file[name].attrs.update(kept)


EDGES = [
    (
        "source_node_id",
        [0, -1, 2, 0],
        r"source_node_id\[1\]: expected a whole number >= 0 and < 3 \(got -1\)",
    ),
    ("source_node_id", [0, 1, 2, 3], "source_node_id: 3 is out of range: 'outside' has 3"),
    ("source_node_id", [0, 1], r"source_node_id: expected 4 entries \(got 2\)"),
    ("source_node_id", ["a"] * 4, "source_node_id: expected a column of numbers"),
    ("edge_type_id", None, "expected a dataset 'edge_type_id'"),
    ("edge_type_id", [1, 1, 1, 7], "edge_type_id 7 is in no table of types"),
    ("edge_group_index", [0, 1, 3, 0], r"edge_group_index, of syn_weight\[2\]: expected .* < 3 \(got 3\)"),
    ("0/syn_weight", [1.0], r"edge_group_index, of syn_weight\[1\]: expected .* < 1 \(got 1\)"),
    ("1/nsyns", [1.5], r"nsyns\[3\]: expected a whole number >= 0 \(got 1.5\)"),
]


@pytest.mark.parametrize(("name", "values", "says"), EDGES, ids=[f"{e[0]}={e[1]}" for e in EDGES])
def test_edges_that_do_not_fit_are_named(tmp_path, name, values, says):
    config = circuit(tmp_path)
    changed(tmp_path / "edges.h5", f"edges/in/{name}", values)
    with pytest.raises(snn.ParameterError, match=f"edges 'in': {says}"):
        snn.sonata.load(config)


NODES = [
    ("node_type_id", None, "expected a dataset 'node_type_id'"),
    ("node_group_index", [0, 1, 2, 4], "node_group_index, of .*: expected a whole number >= 0 and < 4"),
    ("node_group_index", [0, 1], r"node_group_index: expected 4 entries \(got 2\)"),
    ("0/dynamics_params/C_m", [1.0], "node_group_index, of 'dynamics_params/C_m'"),
    ("0/dynamics_params/costs", [1.0] * 4, ".* has no parameter 'costs'"),
]


@pytest.mark.parametrize(("name", "values", "says"), NODES, ids=[f"{e[0]}={e[1]}" for e in NODES])
def test_nodes_that_do_not_fit_are_named(tmp_path, name, values, says):
    config = circuit(tmp_path)
    changed(tmp_path / "nodes.h5", f"nodes/cells/{name}", values)
    with pytest.raises(snn.ParameterError, match=f"nodes 'cells': {says}"):
        snn.sonata.load(config)


SPIKES = [
    ({"node_ids": [0, 1, -1]}, r"node_ids\[2\]: expected a whole number >= 0 \(got -1\)"),
    ({"node_ids": [0.0, 1.5, 2.0]}, r"node_ids\[1\]: .* \(got 1.5\)"),
    ({"node_ids": [0, 1]}, r"node_ids: expected 3 entries \(got 2\)"),
    ({"timestamps": None}, "expected a dataset 'timestamps'"),
]


@pytest.mark.parametrize(("values", "says"), SPIKES, ids=[str(e[0]) for e in SPIKES])
def test_spikes_that_do_not_fit_are_named(tmp_path, values, says):
    config = circuit(tmp_path)
    for name, column in values.items():
        changed(tmp_path / "in.h5", f"spikes/outside/{name}", column)
    with pytest.raises(snn.ParameterError, match=f"input 'spikes': .*{says}"):
        snn.sonata.load(config)


def test_times_of_another_unit_are_not_taken_for_milliseconds(tmp_path):
    config = circuit(tmp_path)
    changed(tmp_path / "in.h5", "spikes/outside/timestamps", [0.005, 0.010, 0.015], units="s")
    with pytest.raises(snn.ParameterError, match=r"timestamps: expected the unit ms \(got 's'\)"):
        snn.sonata.load(config)


CLAMP = {"input_type": "current_clamp", "node_set": "last"}
CONFIGURATIONS = [
    ({"inputs": {"x": {"input_type": "spikes", "node_set": "all"}}}, "input 'x': expected 'input_file'"),
    ({"inputs": {"x": {"input_type": "spikes", "input_file": "no.h5"}}}, r"no.h5: cannot be read \(No such"),
    ({"inputs": {"x": {"input_type": "spikes", "input_file": "sets.json"}}}, r"cannot be read \(no HDF5\)"),
    ({"inputs": {"x": {"input_type": "spikes", "input_file": "edges.h5"}}}, "expected a group 'spikes'"),
    ({"inputs": {"x": CLAMP}}, "input 'x': expected 'amp'"),
    ({"inputs": {"x": {**CLAMP, "amp": "much"}}}, r"amp: expected a finite number nA \(got 'much'\)"),
    (
        {"inputs": {"x": {**CLAMP, "amp": 1.0, "node_set": {"layer": "L7"}}}},
        "node_set: there is no such node",
    ),
    ({"inputs": {"x": {**CLAMP, "amp": 1.0, "node_set": 5}}}, "expected a name, a list or an object"),
    ({"inputs": [1]}, "inputs: expected an object of JSON"),
    ({"manifest": {"$BASE": 3}}, "manifest: .BASE: expected a path"),
    ({"network": {"nodes": [{"node_file": "nodes.h5"}]}}, "expected 'nodes_file'; did you mean 'node_file'"),
    ({"network": {"nodes": {}}}, "network.nodes: expected a list"),
    ({"network": "config.json"}, "the configuration names itself"),
]


@pytest.mark.parametrize(("change", "says"), CONFIGURATIONS, ids=[e[1] for e in CONFIGURATIONS])
def test_a_configuration_that_does_not_fit_is_named(tmp_path, change, says):
    with pytest.raises(snn.ParameterError, match=says):
        snn.sonata.load(circuit(tmp_path, **change))


@pytest.mark.parametrize("table", ["node_types.csv", "edge_types.csv"])
@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"node_type_id edge_type_id model_type\nx y z\n"])
def test_tables_that_do_not_fit_are_named(tmp_path, table, content):
    config = circuit(tmp_path)
    (tmp_path / table).write_bytes(content)
    with pytest.raises(snn.ParameterError, match=table):
        snn.sonata.load(config)


OUTPUTS = [
    ({"output": {"output_dir": ".", "spikes_file": "in.h5"}}, "in.h5 is an input of this circuit"),
    ({"output": {"output_dir": ".", "spikes_file": "nodes.h5"}}, "nodes.h5 is an input of this circuit"),
    ({"output": {"output_dir": "exp.json"}}, r"exp.json: cannot be made \(File exists\)"),
    ({"output": {"output_dir": "out", "spikes_sort_order": "by_tim"}}, "did you mean 'by_time'"),
    (
        {"reports": {"a": {"file_name": "x.h5"}, "b": {"file_name": "x.h5"}}},
        "is the file of report 'a' already",
    ),
    ({"reports": {"a": {"file_name": "spikes.h5"}}}, "is the file of spikes already"),
]


@pytest.mark.parametrize(("change", "says"), OUTPUTS, ids=[e[1] for e in OUTPUTS])
def test_what_would_be_written_over_is_said_before_a_run(tmp_path, change, says):
    made = snn.sonata.load(circuit(tmp_path, **change))
    before = {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    with pytest.raises(snn.ParameterError, match=says):
        made.run(threads=1)
    assert {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == before


def test_relative_paths_are_of_the_configuration_s_folder(tmp_path, monkeypatch):
    inside = tmp_path / "circuit"
    inside.mkdir()
    config = circuit(inside)
    config.write_text(config.read_text().replace("$BASE/", "").replace("$NET/", ""))
    monkeypatch.chdir(tmp_path)
    snn.sonata.load("circuit/config.json").run(threads=1)
    assert sorted(path.name for path in (inside / "out").iterdir()) == ["spikes.h5", "v.h5"]


def test_states_given_by_node_and_written_by_us_are_where_neurons_begin(tmp_path):
    config = circuit(tmp_path)
    changed(tmp_path / "nodes.h5", "nodes/cells/0/dynamics_params/V_m", [-60.0, -61.0, -62.0, -63.0])
    made = snn.sonata.load(config)
    exp, delta = made.nodes["cells"].parts
    with made.simulate(threads=1) as sim:
        np.testing.assert_array_equal(sim.state(exp, "v"), [-60.0, -62.0, -63.0])
        np.testing.assert_array_equal(sim.state(delta, "v"), [-61.0])
    net = snn.Network(seed=1)
    cells = net.population(
        "cells", 3, snn.CubaLIF(), init={"v": snn.Array([-60.0, -58.0, -57.0]), "i_exc": 30.0}
    )
    with snn.Simulation(net, threads=1) as sim:
        again = snn.sonata.load(snn.sonata.write(sim, tmp_path / "written"))  # without any projection
        with again.simulate(threads=1) as other:
            for state in ("v", "i_exc", "i_inh"):
                np.testing.assert_array_equal(other.state("cells", state), sim.state(cells, state))


def test_what_has_no_name_of_its_own_in_sonata_is_not_written(tmp_path):
    net = snn.Network(seed=1)
    with pytest.raises(snn.ParameterError, match="the network has no populations"):
        snn.sonata.write(snn.Simulation(net, threads=1), tmp_path)
    cells = net.population("cells", 3, snn.LIF())
    for name in ("a/b", "a|b"):
        net.projection(cells, cells, snn.OneToOne(), weight=1.0, delay=1.0, name=name)
    with (
        snn.Simulation(net, threads=1) as sim,
        pytest.raises(snn.ParameterError, match=r"'a/b' and 'a\|b' have one name"),
    ):
        snn.sonata.write(sim, tmp_path)
    assert not list(tmp_path.iterdir())


def test_paths_that_lead_nowhere_are_named(tmp_path):
    net = snn.Network(seed=1)
    net.population("cells", 3, snn.LIF())
    (tmp_path / "file").write_text("mine")
    with (
        snn.Simulation(net, threads=1) as sim,
        pytest.raises(snn.ParameterError, match=r"file: cannot be made \(File exists\)"),
    ):
        snn.sonata.write(sim, tmp_path / "file")
    assert (tmp_path / "file").read_text() == "mine"
    with pytest.raises(snn.ParameterError, match="expected the path of a file"):
        snn.sonata.load(None)
    (tmp_path / "bare.json").write_text(json.dumps({"network": {}}))
    with pytest.raises(snn.ParameterError, match=r"expected network.nodes"):
        snn.sonata.load(tmp_path / "bare.json")


def test_text_that_is_none_is_named(tmp_path):
    path = circuit(tmp_path)
    with h5py.File(tmp_path / "nodes.h5", "a") as file:
        del file["nodes/cells/0/layer"]
        file["nodes/cells/0/layer"] = np.array([b"L4", b"\xff", b"L4", b"L5"], dtype="S2")
    with pytest.raises(snn.ParameterError, match="nodes 'cells': layer: cannot be read"):
        snn.sonata.load(path)

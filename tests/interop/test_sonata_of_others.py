"""SONATA as its guide has it and others write it: odd and legal files, beside libsonata where it knows them.

The guide: https://github.com/AllenInstitute/sonata/blob/master/docs/SONATA_DEVELOPER_GUIDE.md
"""

import json
import subprocess
import sys

import h5py
import numpy as np
import pytest

import pysnn as snn
from pysnn.sonata.nodes import members

from .test_sonata_circuits import circuit, table

TEXT = h5py.string_dtype()


def replaced(path, **datasets):
    """Datasets in place of those of a file, with their attributes."""
    with h5py.File(path, "r+") as file:
        for name, values in datasets.items():
            kept = dict(file[name].attrs) if name in file else {}
            if name in file:
                del file[name]
            file[name] = values
            file[name].attrs.update(kept)


def edited(path, **parts):
    """A configuration with other parts."""
    config = {**json.loads(path.read_text()), **parts}
    path.write_text(json.dumps({name: part for name, part in config.items() if part is not None}))
    return path


def test_a_circuit_is_written_as_libsonata_reads_it(tmp_path):
    libsonata = pytest.importorskip("libsonata", reason="needs libsonata")
    net = snn.Network(seed=2)
    cells = net.population("cells", 5, snn.CubaLIF())
    fed = net.source("fed", 3, snn.Input())
    net.projection(
        fed, cells, snn.AllToAll(), weight=snn.Uniform(1.0, 2.0), delay=snn.Uniform(1.0, 3.0), name="in"
    )
    with snn.Simulation(net, backend="event", threads=1) as sim:
        path = snn.sonata.write(sim, tmp_path)
        weights, synapses = sim.weights("in"), sim.synapses("in")
    written = libsonata.CircuitConfig.from_file(str(path))
    assert written.node_populations == {"cells", "fed"}
    edges = written.edge_population("in")
    chosen = edges.select_all()
    np.testing.assert_array_equal(edges.get_attribute("syn_weight", chosen), weights)
    np.testing.assert_array_equal(edges.get_attribute("delay", chosen), synapses.delay)
    np.testing.assert_array_equal(edges.source_nodes(chosen), synapses.i)
    np.testing.assert_array_equal(edges.target_nodes(chosen), synapses.j)
    assert (edges.source, edges.target) == ("fed", "cells")


def test_circuits_are_networks_and_the_outer_file_counts_more(tmp_path):
    whole = json.loads(circuit(tmp_path).read_text())
    sets = {"four": {"node_id": 0, "population": "cells"}, "mine": {"node_id": 2}}
    inner = {"manifest": whole["manifest"], "networks": whole["network"], "components": whole["components"],
             "node_sets_file": whole["node_sets_file"], "run": {"dt": 0.5, "tstop": 3.0}}  # fmt: skip
    (tmp_path / "circuit.json").write_text(json.dumps(inner))
    (tmp_path / "other.json").write_text(json.dumps(sets))
    outer = {"run": {"tstop": 20.0}, "node_sets_file": "other.json", "node_sets": {"mine": {"node_id": 3}},
             "network": "circuit.json"}  # the last of them, which changes nothing  # fmt: skip
    (tmp_path / "simulation.json").write_text(json.dumps(outer))
    made = snn.sonata.load(tmp_path / "simulation.json")
    found = {
        name: members(made.config, made.nodes, name)["cells"].tolist() for name in ("four", "last", "mine")
    }
    assert found == {"four": [0], "last": [3], "mine": [3]}
    made.run(threads=1)
    assert made.config.get("run") == {"tstop": 20.0, "dt": 0.5}


def test_one_table_of_types_may_be_of_several_populations(tmp_path):
    """The guide: "a population column is also required to resolve collisions between node_type_id's"."""
    path = circuit(tmp_path)
    replaced(tmp_path / "nodes.h5", **{"nodes/outside/node_type_id": [100, 100, 100]})
    table(
        tmp_path / "node_types.csv",
        "node_type_id population model_type  model_template dynamics_params",
        "100 outside virtual NULL NULL",
        '100 cells   "point_neuron" nest:iaf_psc_exp exp.json ',
        "101 cells point_neuron nest:iaf_psc_delta",
    )
    with h5py.File(tmp_path / "edges.h5", "r+") as file:
        file.copy("edges/in", file["edges"], name="more")
    table(
        tmp_path / "edge_types.csv",
        "edge_type_id population delay syn_weight",
        *("1 in 1.5 7.0", "2 in 2.0 0.5", "1 more 2.5 8.0", "2 more 3.0 9.0"),
    )
    made = snn.sonata.load(path)
    assert [type(part.model).__name__ for part in made.nodes["cells"].parts] == ["CubaLIF", "LIF"]
    assert made.nodes["outside"].templates == [None]
    with made.simulate(threads=1) as sim:
        delays = {name: {d for p in parts for d in sim.delays(p)} for name, parts in made.projections.items()}
    assert delays == {"in": {1.5, 2.0}, "more": {2.5, 3.0}}


def test_nodes_that_have_no_value_of_their_own_have_that_of_their_type(tmp_path):
    """The guide: nodes "inherit attributes from their respective types, but also override them"."""
    path = circuit(tmp_path)
    with h5py.File(tmp_path / "nodes.h5", "r+") as file:
        cells = file["nodes/cells"]
        del cells["node_group_id"], cells["node_group_index"]
        cells["node_group_id"], cells["node_group_index"] = [0, 0, 1, 1], [0, 1, 0, 1]
        cells["1/dynamics_params/C_m"] = [100.0, 101.0]
        cells["1/layer"] = np.array(["L6", "L6"], dtype=TEXT)
        cells["1/area"] = np.array(["V2", "V2"], dtype=TEXT)
        cells["1/model_template"] = np.array(["nest:iaf_psc_alpha"] * 2, dtype=TEXT)
    table(
        tmp_path / "node_types.csv",
        "node_type_id model_type model_template dynamics_params area",
        "100 point_neuron nest:iaf_psc_exp exp.json V1",
        "101 point_neuron nest:iaf_psc_delta NULL V1",
        "200 virtual NULL NULL NULL",
    )
    made = snn.sonata.load(path)
    assert made.nodes["cells"].attributes["area"].tolist() == ["V1", "V1", "V2", "V2"]
    kinds = [type(part.model).__name__ for part in made.nodes["cells"].parts]
    assert kinds == ["CubaLIF", "LIF", "AlphaLIF"]
    with made.simulate(threads=1) as sim:
        alpha = made.nodes["cells"].parts[2]
        assert sim.parameter(alpha, "c_m").tolist() == [100.0, 101.0]
        assert sim.parameter(alpha, "tau_m").tolist() == [20.0, 20.0]  # of the type's file


def test_without_tables_nodes_and_edges_say_all_themselves(tmp_path):
    path = circuit(tmp_path)
    replaced(
        tmp_path / "nodes.h5",
        **{
            "nodes/cells/node_type_id": np.full(4, -1),
            "nodes/outside/node_type_id": np.full(3, -1),
            "nodes/outside/0/model_type": np.zeros(3, np.uint32),
            "nodes/outside/0/@library/model_type": np.array(["virtual"], dtype=TEXT),
            "nodes/cells/0/model_type": np.array(["point_neuron"] * 4, dtype=TEXT),
            "nodes/cells/0/model_template": np.array(["nest:iaf_psc_exp"] * 4, dtype=TEXT),
        },
    )
    replaced(
        tmp_path / "edges.h5",
        **{"edges/in/edge_type_id": np.full(4, -1), "edges/in/0/delay": [1.0, 2.0, 3.0],
           "edges/in/1/delay": [4.0], "edges/in/1/syn_weight": [5.0]},
    )  # fmt: skip
    files = {
        "nodes": [{"nodes_file": "nodes.h5", "node_types_file": None}],
        "edges": [{"edges_file": "edges.h5"}],
    }
    made = snn.sonata.load(edited(path, network=files))
    with made.simulate(threads=1) as sim:
        delays = sorted(d for p in made.projections["in"] for d in sim.delays(p))
    assert delays == [1.0, 2.0, 3.0, 4.0, 4.0, 4.0]  # the last one's nsyns is 3


def test_populations_and_edges_of_none_are_no_error(tmp_path):
    path = circuit(tmp_path)
    with h5py.File(tmp_path / "nodes.h5", "r+") as file:
        for name in ("node_type_id", "node_group_id", "node_group_index"):
            file[f"nodes/nobody/{name}"] = np.empty(0, np.uint64)
    with h5py.File(tmp_path / "edges.h5", "r+") as file:
        for name in ("source_node_id", "target_node_id", "edge_type_id", "edge_group_id", "edge_group_index"):
            file[f"edges/none/{name}"] = np.empty(0, np.uint64)
        file["edges/none/source_node_id"].attrs["node_population"] = "nobody"
        file["edges/none/target_node_id"].attrs["node_population"] = np.array(["cells"], dtype=TEXT)
    made = snn.sonata.load(path)
    assert (len(made.nodes["nobody"]), made.projections["none"]) == (0, [])
    with pytest.raises(snn.ParameterError, match="'nobody' has no nodes"):
        made.group("nobody")
    made.run(threads=1)


SETS = {
    "layer": {"layer": ["L4", "L6"]},
    "and": {"layer": "L4", "depth": [1, 3], "population": ["cells", "outside"]},
    "ids": {"node_id": [0, 2, 3]},
    "of cells": {"population": "cells", "node_id": [1, 2]},
    "set": {"fast": 1},
    "both": ["and", "of cells"],
    "all of it": ["both", "layer"],
}


def test_node_sets_are_those_of_libsonata(tmp_path):
    libsonata = pytest.importorskip("libsonata", reason="needs libsonata")
    path = circuit(tmp_path)
    with h5py.File(tmp_path / "nodes.h5", "r+") as file:
        own = file["nodes/cells/0"]
        own["depth"] = np.array([1, 2, 3, 3], np.int16)
        own["root"] = np.array([2**53, 2**53 + 1, 2**53 + 2, 5], np.uint64)
        own["fast"] = np.array([1, 0, 1, 0], np.int8)
    made = snn.sonata.load(edited(path, node_sets=SETS, reports={}))
    theirs = libsonata.NodeSets(json.dumps(SETS))
    nodes = libsonata.NodeStorage(str(tmp_path / "nodes.h5"))
    # Ids beyond 2^53, which libsonata compares as doubles.
    assert members(made.config, made.nodes, {"root": 2**53 + 1})["cells"].tolist() == [1]
    for name in SETS:
        ours = members(made.config, made.nodes, name).get("cells", np.empty(0))
        expected = theirs.materialize(name, nodes.open_population("cells")).flatten()
        assert ours.tolist() == sorted(expected.tolist()), name


def test_spikes_come_in_any_order_and_number_from_several_inputs(tmp_path):
    path = circuit(tmp_path)
    replaced(
        tmp_path / "in.h5",
        **{"spikes/outside/timestamps": [15.0, 5.0, 5.0, 10.0],
           "spikes/outside/node_ids": np.array([2, 1, 0, 1], np.uint64)},
    )  # fmt: skip
    table(
        tmp_path / "more.csv",
        "node_ids  timestamps   population",
        "2   25.0  outside ", "0 1.0 outside", "", '1 "7.5" outside',
    )  # fmt: skip
    more = {"input_type": "spikes", "module": "csv", "input_file": "more.csv", "node_set": "all"}
    spikes = {"input_type": "spikes", "module": "sonata", "input_file": "in.h5", "node_set": "all"}
    made = snn.sonata.load(edited(path, inputs={"spikes": spikes, "more": more}))
    heard = made.network.probe(made.group("outside"), "spikes")
    with made.simulate(threads=1) as sim:
        sim.run(30.0)
        seen = sorted(zip(sim.data[heard].t.tolist(), sim.data[heard].i.tolist(), strict=True))
    assert seen == [(1.0, 0), (5.0, 0), (5.0, 1), (7.5, 1), (10.0, 1), (15.0, 2), (25.0, 2)]


def test_reports_have_the_names_of_the_guide_and_those_switched_off_are_not_made(tmp_path):
    v = {"cells": "both", "variable_name": "v", "module": "membrane_report", "dt": 0.5}
    reports = {"soma.v": v, "part": {**v, "file_name": "of.some", "start_time": 10.0, "end_time": 20.0},
               "alone": {**v, "dt": 200.0}, "no": {**v, "enabled": False}}  # fmt: skip
    made = snn.sonata.load(circuit(tmp_path, reports=reports))
    made.run(threads=1)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "alone.h5",
        "of.some.h5",
        "soma.v.h5",
        "spikes.h5",
    ]
    libsonata = pytest.importorskip("libsonata", reason="needs libsonata")
    part = libsonata.SomaReportReader(str(tmp_path / "out" / "of.some.h5"))["cells"]
    whole = libsonata.SomaReportReader(str(tmp_path / "out" / "soma.v.h5"))["cells"]
    assert part.times == (10.0, 20.5, 0.5)
    alone = libsonata.SomaReportReader(str(tmp_path / "out" / "alone.h5"))["cells"]
    assert alone.times == (0.0, 200.0, 200.0)
    np.testing.assert_array_equal(part.get().data, whole.get(tstart=10.0, tstop=20.0).data)


EXTRA = {"module": "extracellular", "variable_name": "v", "cells": "all"}
SPIKES = {"input_type": "spikes", "input_file": "in.h5"}
CLAMP = {"input_type": "current_clamp", "amp": 0.1, "delay": 20.0}
OUTSIDE = {"population": "outside"}  # virtual nodes
REFUSED = [
    ({"reports": {"ecp": EXTRA}}, "report 'ecp': module 'extracellular': pysnn has membrane_report"),
    ({"reports": {"v": {"variable_name": ["v", "w"]}}}, "report 'v': variable_name: expected text"),
    ({"reports": {"v": [1]}}, "report 'v': expected an object of JSON"),
    ({"inputs": {"c": {**CLAMP, "node_set": OUTSIDE}}}, "input 'c': node_set: .* has virtual nodes alone"),
    ({"inputs": {"c": {**CLAMP, "duration": -1.0}}}, "input 'c': delay, duration: .*must be > start = 20 ms"),
    ({"reports": {"v": {"cells": OUTSIDE}}}, "report 'v': cells: .* has virtual nodes alone"),
    ({"reports": {"v": {"start_time": 9.0, "end_time": 8.0}}}, "report 'v': end_time: must be >= start_time"),
    ({"inputs": {"s": {**SPIKES, "node_set": "four"}}}, "node_set: it has no nodes of 'outside'"),
    ({"node_sets": {"four": 3, "last": []}}, "node set: expected a name, a list or an object"),
    ({"node_sets_file": "list.json"}, "list.json: expected an object of JSON"),
]


@pytest.mark.parametrize(("change", "says"), REFUSED, ids=[says for _, says in REFUSED])
def test_what_a_configuration_asks_in_vain_is_named(tmp_path, change, says):
    path = circuit(tmp_path, **change)
    (tmp_path / "list.json").write_text("[1, 2]")
    with pytest.raises(snn.PysnnError, match=says):
        snn.sonata.load(path)


def test_parameters_of_static_synapses_are_not_dropped(tmp_path):
    path = circuit(tmp_path)
    config = json.loads(path.read_text())
    edited(path, components={**config["components"], "synaptic_models_dir": "synapses"})
    (tmp_path / "synapses").mkdir()
    table(
        tmp_path / "edge_types.csv",
        "edge_type_id model_template delay syn_weight dynamics_params",
        *("1 static_synapse 1.5 7.0 plain.json", "2 static_synapse 2.0 0.5 plain.json"),
    )
    (tmp_path / "synapses" / "plain.json").write_text("{}")
    assert snn.sonata.load(path).projections["in"]
    (tmp_path / "synapses" / "plain.json").write_text('{"receptor_type": 2}')
    with pytest.raises(
        snn.BackendUnsupported, match=r"edges 'in': plain.json: receptor_type: a static synapse"
    ):
        snn.sonata.load(path)
    (tmp_path / "synapses" / "plain.json").write_text("{}")
    replaced(tmp_path / "edges.h5", **{"edges/in/1/dynamics_params/tau": [1.0]})
    with pytest.raises(snn.BackendUnsupported, match="edges 'in': 1/dynamics_params: tau: a static synapse"):
        snn.sonata.load(path)


def test_a_run_that_begins_later_and_files_that_are_to_stay_are_refused(tmp_path):
    path = circuit(tmp_path, run={"tstart": 10.0, "tstop": 20.0, "dt": 0.1})
    with pytest.raises(snn.BackendUnsupported, match=r"run\.tstart: runs begin at 0 ms"):
        snn.sonata.load(path).run(threads=1)
    edited(
        path, run={"tstart": 0.0, "tstop": 20.0}, output={"output_dir": "out", "overwrite_output_dir": False}
    )
    snn.sonata.load(path).run(threads=1)
    before = (tmp_path / "out" / "spikes.h5").read_bytes()
    with pytest.raises(snn.ParameterError, match=r"spikes.h5: there is one, and output.overwrite_output_dir"):
        snn.sonata.load(path).run(threads=1)
    assert (tmp_path / "out" / "spikes.h5").read_bytes() == before


TABLES = [
    (("edge_type_id delay", "1 1.5", "1 2.5", "2 1.0"), "line 3: there is a edge_type_id 1 already"),
    (("edge_type_id delay", "1 1.5 my note", "2 1.0"), r"line 2: expected 2 columns \(got 4\)"),
    (("edge_type_id,delay", "1,1.5"), "line 2: expected a column edge_type_id"),
]


@pytest.mark.parametrize(("rows", "says"), TABLES, ids=[says for _, says in TABLES])
def test_rows_that_are_not_what_they_seem_are_named(tmp_path, rows, says):
    path = circuit(tmp_path)
    table(tmp_path / "edge_types.csv", *rows)
    with pytest.raises(snn.ParameterError, match=f"edge_types.csv, {says}"):
        snn.sonata.load(path)


def test_a_file_that_another_process_writes_is_named(tmp_path):
    """HDF5 locks a file that is open for writing."""
    path = circuit(tmp_path)
    code = "import h5py, sys; f = h5py.File(sys.argv[1], 'r+'); print('open', flush=True); sys.stdin.read()"
    other = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "edges.h5")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert other.stdout is not None
    try:
        assert other.stdout.readline() == "open\n"
        with pytest.raises(
            snn.ParameterError, match=r"edges.h5: cannot be read \(another process writes it\)"
        ):
            snn.sonata.load(path)
    finally:
        other.communicate()
    assert len(snn.sonata.load(path).nodes) == 2


def test_times_in_single_precision_are_the_decimals_that_were_meant(tmp_path):
    """0.7 there is 0.699999988 as a double, which is no multiple of 0.1 ms."""
    path = circuit(tmp_path)
    single = np.array([0.7, 0.9, 2.3, 1.1], np.float32)
    replaced(tmp_path / "edges.h5", **{"edges/in/0/delay": single[:3], "edges/in/1/delay": single[3:]})
    replaced(tmp_path / "in.h5", **{"spikes/outside/timestamps": single[:3]})
    replaced(tmp_path / "nodes.h5", **{"nodes/cells/0/dynamics_params/t_ref": single})
    made = snn.sonata.load(path)
    heard = made.network.probe(made.group("outside"), "spikes")
    with made.simulate("clock", dt=0.1, threads=1) as sim:
        sim.run(5.0)
        assert sim.data[heard].t.tolist() == [0.7, 0.9, 2.3]
        assert {d for p in made.projections["in"] for d in sim.delays(p)} == {0.7, 0.9, 2.3, 1.1}
        assert sim.parameter(made.nodes["cells"].parts[0], "t_ref").tolist() == [0.7, 2.3, 1.1]

"""SONATA circuits: made here by hand as the guide has them, run, and their outputs read by libsonata."""

import json

import h5py
import numpy as np
import pytest
from interrupting import ctrl_c_at, lines_of

import pysnn as snn
from pysnn.sonata.nodes import members


def table(path, *rows):
    path.write_text("\n".join(rows) + "\n")


def circuit(folder, **changes):
    """Four cells of two models and a virtual population of three; each way to give a parameter is used."""
    with h5py.File(folder / "nodes.h5", "w") as file:
        cells = file.create_group("nodes/cells")
        cells["node_type_id"] = [100, 101, 100, 100]
        cells["node_group_id"] = [0, 0, 0, 0]
        cells["node_group_index"] = [0, 1, 2, 3]
        cells["0/dynamics_params/C_m"] = [250.0, 250.0, 250.0, 125.0]
        cells["0/layer"] = np.array(["L4", "L5", "L4", "L5"], dtype=h5py.string_dtype())
        outside = file.create_group("nodes/outside")
        outside["node_type_id"] = [200, 200, 200]
        outside["node_group_id"] = [0, 0, 0]
        outside["node_group_index"] = [0, 1, 2]
        outside.create_group("0")
    table(
        folder / "node_types.csv",
        "node_type_id model_type model_template dynamics_params",
        "100 point_neuron nest:iaf_psc_exp exp.json",
        "101 point_neuron nest:iaf_psc_delta NULL",
        "200 virtual NULL NULL",
    )
    (folder / "exp.json").write_text(json.dumps({"tau_m": 20.0, "t_ref": 1.0}))
    with h5py.File(folder / "edges.h5", "w") as file:
        edges = file.create_group("edges/in")
        edges["source_node_id"], edges["target_node_id"] = [0, 1, 2, 0], [0, 1, 2, 1]
        edges["source_node_id"].attrs["node_population"] = "outside"
        edges["target_node_id"].attrs["node_population"] = "cells"
        edges["edge_type_id"] = [1, 1, 1, 2]
        edges["edge_group_id"], edges["edge_group_index"] = [0, 0, 0, 1], [0, 1, 2, 0]
        edges["0/syn_weight"] = [100.0, 2.0, -50.0]
        edges["1/nsyns"] = [3]
    table(
        folder / "edge_types.csv",
        "edge_type_id model_template delay syn_weight",
        "1 static_synapse 1.5 7.0",
        "2 static_synapse 2.0 0.5",
    )
    with h5py.File(folder / "in.h5", "w") as file:
        file["spikes/outside/timestamps"] = [5.0, 10.0, 15.0]
        file["spikes/outside/node_ids"] = np.array([0, 1, 2], dtype=np.uint64)
    (folder / "sets.json").write_text(
        json.dumps(
            {
                "four": {"layer": "L4"},
                "last": {"population": "cells", "node_id": [3]},
                "both": ["four", "last"],
            }
        )
    )
    config = {
        "manifest": {"$BASE": ".", "$NET": "$BASE"},
        "network": {
            "nodes": [{"nodes_file": "$NET/nodes.h5", "node_types_file": "$NET/node_types.csv"}],
            "edges": [{"edges_file": "$NET/edges.h5", "edge_types_file": "$NET/edge_types.csv"}],
        },
        "components": {"point_neuron_models_dir": "$BASE"},
        "node_sets_file": "$BASE/sets.json",
        "run": {"tstop": 100.0, "dt": 0.1},
        "inputs": {
            "spikes": {"input_type": "spikes", "input_file": "$BASE/in.h5", "node_set": "all"},
            "clamp": {"input_type": "current_clamp", "module": "IClamp", "node_set": "last", "amp": 0.2,
                      "delay": 20.0, "duration": 60.0},
        },
        "output": {"output_dir": "$BASE/out", "spikes_file": "spikes.h5"},
        "reports": {"v": {"cells": "both", "variable_name": "v", "module": "membrane_report", "dt": 0.5}},
        **changes,
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(config))
    return folder / "config.json"


def test_parameters_weights_and_delays_come_from_where_the_guide_says(tmp_path):
    made = snn.sonata.load(circuit(tmp_path))
    exp, delta = made.nodes["cells"].parts
    assert (type(exp.model).__name__, type(delta.model).__name__) == ("CubaLIF", "LIF")
    assert made.nodes["cells"].members(0).tolist() == [0, 2, 3]
    with made.simulate(threads=1) as sim:
        np.testing.assert_array_equal(sim.parameter(exp, "c_m"), [250.0, 250.0, 125.0])  # of the node
        np.testing.assert_array_equal(sim.parameter(exp, "tau_m"), [20.0] * 3)  # of the type's file
        np.testing.assert_array_equal(sim.parameter(exp, "v_th"), [-55.0] * 3)  # NEST's default
        found = set()
        for projection in made.projections["in"]:
            spec = projection.spec
            for s, w in zip(sim.synapses(projection), sim.weights(projection), strict=True):
                node = made.nodes["cells"].members(0 if spec.target == exp.name else 1)[s.j]
                found.add((int(s.i), int(node), spec.receptor, float(w), float(s.delay), int(s.k)))
        assert found == {
            (0, 0, "exc", 100.0, 1.5, 0), (2, 2, "inh", -50.0, 1.5, 0), (1, 1, "delta", 2.0, 1.5, 0),
            (0, 1, "delta", 0.5, 2.0, 0), (0, 1, "delta", 0.5, 2.0, 1), (0, 1, "delta", 0.5, 2.0, 2),
        }  # fmt: skip


@pytest.mark.parametrize("backend", ["clock", "event"])
def test_a_run_writes_what_libsonata_reads(tmp_path, backend):
    libsonata = pytest.importorskip("libsonata", reason="needs libsonata")
    made = snn.sonata.load(circuit(tmp_path))
    made.run(backend=backend, threads=1)
    spikes = libsonata.SpikeReader(str(tmp_path / "out" / "spikes.h5"))["cells"]
    ids, times = spikes.get_dict()["node_ids"], spikes.get_dict()["timestamps"]
    # Node 3 alone fires, driven from 20 to 80 ms: v_inf - e_l = tau i / c_m = 32 mV, the threshold at 15.
    assert set(ids.tolist()) == {3}
    first = 20.0 + 20.0 * np.log(32.0 / 17.0)
    assert times[0] == pytest.approx(first, abs=1e-9 if backend == "event" else 0.1)
    period = 1.0 + 20.0 * np.log(32.0 / 17.0)  # t_ref = 1 ms
    assert len(times) == int((60.0 - (first - 20.0)) / period) + 1
    report = libsonata.SomaReportReader(str(tmp_path / "out" / "v.h5"))["cells"]
    assert report.get_node_ids() == [0, 2, 3]
    assert report.times == (0.0, 100.5, 0.5)
    frame = report.get()
    data = np.array(frame.data)
    assert data.shape == (201, 3)
    # Node 0 hears 100 pA at 6.5 ms: tau_s = 2, tau_m = 20, c_m = 250.
    h = 50 * 0.5 - 6.5
    expected = -70.0 + 100.0 / 250.0 / (1 / 2.0 - 1 / 20.0) * (np.exp(-h / 20.0) - np.exp(-h / 2.0))
    assert data[50, 0] == pytest.approx(expected, abs=1e-4)  # float32
    assert data[50, 1] < -70.0  # inhibited


def test_configurations_in_several_files_and_tables_of_spikes_are_read(tmp_path):
    whole = json.loads(circuit(tmp_path).read_text())
    (tmp_path / "circuit.json").write_text(
        json.dumps({k: whole[k] for k in ("manifest", "network", "components", "node_sets_file")})
    )
    table(tmp_path / "in.csv", "timestamps population node_ids", "5.0 outside 0", "10.0 outside 1")
    spikes = {"input_type": "spikes", "module": "csv", "input_file": "./in.csv", "node_set": "all"}
    (tmp_path / "simulation.json").write_text(
        json.dumps({"network": "./circuit.json", "run": {"tstop": 20.0, "dt": 0.1}, "inputs": {"s": spikes}})
    )
    made = snn.sonata.load(tmp_path / "simulation.json")
    with made.simulate(threads=1) as sim:
        sim.run(20.0)
        assert sum(sim.delivered().values()) == 1 + 3 + 1


def test_a_network_written_comes_back_spike_for_spike(tmp_path):
    net = snn.Network(seed=4)
    adapting = net.population("adapting", 30, snn.ALIF(i_e=snn.Uniform(600.0, 900.0)))
    plain = net.population("plain", 20, snn.CubaLIF(i_e=450.0, tau_m=snn.Normal(12.0, 1.0, min=5.0)))
    net.projection(adapting, plain, snn.FixedProbability(0.3), weight=30.0, delay=[0.5, 2.0])
    net.projection(plain, adapting, snn.FixedIndegree(4), weight=snn.Uniform(-1.0, -0.2), delay=1.0)
    probes = [net.probe(p, "spikes") for p in (adapting, plain)]
    with snn.Simulation(net, backend="event", threads=1) as sim:
        config = snn.sonata.write(sim, tmp_path / "circuit")
        sim.run(200.0)
        first = [sim.data[p] for p in probes]
    made = snn.sonata.load(config)
    again = [made.network.probe(made.group(name), "spikes") for name in ("adapting", "plain")]
    with made.simulate("event", threads=1) as sim:
        sim.run(200.0)
        second = [sim.data[p] for p in again]
    assert min(data.count for data in first) > 50
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one.t, other.t)
        np.testing.assert_array_equal(one.i, other.i)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"inputs": {"x": {"input_type": "voltage_clamp"}}}, "input_type 'voltage_clamp'"),
        ({"reports": {"v": {"cells": "six"}}}, "node set 'six': there is none"),
        ({"reports": {"v": {"cells": "all", "variable_name": "Ca"}}}, "no variable 'Ca'"),
        ({"network": {"edges": []}}, "expected network.nodes"),
    ],
)
def test_what_a_configuration_asks_in_vain_is_named(tmp_path, change, says):
    with pytest.raises(snn.PysnnError, match=says):
        snn.sonata.load(circuit(tmp_path, **change))


def test_models_that_there_are_not_are_named(tmp_path):
    path = circuit(tmp_path)
    text = (tmp_path / "node_types.csv").read_text()
    (tmp_path / "node_types.csv").write_text(text.replace("nest:iaf_psc_exp", "nrn:IntFire1"))
    with pytest.raises(snn.BackendUnsupported, match="model_template 'nrn:IntFire1'"):
        snn.sonata.load(path)
    (tmp_path / "node_types.csv").write_text(
        text.replace("point_neuron nest:iaf_psc_exp", "biophysical ctdb:Biophys1")
    )
    with pytest.raises(snn.BackendUnsupported, match="'biophysical': pysnn has point neurons alone"):
        snn.sonata.load(path)
    with pytest.raises(snn.ParameterError, match="cannot be read"):
        snn.sonata.load(tmp_path / "nothing.json")


def test_ctrl_c_leaves_the_files_of_before_or_the_new_ones(tmp_path):
    """Whole ones, and none half written beside them."""
    net = snn.Network(seed=1)
    cells = net.population("cells", 3, snn.LIF())
    net.projection(cells, cells, snn.AllToAll(), weight=1.0, delay=1.0, name="all")
    with snn.Simulation(net) as before, snn.Simulation(net) as after:
        after.set_weights("all", 2.0)

        def write(sim):
            snn.sonata.write(sim, tmp_path)

        write(before)
        for line in lines_of(lambda: write(after))[::5]:
            write(before)
            with pytest.raises(KeyboardInterrupt), ctrl_c_at(line):
                write(after)
            names = ["config.json", "edge_types.csv", "edges.h5", "node_types.csv", "nodes.h5"]
            assert sorted(path.name for path in tmp_path.iterdir()) == names
            circuit = snn.sonata.load(tmp_path / "config.json")
            with circuit.simulate() as sim:
                assert set(sim.weights("all").tolist()) in ({1.0}, {2.0})


def test_nodes_are_found_by_numbers_and_by_texts_that_are_numbered(tmp_path):
    """A layer as numbers of nodes and of types, and as SONATA's enumeration: numbers of texts in @library."""
    sets = {
        "fourth": {"depth": 4}, "exactly": {"depth": [4.0, 6]}, "soma": {"kind": "pyramid"},
        "typed": {"row": 7}, "both": ["fourth", "soma"], "last": {"node_id": 3},
    }  # fmt: skip
    path = circuit(tmp_path)
    (tmp_path / "sets.json").write_text(json.dumps(sets))
    with h5py.File(tmp_path / "nodes.h5", "a") as file:
        group = file["nodes/cells/0"]
        group.create_dataset("depth", data=np.array([4, 5, 4, 6]), chunks=(2,), compression="gzip")
        group["kind"] = np.array([1, 0, 0, 0], np.uint32)
        group["@library/kind"] = np.array(["basket", "pyramid"], dtype=h5py.string_dtype())
    table(
        tmp_path / "node_types.csv",
        "node_type_id model_type model_template dynamics_params row",
        "100 point_neuron nest:iaf_psc_exp exp.json 7",
        "101 point_neuron nest:iaf_psc_delta NULL 8",
        "200 virtual NULL NULL NULL",
        "  ",
    )
    loaded = snn.sonata.load(path)
    found = {name: members(loaded.config, loaded.nodes, name)["cells"].tolist() for name in sets}
    assert found == {
        "fourth": [0, 2], "exactly": [0, 2, 3], "soma": [0], "typed": [0, 2, 3], "both": [0, 2], "last": [3],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("sets", "says"),
    [
        ({"a": ["b"], "b": ["a"], "both": ["a"]}, "is made of itself"),
        ({"both": {"layer": {"$regex": "L.*"}}}, "layer: expected a value or a list of them"),
    ],
)
def test_sets_of_nodes_that_cannot_be_are_named(tmp_path, sets, says):
    path = circuit(tmp_path)
    (tmp_path / "sets.json").write_text(
        json.dumps({"four": {"layer": "L4"}, "last": {"node_id": [3]}, **sets})
    )
    with pytest.raises(snn.ParameterError, match=says):
        snn.sonata.load(path)


def test_paths_are_written_with_and_without_braces_and_files_may_begin_with_a_mark(tmp_path):
    path = circuit(tmp_path)
    text = path.read_text().replace("$NET/", "${NET}/")
    config = json.loads(text)
    config["manifest"] = {"$BASE": "${configdir}", "${NET}": "$configdir"}
    path.write_text(json.dumps(config), encoding="utf-8-sig")
    types = tmp_path / "node_types.csv"
    types.write_text(types.read_text(), encoding="utf-8-sig")
    assert len(snn.sonata.load(path).nodes["cells"]) == 4
    path.write_text(text.replace("${NET}/nodes.h5", "$NETS/nodes.h5"))
    with pytest.raises(snn.ParameterError, match=r"the manifest has no '\$NETS'; did you mean '\$NET'"):
        snn.sonata.load(path)

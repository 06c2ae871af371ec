"""What reaches the compiled core: plain numbers, and keys that depend on names alone."""

from __future__ import annotations

from typing import Any

import numpy as np

import pysnn as snn
from pysnn.backends._keys import key
from pysnn.backends._lowering import build


class Recording:
    """Stands in for NetworkBuilder and writes down its calls."""

    def __init__(self) -> None:
        self.calls: dict[str, list[Any]] = {"population": [], "source": [], "current": [], "projection": []}

    def add_population(self, *given: Any) -> int:
        self.calls["population"].append(given)
        return self._next()

    def add_source(self, *given: Any) -> int:
        self.calls["source"].append(given)
        return self._next()

    def add_current(self, *given: Any) -> None:
        self.calls["current"].append(given)

    def add_projection(self, name: str, **given: Any) -> int:
        self.calls["projection"].append({"name": name, **given})
        return len(self.calls["projection"]) - 1

    def _next(self) -> int:
        return len(self.calls["population"]) + len(self.calls["source"]) - 1


def lower(net: snn.Network) -> dict[str, list[Any]]:
    recording = Recording()
    build(net.spec(), recording)  # type: ignore[arg-type]
    return recording.calls


def test_everything_arrives_as_declared() -> None:
    net = snn.Network(seed=5)
    source = net.source("s", 2, snn.SpikeArray([[1.0], [2.0, 3.0]]))
    cells = net.population("c", 3, snn.LIF(tau_m=20.0), init={"v": snn.Uniform(-60.0, -55.0)})
    net.projection(
        source[1:],
        cells[:2],
        snn.AllToAll(),
        weight=[1.0, 2.0],
        delay=[0.5, 1.5],
        plasticity=snn.PairSTDP(w_max=4.0, pairing="nearest"),
        dendritic_fraction=0.25,
    )
    net.current(cells[1], snn.ConstantCurrent(7.0, start=1.0, stop=2.0))
    calls = lower(net)

    name, model, n, params, init, _, _, differing, parts, level = calls["population"][0]
    assert (name, model, n) == ("c", "LIF", 3)
    assert params == {
        "tau_m": 20.0, "c_m": 250.0, "e_l": -70.0, "v_th": -55.0, "v_reset": -70.0, "t_ref": 2.0, "i_e": 0.0,
        "reset": 0.0,
    }  # fmt: skip
    assert differing == {}
    assert parts == {}
    assert level == 0
    assert init == {"v": {"kind": "uniform", "low": -60.0, "high": -55.0, "step": 0.0}}

    name, model, n, params, _, _, differing = calls["source"][0]
    assert differing == {}
    assert (name, model, n) == ("s", "SpikeArray", 2)
    assert params["times"].tolist() == [1.0, 2.0, 3.0]
    assert params["offsets"].tolist() == [0.0, 1.0, 3.0]

    population, neurons, model, params, _, own = calls["current"][0]
    assert own == []
    assert (population, neurons, model) == (0, (1, 2), "StepCurrent")
    assert (params["times"].tolist(), params["amplitudes"].tolist()) == ([1.0, 2.0], [7.0, 0.0])

    p = calls["projection"][0]
    assert (p["name"], p["source"], p["source_range"], p["target"], p["target_range"]) == (
        "s->c",
        1,
        (1, 2),
        0,
        (0, 2),
    )
    assert (p["rule"], p["rule_params"], p["receptor"]) == ("all_to_all", {"autapses": True}, "delta")
    assert (p["weight"], p["delay"], p["synapses_per_pair"]) == ([1.0, 2.0], [0.5, 1.5], 1)
    assert (p["dendritic_fraction"], p["plasticity"]) == (0.25, "PairSTDP")
    assert p["plasticity_params"] == {
        "tau_plus": 20.0, "tau_minus": 20.0, "a_plus": 0.01, "a_minus": 0.0105, "w_max": 4.0,
        "mu_plus": 0.0, "mu_minus": 0.0, "pairing": 1.0, "w_min": 0.0, "tie": 0.0,
    }  # fmt: skip


def test_what_differs_arrives_as_columns() -> None:
    net = snn.Network(seed=5)
    cells = net.population("c", 3, snn.LIF(tau_m=[20.0, 21.0, 22.0]))
    net.source("s", 2, snn.Poisson([5.0, 6.0], start=[0.0, 1.0]))
    net.current(cells[1:], snn.ConstantCurrent([7.0, 8.0], start=1.0, stop=2.0))
    net.current(cells[1:], snn.NoiseCurrent(3.0, [7.0, 8.0]))
    calls = lower(net)
    assert calls["population"][0][3]["tau_m"] == 20.0
    assert {name: v.tolist() for name, v in calls["population"][0][7].items()} == {
        "tau_m": [20.0, 21.0, 22.0]
    }
    assert calls["source"][0][3]["rate"].tolist() == [5.0, 6.0]
    assert {name: v.tolist() for name, v in calls["source"][0][6].items()} == {"start": [0.0, 1.0]}
    assert calls["current"][0][3]["amplitudes"].tolist() == [7.0, 8.0, 0.0, 0.0]
    assert [own["std"] for own in calls["current"][1][5]] == [7.0, 8.0]


def test_numbers_of_groups_count_populations_first() -> None:
    net = snn.Network(seed=1)
    source = net.source("s", 1, snn.Poisson(1.0))
    first, second = net.population("a", 1, snn.LIF()), net.population("b", 1, snn.LIF())
    net.projection(source, second, snn.AllToAll(), weight=1.0, delay=1.0)
    net.projection(second, first, snn.AllToAll(), weight=1.0, delay=1.0)
    sides = [(p["source"], p["target"]) for p in lower(net)["projection"]]
    assert sides == [(2, 1), (1, 0)]


def test_listed_pairs_arrive_as_arrays_of_indices() -> None:
    net = snn.Network(seed=1)
    cells = net.population("a", 3, snn.LIF())
    net.projection(cells, cells, snn.FromCSR([0, 2, 2, 3], [1, 1, 0]), weight=[1.0, 2.0, 3.0], delay=1.0)
    p = lower(net)["projection"][0]
    assert p["rule"] == "arrays"
    assert p["rule_params"]["i"].dtype == p["rule_params"]["j"].dtype == np.uint32
    assert p["rule_params"]["i"].tolist() == [0, 0, 2]
    assert p["rule_params"]["j"].tolist() == [1, 1, 0]
    assert p["weight"]["values"].tolist() == [1.0, 2.0, 3.0]
    assert p["delay"] == {"kind": "constant", "value": 1.0}
    assert (p["plasticity"], p["plasticity_params"]) == (None, {})


def test_keys_depend_on_seed_kind_and_name_alone() -> None:
    def keys(order: list[str], seed: int = 1) -> dict[str, int]:
        net = snn.Network(seed=seed)
        for name in order:
            net.population(name, 1, snn.LIF())
        return {call[0]: call[5] for call in lower(net)["population"]}

    assert keys(["a", "b", "c"]) == keys(["c", "a", "b"])
    assert keys(["a", "b"])["a"] == keys(["a"])["a"]
    assert keys(["a"])["a"] != keys(["a"], seed=2)["a"]
    assert len({key(1, "population", "x"), key(1, "source", "x"), key(1, "population", "y")}) == 3
    assert key(1, "population", "x") != key(11, "population", "x")
    assert 0 <= key(1, "population", "x") < 2**64


def test_a_key_is_the_published_hash_of_its_text() -> None:
    # b2sum -l 64 of "1", NUL, "population", NUL, "x", read as a little-endian number
    import hashlib

    digest = hashlib.blake2b(b"1\x00population\x00x", digest_size=8).digest()
    assert key(1, "population", "x") == sum(byte << (8 * at) for at, byte in enumerate(digest))

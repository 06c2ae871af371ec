"""A description written to a file is the same when it is read, and what is no description is refused."""

from __future__ import annotations

import base64
import json
import math
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pysnn as snn

# ---- any network ----------------------------------------------------------------------------------

numbers = st.floats(-1e6, 1e6)
positive = st.floats(1e-3, 1e6)
seeds = st.integers(0, 2**53)
distributions = st.one_of(
    st.builds(snn.Constant, numbers),
    st.builds(lambda low, width: snn.Uniform(low, low + width), numbers, st.floats(1.0, 1e3)),
    st.builds(lambda mean, std: snn.Normal(mean, std, min=mean - std), numbers, positive),
    st.builds(snn.LogNormal.from_mean_std, positive, positive),
)
delays = st.one_of(
    positive,
    st.lists(positive, min_size=1, max_size=4),
    st.builds(lambda low, width: snn.Uniform(low, low + width), positive, st.floats(1.0, 10.0)),
)


@st.composite
def networks(draw: st.DrawFn) -> snn.Network:
    """Networks with something of everything that a file must keep."""
    net = snn.Network(seed=draw(seeds))
    models = [snn.LIF(tau_m=draw(positive)), snn.CubaLIF(tau_syn_inh=draw(positive), i_e=draw(numbers))]
    for k in range(draw(st.integers(1, 3))):
        n = draw(st.integers(1, 5))
        init = draw(st.one_of(distributions, st.lists(numbers, min_size=n, max_size=n), st.none()))
        model = draw(st.sampled_from(models))
        net.population(f"pop {k} é", n, model, init=None if init is None else {"v": init})
    groups: list[Any] = list(net.populations.values())
    trains = draw(st.lists(st.lists(positive, max_size=3), min_size=1, max_size=3))
    groups.append(net.source("trains", len(trains), snn.SpikeArray(trains)))
    groups.append(
        net.source("noise", 3, snn.Poisson(draw(st.one_of(st.just(5.0), st.just([1.0, 2.0, 0.0])))))
    )
    for _ in range(draw(st.integers(0, 4))):
        pre, post = draw(st.sampled_from(groups)), draw(st.sampled_from(groups[:-2]))
        m = draw(st.integers(1, 4))
        rule = draw(
            st.sampled_from(
                [
                    snn.FixedProbability(0.25, autapses=False),
                    snn.FixedIndegree(2),
                    snn.FixedTotalNumber(7),
                    snn.FromCOO([0] * m, [0] * m),
                ]
            )
        )
        listed = rule.explicit and draw(st.booleans())
        net.projection(
            pre,
            post,
            rule,
            weight=draw(st.lists(st.floats(0, 1), min_size=m, max_size=m))
            if listed
            else draw(st.floats(0, 1)),
            delay=snn.Array(draw(st.lists(positive, min_size=m, max_size=m))) if listed else draw(delays),
            plasticity=draw(st.sampled_from([None, snn.PairSTDP(pairing="nearest"), snn.BCM()])),
            dendritic_fraction=draw(st.floats(0, 1)),
        )
    for group in groups[:-2]:
        net.current(group[: draw(st.integers(1, len(group)))], snn.ConstantCurrent(draw(numbers), start=1.0))
        net.probe(group, "v", every=draw(st.one_of(st.none(), positive)))
        net.probe(group[[0]], "spikes")
    for projection in net.projections.values():
        net.probe(projection, "weight", every=2.5)
    return net


@given(networks())
def test_json_keeps_every_bit(net: snn.Network) -> None:
    spec = net.spec()
    assert snn.NetworkSpec.from_json(spec.to_json()) == spec


@given(networks())
def test_a_network_from_a_spec_has_the_same_spec(net: snn.Network) -> None:
    spec = net.spec()
    assert snn.Network.from_spec(spec).spec() == spec


@given(net=networks(), suffix=st.sampled_from([".json", ".h5", ".hdf5"]))
def test_files_keep_every_bit(
    tmp_path_factory: pytest.TempPathFactory, net: snn.Network, suffix: str
) -> None:
    path = tmp_path_factory.mktemp("spec") / f"net{suffix}"
    net.spec().save(path)
    assert snn.NetworkSpec.load(path) == net.spec()
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]  # nothing is left beside it


def test_differences_are_seen() -> None:
    def spec(seed: int = 1, **changes: Any) -> snn.NetworkSpec:
        net = snn.Network(seed=seed)
        cells = net.population("c", 3, snn.LIF())
        given = {"weight": [1.0, 2.0], "delay": 1.0, **changes}
        net.projection(cells, cells, snn.FromCOO([0, 1], [1, 2]), **given)
        net.probe(cells[[0, 2]], "v")
        return net.spec()

    assert spec() == spec()
    assert spec() != spec(seed=2)
    assert spec() != spec(weight=[1.0, math.nextafter(2.0, 3.0)])
    assert spec() != spec(delay=1.5)


LISTED = 300  # more than JSON writes as a list


def listed() -> snn.NetworkSpec:
    """Pairs, weights and delays as arrays, with the numbers that text is most likely to lose."""
    rng = np.random.default_rng(1)
    net = snn.Network(seed=1)
    cells = net.population("c", 40, snn.LIF(), init={"v": rng.normal(-60.0, 1.0, 40)})
    weight = rng.normal(size=LISTED)
    weight[:3] = [5e-324, -1e100, -0.0]
    pairs = snn.FromCOO(rng.integers(0, 40, LISTED), rng.integers(0, 40, LISTED))
    delay = snn.Array(rng.uniform(0.1, 5.0, LISTED))
    net.projection(cells, cells, pairs, weight=snn.Array(weight), delay=delay)
    return net.spec()


def test_json_holds_long_arrays_as_their_bytes_least_significant_first() -> None:
    spec = listed()
    projection = json.loads(spec.to_json())["projections"][0]
    for entry, dtype, array in (
        (projection["rule"]["params"]["i"], "<u4", spec.projections[0].rule.i),  # type: ignore[attr-defined]
        (projection["weight"]["params"]["values"], "<f8", spec.projections[0].weight.values),  # type: ignore[union-attr]
    ):
        assert entry["dtype"] == dtype
        assert entry["shape"] == [LISTED]
        assert base64.b64decode(entry["base64"]) == np.asarray(array).astype(dtype).tobytes()
    again = snn.NetworkSpec.from_json(spec.to_json())
    assert again == spec
    held = again.projections[0].weight
    assert isinstance(held, snn.Array)
    assert held.numbers.tobytes() == spec.projections[0].weight.numbers.tobytes()  # type: ignore[union-attr]


def test_a_file_of_version_1_with_its_arrays_as_lists_is_read() -> None:
    spec = listed()

    def as_version_1(value: Any) -> Any:
        if isinstance(value, list):
            return [as_version_1(entry) for entry in value]
        if not isinstance(value, dict):
            return value
        if "base64" in value:
            array = np.frombuffer(base64.b64decode(value["base64"]), value["dtype"])
            return {"dtype": str(array.dtype), "array": array.tolist()}
        return {name: as_version_1(entry) for name, entry in value.items()}

    tree = as_version_1(json.loads(spec.to_json())) | {"version": 1}
    for kind in ("modulators", "errors", "feedbacks"):  # of which there were none then
        assert not tree.pop(kind)
    assert "base64" not in json.dumps(tree)
    assert snn.NetworkSpec.from_json(json.dumps(tree)) == spec


@pytest.mark.parametrize(
    "damage",
    [
        {"base64": "AAA"},
        {"base64": "not base 64!"},
        {"base64": 3},
        {"shape": [LISTED - 1]},
        {"shape": "x"},
        {"dtype": "O"},
        {"dtype": "<f9"},
    ],
    ids=str,
)
def test_damaged_bytes_of_an_array_are_an_error_that_names_the_place(damage: dict[str, Any]) -> None:
    text = edited(listed(), lambda t: t["projections"][0]["rule"]["params"]["i"].update(damage))
    with pytest.raises(snn.SpecError, match=r"projections\[0\]: not a valid description"):
        snn.NetworkSpec.from_json(text)


def test_extreme_numbers_are_kept() -> None:
    net = snn.Network(seed=2**53)
    values = [5e-324, 1.7976931348623157e308, -0.0, 0.1, 1 / 3]
    net.population("c", 5, snn.LIF(), init={"v": values})
    again = snn.NetworkSpec.from_json(net.spec().to_json())
    held = again.populations[0].init[0][1]
    assert isinstance(held, snn.Array)
    assert held.numbers.tobytes() == np.array(values).tobytes()
    assert again.seed == 2**53


# ---- what is refused ------------------------------------------------------------------------------


@pytest.fixture
def spec() -> snn.NetworkSpec:
    net = snn.Network(seed=3)
    cells = net.population("c", 4, snn.CubaLIF(), init={"v": [1.0, 2.0, 3.0, 4.0]})
    net.projection(cells, cells, snn.FixedProbability(0.5), weight=snn.Normal(1.0, 0.1), delay=1.0)
    net.probe(cells, "v", every=1.0)
    return net.spec()


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99])
@pytest.mark.parametrize("suffix", [".json", ".h5"])
def test_a_truncated_file_is_refused(
    spec: snn.NetworkSpec, tmp_path: Path, suffix: str, share: float
) -> None:
    path = tmp_path / f"net{suffix}"
    spec.save(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(snn.SpecError, match=str(path)):
        snn.NetworkSpec.load(path)


def test_a_foreign_file_is_refused_with_what_it_is(tmp_path: Path, spec: snn.NetworkSpec) -> None:
    (tmp_path / "a.json").write_text('{"nodes": []}')
    with pytest.raises(snn.SpecError, match=r"a\.json: no network description"):
        snn.NetworkSpec.load(tmp_path / "a.json")
    (tmp_path / "b.json").write_text("[1, 2]")
    with pytest.raises(snn.SpecError, match="no network description"):
        snn.NetworkSpec.load(tmp_path / "b.json")
    (tmp_path / "c.json").write_bytes(b"\x89HDF\xff\xfe")
    with pytest.raises(snn.SpecError, match="expected JSON text"):
        snn.NetworkSpec.load(tmp_path / "c.json")
    with h5py.File(tmp_path / "d.h5", "w") as file:
        file.create_group("spikes")
    with pytest.raises(snn.SpecError, match=r"holds no network description \(it holds spikes\)"):
        snn.NetworkSpec.load(tmp_path / "d.h5")
    (tmp_path / "e.h5").write_text(spec.to_json())
    with pytest.raises(snn.SpecError, match="expected an HDF5 file"):
        snn.NetworkSpec.load(tmp_path / "e.h5")


def edited(spec: snn.NetworkSpec, edit: Any) -> str:
    tree = json.loads(spec.to_json())
    edit(tree)
    return json.dumps(tree)


def test_a_newer_version_says_which_is_read(spec: snn.NetworkSpec) -> None:
    text = edited(spec, lambda tree: tree.update(version=6))
    with pytest.raises(snn.SpecError, match="written in version 6 of the format; this pysnn reads up to 5"):
        snn.NetworkSpec.from_json(text)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda t: t.pop("probes"), "entries missing or unknown: probes"),
        (lambda t: t.update(extra=1), "entries missing or unknown: extra"),
        (lambda t: t.update(seed=-1), r"not a valid description \(Network\.seed"),
        (
            lambda t: t["populations"][0].update(n=0),
            r"populations\[0\]: not a valid description .*n: must be >= 1",
        ),
        (lambda t: t["populations"][0].pop("name"), r"populations\[0\]: not a valid description"),
        (lambda t: t["populations"][0]["model"].update({"class": "CubaLYF"}), "did you mean 'CubaLIF'"),
        (lambda t: t["populations"][0]["model"]["params"].update(tau_n=3.0), "did you mean 'tau_m'"),
        (
            lambda t: t["populations"][0]["model"]["params"].update(tau_m=-3.0),
            r"CubaLIF\.tau_m: must be >= 1e-12",
        ),
        (lambda t: t["populations"][0].update(model=None), "expected a NeuronModel"),
        (lambda t: t["projections"][0].update(target="d"), "unknown population or source 'd'"),
        (
            lambda t: t["projections"][0].update(source_range=[0, 5]),
            "0:5 is empty or out of range: 'c' has 4",
        ),
        (lambda t: t["projections"][0].update(receptor="in"), "did you mean 'inh'"),
        (lambda t: t["projections"][0].update(weight={"who": 3}), "not a value"),
        (lambda t: t["projections"][0].update(delay=0.0), "delay"),
        (lambda t: t["probes"][0].update(every=-1.0), "every"),
        (lambda t: t["probes"].append(t["probes"][0]), "there is a probe named 'c.v' already"),
        (lambda t: t["populations"][0].update(init=[["v", {"dataset": "x"}]]), "lies in an HDF5 file"),
        (lambda t: t.update(populations=3), "not a valid description"),
    ],
)
def test_a_broken_description_is_named_by_its_place(spec: snn.NetworkSpec, edit: Any, message: str) -> None:
    with pytest.raises(snn.SpecError, match=message):
        snn.NetworkSpec.from_json(edited(spec, edit))


def test_a_missing_array_of_an_hdf5_file_is_named(tmp_path: Path, spec: snn.NetworkSpec) -> None:
    path = tmp_path / "net.h5"
    spec.save(path)
    with h5py.File(path, "r+") as file:
        del file["arrays/0"]
    with pytest.raises(snn.SpecError, match="the dataset 'arrays/0' is missing"):
        snn.NetworkSpec.load(path)


def test_an_unknown_suffix_is_refused(spec: snn.NetworkSpec, tmp_path: Path) -> None:
    with pytest.raises(snn.ParameterError, match=r"saved as \.json or \.h5 \(got '\.yaml'\)"):
        spec.save(tmp_path / "net.yaml")
    with pytest.raises(snn.ParameterError, match="got 'no suffix'"):
        spec.save(tmp_path / "net")


@pytest.mark.parametrize("suffix", [".json", ".h5"])
def test_a_missing_file_is_a_missing_file(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(FileNotFoundError):
        snn.NetworkSpec.load(tmp_path / f"none{suffix}")


@pytest.mark.parametrize("suffix", [".json", ".h5"])
def test_a_write_that_fails_leaves_the_old_file_as_it_was(
    spec: snn.NetworkSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    path = tmp_path / f"net{suffix}"
    spec.save(path)
    before = path.read_bytes()

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match="disk full"):
        snn.Network(seed=9).spec().save(path)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("given", [None, 3, b"x.json", ["x.json"]])
def test_what_is_no_path_is_refused_wherever_a_file_is_asked_for(given: Any, tmp_path: Path) -> None:
    net = snn.Network()
    net.population("cells", 1, snn.LIF())
    sim = snn.Simulation(net)
    calls = [
        lambda: net.spec().save(given),
        lambda: snn.NetworkSpec.load(given),
        lambda: snn.load(given),
        lambda: snn.recover(given, tmp_path / "out.h5"),
        lambda: snn.resume(given),
        lambda: snn.sonata.load(given),
        lambda: snn.sonata.write(sim, given),
        *([] if given is None else [lambda: snn.Simulation(net, log=given)]),
    ]
    for call in calls:
        with pytest.raises(snn.ParameterError, match=r"expected the path of a file \(got "):
            call()


@pytest.mark.parametrize("given", [3, None, snn.Network()])
def test_only_a_description_becomes_a_network(given: Any) -> None:
    with pytest.raises(snn.ParameterError, match=r"from_spec: expected a NetworkSpec, such as net\.spec\(\)"):
        snn.Network.from_spec(given)
